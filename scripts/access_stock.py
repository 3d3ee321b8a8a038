"""Rows that the trial of the API asks for: one of the asker's own, one of a colleague's, one of another insurer's.

A subject joins by a line of `STOCK`: the operations that read such a row, and what makes one. Whatever ids a row has
are looked for in every answer of the whole trial, lists too: a foreign one is a leak wherever it turns up.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final
from uuid import UUID, uuid4

from sqlalchemy import insert
from sqlalchemy.orm import Session

from backend.acceptances.repository import BindIntent, add_intents
from backend.access.principal import Principal, PrincipalKind
from backend.access.roles import Role
from backend.dependencies import ServiceSet
from backend.fields import word_hex
from backend.notices import service as notices
from backend.notices.contacts import IdentityContacts
from backend.notices.kinds import NoticeKind
from backend.notices.ports import Recipient
from backend.notices.service import NoticeDesk, NoticeOrder
from backend.notices.vault_records import VaultRecords
from backend.quotes.repository import Batch, SignedQuote, add_batch
from backend.vault import service as vault_service
from backend.vault import standing
from backend.vault.records import Certificate
from backend.vault.retention import Category, Purpose
from backend.webhooks.models import WebhookEndpointRow
from domain.money import Ppb, TokenUnits
from domain.reports import Assessment, Quote, RiskReport
from scripts.access_table import COLLEAGUE, ELSEWHERE, HOME, NOW, SELF, STRANGER

OWN_ROW, COLLEAGUES_ROW, FOREIGN_ROW = "own", "a colleague's", "a foreign"
OWNERS: Final = {OWN_ROW: (HOME, SELF), COLLEAGUES_ROW: (HOME, COLLEAGUE), FOREIGN_ROW: (ELSEWHERE, STRANGER)}
_NO_ADDRESS: Final = "0x" + "00" * 20


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
    def uuid(self) -> UUID:
        """An id of this keeper's."""
        return UUID(bytes=hashlib.sha256(self.whose.encode()).digest()[:16])

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
        operations: What reads one of them by its id; methods other than GET must leave it as it is.
        make: Makes one in a transaction of its keeper, or of the insurer's own work where `by_worker`.
        of_persons: False: rows of the house, of which nobody has a colleague's.
    """

    operations: tuple[str, ...]
    make: Make
    by_worker: bool = True
    of_persons: bool = True


def make_rows(services: ServiceSet) -> dict[str, dict[str, Row]]:
    """A row of each kind for each keeper, by operation and by whose it is."""
    found: dict[str, dict[str, Row]] = {}
    for shelf in STOCK:
        for whose, (tenant, person) in OWNERS.items():
            if whose == COLLEAGUES_ROW and not shelf.of_persons:
                continue
            keeper = Keeper(whose, tenant, person)
            with services.database.scoped(keeper.worker if shelf.by_worker else keeper.principal) as session:
                row = shelf.make(services, session, keeper)
            for operation in shelf.operations:
                found.setdefault(operation, {})[whose] = row
    return found


def _quote(_services: ServiceSet, session: Session, keeper: Keeper) -> Row:
    """A quote, as its applicant made it."""
    quote = Quote(keeper.number, _NO_ADDRESS, _NO_ADDRESS, "flight/x", NOW, TokenUnits(2), TokenUnits(1), NOW)
    assessment = Assessment(keeper.number, 1, NOW, Ppb(1), TokenUnits(2), b"\x00" * 32)
    report = RiskReport(31337, _NO_ADDRESS, 1, NOW, NOW, b"\x00" * 32, (assessment,))
    add_batch(session, Batch(report, ()), [SignedQuote(quote, assessment, b"\x00" * 65, 0, _NO_ADDRESS)])
    return Row({"quote_id": word_hex(keeper.number)})


def _acceptance(_services: ServiceSet, session: Session, keeper: Keeper) -> Row:
    """The acceptance of that quote."""
    add_intents(session, [BindIntent(keeper.uuid, keeper.number, b"\x00" * 65, None, "accepted", 0)])
    return Row({"intent_id": str(keeper.uuid)})


def _person(_services: ServiceSet, _session: Session, keeper: Keeper) -> Row:
    """The person, who is there already. Ids of persons stand in much; the address is theirs alone."""
    return Row({"person_id": str(keeper.person_id)}, marks=frozenset({address_of(keeper.person_id)}))


def _notice(services: ServiceSet, session: Session, keeper: Keeper) -> Row:
    assert services.vault is not None
    assert services.identity is not None
    contacts, records = IdentityContacts(services.identity), VaultRecords(services.vault)
    order = NoticeOrder(
        Recipient(keeper.tenant_id, keeper.person_id), NoticeKind.UNDERWRITING_LAPSED, f"trial/{keeper.uuid}",
        "underwriting_case:1", lambda _: {"case": "1"},
    )  # fmt: skip
    desk = NoticeDesk(contacts, records, frozenset(), "https://insurer.example", services.clock)
    path = {"notice_id": str(notices.order(session, desk, order).notice_id)}
    return Row(path, answers=frozenset({"approval_needed"}))


def _record(services: ServiceSet, session: Session, keeper: Keeper) -> Row:
    """A sealed record. Who is let in and has no right to the file is told to ask for an approval."""
    assert services.vault is not None
    record_id = vault_service.seal_record(
        session, services.vault, keeper.worker, person_id=keeper.person_id, category=Category.APPLICATION,
        purpose=Purpose.UNDERWRITING, data={"about": str(keeper.uuid)},
    )  # fmt: skip
    purpose = Purpose.SUBJECT_ACCESS if keeper.whose == OWN_ROW else Purpose.UNDERWRITING
    path = {"record_id": str(record_id), "person_id": str(keeper.person_id)}
    return Row(path, {"purpose": purpose.value}, frozenset({str(record_id)}), frozenset({"approval_needed"}))


def _certificate(_services: ServiceSet, session: Session, keeper: Keeper) -> Row:
    certificate_id = uuid4()
    standing.add_certificate(
        session, Certificate(certificate_id, keeper.tenant_id, keeper.person_id, (), (), "asked", NOW, None, ())
    )
    return Row({"certificate_id": str(certificate_id)})


def _endpoint(_services: ServiceSet, session: Session, keeper: Keeper) -> Row:
    values = {
        "endpoint_id": keeper.uuid, "tenant_id": keeper.tenant_id, "url": "https://example.org/", "description": "",
        "event_types": [], "enabled": True, "version": 1, "created_at": NOW,
    }  # fmt: skip
    session.execute(insert(WebhookEndpointRow).values(values))
    return Row({"endpoint_id": str(keeper.uuid)})


def address_of(person_id: UUID) -> str:
    """The e-mail the trial gives a person."""
    return f"person-{person_id.int:x}@example.org"


STOCK: Final[tuple[Shelf, ...]] = (
    Shelf(("quotes.read",), _quote, by_worker=False),
    Shelf(("acceptances.read",), _acceptance, by_worker=False),
    Shelf(("people.read",), _person),
    Shelf(("notices.read",), _notice),
    Shelf(("records.list", "records.open"), _record),
    Shelf(("erasures.read",), _certificate),
    Shelf(("webhooks.read", "webhooks.deliveries"), _endpoint, of_persons=False),
)
"""Every kind of row the trial makes. Each is asked for by each operation named, as each role."""
