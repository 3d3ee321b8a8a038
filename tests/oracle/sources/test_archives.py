"""Archives of earthquakes and of weather, replayed."""

from dataclasses import replace
from datetime import date
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from domain.insured_period import InsuredPeriod, Trigger, insured_period
from domain.sphere import Place
from oracle.sources.earthquake_archive import load_earthquakes
from oracle.sources.errors import SourceMisconfigured, SourcesDisagree
from oracle.sources.triggers import due_at, observe
from oracle.sources.weather_archive import WeatherStation, load_stations, nearest
from scripts.source_samples import NAPA, NAPA_INTENSITY

LATER = 1_800_000_000
QUEENS = Place(407_282, -737_949)
ROW = {
    "time": "2014-08-24T10:20:44.070Z", "latitude": 38.2151667, "longitude": -122.3123333, "mag": 6.02,
    "type": "earthquake", "status": "reviewed",
}  # fmt: skip
AROUND = [{**ROW, "time": f"{year}-01-01T00:00:00.000Z", "latitude": -60.0} for year in (2014, 2015)]


def catalogue(path: Path, *rows: dict[str, object]) -> Path:
    pq.write_table(pa.Table.from_pylist([*AROUND, *rows]), path)
    return path


@pytest.fixture(scope="module")
def stations() -> list[WeatherStation]:
    return load_stations()


def day(trigger: Trigger, text: str, place: Place = QUEENS) -> InsuredPeriod:
    return insured_period(trigger, place, date.fromisoformat(text), 1)


def test_fetch__catalogue__as_the_live_service_would_say(tmp_path: Path) -> None:
    archive = load_earthquakes(catalogue(tmp_path / "quakes.parquet", ROW))

    assert archive.fetch(NAPA, LATER).value == NAPA_INTENSITY
    assert archive.fetch(NAPA, due_at(NAPA) - 1).value is None
    assert archive.fetch(replace(NAPA, trigger=Trigger.EARTHQUAKE, first_day=date(2014, 8, 25)), LATER).value == 0


@pytest.mark.parametrize("first_day", [date(2013, 6, 1), date(2014, 12, 20), date(2020, 1, 1)])
def test_fetch__days_outside_the_catalogue__missing_and_not_zero(tmp_path: Path, first_day: date) -> None:
    archive = load_earthquakes(catalogue(tmp_path / "quakes.parquet", ROW))

    fact = archive.fetch(insured_period(Trigger.EARTHQUAKE, NAPA.place, first_day, 30), LATER)

    assert (fact.value, fact.why_missing) == (None, "the catalogue does not reach these days")


@pytest.mark.parametrize("changes", [{"mag": None}, {"latitude": 99.0}, {"time": "yesterday"}])
def test_load_earthquakes__a_row_that_cannot_be_read__the_file_is_refused(
    tmp_path: Path, changes: dict[str, object]
) -> None:
    with pytest.raises(SourceMisconfigured, match="has a row that cannot be read"):
        load_earthquakes(catalogue(tmp_path / "quakes.parquet", {**ROW, **changes}))


def test_load_earthquakes__no_such_file__says_what_is_needed(tmp_path: Path) -> None:
    with pytest.raises(SourceMisconfigured, match="name a Parquet file with the columns time"):
        load_earthquakes(tmp_path / "none.parquet")


def test_observe__storm_of_june_2013__two_stations_agree(stations: list[WeatherStation]) -> None:
    insured = day(Trigger.RAINFALL, "2013-06-07")

    found = observe(insured, nearest(stations, QUEENS, 2), LATER)

    assert [source.name[-3:] for source in nearest(stations, QUEENS, 2)] == ["LGA", "JFK"]
    assert found.value == 699


def test_observe__stations_apart__no_value(stations: list[WeatherStation]) -> None:
    insured = day(Trigger.RAINFALL, "2013-06-08", Place(407_831, -739_712))

    with pytest.raises(SourcesDisagree):
        observe(insured, nearest(stations, insured.place, 2), LATER)


def test_fetch__hours_missing_from_the_record__no_value(stations: list[WeatherStation]) -> None:
    # The package has no weather for the first hours of 2013, in UTC.
    fact = stations[0].fetch(day(Trigger.RAINFALL, "2013-01-01", stations[0].place), LATER)

    assert (fact.value, fact.why_missing) == (None, "an hour is missing from the record")


def test_fetch__far_from_the_station__no_value(stations: list[WeatherStation]) -> None:
    assert stations[0].fetch(day(Trigger.WIND, "2013-06-07", Place(515_000, 0)), LATER).value is None


def test_fetch__not_final_yet__no_value(stations: list[WeatherStation]) -> None:
    insured = day(Trigger.WIND, "2013-06-07", stations[0].place)

    assert stations[0].fetch(insured, due_at(insured) - 1).value is None
    assert stations[0].fetch(insured, due_at(insured)).value is not None
