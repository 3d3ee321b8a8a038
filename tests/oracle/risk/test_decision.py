"""The manual's R2, R6 and R7, row by row."""

import pytest

from domain.indemnity_reports import Measure
from domain.tiers import RiskTier
from oracle.risk.decision import Decision, decide, review, tiers, with_floor
from oracle.risk.indicators import Line, Value
from oracle.risk.unconfirmed import EVERYTHING
from tests.oracle.risk.subjects import coded, table_of

LOW, MEDIUM, HIGH = RiskTier
LIFE = table_of(Line.LIFE)


def codes(rules: tuple[object, ...]) -> list[str]:
    return [getattr(rule, "code") for rule in rules]  # noqa: B009 - every rule has one


@pytest.mark.parametrize(
    ("score", "ratio", "by_score", "by_ratio", "together"),
    [
        (5_999, 0, LOW, LOW, LOW),
        (6_000, 0, MEDIUM, LOW, MEDIUM),
        (8_000, 0, MEDIUM, LOW, MEDIUM),
        (8_001, 0, HIGH, LOW, HIGH),
        (0, 4_999, LOW, LOW, LOW),
        (0, 5_000, LOW, MEDIUM, MEDIUM),
        (0, 8_000, LOW, MEDIUM, MEDIUM),
        (0, 8_001, LOW, HIGH, HIGH),
        (5_999, 4_999, LOW, LOW, LOW),
        (5_999, 5_000, LOW, MEDIUM, MEDIUM),
        (6_000, 4_999, MEDIUM, LOW, MEDIUM),
        (6_500, 9_000, MEDIUM, HIGH, HIGH),
        (9_000, 6_500, HIGH, MEDIUM, HIGH),
        (10_000, 4_294_967_295, HIGH, HIGH, HIGH),
    ],
)
def test_tiers__the_manuals_table__the_worse_measure_wins(
    score: int, ratio: int, by_score: RiskTier, by_ratio: RiskTier, together: RiskTier
) -> None:
    found = tiers(score, ratio, LIFE.bounds)

    assert (found.by_score, found.by_ratio, found.together) == (by_score, by_ratio, together)


def test_decide__low__standard_acceptance() -> None:
    found = decide(LOW, coded(Line.LIFE), LIFE)

    assert (found.decision, found.measure, found.loading_bps) == (Decision.ACCEPT, Measure.NONE, 0)
    assert (found.cap_minor, found.exclusions) == (None, ())


def test_decide__low_with_hypertension__excludes_nothing() -> None:
    assert decide(LOW, coded(Line.LIFE, history_mask=1), LIFE).exclusions == ()


def test_decide__medium__is_loaded_by_20_percent() -> None:
    found = decide(MEDIUM, coded(Line.LIFE), LIFE)

    assert (found.decision, found.measure, found.loading_bps) == (Decision.CONDITIONAL, Measure.LOADING, 2_000)


@pytest.mark.parametrize(
    ("sum_insured", "measure", "cap"),
    [(50_000_000, Measure.LOADING, None), (50_000_001, Measure.CAP, 50_000_000)],
)
def test_decide__medium_life__is_capped_at_500_000_yuan(sum_insured: int, measure: Measure, cap: int | None) -> None:
    found = decide(MEDIUM, coded(Line.LIFE, sum_insured_minor=sum_insured), LIFE)

    assert (found.measure, found.cap_minor) == (measure, cap)


def test_decide__medium_with_hypertension__excludes_stroke_from_it() -> None:
    found = decide(MEDIUM, coded(Line.LIFE, history_mask=1), LIFE)

    assert (found.decision, found.measure) == (Decision.CONDITIONAL, Measure.EXCLUSION)
    assert codes(found.exclusions) == ["stroke-from-hypertension"]


def test_decide__high_with_hypertension__excludes_its_complications() -> None:
    found = decide(HIGH, coded(Line.LIFE, history_mask=1), LIFE)

    assert (found.decision, found.measure) == (Decision.EXCLUDE, Measure.EXCLUSION)
    assert codes(found.exclusions) == ["hypertension-complications"]


