"""One effect a key: 500 keys, 20 requests at once for each, on one API process and on two with two workers.

Real processes: uvicorn, PostgreSQL, a development chain, four nodes over HTTP. Each key asks for one quote; another
accepts it, and a worker binds it on the chain. A request that is told the first still runs, or whose server is gone,
asks again, as clients do, until it has the answer; all twenty answers to a key must be the same bytes. With two
processes one of them is killed (kill -9) again and again meanwhile.
"""

from __future__ import annotations

import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any, Final
from uuid import UUID

import httpx
from sqlalchemy import text

from backend.access.operator_keys import add_operator_key
from backend.access.roles import Role
from backend.database import Database
from backend.identity.personal_data import make_identity_key
from backend.vault.key_files import make_key_file
from domain.flight import parse_flight_key
from scripts.anvil import running_anvil
from scripts.demo_sale import Shop, accepted
from scripts.figures.crash import BackendProcess, environment, opened_database, sealed_account
from scripts.figures.figure import Figure
from scripts.rehearsal import Rehearsal, account
from scripts.rehearsal_nodes import World, serving

GENESIS: Final = 1_378_864_800  # 2013-09-11 02:00 UTC
COMMAND: Final = "quittance figures idempotency"
REQUESTS_PER_KEY: Final = 20
KEYS_AT_ONCE: Final = 3
PATIENCE_SECONDS: Final = 300.0
FLIGHT: Final = "flight/UA/1545/EWR/IAH/2013-09-12T10:15Z"
SUM_INSURED: Final = 100_000_000


class IdempotencyFailed(RuntimeError):
    """The measurement itself did not work; says what."""


@dataclass(frozen=True, slots=True)
class Found:
    """What came of all requests. Every count but the first three should be as many as keys, or 0."""

    keys: int
    requests: int
    kills: int
    quotes: int
    acceptances: int
    policies: int
    differing: int


UNHURRIED = {
    "QUITTANCE_ADDRESS_REQUESTS_PER_SECOND": "100000", "QUITTANCE_ADDRESS_REQUEST_BURST": "100000",
    "QUITTANCE_PRINCIPAL_REQUESTS_PER_SECOND": "100000", "QUITTANCE_PRINCIPAL_REQUEST_BURST": "100000",
}  # fmt: skip
"""One machine plays twenty clients here: the limits on each would only make it wait."""


