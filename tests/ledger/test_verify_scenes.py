"""Verification of a house where everything unusual happens: it holds, and says what it could not know."""

import json
from dataclasses import replace

import pytest

from domain.policy import Outcome
from ledger import bindings as b
from ledger.replay import replay
from ledger.verify import verify, verify_events
from tests.ledger.busy_house import GIFT, SHARED, SILENT, BusyHouse


def documents(busy: BusyHouse) -> dict[str, dict[str, object]]:
    product = busy.deployment.products[0]
    return {product.terms_hash: json.loads((busy.house.folder / product.document).read_text())}


def test_verify__everything_unusual__holds(busy: BusyHouse) -> None:
    result = verify(busy.house.rpc, busy.deployment, documents(busy))

    assert result.discrepancies == ()
    assert [note.split(":")[1] for note in result.unproven] == [
        " its document is not at hand, so its words are not checked"
    ]
    assert (result.products, result.policies) == (2, 6)
    assert result.summary() == f"ledger verified: {len(busy.events)} events, 0 discrepancies"


def test_replay__unreported_event__gives_the_premium_back(busy: BusyHouse) -> None:
    state = replay(busy.events, busy.treasury)

    (silent,) = [i for i in state.insured_events.values() if i.insured_event == SILENT]
    (policy,) = [p for p in state.policies.values() if p.event_id == silent.event_id]
    assert silent.outcome is Outcome.NOT_REPORTED
    assert policy.indemnity == policy.quote.premium > 0


def test_replay__same_flight_in_two_products__is_two_events(busy: BusyHouse) -> None:
    state = replay(busy.events, busy.treasury)

    found = {i.product: i.outcome for i in state.insured_events.values() if i.insured_event == SHARED}
    assert sorted(found.values()) == [Outcome.MEASURED, Outcome.DIVERTED]
    assert set(found) == set(state.products)


def test_replay__another_insurer_in_the_same_factory__is_passed_over(busy: BusyHouse) -> None:
    state = replay(busy.events, busy.treasury)

    foreign = {event.log.address for event in busy.events if isinstance(event, b.PolicyBound)} - set(state.products)
    assert foreign == {busy.other_insurer.product}
    assert not [key for key in state.policies if key[0] in foreign]
    other = replay(busy.events, busy.other_insurer.deployment.contracts["Treasury"])
    assert len(other.policies) == 2


def test_verify__the_other_insurer__holds_too(busy: BusyHouse) -> None:
    result = verify(busy.house.rpc, busy.other_insurer.deployment, {})

    assert result.discrepancies == ()
    assert (result.products, result.policies, result.payments) == (1, 2, 2)


def test_replay__gift_to_the_treasury__is_an_asset(busy: BusyHouse) -> None:
    state = replay(busy.events, busy.treasury)
    books = state.treasury

    assert books.assets == 10_000_000_000_000 + GIFT + books.premiums - books.paid


def test_verify_events__offline__names_what_only_a_chain_can_tell(busy: BusyHouse) -> None:
    result = verify_events(busy.events, treasury=busy.treasury, chain_id=31337, documents=documents(busy))

    assert result.discrepancies == ()
    notes = "\n".join(result.unproven)
    assert notes.count("perhaps a contract wallet") == 1
    assert notes.count("calling the product itself") == 2


@pytest.mark.parametrize("by_the_wallet", [False, True], ids=["account", "wallet"])
def test_verify__empty_acceptance_of_somebody_else__is_found(
    busy: BusyHouse, monkeypatch: pytest.MonkeyPatch, by_the_wallet: bool
) -> None:
    """The holder of a policy accepted by signature never called the product: without the signature it must fall."""
    events = list(busy.events)
    bound = [n for n, e in enumerate(events) if isinstance(e, b.PolicyBound) and e.log.address in _ours(busy)]
    signed = [n for n in bound if events[n].acceptance and (events[n].holder == busy.wallet) is by_the_wallet]  # type: ignore[attr-defined]  # PolicyBound
    events[signed[0]] = replace(events[signed[0]], acceptance=b"")  # type: ignore[call-arg]  # as above
    monkeypatch.setattr("ledger.verify.fetch_events", lambda *_: events)

    result = verify(busy.house.rpc, busy.deployment, documents(busy))

    assert [(d.rule, "did not accept" in d.detail) for d in result.discrepancies] == [("I6", True)]


def _ours(busy: BusyHouse) -> set[str]:
    return set(replay(busy.events, busy.treasury).products)


def test_verify__wallet_signature_altered__is_found(busy: BusyHouse, monkeypatch: pytest.MonkeyPatch) -> None:
    events = list(busy.events)
    index = next(
        n for n, e in enumerate(events) if isinstance(e, b.PolicyBound) and e.holder == busy.wallet and e.acceptance
    )
    events[index] = replace(events[index], acceptance=b"\x01" * 65)  # type: ignore[call-arg]  # it is a PolicyBound
    monkeypatch.setattr("ledger.verify.fetch_events", lambda *_: events)

    result = verify(busy.house.rpc, busy.deployment, documents(busy))

    assert [d.rule for d in result.discrepancies] == ["I6"]


def test_verify_events__report_of_a_set_after_its_overlap__is_found(busy: BusyHouse) -> None:
    """The old set spoke within its overlap of an hour; had the rotation allowed none, its report would not count."""
    events = [
        replace(e, previous_retires_at=e.log.block_time) if isinstance(e, b.SignerSetRotated) else e
        for e in busy.events
    ]

    result = verify_events(events, treasury=busy.treasury, chain_id=31337, documents=documents(busy))

    assert [d.rule for d in result.discrepancies] == ["I13"]
    assert "retired at" in result.discrepancies[0].detail
