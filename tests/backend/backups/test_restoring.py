"""Back-ups on a real PostgreSQL: what goes in comes out, on a chain that went on as well."""

from __future__ import annotations

import uuid
from dataclasses import replace
from pathlib import Path

import pytest
from pyrage.x25519 import Identity
from sqlalchemy import URL, text

from backend.access.principal import Principal
from backend.audit.sequencer import Sequencer
from backend.backups import restoring
from backend.backups.errors import BackupInvalid
from backend.backups.making import Maker
from backend.backups.manifest import read_manifest
from backend.backups.postgres import connection, dumping, programs, restore
from backend.backups.store import Checked
from backend.chain.replay_check import compare
from backend.database import Database, migrate
from tests.backend import test_binder as binder
from tests.backend.backups.room import SIGNER, Clock, make_maker, rows, sign_heads
from tests.backend.conftest import Backend, index_all, make_backend, sales_on
from tests.backend.flights import flights
from tests.backend.test_audit_log import TENANT, tell
from tests.backend.vault_room import DATA, START, make_vault, opened
from tests.backend.vault_room import seal as seal_record


def test_restore_into__empty_database__every_row_and_record_as_it_was(
    maker: Maker, empty: Database, identity: Identity, tmp_path: Path
) -> None:
    vault, _ = make_vault(tmp_path)
    record = seal_record(maker.database, vault)
    tell(maker.database, 3)
    Sequencer(maker.database).step()
    before = rows(maker.database)

    folder = maker.make()
    manifest = restoring.restore_into(
        folder, identity, empty.url, programs=maker.programs, public_key=SIGNER.public_key
    )

    assert rows(empty) == before == dict(manifest.rows)
    assert before["public.vault_records"] == 1
    assert before["public.audit_entries"] == 4  # sealing is told as well
    assert opened(empty, vault, record) == DATA
    assert manifest.vault_keys == (vault.keys.current_id(),)
    migrate(empty)  # it is one of ours: the schema goes on from there


def test_restore_into__owner_bound_by_row_security__nobodys_rows_are_left_out(
    maker: Maker, plain_owner: Database, empty: Database, identity: Identity, tmp_path: Path
) -> None:
    migrate(plain_owner)
    vault, _ = make_vault(tmp_path)
    seal_record(plain_owner, vault)
    with plain_owner.transaction() as session:
        hidden = session.scalar(text("SELECT count(*) FROM vault_records"))

    folder = replace(maker, database=plain_owner).make()
    restoring.restore_into(folder, identity, empty.url, programs=maker.programs)

    assert hidden == 0
    assert rows(empty)["public.vault_records"] == 1


def test_restore_into__another_owner_on_another_server__its_workers_see_all_tenants_and_requests_their_own(
    maker: Maker, plain_owner: Database, identity: Identity, tmp_path: Path
) -> None:
    vault, _ = make_vault(tmp_path)
    record = seal_record(maker.database, vault)

    restoring.restore_into(maker.make(), identity, plain_owner.url, programs=maker.programs)

    with plain_owner.transaction() as session:
        unsaid = session.scalar(text("SELECT count(*) FROM vault_records"))
    assert (unsaid, rows(plain_owner)["public.vault_records"]) == (0, 1)
    assert opened(plain_owner, vault, record) == DATA
    with plain_owner.scoped(Principal.worker(uuid.uuid4())) as session:
        assert session.scalar(text("SELECT count(*) FROM vault_records")) == 0


def test_make__rows_written_meanwhile__none_or_all_of_a_transaction(
    maker: Maker, empty: Database, identity: Identity, tmp_path: Path
) -> None:
    tell(maker.database, 2)
    slow = tmp_path / "programs"
    slow.mkdir()
    url = maker.database.engine.url.set(drivername="postgresql").render_as_string(hide_password=False)
    inserts = "INSERT INTO audit_inbox (tenant_id, content) SELECT gen_random_uuid(), '{}' FROM generate_series(1, 5)"
    (slow / "pg_dump").write_text(
        f'#!/bin/sh\n"{maker.programs}/psql" -q -d "{url}" -c "{inserts}" || exit 9\n'
        f'exec "{maker.programs}/pg_dump" "$@"\n'
    )
    (slow / "pg_dump").chmod(0o755)

    folder = replace(maker, programs=slow).make()
    restoring.restore_into(folder, identity, empty.url, programs=maker.programs)

    assert rows(maker.database)["public.audit_inbox"] == 2 + 5 + 1  # and that it was made
    assert rows(empty)["public.audit_inbox"] == 2


