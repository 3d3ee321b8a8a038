"""Asks for every operation of the API as every role: what is answered that docs/access-api.md does not say?"""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final
from uuid import UUID, uuid4

from fastapi import Request
from fastapi.testclient import TestClient
from sqlalchemy import text

from backend.acceptances.repository import BindIntent, add_intents
from backend.access.authoriser import Authoriser
from backend.access.principal import Principal, PrincipalKind
from backend.access.rates import Rate, RateLimits
from backend.access.roles import Role
from backend.chain.nodes import HttpNodes
from backend.config import Settings
from backend.database import Database
from backend.dependencies import ServiceSet
from backend.fields import word_hex
from backend.http.server_key import ServerKey
from backend.identity.opening import open_desk
from backend.main import create_app
from backend.products.service import Documents
from backend.quotes.repository import Batch, SignedQuote, add_batch
from domain.money import Ppb, TokenUnits
from domain.reports import Assessment, Quote, RiskReport
from ledger.atomic_file import write_atomically
from ledger.deployment import Deployment
from ledger.rpc import Rpc
from scripts.access_table import ALL, COLLEAGUE, ELSEWHERE, HOME, NONE, NOW, OWN, SELF, STRANGER, Line, asker

_PLENTY: Final = Rate(1_000_000, 1_000_000)
_NO_ADDRESS: Final = "0x" + "00" * 20
_BY_SESSION: Final = "sessions."
_OWNERS: Final = {"own": (HOME, SELF), "a colleague's": (HOME, COLLEAGUE), "a foreign": (ELSEWHERE, STRANGER)}
Row = Mapping[str, str]


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
    rows = _rows(database)
    with TestClient(create_app(services, []), raise_server_exceptions=False) as client:
        for line in expected:
            for who, cell, principal in _askers(line):
                told.principal = principal
                for whose, row in rows.get(line.operation, {"no": {}}).items():
                    found.requests += 1
                    status, code = _ask(client, line, row)
                    _judge(found, f"{line.operation} as {who} on {whose} row", line, (cell, whose), (status, code))
    return found


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


def _judge(found: Trial, what: str, line: Line, said: tuple[str, str], answered: tuple[int, str]) -> None:
    (cell, whose), (status, code) = said, answered
    shown = f"{what}: {status} {code}".strip()
    if status == 500:
        found.faults.append(shown)
    elif cell == NONE:
        if status not in (401, 403):
            found.leaks.append(shown)
    elif status in (401, 403):
        if line.operation.startswith(_BY_SESSION) and code == "unauthenticated":
            return  # let in, and then asked for the session itself, which the trial has none of
        found.refusals.append(shown)
    elif not line.public and (whose == "a foreign" or (whose == "a colleague's" and cell == OWN)):
        if status != 404:
            found.leaks.append(shown)
    elif whose != "no" and cell in (ALL, OWN) and status != 200:
        found.refusals.append(shown)


def _ask(client: TestClient, line: Line, row: Row) -> tuple[int, str]:
    path = re.sub(r"{(\w+)(:\w+)?}", lambda match: row.get(match[1]) or _made_up(match[1]), line.path)
    # The stream would never end: asked wrongly it answers, and only after its door.
    query = {"after": "-1"} if line.operation == "events.stream" else {}
    body: Any = {} if line.method in ("POST", "PUT", "PATCH") else None
    headers = {"Idempotency-Key": str(uuid4())}
    response = client.request(line.method, path, params=query, json=body, headers=headers)
    told = response.content and response.headers.get("content-type", "").endswith("problem+json")  # HEAD tells nothing
    code = response.json().get("code", "") if told else ""
    return response.status_code, code


def _made_up(name: str) -> str:
    if name == "address":
        return _NO_ADDRESS
    return str(UUID(int=7)) if name in ("intent_id",) else word_hex(7)


def _rows(database: Database) -> dict[str, dict[str, Row]]:
    """A quote and its acceptance for each owner, as each would have written them."""
    quotes: dict[str, Row] = {}
    acceptances: dict[str, Row] = {}
    for number, (whose, (tenant, person)) in enumerate(_OWNERS.items(), start=1):
        owner = Principal(PrincipalKind.PERSON, person, tenant, frozenset({Role.POLICYHOLDER}))
        intent = BindIntent(UUID(int=number), number, b"\x00" * 65, None, "accepted", 0)
        with database.scoped(owner) as session:
            add_batch(session, *_batch(number))
            add_intents(session, [intent])
        quotes[whose] = {"quote_id": word_hex(number)}
        acceptances[whose] = {"intent_id": str(intent.intent_id)}
    return {"quotes.read": quotes, "acceptances.read": acceptances}


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
        for tenant, person in _OWNERS.values():
            session.execute(
                text(
                    "INSERT INTO people (person_id, tenant_id, email_lookup, email_sealed, name_sealed, language,"
                    " created_at) VALUES (:p, :t, :l, :e, :n, 'en', 0)"
                ),
                {
                    "p": person,
                    "t": tenant,
                    "l": person.bytes,
                    "e": data.seal(f"people/{tenant}/{person}/email", b"somebody@example.org"),
                    "n": data.seal(f"people/{tenant}/{person}/name", b"Somebody"),
                },
            )


def _batch(number: int) -> tuple[Batch, list[SignedQuote]]:
    quote = Quote(number, _NO_ADDRESS, _NO_ADDRESS, "flight/x", NOW, TokenUnits(2), TokenUnits(1), NOW)
    assessment = Assessment(number, number, NOW, Ppb(1), TokenUnits(2), b"\x00" * 32)
    report = RiskReport(31337, _NO_ADDRESS, 1, NOW, NOW, b"\x00" * 32, (assessment,))
    return Batch(report, ()), [SignedQuote(quote, assessment, b"\x00" * 65, 0, _NO_ADDRESS)]


def _services(database: Database, folder: Path, told: Told, authoriser: Authoriser) -> ServiceSet:
    names = ("AccessManager", "OracleQuorum", "ParametricProduct", "ProductFactory", "TestStablecoin", "Treasury")
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
    return ServiceSet(
        settings, database, deployment, rpc, HttpNodes((), timeout_seconds=1),
        Documents(folder / "documents"), server_key=ServerKey(b"t" * 32), authenticator=told, authoriser=authoriser,
        limits=RateLimits(database, per_address=_PLENTY, per_principal=_PLENTY), clock=lambda: NOW,
        identity=open_desk(settings, database, rpc, deployment.chain_id, lambda: NOW),
    )  # fmt: skip
