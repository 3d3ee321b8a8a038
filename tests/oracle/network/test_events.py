"""Insured events: told, due, looked up; what is missing is never a value."""

import sqlite3
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from domain.insured_period import Trigger
from domain.policy import Outcome
from ledger.bindings import InsuredEvent
from ledger.rpc import RpcUnavailable
from oracle.claims.facts import Block
from oracle.network import event_book
from oracle.network.event_book import EventBook, ToldEvent, TooManyEvents
from oracle.network.events import (
    GIVEN_UP_SECONDS,
    EventNotTaken,
    WatchedEvents,
    event_request,
    event_rules,
    source_version,
)
from oracle.network.wanted import SignerSet
from oracle.rounds.agreement import agree
from oracle.rounds.reports import make_report
from oracle.rounds.rules import RoundRules
from oracle.rounds.simulation import CONTRACT, QUORUM, seats_of
from oracle.rounds.statements import Observation, sign_observation
from oracle.rounds.steps import Unobserved
from oracle.sources.triggers import due_at
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

    def eth_call(self, _to: str, _call: object, _block: str) -> object:
        return SimpleNamespace(quorum=QUORUM, min_signatures=4)


def at(time: int) -> Block:
    return Block(7, "0x07", time)


def watched(tmp_path: Path, *sources: Told, kept: InsuredEvent = OPEN) -> WatchedEvents:
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

    assert [(each.event_id, each.min_signatures) for each in found] == [(RAIN.event_id(), 4)]


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


@pytest.mark.parametrize(
    ("product", "texts", "code"),
    [
        (QUORUM, [RAIN.text()], "product_not_followed"),
        (CONTRACT, [], "too_many_events_told"),
        (CONTRACT, [RAIN.text()] * 401, "too_many_events_told"),
        (CONTRACT, ["rainfall/somewhere"], "event_text_invalid"),
        (CONTRACT, ["rainfall/" + "1" * 400], "event_text_invalid"),
    ],
)
def test_tell__not_to_be_followed__refused_by_name(tmp_path: Path, product: str, texts: list[str], code: str) -> None:
    with pytest.raises(EventNotTaken) as refusal:
        watched(tmp_path).tell(product, texts)

    assert refusal.value.code == code


@pytest.mark.parametrize(
    ("kept", "code"),
    [
        (NOBODY, "event_not_insured"),
        (replace(OPEN, policies=0), "event_not_insured"),
        (replace(OPEN, outcome=Outcome.MEASURED), "event_not_insured"),
        (replace(OPEN, occurs_at=RAIN.occurs_at + 1), "event_time_differs"),
    ],
)
def test_tell__not_so_on_chain__refused_by_name_and_none_is_kept(tmp_path: Path, kept: InsuredEvent, code: str) -> None:
    events = watched(tmp_path)
    later(events, kept)
    with pytest.raises(EventNotTaken, match=RAIN.text().replace("+", r"\+")) as refusal:
        events.tell(CONTRACT, [NAPA.text(), RAIN.text()])

    assert refusal.value.code == code
    later(events, OPEN)
    assert events.waiting(at(due_at(NAPA) + due_at(RAIN))) == []


