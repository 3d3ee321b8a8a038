from datetime import date

import pytest

from domain.errors import EventTextInvalid
from domain.insured_period import InsuredPeriod, Trigger, insured_period, parse_insured_period
from domain.policy import event_id
from domain.sphere import Place

TEXT = "earthquake/37.7749/-122.4194/2014-08-01/2014-08-30"
INSURED = InsuredPeriod(Trigger.EARTHQUAKE, Place(377_749, -1_224_194), date(2014, 8, 1), date(2014, 8, 30))


def test_text__an_insured_period__canonical_and_read_back() -> None:
    assert INSURED.text() == TEXT
    assert parse_insured_period(TEXT) == INSURED
    assert INSURED.event_id() == event_id(TEXT)


def test_times__thirty_days__first_midnight_to_last() -> None:
    assert (INSURED.occurs_at, INSURED.ends_at, INSURED.hours) == (1_406_851_200, 1_409_443_200, 720)
    assert INSURED.covers(INSURED.occurs_at)
    assert not INSURED.covers(INSURED.ends_at)
    assert insured_period(Trigger.EARTHQUAKE, INSURED.place, INSURED.first_day, 30) == INSURED


@pytest.mark.parametrize(
    "text",
    [
        "earthquake/37.774/-122.4194/2014-08-01/2014-08-30",
        "earthquake/+37.7749/-122.4194/2014-08-01/2014-08-30",
        "earthquake/037.7749/-122.4194/2014-08-01/2014-08-30",
        "earthquake/-0.0000/-122.4194/2014-08-01/2014-08-30",
        "earthquake/91.0000/-122.4194/2014-08-01/2014-08-30",
        "earthquake/37.7749/180.0000/2014-08-01/2014-08-30",
        "earthquake/37.7749/-122.4194/2014-08-31/2014-08-30",
        "earthquake/37.7749/-122.4194/2014-02-30/2014-08-30",
        "earthquake/37.7749/-122.4194/2014-08-01/2016-08-30",
        "earthquake/37.7749/-122.4194/1969-08-01/1969-08-30",
        "hail/37.7749/-122.4194/2014-08-01/2014-08-30",
        "earthquake/37.7749/-122.4194/2014-08-01/2014-08-30 ",
        "",
    ],
)
def test_parse_insured_period__not_canonical__refused(text: str) -> None:
    with pytest.raises(EventTextInvalid):
        parse_insured_period(text)
