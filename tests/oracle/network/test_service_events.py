"""Insured events among a node's rounds: told, looked at, put off, and never in the way of claims."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import cast

import pytest

from domain.insured_period import InsuredPeriod, Trigger
from domain.sphere import Place
from ledger.rpc import Rpc
from oracle.network import events as events_room
from oracle.network import service as room
from oracle.network.event_book import EventBook
from oracle.network.events import WatchedEvents
from oracle.rounds.simulation import CONTRACT, QUORUM
from tests.oracle.network.test_events import OPEN, OneProduct
from tests.oracle.network.worlds import NODES, OTHER_QUORUM, Make, World, waiting, work
from tests.oracle.rounds.worlds import TIMING
from tests.oracle.sources.test_triggers import Told


def follow(folder: Path, insured: Sequence[InsuredPeriod]) -> WatchedEvents:
    """Events of one product, told, open on chain, and with a record that misses an hour."""
    kept = {each.event_id(): replace(OPEN, occurs_at=each.occurs_at) for each in insured}
    book, sources = EventBook(folder / "events.sqlite", "1:0x"), (Told("a", 200), Told("b", None))
    followed = WatchedEvents(cast("Rpc", OneProduct(kept)), book, {CONTRACT: lambda _: sources})
    if insured:
        followed.tell(CONTRACT, [each.text() for each in insured])
    return followed


def rain_on(count: int) -> list[InsuredPeriod]:
    """So many places, whose records were final before the chain's time."""
    days = date(2023, 11, 1)
    return [InsuredPeriod(Trigger.RAINFALL, Place(400_000 + n, -739_000), days, days) for n in range(count)]


def test_watch_once__records_nobody_can_read__leave_places_for_claims_and_turns_for_others(
    world: World, make: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(room, "MOST_OPEN", 3)
    monkeypatch.setattr(room, "MOST_OPEN_WITH_EVENTS", 2)
    insured = rain_on(3)
    world.claims = []
    service = make(events=follow(tmp_path, insured))
    for _ in range(3):
        service.watch_once()
        work(service)
    assert service._parts.engine.open_rounds == 2
    world.claims = [waiting(1), waiting(2)]
    service.watch_once()
    work(service)

    assert world.looked == [1], "one place was kept for claims"
    ids = [each.event_id() for each in insured]
    told = [service.event(CONTRACT, each) for each in ids]
    assert sum(each is not None and each["seen"] is not None for each in told) == 2
    assert all(each is not None and each["state"] == "waiting" for each in told)


def test_watch_once__rounds_of_events_ended_in_vain__put_off_and_the_next_has_its_turn(
    world: World, make: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(events_room, "MOST_AT_ONCE", 1)
    insured = rain_on(2)
    world.claims = []
    service = make(events=follow(tmp_path, insured))
    service.watch_once()
    work(service)
    world.later_ms = TIMING.deadline_ms
    for _ in range(3):
        service.watch_once()
        work(service)

    told = [service.event(CONTRACT, each.event_id()) for each in insured]
    assert sorted(len(cast("list[object]", each["rounds"])) for each in told if each is not None) == [0, 1]
    assert all(each is not None and each["seen"] is not None for each in told)


STRANGERS = tuple(sorted((*NODES[1:], OTHER_QUORUM), key=lambda node: int(node, 16)))


@pytest.mark.parametrize(("nodes", "looks"), [(None, 1), (STRANGERS, 2)])
def test_watch_once__an_event_whose_round_cannot_begin__put_off_and_the_next_has_its_turn(
    world: World, make: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, nodes: tuple[str, ...] | None, looks: int
) -> None:
    monkeypatch.setattr(events_room, "MOST_AT_ONCE", 1)
    world.claims = []
    world.sets = {} if nodes is None else {(QUORUM, 1): nodes}
    followed = follow(tmp_path, rain_on(2))
    (first,) = followed.waiting(world.block)
    service = make(events=followed)
    for _ in range(looks):
        service.watch_once()
        work(service)

    (then,) = followed.waiting(world.block)
    assert then.subject != first.subject


def test_event__nobody_told_of_it__none(make: Make, tmp_path: Path) -> None:
    assert make().event(CONTRACT, 77) is None
    assert make(events=follow(tmp_path, [])).event(CONTRACT, 77) is None
