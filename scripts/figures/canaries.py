"""1,000 personal values through the API: are any found where nobody may read them?"""

from __future__ import annotations

import json
import os
import secrets
import tempfile
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from uuid import UUID, uuid4

import httpx
from eth_account import Account
from eth_account.signers.local import LocalAccount
from sqlalchemy import text

from backend.access.operator_keys import add_operator_key
from backend.access.roles import Role
from backend.audit.checkpoints import make_audit_key
from backend.database import Database, migrate, start_embedded
from backend.main import describe
from backend.vault.key_files import make_key_file
from domain.money import TokenUnits
from domain.reports import Quote
from ledger.atomic_file import write_atomically
from ledger.bindings import AccessManager
from ledger.typed_data import acceptance_digest, permit_digest, sign_digest
from scripts.anvil import give_gas_money, running_anvil
from scripts.canaries.planting import STEM, Canaries, requests
from scripts.canaries.searching import chain, files_below, found_in, pieces
from scripts.deploy import LOG_WRITER
from scripts.figures.crash import GENESIS, BackendProcess
from scripts.figures.dumps import dump
from scripts.figures.figure import Figure
from scripts.processes import stop_database
from scripts.rehearsal import TOKEN_NAME, Rehearsal, account
from scripts.rehearsal_nodes import World, serving

COMMAND: Final = "quittance figures canaries"
APPLICANTS, FULL_APPLICANTS = 500, 5_000
BATCH: Final = 50
BOUND: Final = 20
TENANT: Final = UUID(int=1)
ROLES: Final = (Role.CUSTOMER_SERVICE, Role.JUNIOR_UNDERWRITER)
PATIENCE_SECONDS: Final = 300.0
PAYER: Final = account("canary relayer")


class CanariesFailed(RuntimeError):
    """The measurement itself did not work; says what."""


@dataclass(frozen=True, slots=True)
class Place:
    """Somewhere data ends up, read anew each time it is searched."""

    name: str
    read: Callable[[], Iterable[bytes]]


def measure(*, full: bool) -> list[Figure]:
    """Canaries planted, and where any of them was found."""
    applicants = FULL_APPLICANTS if full else APPLICANTS
    canaries = Canaries()
    with running_anvil(timestamp=GENESIS) as rpc, tempfile.TemporaryDirectory(prefix="quittance-canaries-") as folder:
        home, rehearsal = Path(folder), Rehearsal(rpc)
        with serving(rehearsal.nodes, World()) as urls:
            database = Database(start_embedded(home / "pgdata"))
            migrate(database)
            scopes = [o["operationId"] for item in describe()["paths"].values() for o in item.values()]
            key = add_operator_key(home / "operator.json", tenant_id=TENANT, roles=ROLES, scopes=scopes)
            process = BackendProcess(home, _environment(home, rehearsal, urls))
            try:
                process.start()
                operations = _plant(process.url, key, rehearsal, canaries, applicants)
                places = _places(database, home, rehearsal)
                found = {place.name: len(found_in(place.read())) for place in places}
                planted = _plant_leaks(database, home, rehearsal, places)
            finally:
                process.stop()
                database.close()
                stop_database(home / "pgdata")
    return _figures(canaries, operations, found, planted, len(places))


def _figures(canaries: Canaries, operations: int, found: dict[str, int], planted: int, places: int) -> list[Figure]:
    where = f"in {operations} operations of the OpenAPI document, {BOUND} quotes bound on the chain"
    return [
        Figure("personal values planted through the API", len(canaries.planted), "values", 1_000, ">=", COMMAND, where),
        *(Figure(f"canaries found in the {name}", count, "values", 0, "==", COMMAND) for name, count in found.items()),
        Figure(
            "planted leaks found, one for each place", planted, "places", places, "==", COMMAND,
            "shows that the search finds what is there",
        ),
    ]  # fmt: skip


def _places(database: Database, home: Path, rehearsal: Rehearsal) -> list[Place]:
    def flushed() -> Iterable[bytes]:
        with database.transaction() as session:
            session.execute(text("CHECKPOINT"))
        return files_below(home / "pgdata")

    return [
        Place("database's dump", lambda: [dump(database)]),
        Place("database's files and write-ahead log", flushed),
        Place("backend's log", lambda: pieces(home / "backend.log")),
        Place("call data and events", lambda: chain(rehearsal.rpc)),
    ]


def _plant(url: str, key: str, rehearsal: Rehearsal, canaries: Canaries, applicants: int) -> int:
    """Send canaries through every operation. Returns how many operations there are."""
    rehearsal.fund([_holder(number) for number in range(BOUND)], 1_000_000_000)
    with httpx.Client(base_url=url, timeout=60, trust_env=False, headers={"Authorization": f"Bearer {key}"}) as client:
        _wait_ready(client)
        quotes = _quotes(client, rehearsal, canaries, 0)
        for number, quote in enumerate(quotes[:BOUND]):
            _accept(client, rehearsal, quote, _holder(number))
        for start in range(BATCH, applicants, BATCH):
            _quotes(client, rehearsal, canaries, start)
        document = client.get("/openapi.json").json()
        asked = 0
        for request in requests(document, canaries):
            asked += 1
            if "event-stream" in str(document["paths"].get(request.path, {})):
                continue
            headers = {**request.headers, "Idempotency-Key": str(uuid4())}
            client.request(request.method, request.path, params=dict(request.query), headers=headers, json=request.body)
        _wait_bound(client, quotes[:BOUND])
    return asked


