"""What the machine does with a case by itself: collect, have it assessed, accept in the fast lane, tell, and quote.

It never declines, signs or votes. Sources and nodes are asked between transactions; what comes of it is kept only if
the case still stands where it stood. Every function may be run again at any time.
"""

from __future__ import annotations

import uuid
from contextlib import AbstractContextManager
from enum import StrEnum

import structlog
from sqlalchemy.orm import Session

from backend.access.principal import Principal
from backend.chain import underwriting_quorum
from backend.chain.nodes import OracleUnavailable
from backend.chain.underwriting_quorum import HandedIn, Refused, Underwritten
from backend.database import Database
from backend.notices import service as notices
from backend.notices.kinds import ChannelName, Language, NoticeKind
from backend.notices.ports import Recipient, RecordGone, RecordRestricted
from backend.notices.writing import day
from backend.underwriting import casebook, checks, files, gathering, quoting, reporting, repository, words
from backend.underwriting.casebook import MACHINE, WORKER
from backend.underwriting.desk import UnderwritingDesk
from backend.underwriting.models import CaseRow
from domain.underwriting_case import Case, notice_of
from domain.underwriting_decision import Channel, Decision, Verdict
from domain.underwriting_desk import SILENCE_SECONDS
from domain.underwriting_steps import Asked, Assessed, CaseOutcome, CaseState, Collected, Decided, NoticeGiven

log = structlog.get_logger()
REPORT_VALID_SECONDS = 600
"""Of the report a decision rests on: a node signs no other assessment of the application before it has expired. For
the sale the same assessment is signed again."""


class Progress(StrEnum):
    """What came of a look."""

    AGAIN = "again"  # there may be more to do
    LATER = "later"  # nodes or sources do not answer, or the file is restricted: try again
    GONE = "gone"  # the file is erased, or its consent withdrawn: try again, but not for ever
    DONE = "done"  # somebody else's turn


def advance(database: Database, desk: UnderwritingDesk, case_id: int) -> Progress:
    """Take the machine's next step with a case, if there is one."""
    with database.every_tenant() as session:
        row = repository.case(session, case_id)
    if row is None:
        return Progress.DONE
    if row.waits_for != WORKER:
        return _offer(database, desk, row)
    try:
        match row.state:
            case "received":
                return _collect(database, desk, row)
            case "collected":
                return _assess(database, desk, row)
            case "assessed":
                return _accept(database, desk, row)
            case _:
                return _tell(database, desk, row)
    except OracleUnavailable as error:
        log.warning("case.nodes_unavailable", case_id=case_id, detail=error.detail)
        return Progress.LATER
    except RecordGone as gone:
        log.info("case.record_gone", case_id=case_id)
        return Progress.LATER if isinstance(gone, RecordRestricted) else Progress.GONE


def _scoped(database: Database, tenant_id: uuid.UUID) -> AbstractContextManager[Session]:
    return database.scoped(Principal.worker(tenant_id))


def _still(session: Session, desk: UnderwritingDesk, seen: CaseRow) -> tuple[CaseRow, Case] | None:
    """The case, locked, if nobody took a step meanwhile."""
    row, case = casebook.load(session, desk, seen.case_id)
    same = (row.events, row.record_id, row.waits_for) == (seen.events, seen.record_id, seen.waits_for)
    return (row, case) if same else None


def _collect(database: Database, desk: UnderwritingDesk, seen: CaseRow) -> Progress:
    """Ask what may be asked, then have completeness checked."""
    if not gathering.gather(database, desk, seen):
        return Progress.LATER
    with _scoped(database, seen.tenant_id) as session:
        handed = files.handed_in(session, desk, seen)
    found = _assessed(desk, seen, handed)
    with _scoped(database, seen.tenant_id) as session:
        if (still := _still(session, desk, seen)) is None:
            return Progress.AGAIN
        row, case = still
        if isinstance(found, Refused):
            _refused(session, desk, row, case, found)
            return Progress.AGAIN
        if row.sampled:
            checks.open_check(session, desk, row, "authenticity", "application", "customer")
        for field, source in files.mismatches(handed.application):
            checks.open_check(session, desk, row, "mismatch", field, source)
        casebook.take(session, desk, _worker(row), row, case, Collected(), by=MACHINE)
    return Progress.AGAIN


def _assess(database: Database, desk: UnderwritingDesk, seen: CaseRow) -> Progress:
    """Have the quorum assess and sign."""
    with _scoped(database, seen.tenant_id) as session:
        handed = files.handed_in(session, desk, seen)
    found = _assessed(desk, seen, handed)
    if isinstance(found, Refused):
        with _scoped(database, seen.tenant_id) as session:
            if (still := _still(session, desk, seen)) is not None:
                _stick(session, desk, *still, found.code)
        return Progress.AGAIN
    report, signatures = reporting.signed_report(desk, seen, found, handed, REPORT_VALID_SECONDS)
    with _scoped(database, seen.tenant_id) as session:
        if (still := _still(session, desk, seen)) is None:
            return Progress.AGAIN
        row, case = still
        reporting.keep_report(session, desk, row, report, signatures, found)
        casebook.take(session, desk, _worker(row), row, case, Assessed(found.case), by=MACHINE)
    return Progress.AGAIN


