"""1,000 personal values through the API: are any found where nobody may read them?

Two backends, each a real process with its chain and its database: one that sells and answers every operation of the
OpenAPI document to people and machines of every role, one whose customers hand in claims with evidence.
"""

from __future__ import annotations

import secrets
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final
from uuid import UUID, uuid4

import httpx
from eth_account.signers.local import LocalAccount
from sqlalchemy import text

from backend.access.operator_keys import add_operator_key
from backend.access.roles import Role
from backend.audit.checkpoints import make_audit_key
from backend.database import Database
from domain.money import TokenUnits
from domain.reports import Quote
from ledger.bindings import AccessManager
from ledger.rpc import Rpc
from ledger.typed_data import acceptance_digest, permit_digest, sign_digest
from scripts.anvil import chain_time, give_gas_money, running_anvil
from scripts.canaries.collecting import collecting
from scripts.canaries.places import Place, places
from scripts.canaries.planting import STEM, Canaries, requests
from scripts.canaries.searching import found_in
from scripts.claims_rehearsal.evidence import Kind, make_case
from scripts.claims_service import ClaimsService, claims_service
from scripts.deploy import LOG_WRITER
from scripts.figures.askers import Asker, askers
from scripts.figures.crash import GENESIS, BackendProcess, environment, opened_database
from scripts.figures.figure import Figure
from scripts.figures.idempotency import UNHURRIED, selling
from scripts.rehearsal import TOKEN_NAME, Rehearsal, account
from scripts.rehearsal_nodes import World, serving

COMMAND: Final = "quittance figures canaries"
APPLICANTS, FULL_APPLICANTS = 500, 5_000
CASES, FULL_CASES = 5, 50
BATCH: Final = 50
BOUND: Final = 20
TENANT: Final = UUID(int=1)
ROLES: Final = (Role.CUSTOMER_SERVICE, Role.JUNIOR_UNDERWRITER)
PATIENCE_SECONDS: Final = 600.0
MAIL: Final = {"QUITTANCE_SMTP_HOST": "127.0.0.1", "QUITTANCE_SMTP_PORT": "9", "QUITTANCE_SMTP_SECURITY": "none"}
"""Where nobody takes mail: letters wait in the outbox, sealed."""


class CanariesFailed(RuntimeError):
    """The measurement itself did not work; says what."""


@dataclass
class Searched:
    """What was asked, where canaries were found, and in how many places a leak planted there was."""

    operations: set[str] = field(default_factory=set)
    taken: int = 0
    found: Counter[str] = field(default_factory=Counter)
    leaks_planted: int = 0
    leaks_found: int = 0

    def search(self, where: Sequence[Place], plant: Callable[[bytes], None]) -> None:
        """Look for canaries everywhere, then for a leak planted everywhere."""
        for place in where:
            self.found[place.name] += len(found_in(place.read()))
        plant((STEM + secrets.token_hex(8)).encode())
        self.leaks_planted += len(where)
        self.leaks_found += sum(bool(found_in(place.read())) for place in where)


def measure(*, full: bool) -> list[Figure]:
    """Canaries planted, and where any of them was found."""
    canaries, searched = Canaries(), Searched()
    _sell(canaries, searched, FULL_APPLICANTS if full else APPLICANTS)
    _claim(canaries, searched, FULL_CASES if full else CASES)
    where = (
        f"{len(searched.operations)} operations of the OpenAPI document as a visitor and every role, {searched.taken} "
        f"requests taken; {BOUND} quotes bound on the chain, {FULL_CASES if full else CASES} claims with evidence"
    )
    return [
        Figure("personal values planted through the API", len(canaries.planted), "values", 1_000, ">=", COMMAND, where),
        *(
            Figure(f"canaries found in the {name}", count, "values", 0, "==", COMMAND)
            for name, count in searched.found.items()
        ),
        Figure(
            "planted leaks found, one for each place", searched.leaks_found, "places", searched.leaks_planted, "==",
            COMMAND, "shows that the search finds what is there",
        ),
    ]  # fmt: skip


def _sell(canaries: Canaries, searched: Searched, applicants: int) -> None:
    """Quotes, policies, and every operation as everybody."""
    with ExitStack() as stack:
        rpc = stack.enter_context(running_anvil(timestamp=GENESIS))
        home = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="quittance-canaries-")))
        rehearsal = Rehearsal(rpc)
        urls = stack.enter_context(serving(rehearsal.nodes, World()))
        database = stack.enter_context(opened_database(home))
        traces = stack.enter_context(collecting(home / "traces"))
        setting = (
            environment(home, rehearsal, urls) | selling(home, rehearsal) | UNHURRIED | MAIL | _watched(home, traces)
        )
        _let_anchor(rehearsal)
        operator_keys = Path(setting["QUITTANCE_OPERATOR_KEY_FILE"])
        key = add_operator_key(operator_keys, tenant_id=TENANT, roles=ROLES, scopes=["quotes.*", "acceptances.*"])
        everybody = askers(
            database, rpc, identity_key=Path(setting["QUITTANCE_IDENTITY_KEY_FILE"]), operator_keys=operator_keys
        )
        process = BackendProcess(home, setting)
        stack.callback(process.kill)
        process.start()
        _plant(process.url, key, rehearsal, canaries, applicants)
        _ask_everything(process.url, everybody, canaries, searched)
        process.stop()  # what waits of traces is told
        deployment = Path(setting["QUITTANCE_DEPLOYMENT"])
        where = places(database, home, home / "pgdata", deployment, rpc)
        searched.search(where, lambda leak: _leak(leak, database, home, traces, rpc))


