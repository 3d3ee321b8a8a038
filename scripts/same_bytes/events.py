"""Insured periods with what two services answer for them, and what a node reports of them."""

from __future__ import annotations

import json
import random
from collections.abc import Mapping, Sequence
from contextlib import closing
from datetime import UTC, date, datetime, timedelta
from email.utils import formatdate
from pathlib import Path
from typing import Any, Final, cast

import httpx

from domain.insured_period import InsuredPeriod, Trigger, parse_insured_period
from domain.sphere import DEGREE, Place
from ledger.rpc import Rpc
from oracle.claims.facts import Block
from oracle.network.event_book import EventBook
from oracle.network.events import WatchedEvents, event_rules
from oracle.network.wanted import SignerSet, WaitingEvent, request_for
from oracle.rounds.statements import Observation
from oracle.sources.facts import Source
from oracle.sources.http_fetch import Fetcher
from oracle.sources.open_meteo import OpenMeteo, Service
from oracle.sources.usgs_earthquakes import UsgsEarthquakes
from scripts.same_bytes.names import CHAIN_ID, EVENTS, HOUR, PARAMETRIC, QUORUM
from scripts.same_bytes.told import NODES, Habits, agreed, plain
from scripts.source_samples import final_at

_URL: Final = "https://records.invalid"


def write_events(folder: Path, count: int, draw: random.Random) -> None:
    """Periods of all three triggers; some records lack an hour, some lie too far apart."""
    told = []
    for _ in range(count):
        first = date(2024, 1, 1) + timedelta(days=draw.randrange(700))
        place = Place(draw.randrange(-80 * DEGREE, 80 * DEGREE), draw.randrange(-179 * DEGREE, 179 * DEGREE))
        insured = InsuredPeriod(draw.choice(tuple(Trigger)), place, first, first + timedelta(days=draw.randrange(4)))
        if insured.trigger is Trigger.EARTHQUAKE:
            answers = {"query": _earthquakes(insured, draw)}
        else:
            archive = _weather(insured, draw)
            answers = {"archive": archive, "forecast": _revised(archive, draw)}
        told.append({"insured_event": insured.text(), "answers": answers})
    (folder / EVENTS).write_text(json.dumps(told), "utf-8")


def _weather(insured: InsuredPeriod, draw: random.Random) -> dict[str, Any]:
    rain = insured.trigger is Trigger.RAINFALL
    name, unit = ("precipitation", "mm") if rain else ("wind_gusts_10m", "km/h")
    times = list(range(insured.occurs_at, insured.ends_at + 2 * HOUR, HOUR))
    values: list[float | None] = [round(draw.uniform(0, 9 if rain else 120), 1) for _ in times]
    if draw.random() < 0.1:
        values[draw.randrange(len(values))] = None
    place = {"latitude": insured.place.latitude / DEGREE, "longitude": insured.place.longitude / DEGREE}
    hours = {"hourly_units": {"time": "unixtime", name: unit}, "hourly": {"time": times, name: values}}
    return {**place, "utc_offset_seconds": 0, **hours}


def _revised(answer: dict[str, Any], draw: random.Random) -> dict[str, Any]:
    """The same record a little, or much, otherwise."""
    by = draw.choice((0.0, 0.1, 0.2, 40.0))
    name = next(each for each in answer["hourly"] if each != "time")
    values = [None if value is None else round(value + by, 1) for value in answer["hourly"][name]]
    return {**answer, "hourly": {**answer["hourly"], name: values}}


def _earthquakes(insured: InsuredPeriod, draw: random.Random) -> dict[str, Any]:
    features = []
    for number in range(draw.randrange(5)):
        at = insured.occurs_at + draw.randrange(insured.ends_at - insured.occurs_at)
        near = [
            (insured.place.longitude + draw.randrange(-DEGREE, DEGREE)) / DEGREE,
            (insured.place.latitude + draw.randrange(-DEGREE, DEGREE)) / DEGREE,
            round(draw.uniform(1, 90), 2),
        ]
        properties = {
            "mag": draw.randrange(600, 850) / 100, "time": at * 1_000, "status": draw.choice(("reviewed", "automatic")),
            "type": "earthquake",
        }  # fmt: skip
        shape = {"type": "Point", "coordinates": near}
        features.append({"type": "Feature", "id": f"q{number}", "properties": properties, "geometry": shape})
    draw.shuffle(features)
    metadata = {"generated": (final_at(insured) - 600) * 1_000, "status": 200, "count": len(features)}
    return {"type": "FeatureCollection", "metadata": metadata, "features": features}


class EventMind:
    """Sources over recorded answers; what is made of the answers is what runs.

    Args:
        state: Folder for the node's book of events.
    """

    def __init__(self, folder: Path, state: Path, habits: Habits) -> None:
        self._told: list[dict[str, Any]] = json.loads((folder / EVENTS).read_text("utf-8"))
        self._book, self._habits = EventBook(state / "events.sqlite", "x"), habits

    def close(self) -> None:
        """Give the book back."""
        self._book.close()

    def told(self, number: int) -> Mapping[str, object]:
        """What this node says of an event."""
        each = self._told[number - 1]
        insured = parse_insured_period(each["insured_event"])
        now = final_at(insured)
        answers = httpx.MockTransport(lambda request: _answer(request, each["answers"], now))
        with closing(httpx.Client(transport=answers, base_url=_URL)) as client:
            fetcher = Fetcher(client, sleep=lambda _: None)
            watched = WatchedEvents(
                cast(Rpc, None), self._book, {PARAMETRIC: lambda _: self._sources(insured, fetcher)}
            )
            asked = WaitingEvent(PARAMETRIC, insured, QUORUM, 0)
            seen = watched.observe(asked, Block(1, "0x" + "ef" * 32, now))
        if not isinstance(seen.observation, Observation):
            return {"unobserved": list(seen.observation.fields)}
        request = request_for(asked, CHAIN_ID, SignerSet(QUORUM, 1, NODES), now, HOUR)
        told = {"value": plain(seen.explained["value"])}
        return {**told, **agreed(request, event_rules(insured.trigger), seen.observation, self._habits)}

    def _sources(self, insured: InsuredPeriod, fetcher: Fetcher) -> Sequence[Source[InsuredPeriod, int]]:
        if insured.trigger is Trigger.EARTHQUAKE:
            return [UsgsEarthquakes(fetcher)]
        services = [OpenMeteo(fetcher, service) for service in Service]
        return services[::-1] if self._habits.backwards else services


def _answer(request: httpx.Request, answers: Mapping[str, Any], now: int) -> httpx.Response:
    body = answers[request.url.path.rsplit("/", 1)[-1]]
    made_at = formatdate(datetime.fromtimestamp(now - 60, UTC).timestamp(), usegmt=True)
    return httpx.Response(200, json=body, headers={"Date": made_at})
