"""Payouts through institutions: every way they end is proved, and never both legs."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from domain.money import TokenUnits
from domain.payouts import CollectionReceipt, PayoutState
from ledger import bindings as b
from ledger.bundle import export_bundle, verify_bundle
from ledger.chain_check import ChainWitness
from ledger.codec import ChainEvent
from ledger.findings import Discrepancy, Verification
from ledger.verify import Verifier, verify, verify_events
from scripts.rehearsal import account
from tests.ledger.indemnity.claims_house import DAY, ClaimsHouse
from tests.ledger.indemnity.forgery import LAST, NOWHERE, Forgery, at_time, changed, dropped, never, repeated
from tests.ledger.indemnity.rail_scene import RailScene

STRANGER = account("stranger").address


def in_person(result: Verification) -> list[str]:
    """What rests on somebody having called a contract themselves, and is not proved."""
    return [note for note in result.unproven if "calling the" in note]


@dataclass
class Rail:
    """The scene's events while its chain stands as the scene left it."""

    house: ClaimsHouse
    events: list[ChainEvent]
    witness: ChainWitness
    true: Verification

    def found(self, events: list[ChainEvent]) -> tuple[Discrepancy, ...]:
        """What a verification of these events finds, asking the chain who called."""
        place = self.house.place
        result = verify_events(events, treasury=place.treasury, chain_id=place.chain_id, witness=self.witness)
        return result.discrepancies


@pytest.fixture(scope="module")
def rail(claims_house: ClaimsHouse) -> Iterator[Rail]:
    with claims_house.undone():
        RailScene(claims_house)
        head = claims_house.rpc.block("latest")["hash"]
        true = verify(claims_house.rpc, claims_house.deployment, {})
        yield Rail(claims_house, claims_house.events(), ChainWitness(claims_house.rpc, head), true)


def test_verify__payouts_of_every_kind__hold_against_the_chain(rail: Rail) -> None:
    assert rail.true.discrepancies == ()
    assert [note for note in rail.true.unproven if "document" not in note] == []
    assert (rail.true.claims, rail.true.payouts, rail.true.policies) == (6, 9, 3)


def test_verify_events__payouts_without_a_chain__says_what_only_a_chain_knows(rail: Rail) -> None:
    place = rail.house.place

    result = verify_events(rail.events, treasury=place.treasury, chain_id=place.chain_id)

    assert result.discrepancies == ()
    assert len(in_person(result)) == 4


def test_verify_bundle__parties_who_acted_in_person__are_proved_by_what_they_signed(rail: Rail, tmp_path: Path) -> None:
    path = tmp_path / "ledger.json"
    export_bundle(rail.house.rpc, rail.house.deployment, {}, path)

    result = verify_bundle(path)

    assert result.discrepancies == ()
    assert in_person(result) == []


def test_verifier__payouts__are_rebuilt_with_their_states(rail: Rail) -> None:
    verifier = Verifier(rail.house.place.treasury, rail.house.place.chain_id, rail.witness)
    verifier.run(rail.events)

    s = PayoutState
    assert [kept.state for kept in verifier.indemnity.house.rail.instructions] == [
        s.CONFIRMED, s.TAKEN, s.TAKEN, s.REROUTED, s.REROUTED, s.CONFIRMED, s.CONFIRMED, s.WAITING, s.WAITING,
    ]  # fmt: skip


def less(receipt: CollectionReceipt) -> CollectionReceipt:
    return replace(receipt, amount=TokenUnits(receipt.amount - 1))


FORGERIES: list[tuple[str, Forgery, str, str]] = [
    ("receipt's signature", changed(b.PayoutConfirmed, signature=bytes(65)), "S31", "payout 1 of claim 0x"),
    ("receipt's rate", changed(b.PayoutConfirmed, rate=1), "S31", "payout 1 of claim 0x"),
    ("receipt twice", repeated(b.PayoutConfirmed, b.TestStablecoinTransfer), "I5", "payout 1 of claim 0x"),
    ("receipt not told", dropped(b.PayoutConfirmed), "I2", "disbursement"),
    ("not called late", changed(b.PayoutConfirmed, 1, late=False), "S31", "payout 6 of claim 0x"),
    ("taken and confirmed", changed(b.PayoutConfirmed, 1, instruction_id=3), "I5", "payout 3 of claim 0x"),
    ("taken twice", repeated(b.PayoutTaken, b.TestStablecoinTransfer), "I5", "payout 2 of claim 0x"),
    ("taken to another place", changed(b.PayoutTaken, 1, to=STRANGER), "I6", "payout 3 of claim 0x"),
    ("taken in another's name", changed(b.PayoutTaken, payee=STRANGER), "S31", "payout 2 of claim 0x"),
    ("taken before its time", at_time(b.PayoutTaken, -2 * DAY, 1), "S31", "payout 3 of claim 0x"),
    ("order late", changed(b.OrderUsed, deadline=1), "I13", "payout 3 of claim 0x"),
    ("sent on, not told", dropped(b.PayoutRerouted), "I6", "claim 0x"),
    ("sent on elsewhere", changed(b.PayoutRerouted, 1, institution=1), "I6", "payout 5 of claim 0x"),
    ("refusal not told", never(b.PayoutRefused), "S31", "payout 2 of claim 0x"),
    ("funded with less", changed(b.PayoutOpened, LAST, amount=1), "I2", "disbursement"),
    ("institution not admitted", never(b.InstitutionRegistered, institution=1), "S31", "institution 1"),
    ("token not accepted", never(b.InstitutionTokenChanged, institution=1), "I6", "claim 0x"),
    (
        "collected less",
        changed(b.PremiumCollected, receipt=lambda r: replace(r, amount=r.amount - 1)),
        "S31",
        "premium",
    ),
    ("released more", changed(b.PremiumReleased, premium=1), "S31", "product 0x"),
    ("premium not collected", never(b.PremiumCollected), "S31", "report 0x"),
    ("rest not given back", dropped(b.CollectionReturned), "I2", "disbursement"),
    ("rest twice", repeated(b.CollectionReturned, b.TestStablecoinTransfer), "I5", "premium"),
]


@pytest.mark.parametrize(("name", "forge", "rule", "subject"), FORGERIES, ids=[f[0] for f in FORGERIES])
def test_verify_events__payouts_tampered__names_rule_subject_and_transaction(
    rail: Rail, name: str, forge: Forgery, rule: str, subject: str
) -> None:
    forged, transaction = forge(rail.events)

    found = rail.found(forged)

    fitting = [d for d in found if d.rule == rule and d.subject.startswith(subject)]
    assert fitting, (name, [(d.rule, d.subject[:14], d.detail) for d in found])
    assert transaction == NOWHERE or f"0x{transaction.hex()}" in {d.transaction for d in fitting}
