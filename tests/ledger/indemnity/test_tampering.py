"""Every kind of false ledger is found, by the rule it breaks, at the claim and in the transaction where it is false."""

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import pytest

from domain.claim import ClaimOutcome
from domain.hashing import ZERO_ADDRESS, keccak256
from ledger import bindings as b
from ledger.codec import ChainEvent
from ledger.findings import Discrepancy
from ledger.indemnity.effects import claim_name
from ledger.signature_check import NoWitness
from ledger.verify import verify_events
from scripts.rehearsal import account
from tests.ledger.indemnity.claims_house import ClaimsHouse
from tests.ledger.indemnity.forgery import (
    LAST,
    NOWHERE,
    Forgery,
    at_time,
    changed,
    decided,
    dropped,
    elsewhere,
    never,
    repeated,
    reported,
    sold,
)
from tests.ledger.indemnity.player import Player
from tests.scenarios.scenario import load_scenario

STRANGER = account("stranger").address
DAY = 86_400


class KnowsBlocks(NoWitness):
    """Knows the hashes of the blocks that draw panels, and that all accounts are keys."""

    def __init__(self, hashes: dict[int, bytes]) -> None:
        self._hashes = hashes

    def block_hash(self, number: int) -> bytes | None:
        return self._hashes.get(number)

    def contract_accepts(self, wallet: str, digest: bytes, signature: bytes) -> bool:  # noqa: ARG002  # see Witness
        """Nobody in the stories has a wallet."""
        return False


@dataclass
class Histories:
    """Events of stories that were played on a chain, each once."""

    house: ClaimsHouse

    @cached_property
    def played(self) -> dict[str, tuple[list[ChainEvent], KnowsBlocks]]:
        return {}

    def of(self, story: str) -> tuple[list[ChainEvent], KnowsBlocks]:
        """Events of one, and who knows the blocks they name."""
        if story not in self.played:
            with self.house.undone():
                Player(self.house).play_all(load_scenario(story).steps)
                events = self.house.events()
                numbers = {e.hash_block for e in events if isinstance(e, b.DisputeOpened | b.PanelSilent)}
                hashes = {n: bytes.fromhex(self.house.rpc.block(n)["hash"][2:]) for n in numbers}
                self.played[story] = events, KnowsBlocks(hashes)
        return self.played[story]

    def found(self, events: list[ChainEvent], witness: KnowsBlocks) -> tuple[Discrepancy, ...]:
        """What a verification of these events finds."""
        place = self.house.place
        result = verify_events(events, treasury=place.treasury, chain_id=place.chain_id, witness=witness)
        return result.discrepancies


@pytest.fixture(scope="module")
def histories(claims_house: ClaimsHouse) -> Histories:
    return Histories(claims_house)


def more(amount: int) -> int:
    return amount + 1


def by_nobody(report: Any, signatures: list[bytes]) -> tuple[Any, list[bytes]]:
    """A signature that no key of the quorum made."""
    return report, [b"\x01" * 64 + b"\x1b", *signatures[1:]]


def less_proof(decision: Any, second: str, signature: bytes) -> tuple[Any, str, bytes]:
    return replace(decision, proof=decision.proof[1:]), second, signature


def another_clause(decision: Any, second: str, signature: bytes) -> tuple[Any, str, bytes]:
    return replace(decision, clause=keccak256(b"any")), second, signature


def no_reason(decision: Any, second: str, signature: bytes) -> tuple[Any, str, bytes]:
    return replace(decision, reason_code=0), second, signature


