"""The backend's claims over HTTP on a chain of its own: a real server, a real database, and nodes that read from it.

with claims_service(policies=2) as service, nodes_reading(service):
    client = service.claimant(0)
    case_id = client.hand_in_case()

Servers are the processes an operator starts, and people are signed in as the database has it.
"""

from __future__ import annotations

import base64
import hashlib
import random
import time
import uuid
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import httpx
from eth_account.signers.local import LocalAccount

from backend.access.operator_keys import add_operator_key
from backend.access.roles import Role
from backend.config import Settings
from backend.database import Database
from backend.dependencies import wall_clock
from backend.identity.desk import Desk
from backend.identity.grants import service as grants
from backend.identity.grants.service import Asked
from backend.identity.opening import open_desk
from backend.identity.people import service as people
from backend.identity.personal_data import make_identity_key
from backend.identity.sessions import service as sessions
from backend.identity.wallets import service as wallets
from backend.tenants import service as tenants
from backend.vault.key_files import make_key_file
from ledger.typed_data import sign_digest
from scripts.anvil import chain_time, give_gas_money
from scripts.claims_rehearsal.evidence import Kind, make_case
from scripts.claims_rehearsal.nodes import prepare_nodes, write_network
from scripts.claims_rehearsal.stack import Stack, claims_stack
from scripts.figures.crash import BackendProcess, sealed_account
from scripts.figures.idempotency import UNHURRIED
from scripts.figures.private_database import private_database
from scripts.oracle_nodes import SETTINGS, running
from scripts.rehearsal import account

CONFIRMATIONS: Final = 5
PATIENCE_SECONDS: Final = 120.0
DAY: Final = 86_400
TUS: Final = {"Tus-Resumable": "1.0.0"}


class ServiceFailed(RuntimeError):
    """The service did not do what is measured; says what it answered."""


@dataclass
class ClaimsService:
    """A server and who may ask it. `folder` is its home: database (`pgdata`), log, keys."""

    stack: Stack
    url: str
    tenant_id: uuid.UUID
    desk: Desk
    database: Database
    folder: Path
    chance: random.Random = field(default_factory=lambda: random.Random(1))

    def claimant(self, number: int) -> Claimant:
        """The holder of a policy, signed in with the wallet that holds it."""
        policy = self.stack.policies[number]
        key = account(policy.holder)
        token = _signed_in(self.desk, self.tenant_id, f"holder{number}@example.org", key.address)
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


def _signed_in(desk: Desk, tenant_id: uuid.UUID, email: str, address: str) -> str:
    """The token of a new session of somebody new, opened by their wallet."""
    roles = frozenset({Role.POLICYHOLDER})
    with desk.tenant_scope(tenant_id) as session:
        person = people.add(session, desk, tenant_id, email=email, name="Ada Example", language="en")
        grants.make_by_operator(session, tenant_id, Asked(person, Role.POLICYHOLDER), now=desk.clock())
        wallets.link(session, desk, tenant_id, person, address)
        opened = sessions.open_new(
            session, desk, tenant_id, person, sessions.Method.WALLET, roles=roles, pending=False, strong_at=None,
            address=address,
        )  # fmt: skip
    return opened.token


@contextmanager
def claims_service(
    *, policies: int, apart: bool = False, extra: Mapping[str, str] | None = None
) -> Iterator[ClaimsService]:
    """Chain, database and server, with workers at their work.

    Args:
        apart: Requests are answered by one process, and workers have another.
        extra: Settings besides.
    """
    with claims_stack(policies=policies) as stack, private_database() as (database, folder), ExitStack() as running_too:
        with database.every_tenant() as session:
            insurer = tenants.add(session, name="Measured", slug="measured", insurer_address=None, now=wall_clock())
        told = _told(stack, database, folder, insurer.tenant_id) | dict(extra or {})
        answering = BackendProcess(folder, told, *(["--no-workers"] if apart else []))
        for process in [answering, BackendProcess(folder, told)] if apart else [answering]:
            running_too.callback(process.stop)
            process.start()
        # Nodes look where the rehearsal's own store would be: now that is the backend.
        stack.store.url = answering.url
        stack.store.key = (folder / "node.key").read_text("ascii")
        desk = _desk(stack, database, folder)
        yield ClaimsService(stack, answering.url, insurer.tenant_id, desk, database, folder)


@contextmanager
def nodes_reading(service: ClaimsService, *, confirmations: int = CONFIRMATIONS) -> Iterator[None]:
    """Four nodes as processes, which read evidence from the service and report on claims."""
    nodes = prepare_nodes(service.stack)
    settings = {**SETTINGS, "confirmations": confirmations}
    write_network(service.stack, nodes, {node.number: node.url for node in nodes}, settings=settings)
    with running(nodes):
        yield


def _told(stack: Stack, database: Database, folder: Path, tenant_id: uuid.UUID) -> dict[str, str]:
    """What the processes are told. A node's key is made for this insurer, and lies in `node.key`."""
    insurer, payer = stack.insurer, account("claims relayer")
    give_gas_money(insurer.rpc, payer.address)
    keystore, password = sealed_account(folder, payer, "relayer")
    make_key_file(folder / "vault.key")
    make_identity_key(folder / "identity.key")
    key = add_operator_key(folder / "keys.json", tenant_id=tenant_id, roles=[Role.ORACLE_NODE], scopes=["evidence.*"])
    (folder / "node.key").write_text(key, "ascii")
    return UNHURRIED | {
        "QUITTANCE_HOME": str(folder), "QUITTANCE_DATABASE_URL": database.url,
        "QUITTANCE_DEPLOYMENT": str(insurer.folder / "deployment.json"),
        "QUITTANCE_CONFIRMATIONS": str(CONFIRMATIONS),
        "QUITTANCE_RELAYER_KEYSTORE": str(keystore), "QUITTANCE_RELAYER_PASSWORD_FILE": str(password),
        "QUITTANCE_VAULT_KEY_FILE": str(folder / "vault.key"), "QUITTANCE_OPERATOR_KEY_FILE": str(folder / "keys.json"),
        "QUITTANCE_IDENTITY_KEY_FILE": str(folder / "identity.key"),
    }  # fmt: skip


def _desk(stack: Stack, database: Database, folder: Path) -> Desk:
    settings = Settings(identity_key_file=folder / "identity.key")
    desk = open_desk(settings, database, stack.insurer.rpc, stack.insurer.deployment.chain_id, wall_clock)
    if desk is None:
        raise ServiceFailed("identity has no key")
    return desk


def _expect(answer: httpx.Response, *statuses: int) -> None:
    if answer.status_code not in statuses:
        raise ServiceFailed(
            f"{answer.request.method} {answer.request.url.path}: {answer.status_code} {answer.text[:400]}"
        )
