"""What the trial of the API asks for, and whose it is: rows of the asker, a colleague and another insurer's people."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import UUID

from sqlalchemy import insert
from sqlalchemy.orm import Session

from backend.access.principal import Principal, PrincipalKind
from backend.access.roles import Role
from backend.dependencies import ServiceSet
from backend.fields import word_hex
from backend.tables import Base
from backend.vault import service as vault_service
from backend.vault.retention import Category, Purpose
from scripts.access_table import COLLEAGUE, ELSEWHERE, HOME, SELF, STRANGER

ANOTHER_STRANGER: Final = UUID(int=0xB2)
OWN_ROW, COLLEAGUES_ROW, FOREIGN_ROW = "own", "a colleague's", "a foreign"
SECOND_FOREIGN_ROW: Final = "another foreign"
OWNERS: Final = {
    OWN_ROW: (HOME, SELF), COLLEAGUES_ROW: (HOME, COLLEAGUE),
    FOREIGN_ROW: (ELSEWHERE, STRANGER), SECOND_FOREIGN_ROW: (ELSEWHERE, ANOTHER_STRANGER),
}  # fmt: skip
NO_ADDRESS: Final = "0x" + "00" * 20


@dataclass(frozen=True, slots=True)
class Row:
    """How a row is asked for.

    Args:
        path: Values of the path's parameters.
        query: What else the operation asks for.
        marks: What shows in an answer that the row is in it; by itself, the path's values.
        answers: Codes of problems that are as good as an answer to who was let in.
    """

    path: Mapping[str, str]
    query: Mapping[str, str] = field(default_factory=dict)
    marks: frozenset[str] = frozenset()
    answers: frozenset[str] = frozenset()

    @property
    def seen_by(self) -> frozenset[str]:
        """What is looked for in answers."""
        return self.marks or frozenset(self.path.values())


@dataclass(frozen=True, slots=True)
class Keeper:
    """Whose row is to be made."""

    whose: str
    tenant_id: UUID
    person_id: UUID

    @property
    def number(self) -> int:
        """An id of this keeper's that is nobody else's: 248 bits."""
        return int.from_bytes(hashlib.sha256(self.whose.encode()).digest()[1:], "big")

    @property
    def small(self) -> int:
        """The same for ids of 63 bits."""
        return self.number >> 190

    @property
    def word(self) -> str:
        """`number` as the API writes it."""
        return word_hex(self.number)

    @property
    def hash(self) -> bytes:
        """32 bytes of this keeper's."""
        return hashlib.sha256(self.whose.encode()).digest()

    @property
    def uuid(self) -> UUID:
        """An id of this keeper's."""
        return self.id_of("")

    @property
    def address(self) -> str:
        """An account of this keeper's, in lower case."""
        return f"0x{self.hash[:20].hex()}"

    def id_of(self, what: str) -> UUID:
        """An id of something of this keeper's."""
        return UUID(bytes=hashlib.sha256(f"{what}{self.whose}".encode()).digest()[:16])

    @property
    def principal(self) -> Principal:
        """The keeper as a policyholder."""
        return Principal(PrincipalKind.PERSON, self.person_id, self.tenant_id, frozenset({Role.POLICYHOLDER}))

    @property
    def worker(self) -> Principal:
        """The backend's own work for the keeper's insurer."""
        return Principal.worker(self.tenant_id)


Make = Callable[[ServiceSet, Session, Keeper], Row]


@dataclass(frozen=True, slots=True)
class Shelf:
    """Rows of one kind.

    Args:
        operations: What is asked of one of them by its id. What writes is asked only where it has to be refused.
        lists: What has to show one to whoever may see it, and shows nobody another's.
        make: Makes one in a transaction of its keeper, or of the insurer's own work where `by_worker`.
        of_persons: False: rows of the house, of which nobody has a colleague's.
    """

    operations: tuple[str, ...]
    make: Make
    lists: tuple[str, ...] = ()
    by_worker: bool = True
    of_persons: bool = True


def keep(session: Session, table: type[Base], **values: Any) -> None:  # values of columns, by their name
    """Put a row into a table."""
    session.execute(insert(table).values(values))


def sealed(
    services: ServiceSet, session: Session, keeper: Keeper, category: Category, purpose: Purpose,
    data: Mapping[str, object],
) -> UUID:  # fmt: skip
    """A sealed record of the keeper's."""
    assert services.vault is not None
    return vault_service.seal_record(
        session, services.vault, keeper.worker, person_id=keeper.person_id, category=category, purpose=purpose,
        data=data,
    )  # fmt: skip
