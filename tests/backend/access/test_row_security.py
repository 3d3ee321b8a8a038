"""The second wall, by raw SQL on a real PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.exc import ProgrammingError
from sqlalchemy.orm import Session

from backend.access.principal import Principal, PrincipalKind
from backend.access.roles import Role
from backend.access.row_security import open_to_readers, protect, unprotect
from backend.database import Database, as_worker, migrate
from backend.workflows.requests import request, waiting
from tests.backend.conftest import database_from_template

ACME, OTHER = UUID(int=1), UUID(int=2)
ADA, BEN = UUID(int=11), UUID(int=12)


def person(person_id: UUID, *roles: Role, tenant: UUID = ACME) -> Principal:
    return Principal(PrincipalKind.PERSON, person_id, tenant, frozenset(roles))


CLERK = person(UUID(int=13), Role.CUSTOMER_SERVICE)
POLICYHOLDER = person(ADA, Role.POLICYHOLDER)


@pytest.fixture(scope="module")
def server(template: str) -> Iterator[Database]:
    """One migrated database for all tests here: each makes its own table and drops it."""
    with database_from_template(template) as found:
        yield found


@pytest.fixture
def database(server: Database) -> Iterator[Database]:
    yield server
    with server.every_tenant() as session:
        session.execute(
            text("DROP TABLE IF EXISTS notes; DROP FUNCTION IF EXISTS powerful(); DELETE FROM workflow_requests")
        )


@pytest.fixture
def notes(database: Database) -> Database:
    """A database with a table of rows of two tenants and two persons, protected as a migration would."""
    make_notes(
        database, protect("notes", owner_column="person_id", privileges=("SELECT", "INSERT", "UPDATE", "DELETE"))
    )
    return database


def make_notes(database: Database, protection: str) -> None:
    with database.every_tenant() as session:
        session.execute(
            text(
                "CREATE TABLE notes (note TEXT, tenant_id UUID NOT NULL DEFAULT quittance_tenant(),"
                " person_id UUID DEFAULT quittance_owner())"
            )
        )
        rows = [
            {"note": f"{tenant.int}:{owner.int if owner else 0}", "tenant": tenant, "owner": owner}
            for tenant in (ACME, OTHER)
            for owner in (ADA, BEN, None)
        ]
        session.execute(text("INSERT INTO notes VALUES (:note, :tenant, :owner)"), rows)
        session.execute(text(protection))


def seen(session: Session) -> list[str]:
    return list(session.scalars(text("SELECT note FROM notes ORDER BY note")))


@pytest.mark.parametrize(
    ("principal", "expected"),
    [
        (Principal.anonymous(), []),
        (POLICYHOLDER, ["1:11"]),
        (person(ADA), ["1:11"]),
        (person(BEN, Role.POLICYHOLDER, tenant=OTHER), ["2:12"]),
        (CLERK, ["1:0", "1:11", "1:12"]),
        (person(UUID(int=14), Role.MAINTENANCE_ENGINEER), []),
        (Principal.worker(OTHER), ["2:0", "2:11", "2:12"]),
    ],
)
def test_scoped__principal__sees_its_rows_only(notes: Database, principal: Principal, expected: list[str]) -> None:
    with notes.scoped(principal) as session:
        assert seen(session) == expected


def test_every_tenant__owner__sees_all(notes: Database) -> None:
    with notes.every_tenant() as session:
        assert len(seen(session)) == 6


def test_scoped__over__the_connection_forgets_it(notes: Database) -> None:
    with notes.scoped(CLERK):
        pass

    with notes.transaction() as session:
        settings = session.execute(
            text("SELECT current_setting('role'), current_setting('quittance.tenant'), current_user <> 'quittance_app'")
        ).one()
    assert tuple(settings) == ("none", "", True)


@pytest.mark.parametrize(
    "statement",
    [
        "INSERT INTO notes (note, tenant_id, person_id) VALUES ('x', '{other}', '{ada}')",
        "INSERT INTO notes (note, tenant_id, person_id) VALUES ('x', '{acme}', '{ben}')",
        "INSERT INTO notes (note, person_id) VALUES ('x', NULL)",
        "UPDATE notes SET tenant_id = '{other}'",
        "UPDATE notes SET person_id = '{ben}'",
    ],
)
def test_scoped__policyholder_writes_for_others__refused(notes: Database, statement: str) -> None:
    with pytest.raises(ProgrammingError, match="row-level security"), notes.scoped(POLICYHOLDER) as session:
        session.execute(text(statement.format(other=OTHER, acme=ACME, ada=ADA, ben=BEN)))


def test_as_worker__what_is_done_in_it_fails_and_is_got_over__sees_as_before(notes: Database) -> None:
    inside: list[str] = []
    with notes.scoped(POLICYHOLDER) as session:
        before = seen(session)
        with suppress(KeyError), as_worker(session, ACME, POLICYHOLDER):
            inside += seen(session)
            raise KeyError
        after = seen(session)

    assert before == after == ["1:11"]
    assert len(inside) > 1


def test_as_worker__what_fails_is_a_statement__says_what_failed(notes: Database) -> None:
    with (
        pytest.raises(ProgrammingError, match="no_such_table"),
        notes.scoped(POLICYHOLDER) as session,
        as_worker(session, ACME, POLICYHOLDER),
    ):
        session.execute(text("SELECT * FROM no_such_table"))


def test_scoped__policyholder_changes_and_deletes_all__only_its_own_are_touched(notes: Database) -> None:
    with notes.scoped(POLICYHOLDER) as session:
        session.execute(text("UPDATE notes SET note = 'mine'"))
        session.execute(text("DELETE FROM notes WHERE note <> 'mine'"))

    with notes.every_tenant() as session:
        assert seen(session) == ["1:0", "1:12", "2:0", "2:11", "2:12", "mine"]


def test_scoped__defaults__a_policyholders_row_is_its_own_and_staffs_is_nobodys(notes: Database) -> None:
    for principal in (POLICYHOLDER, CLERK):
        with notes.scoped(principal) as session:
            session.execute(text("INSERT INTO notes (note) VALUES ('new')"))

    with notes.every_tenant() as session:
        rows = session.execute(text("SELECT tenant_id, person_id FROM notes WHERE note = 'new' ORDER BY person_id"))
        assert [tuple(row) for row in rows] == [(ACME, ADA), (ACME, None)]


def test_protect__readable_by_a_role__others_of_the_staff_see_none_and_owners_their_own(database: Database) -> None:
    make_notes(database, protect("notes", owner_column="person_id", readable_by=[Role.ADJUSTER]))
    counts = {}
    for principal in (CLERK, person(UUID(int=15), Role.ADJUSTER), POLICYHOLDER, Principal.worker(ACME)):
        with database.scoped(principal) as session:
            counts[",".join(principal.roles) or "worker"] = len(seen(session))

    assert counts == {"customer_service": 0, "adjuster": 3, "policyholder": 1, "worker": 3}


def test_protect__shared__all_of_the_tenant_read_and_only_writers_write(database: Database) -> None:
    make_notes(database, protect("notes", shared=True, writable_by=[Role.PRODUCT_MANAGER]))

    with database.scoped(POLICYHOLDER) as session:
        read = seen(session)
    with database.scoped(person(BEN, Role.PRODUCT_MANAGER)) as session:
        session.execute(text("UPDATE notes SET note = 'new' WHERE note = '1:0'"))
    with pytest.raises(ProgrammingError, match="row-level security"), database.scoped(CLERK) as session:
        session.execute(text("INSERT INTO notes (note) VALUES ('x')"))
    with database.every_tenant() as session:
        after = seen(session)

    assert read == ["1:0", "1:11", "1:12"]
    assert after == ["1:11", "1:12", "2:0", "2:11", "2:12", "new"]


def test_protect__table_of_no_persons__who_is_named_sees_it_and_nobody_else(database: Database) -> None:
    make_notes(database, protect("notes", readable_by=[Role.MAINTENANCE_ENGINEER, Role.ADMINISTRATOR]))
    counts = {}
    for role in (Role.MAINTENANCE_ENGINEER, Role.ADMINISTRATOR, Role.CUSTOMER_SERVICE, Role.POLICYHOLDER):
        with database.scoped(person(ADA, role)) as session:
            counts[role.value] = len(seen(session))

    assert counts == {"maintenance_engineer": 3, "administrator": 3, "customer_service": 0, "policyholder": 0}


def test_protect__append_only__neither_changed_nor_deleted(database: Database) -> None:
    make_notes(database, protect("notes", owner_column="person_id", privileges=("SELECT", "INSERT")))

    for statement in ("UPDATE notes SET note = 'x'", "DELETE FROM notes", "TRUNCATE notes"):
        with pytest.raises(ProgrammingError, match="permission denied"), database.scoped(CLERK) as session:
            session.execute(text(statement))


def test_unprotect__protected__requests_have_nothing_left(notes: Database) -> None:
    with notes.transaction() as session:
        session.execute(text(unprotect("notes", ("SELECT", "INSERT", "UPDATE", "DELETE"))))

    with pytest.raises(ProgrammingError, match="permission denied"), notes.scoped(CLERK) as session:
        seen(session)


@pytest.mark.parametrize("name", ["", "Notes", "notes; DROP TABLE quotes", "notes n", "1notes"])
def test_protect__not_a_plain_name__refused(name: str) -> None:
    for make in (protect, unprotect, open_to_readers):
        with pytest.raises(ValueError, match="plain SQL name"):
            make(name)


@pytest.mark.parametrize("privileges", [(), ("INSERT",), ("SELECT", "TRUNCATE")])
def test_protect__privileges_that_cannot_be__refused(privileges: tuple[str, ...]) -> None:
    with pytest.raises(ValueError, match="privileges"):
        protect("notes", privileges=privileges)


def test_new_function__made_by_a_later_migration__not_for_requests_until_granted(database: Database) -> None:
    with database.transaction() as session:
        session.execute(text("CREATE FUNCTION powerful() RETURNS int LANGUAGE sql SECURITY DEFINER AS 'SELECT 1'"))

    with pytest.raises(ProgrammingError, match="permission denied"), database.scoped(CLERK) as session:
        session.execute(text("SELECT powerful()"))


def test_scoped__asks_for_a_workflow__kept_once_and_what_it_carries_is_not_read(database: Database) -> None:
    for _ in range(2):
        with database.scoped(POLICYHOLDER) as session:
            request(session, queue="claims", workflow="claims.settle", workflow_id="claim:1", arguments=["1"])

    with pytest.raises(ProgrammingError, match="permission denied"), database.scoped(CLERK) as session:
        session.execute(text("SELECT arguments FROM workflow_requests"))
    with database.transaction() as session:
        assert waiting(session) == 1


def test_migrate__plain_owner__even_the_owner_sees_nothing_until_it_says_every_tenant(plain_owner: Database) -> None:
    migrate(plain_owner)
    make_notes(plain_owner, protect("notes", owner_column="person_id"))

    with plain_owner.transaction() as session:
        unsaid = seen(session)
    with plain_owner.every_tenant() as session:
        said = seen(session)
    with plain_owner.scoped(CLERK) as session:
        scoped = seen(session)
        session.execute(text("SELECT set_config('quittance.every_tenant', 'on', true)"))
        claimed = seen(session)

    assert (unsaid, len(said), scoped) == ([], 6, ["1:0", "1:11", "1:12"])
    assert claimed == scoped, "the setting is the owner's alone"
