"""Every tenant table of the catalogue, tried as every role; and bugs planted to show that the trial finds them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import text

from backend.access.row_security import protect
from backend.database import Database
from scripts.access_rows import try_rows
from tests.backend.conftest import database_from_template

_TABLE = "CREATE TABLE notes (note_id UUID PRIMARY KEY, tenant_id UUID NOT NULL, person_id UUID, said TEXT NOT NULL);"


@pytest.fixture(scope="module")
def server(template: str) -> Iterator[Database]:
    with database_from_template(template) as found:
        yield found


@pytest.fixture
def database(server: Database) -> Iterator[Database]:
    yield server
    with server.transaction() as session:
        session.execute(text("DROP TABLE IF EXISTS notes"))


def leaks(database: Database, *statements: str) -> list[str]:
    with database.transaction() as session:
        for statement in statements:
            session.execute(text(statement))
    return [leak for leak in try_rows(database).leaks if leak.startswith("notes")]


def test_try_rows__all_tables_of_the_migrations__no_leak(database: Database) -> None:
    found = try_rows(database)

    assert (found.leaks, found.blind) == ([], [])
    assert found.tables > 15
    assert found.tries > found.tables * 80


def test_try_rows__table_protected_as_it_should__no_leak(database: Database) -> None:
    assert leaks(database, _TABLE, protect("notes", owner_column="person_id")) == []


def test_try_rows__never_protected_but_granted__found(database: Database) -> None:
    found = leaks(database, _TABLE, "GRANT SELECT, UPDATE ON notes TO quittance_app")

    assert "notes: row-level security is not enabled and forced" in found
    assert "notes: visitor sees rows" in found
    assert "notes: auditor gives rows to another tenant" in found


def test_try_rows__not_forced__found(database: Database) -> None:
    protection = protect("notes", owner_column="person_id")

    found = leaks(database, _TABLE, protection, "ALTER TABLE notes NO FORCE ROW LEVEL SECURITY")

    assert found == ["notes: row-level security is not enabled and forced"]


def test_try_rows__policy_forgets_the_tenant__found_for_every_role(database: Database) -> None:
    forgetful = "CREATE POLICY notes_more ON notes FOR SELECT TO quittance_app USING (NOT quittance_own_only())"

    found = leaks(database, _TABLE, protect("notes", owner_column="person_id"), forgetful)

    assert "notes: auditor sees rows of another tenant" in found
    assert "notes: worker sees rows of another tenant" in found
    assert not any("policyholder" in leak for leak in found)


def test_try_rows__policy_forgets_the_owner__found_for_who_sees_only_its_own(database: Database) -> None:
    forgetful = "CREATE POLICY notes_more ON notes FOR SELECT TO quittance_app USING (tenant_id = quittance_tenant())"

    found = leaks(database, _TABLE, protect("notes", owner_column="person_id"), forgetful)

    assert "notes: policyholder sees rows of others" in found
    assert "notes: maintenance_engineer sees rows of others" in found
    assert not any("another tenant" in leak for leak in found)


def test_try_rows__write_policy_forgets_the_tenant__found(database: Database) -> None:
    forgetful = "CREATE POLICY notes_more ON notes FOR INSERT TO quittance_app WITH CHECK (true)"

    found = leaks(database, _TABLE, protect("notes", owner_column="person_id"), forgetful)

    assert "notes: adjuster writes a row for another tenant" in found


def test_try_rows__table_without_a_tenant_granted__found(database: Database) -> None:
    found = leaks(database, "CREATE TABLE notes (said TEXT)", "GRANT SELECT ON notes TO quittance_app")

    assert found == ["notes: has neither tenant_id nor blocks, and is granted to requests"]
