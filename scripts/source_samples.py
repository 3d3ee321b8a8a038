"""Answers of sources in their documented forms, for replaying: real earthquakes, a storm, made-up records of nobody."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

from domain.insured_period import InsuredPeriod, Trigger
from domain.readings import TRIGGER_RULES
from domain.sphere import Place

Answer = dict[str, Any]
NAPA = InsuredPeriod(Trigger.EARTHQUAKE, Place(382_975, -1_222_869), date(2014, 8, 1), date(2014, 8, 30))
NAPA_INTENSITY = 66
STORM_PLACE = Place(407_500, -739_000)
RAIN = InsuredPeriod(Trigger.RAINFALL, STORM_PLACE, date(2013, 6, 7), date(2013, 6, 8))
WIND = InsuredPeriod(Trigger.WIND, STORM_PLACE, date(2013, 6, 7), date(2013, 6, 8))
RAIN_TENTHS, GUST_TENTHS = 1_128, 611
REFERENCE, NO_REFERENCE = "ref-0123456789", "ref-9876543210"
RECORD_TIME = datetime(2024, 5, 6, 7, 8, 9, tzinfo=UTC)
RECORD_NOW = int(RECORD_TIME.timestamp()) + 3_600


def final_at(insured: InsuredPeriod) -> int:
    """An hour after the period's records are final, unix seconds."""
    return insured.ends_at + TRIGGER_RULES[insured.trigger].settles_after_seconds + 3_600


def usgs() -> Answer:
    """South Napa, 24 August 2014, magnitude 6.02: the one strong earthquake of the month near there."""
    properties = {
        "mag": 6.02, "place": "South Napa", "time": 1_408_875_644_070, "updated": 1_700_000_000_000, "tz": None,
        "url": "https://earthquake.usgs.gov/earthquakes/eventpage/nc72282711", "felt": 41_800, "cdi": 8.1, "mmi": 8.0,
        "alert": "orange", "status": "reviewed", "tsunami": 0, "sig": 1_500, "net": "nc", "code": "72282711",
        "ids": ",nc72282711,", "magType": "mw", "type": "earthquake", "title": "M 6.0 - South Napa",
    }  # fmt: skip
    feature = {
        "type": "Feature", "properties": properties, "id": "nc72282711",
        "geometry": {"type": "Point", "coordinates": [-122.3123333, 38.2151667, 11.12]},
    }  # fmt: skip
    metadata = {
        "generated": final_at(NAPA) * 1_000 - 600_000, "url": "…", "title": "USGS Earthquakes", "status": 200,
        "api": "1.14.1", "limit": 1_000, "offset": 1, "count": 1,
    }  # fmt: skip
    return {"type": "FeatureCollection", "metadata": metadata, "features": [feature]}


def open_meteo(insured: InsuredPeriod) -> Answer:
    """Two days and the hours around them: 112.8 mm of rain, or gusts up to 61.1 km/h."""
    rain = insured.trigger is Trigger.RAINFALL
    name, unit = ("precipitation", "mm") if rain else ("wind_gusts_10m", "km/h")
    times = list(range(insured.occurs_at, insured.ends_at + 86_400, 3_600))
    values = [round(0.1 * (hour % 48), 1) if rain else round(14.1 + hour % 48, 1) for hour in range(len(times))]
    values[0] = 300.0  # the hour before the period: it must not count
    values[48] = 0.0 if rain else 22.4
    return {
        "latitude": 40.738136, "longitude": -73.90625, "generationtime_ms": 0.061, "utc_offset_seconds": 0,
        "timezone": "GMT", "timezone_abbreviation": "GMT", "elevation": 14.0,
        "hourly_units": {"time": "unixtime", name: unit}, "hourly": {"time": times, name: values},
    }  # fmt: skip


def record(kind: str) -> Answer:
    """One record of a kind."""
    moment = RECORD_TIME.strftime("%Y-%m-%dT%H:%M:%SZ")
    return {
        "format": "quittance-record/1", "kind": kind, "reference": REFERENCE, "issuer": "Example provider",
        "issued_at": moment, "as_of": moment, "content": _CONTENTS[kind],
    }  # fmt: skip


_CONTENTS: dict[str, Answer] = {
    "hospital-invoice": {
        "number": "INV-2024-77", "hospital": "Example Hospital", "issued_on": "2024-05-04",
        "treated_from": "2024-04-28", "treated_to": "2024-05-03", "currency": "CNY",
        "lines": [
            {"code": "WARD", "text": "Ward, five days", "amount": 250_000},
            {"code": None, "text": "Medicines", "amount": 80_050},
        ],
        "total": 330_050, "paid_by_others": 100_000,
    },
    "medical-record": {
        "facility": "Example Hospital", "admitted_on": "2024-04-28", "discharged_on": "2024-05-03",
        "diagnoses": [{"code": "J18.9", "system": "ICD-10", "first_known_on": "2024-04-27"}],
        "procedures": ["87.44"],
    },
    "traffic-violations": {
        "period_from": "2021-05-01", "period_to": "2024-04-30", "licence_held_since": "2015-03-02",
        "violations": [{"on": "2023-01-15", "code": "1344", "points": 3, "fine": 20_000, "drink_driving": False}],
    },
    "credit": {
        "score": 702, "currency": "CNY", "liabilities": 12_500_000, "arrears_24m": 1, "longest_arrears_days": 12,
    },
    "commerce": {
        "ordered_on": "2024-04-20", "shipped_on": "2024-04-21", "delivered_on": "2024-04-24", "state": "delivered",
        "currency": "CNY", "lines": [{"article": "SKU-1", "text": "Kettle", "quantity": 2, "amount": 39_800}],
        "total": 39_800, "refunded": 0, "returns_12m": 4,
    },
    "repair-estimate": {
        "estimator": "Example Garage", "inspected_on": "2024-05-02", "object_code": "VIN-LSV1234567890",
        "currency": "CNY",
        "lines": [
            {"sort": "part", "code": "P-55", "text": "Bumper", "amount": 180_000},
            {"sort": "labour", "code": None, "text": "Fitting", "amount": 60_000},
        ],
        "tax": 31_200, "total": 271_200, "value_before": 9_800_000, "total_loss": False,
    },
}  # fmt: skip


def flight() -> Answer:
    """UA 1545, eleven and a half minutes late, as AeroAPI tells it."""
    found = {
        "ident": "UAL1545", "ident_iata": "UA1545", "fa_flight_id": "UAL1545-1356850800-airline-0123",
        "cancelled": False, "diverted": False, "origin": {"code_iata": "EWR"}, "destination": {"code_iata": "IAH"},
        "scheduled_out": "2013-01-01T10:15:00Z", "actual_out": "2013-01-01T10:17:00Z",
        "actual_off": "2013-01-01T10:29:00Z", "scheduled_in": "2013-01-01T14:19:00Z",
        "estimated_in": "2013-01-01T14:30:30Z", "actual_in": "2013-01-01T14:30:30Z",
    }  # fmt: skip
    return {"flights": [found], "links": None, "num_pages": 1}
