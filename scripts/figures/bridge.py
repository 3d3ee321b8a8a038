"""The bridge under a bad star: is a claim lost, or paid twice?

A real backend process on a real chain with indemnity claims: for each, a notice its holder signed and an adjuster's
decision that pays. The process is killed (kill -9) at moments drawn by lot and at every labelled boundary, PostgreSQL
is killed every 5 to 40 seconds, one request in forty to the node fails and one reply in forty is lost.
"""

from __future__ import annotations

import itertools
import json
import random
import secrets
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from eth_account import Account
from sqlalchemy.exc import DBAPIError

from backend.chain.intents import repository as intents
from backend.chain.intents.models import WAITING, IntentStatus
from backend.chain.replay_check import Comparison, compare
from backend.database import Database, migrate, start_embedded
from backend.workflows.boundaries import BOUNDARIES
from ledger.atomic_file import write_atomically
from ledger.rpc import Rpc
from scripts.anvil import give_gas_money
from scripts.bridge_rehearsal.claims import Claimants, Told
from scripts.bridge_rehearsal.faults import BadLine, DatabaseKiller, bad_line
from scripts.bridge_rehearsal.process import MortalBackend
from scripts.claims_rehearsal.insurer import Insurer
from scripts.claims_rehearsal.sales import Policy
from scripts.claims_rehearsal.stack import claims_stack
from scripts.figures.figure import Figure
from scripts.processes import stop_database
from scripts.rehearsal import account

ERRORS = LOST = 0.025
LONGEST_LIFE_SECONDS = 4.0
LABEL_SECONDS = 12.0
SECONDS_PER_KILL = 10.0
"""About what a kill and a new start take: claims come for as long as there are kills."""
PATIENCE_SECONDS = 420.0
LABELS = tuple(label for label in BOUNDARIES if label != "chain.prepared")
"""Where the planner has written an intent is not reached here: claims come from outside. `crash` goes there."""


class BridgeFailed(RuntimeError):
    """The measurement itself did not work; says what."""


@dataclass(frozen=True, slots=True)
class Size:
    """How much: claims, kills, and the longest time between two kills of PostgreSQL."""

    claims: int
    kills: int
    database_seconds: float
    at_least_seconds: float


SHORT = Size(claims=12, kills=6, database_seconds=40.0, at_least_seconds=0.0)
FULL = Size(claims=1_000, kills=120, database_seconds=40.0, at_least_seconds=600.0)


@dataclass(frozen=True, slots=True)
class BridgeResult:
    """What was found once all kills were over. Counts of claims, but for `open_intents` and `replay_differs`."""

    claims: int
    kills: int
    labels: tuple[str, ...]
    database_kills: int
    line: BadLine
    told: Told
    open_intents: int
    failed_intents: int
    replay_differs: int

    @property
    def lost(self) -> int:
        """Claims that were not notified or not paid."""
        return sum(self.told.payments[n] == 0 or self.told.notified[n] == 0 for n in range(1, self.claims + 1))

    @property
    def twice(self) -> int:
        """Claims notified or paid more than once, or paid another amount."""
        more = [max(self.told.payments[n], self.told.notified[n]) > 1 for n in range(1, self.claims + 1)]
        return sum(more) + self.told.differing


def run(size: Size, *, seed: int = 1) -> BridgeResult:
    """Ask for claims, kill, and count.

    Raises:
        BridgeFailed: It did not get as far as counting.
    """
    chance = random.Random(seed)
    with claims_stack(policies=size.claims) as stack, tempfile.TemporaryDirectory(prefix="quittance-bridge-") as folder:
        home, insurer = Path(folder), stack.insurer
        claimants = Claimants(insurer, seed)
        before = claimants.balances(insurer.rpc, stack.policies)
        with _database(home) as database, bad_line(insurer.rpc.url, errors=ERRORS, lost=LOST, seed=seed) as (line, url):
            process = MortalBackend(home, _environment(home, insurer, url, database))
            asking = threading.Thread(target=_ask, args=(database, claimants, stack.policies, size), daemon=True)
            with DatabaseKiller(home / "pgdata", chance, size.database_seconds) as killer:
                asking.start()
                started = time.monotonic()
                labels = _live_and_die(process, size, chance, started)
                asking.join(timeout=PATIENCE_SECONDS)
            if killer.failure is not None:
                raise BridgeFailed(f"PostgreSQL could not be killed and started again: {killer.failure}")
            _wait_until_done(database, 2 * size.claims)
            time.sleep(3.0)  # a second payment, if there were one, would come now
            found = _caught_up(database, insurer)
            told = claimants.told(insurer.rpc, stack.policies, before)
            process.stop()
            counts = _counts(database)
    return BridgeResult(
        claims=size.claims, kills=size.kills, labels=labels, database_kills=killer.kills, line=line, told=told,
        open_intents=sum(counts.get(s, 0) for s in (*WAITING, IntentStatus.MINED)),
        failed_intents=counts.get(IntentStatus.FAILED, 0), replay_differs=len(found.differences),
    )  # fmt: skip


