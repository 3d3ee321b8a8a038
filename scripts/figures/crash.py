"""kill -9 of the backend while it settles: is anything lost, is anything paid twice?

A real backend process on a real chain and an embedded PostgreSQL, four nodes over HTTP that sign what landed. Flights
land a few at a time; between landings the process is killed at a moment drawn by the seed, and started again.
"""

from __future__ import annotations

import json
import os
import random
import secrets
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
from eth_account import Account
from eth_account.signers.local import LocalAccount

from backend.chain.intents import repository as intents
from backend.chain.replay_check import compare
from backend.database import Database, migrate, start_embedded
from domain.flight import parse_flight_key
from domain.policy import Outcome
from ledger.atomic_file import write_atomically
from ledger.bindings import TestStablecoin, Treasury
from ledger.rpc import Rpc
from scripts import ROOT
from scripts.anvil import free_port, give_gas_money, move_clock, running_anvil
from scripts.figures.figure import Figure
from scripts.processes import stop_database
from scripts.rehearsal import Rehearsal, Sale, account
from scripts.rehearsal_nodes import World, serving

GENESIS = 1_378_864_800  # 2013-09-11 02:00 UTC
POLICIES_PER_FLIGHT = 4
BINDINGS = 48
PATIENCE_SECONDS = 240.0
LONGEST_LIFE_SECONDS = 1.0
"""Longest wait before a kill. Blocks come once a second, so this reaches from report to receipt."""
WORK_SECONDS = 10.0
BPS = 10_000


class CrashFailed(RuntimeError):
    """The measurement itself did not work; says what."""


@dataclass(frozen=True, slots=True)
class CrashResult:
    """What was found after all kills. Counts of policies; `replay_differs` counts differences to a fresh replay."""

    policies: int
    kills: int
    kills_at_work: int
    unpaid: int
    paid_wrongly: int
    replay_differs: int
    transactions: int
    reverted: int


class BackendProcess:
    """A backend that can be killed and started again on the same folder.

    Args:
        options: Of `quittance backend run`.
    """

    def __init__(self, home: Path, environment: dict[str, str], *options: str) -> None:
        self._home = home
        self._options = options
        self._environment = {**os.environ, **environment}
        self._port = free_port()
        self._process: subprocess.Popen[bytes] | None = None
        self.address = f"http://127.0.0.1:{self._port}"

    def start(self) -> None:
        """Start it and wait until it is ready."""
        command = [sys.executable, "-W", "ignore", "-m", "scripts.cli", "backend", "run", "--port", str(self._port)]
        command += self._options
        with (self._home / "backend.log").open("ab") as log:
            self._process = subprocess.Popen(command, cwd=ROOT, env=self._environment, stdout=log, stderr=log)
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not self._answers():
            if self._process.poll() is not None or time.monotonic() > deadline:
                last = (self._home / "backend.log").read_text("utf-8", "replace").splitlines()[-12:]
                raise CrashFailed("\n".join(["the backend did not start. The last it wrote:", *last]))
            time.sleep(0.05)

    @property
    def url(self) -> str:
        """Where it answers."""
        return f"http://127.0.0.1:{self._port}"

    def kill(self) -> None:
        """kill -9."""
        if self._process is not None:
            self._process.send_signal(signal.SIGKILL)
            self._process.wait()

    def stop(self) -> None:
        """End it as an operator would."""
        if self._process is not None and self._process.poll() is None:
            self._process.terminate()
            self._process.wait(timeout=60)

    def _answers(self) -> bool:
        try:
            return httpx.get(f"http://127.0.0.1:{self._port}/v1/health/live", timeout=5, trust_env=False).is_success
        except httpx.HTTPError:
            return False


