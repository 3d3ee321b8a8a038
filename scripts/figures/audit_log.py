"""Is tampering with the audit log found offline, and what does recording cost?"""

from __future__ import annotations

import random
import threading
import time
from collections import Counter
from collections.abc import Callable
from typing import Final

from sqlalchemy import text
from sqlalchemy.orm import Session

from backend.access.principal import Principal
from backend.audit import repository, service
from backend.audit.sequencer import Sequencer
from backend.audit.verify import TamperingFound, verify_export
from backend.database import Database
from scripts.audit_tampering.log import SIGNER, TENANT, TamperLog, make_log
from scripts.audit_tampering.ways import WAYS
from scripts.figures.figure import Figure
from scripts.figures.private_database import private_database

COMMAND: Final = "quittance figures audit_log"
SEED: Final = 7
ENTRIES, HEADS = 240, 8
TRIES, FULL_TRIES = 1_000, 10_000
RATE: Final = 50
LOAD_SECONDS: Final = 6.0
WORK_SECONDS: Final = 0.01
P95_LIMIT_MS: Final = 100
_TABLES: Final = ("audit_entries", "audit_nodes", "audit_heads")
_WORKER: Final = Principal.worker(TENANT)


def measure(*, full: bool) -> list[Figure]:
    """Tamperings found, and the latency of requests that record."""
    tries = FULL_TRIES if full else TRIES
    with private_database() as (database, _):
        log = make_log(database, ENTRIES, HEADS, SEED)
        verify_export(log.lines, public_key=SIGNER.public_key, trusted=log.kept)
        found, unchanged = tamper(database, log, tries)
        free = p95_ms(database, lambda _: None)
        locked = p95_ms(database, lambda session: repository.lock_log(session, TENANT))
        behind = lag_ms(database)
    kinds = f"{len(WAYS)} ways in database, heads and export, {ENTRIES} entries under {HEADS} heads kept elsewhere"
    load = f"{RATE} requests a second, each {WORK_SECONDS * 1000:.0f} ms of work in its transaction after recording"
    return [
        Figure("tamperings with the audit log found offline", found, "tamperings", tries, "==", COMMAND, kinds),
        Figure("exports that were as they should be, refused", unchanged, "exports", 0, "==", COMMAND),
        Figure("p95 of requests that record, inbox without a lock", free, "ms", P95_LIMIT_MS, "<=", COMMAND, load),
        Figure(
            "p95 of the same, were each to hold its log's lock", locked, "ms", None, "<=", COMMAND,
            f"why entries get their places afterwards; {load}",
        ),
        Figure("longest wait of an entry for its place under that load", behind, "ms", 2_000, "<=", COMMAND),
    ]  # fmt: skip


def tamper(database: Database, log: TamperLog, tries: int) -> tuple[int, int]:
    """Tamper so often, each time anew. Returns how often that was found, and true exports that were refused."""
    rng = random.Random(SEED)
    found = refused = 0
    missed: Counter[str] = Counter()
    for number in range(tries):
        way = WAYS[number % len(WAYS)]
        with Session(database.engine) as session:
            for table in _TABLES:
                session.execute(text(f"ALTER TABLE {table} DISABLE TRIGGER ALL"))
            lines = way(rng, session, log)
            while tuple(lines) == log.lines:  # two equal lines were exchanged, or the like
                lines = way(rng, session, log)
            session.rollback()
        if _is_found(lines, log):
            found += 1
        else:
            missed[way.__name__] += 1
        if number % 100 == 0 and _is_found(list(log.lines), log):
            refused += 1
    if missed:
        raise AssertionError(f"not found: {dict(missed)}")
    return found, refused


def _is_found(lines: list[bytes], log: TamperLog) -> bool:
    try:
        verify_export(lines, public_key=SIGNER.public_key, trusted=log.kept)
    except TamperingFound:
        return True
    return False


def p95_ms(database: Database, before: Callable[[Session], None]) -> float:
    """95th percentile of the time a request takes under load, from when it was due."""
    took: list[float] = []
    start = time.monotonic() + 0.2
    threads = [
        threading.Thread(target=_requests, args=(database, before, start, number, took)) for number in range(RATE // 2)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return round(sorted(took)[int(len(took) * 0.95)] * 1000, 1)


def _requests(
    database: Database, before: Callable[[Session], None], start: float, number: int, took: list[float]
) -> None:
    """Two requests a second from one of 25 clients, evenly spread."""
    for turn in range(int(LOAD_SECONDS * 2)):
        due = start + turn / 2 + number / RATE
        time.sleep(max(0.0, due - time.monotonic()))
        with database.every_tenant() as session:
            before(session)
            service.record(session, _WORKER, operation="claims.read", subject=f"claims/{number}")
            session.execute(text("SELECT pg_sleep(:s)"), {"s": WORK_SECONDS})
        took.append(time.monotonic() - due)


def lag_ms(database: Database) -> float:
    """Longest time entries wait while the load runs and the sequencer looks twice a second, as the backend's does."""
    worst = [0.0]
    done = threading.Event()

    def place() -> None:
        sequencer = Sequencer(database)
        while not done.is_set():
            with database.every_tenant() as session:
                oldest = session.scalar(
                    text("SELECT extract(epoch FROM clock_timestamp() - min(recorded_at)) FROM audit_inbox")
                )
            worst[0] = max(worst[0], float(oldest or 0))
            if sequencer.step() == 0:
                done.wait(0.5)

    while Sequencer(database).step():
        pass
    thread = threading.Thread(target=place)
    thread.start()
    p95_ms(database, lambda _: None)
    done.set()
    thread.join()
    return round(worst[0] * 1000, 1)
