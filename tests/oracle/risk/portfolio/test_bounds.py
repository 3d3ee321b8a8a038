"""The bounds of the manual's tiers, one by one and as columns: 59.99/60/80/80.01 points, 49.99/50/80/80.01 percent."""

from typing import Any

import pyarrow as pa
import pytest

from domain.tiers import RiskTier
from oracle.risk.application import parse_application
from oracle.risk.assess import assess, subject_of
from oracle.risk.engine import Engine
from oracle.risk.indicators import Line
from oracle.risk.portfolio.batch import score_batch
from tests.oracle.risk.applications import document
from tests.oracle.risk.subjects import engine, table_of, tables_with

LOW, MEDIUM, HIGH = RiskTier
FAR = 10**11
"""A premium, minor units, next to which no loss of these applications counts."""


def both_ways(written: dict[str, Any], using: Engine) -> tuple[int, int, RiskTier]:
    """Score, loss ratio and tier, the same one by one and as columns."""
    application = parse_application(written)
    found = assess(subject_of(application), using)
    (report,) = score_batch(pa.Table.from_pylist([application.record()]), 0, using).reports.to_pylist()

    alone = (found.score, found.measured.loss_ratio_bps, found.tier.name.lower(), found.review.fast_lane)
    assert (report["score"], report["loss_ratio_bps"], report["tier"], report["fast_lane"]) == alone
    return found.score, found.measured.loss_ratio_bps, found.tier


@pytest.mark.parametrize("line", Line)
def test_bounds__every_line__are_the_manuals_for_life(line: Line) -> None:
    bounds = table_of(line).bounds

    assert (bounds.medium_from_score, bounds.high_above_score) == (6_000, 8_000)
    assert (bounds.medium_from_ratio_bps, bounds.high_above_ratio_bps) == (5_000, 8_000)


@pytest.mark.parametrize(("ratio", "tier"), [(4_999, LOW), (5_000, MEDIUM), (8_000, MEDIUM), (8_001, HIGH)])
@pytest.mark.parametrize("line", Line)
def test_assess__loss_ratio_at_a_bound__is_of_the_tier_that_holds_it(line: Line, ratio: int, tier: RiskTier) -> None:
    loss = assess(subject_of(parse_application(document(line))), engine()).measured.expected_loss_minor
    # The least premium with this ratio or a lower one: the ratio is rounded up.
    premium = -(-loss * 10_000 // ratio)

    assert both_ways(document(line, premium_minor=premium), engine())[1:] == (ratio, tier)


@pytest.mark.parametrize(
    ("below_medium", "above_high", "tier"), [(1, 50, LOW), (0, 50, MEDIUM), (-50, 0, MEDIUM), (-50, -1, HIGH)]
)
@pytest.mark.parametrize("line", Line)
def test_assess__score_at_a_bound__is_of_the_tier_that_holds_it(
    line: Line, below_medium: int, above_high: int, tier: RiskTier
) -> None:
    """The card's own score as the bound: a hundredth below it, on it, on the upper one, a hundredth above that."""
    written = document(line, age_years=65, past_claims_36m=1, premium_minor=FAR)
    score = assess(subject_of(parse_application(written)), engine()).score

    def moved(table: dict[str, Any]) -> None:
        table["tiers"].update(medium_from_score=score + below_medium, high_above_score=score + above_high)

    using = Engine(tables_with(line.value, moved), engine().models)

    assert both_ways(written, using) == (score, 1, tier)
