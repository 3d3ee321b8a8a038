"""Insured events: told, due, looked up; what is missing is never a value."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from domain.insured_period import InsuredPeriod, Trigger
from domain.policy import Outcome
from ledger.bindings import InsuredEvent
from ledger.rpc import RpcUnavailable
from oracle.claims.facts import Block
from oracle.network import events as room
from oracle.network.event_book import EventBook
from oracle.network.events import (
    GIVEN_UP_SECONDS,
    PUT_OFF_SECONDS,
    WatchedEvents,
    event_rules,
    source_version,
)
from oracle.network.wanted import SignerSet, request_for
from oracle.rounds.agreement import agree
from oracle.rounds.reports import make_report
from oracle.rounds.rules import RoundRules
from oracle.rounds.simulation import CONTRACT, QUORUM, seats_of
from oracle.rounds.statements import Observation, sign_observation
from oracle.rounds.steps import Unobserved
from oracle.sources.facts import Source
from oracle.sources.open_meteo import Service, open_meteo_source
from oracle.sources.triggers import due_at
from oracle.sources.usgs_earthquakes import usgs_source
from scripts.source_samples import NAPA, RAIN
from tests.oracle.sources.test_triggers import Told

SEATS = seats_of(4)
SIGNERS = SignerSet(QUORUM, 3, tuple(seat.node for seat in SEATS))
NOBODY = InsuredEvent(0, 0, 0, 0, Outcome.OPEN, 0, 0)
OPEN = InsuredEvent(2, 0, 1_000, RAIN.occurs_at, Outcome.OPEN, 0, 0)


@dataclass
class OneProduct:
    """A chain with one product and what it keeps of each event; what is not there has no policies."""

    kept: dict[int, InsuredEvent]
    away: bool = False

    def eth_calls(self, calls: Sequence[tuple[str, Any]], _block: str = "latest") -> list[InsuredEvent]:
        if self.away:
            raise RpcUnavailable("no answer")
        return [self.kept.get(int.from_bytes(call.data[4:36], "big"), NOBODY) for _, call in calls]

    def eth_call(self, _to: str, _call: Any, _block: str) -> object:
        return SimpleNamespace(quorum=QUORUM, min_signatures=4)


def at(time: int) -> Block:
    return Block(7, "0x07", time)


def watched(tmp_path: Path, *sources: Source[InsuredPeriod, int], kept: InsuredEvent = OPEN) -> WatchedEvents:
    chain = OneProduct({RAIN.event_id(): kept, NAPA.event_id(): replace(kept, occurs_at=NAPA.occurs_at)})
    book = EventBook(tmp_path / "events.sqlite", "31337:0x00")
    return WatchedEvents(chain, book, {CONTRACT: lambda _: sources})  # type: ignore[arg-type]


def later(events: WatchedEvents, kept: InsuredEvent) -> None:
    """What the chain keeps of the rain from now on."""
    cast("OneProduct", events._rpc).kept[RAIN.event_id()] = kept


def seen_value(found: Observation | Unobserved) -> int:
    assert isinstance(found, Observation)
    return dict(found.numbers)[f"value.{RAIN.event_id():064x}"]


def test_waiting__told_and_due__waits_for_a_report(tmp_path: Path) -> None:
    events = watched(tmp_path)
    assert events.tell(CONTRACT, [RAIN.text(), RAIN.text()]) == 1

    assert events.waiting(at(due_at(RAIN) - 1)) == []
    found = events.waiting(at(due_at(RAIN)))

    assert [(each.subject, each.min_signatures) for each in found] == [(RAIN.event_id(), 4)]


@pytest.mark.parametrize("outcome", [Outcome.MEASURED, Outcome.CANCELLED])
def test_waiting__closed_on_chain__asked_for_no_more(tmp_path: Path, outcome: Outcome) -> None:
    events = watched(tmp_path)
    events.tell(CONTRACT, [RAIN.text()])
    later(events, replace(OPEN, outcome=outcome))

    assert events.waiting(at(due_at(RAIN))) == []


def test_waiting__nobody_is_insured__left_alone(tmp_path: Path) -> None:
    events = watched(tmp_path)
    events.tell(CONTRACT, [RAIN.text()])
    later(events, NOBODY)

    assert events.waiting(at(due_at(RAIN))) == []


def test_waiting__never_seen_for_a_month__given_up(tmp_path: Path) -> None:
    events = watched(tmp_path)
    events.tell(CONTRACT, [RAIN.text()])

    assert len(events.waiting(at(due_at(RAIN) + GIVEN_UP_SECONDS))) == 1
    assert events.waiting(at(due_at(RAIN) + GIVEN_UP_SECONDS + 1)) == []


def test_waiting__the_chain_times_the_event_otherwise__left_alone(tmp_path: Path) -> None:
    events = watched(tmp_path)
    events.tell(CONTRACT, [RAIN.text()])
    later(events, replace(OPEN, occurs_at=RAIN.occurs_at + 1))

    assert events.waiting(at(due_at(RAIN))) == []


def test_waiting__more_are_due_than_are_looked_after__those_in_vain_give_the_others_their_turn(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(room, "MOST_AT_ONCE", 1)
    now, events = due_at(NAPA), watched(tmp_path)
    events.tell(CONTRACT, [NAPA.text(), RAIN.text()])
    monkeypatch.setattr(room, "GIVEN_UP_SECONDS", now)

    (first,) = events.waiting(at(now))
    events.put_off([first], now)
    (second,) = events.waiting(at(now))

    assert (first.insured, second.insured) == (RAIN, NAPA)
    events.put_off([second], now + 1)
    (again,) = events.waiting(at(now + PUT_OFF_SECONDS))
    assert again.insured == RAIN


def test_waiting__a_round_to_be_gone_on_with__its_event_has_its_turn_whatever_is_due(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(room, "MOST_AT_ONCE", 1)
    monkeypatch.setattr(room, "GIVEN_UP_SECONDS", due_at(NAPA))
    events = watched(tmp_path)
    events.tell(CONTRACT, [NAPA.text(), RAIN.text()])

    found = events.waiting(at(due_at(NAPA)), [(CONTRACT, NAPA.event_id()), (CONTRACT, 77)])

    assert [each.insured for each in found] == [RAIN, NAPA]


def test_observe__two_sources_agree__a_value_with_its_sources(tmp_path: Path) -> None:
    sources = Told("a", 200), Told("b", 251, source_hash=b"\1" * 32)
    events = watched(tmp_path, *sources)
    events.tell(CONTRACT, [RAIN.text()])
    (event,) = events.waiting(at(due_at(RAIN)))

    seen = events.observe(event, at(due_at(RAIN)))

    assert seen_value(seen.observation) == 225
    assert isinstance(seen.observation, Observation)
    assert seen.observation.versions == (("source", source_version(sources)),)


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ((200, None), "reading.missing"),
        ((200, 301), "source.sources_disagree"),
        ((200, -1), "source.source_unavailable"),
    ],
)
def test_observe__missing_apart_or_in_trouble__no_value_and_asked_again(
    tmp_path: Path, values: tuple[int | None, int | None], field: str
) -> None:
    events = watched(tmp_path, Told("a", values[0]), Told("b", values[1]))
    events.tell(CONTRACT, [RAIN.text()])
    (event,) = events.waiting(at(due_at(RAIN)))

    seen = events.observe(event, at(due_at(RAIN)))

    assert seen.observation == Unobserved((field,))
    assert seen.passing


def test_observe__a_source_for_another_trigger__says_which_is_wrong(tmp_path: Path) -> None:
    events = watched(
        tmp_path, usgs_source("http://127.0.0.1:9"), open_meteo_source(Service.ARCHIVE, "http://127.0.0.1:9")
    )
    events.tell(CONTRACT, [RAIN.text()])
    (event,) = events.waiting(at(due_at(RAIN)))

    seen = events.observe(event, at(due_at(RAIN)))

    assert seen.observation == Unobserved(("source.source_misconfigured",))
    assert "earthquake" in str(seen.explained["explained"])


def test_source_version__another_order_or_another_source__same_or_not() -> None:
    one, two = Told("a", 1, source_hash=b"\1" * 32), Told("b", 1, source_hash=b"\2" * 32)

    assert source_version([one, two]) == source_version([two, one])
    assert source_version([one]) != source_version([two])


def test_request_for__observations_of_three_nodes__the_report_the_product_takes(tmp_path: Path) -> None:
    now = due_at(RAIN) + 60
    events = watched(tmp_path, Told("a", 200), Told("b", 251))
    events.tell(CONTRACT, [RAIN.text()])
    (event,) = events.waiting(at(now))
    request = request_for(event, 31_337, SIGNERS, now, 600)
    rules = RoundRules(SIGNERS.signers, event_rules(Trigger.RAINFALL), min_signatures=event.min_signatures)
    said = [
        sign_observation(request, seat.node, _observed(events, event, now + number), seat.sign)
        for number, seat in enumerate(SEATS[:3])
    ]

    made = make_report(request, agree(rules, said))

    assert made.valid_until == now + 1 + 600
    assert made.report.observed_at == now + 1
    assert rules.signatures_needed == 4


def _observed(events: WatchedEvents, event: Any, time: int) -> Observation:
    found = events.observe(event, at(time)).observation
    assert isinstance(found, Observation)
    return found


def test_event_rules__every_trigger__as_near_as_its_clause() -> None:
    assert event_rules(Trigger.EARTHQUAKE)["value"].tolerance == 0
    assert event_rules(Trigger.RAINFALL)["value"].tolerance == 100
    assert event_rules(Trigger.WIND)["value"].tolerance == 200
