"""An insurer on a real database, with a clock that stands still until it is moved."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field

import pyotp

from backend.access.roles import Role
from backend.database import Database
from backend.identity.desk import Desk, Rules
from backend.identity.grants import service as grants
from backend.identity.grants.service import Asked
from backend.identity.oidc.providers import Providers
from backend.identity.passwords import service as passwords
from backend.identity.passwords.hashing import PasswordHasher, Profile
from backend.identity.people import service as people
from backend.identity.personal_data import KeyedPersonalData
from backend.identity.sessions.service import Opened
from backend.identity.sign_in import service as sign_in
from backend.identity.totp import service as totp
from backend.tenants import service as tenants
from ledger.rpc import Rpc

NOW = 1_790_000_010
ORIGIN = "https://insurer.example"
PASSWORD = "orbit kayak plinth seven"
CLIENT = "192.0.2.7"
HASHER = PasswordHasher(Profile.OWASP_MINIMUM)
NO_CHAIN = Rpc("http://127.0.0.1:1", timeout_seconds=1)


@dataclass
class Clock:
    """Unix seconds."""

    now: int = NOW

    def __call__(self) -> int:
        return self.now


@dataclass
class House:
    """One insurer, its desk and its people."""

    desk: Desk
    clock: Clock
    tenant_id: uuid.UUID
    slug: str
    numbers: dict[str, int] = field(default_factory=dict)

    def person(self, *roles: Role, email: str = "", password: str | None = PASSWORD) -> uuid.UUID:
        """A person with roles, who has set a password."""
        email = email or f"person{len(self.numbers)}@example.org"
        self.numbers[email] = len(self.numbers)
        with self.desk.tenant_scope(self.tenant_id) as session:
            person_id = people.add(session, self.desk, self.tenant_id, email=email, name="Ada Example", language="en")
            for role in roles:
                grants.make_by_operator(session, self.tenant_id, Asked(person_id, role), now=self.clock())
            token = passwords.make_invitation(session, self.desk, self.tenant_id, person_id)
        if password is not None:
            passwords.set_by_token(self.desk, self.tenant_id, token, password)
        return person_id

    def email_of(self, person_id: uuid.UUID) -> str:
        with self.desk.tenant_scope(self.tenant_id) as session:
            return people.get(session, self.desk, self.tenant_id, person_id).email

    def app_of(self, person_id: uuid.UUID) -> tuple[pyotp.TOTP, list[str]]:
        """A confirmed app and its recovery codes. The clock moves on, so that its next code is a new one."""
        with self.desk.tenant_scope(self.tenant_id) as session:
            secret = totp.enrol(session, self.desk, self.tenant_id, person_id, label="x").secret
            app = pyotp.TOTP(secret)
            codes = totp.confirm(session, self.desk, self.tenant_id, person_id, app.at(self.clock()))
        self.clock.now += 60
        return app, codes

    def sign_in(self, person_id: uuid.UUID, *, password: str = PASSWORD, client: str = CLIENT) -> Opened:
        return sign_in.by_password(self.desk, self.slug, self.email_of(person_id), password, client=client)


def make_desk(database: Database, clock: Clock) -> Desk:
    return Desk(
        scope=database.scoped, every_tenant=database.every_tenant, data=KeyedPersonalData(b"i" * 32), hasher=HASHER,
        rules=Rules(origin=ORIGIN, chain_id=31337), clock=clock, rpc=NO_CHAIN, providers=Providers(clock),
    )  # fmt: skip


def make_house(database: Database, *, slug: str = "acme") -> House:
    clock = Clock()
    desk = make_desk(database, clock)
    with database.every_tenant() as session:
        tenant = tenants.add(session, name=f"{slug} Mutual", slug=slug, insurer_address=None, now=NOW)
    return House(desk, clock, tenant.tenant_id, slug)
