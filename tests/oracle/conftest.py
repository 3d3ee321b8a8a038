"""The real archive once for all tests, a model trained on a part of it, and nodes on a chain that is only pretended."""

from pathlib import Path

import pytest

from oracle.evidence.archive import ArchiveSource
from oracle.evidence.flight_records import FlightRecords, load_records
from oracle.node.pricer import FlightPricer
from oracle.risk.features import FeatureReader
from oracle.risk.training import TRAINING_PERIOD, Trained, TrainingSet, train, training_set
from tests.oracle.samples import part_of


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
