"""Files handed in while the server is killed and lines are cut: is each there once, as it was, with nothing beside it?

A real server process, a real PostgreSQL, real sockets. Several senders hand files in by tus; each cuts its line after
a random number of bytes, again and again, and goes on where the server says it is. Meanwhile the server is killed
(kill -9) at random moments. Some files are begun and left, and their day is over in the end.
"""

from __future__ import annotations

import hashlib
import random
import tempfile
import threading
import time
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from uuid import UUID

from sqlalchemy import text

from backend.access.operator_keys import add_operator_key
from backend.access.principal import Principal
from backend.access.roles import Role
from backend.claims.models import CaseRow
from backend.database import Database
from backend.vault import service as vault_service
from backend.vault.key_files import FileKeys
from backend.vault.retention import Purpose
from backend.vault.sealing import Vault
from scripts.anvil import running_anvil
from scripts.figures.crash import BackendProcess, environment, opened_database
from scripts.figures.figure import Figure
from scripts.figures.idempotency import GENESIS, UNHURRIED, selling
from scripts.figures.upload_sender import Sender
from scripts.rehearsal import Rehearsal

COMMAND: Final = "quittance figures uploads"
TENANT: Final = UUID(int=1)
SENDERS: Final = 4
MOST_BYTES: Final = 3 << 20
FILES_PER_CASE: Final = 10


@dataclass(frozen=True, slots=True)
class Found:
    """What came of all files. `lost`, `different`, `twice` and `orphans` should be 0."""

    files: int
    cuts: int
    kills: int
    lost: int
    different: int
    twice: int
    orphans: int


def run(*, files: int, kills: int, begun: int, seed: int = 1) -> Found:
    """Hand `files` files in with at least `kills` kills meanwhile, begin some more and leave them, count.

    Raises:
        UploadsFailed
    """
    with ExitStack() as stack:
        rpc = stack.enter_context(running_anvil(timestamp=GENESIS))
        home = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="quittance-uploads-")))
        rehearsal = Rehearsal(rpc)
        database = stack.enter_context(opened_database(home))
        setting = environment(home, rehearsal, []) | selling(home, rehearsal) | UNHURRIED
        key = add_operator_key(
            Path(setting["QUITTANCE_OPERATOR_KEY_FILE"]), tenant_id=TENANT, roles=[Role.CUSTOMER_SERVICE],
            scopes=["evidence.*"],
        )  # fmt: skip
        server = BackendProcess(home, setting)
        stack.callback(server.kill)
        server.start()
        sent, cuts, killed = _hand_in_all(database, server, key, files, kills, seed)
        sender = Sender(_port(server), key, _open_case(database), random.Random(seed))
        for number in range(begun):
            sender.hand_in(f"left {number}.pdf", content_of(random.Random(number)), part=number * 1000)
        orphans = _orphans(database)
        vault = Vault(FileKeys(home / "vault.key"))
        read = {upload_id: _read(database, vault, upload_id) for upload_id in sent}
        lost = sum(digest is None for digest in read.values())
        different = sum(read[upload_id] not in (None, digest) for upload_id, digest in sent.items())
        return Found(len(sent), cuts, killed, lost, different, _twice(database), orphans)


