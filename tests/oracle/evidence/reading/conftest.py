"""One sealed reader for all tests of reading."""

from collections.abc import Iterator

import pytest

from oracle.evidence.reading.reader import Reader


@pytest.fixture(scope="session")
def reader() -> Iterator[Reader]:
    with Reader() as started:
        yield started
