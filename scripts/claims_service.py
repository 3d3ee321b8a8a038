"""The backend's claims over HTTP on a chain of its own: a real server, a real database, and nodes that read from it.

with claims_service(policies=2) as service, nodes_reading(service):
    client = service.claimant(0)
    case_id = client.hand_in_case()

People are known by tokens of this harness, which stand for their sessions; everything else is what production runs.
"""

from __future__ import annotations

import base64
import hashlib
import random
import secrets
import threading
import time
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

import httpx
import uvicorn
from eth_account.signers.local import LocalAccount
from fastapi import Request

from backend.access.operator_keys import OperatorKeys, add_operator_key
from backend.access.principal import Principal, PrincipalKind
from backend.access.rates import Rate, RateLimits
from backend.access.roles import Role
from backend.claims.casebook import ClaimCases
from backend.claims.opening import open_claims
from backend.config import Settings
from backend.custody.opening import open_custody
from backend.database import Database
from backend.dependencies import ServiceSet, wall_clock
from backend.evidence.opening import open_evidence
from backend.http.server_key import ServerKey
from backend.main import create_app, make_workers
from backend.observability.logs import configure_logs
from backend.products.service import Documents
from backend.tenants import service as tenants
from backend.vault.keys import HeldKeys
from backend.vault.sealing import Vault
from ledger.typed_data import sign_digest
from scripts.anvil import chain_time, free_port, give_gas_money
from scripts.claims_rehearsal.evidence import Kind, make_case
from scripts.claims_rehearsal.nodes import prepare_nodes, write_network
from scripts.claims_rehearsal.stack import Stack, claims_stack
from scripts.figures.private_database import private_database
from scripts.oracle_nodes import SETTINGS, running
from scripts.rehearsal import account
from scripts.rehearsal_nodes import RehearsalNodes, World

CONFIRMATIONS: Final = 5
START_SECONDS: Final = 30.0
PATIENCE_SECONDS: Final = 120.0
DAY: Final = 86_400
TUS: Final = {"Tus-Resumable": "1.0.0"}


class ServiceFailed(RuntimeError):
    """The service did not do what is measured; says what it answered."""


class KnownTokens:
    """Implements `Authenticator`: people by token, machines by their operator keys."""

    def __init__(self, keys: OperatorKeys) -> None:
        self._keys = keys
        self.people: dict[str, Principal] = {}

    def authenticate(self, request: Request) -> Principal:
        """See `Authenticator`."""
        token = request.headers.get("authorization", "").removeprefix("Bearer ")
        return self.people.get(token) or self._keys.authenticate(request)


@dataclass
class ClaimsService:
    """A server and who may ask it."""

    stack: Stack
    url: str
    tenant_id: uuid.UUID
    tokens: KnownTokens
    chance: random.Random = field(default_factory=lambda: random.Random(1))

    def claimant(self, number: int) -> Claimant:
        """The holder of a policy, signed in with the wallet that holds it."""
        policy = self.stack.policies[number]
        key, token = account(policy.holder), secrets.token_hex(16)
        self.tokens.people[token] = Principal(
            PrincipalKind.PERSON, uuid.uuid4(), self.tenant_id, frozenset({Role.POLICYHOLDER}), address=key.address
        )
        client = httpx.Client(
            base_url=self.url, timeout=60, trust_env=False, headers={"Authorization": f"Bearer {token}"}
        )
        return Claimant(self, client, token, key, policy.number, number)


@dataclass
class Claimant:
    """What somebody insured does over HTTP."""

    service: ClaimsService
    client: httpx.Client
    token: str
    key: LocalAccount
    policy_id: int
    number: int

    def draft(self, claimed: int, occurred_at: int) -> str:
        """Begin a case; its id."""
        body = {
            "product": self.service.stack.insurer.product, "policy_id": self.policy_id, "coverage": 0, "peril": 1,
            "occurred_at": occurred_at, "claimed": claimed,
        }  # fmt: skip
        return str(self._post("/v1/cases", body)["case_id"])

    def upload(self, case_id: str, name: str, media_type: str, content: bytes) -> None:
        """Upload a file by tus, in one piece."""
        told = {"filename": name, "filetype": media_type, "sha256": hashlib.sha256(content).hexdigest()}
        metadata = ",".join(f"{key} {base64.b64encode(value.encode()).decode()}" for key, value in told.items())
        headers = {**TUS, "Upload-Length": str(len(content)), "Upload-Metadata": metadata}
        made = self.client.post(f"/v1/cases/{case_id}/evidence-uploads", headers=headers)
        _expect(made, 201)
        sent = {**TUS, "Content-Type": "application/offset+octet-stream", "Upload-Offset": "0"}
        _expect(self.client.patch(made.headers["location"], headers=sent, content=content), 204)

    def notify(self, case_id: str) -> None:
        """Have the notice prepared, sign it, hand it in."""
        prepared = self._post(f"/v1/cases/{case_id}/notice", {"subject": f"E{self.number:08d}"})
        signature = sign_digest(bytes(self.key.key), bytes.fromhex(prepared["digest"][2:]))
        self._post(f"/v1/cases/{case_id}/notice/signature", {"signature": "0x" + signature.hex()})

    def hand_in_case(self) -> tuple[str, int]:
        """Bill uploaded, notice signed and handed in: the case, and what the nodes should find, token units."""
        stack = self.service.stack
        case = make_case(self.number, Kind.ENGLISH, chain_time(stack.rpc), self.service.chance)
        case_id = self.draft(case.claimed, case.occurred_at)
        for each in case.dossier.files:
            if each.name != "claim.json":
                self.upload(case_id, each.name, each.media_type, each.content)
        self.notify(case_id)
        return case_id, case.loss

    def status(self, case_id: str) -> Mapping[str, Any]:
        """Where a case stands."""
        answer = self.client.get(f"/v1/cases/{case_id}/status")
        _expect(answer, 200)
        found: dict[str, Any] = answer.json()
        return found

    def wait_paid(self, case_id: str) -> Mapping[str, Any]:
        """The status of a case once it is paid.

        Raises:
            ServiceFailed: It was not, in time.
        """
        deadline = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < deadline:
            found = self.status(case_id)
            if found["payments"]:
                return found
            time.sleep(0.1)
        raise ServiceFailed(f"case {case_id} is not paid after {PATIENCE_SECONDS:.0f} s: {found['words']['en']}")

    def _post(self, path: str, body: Mapping[str, Any]) -> dict[str, Any]:
        answer = self.client.post(path, json=body, headers={"Idempotency-Key": str(uuid.uuid4())})
        _expect(answer, 200, 201)
        found: dict[str, Any] = answer.json()
        return found


