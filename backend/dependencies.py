"""What a request needs: a transaction and the services of this process."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Annotated

from eth_account.signers.local import LocalAccount
from fastapi import Depends, Request
from sqlalchemy.orm import Session

from backend.chain.nodes import OracleNodes
from backend.config import Settings
from backend.database import Database
from backend.http.server_key import ServerKey
from backend.products.service import Documents
from backend.vault.service import Vault
from ledger.deployment import Deployment
from ledger.rpc import Rpc


@dataclass(frozen=True, slots=True)
class ServiceSet:
    """What one process works with. Keys may be absent: then it reads and indexes, but neither quotes nor sends."""

    settings: Settings
    database: Database
    deployment: Deployment
    rpc: Rpc
    nodes: OracleNodes
    documents: Documents
    underwriter: LocalAccount | None = None
    vault: Vault | None = None
    server_key: ServerKey = field(kw_only=True)

    def now(self) -> int:
        """Chain time: the last block's, unix seconds."""
        return int(self.rpc.block("latest")["timestamp"], 16)


def _services(request: Request) -> ServiceSet:
    services: ServiceSet = request.app.state.services
    return services


Services = Annotated[ServiceSet, Depends(_services)]


def _transaction(services: Services) -> Iterator[Session]:
    """One transaction a request: committed before the answer goes out, rolled back on any error."""
    with services.database.transaction() as session:
        yield session


Transaction = Annotated[Session, Depends(_transaction, scope="function")]
