"""Insurers on a database of their own."""

from __future__ import annotations

import pytest

from backend.database import Database
from tests.backend.identity.house import House, make_house


@pytest.fixture
def house(database: Database) -> House:
    """An insurer."""
    return make_house(database)