def _accept(database: Database, desk: UnderwritingDesk, seen: CaseRow) -> Progress:
    """Accept a low risk of the fast lane, as recommended."""
    with _scoped(database, seen.tenant_id) as session:
        if (still := _still(session, desk, seen)) is not None:
            row, case = still
            recommended = case.assessed().recommended
            if recommended is None:
                return Progress.DONE
            decision = Decision(Verdict.ACCEPT, recommended)
            casebook.take(session, desk, _worker(row), row, case, Decided(decision), by=MACHINE)
    return Progress.AGAIN


def _tell(database: Database, desk: UnderwritingDesk, seen: CaseRow) -> Progress:
    """Tell the customer what was decided (R8): notice and step in one transaction."""
    with _scoped(database, seen.tenant_id) as session:
        if (still := _still(session, desk, seen)) is None:
            return Progress.AGAIN
        row, case = still
        if case.state is not CaseState.CONCLUDED:
            return Progress.DONE
        tell(session, desk, row, case)
    return Progress.AGAIN


def tell(session: Session, desk: UnderwritingDesk, row: CaseRow, case: Case) -> Case:
    """Order the notice of a decision and take the step that says so."""
    office = casebook.office_of(session, row.tenant_id)
    explanation, product = _explanation(session, desk, row), desk.shelf.product(row.product)
    values = words.decision_values(case, product, explanation, office.how_to_object)
    sent = notices.order(
        session, desk.notices,
        notices.NoticeOrder(
            Recipient(row.tenant_id, row.person_id), NoticeKind.UNDERWRITING_DECISION,
            f"underwriting_case:{row.case_id}:decision", f"underwriting_case:{row.case_id}", values,
            casebook.about(row),
        ),
    )  # fmt: skip
    language = Language(sent.language)
    channel = Channel.SMS if sent.channel == ChannelName.SMS else Channel.WRITTEN
    told = notice_of(
        case, channel, basis=words.basis(case, explanation, language), how_to_object=office.how_to_object[language]
    )
    after = casebook.take(session, desk, _worker(row), row, case, NoticeGiven(told), by=MACHINE)
    if after.outcome is CaseOutcome.ACCEPTED:
        casebook.wake(session, row.case_id, "offer")
    return after


def _explanation(session: Session, desk: UnderwritingDesk, row: CaseRow) -> dict[str, tuple[str, ...]]:
    """Why the quorum says what it says; nothing where people assessed anew."""
    kept = repository.reports(session, row.case_id)
    if not kept:
        return {}
    owner = Recipient(row.tenant_id, row.person_id)
    found = desk.records.open(session, _worker(row), owner, kept[-1].explanation_record)
    return {
        language: tuple(map(str, lines))
        for language, lines in found.items()
        if language in set(Language) and isinstance(lines, list)
    }


def _offer(database: Database, desk: UnderwritingDesk, row: CaseRow) -> Progress:
    """Quote an accepted case whose customer was told."""
    if row.outcome != CaseOutcome.ACCEPTED or row.state not in ("notified", "closed") or row.superseded_by is not None:
        return Progress.DONE
    try:
        quoting.offer(database, desk, row)
    except OracleUnavailable as error:
        log.warning("case.nodes_unavailable", case_id=row.case_id, detail=error.detail)
        return Progress.LATER
    return Progress.DONE


def _assessed(desk: UnderwritingDesk, row: CaseRow, handed: HandedIn) -> Underwritten | Refused:
    product = desk.shelf.product(row.product)
    return underwriting_quorum.assess(desk.nodes, product.address, handed, desk.shelf.signers(product).needed)


def _refused(session: Session, desk: UnderwritingDesk, row: CaseRow, case: Case, found: Refused) -> None:
    """Fields that are missing are asked for; what else is wrong is for people."""
    missing = files.missing_fields(found.detail)
    if found.code != "application_incomplete" or not missing:
        _stick(session, desk, row, case, found.code)
        return
    after = casebook.take(session, desk, _worker(row), row, case, Asked(missing), by=MACHINE)
    ask(session, desk, row, after, missing)


def ask(session: Session, desk: UnderwritingDesk, row: CaseRow, case: Case, missing: tuple[str, ...]) -> None:
    """Tell the customer which fields are missing, and until when they may answer."""
    offset = casebook.office_of(session, row.tenant_id).calendar.days.utc_offset_seconds

    def values(language: Language) -> dict[str, str | bool | list[str]]:
        reply_by = day(language, case.last_at + SILENCE_SECONDS, offset)
        return {"case": str(case.case_id), "missing": list(missing), "reply_by": reply_by}

    notices.order(
        session, desk.notices,
        notices.NoticeOrder(
            Recipient(row.tenant_id, row.person_id), NoticeKind.UNDERWRITING_QUESTIONS,
            f"underwriting_case:{row.case_id}:asked:{len(case.events)}", f"underwriting_case:{row.case_id}", values,
            casebook.about(row),
        ),
    )  # fmt: skip


def _stick(session: Session, desk: UnderwritingDesk, row: CaseRow, case: Case, code: str) -> None:
    """People have to look: the machine cannot go on."""
    row.stuck = code[:80]
    casebook.keep(session, desk, _worker(row), row, case)
    log.warning("case.stuck", case_id=row.case_id, code=code)


def _worker(row: CaseRow) -> Principal:
    return Principal.worker(row.tenant_id)
