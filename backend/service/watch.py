"""Watches service: tells staff once of what is overdue, closes what met with silence, asks how claims went."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Collection
from typing import Final

import structlog
from sqlalchemy.orm import Session

from backend.access.principal import Principal
from backend.access.roles import Role
from backend.database import Database
from backend.notices.kinds import Language, NoticeKind
from backend.notices.ports import RecordGone
from backend.notices.service import NoticeOrder
from backend.notices.writing import Value, day
from backend.service import repository, service, surveys
from backend.service.desk import ServiceDesk, calendar_of, recipient
from domain.service_matters import MatterKind

log = structlog.get_logger()
BATCH: Final = 200
ASK_WITHIN_SECONDS: Final = 30 * 86_400
"""Nobody is asked about what was decided longer ago."""
POLL_SECONDS: Final = 30.0
Holders = Callable[[Session, uuid.UUID, Role], Collection[uuid.UUID]]


class ServiceWatch:
    """One look: alarms, closings, surveys. What was alarmed for is remembered by its notices, and by this process."""

    def __init__(self, database: Database, desk: ServiceDesk, holders: Holders) -> None:
        self._database = database
        self._desk = desk
        self._holders = holders
        self._alarmed: set[tuple[int, int]] = set()

    def step(self) -> bool:
        """Look once. Returns whether there was nothing to do."""
        return self.alarm() + self.close_silent() + self.ask_decided() == 0

    def alarm(self) -> int:
        """Tell everybody of customer service of each overdue step, once. Returns how many steps that were."""
        with self._database.every_tenant() as session:
            rows = repository.overdue(session, self._desk.clock())
        self._alarmed &= {(row[1], row[4]) for row in rows}
        new = [row for row in rows if (row[1], row[4]) not in self._alarmed]
        for tenant_id, matter_id, kind, state, due_at in new:
            with self._database.scoped(Principal.worker(tenant_id)) as session:
                self._tell(session, tenant_id, f"{kind}:{matter_id}", state, due_at)
            self._alarmed.add((matter_id, due_at))
            log.warning("service.overdue", subject=f"{kind}:{matter_id}", state=state)
        return len(new)

    def close_silent(self) -> int:
        """Close what was answered 14 days ago and nobody came back to. Returns how many."""
        with self._database.every_tenant() as session:
            rows = [
                (row.tenant_id, row.matter_id, MatterKind(row.kind))
                for row in repository.silent(session, self._desk.clock(), BATCH)
            ]
        for tenant_id, matter_id, kind in rows:
            worker = Principal.worker(tenant_id)
            with self._database.scoped(worker) as session:
                service.close(session, self._desk, worker, kind, matter_id)
        return len(rows)

    def ask_decided(self) -> int:
        """Ask claimants whose claim was decided lately how it went, once for each claim. Returns how many."""
        with self._database.every_tenant() as session:
            rows = [
                (row.tenant_id, row.person_id, row.case_id)
                for row in repository.decided_unasked(session, self._desk.clock() - ASK_WITHIN_SECONDS, BATCH)
            ]
        for tenant_id, person_id, case_id in rows:
            assert person_id is not None
            worker = Principal.worker(tenant_id)
            with self._database.scoped(worker) as session:
                surveys.ask(session, self._desk, worker, person_id=person_id, subject=f"cases/{case_id}")
        return len(rows)

    def _tell(self, session: Session, tenant_id: uuid.UUID, subject: str, state: str, due_at: int) -> None:
        offset = calendar_of(session, tenant_id).days.utc_offset_seconds

        def values(language: Language) -> dict[str, Value]:
            return {"subject": subject, "state": state, "due_on": day(language, due_at, offset), "overdue": True}

        for person_id in sorted(self._holders(session, tenant_id, Role.CUSTOMER_SERVICE), key=str):
            cause = f"overdue:{subject}:{due_at}:{person_id.hex}"
            to = recipient(tenant_id, person_id)
            try:
                self._desk.tell(
                    session, Principal.worker(tenant_id),
                    NoticeOrder(to, NoticeKind.STAFF_DEADLINE, cause, subject, values),
                )  # fmt: skip
            except RecordGone:
                continue
