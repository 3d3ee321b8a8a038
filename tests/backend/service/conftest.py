"""Service over HTTP: a real database with its walls, a real vault, people known by a header."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast
from uuid import UUID

import pytest
from fastapi import Request
from fastapi.testclient import TestClient
from sqlalchemy import select

from backend.access.principal import Principal, PrincipalKind
from backend.access.roles import Role
from backend.chain.nodes import OracleNodes
from backend.config import Settings
from backend.database import Database
from backend.dependencies import ServiceSet
from backend.main import create_app
from backend.notices.kinds import Language
from backend.notices.models import NoticeRow
from backend.notices.ports import Contact
from backend.notices.vault_records import VaultRecords
from backend.opening import make_limits
from backend.products.service import Documents
from backend.service.desk import ServiceDesk
from backend.service.opening import make_desk
from backend.underwriting.desk import UnderwritingDesk
from backend.underwriting.ports import Shelf, Transactions
from backend.vault.keys import HeldKeys
from backend.vault.sealing import Vault
from ledger.deployment import Deployment
from ledger.rpc import Rpc
from tests.backend.api import SERVER_KEY
from tests.backend.notices.office import TENANT, Clock, People
from tests.backend.notices.office import desk as notice_desk

ELSEWHERE = UUID(int=2)
ADA, BEN, CLERK, OTHER_CLERK, JUNIOR, BOSS, AUDITOR, STRANGER, INSURED_BOSS, INSURED_CLERK = (
    UUID(int=n) for n in range(0x301, 0x30B)
)
ROLES = {
    ADA: Role.POLICYHOLDER, BEN: Role.POLICYHOLDER, CLERK: Role.CUSTOMER_SERVICE, OTHER_CLERK: Role.CUSTOMER_SERVICE,
    JUNIOR: Role.JUNIOR_UNDERWRITER, BOSS: Role.ADMINISTRATOR, AUDITOR: Role.AUDITOR, STRANGER: Role.CUSTOMER_SERVICE,
    INSURED_BOSS: Role.ADMINISTRATOR, INSURED_CLERK: Role.CUSTOMER_SERVICE,
}  # fmt: skip
MORE = {INSURED_BOSS: (Role.POLICYHOLDER,), INSURED_CLERK: (Role.POLICYHOLDER,)}
"""Staff who are customers too."""
WORDS = "My claim takes too long, says Ada Example."
_keys = itertools.count()


def who(person: UUID) -> Principal:
    tenant = ELSEWHERE if person == STRANGER else TENANT
    return Principal(PrincipalKind.PERSON, person, tenant, frozenset({ROLES[person], *MORE.get(person, ())}))


class ByHeader:
    """Knows people by a header the test sends."""

    def authenticate(self, request: Request) -> Principal:
        name = request.headers.get("x-test-person")
        return who(UUID(name)) if name else Principal.anonymous()


@dataclass
class Counter:
    """The counter of an insurer's service, asked as somebody."""

    client: TestClient
    database: Database
    desk: ServiceDesk
    clock: Clock

    def ask(self, method: str, path: str, by: UUID | None, body: Any = None, **headers: str) -> Any:
        headers |= {"Idempotency-Key": f"service-key-{next(_keys)}"} | ({"X-Test-Person": str(by)} if by else {})
        return self.client.request(method, f"/v1{path}", json=body, headers=headers)

    def take(self, path: str, by: UUID, body: Any = None) -> dict[str, Any]:
        answer = self.ask("POST", path, by, body)
        assert answer.status_code in (200, 201), answer.text
        found: dict[str, Any] = answer.json()
        return found

    def opened(self, kind: str = "complaints", by: UUID = ADA, **more: object) -> int:
        return int(self.take(f"/{kind}", by, {"topic": "claim", "words": WORDS, **more})["matter_id"])

    def answered(self, by: UUID = ADA) -> int:
        matter_id = self.opened(by=by)
        self.take(f"/complaints/{matter_id}/acknowledgement", CLERK)
        self.take(f"/complaints/{matter_id}/answer", CLERK, {"outcome": "upheld", "words": "We were slow."})
        return matter_id

    def notices(self, kind: str) -> list[NoticeRow]:
        with self.database.every_tenant() as session:
            return list(session.scalars(select(NoticeRow).where(NoticeRow.kind == kind).order_by(NoticeRow.subject)))


@pytest.fixture
def counter(database: Database, tmp_path: Path) -> Iterator[Counter]:
    clock, vault = Clock(), Vault(HeldKeys.of(b"v" * 32))
    people = People({each: Contact(f"Person {each.int}", Language.EN, f"p{each.int}@example.org") for each in ROLES})
    records = VaultRecords(vault)
    office = UnderwritingDesk(
        records, records, notice_desk(people, records, clock), cast(OracleNodes, None), cast(Shelf, None),
        cast(Transactions, None), clock, 1,
    )  # fmt: skip
    settings = Settings(deployment=tmp_path / "deployment.json", frontend_dir=tmp_path / "dist")
    services = ServiceSet(
        settings, database, Deployment(1, 0, "0x00", "http://127.0.0.1:9", {}, ()), Rpc("http://127.0.0.1:9"),
        cast(OracleNodes, None), Documents(tmp_path), None, vault, server_key=SERVER_KEY,
        limits=make_limits(settings, database), authenticator=ByHeader(), underwriting=office, clock=clock,
    )  # fmt: skip
    desk = make_desk(services)
    assert desk is not None
    with TestClient(create_app(services, []), raise_server_exceptions=False) as client:
        yield Counter(client, database, desk, clock)
