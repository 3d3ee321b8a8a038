"""Sends queued notices. Several may run: each takes rows the others do not hold, and an attempt is made at least once.

A crash after the carrier took a message makes the attempt again; message id and idempotency key are the notice's own,
so that the carrier or the reader's mail program shows it once.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Final

import structlog

from backend.access.principal import Principal
from backend.database import Database
from backend.notices import repository, service
from backend.notices.kinds import KINDS, SECRET_GAP, ChannelName, Language, NoticeKind
from backend.notices.metrics import NOTICES
from backend.notices.models import NoticeRow
from backend.notices.ports import Channel, Message, Recipient, RecordGone, RecordRestricted, Records, SendingFailed
from backend.notices.states import MOST_ATTEMPTS, NoticeState, pause_after

log = structlog.get_logger()

BATCH = 20
_RESTRICTED: Final = "record_restricted"
LEASE_SECONDS = 300
"""Longer than any channel takes for a whole batch to fail."""


class NoticeSender:
    """Takes due notices and hands them to their channels.

    Args:
        secrets: Makes what stands in a notice's gap, by kind, each time an attempt to send it is made.
    """

    def __init__(
        self, database: Database, channels: Sequence[Channel], records: Records, clock: Callable[[], int],
        secrets: Mapping[NoticeKind, Callable[[NoticeRow], str]] | None = None,
    ) -> None:  # fmt: skip
        self._database = database
        self._channels: Mapping[ChannelName, Channel] = {each.name: each for each in channels}
        self._records = records
        self._clock = clock
        self._secrets = secrets or {}

    def step(self) -> int:
        """Send what is due. Returns how many attempts were made."""
        with self._database.every_tenant() as session:
            taken = repository.take_due(session, self._clock(), LEASE_SECONDS, BATCH)
        for row in taken:
            self._attempt(row)
        return len(taken)

    def _attempt(self, row: NoticeRow) -> None:
        try:
            reference = self._send(row)
        except SendingFailed as failed:
            self._note_failure(row, failed)
            return
        with self._database.every_tenant() as session:
            kept = repository.get(session, row.notice_id, lock=True)
            if kept is None:
                return
            now = self._clock()
            repository.note_attempt(session, kept, at=now, outcome="sent", code=None)
            if kept.state == NoticeState.QUEUED:
                kept.state, kept.sent_at, kept.carrier_reference = NoticeState.SENT, now, reference
        NOTICES.labels(kind=row.kind, channel=row.channel, outcome="sent").inc()
        log.info("notice.sent", notice_id=str(row.notice_id), channel=row.channel, attempt=row.attempts)

    def _send(self, row: NoticeRow) -> str:
        channel = self._channels.get(ChannelName(row.channel))
        if channel is None:
            raise SendingFailed("channel_missing", final=False)
        try:
            with self._database.every_tenant() as session:
                content = self._records.open(
                    session, Principal.worker(row.tenant_id), Recipient(row.tenant_id, row.person_id), row.record_id
                )
        except RecordRestricted:
            raise SendingFailed(_RESTRICTED, final=False) from None
        except RecordGone:
            raise SendingFailed("record_gone", final=True) from None
        routes = content["routes"]
        assert isinstance(routes, dict)
        text = content["short" if row.channel == ChannelName.SMS else "body"]
        words = str(text)
        if KINDS[NoticeKind(row.kind)].secret:
            words = words.replace(SECRET_GAP, self._secret(row))
        message = Message(
            row.notice_id, str(routes[row.channel]), Language(row.language), str(content["subject"]), words
        )
        return channel.send(message)

    def _secret(self, row: NoticeRow) -> str:
        make = self._secrets.get(NoticeKind(row.kind))
        if make is None:
            raise SendingFailed("secret_missing", final=False)
        return make(row)

    def _note_failure(self, row: NoticeRow, failed: SendingFailed) -> None:
        with self._database.every_tenant() as session:
            kept = repository.get(session, row.notice_id, lock=True)
            if kept is None or kept.state != NoticeState.QUEUED:
                return
            now = self._clock()
            kept.failure_code = failed.code
            repository.note_attempt(session, kept, at=now, outcome="failed", code=failed.code)
            waits = failed.code == _RESTRICTED  # nobody may open it, people neither: it goes out once that is lifted
            last = failed.final or (kept.attempts >= MOST_ATTEMPTS and not waits)
            if last and failed.code == "record_gone":
                kept.state = NoticeState.FAILED
            elif last:
                service.give_up(session, kept, NoticeState.BOUNCED if failed.final else NoticeState.FAILED, now)
            else:
                kept.due_at = now + pause_after(kept.attempts)
        outcome = "given_up" if last else "failed"
        NOTICES.labels(kind=row.kind, channel=row.channel, outcome=outcome).inc()
        log.warning("notice.attempt_failed", notice_id=str(row.notice_id), code=failed.code, attempt=row.attempts)