def _ask(database: Database, claimants: Claimants, policies: list[Policy], size: Size) -> None:
    """Claims come one after the other for as long as there are kills; what the database did not take comes again."""
    pause = max(size.at_least_seconds, size.kills * SECONDS_PER_KILL) / size.claims
    for policy in policies:
        while True:
            try:
                with database.every_tenant() as session:
                    claimants.ask(session, policy)
                break
            except DBAPIError:
                time.sleep(0.2)
        time.sleep(pause)


def _live_and_die(process: MortalBackend, size: Size, chance: random.Random, started: float) -> tuple[str, ...]:
    """Kill at random and at each label in turn. Returns the labels at which it died."""
    reached: list[str] = []
    labels = itertools.cycle(LABELS)
    for number in itertools.count():
        enough = number >= size.kills and time.monotonic() - started >= size.at_least_seconds
        process.start()
        if enough:
            return tuple(reached)
        if number % 2:
            time.sleep(chance.uniform(0.0, LONGEST_LIFE_SECONDS))
        else:
            label = next(labels)
            if process.die_at(label, LABEL_SECONDS):
                reached.append(label)
        process.kill()
    raise AssertionError("counting does not end")


def _wait_until_done(database: Database, wanted: int) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    ends = (IntentStatus.FINAL, IntentStatus.FAILED, IntentStatus.SUPERSEDED)
    while time.monotonic() < deadline:
        counts = _counts(database)
        if sum(counts.get(status, 0) for status in ends) >= wanted:
            return
        time.sleep(0.5)
    raise BridgeFailed(f"after {PATIENCE_SECONDS:.0f} s intents stand so: {_counts(database)}, {wanted} were asked for")


def _counts(database: Database) -> dict[str, int]:
    for _ in range(50):
        try:
            with database.every_tenant() as session:
                return intents.counts(session)
        except DBAPIError:
            time.sleep(0.2)
    raise BridgeFailed("the database does not answer any more")


def _caught_up(database: Database, insurer: Insurer) -> Comparison:
    """Projections against a fresh replay, over the good line, once the indexer has come to rest."""
    insurer.rpc.call("evm_setIntervalMining", 0)
    deadline = time.monotonic() + PATIENCE_SECONDS
    found = compare(database, insurer.rpc, insurer.deployment)
    while found.block_number < insurer.rpc.block_number() and time.monotonic() < deadline:
        time.sleep(0.5)
        found = compare(database, insurer.rpc, insurer.deployment)
    return found


def _environment(home: Path, insurer: Insurer, url: str, database: Database) -> dict[str, str]:
    """The adjuster's key sends: decisions are a person's, and anybody may hand in a signed notice."""
    deployment = home / "deployment.json"
    replace(insurer.deployment, rpc_url=url).save(deployment)
    adjuster = account("adjuster")
    give_gas_money(Rpc(insurer.rpc.url), adjuster.address)
    keystore, password, word = home / "sender.json", home / "sender.password", secrets.token_hex(32)
    sealed = Account.encrypt(adjuster.key, word, kdf="pbkdf2", iterations=4_096)
    write_atomically(keystore, json.dumps(sealed), mode=0o600)
    write_atomically(password, word, mode=0o600)
    return {
        "QUITTANCE_HOME": str(home), "QUITTANCE_DATABASE_URL": database.url, "QUITTANCE_DEPLOYMENT": str(deployment),
        "QUITTANCE_NODE_URLS": "", "QUITTANCE_RELAYER_KEYSTORE": str(keystore),
        "QUITTANCE_RELAYER_PASSWORD_FILE": str(password), "QUITTANCE_CONFIRMATIONS": "2",
    }  # fmt: skip


@contextmanager
def _database(home: Path) -> Iterator[Database]:
    """The backend's own database, to ask and to look into."""
    database = Database(start_embedded(home / "pgdata"))
    migrate(database)
    try:
        yield database
    finally:
        database.close()
        stop_database(home / "pgdata")


def measure(*, full: bool) -> list[Figure]:
    """1,000 claims, at least 120 kills and ten minutes of PostgreSQL's; or 12 claims and 6 kills."""
    size = FULL if full else SHORT
    found = run(size)
    command = "quittance figures bridge" + (" --full" if full else "")
    where = f"{found.claims:,} claims, backend killed {found.kills} times"
    note = (
        f"{len(found.labels)} at {len(set(found.labels))} boundaries of {len(LABELS)}; PostgreSQL killed "
        f"{found.database_kills} times; {found.line.refused} of {found.line.asked:,} requests refused, "
        f"{found.line.swallowed} replies lost"
    )
    return [
        Figure(f"Claims lost: {where}", found.lost, "claims", 0, "==", command, note),
        Figure(f"Claims notified or paid twice, or wrongly: {where}", found.twice, "claims", 0, "==", command),
        Figure(f"Intents not at their end: {where}", found.open_intents, "intents", 0, "==", command),
        Figure(f"Intents that failed: {where}", found.failed_intents, "intents", 0, "==", command),
        Figure(f"Differences to a fresh replay: {where}", found.replay_differs, "places", 0, "==", command),
    ]