def _quotes(client: httpx.Client, rehearsal: Rehearsal, canaries: Canaries, start: int) -> list[dict[str, Any]]:
    applications = [
        {
            "insured_event": f"flight/UA/{number + 1}/EWR/IAH/2013-09-11T14:00Z", "holder": _holder(number).address,
            "sum_insured": 100_000_000, "applicant": canaries.person(),
        }
        for number in range(start, start + BATCH)
    ]  # fmt: skip
    body = {"product": rehearsal.product, "applications": applications}
    response = client.post("/v1/quotes", json=body, headers={"Idempotency-Key": str(uuid4())})
    if response.status_code != httpx.codes.CREATED:
        raise CanariesFailed(f"quotes were answered with {response.status_code}: {response.text[:300]}")
    found: list[dict[str, Any]] = response.json()["quotes"]
    return found


def _accept(client: httpx.Client, rehearsal: Rehearsal, view: dict[str, Any], holder: LocalAccount) -> None:
    contracts, chain_id = rehearsal.deployment.contracts, rehearsal.chain_id
    quote = Quote(
        application_id=int(view["application_id"], 16), holder=view["holder"], underwriter=view["underwriter"],
        insured_event=view["insured_event"], occurs_at=view["occurs_at"], sum_insured=TokenUnits(view["sum_insured"]),
        premium=TokenUnits(view["premium"]), valid_until=view["valid_until"],
    )  # fmt: skip
    signed = sign_digest(bytes(holder.key), acceptance_digest(quote, chain_id=chain_id, product=rehearsal.product))
    digest = permit_digest(
        token=contracts["TestStablecoin"], token_name=TOKEN_NAME, chain_id=chain_id, owner=holder.address,
        spender=contracts["Treasury"], value=view["premium"], nonce=0, deadline=view["valid_until"],
    )  # fmt: skip
    p = sign_digest(bytes(holder.key), digest)
    permit = {"value": view["premium"], "deadline": view["valid_until"], "v": p[64]}
    words = {"r": "0x" + p[:32].hex(), "s": "0x" + p[32:64].hex()}
    body = {"quote_id": view["quote_id"], "acceptance": "0x" + signed.hex(), "permit": permit | words}
    response = client.post(
        "/v1/policies", json={"acceptances": [body]}, headers={"Idempotency-Key": str(uuid4())}
    )  # fmt: skip
    if response.status_code != httpx.codes.ACCEPTED:
        raise CanariesFailed(f"an acceptance was answered with {response.status_code}: {response.text[:300]}")


def _holder(number: int) -> LocalAccount:
    return account(f"canary holder {number}")


def _wait_ready(client: httpx.Client) -> None:
    _until(lambda: client.get("/v1/health/ready").is_success, "the backend did not get ready")


def _wait_bound(client: httpx.Client, quotes: list[dict[str, Any]]) -> None:
    def waiting() -> list[str]:
        views = [client.get(f"/v1/quotes/{quote['quote_id']}").json() for quote in quotes]
        return [view["status"] for view in views if view["status"] != "bound"]

    _until(lambda: not waiting(), f"not all of {BOUND} quotes were bound")


def _until(ready: Callable[[], bool], complaint: str) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not ready():
        if time.monotonic() > deadline:
            raise CanariesFailed(complaint)
        time.sleep(1)


def _plant_leaks(database: Database, home: Path, rehearsal: Rehearsal, places: list[Place]) -> int:
    """Leak one value into each place, in forms that hide it a little. Returns in how many it was found."""
    leak = STEM + secrets.token_hex(8)
    with database.transaction() as session:
        session.execute(text("CREATE TABLE leak (value BYTEA, words TEXT)"))
        session.execute(text("INSERT INTO leak VALUES (:v, :t)"), {"v": leak.encode(), "t": leak})
    with (home / "backend.log").open("a") as log:
        log.write(f'{{"event": "leak", "text": "{leak.lower()}"}}\n')
    rehearsal.send(rehearsal.sender.address, leak.encode())
    return sum(bool(found_in(place.read())) for place in places)


def _environment(home: Path, rehearsal: Rehearsal, urls: list[str]) -> dict[str, str]:
    rehearsal.deployment.save(home / "deployment.json")
    give_gas_money(rehearsal.rpc, PAYER.address)
    manager = rehearsal.deployment.contracts["PlatformManager"]
    rehearsal.send(manager, AccessManager.grant_role(LOG_WRITER, PAYER.address, 0).data)
    make_key_file(home / "vault.key")
    make_audit_key(home / "audit.key")
    os.symlink(rehearsal.folder / "documents", home / "documents")
    holders = {"RELAYER": PAYER, "UNDERWRITER": rehearsal.underwriter}
    keys = {name: _keystore(home, name, key) for name, key in holders.items()}
    return {
        "QUITTANCE_HOME": str(home), "QUITTANCE_DATABASE_URL": "", "QUITTANCE_NODE_URLS": ",".join(urls),
        "QUITTANCE_DEPLOYMENT": str(home / "deployment.json"), "QUITTANCE_VAULT_KEY_FILE": str(home / "vault.key"),
        "QUITTANCE_AUDIT_KEY_FILE": str(home / "audit.key"), "QUITTANCE_AUDIT_INTERVAL_SECONDS": "1",
        "QUITTANCE_OPERATOR_KEY_FILE": str(home / "operator.json"),
        **{f"QUITTANCE_{name}_KEYSTORE": str(path) for name, path in keys.items()},
        **{f"QUITTANCE_{name}_PASSWORD_FILE": str(path.with_suffix(".password")) for name, path in keys.items()},
    }  # fmt: skip


def _keystore(home: Path, name: str, key: LocalAccount) -> Path:
    path, word = home / f"{name.lower()}.json", secrets.token_hex(32)
    sealed = Account.encrypt(key.key, word, kdf="pbkdf2", iterations=4_096)
    write_atomically(path, json.dumps(sealed), mode=0o600)
    write_atomically(path.with_suffix(".password"), word, mode=0o600)
    return path
