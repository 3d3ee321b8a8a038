"""Nobody else reads a back-up, and nothing that was changed is restored."""

from __future__ import annotations

import io
import stat
from dataclasses import replace

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from pyrage.x25519 import Identity

from backend.audit.checkpoints import HeadSigner
from backend.audit.sequencer import Sequencer
from backend.backups import restoring
from backend.backups.errors import BackupInvalid, BackupKeyInvalid, RestoreFailed
from backend.backups.making import Maker
from backend.backups.manifest import DATABASE, DOCUMENTS, MANIFEST, SIGNATURE, SealedFile, read_manifest
from backend.backups.sealing import seal
from backend.database import Database
from tests.backend.backups.room import SIGNER, flip, own, rows
from tests.backend.test_audit_log import TENANT, tell


def test_make__files__readable_by_the_owner_only_and_nothing_in_the_clear(maker: Maker) -> None:
    tell(maker.database, 3)
    Sequencer(maker.database).step()

    folder = maker.make()

    files = sorted(folder.iterdir())
    assert [path.name for path in files] == [DATABASE, DOCUMENTS, MANIFEST, SIGNATURE]
    assert {stat.S_IMODE(path.stat().st_mode) for path in files} == {0o600}
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    told = b"".join(path.read_bytes() for path in files)
    assert b"claims.read" not in told
    assert str(TENANT).encode() not in told


@pytest.mark.parametrize("name", [DATABASE, DOCUMENTS])
def test_verify_files__one_bit_changed__names_the_file(maker: Maker, name: str) -> None:
    folder = maker.make()
    flip(folder / name)

    with pytest.raises(BackupInvalid, match=f"{name} is not what was backed up"):
        restoring.verify_files(folder)


@pytest.mark.parametrize(
    "field", ["made_at", "schema", "owner", "recipient", "rows", "files", "indexed_block", "vault_keys"]
)
def test_verify_files__any_field_of_the_manifest_changed__not_signed(maker: Maker, field: str) -> None:
    folder = maker.make()
    changed = {
        "made_at": 1, "schema": "0001", "owner": "x", "recipient": "age1x", "rows": {},
        "indexed_block": 7, "vault_keys": ("x",),
        "files": {DATABASE: SealedFile(1, "00" * 32), DOCUMENTS: SealedFile(1, "00" * 32)},
    }  # fmt: skip
    forged = replace(read_manifest(folder), **{field: changed[field]})
    (folder / MANIFEST).write_bytes(forged.text())

    with pytest.raises(BackupInvalid, match="is not signed by key"):
        restoring.verify_files(folder, SIGNER.public_key)


def test_verify_files__made_by_a_stranger_for_the_same_recipient__refused(maker: Maker) -> None:
    stranger = HeadSigner(Ed25519PrivateKey.generate())
    signed, unsigned = replace(maker, signer=stranger).make(), replace(maker, signer=None).make()

    for folder, words in ((signed, "is not signed by key"), (unsigned, "is not signed: manifest.sig")):
        with pytest.raises(BackupInvalid, match=words):
            restoring.verify_files(folder, SIGNER.public_key)


def test_restore_into__somebody_elses_identity__refused_and_the_database_stays_empty(
    maker: Maker, empty: Database
) -> None:
    folder = maker.make()

    with pytest.raises(BackupKeyInvalid, match="not sealed for this identity"):
        restoring.restore_into(folder, Identity.generate(), empty.url, programs=maker.programs)
    assert rows(empty) == {}


def test_restore_into__sealed_stream_cut_off_and_the_manifest_with_it__refused_and_the_database_stays_empty(
    maker: Maker, empty: Database, identity: Identity
) -> None:
    folder = replace(maker, signer=None).make()
    with (folder / DATABASE).open("r+b") as file:
        file.truncate(file.seek(0, io.SEEK_END) - 40)
    own(folder, DATABASE)

    with pytest.raises(BackupInvalid, match="changed or cut off"):
        restoring.restore_into(folder, identity, empty.url, programs=maker.programs)
    assert rows(empty) == {}


def test_restore_into__no_dump_inside__refused_and_the_database_stays_empty(
    maker: Maker, empty: Database, identity: Identity
) -> None:
    folder = replace(maker, signer=None).make()
    with (folder / DATABASE).open("wb") as target:
        seal(io.BytesIO(b"PGDMP but no dump"), target, maker.recipient)
    own(folder, DATABASE)

    with pytest.raises(RestoreFailed, match="pg_restore ended with 1"):
        restoring.restore_into(folder, identity, empty.url, programs=maker.programs)
    assert rows(empty) == {}


def test_restore_into__database_with_something_in_it__refused_and_untouched(
    maker: Maker, database: Database, identity: Identity
) -> None:
    folder = maker.make()
    before = rows(database)

    with pytest.raises(RestoreFailed, match="is not empty, and nothing is ever restored over anything"):
        restoring.restore_into(folder, identity, database.url, programs=maker.programs)
    assert rows(database) == before