def run(*, policies: int, kills: int, seed: int = 1) -> CrashResult:
    """Sell, let flights land in `kills` + 1 steps, kill the backend after each but the last, and count.

    Raises:
        CrashFailed: It did not get as far as counting.
    """
    chance = random.Random(seed)
    with running_anvil(timestamp=GENESIS) as rpc, tempfile.TemporaryDirectory(prefix="quittance-crash-") as folder:
        home = Path(folder)
        rehearsal = Rehearsal(rpc)
        sales = _sell(rehearsal, policies)
        world = World()
        with serving(rehearsal.nodes, world) as urls, opened_database(home) as database:
            process = BackendProcess(home, environment(home, rehearsal, urls))
            before = _balances(rehearsal, sales)
            rpc.call("evm_setAutomine", False)
            rpc.call("evm_setIntervalMining", 1)  # so that transactions are on their way for a while
            at_work = _live_and_die(process, database, rehearsal, sales, world, kills, chance)
            _wait_until_paid(rehearsal, sales)
            time.sleep(3.0)  # a second payment, if there were one, would come now
            found = _count(database, rehearsal, sales, before, kills, at_work)
            process.stop()
    return found


def _sell(rehearsal: Rehearsal, policies: int) -> list[Sale]:
    sales = []
    for number in range(policies):
        text = f"flight/UA/{number // POLICIES_PER_FLIGHT + 1}/EWR/IAH/2013-09-11T14:00Z"
        occurs_at = parse_flight_key(text).occurs_at
        sales.append(Sale(account(f"crash {number}"), text, occurs_at, 100_000_000 + number))
    rehearsal.fund([s.holder for s in sales], 1_000_000_000)
    for start in range(0, policies, BINDINGS):
        if not rehearsal.bind(sales[start : start + BINDINGS], start).succeeded:
            raise CrashFailed("a policy could not be bound")
    return sales


