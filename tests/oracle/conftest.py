"""The real archive once for all tests, a model trained on a part of it, and nodes on a chain that is only pretended."""

from pathlib import Path

import pytest

from oracle.node.pricer import FlightPricer
from oracle.risk.flights.features import FeatureReader
from oracle.risk.flights.training import TRAINING_PERIOD, Trained, TrainingSet, train, training_set
from oracle.sources.archive import ArchiveSource
from oracle.sources.flight_records import FlightRecords, load_records
from oracle.sources.flight_status import FlightOutcome
from tests.oracle.samples import EVENING, NIGHT, Nodes, PretendedChain, insured, make_node, part_of


@pytest.fixture(scope="session")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("cache")


@pytest.fixture(scope="session")
def records(cache: Path) -> FlightRecords:
    return load_records(cache)


@pytest.fixture(scope="session")
def archive(records: FlightRecords) -> ArchiveSource:
    return ArchiveSource(records)


@pytest.fixture(scope="session")
def reader(records: FlightRecords) -> FeatureReader:
    return FeatureReader(records)


@pytest.fixture(scope="session")
def examples(records: FlightRecords, reader: FeatureReader) -> TrainingSet:
    """Every eighth flight of January-June."""
    return part_of(training_set(records, reader, TRAINING_PERIOD), slice(None, None, 8))


@pytest.fixture(scope="session")
def trained(examples: TrainingSet, records: FlightRecords) -> Trained:
    return train(examples, records.data_hash)


@pytest.fixture(scope="session")
def pricer(records: FlightRecords, archive: ArchiveSource, trained: Trained) -> FlightPricer:
    return FlightPricer(records, archive, trained.scorecard)


@pytest.fixture(scope="session")
def texts(archive: ArchiveSource) -> list[str]:
    """Fifty flights of the 12th, one of them cancelled."""
    flights = archive.flights_on("2013-09-12")
    cancelled = [f for f in flights if archive.observe(f, NIGHT).outcome is FlightOutcome.CANCELLED]
    return [flight.text() for flight in [*flights[100:149], cancelled[0]]]


@pytest.fixture
def nodes(archive: ArchiveSource, pricer: FlightPricer, tmp_path: Path, texts: list[str]) -> Nodes:
    chain = PretendedChain(EVENING, insured(texts))
    return make_node(0, chain, archive, pricer, tmp_path), make_node(1, chain, archive, pricer, tmp_path), chain
