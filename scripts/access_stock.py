"""Rows that the trial of the API asks for: one of the asker's own, one of a colleague's, two of another insurer's.

A subject joins by a line of a stock: the operations that are asked of such a row, the lists it has to be in, and what
makes one. Whatever ids a row has are looked for in every answer of the whole trial, lists too: a foreign one is a leak
wherever it turns up. An operation with an identifier in its path and without a row here stands in `ROWLESS` with the
reason; a test holds that none is forgotten.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from uuid import uuid4

from sqlalchemy.orm import Session

from backend.acceptances.repository import BindIntent, add_intents
from backend.dependencies import ServiceSet
from backend.fields import word_hex
from backend.notices import service as notices
from backend.notices.contacts import IdentityContacts
from backend.notices.kinds import NoticeKind
from backend.notices.ports import Recipient
from backend.notices.service import NoticeDesk, NoticeOrder
from backend.notices.vault_records import VaultRecords
from backend.quotes.repository import Batch, SignedQuote, add_batch
from backend.vault import standing
from backend.vault.models import ConsentRow, FileApprovalRow
from backend.vault.records import Certificate
from backend.vault.retention import Category, Purpose
from backend.webhooks.models import WebhookDeliveryRow, WebhookEndpointRow, WebhookMessageRow
from domain.money import Ppb, TokenUnits
from domain.reports import Assessment, Quote, RiskReport
from scripts.access_accounts_stock import ACCOUNTS_STOCK
from scripts.access_claims_stock import CLAIMS_STOCK
from scripts.access_office_stock import OFFICE_STOCK
from scripts.access_shelf import (
    COLLEAGUES_ROW,
    NO_ADDRESS,
    OWN_ROW,
    OWNERS,
    Keeper,
    Row,
    Shelf,
    keep,
    sealed,
)
from scripts.access_table import NOW


@dataclass(frozen=True, slots=True)
class Stocked:
    """What was made.

    Args:
        rows: By operation, and by whose it is.
        listed: What has to show in lists, by operation, and by whose it is.
        marks: What shows that a row of this keeper's is in an answer.
    """

    rows: Mapping[str, Mapping[str, Row]]
    listed: Mapping[str, Mapping[str, frozenset[str]]]
    marks: Mapping[str, frozenset[str]]


def make_rows(services: ServiceSet) -> Stocked:
    """A row of each kind for each keeper."""
    rows: dict[str, dict[str, Row]] = {}
    listed: dict[str, dict[str, frozenset[str]]] = {}
    marks = dict.fromkeys(OWNERS, frozenset[str]())
    for shelf in STOCK:
        for whose, (tenant, person) in OWNERS.items():
            if whose == COLLEAGUES_ROW and not shelf.of_persons:
                continue
            keeper = Keeper(whose, tenant, person)
            with services.database.scoped(keeper.worker if shelf.by_worker else keeper.principal) as session:
                row = shelf.make(services, session, keeper)
            marks[whose] |= row.seen_by
            for operation in shelf.operations:
                rows.setdefault(operation, {})[whose] = row
            for operation in shelf.lists:
                listed.setdefault(operation, {})[whose] = row.seen_by
    return Stocked(rows, listed, marks)


def _quote(_services: ServiceSet, session: Session, keeper: Keeper) -> Row:
    """A quote, as its applicant made it."""
    quote = Quote(keeper.number, NO_ADDRESS, NO_ADDRESS, "flight/x", NOW, TokenUnits(2), TokenUnits(1), NOW)
    assessment = Assessment(keeper.number, 1, NOW, Ppb(1), TokenUnits(2), b"\x00" * 32)
    report = RiskReport(31337, NO_ADDRESS, 1, NOW, NOW, b"\x00" * 32, (assessment,))
    add_batch(session, Batch(report, ()), [SignedQuote(quote, assessment, b"\x00" * 65, 0, NO_ADDRESS)])
    return Row({"quote_id": word_hex(keeper.number)})


def _acceptance(_services: ServiceSet, session: Session, keeper: Keeper) -> Row:
    """The acceptance of that quote."""
    add_intents(session, [BindIntent(keeper.uuid, keeper.number, b"\x00" * 65, None, "accepted", 0)])
    return Row({"intent_id": str(keeper.uuid)})


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
    record_id = sealed(
        services, session, keeper, Category.APPLICATION, Purpose.UNDERWRITING, {"about": str(keeper.uuid)}
    )
    purpose = Purpose.SUBJECT_ACCESS if keeper.whose == OWN_ROW else Purpose.UNDERWRITING
    path = {"record_id": str(record_id), "person_id": str(keeper.person_id)}
    return Row(path, {"purpose": purpose.value}, frozenset({str(record_id)}), frozenset({"approval_needed"}))


def _certificate(_services: ServiceSet, session: Session, keeper: Keeper) -> Row:
    certificate_id = uuid4()
    standing.add_certificate(
        session, Certificate(certificate_id, keeper.tenant_id, keeper.person_id, (), (), "asked", NOW, None, ())
    )
    return Row({"certificate_id": str(certificate_id)})


def _consent(_services: ServiceSet, session: Session, keeper: Keeper) -> Row:
    keep(
        session, ConsentRow, consent_id=keeper.id_of("consent"), tenant_id=keeper.tenant_id,
        person_id=keeper.person_id, category="application", purpose="underwriting", evidence_hash=keeper.hash,
        given_at=NOW,
    )  # fmt: skip
    return Row({"consent_id": str(keeper.id_of("consent"))})


def _approval(_services: ServiceSet, session: Session, keeper: Keeper) -> Row:
    """Somebody asks to open the keeper's file."""
    keep(
        session, FileApprovalRow, approval_id=keeper.id_of("approval"), tenant_id=keeper.tenant_id,
        person_id=keeper.person_id, opener_id=keeper.id_of("opener"), purpose="underwriting", asked_at=NOW,
    )  # fmt: skip
    return Row({"approval_id": str(keeper.id_of("approval"))})


