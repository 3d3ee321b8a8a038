"""What identity works with: scoped transactions, keys, the wall clock, the chain and the house's rules."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from urllib.parse import urlsplit

from sqlalchemy.orm import Session

from backend.access.principal import Principal
from backend.identity.events import Tells, tell_nobody
from backend.identity.oidc.providers import Providers
from backend.identity.passwords.hashing import PasswordHasher
from backend.identity.personal_data import PersonalData
from ledger.rpc import Rpc


@dataclass(frozen=True, slots=True)
class Rules:
    """Limits of sessions and the place people sign in at.

    Args:
        origin: Scheme, host and port of the page, as browsers write it.
        idle_seconds, absolute_seconds: Longest pause and longest life of a session.
        staff_idle_seconds, staff_absolute_seconds: The same for whoever is more than a policyholder.
        chain_id: Of the chain wallets sign for.
    """

    origin: str
    chain_id: int
    idle_seconds: int = 900
    absolute_seconds: int = 28_800
    staff_idle_seconds: int = 600
    staff_absolute_seconds: int = 14_400
    pending_seconds: int = 300
    step_up_seconds: int = 300
    ticket_seconds: int = 300
    invitation_seconds: int = 172_800
    reset_seconds: int = 1_800
    house_name: str = "Quittance"

    @property
    def host(self) -> str:
        """Domain that passkeys are bound to."""
        return urlsplit(self.origin).hostname or ""

    @property
    def domain(self) -> str:
        """Host and port, as wallets show it."""
        return urlsplit(self.origin).netloc

    @property
    def over_tls(self) -> bool:
        """Whether the page is served over TLS."""
        return self.origin.startswith("https://")


@dataclass(frozen=True, slots=True)
class Desk:
    """What the use cases of identity need.

    Args:
        scope: A transaction that sees what a principal may.
        every_tenant: A transaction of the tables' owner: to find an insurer before it is known who asks.
        tell: Tells people what changed about how they sign in.
    """

    scope: Callable[[Principal], AbstractContextManager[Session]]
    every_tenant: Callable[[], AbstractContextManager[Session]]
    data: PersonalData
    hasher: PasswordHasher
    rules: Rules
    clock: Callable[[], int]
    rpc: Rpc
    providers: Providers
    tell: Tells = tell_nobody

    def tenant_scope(self, tenant_id: uuid.UUID) -> AbstractContextManager[Session]:
        """A transaction of its own that sees one insurer's rows: what happened stays, however the request ends."""
        return self.scope(Principal.worker(tenant_id))
