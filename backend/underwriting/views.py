"""Rows of underwriting as they go out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from sqlalchemy.orm import Session

from backend.chain.simulation import Refusal
from backend.fields import bytes_hex, word_hex
from backend.underwriting import repository
from backend.underwriting import shown as out
from backend.underwriting.codec import decode
from backend.underwriting.desk import Office
from backend.underwriting.figures import Quarter
from backend.underwriting.models import AlarmRow, CaseQuoteRow, CaseRow, CheckRow, ObjectionRow
from backend.underwriting.offices import Licence
from domain.indemnity_reports import IndemnityQuote
from domain.underwriting_figures import Part
from ledger.typed_indemnity import INDEMNITY_ACCEPTANCE_TYPE, indemnity_acceptance_digest
from ledger.wallet_document import wallet_document


def case_view(row: CaseRow, now: int) -> out.CaseView:
    """A case."""
    overdue = row.due_at is not None and row.waits_for is not None and row.due_at <= now
    return out.CaseView(
        case_id=row.case_id, application_id=word_hex(int(row.application_id)), product=row.product,
        person_id=row.person_id, line=row.line, state=row.state, outcome=row.outcome, tier=row.tier,
        committee=row.committee, waits_for=row.waits_for, due_at=row.due_at, overdue=overdue,
        received_at=row.received_at, closed_at=row.closed_at, calendar=row.calendar,
        superseded_by=row.superseded_by, stuck=row.stuck, privacy_notice=row.notice_version,
    )  # fmt: skip


def whole_view(session: Session, row: CaseRow, now: int, *, staff: bool) -> out.CaseFileView:
    """A case with its steps, and with its checks where staff asks."""
    steps = [
        out.StepView(
            sequence=each.sequence, at=each.at, step=each.step, state=each.state, actor_kind=each.actor_kind,
            actor=each.actor,
        )
        for each in repository.events(session, row.case_id)
    ]  # fmt: skip
    checks = [
        out.CheckView(kind=each.kind, field=each.field, source=each.source, due_at=each.due_at, outcome=each.outcome)
        for each in (repository.checks(session, row.case_id) if staff else ())
    ]
    return out.CaseFileView(case=case_view(row, now), steps=steps, checks=checks)


def open_check_view(row: CheckRow, now: int) -> out.OpenCheckView:
    """A check that waits."""
    return out.OpenCheckView(
        case_id=row.case_id, kind=row.kind, field=row.field, source=row.source, opened_at=row.opened_at,
        due_at=row.due_at, overdue=row.due_at <= now,
    )  # fmt: skip


def file_view(row: CaseRow, application: Mapping[str, object], steps: Mapping[str, object]) -> out.FileView:
    """A file. The salt of the commitment stays in the vault: with it anybody could test guesses against the chain."""
    shown = {name: value for name, value in application.items() if name != "salt"}
    return out.FileView(
        case_id=row.case_id, application=shown, steps=cast("list[dict[str, Any]]", steps["events"])
    )  # fmt: skip


def quote_view(kept: CaseQuoteRow, row: CaseRow, chain_id: int, obstacle: Refusal | None = None) -> out.CaseQuoteView:
    """A quote. Amounts are texts: wallets want them so."""
    quote = decode(IndemnityQuote, kept.quote)
    digest = indemnity_acceptance_digest(quote, chain_id=chain_id, product=row.product)
    shown = {name: str(value) if isinstance(value, int) else value for name, value in kept.quote.items()}
    return out.CaseQuoteView(
        case_id=row.case_id, number=kept.number, state=kept.state, quote=shown, valid_until=kept.valid_until,
        acceptance_digest=bytes_hex(digest), committee_signatures=len(kept.committee), intent=kept.intent,
        typed_data=wallet_document(INDEMNITY_ACCEPTANCE_TYPE, quote, chain_id=chain_id, contract=row.product),
        obstacle=out.obstacle_view(obstacle), failure_code=kept.failure_code, failure_detail=kept.failure_detail,
    )  # fmt: skip


def objection_view(row: ObjectionRow, now: int) -> out.ObjectionView:
    """An objection."""
    return out.ObjectionView(
        objection_id=row.objection_id, case_id=row.case_id, state=row.state, outcome=row.outcome,
        successor=row.successor, waits_for=row.waits_for, due_at=row.due_at,
        overdue=row.due_at is not None and row.due_at <= now, raised_at=row.raised_at,
    )  # fmt: skip


def alarm_view(row: AlarmRow) -> out.AlarmView:
    """An alarm."""
    return out.AlarmView(
        subject=row.subject, state=row.state, role=row.role, due_at=row.due_at, level=row.level,
        raised_at=row.raised_at, told=row.told, cleared_at=row.cleared_at,
    )  # fmt: skip


def office_view(found: Office) -> out.OfficeView:
    """How an office works."""
    return out.OfficeView(
        calendar=found.calendar_name, machine_accepts=found.machine_accepts, sample_bps=found.sample_bps,
        quote_valid_seconds=found.quote_valid_seconds, how_to_object_en=found.how_to_object.get("en", ""),
        how_to_object_zh=found.how_to_object.get("zh", ""),
    )  # fmt: skip


def licence_view(found: Licence) -> out.LicenceView:
    """By what right somebody underwrites."""
    return out.LicenceView(
        licensed_on=found.licensed_on, intermediate_exam_on=found.intermediate_exam_on, offices=sorted(found.offices)
    )


def figures_view(found: Quarter, year: int, number: int) -> out.FiguresView:
    """A quarter's figures."""
    figures, turnaround = found.figures, found.figures.turnaround
    return out.FiguresView(
        year=year, quarter=number, calendar=found.calendar, cases=found.cases,
        review_errors=_part(figures.review_errors), complaints=_part(figures.complaints),
        turnaround_mean_seconds=turnaround.mean_seconds, turnaround_late_bps=turnaround.late_bps,
        turnaround_holds=turnaround.holds, hold=figures.hold,
    )  # fmt: skip


def _part(part: Part) -> out.PartView:
    return out.PartView(count=part.count, of=part.of, bps=part.bps, limit_bps=part.limit_bps, holds=part.holds)
