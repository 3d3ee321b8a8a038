"""Who opened records of how many people, counted from the log the vault writes."""

from __future__ import annotations

import time
from uuid import UUID

import pytest
from typer.testing import CliRunner

from backend.access.principal import Principal, PrincipalKind
from backend.access.roles import Role
from backend.audit.cli import app
from backend.audit.reading import readers
from backend.audit.sequencer import Sequencer
from backend.database import Database
from backend.vault import service
from backend.vault.keys import HeldKeys
from backend.vault.retention import Category, Purpose
from backend.vault.sealing import Vault

TENANT, CLERK, AUDITOR = UUID(int=1), UUID(int=0x501), UUID(int=0x502)
CUSTOMERS = [UUID(int=number) for number in range(0x601, 0x604)]


def staff(person: UUID, role: Role) -> Principal:
    return Principal(PrincipalKind.PERSON, person, TENANT, frozenset({role}))


@pytest.fixture
def read(database: Database) -> Database:
    """A clerk opens two records of each of three customers and one of the clerk's own; an auditor one; a worker all."""
    vault, worker = Vault(HeldKeys.of(b"v" * 32)), Principal.worker(TENANT)
    clerk, auditor = staff(CLERK, Role.CUSTOMER_SERVICE), staff(AUDITOR, Role.AUDITOR)
    with database.every_tenant() as session:
        sealed = [
            service.seal_record(
                session, vault, worker, person_id=person, category=Category.SERVICE, purpose=Purpose.SERVICE,
                data={"words": "Where is it?"},
            )
            for person in [*CUSTOMERS, *CUSTOMERS, CLERK]
        ]  # fmt: skip
        for record_id in sealed:
            service.open_record(session, vault, clerk, record_id, purpose=Purpose.SERVICE)
            service.open_record(session, vault, worker, record_id, purpose=Purpose.SERVICE)
        service.open_record(session, vault, auditor, sealed[0], purpose=Purpose.AUDIT)
    Sequencer(database).step()
    return database


def test_readers__staff_opened_records__people_are_counted_once_and_own_ones_not(read: Database) -> None:
    with read.every_tenant() as session:
        found = readers(session, since=int(time.time()) - 3_600, limit=10)
        later = readers(session, since=int(time.time()) + 3_600, limit=10)

    told = [(each.tenant_id, each.principal_id, each.persons, each.openings) for each in found]
    assert told == [(TENANT, CLERK, 3, 6), (TENANT, AUDITOR, 1, 1)]
    assert later == []


def test_readers_command__the_most_first__names_them_for_who_asks(
    read: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("QUITTANCE_DATABASE_URL", read.engine.url.render_as_string(hide_password=False))

    result = CliRunner().invoke(app, ["readers", "--hours", "2", "--most", "1"])

    assert result.exit_code == 0, result.output
    assert result.output.splitlines()[1].split() == [str(TENANT), str(CLERK), "3", "6"]
    assert len(result.output.splitlines()) == 2