def _hand_in_all(
    database: Database, server: BackendProcess, key: str, files: int, kills: int, seed: int
) -> tuple[dict[UUID, bytes], int, int]:
    """Uploads with the hash each should have, how often lines were cut, and how often the server was killed."""
    cases = [_open_case(database) for _ in range(files // FILES_PER_CASE + 1)]
    sent: dict[UUID, bytes] = {}
    cuts: list[int] = []

    def one(number: int) -> None:
        chance = random.Random(seed * 1_000_003 + number)
        sender = Sender(_port(server), key, cases[number // FILES_PER_CASE], chance)
        content = content_of(chance)
        sent[sender.hand_in(f"{number}.pdf", content)] = hashlib.sha256(content).digest()
        cuts.append(sender.cuts)

    with _killing(server, kills, random.Random(seed)) as killed, ThreadPoolExecutor(SENDERS) as pool:
        for _ in pool.map(one, range(files)):
            pass
    return sent, sum(cuts), killed[0]


@contextmanager
def _killing(server: BackendProcess, kills: int, chance: random.Random) -> Iterator[list[int]]:
    """Kill the server and start it again, at most `kills` times, while the block runs. Yields the count so far."""
    done, over = [0], threading.Event()

    def work() -> None:
        while done[0] < kills and not over.wait(chance.uniform(0.1, 1.5)):
            server.kill()
            done[0] += 1
            server.start()

    thread = threading.Thread(target=work)
    thread.start()
    try:
        yield done
    finally:
        over.set()
        thread.join()


def _open_case(database: Database) -> UUID:
    """A case as its draft leaves it. What it claims is of no concern here."""
    case_id = uuid.uuid4()
    with database.every_tenant() as session:
        session.add(
            CaseRow(
                case_id=case_id, tenant_id=TENANT, person_id=uuid.uuid4(), product="0x" + "aa" * 20, policy_id=1,
                claimant="0x" + "bb" * 20, coverage=0, peril=1, occurred_at=GENESIS, claimed=1, state="draft",
                channel="on_behalf", version=1, created_at=GENESIS,
            )
        )  # fmt: skip
    return case_id


def content_of(chance: random.Random) -> bytes:
    """A file that begins as a PDF does; most are small, some have several pieces."""
    return b"%PDF-1.7\n" + chance.randbytes(int(MOST_BYTES * chance.random() ** 3) + 1)


def _port(server: BackendProcess) -> int:
    return int(server.address.rpartition(":")[2])


def _read(database: Database, vault: Vault, upload_id: UUID) -> bytes | None:
    """The hash of what opens of a file; None: it is not whole."""
    worker = Principal.worker(TENANT)
    with database.scoped(worker) as session:
        record_id = session.scalar(
            text("SELECT record_id FROM evidence_uploads WHERE upload_id = :u AND state = 'complete'"), {"u": upload_id}
        )
        if record_id is None:
            return None
        found = hashlib.sha256()
        for chunk in vault_service.open_stream(session, vault, worker, record_id, purpose=Purpose.CLAIMS):
            found.update(chunk)
        return found.digest()


def _twice(database: Database) -> int:
    """Sealed streams that are no file's, and files that have the same."""
    return _number(
        database, "SELECT count(*) - count(DISTINCT u.record_id) FROM vault_records v"
        " LEFT JOIN evidence_uploads u USING (record_id) WHERE v.chunk_count IS NOT NULL",
    )  # fmt: skip


def _orphans(database: Database) -> int:
    """What is left of uploads that are over, a day after: rows and pieces of them, chunks of no record."""
    _number(database, "WITH late AS (UPDATE evidence_uploads SET expires_at = 0 RETURNING 1) SELECT count(*) FROM late")
    unfinished = "SELECT count(*) FROM evidence_uploads WHERE state <> 'complete'"
    deadline = time.monotonic() + 30
    while _number(database, unfinished) and time.monotonic() < deadline:
        time.sleep(0.2)
    pieces = "SELECT count(*) FROM evidence_pieces"
    chunks = (
        "SELECT count(*) FROM vault_chunks c JOIN vault_records v USING (record_id)"
        " WHERE v.chunk_count IS NULL OR c.number >= v.chunk_count"
    )
    return sum(_number(database, query) for query in (unfinished, pieces, chunks))


def _number(database: Database, query: str) -> int:
    with database.every_tenant() as session:
        return int(session.scalar(text(query)) or 0)


def measure(*, full: bool) -> list[Figure]:
    """400 files and 60 kills with `--full`, 30 and 6 without."""
    files, kills = (400, 60) if full else (30, 6)
    found = run(files=files, kills=kills, begun=10)
    note = f"{found.files} files, {found.cuts} lines cut, {found.kills} kill -9 of the server, 10 files begun and left"
    return [
        Figure(name, value, "files", 0, "==", COMMAND, note)
        for name, value in (
            ("uploads lost, lines cut and server killed", found.lost),
            ("uploads whose bytes are not those handed in", found.different),
            ("uploads sealed twice", found.twice),
            ("pieces left of uploads that are over", found.orphans),
        )
    ]
