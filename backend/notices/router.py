"""HTTP for notices."""

from __future__ import annotations

import uuid
from typing import Annotated

from fastapi import Query

from backend.access.authoriser import Resource
from backend.access.permit import Allowed, Permit, Public
from backend.audit import service as audit
from backend.audit.entries import Facts
from backend.dependencies import Asker, Services, ServiceSet, Transaction
from backend.fields import bytes_hex
from backend.http.filters import require_known
from backend.http.idempotency import IdempotencyKey
from backend.http.pages import PageAsked
from backend.http.routes import api_router, without_key
from backend.notices import service
from backend.notices.contacts import IdentityContacts
from backend.notices.models import NoticeRow
from backend.notices.ports import Recipient
from backend.notices.schemas import (
    DeliveryIn,
    NoticePage,
    NoticeTextView,
    NoticeView,
    PhoneIn,
    PostingIn,
    ReceiptIn,
    TokenIn,
)
from backend.notices.states import NoticeState
from backend.notices.vault_records import VaultRecords
from backend.problems import Problem

router = api_router("notices")


@router.get("/notices", operation_id="notices.list", dependencies=[Permit("notices.list")])
def list_notices(
    session: Transaction, page: PageAsked, access: Allowed,
    subject: Annotated[str | None, Query(max_length=80)] = None,
    state: Annotated[str | None, Query(max_length=16)] = None,
) -> NoticePage:  # fmt: skip
    """Notices, newest first: one's own, or the office's."""
    require_known("state", state, NoticeState)
    after = (int(page.position[0]), uuid.UUID(str(page.position[1]))) if page.position else None
    rows = service.list_notices(
        session, after=after, limit=page.limit, subject=subject, state=state, only_of=access.only_of
    )
    last = (rows[-1].created_at, str(rows[-1].notice_id)) if rows else None
    return NoticePage(notices=[_view(row) for row in rows], next_cursor=page.next_cursor(len(rows), last))


@router.get("/notices/{notice_id}", operation_id="notices.read", dependencies=[Permit("notices.read")])
def get_notice(
    notice_id: uuid.UUID, session: Transaction, services: Services, asker: Asker, access: Allowed
) -> NoticeTextView:
    """A notice with its words."""
    found = service.get(session, notice_id)
    access.require(Resource(found.tenant_id, found.person_id), Problem("notice_unknown"))
    row, content = service.read(session, _records(services), asker, notice_id)
    return NoticeTextView(notice=_view(row), title=str(content["subject"]), body=str(content["body"]))


@router.post(
    "/notice-receipts", operation_id="notices.confirm",
    dependencies=[Public("notices.confirm"), without_key("the token counts once")],
)  # fmt: skip
def confirm(body: TokenIn, services: Services) -> NoticeView:
    """Confirm that a notice arrived, with the token of its link. It counts once."""
    with services.database.every_tenant() as session:
        return _view(service.confirm_by_token(session, body.token, services.clock()))


@router.post(
    "/notices/{notice_id}/receipt", operation_id="notices.record_receipt",
    dependencies=[Permit("notices.record_receipt"), IdempotencyKey],
)  # fmt: skip
def record_receipt(
    notice_id: uuid.UUID, body: ReceiptIn, session: Transaction, services: Services, asker: Asker
) -> NoticeView:
    """Record that the recipient confirmed the receipt on the phone, by signature or in a branch."""
    row = service.record_receipt(
        session, _records(services), asker, notice_id, way=body.way, proof=body.proof, now=services.clock()
    )
    facts: Facts = {"way": body.way.value}
    audit.record(session, asker, operation="notices.record_receipt", subject=f"notices/{notice_id}", facts=facts)
    return _view(row)


@router.post(
    "/notices/{notice_id}/posting", operation_id="notices.record_posting",
    dependencies=[Permit("notices.record_posting"), IdempotencyKey],
)  # fmt: skip
def record_posting(
    notice_id: uuid.UUID, body: PostingIn, session: Transaction, services: Services, asker: Asker
) -> NoticeView:
    """Record that a notice was posted or told by hand."""
    row = service.record_posting(session, notice_id, reference=body.reference, now=services.clock())
    audit.record(session, asker, operation="notices.record_posting", subject=f"notices/{notice_id}")
    return _view(row)


@router.post(
    "/notice-deliveries", status_code=204, operation_id="notices.report_delivery",
    dependencies=[Permit("notices.report_delivery"), IdempotencyKey],
)  # fmt: skip
def report_delivery(body: DeliveryIn, session: Transaction, services: Services) -> None:
    """Tell what became of a message: for the gateways that carried it."""
    now = services.clock()
    service.note_delivery(session, body.notice_id, delivered=body.delivered, code=body.code, now=now)


@router.put(
    "/notice-phone", status_code=204, operation_id="notices.set_phone",
    dependencies=[Permit("notices.set_phone"), IdempotencyKey],
)  # fmt: skip
def set_phone(body: PhoneIn, session: Transaction, services: Services, asker: Asker) -> None:
    """Give the number short messages go to, or take it back."""
    if services.identity is None:
        raise Problem("key_missing", setting="QUITTANCE_IDENTITY_KEY_FILE")
    if asker.tenant_id is None or asker.principal_id is None:
        raise Problem("unauthenticated", "Sign in first.")
    me = Recipient(asker.tenant_id, asker.principal_id)
    IdentityContacts(services.identity).set_phone(session, me, body.phone)
    audit.record(session, asker, operation="notices.set_phone", subject=f"people/{asker.principal_id}")


def _records(services: ServiceSet) -> VaultRecords:
    if services.vault is None:
        raise Problem("key_missing", setting="QUITTANCE_VAULT_KEY_FILE")
    return VaultRecords(services.vault)


def _view(row: NoticeRow) -> NoticeView:
    return NoticeView(
        notice_id=row.notice_id, person_id=row.person_id, kind=row.kind, subject=row.subject, language=row.language,
        channel=row.channel, state=row.state, content_hash=bytes_hex(row.content_hash), attempts=row.attempts,
        created_at=row.created_at, sent_at=row.sent_at, delivered_at=row.delivered_at, confirmed_at=row.confirmed_at,
        confirmation=row.confirmation, failure_code=row.failure_code, follows=row.follows,
    )  # fmt: skip
