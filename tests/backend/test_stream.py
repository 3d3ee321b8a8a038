"""The stream of what happens."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from fastapi.sse import ServerSentEvent
from sqlalchemy import text

from backend.health import repository, stream
from backend.health.stream import Streams, follow
from backend.problems import Problem
from scripts.anvil import move_clock
from tests.backend.conftest import Backend, index_all, sales_on
from tests.backend.flights import flight, flights
from tests.backend.test_settler import sell


async def take(events: AsyncIterator[ServerSentEvent], count: int) -> list[ServerSentEvent]:
    """The next `count` events that carry data."""
    found: list[ServerSentEvent] = []
    async with asyncio.timeout(20):
        async for event in events:
            if event.data is not None:
                found.append(event)
            if len(found) == count:
                return found
    raise AssertionError("the stream ended")


async def test_follow__from_the_beginning__everything_in_order_with_ascending_ids(backend: Backend) -> None:
    sell(backend, sales_on(flights(2)))

    with backend.database.transaction() as session:
        count = session.scalar(text("SELECT count(*) FROM chain_events")) or 0

    events = await take(follow(backend.database, Streams(), after=0, poll_seconds=0.05), count)

    ids = [int(e.id or 0) for e in events]
    names = [e.event for e in events]
    assert names.index("SignerSetRotated") < names.index("ProductCreated") < names.index("PolicyBound")
    assert ids == sorted(set(ids))


async def test_follow__last_event_id__goes_on_right_after_it(backend: Backend) -> None:
    sell(backend, sales_on(flights(2)))
    everything = await take(follow(backend.database, Streams(), after=0, poll_seconds=0.05), 6)

    rest = await take(follow(backend.database, Streams(), after=int(everything[2].id or 0), poll_seconds=0.05), 3)

    assert [e.id for e in rest] == [e.id for e in everything[3:]]


async def test_follow__reorganised__says_so_and_then_tells_what_there_is_instead(backend: Backend) -> None:
    sell(backend, sales_on(flights(2)))
    events = follow(backend.database, Streams(), after=None, poll_seconds=0.05)
    await anext(events)  # the greeting: from here on

    backend.rehearsal.rpc.call("anvil_reorg", 1, [])
    await asyncio.to_thread(move_clock, backend.rehearsal.rpc, flight(1).occurs_at)
    await asyncio.to_thread(index_all, backend.indexer)
    (event,) = await take(events, 1)

    assert event.event == "ChainRolledBack"
    body = event.data.body
    assert body["tip"] - body["ancestor"] == 1


async def test_follow__broken_off_before_anything_happened__the_greeting_told_where_to_go_on(backend: Backend) -> None:
    greeting = await anext(follow(backend.database, Streams(), after=None, poll_seconds=0.05))
    sell(backend, sales_on(flights(1)))

    (first, *_) = await take(follow(backend.database, Streams(), after=int(greeting.id or 0), poll_seconds=0.05), 1)

    assert greeting.data is None
    assert int(first.id or 0) > int(greeting.id or 0)


async def test_follow__position_of_another_counting__says_so_and_goes_on_with_what_happens(backend: Backend) -> None:
    sell(backend, sales_on(flights(1)))
    with backend.database.transaction() as session:
        newest = repository.last_sequence(session)
    events = follow(backend.database, Streams(), after=newest + 1_000, poll_seconds=0.05)
    (told,) = await take(events, 1)
    again = follow(backend.database, Streams(), after=int(told.id or 0), poll_seconds=0.05)
    await anext(again)  # the greeting

    sell(backend, sales_on(flights(2))[1:], batch=2)
    (first, *_), (same, *_) = await take(events, 1), await take(again, 1)

    assert (told.event, told.data.body) == ("StreamRestarted", {"asked": newest + 1_000, "newest": newest})
    assert int(told.id or 0) == newest < int(first.id or 0) == int(same.id or 0)


async def test_follow__newest_position__nothing_is_said_to_have_restarted(backend: Backend) -> None:
    sell(backend, sales_on(flights(1)))
    with backend.database.transaction() as session:
        newest = repository.last_sequence(session)

    events = follow(backend.database, Streams(), after=newest, poll_seconds=0.01, lasting_seconds=0.05)

    assert [event.event async for event in events] == [None]


async def test_follow__its_time_is_over__ends_and_gives_its_place_back(backend: Backend) -> None:
    streams = Streams()

    found = [e async for e in follow(backend.database, streams, after=0, poll_seconds=0.01, lasting_seconds=0.05)]

    assert len(found) > 1
    assert streams.open == 0


async def test_follow__client_leaves__its_place_is_free_again(backend: Backend) -> None:
    streams = Streams()
    events = follow(backend.database, streams, after=None, poll_seconds=0.05)
    await anext(events)
    while_open = streams.open

    await events.aclose()  # type: ignore[attr-defined]

    assert (while_open, streams.open) == (1, 0)


def test_require_room__all_places_taken__too_many_streams(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stream, "MAX_STREAMS", 2)

    with pytest.raises(Problem) as caught:
        Streams(open=2).require_room()

    assert (caught.value.code, caught.value.status) == ("too_many_streams", 429)


def test_require_room__one_address_has_all_it_may__others_get_theirs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stream, "MAX_STREAMS_EACH", 2)
    streams = Streams()

    with streams.place("192.0.2.1"), streams.place("192.0.2.1"):
        with pytest.raises(Problem, match="As many streams are open"):
            streams.require_room("192.0.2.1")
        streams.require_room("192.0.2.2")

    streams.require_room("192.0.2.1")
    assert not streams.each
