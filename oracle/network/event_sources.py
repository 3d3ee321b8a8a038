"""The sources a node looks insured periods up in, from its network file."""

from __future__ import annotations

from collections.abc import Sequence

from domain.insured_period import InsuredPeriod
from domain.readings import TRIGGER_RULES
from oracle.network.config import NetworkConfigInvalid, SourceConfig, SourceKind
from oracle.network.events import SourcesFor
from oracle.sources.earthquake_archive import load_earthquakes
from oracle.sources.facts import Source
from oracle.sources.open_meteo import Service, open_meteo_source
from oracle.sources.usgs_earthquakes import BASE_URL, usgs_source
from oracle.sources.weather_archive import WeatherStation, load_stations, nearest

PeriodSource = Source[InsuredPeriod, int]


def sources_for(configs: Sequence[SourceConfig]) -> SourcesFor:
    """Which sources a period is looked up in.

    Raises:
        NetworkConfigInvalid: A source lacks its file.
        SourceMisconfigured: An archive cannot be read.
    """
    fixed = [_source(config) for config in configs if config.source is not SourceKind.WEATHER_STATIONS]
    with_stations = any(config.source is SourceKind.WEATHER_STATIONS for config in configs)
    stations: list[WeatherStation] = load_stations() if with_stations else []

    def chosen(insured: InsuredPeriod) -> Sequence[PeriodSource]:
        wanted = TRIGGER_RULES[insured.trigger].sources
        return [*fixed, *nearest(stations, insured.place, wanted)]

    return chosen


def _source(config: SourceConfig) -> PeriodSource:
    if config.source is SourceKind.USGS:
        return usgs_source(config.url or BASE_URL)
    if config.source is SourceKind.OPEN_METEO_ARCHIVE:
        return open_meteo_source(Service.ARCHIVE, config.url)
    if config.source is SourceKind.OPEN_METEO_FORECAST:
        return open_meteo_source(Service.FORECAST, config.url)
    if config.file is None:
        raise NetworkConfigInvalid(f"source {config.source} has no file: name the archive's file")
    return load_earthquakes(config.file)
