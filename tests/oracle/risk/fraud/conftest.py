"""Fewer trees for tests; figures are measured with those that are shipped."""

from collections.abc import Iterator

import pytest

from tests.oracle.risk.learned.made_up import fewer_trees


@pytest.fixture(autouse=True, scope="module")
def small_trees() -> Iterator[None]:
    with fewer_trees():
        yield
