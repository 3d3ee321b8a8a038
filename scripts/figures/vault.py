"""Do reads go on while keys rotate, and is an erased person gone from database, dumps and keys?"""

from __future__ import annotations

import shutil
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final
from uuid import UUID

from sqlalchemy import text

from backend.access.principal import Principal
from backend.database import Database
from backend.vault import erasure, rotation, service
from backend.vault.envelopes import RecordUnreadable
from backend.vault.key_files import FileKeys, make_key_file
from backend.vault.keys import KeyUnknown
from backend.vault.records import SealedRecord, applicant_id
from backend.vault.retention import Purpose
from backend.vault.sealing import Vault, read_content
from backend.vault.service import Applicant
from domain.policy import applicant_commitment
from scripts.figures.dumps import dump, restore
from scripts.figures.figure import Figure
from scripts.figures.private_database import private_database

COMMAND: Final = "quittance figures vault"
TENANT: Final = UUID(int=1)
RECORDS, FULL_RECORDS = 400, 10_000
ROTATIONS, FULL_ROTATIONS = 3, 10
RATE: Final = 50
CLIENTS: Final = 25
GRACE_SECONDS: Final = 1
_WORKER: Final = Principal.worker(TENANT)


@dataclass
class Reads:
    """What happened to reads while keys rotated."""

    done: int = 0
    failed: list[str] = field(default_factory=list)
    took: list[float] = field(default_factory=list)


def measure(*, full: bool) -> list[Figure]:
    """Failed reads during rotations; what a dump and the key file give of somebody erased."""
    records, rotations = (FULL_RECORDS, FULL_ROTATIONS) if full else (RECORDS, ROTATIONS)
    with private_database() as (database, folder):
        vault = _vault(folder)
        _seal(database, vault, records)
        reads, destroyed = rotate_under_load(database, vault, rotations)
        if len(destroyed) != rotations:
            raise AssertionError(f"{len(destroyed)} of {rotations} keys were destroyed")
        gone = erase_one(database, vault, folder)
    load = f"{records} records, {rotations} rotations with re-wrapping and old keys destroyed, {RATE} reads a second"
    p95 = round(sorted(reads.took)[int(len(reads.took) * 0.95)] * 1000, 1)
    return [
        Figure("reads that failed while keys rotated", len(reads.failed), "reads", 0, "==", COMMAND, load),
        Figure("reads while keys rotated", reads.done, "reads", None, ">=", COMMAND),
        Figure("p95 of those reads", p95, "ms", None, "<=", COMMAND, "opening, checking and auditing, all threads"),
        *gone,
    ]


def rotate_under_load(database: Database, vault: Vault, rotations: int) -> tuple[Reads, list[str]]:
    """Rotate, re-wrap and destroy while clients read. Returns what became of reads, and the keys destroyed."""
    with database.every_tenant() as session:
        ids = list(session.scalars(text("SELECT record_id FROM vault_records ORDER BY record_id")))
    reads, done, destroyed = Reads(), threading.Event(), list[str]()
    threads = [threading.Thread(target=_read, args=(database, vault, ids, n, reads, done)) for n in range(CLIENTS)]
    for thread in threads:
        thread.start()
    try:
        for _ in range(rotations):
            rotation.new_key(database, vault)
            rotation.rewrap_all(database, vault, batch=50, pause=lambda: time.sleep(0.05))
            time.sleep(GRACE_SECONDS + 1.1)
            destroyed += sorted(rotation.destroy_old_keys(database, vault, grace_seconds=GRACE_SECONDS))
    finally:
        done.set()
        for thread in threads:
            thread.join()
    return reads, destroyed


def erase_one(database: Database, vault: Vault, folder: Path) -> list[Figure]:
    """Erase a person, and try to read it from dumps of before and after with the keys of before and after."""
    number, salt, data = 1, _salt(1), _data(1)
    key_file, old_key_file = folder / "vault.key", folder / "before.key"
    shutil.copy(key_file, old_key_file)
    before = dump(database)
    with database.every_tenant() as session:
        certificate = erasure.erase(
            session, vault, _WORKER, person_id=applicant_id(number), reason="asked", terms=lambda _s, _a: {}
        )  # fmt: skip
    after = dump(database)
    rotation.new_key(database, vault)
    rotation.rewrap_all(database, vault)
    time.sleep(GRACE_SECONDS + 1.1)
    rotation.destroy_old_keys(database, vault, grace_seconds=GRACE_SECONDS)
    old, new = restore(database, before, "before"), restore(database, after, "after")
    try:
        readable = [_readable(each, keys, number) for each in (old, new) for keys in (key_file,)]
        planted = _readable(old, old_key_file, number)
        others = _readable(database, key_file, number + 1)
    finally:
        old.close()
        new.close()
    verifies = certificate.commitments == (applicant_commitment(salt, data),)
    return [
        Figure(
            "records of an erased person read from dumps of before and after, with the keys of after", sum(readable),
            "records", 0, "==", COMMAND, "old keys destroyed after everything was wrapped anew",
        ),
        Figure(
            "the same read with the keys of before", int(planted), "records", 1, "==", COMMAND,
            "shows that the attempt itself works: until old keys are destroyed, older back-ups can be opened",
        ),
        Figure("records of another person still read", int(others), "records", 1, "==", COMMAND),
        Figure(
            "commitments in the certificate that verify with what the person kept", int(verifies), "commitments", 1,
            "==", COMMAND,
        ),
    ]  # fmt: skip


def _readable(database: Database, key_file: Path, number: int) -> bool:
    """Whether these keys open anything of an applicant in this database."""
    vault = Vault(FileKeys(key_file))
    with database.every_tenant() as session:
        record = service.find_application(session, number)
    return record is not None and _opens(vault, record) == _data(number)


def _opens(vault: Vault, record: SealedRecord) -> dict[str, object] | None:
    try:
        return read_content(record, vault.unseal(record))[0]
    except (RecordUnreadable, KeyUnknown):
        return None


def _read(database: Database, vault: Vault, ids: list[UUID], client: int, reads: Reads, done: threading.Event) -> None:
    """Two reads a second from one client, until told to stop."""
    turn = 0
    start = time.monotonic() + client / RATE
    while not done.wait(max(0.0, start + turn * CLIENTS / RATE - time.monotonic())):
        began = time.monotonic()
        try:
            with database.every_tenant() as session:
                record_id = ids[(turn * CLIENTS + client) % len(ids)]
                service.open_record(session, vault, _WORKER, record_id, purpose=Purpose.UNDERWRITING)
            reads.done += 1
        except Exception as error:  # whatever it is, it is a read that failed
            reads.failed.append(f"{type(error).__name__}: {error}")
        reads.took.append(time.monotonic() - began)
        turn += 1


def _vault(folder: Path) -> Vault:
    make_key_file(folder / "vault.key")
    return Vault(FileKeys(folder / "vault.key"))


def _seal(database: Database, vault: Vault, count: int) -> None:
    for start in range(0, count, 100):
        with database.scoped(_WORKER) as session:
            applicants = [
                Applicant(n, _salt(n), _data(n), applicant_commitment(_salt(n), _data(n)))
                for n in range(start, min(start + 100, count))
            ]
            service.keep_applicants(session, vault, _WORKER, applicants)


def _salt(number: int) -> bytes:
    return number.to_bytes(32, "big")


def _data(number: int) -> dict[str, object]:
    return {"name": f"Person {number}", "contact": f"person{number}@example.org"}
