"""The catalogue of the United States Geological Survey as a source: FDSN event service, GeoJSON.

Source of the format: USGS, "API Documentation - Earthquake Catalog" and "GeoJSON Summary Format".
"""

from datetime import UTC, datetime
from typing import Annotated, Literal

from pydantic import Field

from domain.errors import EventTextInvalid
from domain.hashing import canonical_json, keccak256
from domain.insured_period import InsuredPeriod, Trigger
from domain.readings import (
    LEAST_MAGNITUDE,
    MOST_MAGNITUDE,
    TRIGGER_RULES,
    Earthquake,
    hundredths,
    reach_metres,
    strongest,
)
from domain.sphere import degrees_text, distance_metres, place_from_decimals
from oracle.sources.answers import Message, decimal_of, read_answer
from oracle.sources.errors import SourceAnswerInvalid
from oracle.sources.facts import FREE, Fact, check_made
from oracle.sources.http_fetch import Fetcher, new_client
from oracle.sources.triggers import check_trigger

BASE_URL = "https://earthquake.usgs.gov/fdsnws/event/1"
LICENCE = "public domain (USGS)"
LIMIT = 1_000
RADIUS_KM = -(-reach_metres(MOST_MAGNITUDE) // 1_000)
"""Nothing further away can be felt, by the rule of `domain.readings.intensity`."""
MAX_AGE_SECONDS = 86_400
REVIEWED = "reviewed"
_RULES = "ANSS ComCat, reviewed, magnitude from 6.00, intensity of Bakun and Wentworth 1997"


class Metadata(Message):
    """Of the whole answer; `generated` is unix milliseconds."""

    generated: Annotated[int, Field(ge=0)]
    status: Literal[200]
    count: Annotated[int, Field(ge=0, le=LIMIT)]


class Properties(Message):
    """Of one event; `time` is unix milliseconds, and may be negative."""

    mag: Annotated[float, Field(ge=-5, le=MOST_MAGNITUDE / 100)] | None
    time: int
    status: Literal["automatic", "reviewed", "deleted"]
    type: Annotated[str, Field(max_length=40)]


class Geometry(Message):
    """Longitude, latitude, depth in kilometres."""

    type: Literal["Point"]
    coordinates: tuple[Annotated[float, Field(ge=-180, le=180)], Annotated[float, Field(ge=-90, le=90)], float | None]


class Feature(Message):
    """One event."""

    type: Literal["Feature"]
    id: Annotated[str, Field(min_length=1, max_length=64)]
    properties: Properties
    geometry: Geometry


class FeatureCollection(Message):
    """The whole answer."""

    type: Literal["FeatureCollection"]
    metadata: Metadata
    features: Annotated[list[Feature], Field(max_length=LIMIT)]


class UsgsEarthquakes:
    """Asks the USGS. Safe to share between threads."""

    name = "api:usgs-fdsn-event-1"
    licence = LICENCE
    cost = FREE
    source_hash = keccak256(canonical_json({"source": "usgs-fdsn-event-1", "rules": _RULES}))

    def __init__(self, fetcher: Fetcher) -> None:
        self._fetcher = fetcher

    def fetch(self, question: InsuredPeriod, now: int) -> Fact[int]:
        """Greatest estimated intensity at the insured place in the insured days, tenths of a degree.

        Raises:
            SourceUnavailable
        """
        check_trigger(question, Trigger.EARTHQUAKE, self.name)
        fetched = self._fetcher.get("query", _params(question))
        answer = read_answer(self.name, FeatureCollection, fetched.body)
        final_at = question.ends_at + TRIGGER_RULES[Trigger.EARTHQUAKE].settles_after_seconds
        oldest = None if fetched.revalidated else MAX_AGE_SECONDS
        made_at = answer.metadata.generated // 1_000
        age = check_made(self.name, made_at, now=now, not_before=final_at, max_age_seconds=oldest)
        value, why = reading(question, answer)
        return Fact(value, why, now, age, keccak256(fetched.body), LICENCE, FREE)


def usgs_source(base_url: str = BASE_URL) -> UsgsEarthquakes:
    """The source. It needs no key."""
    return UsgsEarthquakes(Fetcher(new_client(base_url)))


def reading(insured: InsuredPeriod, answer: FeatureCollection) -> tuple[int | None, str]:
    """What an answer means, or why it means nothing yet. Pure.

    Raises:
        SourceAnswerInvalid: It does not answer what was asked.
    """
    _check_whole(answer)
    certain: list[Earthquake] = []
    doubtful: list[Earthquake] = []
    for feature in answer.features:
        if feature.properties.status == "deleted":
            continue
        quake = _earthquake(feature)
        _check_asked(insured, feature, quake)
        (certain if _is_certain(feature) else doubtful).append(quake)
    value = strongest(insured, certain)
    if strongest(insured, [*certain, *doubtful]) > value:
        return None, "an earthquake that counts has no reviewed magnitude yet"
    return value, ""


def _is_certain(feature: Feature) -> bool:
    return feature.properties.status == REVIEWED and feature.properties.mag is not None


def _earthquake(feature: Feature) -> Earthquake:
    """A magnitude that is missing counts as the greatest there can be: what it could change is then not certain."""
    east, north, _ = feature.geometry.coordinates
    mag = feature.properties.mag
    try:
        place = place_from_decimals(decimal_of(north), decimal_of(east))
    except EventTextInvalid as error:
        raise SourceAnswerInvalid(f"{feature.id}: {error}") from error
    magnitude = MOST_MAGNITUDE if mag is None else hundredths(decimal_of(mag))
    return Earthquake(feature.properties.time // 1_000, place, magnitude)


def _check_whole(answer: FeatureCollection) -> None:
    told, sent = answer.metadata.count, len(answer.features)
    if told != sent:
        raise SourceAnswerInvalid(f"metadata.count is {told}, but {sent} features came: ask again")
    if sent >= LIMIT:
        raise SourceAnswerInvalid(f"{sent} features came, the limit: some may be missing, insure fewer days")
    if len({feature.id for feature in answer.features}) != sent:
        raise SourceAnswerInvalid("a feature's id stands twice: ask again")


def _check_asked(insured: InsuredPeriod, feature: Feature, quake: Earthquake) -> None:
    """An event that was not asked for shows that the question was not understood, so the rest proves nothing."""
    if feature.properties.type != "earthquake":
        raise SourceAnswerInvalid(
            f"{feature.id} is of type {feature.properties.type[:40]!r}: only earthquakes were asked"
        )
    if not insured.covers(quake.at):
        raise SourceAnswerInvalid(f"{feature.id} is dated {quake.at}, outside the insured days: check the address")
    if quake.magnitude < LEAST_MAGNITUDE - 1:
        raise SourceAnswerInvalid(f"{feature.id} has magnitude {quake.magnitude} hundredths: weaker than asked for")
    # Five kilometres for the catalogue's own idea of the earth.
    if distance_metres(insured.place, quake.epicentre) > (RADIUS_KM + 5) * 1_000:
        raise SourceAnswerInvalid(f"{feature.id} is more than {RADIUS_KM} km away: not asked for, check the address")


def _params(insured: InsuredPeriod) -> dict[str, str]:
    return {
        "format": "geojson",
        "eventtype": "earthquake",
        "starttime": _iso(insured.occurs_at),
        # Times have milliseconds: without them whatever happens in the last second would not be told.
        "endtime": f"{_iso(insured.ends_at - 1)}.999",
        "latitude": degrees_text(insured.place.latitude),
        "longitude": degrees_text(insured.place.longitude),
        "maxradiuskm": str(RADIUS_KM),
        "minmagnitude": f"{(LEAST_MAGNITUDE - 1) / 100:.2f}",
        "orderby": "time-asc",
        "limit": str(LIMIT),
    }


def _iso(unix_seconds: int) -> str:
    return datetime.fromtimestamp(unix_seconds, UTC).strftime("%Y-%m-%dT%H:%M:%S")
