"""What a request needs: who asks, a transaction of theirs, and the services of this process."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Annotated

from eth_account.signers.local import LocalAccount
from fastapi import Depends, Request
from sqlalchemy.orm import Session

from backend.access.authentication import Authenticator
from backend.access.authoriser import Authoriser
from backend.access.operator_keys import OperatorKeys
from backend.access.principal import Principal
from backend.access.rates import RateLimits
from backend.audit.edge import record_request
from backend.chain.nodes import OracleNodes
from backend.claims.desk import ClaimsOffice
from backend.config import Settings
from backend.custody.service import CustodyDesk
from backend.database import Database
from backend.evidence.desk import EvidenceDesk
from backend.http.server_key import ServerKey
from backend.identity.desk import Desk
from backend.products.service import Documents
from backend.underwriting.desk import UnderwritingDesk
from backend.vault.service import Vault
from ledger.deployment import Deployment
from ledger.rpc import Rpc


def wall_clock() -> int:
    """Unix seconds of the machine: for people's deadlines and sessions, never for money."""
    return int(time.time())


@dataclass(frozen=True, slots=True)
class ServiceSet:
    """What one process works with. Keys may be absent: then it reads and indexes, but neither quotes nor sends.

    Args:
        limits: How often who may ask.
        authenticator: Tells who asks; as it comes, nobody is known and all are visitors.
        identity: Where people sign in; None: nobody can, and machines show the operator's keys.
        underwriting: Where applications are handled; None without keys for names and records.
        evidence: Where evidence of claims is taken in; None without a key for records.
        custody: Where people's keys are kept; None without a key for records.
        claims: Where claims are handled; None without a key for records.
        sender: Address of the key that pays for transactions; None where there is none.
    """

    settings: Settings
    database: Database
    deployment: Deployment
    rpc: Rpc
    nodes: OracleNodes
    documents: Documents
    underwriter: LocalAccount | None = None
    vault: Vault | None = None
    server_key: ServerKey = field(kw_only=True)
    limits: RateLimits = field(kw_only=True)
    authenticator: Authenticator = field(default_factory=OperatorKeys, kw_only=True)
    authoriser: Authoriser = field(default_factory=Authoriser.load, kw_only=True)
    clock: Callable[[], int] = field(default=wall_clock, kw_only=True)
    identity: Desk | None = field(default=None, kw_only=True)
    underwriting: UnderwritingDesk | None = field(default=None, kw_only=True)
    evidence: EvidenceDesk | None = field(default=None, kw_only=True)
    custody: CustodyDesk | None = field(default=None, kw_only=True)
    claims: ClaimsOffice | None = field(default=None, kw_only=True)
    sender: str | None = field(default=None, kw_only=True)

    def now(self) -> int:
        """Chain time: the last block's, unix seconds."""
        return int(self.rpc.block("latest")["timestamp"], 16)


async def _services(request: Request) -> ServiceSet:  # async: nothing to wait for, so no thread is asked for it
    services: ServiceSet = request.app.state.services
    return services


Services = Annotated[ServiceSet, Depends(_services)]


def _asker(request: Request, services: Services) -> Principal:
    """Who asks, in the roles this operation is asked in. The address is counted first, so that guessing keys is too."""
    services.limits.take_for_address(request.client.host if request.client else "local")
    principal = services.authenticator.authenticate(request)
    if principal.principal_id is not None:
        services.limits.take_for_principal(principal.principal_id)
    operation = getattr(request.scope.get("route"), "operation_id", None)
    if operation is not None:
        principal = services.authoriser.as_owner(principal, operation, now=services.clock())
    request.state.principal = principal
    return principal


Asker = Annotated[Principal, Depends(_asker)]


def _transaction(request: Request, services: Services, asker: Asker) -> Iterator[Session]:
    """One transaction a request, seeing what the asker may: committed before the answer, rolled back on any error.

    The audit log is told in it who did what: both are kept or neither. What is only read is read as of one moment: a
    block taken in meanwhile shows in the whole answer or in none of it.
    """
    with services.database.scoped(asker, one_moment=request.method == "GET") as session:
        yield session
        record_request(request, session, asker)


Transaction = Annotated[Session, Depends(_transaction, scope="function")]
