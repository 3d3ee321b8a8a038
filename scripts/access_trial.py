"""Asks for every operation of the API as every role: what is answered that docs/access-api.md does not say?"""

from __future__ import annotations

import re
import secrets
from base64 import b64encode
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import Any, Final
from uuid import UUID, uuid4

from fastapi import Request
from fastapi.testclient import TestClient
from sqlalchemy import text

from backend.access.authoriser import Authoriser
from backend.access.principal import Principal, PrincipalKind
from backend.access.rates import Rate, RateLimits
from backend.access.roles import Role
from backend.chain.nodes import HttpNodes
from backend.claims.casebook import ClaimCases
from backend.claims.opening import open_claims
from backend.config import Settings
from backend.custody.opening import open_custody
from backend.database import Database
from backend.dependencies import ServiceSet
from backend.evidence.opening import open_evidence
from backend.fields import word_hex
from backend.http.server_key import ServerKey
from backend.identity.opening import open_desk
from backend.main import create_app, describe
from backend.products.service import Documents
from backend.underwriting.staffing import open_underwriting
from backend.vault.keys import HeldKeys
from backend.vault.sealing import Vault
from ledger.atomic_file import write_atomically
from ledger.deployment import Deployment
from ledger.rpc import Rpc
from scripts.access_accounts_stock import address_of
from scripts.access_shelf import COLLEAGUES_ROW, FOREIGN_ROW, OWN_ROW, OWNERS, SECOND_FOREIGN_ROW, Row
from scripts.access_stock import Stocked, make_rows
from scripts.access_table import ALL, ELSEWHERE, HOME, NONE, NOW, OWN, SELF, Line, asker

_PLENTY: Final = Rate(1_000_000, 1_000_000)
_NO_ADDRESS: Final = "0x" + "00" * 20
_BY_SESSION: Final = "sessions."
_NO_ROW: Final = "no"
_READING: Final = ("GET", "HEAD")
_TUS: Final = {
    "Tus-Resumable": "1.0.0", "Upload-Offset": "0", "Upload-Length": "10",
    "Upload-Metadata": "filename YS5wZGY=,filetype YXBwbGljYXRpb24vcGRm,sha256 " + b64encode(b"00" * 32).decode(),
    "Content-Type": "application/offset+octet-stream",
}  # fmt: skip
"""What uploads are asked with."""


@dataclass(slots=True)
class Trial:
    """How many requests there were; what was answered that should not have been; what was refused that should not."""

    operations: int = 0
    requests: int = 0
    leaks: list[str] = field(default_factory=list)
    refusals: list[str] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)


class Told:
    """Takes everybody for whom the trial says."""

    def __init__(self) -> None:
        self.principal = Principal.anonymous()

    def authenticate(self, _request: Request) -> Principal:
        """Whoever it is now."""
        return self.principal


def try_api(database: Database, folder: Path, expected: Sequence[Line], authoriser: Authoriser) -> Trial:
    """Ask for every operation as every role, a visitor and a key without its scope, for own and others' rows.

    The chain is not there: what needs it answers 503, which is as good as an answer to somebody who was let in.
    """
    found, told = Trial(operations=len(expected)), Told()
    services = _services(database, folder, told, authoriser)
    _people(database, services)
    stocked, bodies = make_rows(services), _bodies()
    with TestClient(create_app(services, []), raise_server_exceptions=False) as client:
        for line in expected:
            for who, cell, principal in _askers(line):
                told.principal = principal
                for whose, row in _rows_for(stocked, line, cell).items():
                    found.requests += 1
                    asked = _Asked(f"{line.operation} as {who} on {whose} row", line, principal, cell, whose, row)
                    answer = _ask(client, asked, bodies)
                    _judge(found, asked, answer)
                    _look_for(found, asked, answer, stocked)
    return found


def _rows_for(stocked: Stocked, line: Line, cell: str) -> Mapping[str, Row]:
    """Whose rows are asked for. What writes gets none that it may write on: those after it need them as they are."""
    rows = stocked.rows.get(line.operation)
    if rows is None:
        return {_NO_ROW: Row({})}
    if cell == NONE:  # refused at the door, whatever the row; an own one would show most, if it was not
        whose = OWN_ROW if line.method in _READING else FOREIGN_ROW
        return {whose: rows[whose]}
    untouched = frozenset[str]()
    if line.method not in _READING:
        untouched = frozenset({OWN_ROW} if cell == OWN else {OWN_ROW, COLLEAGUES_ROW})
    return {whose: row for whose, row in rows.items() if whose not in untouched | {SECOND_FOREIGN_ROW}}