def less_loss(decision: Any, second: str, signature: bytes) -> tuple[Any, str, bytes]:
    return replace(decision, loss=decision.loss // 2), second, signature


def second_forged(decision: Any, second: str, signature: bytes) -> tuple[Any, str, bytes]:
    return decision, second, signature[:-2] + bytes([signature[-2] ^ 1, signature[-1]])


def alone(decision: Any, _: str, __: bytes) -> tuple[Any, str, bytes]:
    return decision, ZERO_ADDRESS, b""


def swapped(panel: tuple[str, ...]) -> tuple[str, ...]:
    return (panel[0], panel[2], panel[1])


AUTO, REFERRED, DISPUTED = "automatic_payment", "approval", "part_approval_and_dispute"
FORGERIES: list[tuple[str, str, Forgery, str, str]] = [
    # What is false, in which story, how, and which rule that breaks of what.
    ("payment raised", AUTO, changed(b.ClaimPaid, indemnity=more), "S11", "claim 0x"),
    ("payment to another", AUTO, changed(b.ClaimPaid, payee=STRANGER), "I6", "claim 0x"),
    ("tokens to another", AUTO, changed(b.TestStablecoinTransfer, LAST, to=STRANGER), "I2", "treasury"),
    ("tokens for nothing", AUTO, repeated(b.TestStablecoinTransfer, place=LAST), "I2", "treasury"),
    ("paid twice", AUTO, repeated(b.ClaimPaid, b.TestStablecoinTransfer), "I5", "claim 0x"),
    ("payment not told", AUTO, dropped(b.ClaimPaid), "I11", "claim 0x"),
    ("reserve changed", AUTO, changed(b.ReserveChanged, to=more), "I16", "claim 0x"),
    ("reserve not told", AUTO, dropped(b.ReserveChanged), "I16", "claim 0x"),
    ("report left out", AUTO, dropped(b.LossReported), "I6", "claim 0x"),
    ("report's loss", AUTO, reported(lambda r, s: (replace(r, loss=r.loss - 1), s)), "I13", "report 0x"),
    ("report's chain", AUTO, reported(lambda r, s: (replace(r, chain_id=1), s)), "I13", "report 0x"),
    ("report on another claim", AUTO, reported(lambda r, s: (replace(r, claim_id=1), s)), "I13", "claim 0x"),
    ("report's signature", AUTO, reported(by_nobody), "I13", "report 0x"),
    ("signature missing", AUTO, reported(lambda r, s: (r, s[1:])), "I13", "report 0x"),
    ("one signer twice", AUTO, reported(lambda r, s: (r, [s[0], s[0], s[1]])), "I13", "report 0x"),
    ("report unreadable", AUTO, changed(b.LossReported, report=b"\x00"), "I13", "claim 0x"),
    ("claimed more", AUTO, changed(b.ClaimNoticed, claimed=lambda n: 2 * n), "I16", "claim 0x"),
    ("noticed by a stranger", AUTO, changed(b.ClaimNoticed, notified_by=STRANGER), "I14", "claim 0x"),
    ("notice left out", AUTO, dropped(b.ClaimNoticed), "I16", "claim 0x"),
    ("peril not insured", AUTO, changed(b.ClaimNoticed, coverage=1), "S20", "claim 0x"),
    ("notified too late", AUTO, changed(b.ClaimNoticed, occurred_at=lambda t: t - 90 * DAY), "S20", "claim 0x"),
    ("outcome", AUTO, changed(b.ClaimClosed, outcome=ClaimOutcome.DENIED), "I7", "claim 0x"),
    ("closing left out", AUTO, dropped(b.ClaimClosed), "I7", "claim 0x"),
    ("premium earned", AUTO, changed(b.PolicyPremiumEarned, unearned=0), "S14", "policy 1"),
    ("premium earned, not told", AUTO, dropped(b.PremiumEarned), "S14", "product 0x"),
    ("policy of another", AUTO, changed(b.IndemnityPolicyBound, holder=STRANGER), "S19", "policy 1"),
    ("policy not told", AUTO, dropped(b.IndemnityPolicyBound), "I7", "policy 1"),
    ("sale not told", AUTO, dropped(b.ApplicationsAssessed), "I6", "Indemn"),
    ("exposure locked", AUTO, changed(b.ExposureLocked, exposure=more), "I17", "product 0x"),
    ("quote's words", AUTO, sold(lambda s: replace(s, quote=replace(s.quote, subject=bytes(32)))), "I6", "application"),
    ("accepted by another", AUTO, sold(lambda s: replace(s, acceptance=s.underwriter_signature)), "I6", "application"),
    (
        "premium not as priced",
        AUTO,
        sold(lambda s: replace(s, quote=replace(s.quote, premium=s.quote.premium - 1))),
        "S13",
        "report 0x",
    ),
    ("terms", AUTO, changed(b.IndemnityProductCreated, terms=lambda t: replace(t, min_signatures=1)), "S7", "product"),
    ("no underwriter", AUTO, never(b.RoleGranted, role_id=2), "I14", "report 0x"),
    ("price of capital", AUTO, changed(b.Deposit, shares=more), "I2", "treasury"),
    ("decision left out", REFERRED, dropped(b.ClaimDecided), "I6", "claim 0x"),
    ("decided by a stranger", REFERRED, changed(b.ClaimDecided, adjuster=STRANGER), "I14", "claim 0x"),
    (
        "decided by an oracle's key",
        "denial_and_dispute_lost",
        changed(b.ClaimDecided, adjuster=account("node 0").address),
        "I9",
        "claim 0x",
    ),
    ("decided twice", REFERRED, repeated(b.ClaimDecided, b.ClaimClosed, b.ClaimPaid), "I4", "claim 0x"),
    ("granted", REFERRED, changed(b.ClaimDecided, granted=more), "S11", "claim 0x"),
    ("disputable", REFERRED, changed(b.ClaimDecided, disputable=1), "S24", "claim 0x"),
    ("found a lower loss", REFERRED, decided(less_loss), "S11", "claim 0x"),
    ("decided too late", REFERRED, at_time(b.ClaimDecided, 2 * DAY), "S24", "claim 0x"),
    ("no limit for adjusters", REFERRED, never(b.AdjusterLimitSet), "S24", "claim 0x"),
    ("reasons of referral", REFERRED, changed(b.ClaimReferred, reasons=1), "S22", "claim 0x"),
    ("referral left out", REFERRED, dropped(b.ClaimReferred), "S22", "claim 0x"),
    ("denial without a clause", "denial_and_dispute_lost", decided(another_clause), "I10", "claim 0x"),
    ("denial with a proof cut short", "denial_and_dispute_lost", decided(less_proof), "I10", "claim 0x"),
    ("denial without a reason", "denial_and_dispute_lost", decided(no_reason), "I10", "claim 0x"),
    ("second signature forged", "authority", decided(second_forged), "S24", "claim 0x"),
    ("no second signature", "authority", decided(alone), "S24", "claim 0x"),
    ("interest removed", "late_decision", changed(b.ClaimPaid, interest=0), "S17", "claim 0x"),
    ("interest raised", "late_decision", changed(b.ClaimPaid, interest=more), "S17", "claim 0x"),
    ("estimate not told", "aggregate_limit", dropped(b.ClaimReferred), "S22", "claim 0x"),
    ("instalment early", "instalments", at_time(b.ClaimPaid, -20 * DAY, 1), "S24", "claim 0x"),
    ("instalment raised", "instalments", changed(b.ClaimPaid, 1, indemnity=more), "S11", "claim 0x"),
    ("instalment twice", "instalments", repeated(b.ClaimPaid, b.TestStablecoinTransfer, place=1), "I5", "claim 0x"),
    ("incident seen before, not told", "same_incident", dropped(b.IncidentDuplicate), "I13", "claim 0x"),
    ("incident not told", "same_incident", dropped(b.IncidentRegistered), "I13", "claim 0x"),
    ("went to the panel too late", DISPUTED, at_time(b.ClaimDisputed, 60 * DAY), "S23", "claim 0x"),
    ("disputed more", DISPUTED, changed(b.ClaimDisputed, disputed=more), "S25", "claim 0x"),
    ("deposit", DISPUTED, changed(b.ClaimDisputed, deposit=more), "S25", "claim 0x"),
    ("panel not the one drawn", DISPUTED, changed(b.PanelDrawn, arbitrators=swapped), "S30", "dispute 1"),
    ("ruling changed", DISPUTED, elsewhere(changed(b.RulingRevealed, 2, award=0)), "S30", "dispute 1"),
    ("panel's word changed", DISPUTED, changed(b.DisputeDecided, award=more), "S30", "dispute 1"),
    ("award raised", DISPUTED, changed(b.ClaimAwarded, granted=more), "S25", "claim 0x"),
    ("award left out", DISPUTED, dropped(b.ClaimAwarded), "I6", "claim 0x"),
    ("deposit kept", DISPUTED, changed(b.DepositPaid, to=STRANGER), "S30", "dispute 1"),
    ("deposit's tokens", "denial_and_dispute_lost", dropped(b.DepositPaid), "S30", "dispute 1"),
    ("silence not told", "silent_panel", dropped(b.ArbitratorSilent), "S30", "dispute 1"),
    ("escalated too early", "escalation_after_silence", at_time(b.ClaimDisputed, -3 * DAY), "S25", "claim 0x"),
    ("held payout hidden", "held_payouts", dropped(b.PayoutHeld), "I8", "claim 0x"),
    ("held payout raised", "held_payouts", changed(b.PayoutHeld, amount=more), "I2", "claim 0x"),
    ("held money left short", "held_payouts", changed(b.HeldPayoutPaid, amount=1), "I11", "treasury"),
    ("pause not told", "pause", never(b.Paused), "S23", "treasury"),
    ("premium of a change", "endorsement", changed(b.PolicyEndorsed, premium=more), "S15", "policy 1"),
    (
        "a change's words",
        "endorsement",
        changed(b.PolicyEndorsed, order=lambda o: replace(o, beneficiary=STRANGER)),
        "I6",
        "policy 1",
    ),
    ("a change not told", "endorsement", dropped(b.PolicyEndorsed), "I17", "0x"),
    ("premium returned", "cancellation", changed(b.PolicyCancelled, premium_returned=more), "S14", "policy 1"),
    ("returned to another", "cancellation", changed(b.PremiumReturned, payee=STRANGER), "S14", "policy 1"),
    (
        "cancelled by another",
        "cancellation",
        changed(b.PolicyCancelled, signature=lambda s: s[:-2] + bytes([s[-2] ^ 1, s[-1]])),
        "I6",
        "policy 1",
    ),
    (
        "committee's signature",
        "underwriting",
        sold(lambda s: replace(s, committee_signatures=s.committee_signatures[::-1]), 2),
        "I6",
        "application",
    ),
    ("reopened after the window", "reopening", at_time(b.ClaimReopened, 90 * DAY), "S23", "claim 0x"),
    ("paid before, forgotten", "reopening", changed(b.ClaimReopened, paid_before=0), "I5", "claim 0x"),
    ("policy closed with more", "cancellation", changed(b.PolicyClosed, exposure=more), "I17", "policy 1"),
    ("policy closed too early", "cancellation", at_time(b.PolicyClosed, -40 * DAY), "S20", "policy 1"),
    ("payout to another", "institution", changed(b.PayoutOpened, payee=STRANGER), "S31", "claim 0x"),
    ("payout not told", "institution", dropped(b.PayoutOpened), "S31", "claim 0x"),
]


@pytest.mark.parametrize(("name", "story", "forge", "rule", "subject"), FORGERIES, ids=[f[0] for f in FORGERIES])
def test_verify_events__tampered__names_rule_subject_and_transaction(
    histories: Histories, name: str, story: str, forge: Forgery, rule: str, subject: str
) -> None:
    events, witness = histories.of(story)
    assert histories.found(events, witness) == ()

    forged, transaction = forge(events)
    found = histories.found(forged, witness)

    fitting = [d for d in found if d.rule == rule and d.subject.startswith(subject)]
    assert fitting, (name, [(d.rule, d.subject[:14], d.detail) for d in found])
    assert transaction == NOWHERE or f"0x{transaction.hex()}" in {d.transaction for d in fitting}


def test_verify_events__one_claim_decided_falsely__leaves_its_neighbour_true(histories: Histories) -> None:
    """What the twin refuses is undone: only the false claim, and the money it moved, are told of."""
    events, witness = histories.of("authority")
    first, second = [event.claim_id for event in events if isinstance(event, b.ClaimDecided)]

    forged, _ = changed(b.ClaimDecided, adjuster=STRANGER)(events)
    found = {d.subject for d in histories.found(forged, witness)}

    assert claim_name(first) in found
    assert claim_name(second) not in found
