"""Verification: a true ledger holds, and every kind of false one is found."""

import json
from dataclasses import replace

import pytest

from domain.policy import Outcome
from ledger import bindings as b
from ledger.codec import ChainEvent
from ledger.replay import replay
from ledger.verify import verify, verify_events
from tests.ledger.story import Story


def documents(story: Story) -> dict[str, dict[str, object]]:
    product = story.rehearsal.deployment.products[0]
    return {product.terms_hash: json.loads((story.rehearsal.folder / product.document).read_text())}


def test_verify__true_ledger__holds_against_events_and_chain(story: Story) -> None:
    result = verify(story.rehearsal.rpc, story.rehearsal.deployment, documents(story))

    assert result.discrepancies == ()
    assert result.unproven == ()
    assert (result.products, result.policies, result.payments) == (1, 12, 7)
    assert result.paid == sum((100_000_000 + n) * 5_000 // 10_000 for n in range(7))
    assert result.chain_checks > 12


def test_verify_events__offline__holds_without_a_chain(story: Story) -> None:
    result = verify_events(story.events, treasury=story.treasury, chain_id=31337, documents=documents(story))

    assert result.discrepancies == ()
    assert result.chain_checks == 0


def test_replay__whole_story__gives_the_books(story: Story) -> None:
    state = replay(story.events, story.treasury)

    assert state.treasury.total_held == 0
    assert state.treasury.total_exposure == 100_000_010 + 100_000_011
    assert len(state.policies) == 12
    assert {insured.outcome for insured in state.insured_events.values()} == {
        Outcome.MEASURED, Outcome.CANCELLED, Outcome.OPEN,
    }  # fmt: skip


def _first(events: list[ChainEvent], kind: type[ChainEvent]) -> int:
    """First event of a kind; of token transfers the last, which took tokens out of the treasury."""
    order = range(len(events)) if kind is not b.TestStablecoinTransfer else reversed(range(len(events)))
    return next(n for n in order if type(events[n]) is kind)


def _edited(story: Story, kind: type[ChainEvent], **changes: object) -> list[ChainEvent]:
    events = list(story.events)
    index = _first(events, kind)
    events[index] = replace(events[index], **changes)
    return events


def _found(story: Story, events: list[ChainEvent]) -> set[str]:
    result = verify_events(events, treasury=story.treasury, chain_id=31337, documents=documents(story))
    return {discrepancy.rule for discrepancy in result.discrepancies}


TAMPERINGS = [
    ("payment raised", b.PolicySettled, {"amount": 60_000_000}, {"S2", "I2"}),
    ("payment to another", b.PolicySettled, {"payee": "0x00000000000000000000000000000000000000aA"}, {"I6", "I2"}),
    ("outcome changed", b.EventClosed, {"value": 300}, {"I6"}),
    ("share changed", b.EventClosed, {"share_bps": 10_000}, {"S1"}),
    ("held payout hidden", b.PayoutHeld, {"amount": 1}, {"I2"}),
    ("transfer changed", b.TestStablecoinTransfer, {"value": 1}, {"I2"}),
    ("premium raised", b.ExposureLocked, {"exposure": 1}, {"I8"}),
    ("signatures missing", b.EventsReported, {"signatures": ()}, {"I13"}),
    ("digest changed", b.RisksReported, {"digest": bytes(32)}, {"I13"}),
    ("underwriter signature changed", b.PolicyBound, {"underwriter_signature": bytes(65)}, set()),
    ("step of settlement widened", b.PoliciesSettled, {"to": 5}, {"I7"}),
]


@pytest.mark.parametrize(("name", "kind", "changes", "rules"), TAMPERINGS, ids=[t[0] for t in TAMPERINGS])
def test_verify_events__tampered__names_the_rule(
    story: Story, name: str, kind: type[ChainEvent], changes: dict[str, object], rules: set[str]
) -> None:
    found = _found(story, _edited(story, kind, **changes))

    assert rules <= found, name


@pytest.mark.parametrize(
    "kind", [b.PolicyBound, b.PolicySettled, b.EventClosed, b.PoliciesSettled, b.EventsReported, b.RisksReported]
)
def test_verify_events__event_left_out__is_found(story: Story, kind: type[ChainEvent]) -> None:
    events = list(story.events)
    del events[_first(events, kind)]

    assert _found(story, events)


def test_verify_events__settled_twice__is_found(story: Story) -> None:
    events = list(story.events)
    index = _first(events, b.PolicySettled)
    again = replace(events[index], log=replace(events[index].log, log_index=10_000))
    events.insert(_first(events, b.PoliciesSettled), again)

    assert _found(story, events)


def test_verify__document_with_another_word__is_found(story: Story) -> None:
    altered = documents(story)
    (document,) = altered.values()
    document["clauses"][0]["text"]["en"] += "!"  # type: ignore[index]

    result = verify_events(story.events, treasury=story.treasury, chain_id=31337, documents=altered)

    assert {d.rule for d in result.discrepancies} == {"S6"}


def test_verify__unsigned_quote__is_asked_of_the_wallet(story: Story) -> None:
    """Offline an odd signature may be a contract wallet's; with the chain at hand it is refused."""
    events = _edited(story, b.PolicyBound, underwriter_signature=bytes(65))

    result = verify_events(events, treasury=story.treasury, chain_id=31337, documents=documents(story))

    assert any("contract wallet" in note for note in result.unproven)