_BODIES: Final[dict[str, Any]] = {
    "objections.correct": {"statements": {}, "decision": {"verdict": "accept"}, "reason": "seen"},
    "underwriting.decide": {"verdict": "accept", "reason": "seen"},
    "webhooks.change": {"description": "Claims desk"},
}
"""Where what the page shows, a value of each field, is not sense."""


@cache
def _bodies() -> dict[str, Any]:
    """What is sent, by operation: the page's own examples."""
    found: dict[str, Any] = {}
    for methods in describe()["paths"].values():
        for operation in methods.values():
            content = operation.get("requestBody", {}).get("content", {})
            found[operation["operationId"]] = content.get("application/json", {}).get("example", {})
    return found | _BODIES


def _askers(line: Line) -> Iterator[tuple[str, str, Principal]]:
    subject = line.operation.partition(".")[0]
    for role in Role:
        yield role.value, line.cells[role.value], asker(role, scopes=[f"{subject}.*"])
    nothing = "public" if line.public else NONE
    yield "visitor", nothing, Principal.anonymous()
    # All roles at once but those that take something away.
    everything = frozenset(Role) - {Role.AUDITOR, Role.MAINTENANCE_ENGINEER, Role.ORACLE_NODE}
    key = Principal(PrincipalKind.MACHINE, SELF, HOME, everything, frozenset({"other.read"}))
    yield "a key without the scope", nothing, key
    if line.strong:
        yield "somebody without a second factor", NONE, Principal(PrincipalKind.PERSON, SELF, HOME, everything)


@dataclass(frozen=True, slots=True)
class _Asked:
    """One request. `cell` is what the page says of it."""

    what: str
    line: Line
    principal: Principal
    cell: str
    whose: str
    row: Row


@dataclass(frozen=True, slots=True)
class _Answer:
    """What came back; `code` of a problem."""

    status: int
    code: str
    text: str


def _judge(found: Trial, asked: _Asked, answer: _Answer) -> None:
    line, cell, whose, status = asked.line, asked.cell, asked.whose, answer.status
    shown = f"{asked.what}: {status} {answer.code}".strip()
    if status == 500:
        found.faults.append(shown)
    elif cell == NONE:
        if status not in (401, 403):
            found.leaks.append(shown)
    elif cell == OWN and whose == COLLEAGUES_ROW and not asked.principal.own_only and status == 403:
        return  # staff, whom the database shows the row and the policies refuse it
    elif status in (401, 403):
        if line.operation.startswith(_BY_SESSION) and answer.code == "unauthenticated":
            return  # let in, and then asked for the session itself, which the trial has none of
        if answer.code not in asked.row.answers:
            found.refusals.append(shown)
    elif not line.public and (whose == FOREIGN_ROW or (whose == COLLEAGUES_ROW and cell == OWN)):
        if status != 404:
            found.leaks.append(shown)
    elif whose != _NO_ROW and cell in (ALL, OWN) and status != 200 and answer.code not in asked.row.answers:
        found.refusals.append(shown)


def _look_for(found: Trial, asked: _Asked, answer: _Answer, stocked: Stocked) -> None:
    """Ids of rows that are not the asker's to see, in whatever was answered: in lists, too. Those have to show own
    rows, so that what they hide shows."""
    if answer.status >= 400 or asked.line.public:
        return
    hidden = {FOREIGN_ROW, SECOND_FOREIGN_ROW} | ({COLLEAGUES_ROW} if asked.cell == OWN else set())
    for whose in sorted(hidden):
        if any(mark in answer.text for mark in stocked.marks[whose]):
            found.leaks.append(f"{asked.what}: {whose} row is in the answer")
    listed = stocked.listed.get(asked.line.operation, {})
    if listed and not any(mark in answer.text for mark in listed[OWN_ROW]):
        found.refusals.append(f"{asked.what}: the own row is not in the list")