def _endpoint(_services: ServiceSet, session: Session, keeper: Keeper) -> Row:
    keep(
        session, WebhookEndpointRow, endpoint_id=keeper.uuid, tenant_id=keeper.tenant_id, url="https://example.org/",
        description="", event_types=[], enabled=True, version=1, created_at=NOW,
    )  # fmt: skip
    return Row({"endpoint_id": str(keeper.uuid)})


def _delivery(_services: ServiceSet, session: Session, keeper: Keeper) -> Row:
    """A message on its way to that endpoint."""
    message, delivery = keeper.id_of("message"), keeper.id_of("delivery")
    keep(
        session, WebhookMessageRow, message_id=message, tenant_id=keeper.tenant_id, event_type="webhook.test",
        body="{}", created_at=NOW,
    )  # fmt: skip
    keep(
        session, WebhookDeliveryRow, delivery_id=delivery, tenant_id=keeper.tenant_id, message_id=message,
        endpoint_id=keeper.uuid, state="waiting", attempts=0, next_attempt_at=NOW, created_at=NOW,
    )  # fmt: skip
    return Row({"delivery_id": str(delivery)})


STOCK: Final[tuple[Shelf, ...]] = (
    *ACCOUNTS_STOCK,
    Shelf(("quotes.read",), _quote, by_worker=False),
    Shelf(("acceptances.read",), _acceptance, by_worker=False),
    Shelf(("notices.read", "notices.record_receipt", "notices.record_posting"), _notice, ("notices.list",)),
    Shelf(("records.list", "records.open"), _record),
    Shelf(("erasures.read",), _certificate, ("erasures.list",)),
    Shelf(("consents.withdraw",), _consent, ("consents.list",)),
    Shelf(("file_approvals.approve", "file_approvals.refuse"), _approval, ("file_approvals.list",)),
    Shelf(
        ("webhooks.read", "webhooks.deliveries", "webhooks.change", "webhooks.remove", "webhooks.rotate",
         "webhooks.try"),
        _endpoint, ("webhooks.list",), of_persons=False,
    ),
    Shelf(("webhooks.redeliver",), _delivery, of_persons=False),
    *CLAIMS_STOCK,
    *OFFICE_STOCK,
)  # fmt: skip
"""Every kind of row the trial makes. Each is asked for by each operation named, as each role."""

ROWLESS: Final[Mapping[str, str]] = {
    "audit.prove": "numbers count within the asker's own insurer's log; no number is another's",
    "custody.read": "the path names a kind of key, and the key is the asker's own",
    "underwriting.figures": "the path names a quarter; figures are of the asker's own insurer",
}
"""Operations with something in their path that is no identifier of a row, and what it is."""

UNLISTED: Final[Mapping[str, str]] = {
    "audit.list": "entries come into the log by its worker, which the trial has not; test_audit_log.py asks",
    "restrictions.list": "a restriction closes whatever else is sealed of the person; test_rights_api.py asks",
    "sessions.list": "shown to who has a session, which the trial has none of; test_sign_in.py asks",
}
"""Lists in which the trial has no row of the asker's own, and why. Foreign rows are looked for in them all the same."""