class Clients:
    """Twenty clients of several servers. `sent` counts requests."""

    def __init__(self, addresses: Sequence[str], headers: Mapping[str, str]) -> None:
        self._clients = [httpx.Client(base_url=a, timeout=60, trust_env=False, headers=headers) for a in addresses]
        self._lock = threading.Lock()
        self.sent = 0

    def ask(self, number: int, path: str, body: Any, key: str) -> tuple[int, bytes]:
        """One client's request, until it is answered."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < deadline:
            with self._lock:
                self.sent += 1
            try:
                client = self._clients[number % len(self._clients)]
                answer = client.post(path, json=body, headers={"Idempotency-Key": key})
            except httpx.HTTPError:
                number += 1  # that server is gone: ask another
                time.sleep(0.05)
                continue
            if answer.status_code == 429:
                time.sleep(float(answer.headers["Retry-After"]))
                continue
            if answer.status_code == 503 or _code(answer) == "idempotency_key_in_flight":
                time.sleep(0.05)
                continue
            return answer.status_code, answer.content
        raise IdempotencyFailed(f"POST {path} was not answered within {PATIENCE_SECONDS:.0f} s")

    def all_ask(self, pool: ThreadPoolExecutor, path: str, body: Any, key: str) -> list[tuple[int, bytes]]:
        """Twenty requests with one key, at once."""
        return list(pool.map(lambda number: self.ask(number, path, body, key), range(REQUESTS_PER_KEY)))


def _code(answer: httpx.Response) -> str:
    return str(answer.json().get("code", "")) if answer.status_code == 409 else ""


def run(*, keys: int, processes: int, kills: int) -> Found:
    """Ask, accept, count.

    Raises:
        IdempotencyFailed: A request was refused, or not all was bound in time.
    """
    with ExitStack() as stack:
        rpc = stack.enter_context(running_anvil(timestamp=GENESIS))
        home = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="quittance-idempotency-")))
        rehearsal = Rehearsal(rpc)
        holders = [account(f"idempotency {number}") for number in range(keys)]
        rehearsal.fund(holders, 1_000_000_000)
        urls = stack.enter_context(serving(rehearsal.nodes, World()))
        database = stack.enter_context(opened_database(home))
        setting = environment(home, rehearsal, urls) | selling(home, rehearsal) | UNHURRIED
        key = add_operator_key(
            Path(setting["QUITTANCE_OPERATOR_KEY_FILE"]), tenant_id=UUID(int=1), roles=[Role.CUSTOMER_SERVICE],
            scopes=["quotes.make", "acceptances.make"],
        )  # fmt: skip
        replicas = [BackendProcess(home, setting) for _ in range(processes)]
        for replica in replicas:
            stack.callback(replica.kill)
            replica.start()
        clients = Clients([replica.address for replica in replicas], {"Authorization": f"Bearer {key}"})
        with _killing(replicas, kills) as killed:
            shop = Shop(
                replicas[0].address, key, rehearsal.chain_id, rehearsal.product,
                rehearsal.deployment.contracts["TestStablecoin"], rehearsal.deployment.contracts["Treasury"],
            )  # fmt: skip
            differing = _sell(clients, shop, holders)
            _wait_until(lambda: _count(database, "policies") >= keys, "policies were not all bound")
        return Found(
            keys, clients.sent, killed[0], _count(database, "quotes"), _count(database, "bind_intents"),
            _count(database, "policies"), differing,
        )  # fmt: skip


def _sell(clients: Clients, shop: Shop, holders: Sequence[Any]) -> int:
    """Quote and accept under keys of their own. Returns how many keys got different answers."""

    def one(number: int) -> int:
        holder = holders[number]
        application = {"insured_event": FLIGHT, "holder": holder.address, "sum_insured": SUM_INSURED}
        with ThreadPoolExecutor(REQUESTS_PER_KEY) as pool:
            body = {"product": shop.product, "applications": [application]}
            quoted = clients.all_ask(pool, "/v1/quotes", body, str(UUID(int=2 * number)))
            if quoted[0][0] != 201:
                raise IdempotencyFailed(f"no quote: {quoted[0]}")
            view = httpx.Response(201, content=quoted[0][1]).json()["quotes"][0]
            body = {"acceptances": [accepted(shop, view, holder)]}
            taken = clients.all_ask(pool, "/v1/policies", body, str(UUID(int=2 * number + 1)))
        return (len(set(quoted)) > 1) + (len(set(taken)) > 1) + (taken[0][0] != 202)

    with ThreadPoolExecutor(KEYS_AT_ONCE) as keys:
        return sum(keys.map(one, range(len(holders))))


@contextmanager
def _killing(replicas: Sequence[BackendProcess], kills: int) -> Iterator[list[int]]:
    """Kill the last replica and start it again, `kills` times while the block runs. Yields the count so far."""
    done, chance, over = [0], Random(1), threading.Event()

    def work() -> None:
        while done[0] < kills and not over.wait(chance.uniform(0.5, 3.0)):
            replicas[-1].kill()
            done[0] += 1
            replicas[-1].start()

    thread = threading.Thread(target=work)
    thread.start()
    try:
        yield done
    finally:
        over.set()
        thread.join()


def selling(home: Path, rehearsal: Rehearsal) -> dict[str, str]:
    """What a backend that quotes and lets people sign in has to be told."""
    keystore, password = sealed_account(home, rehearsal.underwriter, "underwriter")
    vault, identity = home / "vault.key", home / "identity.key"
    make_key_file(vault)
    make_identity_key(identity)
    return {
        "QUITTANCE_UNDERWRITER_KEYSTORE": str(keystore), "QUITTANCE_UNDERWRITER_PASSWORD_FILE": str(password),
        "QUITTANCE_VAULT_KEY_FILE": str(vault), "QUITTANCE_OPERATOR_KEY_FILE": str(home / "operator-keys.json"),
        "QUITTANCE_IDENTITY_KEY_FILE": str(identity),
    }  # fmt: skip


def _count(database: Database, table: str) -> int:
    with database.every_tenant() as session:
        return int(session.scalar(text(f"SELECT count(*) FROM {table}")) or 0)  # nosec B608  # a name of ours


def _wait_until(done: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not done():
        if time.monotonic() > deadline:
            raise IdempotencyFailed(what)
        time.sleep(0.2)
    time.sleep(2.0)  # a second effect, if there were one, would come now


def _wrong(found: Found) -> int:
    return abs(found.quotes - found.keys) + abs(found.acceptances - found.keys) + abs(found.policies - found.keys)


def measure(*, full: bool) -> list[Figure]:
    """500 keys × 20 with `--full`, 30 × 20 without; on one process, then on two of which one is killed."""
    keys, kills = (500, 10) if full else (30, 2)
    assert parse_flight_key(FLIGHT).occurs_at > GENESIS
    found: list[Figure] = []
    for processes, with_kills in ((1, 0), (2, kills)):
        result = run(keys=keys, processes=processes, kills=with_kills)
        place = f"{processes} API process{'es and workers' if processes > 1 else ''}"
        note = f"{result.requests} requests, {result.kills} kill -9, {keys} quotes and {keys} acceptances"
        found += [
            Figure(f"effects too many or too few, {keys} keys × {REQUESTS_PER_KEY} requests at once, {place}",
                   _wrong(result), "effects", 0, "==", COMMAND, note),
            Figure(f"keys whose answers differ, {place}", result.differing, "keys", 0, "==", COMMAND, note),
        ]  # fmt: skip
    return found