def _ask(client: TestClient, asked: _Asked, bodies: Mapping[str, Any]) -> _Answer:
    line, row = asked.line, asked.row
    path = re.sub(r"{(\w+)(:\w+)?}", lambda match: row.path.get(match[1]) or _made_up(match[1]), line.path)
    # The stream would never end: asked wrongly it answers, and only after its door.
    query = {"after": "-1"} if line.operation == "events.stream" else dict(row.query)
    body: Any = None
    if line.method not in (*_READING, "DELETE"):
        # To a row that is not to be reached, what would be done to it; of nothing in particular, nothing that could be.
        body = {} if asked.whose == _NO_ROW else bodies[line.operation]
    headers = {"Idempotency-Key": str(uuid4()), "If-Match": '"1"', **(_TUS if "evidence" in line.path else {})}
    response = client.request(line.method, path, params=query, json=body, headers=headers)
    told = response.content and response.headers.get("content-type", "").endswith("problem+json")  # HEAD tells nothing
    code = response.json().get("code", "") if told else ""
    return _Answer(response.status_code, code, response.text)


def _made_up(name: str) -> str:
    if name == "address":
        return _NO_ADDRESS
    return str(UUID(int=7)) if name in ("intent_id",) else word_hex(7)


def _people(database: Database, services: ServiceSet) -> None:
    """The insurers and the persons who ask."""
    assert services.identity is not None
    data = services.identity.data
    with database.every_tenant() as session:
        for tenant in (HOME, ELSEWHERE):
            session.execute(
                text("INSERT INTO tenants (tenant_id, name, slug, created_at) VALUES (:t, :s, :s, 0)"),
                {"t": tenant, "s": f"insurer-{tenant.int}"},
            )
        for tenant, person in OWNERS.values():
            session.execute(
                text(
                    "INSERT INTO people (person_id, tenant_id, email_lookup, email_sealed, name_sealed, language,"
                    " created_at) VALUES (:p, :t, :l, :e, :n, 'en', 0)"
                ),
                {
                    "p": person,
                    "t": tenant,
                    "l": person.bytes,
                    "e": data.seal(f"people/{tenant}/{person}/email", address_of(person).encode()),
                    "n": data.seal(f"people/{tenant}/{person}/name", b"Somebody"),
                },
            )


def _services(database: Database, folder: Path, told: Told, authoriser: Authoriser) -> ServiceSet:
    names = (
        "AccessManager",
        "ClaimsDesk",
        "ClaimsLens",
        "DisputePanel",
        "IndemnityProduct",
        "OracleQuorum",
        "ParametricProduct",
        "ProductFactory",
        "TestStablecoin",
        "Treasury",
    )
    contracts = {name: f"0x{number:040x}" for number, name in enumerate(names, start=17)}
    deployment = Deployment(
        chain_id=31337, rpc_url="http://127.0.0.1:1", block_number=0, block_hash="0x" + "00" * 32, contracts=contracts
    )
    deployment.save(folder / "deployment.json")
    write_atomically(folder / "identity.key", secrets.token_hex(32), mode=0o600)
    settings = Settings(
        deployment=folder / "deployment.json", frontend_dir=folder / "dist", identity_key_file=folder / "identity.key"
    )
    rpc = Rpc(deployment.rpc_url, timeout_seconds=1)
    vault, key = Vault(HeldKeys.of(b"v" * 32), clock=lambda: NOW), ServerKey(b"t" * 32)
    services = ServiceSet(
        settings, database, deployment, rpc, HttpNodes((), timeout_seconds=1),
        Documents(folder / "documents"), vault=vault, server_key=key,
        authenticator=told, authoriser=authoriser,
        limits=RateLimits(database, per_address=_PLENTY, per_principal=_PLENTY), clock=lambda: NOW,
        identity=open_desk(settings, database, rpc, deployment.chain_id, lambda: NOW),
        custody=open_custody(vault, database, deployment, rpc, lambda: NOW),
        evidence=open_evidence(vault, key, ClaimCases(), lambda: NOW),
    )  # fmt: skip
    services = replace(services, underwriting=open_underwriting(services))
    return replace(services, claims=open_claims(services))
