"""Asks third parties what the customer authorised, once each, and seals what they say (R3, R11)."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence

import structlog

from backend.access.principal import Principal
from backend.database import Database
from backend.notices.ports import FileCategory, Recipient
from backend.underwriting import files, repository
from backend.underwriting.casebook import about
from backend.underwriting.desk import UnderwritingDesk
from backend.underwriting.models import AuthorisationRow, CaseRow, SourceReportRow
from backend.underwriting.ports import SourceAnswer, SourceFailed, ThirdParties
from backend.underwriting.sources import GREATEST_AGE_SECONDS

log = structlog.get_logger()
MOST_ATTEMPTS = 5
"""After so many a source counts as not asked; the assessment then names it unconfirmed, and a person looks."""
_NAMESPACE = uuid.UUID("6f6d4f0e-54a5-4a1c-9f5e-0d6b3f6a8f10")


def gather(database: Database, desk: UnderwritingDesk, row: CaseRow) -> bool:
    """Ask every source that may be asked and was not. False when one did not answer and is to be asked again."""
    if desk.third_parties is None:
        return True
    with database.scoped(Principal.worker(row.tenant_id)) as session:
        wanted = _wanted(
            repository.authorisations(session, row.case_id), repository.source_reports(session, row.case_id),
            row.received_at,
        )  # fmt: skip
        person = files.applied_for(session, desk, row).person or {}
    return all([_ask(database, desk, desk.third_parties, row, each, number, person) for each, number in wanted])


def _wanted(
    given: Sequence[AuthorisationRow], asked: Sequence[SourceReportRow], received_at: int
) -> list[tuple[AuthorisationRow, int]]:
    """Authorisations that stand and whose source has neither answered nor refused, and how often it was asked."""
    wanted: dict[str, tuple[AuthorisationRow, int]] = {}
    for each in given:
        mine = [report for report in asked if report.source == each.source]
        answered = any(_counts(report, received_at) or report.outcome == "refused" for report in mine)
        if each.withdrawn_at is None and not answered and len(mine) < MOST_ATTEMPTS:
            wanted.setdefault(each.source, (each, len(mine) + 1))
    return list(wanted.values())


def _counts(report: SourceReportRow, received_at: int) -> bool:
    """Whether a report is young enough for this application."""
    young = GREATEST_AGE_SECONDS.get(report.source, 0)
    return report.obtained_at is not None and received_at - report.obtained_at <= young


def _ask(
    database: Database, desk: UnderwritingDesk, parties: ThirdParties, row: CaseRow, given: AuthorisationRow,
    number: int, person: Mapping[str, object],
) -> bool:  # fmt: skip
    request_id = uuid.uuid5(_NAMESPACE, f"{row.application_id}/{given.source}/{number}")
    asked_at = desk.clock()
    kept = SourceReportRow(
        case_id=row.case_id, source=given.source, number=number, asked_at=asked_at, outcome="obtained",
        tenant_id=row.tenant_id, person_id=row.person_id,
    )  # fmt: skip
    answer: SourceAnswer | None = None
    try:
        answer = parties.ask(given.source, request_id, person, given.evidence_hash)
        kept.obtained_at = min(answer.obtained_at, row.received_at)
    except SourceFailed as failed:
        kept.outcome, kept.code = "refused" if failed.final else "failed", failed.code
    with database.scoped(Principal.worker(row.tenant_id)) as session:
        if answer is not None:
            owner = Recipient(row.tenant_id, row.person_id)
            said = {"reference": answer.reference, "values": dict(answer.values)}
            worker = Principal.worker(row.tenant_id)
            kept.record_id = desk.records.seal(session, worker, owner, FileCategory.THIRD_PARTY, said, about(row))
        repository.add(session, kept)
    log.info("source.asked", case_id=row.case_id, source=given.source, outcome=kept.outcome, code=kept.code)
    return kept.outcome != "failed" or number >= MOST_ATTEMPTS
