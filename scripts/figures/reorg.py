"""Chain reorganised at depths 1 to 12 while it is indexed: do the projections equal a fresh replay?

An indexer runs all the time. For every depth policies are sold and events are settled, then the chain throws away its
last blocks, and whoever sent what was in them goes on with other things.
"""

from __future__ import annotations

import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import func, select

from backend.chain.blocks import indexed_tip
from backend.chain.indexer import ChainMoved, Indexer
from backend.chain.models import RollbackRow
from backend.chain.replay_check import compare
from backend.database import Database, migrate, start_embedded
from domain.flight import FlightKey
from domain.policy import Outcome
from domain.reports import Measurement
from ledger.journal import SqliteJournal
from ledger.sender import Sender
from scripts.anvil import chain_time, move_clock, running_anvil
from scripts.figures.figure import Figure
from scripts.processes import stop_database
from scripts.rehearsal import Rehearsal, Sale, account, measured

GENESIS = 1_378_864_800  # 2013-09-11 02:00 UTC
DEPTHS = range(1, 13)
LEAD_SECONDS = 5 * 3_600
FLIGHTS = 4
POLICIES_PER_FLIGHT = 3
TURNS_FULL = 3
CATCH_UP_SECONDS = 120.0
REST_SECONDS = 0.02


class ReorgFailed(RuntimeError):
    """The measurement itself did not work; says what."""


@dataclass(frozen=True, slots=True)
class ReorgResult:
    """Reorganisations made, noticed as rollbacks, and after which projections and replay differed."""

    made: int
    noticed: int
    differing: tuple[int, ...]
    events: int


class _Follower:
    """An indexer in a thread of its own."""

    def __init__(self, indexer: Indexer) -> None:
        self._indexer = indexer
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self.failure: BaseException | None = None
        self.events = 0

    def __enter__(self) -> _Follower:
        self._thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._stop.set()
        self._thread.join(timeout=60)

    def _run(self) -> None:
        try:
            while not self._stop.is_set():
                try:
                    step = self._indexer.step()
                except ChainMoved:
                    continue
                self.events += step.events
                if step.indexed >= step.head:
                    self._stop.wait(REST_SECONDS)
        except BaseException as error:
            self.failure = error


def run(*, turns: int = 1) -> ReorgResult:
    """Reorganise once at every depth, `turns` times over.

    Raises:
        ReorgFailed: The indexer stopped or never caught up.
    """
    differing: list[int] = []
    with running_anvil(timestamp=GENESIS) as rpc, _database() as database:
        rehearsal = Rehearsal(rpc)
        rpc.call("anvil_mine", hex(max(DEPTHS) + 1))
        with _Follower(Indexer(database, rpc, rehearsal.deployment)) as follower:
            for turn in range(turns):
                for depth in DEPTHS:
                    _go_on(rehearsal, turn * len(DEPTHS) + depth)
                    # The indexer is in the midst of what is about to be thrown away.
                    _wait_indexed(database, rpc.block_number() - depth + 1, follower)
                    rpc.call("anvil_reorg", depth, [])
                    _forget_nonces(rehearsal)
                    rpc.call("evm_mine")
                    _wait_indexed(database, rpc.block_number(), follower)
                    if not compare(database, rpc, rehearsal.deployment).same:
                        differing.append(depth)
        with database.transaction() as session:
            noticed = session.scalar(select(func.count()).select_from(RollbackRow)) or 0
        return ReorgResult(turns * len(DEPTHS), noticed, tuple(differing), follower.events)


def _go_on(rehearsal: Rehearsal, number: int) -> None:
    """Sell policies on flights of the next hours, let them land, settle half of them: about eight blocks."""
    departs = datetime.fromtimestamp(chain_time(rehearsal.rpc) // 60 * 60 + LEAD_SECONDS, UTC)
    flights = [FlightKey("UA", number * 10 + n, "EWR", "IAH", departs) for n in range(FLIGHTS)]
    sales = [
        Sale(account(f"reorg {number} {n}"), flight.text(), flight.occurs_at)
        for n, flight in enumerate(flights * POLICIES_PER_FLIGHT)
    ]
    rehearsal.fund([sale.holder for sale in sales], 1_000_000_000)
    for half in (0, 1):
        if not rehearsal.bind(sales[half::2], number * 2 + half).succeeded:
            raise ReorgFailed("policies could not be bound")
    move_clock(rehearsal.rpc, flights[0].occurs_at + LEAD_SECONDS)
    late = measured(flights[0].text(), 200)
    gone = Measurement(flights[1].event_id(), Outcome.CANCELLED, 0)
    for measurement in (late, gone):
        if not rehearsal.settle([measurement], max_policies=2).succeeded:
            raise ReorgFailed("an event could not be settled")


def _forget_nonces(rehearsal: Rehearsal) -> None:
    """What was thrown away is not sent again: its senders go on with other things."""
    sender = rehearsal.sender
    rehearsal.sender = Sender(
        rehearsal.rpc, rehearsal.administrator, SqliteJournal(":memory:"), chain_id=rehearsal.chain_id
    )
    if sender.address != rehearsal.sender.address:
        raise ReorgFailed("another account sends now")


def _wait_indexed(database: Database, number: int, follower: _Follower) -> None:
    deadline = time.monotonic() + CATCH_UP_SECONDS
    while True:
        with database.transaction() as session:
            tip = indexed_tip(session)
        if tip is not None and tip.number >= number:
            return
        if follower.failure is not None:
            raise ReorgFailed(f"the indexer stopped: {follower.failure!r}")
        if time.monotonic() > deadline:
            raise ReorgFailed(f"the indexer did not catch up within {CATCH_UP_SECONDS:.0f} s")
        time.sleep(REST_SECONDS)


@contextmanager
def _database() -> Iterator[Database]:
    """An embedded PostgreSQL of its own, gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="quittance-reorg-") as folder:
        database = Database(start_embedded(Path(folder) / "pgdata"))
        try:
            migrate(database)
            yield database
        finally:
            database.close()
            stop_database(Path(folder) / "pgdata")


def measure(*, full: bool) -> list[Figure]:
    """Every depth from 1 to 12 once, three times at full size."""
    found = run(turns=TURNS_FULL if full else 1)
    command = "quittance figures reorg" + (" --full" if full else "")
    where = f"{found.made} reorganisations at depths 1 to 12 while indexing"
    note = f"{found.noticed} rollbacks, {found.events:,} events written"
    name = f"Projections that differ from a fresh replay: {where}"
    return [Figure(name, len(found.differing), "times", 0, "==", command, note)]
