"""A vault, its people and a clock that is set by hand."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from uuid import UUID, uuid4

from sqlalchemy.orm import Session

from backend.access.principal import Principal, PrincipalKind
from backend.access.roles import Role
from backend.database import Database
from backend.vault import service
from backend.vault.key_files import FileKeys, make_key_file
from backend.vault.retention import Category, Purpose, Term
from backend.vault.sealing import Vault

TENANT, OTHER = UUID(int=1), UUID(int=2)
ADA, BEN = UUID(int=11), UUID(int=12)
DATA = {"name": "Ada Example", "contact": "ada@example.org"}
START = 1_800_000_000
DAY = 86_400


class Clock:
    """A wall clock."""

    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> int:
        return self.now


def make_vault(folder: Path) -> tuple[Vault, Clock]:
    path, clock = folder / "vault.key", Clock()
    if not path.exists():
        make_key_file(path)
    return Vault(FileKeys(path, clock=clock), clock=clock), clock


def staff(*roles: Role, tenant: UUID = TENANT) -> Principal:
    return Principal(PrincipalKind.PERSON, uuid4(), tenant, frozenset(roles))


UNDERWRITER = staff(Role.JUNIOR_UNDERWRITER)
ADJUSTER = staff(Role.ADJUSTER)
MANAGER = staff(Role.COMMITTEE_MEMBER)
CLERK = staff(Role.CUSTOMER_SERVICE)
ADA_HERSELF = Principal(PrincipalKind.PERSON, ADA, TENANT, frozenset({Role.POLICYHOLDER}))
BEN_HIMSELF = Principal(PrincipalKind.PERSON, BEN, TENANT, frozenset({Role.POLICYHOLDER}))
WORKER = Principal.worker(TENANT)


def seal(
    database: Database, vault: Vault, *, category: Category = Category.APPLICATION,
    purpose: Purpose = Purpose.UNDERWRITING, person: UUID = ADA, subject: bytes = b"",
) -> UUID:  # fmt: skip
    with database.scoped(WORKER) as session:
        return service.seal_record(
            session, vault, WORKER, person_id=person, category=category, purpose=purpose, data=DATA, subject=subject,
            salt=bytes(32), commitment=bytes(range(32)),
        )  # fmt: skip


def opened(
    database: Database, vault: Vault, record_id: UUID, *, who: Principal = UNDERWRITER,
    purpose: Purpose = Purpose.UNDERWRITING,
) -> dict[str, object]:  # fmt: skip
    with database.scoped(who) as session:
        return service.open_record(session, vault, who, record_id, purpose=purpose)


def nothing_besides(_session: Session, _record_ids: Sequence[UUID]) -> None:
    """Nothing is derived of these records."""


def no_contracts(_session: Session, _subjects: Collection[bytes]) -> Mapping[bytes, Term]:
    return {}
