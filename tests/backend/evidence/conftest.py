"""The API over a real database, with a case book in memory and a clock set by hand. No chain is asked."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from fastapi import FastAPI, Request
from fastapi.testclient import TestClient
from sqlalchemy import text

from backend.access.principal import Principal
from backend.access.rates import Rate, RateLimits
from backend.access.roles import Role
from backend.chain.nodes import HttpNodes
from backend.config import Settings
from backend.custody.ports import DeployedContracts
from backend.custody.service import CustodyDesk
from backend.database import Database
from backend.dependencies import ServiceSet
from backend.evidence import service
from backend.evidence.desk import EvidenceDesk
from backend.evidence.records import SealedDossier
from backend.http.server_key import ServerKey
from backend.main import create_app
from backend.products.service import Documents
from ledger.deployment import Deployment
from ledger.rpc import Rpc
from tests.backend.conftest import database_from_template
from tests.backend.evidence.cases import FACTS, Cases, make_desk
from tests.backend.vault_room import ADA_HERSELF, TENANT, Clock, staff

PLENTY = Rate(100_000, 100_000)
ADJUSTER = staff(Role.ADJUSTER)
PDF = b"%PDF-1.7\n" + bytes(range(256)) * 40


class Known:
    """Takes everybody for whom the test says."""

    def __init__(self) -> None:
        self.principal = ADA_HERSELF

    def authenticate(self, _request: Request) -> Principal:
        return self.principal


@dataclass
class House:
    """The application and what a test can turn."""

    client: TestClient
    app: FastAPI
    database: Database
    desk: EvidenceDesk
    cases: Cases
    clock: Clock
    known: Known

    def create(
        self, case_id: UUID, content: bytes, *, name: str = "bill.pdf", kind: str = "application/pdf",
        sha256: str | None = None, length: int | None = None,
    ) -> Any:  # fmt: skip
        told = {"filename": name, "filetype": kind, "sha256": sha256 or hashlib.sha256(content).hexdigest()}
        metadata = ",".join(f"{key} {base64.b64encode(value.encode()).decode()}" for key, value in told.items())
        headers = {"Upload-Length": str(len(content) if length is None else length), "Upload-Metadata": metadata}
        return self.request("POST", f"/v1/cases/{case_id}/evidence-uploads", headers)

    def begin(self, case_id: UUID, content: bytes, **told: Any) -> str:
        made = self.create(case_id, content, **told)
        assert made.status_code == 201, made.text
        location: str = made.headers["location"]
        return location

    def append(self, location: str, content: bytes, offset: int = 0, **headers: str) -> Any:
        told = {"Upload-Offset": str(offset), "Content-Type": "application/offset+octet-stream"}
        return self.request("PATCH", location, told | headers, content)

    def upload(self, case_id: UUID, content: bytes = PDF, **told: Any) -> UUID:
        location = self.begin(case_id, content, **told)
        done = self.append(location, content)
        assert done.status_code == 204, done.text
        return UUID(location.rpartition("/")[2])

    def request(self, method: str, path: str, headers: dict[str, str] | None = None, content: Any = None) -> Any:
        return self.client.request(method, path, headers={"Tus-Resumable": "1.0.0"} | (headers or {}), content=content)

    def get(self, path: str, who: Principal | None = None) -> Any:
        before, self.known.principal = self.known.principal, who or self.known.principal
        found = self.client.get(path)
        self.known.principal = before
        return found

    def seal(self, case_id: UUID, who: Principal = ADA_HERSELF) -> SealedDossier:
        with self.database.scoped(who) as session:
            return service.seal(session, self.desk, who, case_id, FACTS)

    def attach(self, case_id: UUID, claim_id: int, root: bytes | None = None) -> None:
        worker = Principal.worker(TENANT)
        with self.database.scoped(worker) as session:
            service.attach_claim(session, self.desk, worker, case_id, claim_id, evidence_root=root)

    def rows(self, query: str, **values: Any) -> list[Any]:
        with self.database.every_tenant() as session:
            return list(session.execute(text(query), values))


@pytest.fixture(scope="module")
def opened_house(template: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with database_from_template(template) as database:
        found = _open(database, tmp_path_factory.mktemp("house"))
        with found.client:
            yield found


@pytest.fixture
def house(opened_house: House) -> House:
    """The house with Ada at its door."""
    opened_house.known.principal = ADA_HERSELF
    return opened_house


def _open(database: Database, folder: Path) -> House:
    names = ("AccessManager", "ClaimsDesk", "OracleQuorum", "ProductFactory", "TestStablecoin", "Treasury")
    contracts = {name: f"0x{number:040x}" for number, name in enumerate(names, start=17)}
    deployment = Deployment(
        chain_id=31337, rpc_url="http://127.0.0.1:1", block_number=0, block_hash="0x" + "00" * 32, contracts=contracts
    )
    deployment.save(folder / "deployment.json")
    settings = Settings(deployment=folder / "deployment.json", frontend_dir=folder / "dist")
    desk, cases, clock = make_desk(folder)
    known, rpc = Known(), Rpc(deployment.rpc_url, timeout_seconds=1)
    services = ServiceSet(
        settings, database, deployment, rpc, HttpNodes((), timeout_seconds=1), Documents(folder / "documents"),
        vault=desk.vault, server_key=ServerKey(b"s" * 32), authenticator=known, clock=clock, evidence=desk,
        limits=RateLimits(database, per_address=PLENTY, per_principal=PLENTY),
        custody=CustodyDesk(desk.vault, DeployedContracts(deployment, rpc), database, clock),
    )  # fmt: skip
    app = create_app(services, [])
    return House(TestClient(app, raise_server_exceptions=False), app, database, desk, cases, clock, known)
