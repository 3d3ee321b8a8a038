"""Databases, keys and a maker of back-ups."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from pyrage.x25519 import Identity

from backend.backups.making import Maker
from backend.backups.sealing import make_identity, read_identity
from backend.database import Database
from tests.backend.backups.room import Clock, make_maker
from tests.backend.conftest import empty_database


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def identity(tmp_path: Path) -> Identity:
    make_identity(tmp_path / "elsewhere" / "backup.identity")
    return read_identity(tmp_path / "elsewhere" / "backup.identity")


@pytest.fixture
def maker(database: Database, tmp_path: Path, identity: Identity, clock: Clock) -> Maker:
    return make_maker(database, tmp_path, identity, clock)


@pytest.fixture
def empty(template: str) -> Iterator[Database]:
    """A database with nothing in it."""
    with empty_database(template) as found:
        yield found
