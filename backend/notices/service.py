"""Use cases of notices: written and kept with their cause, sent later, confirmed by whom they are for.

The caller owns the transaction: a notice exists exactly when what it tells has happened.
"""

from __future__ import annotations

import hashlib
import secrets
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import structlog
from sqlalchemy.orm import Session

from backend.access.principal import Principal
from backend.notices import repository
from backend.notices.kinds import KINDS, ChannelName, Language, NoticeKind
from backend.notices.models import NoticeRow
from backend.notices.ports import Contact, Contacts, FileCategory, Recipient, RecordGone, Records
from backend.notices.states import TOKEN_SECONDS, Confirmation, NoticeState
from backend.notices.writing import Value, Written, write
from backend.problems import Problem
from domain.hashing import canonical_json

log = structlog.get_logger()

PREFERENCE = (ChannelName.EMAIL, ChannelName.SMS)
CONFIRMABLE = frozenset({NoticeState.SENT, NoticeState.DELIVERED, NoticeState.TO_HAND, NoticeState.QUEUED})


@dataclass(frozen=True, slots=True)
class NoticeDesk:
    """What ordering notices needs.

    Attributes:
        channels: Those there are carriers for.
        public_url: Where the insurer's pages are; links to confirm receipt lead there.
        clock: Wall clock, unix seconds.
    """

    contacts: Contacts
    records: Records
    channels: frozenset[ChannelName]
    public_url: str
    clock: Callable[[], int]


@dataclass(frozen=True, slots=True)
class NoticeOrder:
    """A notice to be written and sent.

    Attributes:
        cause: Names what it is for; the same cause twice makes one notice.
        subject: What it is about, such as `underwriting_case:17`.
        values: By language, without the common ones.
        about: Contract or application whose file the proof of notice belongs to.
    """

    recipient: Recipient
    kind: NoticeKind
    cause: str
    subject: str
    values: Callable[[Language], Mapping[str, Value]]
    about: bytes = b""


def order(session: Session, desk: NoticeDesk, asked: NoticeOrder) -> NoticeRow:
    """Write a notice, seal it and queue it, in the caller's transaction.

    Raises:
        RecordGone: The recipient's record is erased or restricted, or only mail would do and there is none.
        NoticeUnwritable
    """
    tenant_id = asked.recipient.tenant_id
    known = repository.by_cause(session, tenant_id, asked.cause)
    if known is not None:
        return known
    contact = desk.contacts.find(session, asked.recipient)
    if contact is None:
        raise RecordGone(f"the recipient of {asked.cause} has no record any more; nobody can be told.")
    notice_id, now, about = uuid.uuid4(), desk.clock(), KINDS[asked.kind]
    token = secrets.token_urlsafe(32) if about.receipt else None
    words = write(asked.kind, contact.language, _values(session, asked, contact, desk, notice_id, token))
    routes = _routes(contact, words, desk.channels, written_only=_written_only(asked, contact.language))
    content = _content(words, routes, secrets.token_hex(32))
    channel = next(iter(routes), ChannelName.BY_HAND)
    if about.secret and channel is not ChannelName.EMAIL:
        raise RecordGone(f"there is no mail to send {asked.cause} by, and it goes through nobody's hands.")
    row = NoticeRow(
        notice_id=notice_id, tenant_id=tenant_id, person_id=asked.recipient.person_id, cause=asked.cause,
        kind=asked.kind, language=contact.language, channel=channel, subject=asked.subject,
        record_id=desk.records.seal(
            session, Principal.worker(tenant_id), asked.recipient, FileCategory.NOTICE, content, asked.about
        ),
        content_hash=content_hash(content), state=_first_state(channel), attempts=0, due_at=now, created_at=now,
        token_hash=_digest(token) if token else None, token_expires_at=now + TOKEN_SECONDS if token else None,
    )  # fmt: skip
    repository.add(session, row)
    log.info("notice.queued", notice_id=str(notice_id), kind=asked.kind, channel=channel)
    return row


