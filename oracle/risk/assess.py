"""From an application to its assessment: one pure function of row, tables and models."""

from collections.abc import Mapping

from oracle.risk.application import Application
from oracle.risk.assessment import Asked, Assessment, Subject
from oracle.risk.changes import lowering_changes
from oracle.risk.codes import CURRENCIES
from oracle.risk.decision import decide, review
from oracle.risk.derived import coded_row
from oracle.risk.engine import Engine, measure
from oracle.risk.indicators import ABSENT, Case, IndicatorInvalid
from oracle.risk.qualitative import qualify
from oracle.risk.rates import factor_bps
from oracle.risk.segments import segment
from oracle.risk.vocabulary import asked


def subject_of(application: Application) -> Subject:
    """An application as a subject: what counts of it, and whom it comes from."""
    return Subject(
        application_id=application.application_id,
        case=application.case,
        row=application.row(),
        read=tuple(sorted(application.sources)),
        unread=tuple(sorted(application.unread)),
    )


def assess(subject: Subject, engine: Engine) -> Assessment:
    """Assess one application. The same subject and engine always give the same bytes.

    Raises:
        IndicatorUnknown, IndicatorInvalid: Names the field; nothing was scored.
    """
    case, table, grading = subject.case, engine.tables.lines[subject.case.line], engine.tables.grading
    coded = coded_row(subject.row, case.line, case.party, grading)
    refuse_missing(coded, case)
    read = frozenset(subject.read)
    measured = measure(coded, case, engine, read)
    tier = measured.tiers.together
    seen = qualify(coded, table, grading)
    decided = decide(tier, coded, table)
    sum_insured = coded["sum_insured_minor"]
    return Assessment(
        application_id=subject.application_id,
        case=case,
        asked=Asked(sum_insured, coded["premium_minor"], CURRENCIES[coded["currency"]]),
        table_version=table.version,
        table_hash=table.hash,
        model_hash=engine.hash,
        measured=measured,
        qualitative=seen,
        decided=decided,
        factor_bps=factor_bps(tier, decided.measure, table),
        cap_minor=sum_insured if decided.cap_minor is None else min(sum_insured, decided.cap_minor),
        review=review(measured.score, tier, coded, table, read=read, conditions=bool(seen.conditions)),
        segment=segment(tier, coded, table),
        changes=lowering_changes(coded, tier, case, engine, read),
        read=subject.read,
        unread=subject.unread,
    )


def refuse_missing(coded: Mapping[str, int], case: Case) -> None:
    """Refuse a row without what its form requires.

    Raises:
        IndicatorInvalid: Names the first missing field, and the others in the remedy.
    """
    missing = [each.name for each in asked(*case) if case in each.required and coded[each.name] == ABSENT]
    if missing:
        remedy = f"Give {', '.join(missing)}"
        raise IndicatorInvalid(missing[0], None, "is required and missing", remedy)
