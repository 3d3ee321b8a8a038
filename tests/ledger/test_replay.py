"""Replay takes events in chain order only; whatever is done to them, verification answers instead of falling over."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.policy import Outcome
from ledger import bindings as b
from ledger.codec import _STRUCTS, ChainEvent
from ledger.replay import LedgerState, ReplayError, replay
from ledger.verify import verify_events
from tests.ledger import strategies as some
from tests.ledger.story import Story

BOOKED = [
    b.PolicyBound, b.EventClosed, b.PolicySettled, b.PoliciesSettled, b.SignerSetRotated,
]  # fmt: skip
TELLING: list[type[ChainEvent]] = [
    b.PolicyBound, b.EventClosed, b.PolicySettled, b.PoliciesSettled, b.EventsReported, b.RisksReported,
    b.ExposureLocked, b.ExposureReleased, b.PayoutHeld, b.HeldPayoutPaid, b.Withdraw,
    b.ProductCreated, b.SignerSetRotated,
]  # fmt: skip


def first(events: list[ChainEvent], kind: type[ChainEvent]) -> int:
    """Where the first event of a kind is."""
    return next(n for n, event in enumerate(events) if type(event) is kind)


@settings(deadline=None)
@given(data=st.data())
def test_replay__any_prefix__never_raises(story: Story, data: st.DataObject) -> None:
    length = data.draw(st.integers(0, len(story.events)))

    state = replay(story.events[:length], story.treasury)

    books = state.treasury
    assert books.total_exposure >= 0
    assert books.total_held >= 0
    assert all(insured.settled <= insured.policies for insured in state.insured_events.values())


@settings(deadline=None)
@given(data=st.data())
def test_replay__one_event_doubled__raises(story: Story, data: st.DataObject) -> None:
    index = data.draw(st.integers(0, len(story.events) - 1))
    events = [*story.events[: index + 1], *story.events[index:]]

    with pytest.raises(ReplayError, match="comes after"):
        replay(events, story.treasury)


@settings(deadline=None)
@given(data=st.data())
def test_replay__two_events_swapped__raises(story: Story, data: st.DataObject) -> None:
    left = data.draw(st.integers(0, len(story.events) - 2))
    right = data.draw(st.integers(left + 1, len(story.events) - 1))
    events = list(story.events)
    events[left], events[right] = events[right], events[left]

    with pytest.raises(ReplayError):
        replay(events, story.treasury)


@pytest.mark.parametrize("kind", BOOKED)
def test_replay__same_thing_twice_under_another_place__raises(story: Story, kind: type[ChainEvent]) -> None:
    """As if the chain had said it twice: places are in order, the books are not."""
    event = story.events[first(story.events, kind)]
    again = replace(event, log=replace(event.log, block_number=10**9))

    with pytest.raises(ReplayError):
        replay([*story.events, again], story.treasury)


@pytest.mark.parametrize("kind", [b.PolicyBound, b.PoliciesSettled])
def test_replay__event_missing__raises(story: Story, kind: type[ChainEvent]) -> None:
    events = list(story.events)
    del events[first(events, kind)]

    with pytest.raises(ReplayError):
        replay(events, story.treasury)


def test_apply__policy_of_another_event__raises(story: Story) -> None:
    index = first(story.events, b.PolicyBound)
    state = replay(story.events[:index], story.treasury)
    bound: Any = story.events[index]

    with pytest.raises(ReplayError, match="does not belong to"):
        state.apply(replace(bound, policy_id=bound.policy_id + (1 << 32)))


def test_apply__after_an_error__place_is_taken_and_books_are_as_before(story: Story) -> None:
    index = first(story.events, b.EventClosed)
    state = replay(story.events[: index + 1], story.treasury)
    closed = story.events[index]
    before = {key: insured.outcome for key, insured in state.insured_events.items()}

    with pytest.raises(ReplayError, match="closed twice"):
        state.apply(replace(closed, log=replace(closed.log, log_index=closed.log.log_index + 1)))

    assert {key: insured.outcome for key, insured in state.insured_events.items()} == before


def test_replay__nothing__is_empty() -> None:
    state = replay([], "0x" + "11" * 20)

    assert state == LedgerState("0x" + "11" * 20)
    assert state.treasury.free_capital(0) == 0


def test_replay__of_another_treasury__keeps_no_books(story: Story) -> None:
    state = replay(story.events, story.rehearsal.administrator.address)

    assert (state.products, state.policies, state.insured_events) == ({}, {}, {})


def _changed(data: st.DataObject, event: ChainEvent) -> ChainEvent:
    """The event with one field drawn anew."""
    item = data.draw(st.sampled_from(event.SPEC.inputs))
    names = [name for name in event.__dataclass_fields__ if name not in ("log", "SPEC")]
    field = names[event.SPEC.inputs.index(item)]
    if item.get("internalType", "").startswith("struct ParametricTerms"):
        return event
    return replace(event, **{field: data.draw(some.values(item, _STRUCTS))})


@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_verify_events__anything_altered__answers_and_never_raises(story: Story, data: st.DataObject) -> None:
    events = list(story.events)
    index = data.draw(st.integers(0, len(events) - 1))
    match data.draw(st.sampled_from(["change", "drop", "double", "move"])):
        case "change":
            events[index] = _changed(data, events[index])
        case "drop":
            del events[index]
        case "double":
            events.insert(index, events[index])
        case _:
            events.insert(data.draw(st.integers(0, len(events) - 1)), events.pop(index))

    result = verify_events(events, treasury=story.treasury, chain_id=31337)

    assert result.events == len(events)


@pytest.mark.parametrize("kind", TELLING)
def test_verify_events__any_telling_event_left_out__is_found(story: Story, kind: type[ChainEvent]) -> None:
    """Every single one of them, not only the first. The transfers of money are among the others' counterparts."""
    for index in [n for n, event in enumerate(story.events) if type(event) is kind]:
        events = [*story.events[:index], *story.events[index + 1 :]]

        result = verify_events(events, treasury=story.treasury, chain_id=31337)

        assert result.discrepancies, story.events[index]


def test_verify_events__any_transfer_of_the_treasury_left_out__is_found(story: Story) -> None:
    moved = [
        n for n, e in enumerate(story.events)
        if isinstance(e, b.TestStablecoinTransfer) and story.treasury in (e.from_, e.to)
    ]  # fmt: skip
    assert len(moved) > 12

    for index in moved:
        events = [*story.events[:index], *story.events[index + 1 :]]
        result = verify_events(events, treasury=story.treasury, chain_id=31337)
        assert "I2" in {d.rule for d in result.discrepancies}, story.events[index]


def test_verify_events__outcome_left_open__is_found(story: Story) -> None:
    events = [
        replace(event, outcome=Outcome.OPEN) if isinstance(event, b.EventClosed) else event for event in story.events
    ]

    result = verify_events(events, treasury=story.treasury, chain_id=31337)

    assert {"I6", "I7"} & {d.rule for d in result.discrepancies}