def content_hash(content: Mapping[str, object]) -> bytes:
    """Proof of what was said and where it was sent; salted, so that it says nothing once the record is erased."""
    return hashlib.sha256(canonical_json(content)).digest()


def confirm_by_token(session: Session, token: str, now: int) -> NoticeRow:
    """The recipient followed the link. A token counts once, and again only to say the same.

    Raises:
        Problem: `receipt_token_invalid`, which says no more than that.
    """
    row = repository.by_token(session, _digest(token))
    if row is None or row.token_expires_at is None or row.token_expires_at < now or row.confirmed_at is not None:
        raise Problem("receipt_token_invalid", "token is not one that can be used now. Ask for the notice again.")
    _confirm(row, Confirmation.LINK, now, None)
    return row


def record_receipt(
    session: Session, records: Records, by: Principal, notice_id: uuid.UUID, *, way: Confirmation, proof: str, now: int
) -> NoticeRow:
    """Staff record that the recipient confirmed the receipt: on the phone, by signature, in a branch.

    Raises:
        Problem: `notice_unknown`, `notice_confirmed`, `notice_not_sent`.
    """
    row = _found(session, notice_id)
    if row.person_id == by.principal_id:
        raise Problem("notice_own", f"notice {notice_id} is for you. Confirm it by its link.")
    if row.confirmed_at is not None:
        raise Problem("notice_confirmed", f"notice {notice_id} was confirmed at {row.confirmed_at}. Nothing is to do.")
    if row.state not in CONFIRMABLE:
        raise Problem("notice_not_sent", f"notice {notice_id} is {row.state}; record the one that took its place.")
    owner = Recipient(row.tenant_id, row.person_id)
    row.confirmation_record = records.seal(
        session,
        by,
        owner,
        FileCategory.NOTICE,
        {"way": way.value, "proof": proof},
        records.about(session, row.record_id),
    )
    _confirm(row, way, now, by.principal_id)
    return row


def record_posting(session: Session, notice_id: uuid.UUID, *, reference: str, now: int) -> NoticeRow:
    """Staff posted a notice that went by hand, or told it on the phone.

    Raises:
        Problem: `notice_unknown`, `notice_not_by_hand`.
    """
    row = _found(session, notice_id)
    if row.state != NoticeState.TO_HAND:
        raise Problem("notice_not_by_hand", f"notice {notice_id} is {row.state} by {row.channel}, not waiting for you.")
    row.state, row.sent_at, row.carrier_reference = NoticeState.SENT, now, reference
    return row


def note_delivery(session: Session, notice_id: uuid.UUID, *, delivered: bool, code: str, now: int) -> NoticeRow:
    """A carrier told what became of a message it had taken. Told again, nothing changes.

    Raises:
        Problem: `notice_unknown`.
    """
    row = _found(session, notice_id)
    if delivered and row.state in (NoticeState.SENT, NoticeState.QUEUED):
        row.state, row.delivered_at = NoticeState.DELIVERED, now
    elif not delivered and row.state in (NoticeState.SENT, NoticeState.DELIVERED):
        row.failure_code = code
        give_up(session, row, NoticeState.BOUNCED, now)
    return row


def give_up(session: Session, row: NoticeRow, state: NoticeState, now: int) -> NoticeRow:
    """This way is closed: the same words are handed to people, who print, post or call. Returns that notice.

    What carries a secret ends here.
    """
    if KINDS[NoticeKind(row.kind)].secret:
        row.state = state
        return row
    token_hash, expires_at = row.token_hash, row.token_expires_at
    row.state, row.token_hash, row.token_expires_at = state, None, None
    session.flush()  # the token is one notice's at a time
    other = NoticeRow(
        notice_id=uuid.uuid4(), tenant_id=row.tenant_id, person_id=row.person_id, cause=f"{row.cause}/by_hand",
        kind=row.kind, language=row.language, channel=ChannelName.BY_HAND, subject=row.subject, record_id=row.record_id,
        content_hash=row.content_hash, state=NoticeState.TO_HAND, attempts=0, due_at=now, created_at=now,
        token_hash=token_hash, token_expires_at=expires_at, follows=row.notice_id,
    )  # fmt: skip
    repository.add(session, other)
    log.warning("notice.given_up", notice_id=str(row.notice_id), channel=row.channel, code=row.failure_code)
    return other


