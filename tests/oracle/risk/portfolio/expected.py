"""What one application should look like in a portfolio's report, from its one-by-one assessment."""

from collections.abc import Mapping

from domain.errors import DomainError
from oracle.risk.assess import assess, subject_of
from oracle.risk.assessment import Assessment
from oracle.risk.engine import Engine
from oracle.risk.grading import Grade
from oracle.risk.portfolio.refusals import record_of
from oracle.risk.records import application_of_record
from oracle.risk.rules import Rule


def report_or_problem(record: Mapping[str, object], engine: Engine) -> dict[str, object] | tuple[str, str]:
    """The report of one row, or field and problem of its refusal."""
    try:
        application = application_of_record(record_of(record))
        return expected_report(record, assess(subject_of(application), engine))
    except DomainError as error:
        return error.field, error.problem


def expected_report(record: Mapping[str, object], found: Assessment) -> dict[str, object]:
    """An assessment under the columns of a report."""
    measured, decided, seen = found.measured, found.decided, found.qualitative
    ranked = sorted((c for c in measured.contributions if c.millionths), key=lambda c: (-c.millionths, c.indicator))
    return {
        "application_id": record["application_id"],
        "line": found.case.line.value,
        "party": found.case.party.value,
        "score": measured.score,
        "scored": measured.scored,
        "tier_by_score": measured.tiers.by_score.name.lower(),
        "tier_by_ratio": measured.tiers.by_ratio.name.lower(),
        "tier": found.tier.name.lower(),
        "expected_loss_minor": measured.expected_loss_minor,
        "loss_ratio_bps": measured.loss_ratio_bps,
        "main_indicators": ",".join(c.indicator for c in ranked[:3]),
        "decision": decided.decision.value,
        "measure": decided.measure.name.lower(),
        "loading_bps": decided.loading_bps,
        "factor_bps": found.factor_bps,
        "cap_minor": found.cap_minor,
        "exclusions": _codes(decided.exclusions),
        "declines": _codes(decided.declines),
        "findings": _codes(seen.findings),
        "conditions": _codes(seen.conditions),
        "manual_review": _codes(found.review.reasons),
        "unconfirmed": ",".join(found.review.unconfirmed),
        "committee": found.review.committee,
        "fast_lane": found.review.fast_lane,
        "occupation_grade": _grade(seen.occupation),
        "illness_grade": _grade(seen.illness),
        "behaviour_grade": _grade(seen.behaviour),
        "products": ",".join(offer.rule.code for offer in found.segment.products),
    }


def _codes(rules: tuple[Rule, ...]) -> str:
    return ",".join(rule.code for rule in rules)


def _grade(grade: Grade | None) -> str | None:
    return None if grade is None else grade.name.lower()
