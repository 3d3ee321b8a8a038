"""What the engine recommends is what an underwriting case takes, for every line, tier and measure."""

from dataclasses import replace

import pytest

from domain.indemnity_reports import Measure
from domain.tiers import RiskTier
from domain.underwriting_decision import Decision, Verdict, check_decision
from oracle.risk.case import case_assessment
from oracle.risk.indicators import Line, Value
from tests.oracle.risk.subjects import priced_for

HYPERTENSION = 1


@pytest.mark.parametrize("line", Line)
@pytest.mark.parametrize("tier", RiskTier)
def test_case_assessment__every_line_and_tier__is_a_recommendation_a_case_takes(line: Line, tier: RiskTier) -> None:
    found = priced_for(tier, line)

    kept = case_assessment(found)

    assert (kept.digest, kept.score, kept.tier) == (found.digest, found.score, tier)
    assert (kept.committee, kept.fast_lane) == (found.review.committee, found.review.fast_lane)
    if kept.recommended is None:
        decision = Decision(Verdict.DECLINE, reason="As recommended.", ground=3)
    else:
        decision = Decision(Verdict.ACCEPT, kept.recommended)
    check_decision(replace(decision, authenticity="Checked."), kept)


@pytest.mark.parametrize(
    ("tier", "changes", "measure"),
    [
        (RiskTier.LOW, {}, Measure.NONE),
        (RiskTier.MEDIUM, {}, Measure.LOADING),
        (RiskTier.MEDIUM, {"sum_insured_minor": 60_000_000}, Measure.CAP),
        (RiskTier.MEDIUM, {"history_mask": HYPERTENSION}, Measure.EXCLUSION),
        (RiskTier.HIGH, {"history_mask": HYPERTENSION}, Measure.EXCLUSION),
    ],
)
def test_case_assessment__every_measure__keeps_its_figures(
    tier: RiskTier, changes: dict[str, Value], measure: Measure
) -> None:
    found = priced_for(tier, Line.HEALTH, **changes)

    kept = case_assessment(found)

    assert kept.recommended is not None
    assert kept.recommended.measure is measure
    assert (kept.recommended.loading_bps, kept.recommended.cap_minor) == (
        found.decided.loading_bps,
        found.decided.cap_minor,
    )
    codes = {rule.code for rule in found.decided.exclusions}
    assert set(kept.exclusions) == codes
    assert set(kept.recommended.exclusions) == (codes if measure is Measure.EXCLUSION else set())


def test_case_assessment__high_and_nothing_to_exclude__is_left_to_people() -> None:
    kept = case_assessment(priced_for(RiskTier.HIGH, Line.HEALTH))

    assert (kept.recommended, kept.exclusions, kept.fast_lane) == (None, (), False)