def _claim(canaries: Canaries, searched: Searched, cases: int) -> None:
    """Claims with evidence, whose files and their names hold canaries."""
    with ExitStack() as stack:
        home = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="quittance-canaries-")))
        traces = stack.enter_context(collecting(home / "traces"))
        service = stack.enter_context(claims_service(policies=cases, extra=_watched(home, traces)))
        (service.folder / "traces").symlink_to(home / "traces")
        for number in range(cases):
            _hand_in(service, number, canaries)
        time.sleep(5)  # spans go out in batches, every five seconds
        insurer = service.stack.insurer
        where = places(
            service.database, service.folder, service.folder / "pgdata", insurer.folder / "deployment.json", insurer.rpc
        )
        searched.search(where, lambda leak: _leak(leak, service.database, service.folder, traces, insurer.rpc))


def _plant(url: str, key: str, rehearsal: Rehearsal, canaries: Canaries, applicants: int) -> None:
    """Applicants with canaries for names; some of them buy what they are quoted."""
    rehearsal.fund([_holder(number) for number in range(BOUND)], 1_000_000_000)
    with httpx.Client(base_url=url, timeout=60, trust_env=False, headers={"Authorization": f"Bearer {key}"}) as client:
        _wait_ready(client)
        quotes = _quotes(client, rehearsal, canaries, 0)
        for number, quote in enumerate(quotes[:BOUND]):
            _accept(client, rehearsal, quote, _holder(number))
        for start in range(BATCH, applicants, BATCH):
            _quotes(client, rehearsal, canaries, start)
        _wait_bound(client, quotes[:BOUND])


def _ask_everything(url: str, everybody: Sequence[Asker], canaries: Canaries, searched: Searched) -> None:
    """Every operation, as everybody."""
    with httpx.Client(base_url=url, timeout=60, trust_env=False) as client:
        document = client.get("/openapi.json").json()
        for asker in everybody:
            for request in requests(document, canaries):
                searched.operations.add(request.operation)
                if "event-stream" in str(document["paths"].get(request.path, {})):
                    continue  # it never ends
                headers = {**request.headers, "Idempotency-Key": str(uuid4()), **asker()}
                answer = client.request(
                    request.method, request.path, params=dict(request.query), headers=headers, json=request.body
                )
                searched.taken += answer.is_success and request.body is not None


def _hand_in(service: ClaimsService, number: int, canaries: Canaries) -> None:
    """A claim with its bill, and a letter that is a canary from its name to its last word."""
    claimant = service.claimant(number)
    case = make_case(number, Kind.ENGLISH, chain_time(service.stack.rpc), service.chance)
    case_id = claimant.draft(case.claimed, case.occurred_at)
    for each in case.dossier.files:
        if each.name != "claim.json":
            claimant.upload(case_id, each.name, each.media_type, each.content)
    letter = "\n".join(f"Ask {canaries.new()}." for _ in range(5))
    claimant.upload(case_id, f"{canaries.new()}.txt", "text/plain", letter.encode())
    claimant.notify(case_id)


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


def _leak(leak: bytes, database: Database, home: Path, traces: str, rpc: Rpc) -> None:
    """Leak a value into each place, in forms that hide it a little."""
    words = leak.decode()
    with database.transaction() as session:
        session.execute(text("CREATE TABLE leak (value BYTEA, words TEXT)"))
        session.execute(text("INSERT INTO leak VALUES (:v, :t)"), {"v": leak, "t": words})
    with (home / "backend.log").open("a") as log:
        log.write(f'{{"event": "leak", "text": "{words.lower()}"}}\n')
    httpx.post(traces, content=b"\x0a\x04name" + leak.upper(), trust_env=False).raise_for_status()
    leaker = account("canary leaker").address
    give_gas_money(rpc, leaker)
    rpc.call("anvil_impersonateAccount", leaker)
    rpc.call("eth_sendTransaction", {"from": leaker, "to": leaker, "data": "0x" + leak.hex()})
    rpc.call("evm_mine")


def _let_anchor(rehearsal: Rehearsal) -> None:
    manager = rehearsal.deployment.contracts["PlatformManager"]
    rehearsal.send(manager, AccessManager.grant_role(LOG_WRITER, account("crash relayer").address, 0).data)


def _watched(home: Path, traces: str) -> dict[str, str]:
    """What makes a backend tell of everything it tells of."""
    make_audit_key(home / "audit.key")
    return {
        "QUITTANCE_TRACES_URL": traces, "QUITTANCE_AUDIT_KEY_FILE": str(home / "audit.key"),
        "QUITTANCE_AUDIT_INTERVAL_SECONDS": "1",
    }  # fmt: skip