def test_tell__made_up_texts_far_ahead__the_book_stays_empty(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(event_book, "MOST_OPEN", 2)
    events = watched(tmp_path)
    for year in range(2030, 2060):
        with pytest.raises(EventNotTaken, match="tell it once a policy is bound"):
            events.tell(CONTRACT, [RAIN.text().replace("2013", str(year))])

    assert events.tell(CONTRACT, [RAIN.text(), NAPA.text()]) == 2


def test_tell__chain_does_not_answer__refused_by_name_unless_it_is_known(tmp_path: Path) -> None:
    events = watched(tmp_path)
    events.tell(CONTRACT, [RAIN.text()])
    cast("OneProduct", events._rpc).away = True

    assert events.tell(CONTRACT, [RAIN.text()]) == 0
    with pytest.raises(EventNotTaken) as refusal:
        events.tell(CONTRACT, [NAPA.text()])
    assert refusal.value.code == "chain_unread"


def told(number: int, due: int = 100) -> ToldEvent:
    return ToldEvent(CONTRACT, number, f"event {number}", due + number)


def test_due__more_than_fit__all_have_their_turn_and_a_new_one_comes_first(tmp_path: Path) -> None:
    book = EventBook(tmp_path / "events.sqlite", "31337:0x00")
    book.keep([told(number) for number in range(10)])
    had: list[int] = []
    for now in range(1_000, 1_500, 100):
        turn = book.due(now, 4)
        book.mark_tried([(each.product, each.event_id) for each in turn], now)
        had += [each.event_id for each in turn]

    assert had[:18] == [*range(10), *range(8)]
    book.keep([told(99)])
    assert book.due(2_000, 4)[0].event_id == 99


def test_mark_tried__again_within_the_same_round__keeps_its_place(tmp_path: Path) -> None:
    book = EventBook(tmp_path / "events.sqlite", "31337:0x00")
    book.keep([told(1), told(2)])
    book.mark_tried([(CONTRACT, 1)], 1_000)
    book.mark_tried([(CONTRACT, 2)], 1_010)
    book.mark_tried([(CONTRACT, 1)], 1_000 + event_book.SAME_TRY_SECONDS - 1)

    assert [each.event_id for each in book.due(2_000, 1)] == [1]
    book.mark_tried([(CONTRACT, 1)], 1_000 + event_book.SAME_TRY_SECONDS)
    assert [each.event_id for each in book.due(2_000, 1)] == [2]


def test_event_book__of_before_there_were_turns__goes_on(tmp_path: Path) -> None:
    path = tmp_path / "events.sqlite"
    with closing(sqlite3.connect(path)) as db, db:
        db.execute(
            "CREATE TABLE insured_event (ledger TEXT NOT NULL, product TEXT NOT NULL, event_id TEXT NOT NULL, "
            "text TEXT NOT NULL, due_at INTEGER NOT NULL, closed INTEGER NOT NULL DEFAULT 0, "
            "PRIMARY KEY (ledger, product, event_id)) WITHOUT ROWID"
        )
        db.execute("INSERT INTO insured_event VALUES ('31337:0x00', ?, ?, 'event 1', 101, 0)", (CONTRACT, f"{1:064x}"))
    book = EventBook(path, "31337:0x00")
    book.keep([told(1), told(2)])

    assert book.due(1_000, 5) == [told(1), told(2)]


def test_tell__one_text_is_wrong__none_is_kept(tmp_path: Path) -> None:
    events = watched(tmp_path)
    with pytest.raises(EventNotTaken):
        events.tell(CONTRACT, [RAIN.text(), "rainfall/somewhere"])

    assert events.waiting(at(due_at(RAIN))) == []


def test_tell__more_than_the_book_holds__none_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(event_book, "MOST_OPEN", 1)
    events = watched(tmp_path)
    with pytest.raises(TooManyEvents, match="report some first"):
        events.tell(CONTRACT, [RAIN.text(), NAPA.text()])

    assert events.waiting(at(due_at(RAIN))) == []


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


def test_source_version__another_order_or_another_source__same_or_not() -> None:
    one, two = Told("a", 1, source_hash=b"\1" * 32), Told("b", 1, source_hash=b"\2" * 32)

    assert source_version([one, two]) == source_version([two, one])
    assert source_version([one]) != source_version([two])


def test_event_request__observations_of_three_nodes__the_report_the_product_takes(tmp_path: Path) -> None:
    now = due_at(RAIN) + 60
    events = watched(tmp_path, Told("a", 200), Told("b", 251))
    events.tell(CONTRACT, [RAIN.text()])
    (event,) = events.waiting(at(now))
    request = event_request(event, 31_337, SIGNERS, now, 600)
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
