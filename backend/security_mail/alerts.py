"""Tells people what happened to their accounts, by notices."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime

import structlog
from sqlalchemy.orm import Session

from backend.identity.events import SecurityEvent
from backend.notices import service as notices
from backend.notices.kinds import NoticeKind
from backend.notices.ports import Recipient, RecordGone
from backend.notices.service import NoticeDesk, NoticeOrder
from backend.security_mail.words import EVENTS, what_to_do

log = structlog.get_logger()


class SecurityMail:
    """Implements identity's `Tells`: a notice in the transaction of the change."""

    def __init__(self, desk: NoticeDesk) -> None:
        self._desk = desk

    def __call__(self, session: Session, tenant_id: uuid.UUID, person_id: uuid.UUID, event: SecurityEvent, /) -> None:
        """See `Tells`. Whose record is gone or restricted cannot be told; the change counts all the same."""
        happened = datetime.fromtimestamp(self._desk.clock(), UTC).strftime("%Y-%m-%d %H:%M UTC")
        order = NoticeOrder(
            Recipient(tenant_id, person_id), NoticeKind.SECURITY_EVENT, f"security/{event}/{uuid.uuid4()}", "account",
            lambda language: {
                "event": EVENTS[event][language], "happened_on": happened, "what_to_do": what_to_do(event)[language],
            },
        )  # fmt: skip
        try:
            notices.order(session, self._desk, order)
        except RecordGone:
            log.warning("security_mail.untold", person_id=str(person_id), event=event)