def test_decide__high_with_nothing_to_exclude__is_referred() -> None:
    found = decide(HIGH, coded(Line.LIFE), LIFE)

    assert (found.decision, found.measure, found.declines) == (Decision.REFER_DECLINE, Measure.NONE, ())


@pytest.mark.parametrize("line", [Line.LIFE, Line.HEALTH])
def test_decide__late_stage_cancer__is_referred_with_the_reason(line: Line) -> None:
    found = decide(HIGH, coded(line, history=["cancer-late-stage", "hypertension"]), table_of(line))  # type: ignore[arg-type]

    assert found.decision is Decision.REFER_DECLINE
    assert codes(found.declines) == ["late-stage-cancer"]
    assert codes(found.exclusions) == ["hypertension-complications"]


@pytest.mark.parametrize(("records", "reasons"), [(1, []), (2, ["several-drink-driving-records"])])
def test_decide__several_drink_driving_records__is_referred_with_the_reason(records: int, reasons: list[str]) -> None:
    found = decide(HIGH, coded(Line.MOTOR, drink_driving_records=records), table_of(Line.MOTOR))

    assert codes(found.declines) == reasons
    assert found.decision is (Decision.REFER_DECLINE if reasons else Decision.EXCLUDE)


def test_decision__whatever_is_found__is_never_a_refusal() -> None:
    assert {each.value for each in Decision} == {"accept", "conditional", "exclude", "refer-decline"}


@pytest.mark.parametrize(
    ("scored", "refusable", "score"), [(2_000, False, 2_000), (2_000, True, 8_001), (9_500, True, 9_500)]
)
def test_with_floor__a_reason_to_refuse__raises_into_the_high_tier(scored: int, refusable: bool, score: int) -> None:
    assert with_floor(scored, refusable=refusable, bounds=LIFE.bounds) == score


@pytest.mark.parametrize(
    ("age", "score", "reasons"),
    [
        (30, 8_001, ["young-high-score"]),
        (30, 8_000, []),
        (31, 8_001, []),
    ],
)
def test_review__young_and_over_80__goes_to_manual_review(age: int, score: int, reasons: list[str]) -> None:
    found = review(score, HIGH, coded(Line.LIFE, age_years=age), LIFE, confirmed=EVERYTHING, conditions=False)

    assert codes(found.reasons) == reasons


def test_review__young_with_several_claims__goes_to_manual_review_and_leaves_the_fast_lane() -> None:
    found = review(
        2_000, LOW, coded(Line.LIFE, age_years=25, past_claims_36m=3), LIFE, confirmed=EVERYTHING, conditions=False
    )

    assert codes(found.reasons) == ["young-many-claims"]
    assert not found.fast_lane


@pytest.mark.parametrize(("score", "committee"), [(9_000, False), (9_001, True)])
def test_review__over_90__goes_to_the_committee(score: int, committee: bool) -> None:
    assert review(score, HIGH, coded(Line.LIFE), LIFE, confirmed=EVERYTHING, conditions=False).committee is committee


@pytest.mark.parametrize(
    ("tier", "conditions", "fast"),
    [(LOW, False, True), (LOW, True, False), (MEDIUM, False, False), (HIGH, False, False)],
)
def test_review__low_and_nothing_asked__takes_the_fast_lane(tier: RiskTier, conditions: bool, fast: bool) -> None:
    assert review(0, tier, coded(Line.LIFE), LIFE, confirmed=EVERYTHING, conditions=conditions).fast_lane is fast


@pytest.mark.parametrize("changes", [{"age_years": None}, {"past_claims_36m": None}])
def test_review__what_is_not_known__makes_nobody_suspect(changes: dict[str, Value]) -> None:
    found = review(
        8_001,
        HIGH,
        coded(Line.LIFE, **{"past_claims_36m": 5, "age_years": 25, **changes}),
        LIFE,
        confirmed=EVERYTHING,
        conditions=False,
    )

    assert len(found.reasons) == (0 if "age_years" in changes else 1)