def get(session: Session, notice_id: uuid.UUID) -> NoticeRow:
    """One notice.

    Raises:
        Problem: `notice_unknown`.
    """
    row = repository.get(session, notice_id)
    if row is None:
        raise _unknown(notice_id)
    return row


def read(
    session: Session, records: Records, principal: Principal, notice_id: uuid.UUID
) -> tuple[NoticeRow, Mapping[str, object]]:
    """A notice with its words; whoever asks sees the row, and the vault audits the opening.

    Raises:
        Problem: `notice_unknown`.
        RecordGone
    """
    row = get(session, notice_id)
    content = records.open(session, principal, Recipient(row.tenant_id, row.person_id), row.record_id)
    return row, content


def list_notices(
    session: Session, *, after: tuple[int, uuid.UUID] | None, limit: int, subject: str | None, state: str | None,
    only_of: uuid.UUID | None = None,
) -> Sequence[NoticeRow]:  # fmt: skip
    """Notices, newest first; `only_of` one person, if said."""
    return repository.page(session, after=after, limit=limit, subject=subject, state=state, only_of=only_of)


def of_subject(session: Session, tenant_id: uuid.UUID, subject: str) -> Sequence[NoticeRow]:
    """Every notice about one thing, oldest first."""
    return repository.of_subject(session, tenant_id, subject)


def _found(session: Session, notice_id: uuid.UUID) -> NoticeRow:
    row = repository.get(session, notice_id, lock=True)
    if row is None:
        raise _unknown(notice_id)
    return row


def _unknown(notice_id: uuid.UUID) -> Problem:
    return Problem("notice_unknown", f"notice {notice_id} is not known. See GET /v1/notices.")


def _confirm(row: NoticeRow, way: Confirmation, now: int, by: uuid.UUID | None) -> None:
    row.state, row.confirmed_at, row.confirmation, row.confirmed_by = NoticeState.CONFIRMED, now, way, by
    row.token_hash = None
    log.info("notice.confirmed", notice_id=str(row.notice_id), way=way)


def _values(
    session: Session, asked: NoticeOrder, contact: Contact, desk: NoticeDesk, notice_id: uuid.UUID, token: str | None
) -> dict[str, Value]:
    insurer = desk.contacts.insurer(session, asked.recipient.tenant_id)
    common: dict[str, Value] = {"name": contact.name, "insurer": insurer, "reference": str(notice_id)}
    link: dict[str, Value] = {"confirm_link": f"{desk.public_url}/confirm#{token}"} if token else {}
    return {**asked.values(contact.language), **common, **link}


def _written_only(asked: NoticeOrder, language: Language) -> bool:
    """What declines must be a text the customer can keep (R7)."""
    declines = asked.kind is NoticeKind.UNDERWRITING_DECISION and not asked.values(language)["accepted"]
    return declines or KINDS[asked.kind].written


def _routes(
    contact: Contact, words: Written, channels: frozenset[ChannelName], *, written_only: bool
) -> dict[ChannelName, str]:
    """Ways to the recipient, the preferred one first."""
    found = {ChannelName.EMAIL: contact.email, ChannelName.SMS: contact.phone}
    if written_only or words.short is None:
        found.pop(ChannelName.SMS)
    return {name: to for name in PREFERENCE if name in channels and (to := found.get(name))}


def _content(words: Written, routes: Mapping[ChannelName, str], salt: str) -> dict[str, object]:
    told = {"subject": words.subject, "body": words.body, "short": words.short or ""}
    return {**told, "routes": {name.value: to for name, to in routes.items()}, "salt": salt}


def _first_state(channel: ChannelName) -> NoticeState:
    return NoticeState.TO_HAND if channel is ChannelName.BY_HAND else NoticeState.QUEUED


def _digest(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()
