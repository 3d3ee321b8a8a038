"""Passwords set anew by mail. Asking costs and says the same whether anybody has the address: the request writes one
row, and a worker looks who it is. The link is made when the mail goes out and stands nowhere else, not even sealed: the
notice that is kept has a gap in its place.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable

import structlog
from sqlalchemy import delete, insert, select
from sqlalchemy.orm import Session

from backend.database import Database
from backend.identity.accounts import INVITATION_PATH
from backend.identity.desk import Desk
from backend.identity.passwords import service as passwords
from backend.identity.people import service as people
from backend.notices import service as notices
from backend.notices.kinds import SECRET_GAP, NoticeKind
from backend.notices.models import NoticeRow
from backend.notices.ports import Recipient, RecordGone, SendingFailed
from backend.notices.service import NoticeDesk, NoticeOrder
from backend.security_mail.models import PasswordResetRow

log = structlog.get_logger()
RESET_POLL_SECONDS = 1.0
APART_SECONDS = 300
"""At most one mail to a person in so many seconds, however often it is asked for."""
LATE_SECONDS = 3_600
_BATCH = 50


def ask(session: Session, desk: Desk, tenant_id: uuid.UUID, email: str) -> None:
    """Note that somebody with this e-mail wants to set a password anew."""
    values = {
        "reset_id": uuid.uuid4(), "tenant_id": tenant_id, "asked_at": desk.clock(),
        "email_lookup": people.lookup_of(desk, tenant_id, email),
    }  # fmt: skip
    session.execute(insert(PasswordResetRow).values(values))


class ResetWorker:
    """Orders a mail for whoever asked and is there."""

    def __init__(self, database: Database, desk: Desk, mail: NoticeDesk) -> None:
        self._database = database
        self._desk = desk
        self._mail = mail

    def step(self) -> int:
        """Handle what was asked for. Returns how many requests that were."""
        with self._database.every_tenant() as session:
            query = select(PasswordResetRow).order_by(PasswordResetRow.asked_at).limit(_BATCH)
            found = session.scalars(query.with_for_update(skip_locked=True)).all()
            for row in found:
                self._handle(session, row)
            done = [row.reset_id for row in found]
            session.execute(delete(PasswordResetRow).where(PasswordResetRow.reset_id.in_(done)))
        return len(found)

    def _handle(self, session: Session, row: PasswordResetRow) -> None:
        person_id = people.find_by_lookup(session, row.tenant_id, bytes(row.email_lookup))
        if person_id is None or people.is_recovering(session, row.tenant_id, person_id):
            return  # whose account was recovered uses the link made then
        minutes = str(self._desk.rules.reset_seconds // 60)
        order = NoticeOrder(
            Recipient(row.tenant_id, person_id), NoticeKind.PASSWORD_RESET,
            f"password_reset/{person_id}/{row.asked_at // APART_SECONDS}", "account",
            lambda _language: {"reset_link": SECRET_GAP, "valid_minutes": minutes},
        )  # fmt: skip
        try:
            notices.order(session, self._mail, order)
        except RecordGone:
            log.warning("password_reset.untold", person_id=str(person_id))


def links(desk: Desk) -> Callable[[NoticeRow], str]:
    """Makes the link of a mail that is about to go out: good once, for half an hour; those before are worthless."""

    def make(row: NoticeRow) -> str:
        if desk.clock() - row.created_at > LATE_SECONDS:
            raise SendingFailed("too_late", final=True)
        with desk.tenant_scope(row.tenant_id) as session:
            here = people.is_active(session, row.tenant_id, row.person_id)
            if not here or people.is_recovering(session, row.tenant_id, row.person_id):
                raise SendingFailed("person_gone", final=True)
            token = passwords.make_reset(session, desk, row.tenant_id, row.person_id)
        return f"{desk.rules.origin}{INVITATION_PATH}#{token}"

    return make
