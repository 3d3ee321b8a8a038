"""Who asks: an unknown visitor, a person, a machine, or a worker of our own."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from backend.access.roles import OWN_ONLY_ROLES, Role


class PrincipalKind(StrEnum):
    """What kind of being asks."""

    ANONYMOUS = "anonymous"
    PERSON = "person"
    MACHINE = "machine"
    WORKER = "worker"


@dataclass(frozen=True, slots=True)
class Principal:
    """Whoever asks, as far as authorisation needs to know. Nothing personal is in it.

    Args:
        principal_id: A person's or a machine key's id; none for a visitor or a worker.
        tenant_id: The insurer it belongs to; a worker serves exactly one.
        scopes: Names of operations or `subject.*`; None: not limited by scopes. A machine's key always has some.
        strong_at: When a second factor was last shown, unix seconds of the wall clock.
        address: A wallet that signed in, EIP-55.
    """

    kind: PrincipalKind
    principal_id: UUID | None = None
    tenant_id: UUID | None = None
    roles: frozenset[Role] = frozenset()
    scopes: frozenset[str] | None = None
    strong_at: int | None = None
    address: str | None = None

    def __post_init__(self) -> None:
        """Raises: ValueError: The parts contradict each other."""
        known = self.kind in (PrincipalKind.PERSON, PrincipalKind.MACHINE)
        if known and (self.principal_id is None or self.tenant_id is None):
            raise ValueError(f"a {self.kind} needs principal_id and tenant_id; give both.")
        if self.kind is PrincipalKind.WORKER and self.tenant_id is None:
            raise ValueError("a worker needs tenant_id; who serves all tenants works as the owner of the tables.")
        if self.kind is PrincipalKind.MACHINE and self.scopes is None:
            raise ValueError("a machine needs scopes; an empty set allows it nothing.")
        if self.kind is PrincipalKind.ANONYMOUS and (self.principal_id or self.tenant_id or self.roles):
            raise ValueError("a visitor has neither id nor tenant nor roles.")

    @classmethod
    def anonymous(cls) -> Principal:
        """A visitor who has shown nothing."""
        return cls(PrincipalKind.ANONYMOUS)

    @classmethod
    def worker(cls, tenant_id: UUID) -> Principal:
        """A worker of this backend, doing one tenant's work: it sees that tenant's rows, whoever they belong to."""
        return cls(PrincipalKind.WORKER, tenant_id=tenant_id)

    @property
    def own_only(self) -> bool:
        """Whether it sees only rows of its own: everybody but workers and those with a role among staff."""
        return self.kind is not PrincipalKind.WORKER and self.roles <= OWN_ONLY_ROLES

    def strong_age_seconds(self, now: int) -> int | None:
        """Seconds since the second factor at unix second `now`, None without one. A time ahead of now counts as 0."""
        return None if self.strong_at is None else max(0, now - self.strong_at)