def _live_and_die(
    process: BackendProcess, database: Database, rehearsal: Rehearsal, sales: list[Sale], world: World, kills: int,
    chance: random.Random,
) -> int:  # fmt: skip
    """Flights land step by step; returns how many kills hit a backend with transactions on their way."""
    texts = list(dict.fromkeys(s.insured_event for s in sales))
    steps = kills + 1
    pages = [texts[n * len(texts) // steps : (n + 1) * len(texts) // steps] for n in range(steps)]
    landed = parse_flight_key(texts[0]).occurs_at + 6 * 3600
    at_work = 0
    for number, page in enumerate(pages):
        process.start()
        world.outcomes.update({text: (Outcome.CANCELLED, 0) for text in page})
        move_clock(rehearsal.rpc, landed + number * 600)
        if number < kills:
            if number % 2:  # one kill falls anywhere, the next one on transactions on their way
                _wait_for_work(database)
            time.sleep(chance.uniform(0.0, LONGEST_LIFE_SECONDS))
            process.kill()
            at_work += _on_the_way(database) > 0
    return at_work


def _wait_until_paid(rehearsal: Rehearsal, sales: list[Sale]) -> None:
    product = rehearsal.product
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        if rehearsal.rpc.eth_call(rehearsal.deployment.contracts["Treasury"], Treasury.exposure_of(product)) == 0:
            return
        time.sleep(0.2)
    raise CrashFailed(f"not all of {len(sales)} policies were settled after {PATIENCE_SECONDS:.0f} s")


def _count(
    database: Database, rehearsal: Rehearsal, sales: list[Sale], before: list[int], kills: int, at_work: int
) -> CrashResult:
    share = rehearsal.terms.cancelled_share_bps
    gains = [after - b for after, b in zip(_balances(rehearsal, sales), before, strict=True)]
    wanted = [s.sum_insured * share // BPS for s in sales]
    deadline = time.monotonic() + PATIENCE_SECONDS
    found = compare(database, rehearsal.rpc, rehearsal.deployment)
    while found.block_number < rehearsal.rpc.block_number() and time.monotonic() < deadline:
        time.sleep(0.2)
        found = compare(database, rehearsal.rpc, rehearsal.deployment)
    sent, reverted = _transactions(rehearsal.rpc, account("crash relayer").address)
    return CrashResult(
        policies=len(sales), kills=kills, kills_at_work=at_work, unpaid=sum(gain == 0 for gain in gains),
        paid_wrongly=sum(gain not in (0, due) for gain, due in zip(gains, wanted, strict=True)),
        replay_differs=len(found.differences), transactions=sent, reverted=reverted,
    )  # fmt: skip


def _transactions(rpc: Rpc, sender: str) -> tuple[int, int]:
    """How many transactions of a sender are in blocks, and how many of them reverted."""
    requests = [("eth_getBlockByNumber", (hex(n), True)) for n in range(rpc.block_number() + 1)]
    sent = [t for block in rpc.batch(requests) for t in block["transactions"]]
    hashes = [t["hash"] for t in sent if int(t["from"], 16) == int(sender, 16)]
    receipts = rpc.batch([("eth_getTransactionReceipt", (h,)) for h in hashes])
    return len(hashes), sum(int(r["status"], 16) == 0 for r in receipts)


def _balances(rehearsal: Rehearsal, sales: list[Sale]) -> list[int]:
    token = rehearsal.deployment.contracts["TestStablecoin"]
    found: list[int] = rehearsal.rpc.eth_calls([(token, TestStablecoin.balance_of(s.holder.address)) for s in sales])
    return found


def environment(home: Path, rehearsal: Rehearsal, urls: list[str]) -> dict[str, str]:
    """What a backend that relays has to be told."""
    deployment = home / "deployment.json"
    rehearsal.deployment.save(deployment)
    payer = account("crash relayer")
    give_gas_money(rehearsal.rpc, payer.address)
    keystore, password = sealed_account(home, payer, "relayer")
    return {
        "QUITTANCE_HOME": str(home), "QUITTANCE_DATABASE_URL": "", "QUITTANCE_DEPLOYMENT": str(deployment),
        "QUITTANCE_NODE_URLS": ",".join(urls), "QUITTANCE_RELAYER_KEYSTORE": str(keystore),
        "QUITTANCE_RELAYER_PASSWORD_FILE": str(password),
    }  # fmt: skip


def sealed_account(home: Path, payer: LocalAccount, name: str) -> tuple[Path, Path]:
    """A keystore and its password file, as the backend is given them."""
    keystore, password = home / f"{name}.json", home / f"{name}.password"
    word = secrets.token_hex(32)
    write_atomically(keystore, json.dumps(Account.encrypt(payer.key, word, kdf="pbkdf2", iterations=4_096)), mode=0o600)
    write_atomically(password, word, mode=0o600)
    return keystore, password


@contextmanager
def opened_database(home: Path) -> Iterator[Database]:
    """The backend's own database, to look into. The embedded server outlives a killed backend: it is stopped here."""
    database = Database(start_embedded(home / "pgdata"))
    migrate(database)
    try:
        yield database
    finally:
        database.close()
        stop_database(home / "pgdata")


def _on_the_way(database: Database) -> int:
    """Intents whose receipt nobody has noted."""
    with database.transaction() as session:
        return intents.waiting_count(session)


def _wait_for_work(database: Database) -> None:
    """Until something is on its way, some seconds at most."""
    deadline = time.monotonic() + WORK_SECONDS
    while not _on_the_way(database) and time.monotonic() < deadline:
        time.sleep(0.01)


def measure(*, full: bool) -> list[Figure]:
    """20 kills during 1,000 settlements, or 3 during 100."""
    kills, policies = (20, 1_000) if full else (3, 100)
    found = run(policies=policies, kills=kills)
    command = "quittance figures crash" + (" --full" if full else "")
    where = f"{found.policies:,} settlements, backend killed (kill -9) {found.kills} times"
    at_work = f"{found.kills_at_work} kills with transactions on their way; {found.transactions} transactions"
    return [
        Figure(f"Policies not paid: {where}", found.unpaid, "policies", 0, "==", command, at_work),
        Figure(f"Policies paid another amount than owed: {where}", found.paid_wrongly, "policies", 0, "==", command),
        Figure(f"Differences to a fresh replay: {where}", found.replay_differs, "places", 0, "==", command),
        Figure(f"Relayer's transactions that reverted: {where}", found.reverted, "transactions", None, "==", command),
    ]
