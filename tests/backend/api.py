"""A client of the API over a real database and chain, with nodes played in the same process."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

from fastapi.testclient import TestClient

from backend.access.operator_keys import OperatorKeys, add_operator_key
from backend.access.roles import Role
from backend.chain.nodes import OracleNodes
from backend.config import Settings
from backend.dependencies import ServiceSet
from backend.http.server_key import ServerKey
from backend.main import create_app
from backend.opening import make_limits
from backend.problems import STATUS
from backend.products.service import Documents
from backend.vault.keys import HeldKeys
from backend.vault.service import Vault
from domain.money import TokenUnits
from domain.reports import Quote
from ledger.typed_data import acceptance_digest, permit_digest, sign_digest
from scripts.rehearsal import TOKEN_NAME, account
from tests.backend.conftest import Backend, index_all

HOLDER = account("api holder")
SUM = 100_000_000
PERSON = {"name": "Ada Example", "contact": "ada@example.org"}
TENANT = UUID(int=1)
VAULT = Vault(HeldKeys.of(b"k" * 32))
SERVER_KEY = ServerKey(b"s" * 32)


def keyed(key: str | None = None) -> dict[str, str]:
    """The header of a write."""
    return {"Idempotency-Key": key or str(uuid4())}


@dataclass
class Api:
    """A client, and the backend behind it."""

    client: TestClient
    backend: Backend
    services: ServiceSet

    @property
    def product(self) -> str:
        return self.backend.rehearsal.product

    def post(self, path: str, body: Any, *, key: str | None = None) -> Any:
        """A write, under a key of its own when none is given."""
        return self.client.post(path, json=body, headers=keyed(key))

    def quote(self, *texts: str, sum_insured: int = SUM, applicant: dict[str, str] | None = None) -> Any:
        applications = [{"insured_event": t, "holder": HOLDER.address, "sum_insured": sum_insured} for t in texts]
        if applicant:
            applications = [{**a, "applicant": applicant} for a in applications]
        return self.post("/v1/quotes", {"product": self.product, "applications": applications})

    def accept(self, view: dict[str, Any], *, signer: Any = HOLDER, nonce: int = 0) -> Any:
        return self.post("/v1/policies", {"acceptances": [self.acceptance(view, signer, nonce)]})

    def acceptance(self, view: dict[str, Any], signer: Any = HOLDER, nonce: int = 0) -> dict[str, Any]:
        contracts = self.backend.rehearsal.deployment.contracts
        chain_id = self.backend.rehearsal.chain_id
        signed = sign_digest(
            bytes(signer.key), acceptance_digest(quote_of(view), chain_id=chain_id, product=self.product)
        )
        digest = permit_digest(
            token=contracts["TestStablecoin"], token_name=TOKEN_NAME, chain_id=chain_id, owner=HOLDER.address,
            spender=contracts["Treasury"], value=view["premium"], nonce=nonce, deadline=view["valid_until"],
        )  # fmt: skip
        p = sign_digest(bytes(HOLDER.key), digest)
        permit = {"value": view["premium"], "deadline": view["valid_until"], "v": p[64]}
        words = {"r": "0x" + p[:32].hex(), "s": "0x" + p[32:64].hex()}
        return {"quote_id": view["quote_id"], "acceptance": "0x" + signed.hex(), "permit": permit | words}


def quote_of(view: dict[str, Any]) -> Quote:
    return Quote(
        application_id=int(view["application_id"], 16), holder=view["holder"], underwriter=view["underwriter"],
        insured_event=view["insured_event"], occurs_at=view["occurs_at"], sum_insured=TokenUnits(view["sum_insured"]),
        premium=TokenUnits(view["premium"]), valid_until=view["valid_until"],
    )  # fmt: skip


def make_services(backend: Backend, folder: Path, nodes: OracleNodes | None = None) -> ServiceSet:
    deployment = backend.rehearsal.deployment
    deployment.save(folder / "deployment.json")
    settings = Settings(
        deployment=folder / "deployment.json", frontend_dir=folder / "dist", max_pending_intents=3,
        quote_valid_seconds=600,
    )  # fmt: skip
    documents = Documents(backend.rehearsal.folder / "documents")
    keys = folder / "operator-keys.json"
    return ServiceSet(
        settings, backend.database, deployment, backend.rehearsal.rpc, nodes or backend.nodes, documents,
        backend.rehearsal.underwriter, VAULT, server_key=SERVER_KEY, limits=make_limits(settings, backend.database),
        authenticator=OperatorKeys.load(keys) if keys.exists() else OperatorKeys(),
    )  # fmt: skip


def assert_problem(response: Any, code: str, *words: str) -> None:
    body = response.json()
    assert response.headers["content-type"] == "application/problem+json"
    assert body["code"] == code, body
    assert response.status_code == body["status"] == STATUS[code]
    for word in words:
        assert word in body["detail"], body["detail"]


def request_for(product: str) -> dict[str, Any]:
    """A request that is well formed and asks for nothing that exists."""
    return {"product": product, "applications": [{"insured_event": "x", "holder": HOLDER.address, "sum_insured": 1}]}


@contextmanager
def serving_api(backend: Backend, folder: Path) -> Iterator[Api]:
    """The API, its holder funded and the chain indexed."""
    backend.rehearsal.fund([HOLDER], 1_000_000_000)
    index_all(backend.indexer)
    key = add_operator_key(
        folder / "operator-keys.json", tenant_id=TENANT, roles=[Role.CUSTOMER_SERVICE],
        scopes=["quotes.*", "acceptances.*"],
    )  # fmt: skip
    services = make_services(backend, folder)
    with TestClient(create_app(services, []), raise_server_exceptions=False) as client:
        client.headers["Authorization"] = f"Bearer {key}"
        yield Api(client, backend, services)
