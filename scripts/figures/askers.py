"""Who asks a measured server: visitors, people of every role with a second factor just shown, machines with keys."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final
from uuid import UUID

from backend.access.operator_keys import add_operator_key
from backend.access.permit import operations
from backend.access.roles import Role
from backend.database import Database
from backend.dependencies import wall_clock
from backend.identity.desk import Desk, Rules
from backend.identity.grants import service as grants
from backend.identity.grants.service import Asked
from backend.identity.oidc.providers import Providers
from backend.identity.passwords.hashing import PasswordHasher, Profile
from backend.identity.people import service as people
from backend.identity.personal_data import KeyedPersonalData
from backend.identity.sessions import service as sessions
from backend.main import routed
from backend.tenants import service as tenants
from ledger.rpc import Rpc

MACHINES: Final = (Role.CUSTOMER_SERVICE, Role.ORACLE_NODE, Role.INSTITUTION)
"""Roles of keys; they may ask for every subject, so that roles alone keep them out."""
PEOPLE: Final = (
    Role.ADMINISTRATOR, Role.PRODUCT_MANAGER, Role.SENIOR_UNDERWRITER, Role.ADJUSTER, Role.TREASURER,
    Role.CUSTOMER_SERVICE, Role.AUDITOR, Role.POLICYHOLDER,
)  # fmt: skip
"""Roles of people who have just shown a second factor."""
Asker = Callable[[], dict[str, str]]
"""Headers of somebody's next requests."""


def askers(database: Database, rpc: Rpc, *, identity_key: Path, operator_keys: Path) -> Sequence[Asker]:
    """A visitor, people of every role and machines, of an insurer that is added here."""
    with database.every_tenant() as session:
        insurer = tenants.add(session, name="Tried", slug="tried", insurer_address=None, now=wall_clock()).tenant_id
    desk = _desk(database, rpc, identity_key)
    found: list[Asker] = [dict, *(_person(desk, insurer, role) for role in PEOPLE)]
    return found + [_machine(operator_keys, insurer, role) for role in MACHINES]


def _machine(file: Path, insurer: UUID, role: Role) -> Asker:
    everything = sorted({f"{operation.name.partition('.')[0]}.*" for operation in operations(routed())})
    key = add_operator_key(file, tenant_id=insurer, roles=[role], scopes=everything)
    return lambda: {"Authorization": f"Bearer {key}"}


def _desk(database: Database, rpc: Rpc, identity_key: Path) -> Desk:
    return Desk(
        scope=database.scoped, every_tenant=database.every_tenant, data=KeyedPersonalData.load(identity_key),
        hasher=PasswordHasher(Profile.OWASP_MINIMUM), rules=Rules(origin="http://localhost:8000", chain_id=31_337),
        clock=wall_clock, rpc=rpc, providers=Providers(wall_clock),
    )  # fmt: skip


def _person(desk: Desk, insurer: UUID, role: Role) -> Asker:
    """Somebody of this role. Each operation meets a new session, because one of them ends the session it comes in."""
    with desk.tenant_scope(insurer) as session:
        name = f"{role.value.replace('_', '.')}@example.org"
        person = people.add(session, desk, insurer, email=name, name="Ada Example", language="en")
        grants.make_by_operator(session, insurer, Asked(person, role), now=desk.clock())

    def sign_in() -> dict[str, str]:
        with desk.tenant_scope(insurer) as session:
            opened = sessions.open_new(
                session, desk, insurer, person, sessions.Method.PASSWORD,
                roles=frozenset({role}), pending=False, strong_at=desk.clock(),
            )  # fmt: skip
        return {"Authorization": f"Bearer {opened.token}"}

    return sign_in
