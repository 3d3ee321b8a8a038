"""Answers in their documented form that cannot be right: stale, of something else, or contradicting themselves."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

Change = Callable[[Any], None]


def lies(body: Any) -> list[Any]:
    """Every lie there is for this kind of answer; none for a flight, whose service dates nothing."""
    if "metadata" in body:
        changes = _EARTHQUAKE
    elif "hourly" in body:
        changes = _WEATHER
    elif "content" in body:
        changes = [*_RECORD, *_BY_KIND.get(body["kind"], [])]
    else:
        changes = []
    found = []
    for change in changes:
        changed = copy.deepcopy(body)
        change(changed)
        found.append(changed)
    return found


def _set(*path: Any, to: Any) -> Change:
    def change(body: Any) -> None:
        for key in path[:-1]:
            body = body[key]
        body[path[-1]] = to

    return change


def _scale(name: str, by: int) -> Change:
    return lambda body: _set("hourly", name, to=[at * by for at in body["hourly"][name]])(body)


def _repeat_hour(body: Any) -> None:
    body["hourly"]["time"][5] = body["hourly"]["time"][4]


def _drop_hour(body: Any) -> None:
    del body["hourly"]["time"][5]


def _other_units(body: Any) -> None:
    units = body["hourly_units"]
    units.update({name: {"mm": "inch", "km/h": "mp/h"}.get(unit, unit) for name, unit in units.items()})


def _feature_twice(body: Any) -> None:
    body["features"].append(body["features"][0])
    body["metadata"]["count"] = 2


_EARTHQUAKE = [
    _set("metadata", "generated", to=1_408_900_000_000),  # the day of the earthquake: nothing was final
    _set("metadata", "generated", to=1_900_000_000_000),  # the future
    _set("metadata", "count", to=2),
    _set("features", to=[]),
    _feature_twice,
    _set("features", 0, "properties", "time", to=1_300_000_000_000),
    _set("features", 0, "properties", "mag", to=4.2),
    _set("features", 0, "properties", "type", to="quarry blast"),
    _set("features", 0, "geometry", "coordinates", to=[139.7, 35.7, 10.0]),
]
_WEATHER: list[Change] = [
    _set("latitude", to=51.5),
    _set("longitude", to=-72.9),
    _set("utc_offset_seconds", to=-18_000),
    _set("hourly_units", "time", to="iso8601"),
    _scale("time", 2),
    _repeat_hour,
    _drop_hour,
    _other_units,
]
_RECORD = [
    _set("reference", to="ref-0123456780"),
    _set("kind", to="another-kind"),
    _set("format", to="quittance-record/2"),
    _set("issued_at", to="2024-06-06T07:08:09Z"),
    _set("as_of", to="2030-05-06T07:08:09Z"),
]
_OLD: Change = lambda body: body.update(issued_at="2019-01-01T00:00:00Z", as_of="2019-01-01T00:00:00Z")  # noqa: E731
_BY_KIND = {
    "hospital-invoice": [
        _set("content", "total", to=330_051),
        _set("content", "paid_by_others", to=900_000),
        _set("content", "treated_to", to="2024-06-01"),
    ],
    "medical-record": [_OLD, _set("content", "discharged_on", to="2024-01-01")],
    "traffic-violations": [_OLD, _set("content", "violations", 0, "on", to="2010-01-15")],
    "credit": [_OLD, _set("content", "arrears_24m", to=0)],
    "commerce": [
        _OLD,
        _set("content", "total", to=1),
        _set("content", "refunded", to=99_999),
        _set("content", "delivered_on", to="2024-04-01"),
    ],
    "repair-estimate": [_OLD, _set("content", "tax", to=0)],
}
