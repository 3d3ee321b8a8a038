"""From an application to its assessment: one pure function of row, tables and models."""

from collections.abc import Mapping, Set

from domain.tiers import RiskTier
from oracle.risk.application import Application, Unread
from oracle.risk.assessment import Asked, Assessment, Subject
from oracle.risk.changes import lowering_changes
from oracle.risk.codes import CURRENCIES
from oracle.risk.decision import decide, excludable_illnesses, most_insured, review
from oracle.risk.derived import coded_row, derived
from oracle.risk.engine import Engine, measure
from oracle.risk.indicators import ABSENT, Case, IndicatorInvalid
from oracle.risk.qualitative import qualify
from oracle.risk.rates import factor_bps
from oracle.risk.rules import HISTORY_MASK
from oracle.risk.segments import segment
from oracle.risk.vocabulary import asked


def subject_of(application: Application) -> Subject:
    """An application as a subject: what counts of it, and whom it comes from."""
    unread = application.unread
    return Subject(
        application_id=application.application_id,
        case=application.case,
        row=application.row(),
        read=tuple(sorted(application.sources)),
        unread=tuple(sorted(source for source, why in unread.items() if why is not Unread.TOO_OLD)),
        outdated=tuple(sorted(source for source, why in unread.items() if why is Unread.TOO_OLD)),
        confirmed=application.confirmed,
    )


def assess(subject: Subject, engine: Engine) -> Assessment:
    """Assess one application. The same subject and engine always give the same bytes.

    Raises:
        IndicatorUnknown, IndicatorInvalid: Names the field; nothing was scored.
    """
    case, table, grading = subject.case, engine.tables.lines[subject.case.line], engine.tables.grading
    coded = coded_row(subject.row, case.line, case.party, grading)
    refuse_missing(coded, case)
    confirmed = frozenset(subject.confirmed)
    measured = measure(coded, case, engine, confirmed)
    tier = measured.tiers.together
    seen = qualify(coded, table, grading)
    high_without = tier is RiskTier.HIGH and _high_without_illnesses(coded, case, engine, confirmed)
    decided = decide(tier, coded, table, high_without=high_without)
    return Assessment(
        application_id=subject.application_id,
        case=case,
        asked=Asked(coded["sum_insured_minor"], coded["premium_minor"], CURRENCIES[coded["currency"]]),
        table_version=table.version,
        table_hash=table.hash,
        model_hash=engine.hash,
        measured=measured,
        qualitative=seen,
        decided=decided,
        factor_bps=factor_bps(tier, decided.measure, table),
        cap_minor=most_insured(tier, coded, table),
        review=review(measured.score, tier, coded, table, confirmed=confirmed, conditions=bool(seen.conditions)),
        segment=segment(tier, coded, table),
        changes=lowering_changes(coded, tier, case, engine, confirmed),
        read=subject.read,
        unread=subject.unread,
        outdated=subject.outdated,
        confirmed=subject.confirmed,
    )


def _high_without_illnesses(coded: Mapping[str, int], case: Case, engine: Engine, confirmed: Set[str]) -> bool:
    """Whether a high risk is one also without the illnesses that can be excluded; of nobody without such."""
    illnesses = excludable_illnesses(coded, engine.tables.lines[case.line])
    if not illnesses:
        return False
    without = {**coded, HISTORY_MASK: coded[HISTORY_MASK] & ~illnesses}
    without.update(derived(without, case.line, case.party, engine.tables.grading))
    return measure(without, case, engine, confirmed).tiers.together is RiskTier.HIGH


def refuse_missing(coded: Mapping[str, int], case: Case) -> None:
    """Refuse a row without what its form requires.

    Raises:
        IndicatorInvalid: Names the first missing field, and the others in the remedy.
    """
    missing = [each.name for each in asked(*case) if case in each.required and coded[each.name] == ABSENT]
    if missing:
        remedy = f"Give {', '.join(missing)}"
        raise IndicatorInvalid(missing[0], None, "is required and missing", remedy)