def test_extract_documents__made__as_they_were(maker: Maker, identity: Identity, tmp_path: Path) -> None:
    folder = maker.make()

    restoring.extract_documents(folder, identity, tmp_path / "out")

    assert (tmp_path / "out" / "documents" / "wording.md").read_text() == "Clause 1"
    assert (tmp_path / "out" / "deployment.json").read_text() == '{"chain_id": 1}'


def test_restore_into__chain_went_on_since__taken_in_and_the_same_as_a_replay(
    backend: Backend, empty: Database, identity: Identity, tmp_path: Path, clock: Clock
) -> None:
    binder.accept(backend, sales_on(flights(4)[:2], prefix="before"), 1)
    backend.settle_down()
    folder = make_maker(backend.database, tmp_path, identity, clock).make()
    binder.accept(backend, sales_on(flights(4)[2:], prefix="after"), 2)
    backend.settle_down()

    restoring.restore_into(folder, identity, empty.url, programs=programs(None))
    restored = make_backend(empty, backend.rehearsal, backend.world)
    index_all(restored.indexer)
    restored.settle_down()

    assert compare(empty, backend.rehearsal.rpc, backend.rehearsal.deployment).same
    assert rows(empty)["public.policies"] == rows(backend.database)["public.policies"] == 4


def test_drill__good__rows_counted_logs_followed_records_opened(
    maker: Maker, identity: Identity, tmp_path: Path
) -> None:
    vault, _ = make_vault(tmp_path)
    seal_record(maker.database, vault)
    tell(maker.database, 3)
    sign_heads(maker.database)
    folder = maker.make()

    found = restoring.drill(
        folder, identity, programs=maker.programs, now=START, vault=vault, public_key=SIGNER.public_key
    )

    assert found == Checked(START, sum(read_manifest(folder).rows.values()), logs=1, records=1)


def test_drill__vault_key_is_not_the_one__says_which_copy_to_bring(
    maker: Maker, identity: Identity, tmp_path: Path
) -> None:
    vault, _ = make_vault(tmp_path)
    seal_record(maker.database, vault)
    (tmp_path / "other").mkdir()
    stranger, _ = make_vault(tmp_path / "other")

    with pytest.raises(BackupInvalid, match="copy of the vault's keys"):
        restoring.drill(maker.make(), identity, programs=maker.programs, now=START, vault=stranger)


def test_drill__audit_log_was_tampered_with_before__found(maker: Maker, identity: Identity) -> None:
    tell(maker.database, 3)
    sign_heads(maker.database)
    with maker.database.transaction() as session:
        session.execute(text("ALTER TABLE audit_entries DISABLE TRIGGER ALL"))
        session.execute(text("UPDATE audit_entries SET leaf = replace(leaf, 'claims/1', 'claims/7')"))

    with pytest.raises(BackupInvalid, match=f"audit log of {TENANT} is not what was signed"):
        restoring.drill(maker.make(), identity, programs=maker.programs, now=START, public_key=SIGNER.public_key)


def test_dumping_and_restore__database_with_a_password__no_program_is_started_with_it(tmp_path: Path) -> None:
    told = tmp_path / "told"
    for name in ("pg_dump", "psql", "pg_restore"):
        program = tmp_path / name
        program.write_text(f'#!/bin/sh\necho "{name} $@" >>{told}\necho "$PGPASSWORD" >>{told}.env\n')
        program.chmod(0o700)
    url = URL.create(
        "postgresql+psycopg", "ada", "s3cr@t", "db.example", 5433, "house", {"sslmode": "require"}
    ).render_as_string(hide_password=False)

    with dumping(tmp_path, url, "1-1") as dumped:
        dumped.read()
    restore(tmp_path, tmp_path / "dump", url, "ada")

    assert "s3cr" not in told.read_text()
    assert told.read_text().count("postgresql://ada@db.example:5433/house?sslmode=require") == 2
    assert (tmp_path / "told.env").read_text().split().count("s3cr@t") == 2
    assert connection("postgresql://h/d?password=s3cr%40t&sslmode=require") == (
        "postgresql://h/d?sslmode=require", {"PGPASSWORD": "s3cr@t"},
    )  # fmt: skip