@contextmanager
def claims_service(*, policies: int) -> Iterator[ClaimsService]:
    """Chain, database and server, with workers at their work."""
    with claims_stack(policies=policies) as stack, private_database() as (database, folder):
        with database.every_tenant() as session:
            insurer = tenants.add(session, name="Measured", slug="measured", insurer_address=None, now=wall_clock())
        port = free_port()
        url, keys = f"http://127.0.0.1:{port}", folder / "keys.json"
        # Nodes look where the rehearsal's own store would be: now that is the backend.
        stack.store.url = url
        stack.store.key = add_operator_key(
            keys, tenant_id=insurer.tenant_id, roles=[Role.ORACLE_NODE], scopes=["evidence.*"]
        )
        tokens = KnownTokens(OperatorKeys.load(keys))
        with _serving(_services(stack, database, folder, tokens), port):
            yield ClaimsService(stack, url, insurer.tenant_id, tokens)


@contextmanager
def nodes_reading(service: ClaimsService, *, confirmations: int = CONFIRMATIONS) -> Iterator[None]:
    """Four nodes as processes, which read evidence from the service and report on claims."""
    nodes = prepare_nodes(service.stack)
    settings = {**SETTINGS, "confirmations": confirmations}
    write_network(service.stack, nodes, {node.number: node.url for node in nodes}, settings=settings)
    with running(nodes):
        yield


def _services(stack: Stack, database: Database, folder: Path, tokens: KnownTokens) -> ServiceSet:
    insurer = stack.insurer
    settings = Settings(
        deployment=insurer.folder / "deployment.json", home=folder, frontend_dir=folder / "dist",
        confirmations=CONFIRMATIONS,
    )  # fmt: skip
    vault, server_key = Vault(HeldKeys.of(secrets.token_bytes(32))), ServerKey(secrets.token_bytes(32))
    generous = Rate(10_000, 10_000)
    services = ServiceSet(
        settings, database, insurer.deployment, insurer.rpc, RehearsalNodes([], World()),
        Documents(insurer.folder / "documents"), None, vault, server_key=server_key,
        limits=RateLimits(database, per_address=generous, per_principal=generous), authenticator=tokens,
        custody=open_custody(vault, database, insurer.deployment, insurer.rpc, wall_clock),
        evidence=open_evidence(vault, server_key, ClaimCases(), wall_clock),
    )  # fmt: skip
    return replace(services, claims=open_claims(services))


@contextmanager
def _serving(services: ServiceSet, port: int) -> Iterator[None]:
    configure_logs()
    payer = account("claims relayer")
    give_gas_money(services.rpc, payer.address)
    application = create_app(services, make_workers(services, payer))
    server = uvicorn.Server(
        uvicorn.Config(application, port=port, log_level="warning", access_log=False, timeout_graceful_shutdown=3)
    )
    thread = threading.Thread(target=server.run, name="claims service", daemon=True)
    thread.start()
    try:
        deadline = time.monotonic() + START_SECONDS
        while not server.started:
            if not thread.is_alive() or time.monotonic() > deadline:
                raise ServiceFailed(f"the server on port {port} did not start")
            time.sleep(0.05)
        yield
    finally:
        server.should_exit = True
        thread.join(timeout=START_SECONDS)


def _expect(answer: httpx.Response, *statuses: int) -> None:
    if answer.status_code not in statuses:
        raise ServiceFailed(
            f"{answer.request.method} {answer.request.url.path}: {answer.status_code} {answer.text[:400]}"
        )
