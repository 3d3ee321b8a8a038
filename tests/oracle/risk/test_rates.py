"""The manual's R13, and that the contract asks for the same price."""

from pathlib import Path

import numpy as np
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from domain.errors import AmountInvalid, StepRefused
from domain.indemnity_file import parse_indemnity_product
from domain.indemnity_reports import IndemnityQuote, Measure, RiskAssessment
from domain.indemnity_underwriting import factor_of
from domain.money import Bps, Ppb, TokenUnits
from domain.ranges import MAX_UINT64
from domain.tiers import RiskTier
from oracle.risk.indicators import Line
from oracle.risk.rates import factor_bps, in_units, rate_ppb, standard_rate_ppb, tier_table
from oracle.risk.rounding import MAX_AMOUNT_MINOR
from oracle.risk.table_files import TableInvalid
from tests.oracle.risk.subjects import table_of

LOW, MEDIUM, HIGH = RiskTier
PRODUCT = Path(__file__).parents[3] / "products" / "hospital-care.yaml"
amounts = st.integers(1, MAX_AMOUNT_MINOR)


@pytest.mark.parametrize(("tier", "measure", "factor"), [(LOW, Measure.NONE, 9_000), (HIGH, Measure.EXCLUSION, 13_000)])
def test_factor__motor__is_the_manuals_example(tier: RiskTier, measure: Measure, factor: int) -> None:
    assert factor_bps(tier, measure, table_of(Line.MOTOR)) == factor


@pytest.mark.parametrize("line", Line)
def test_factor__medium_loaded__is_a_fifth_above_medium(line: Line) -> None:
    table = table_of(line)

    assert factor_bps(MEDIUM, Measure.LOADING, table) == 12_000
    assert factor_bps(MEDIUM, Measure.EXCLUSION, table) == 10_000


@pytest.mark.parametrize("line", Line)
@pytest.mark.parametrize("tier", RiskTier)
@pytest.mark.parametrize("measure", Measure)
def test_factor__every_tier_and_measure__is_what_the_contract_asks_for(
    line: Line, tier: RiskTier, measure: Measure
) -> None:
    on_chain = tier_table(table_of(line), "CNY", units_per_minor=10_000)
    zero, none = TokenUnits(0), bytes(32)
    assessment = RiskAssessment(1, 0, Bps(0), tier, Ppb(1), zero, 0, none)
    quote = IndemnityQuote(1, "", "", "", "", none, zero, zero, 0, measure, 0, 0)
    try:
        expected: int | None = factor_of(on_chain, assessment, quote)
    except StepRefused:
        expected = None

    assert factor_bps(tier, measure, table_of(line)) == expected


def test_tier_table__health__is_that_of_the_hospital_product() -> None:
    product = parse_indemnity_product(yaml.safe_load(PRODUCT.read_text("utf-8")))

    assert tier_table(table_of(Line.HEALTH), "CNY", units_per_minor=10_000) == product.parameters.tiers


def test_tier_table__life__is_capped_at_500_000_yuan() -> None:
    assert tier_table(table_of(Line.LIFE), "CNY", units_per_minor=10_000).capped_sum_insured == 500_000 * 10**6


def test_tier_table__no_caps__has_the_highest_contracts_hold() -> None:
    assert tier_table(table_of(Line.MOTOR), "USD", units_per_minor=1).capped_sum_insured == MAX_UINT64


def test_tier_table__no_cap_in_the_currency__is_refused() -> None:
    with pytest.raises(TableInvalid) as caught:
        tier_table(table_of(Line.LIFE), "USD", units_per_minor=10_000)

    assert (caught.value.field, caught.value.value) == ("life.decision.caps_minor", "USD")


@given(premium=amounts, sum_insured=amounts)
def test_rate__any_amounts__is_the_exact_quotient_rounded_up(premium: int, sum_insured: int) -> None:
    exact = -(-premium * 10**9 // sum_insured)

    assert rate_ppb(premium, sum_insured) == exact
    # Above 63 bits columns would wrap; no contract holds such a rate, so it need not be exact.
    if exact < 2**62:
        assert rate_ppb(np.array([premium]), np.array([sum_insured])).tolist() == [exact]


def test_standard_rate__above_what_contracts_hold__is_refused() -> None:
    assert standard_rate_ppb(4_294_967_295, 1_000_000_000) == 4_294_967_295
    with pytest.raises(AmountInvalid) as caught:
        standard_rate_ppb(4_294_967_296, 1_000_000_000)

    assert caught.value.field == "premium_minor"


@pytest.mark.parametrize(("amount", "units"), [(1, 0), (1, True), (1, -1), (MAX_UINT64, 2)])
def test_in_units__does_not_fit__is_refused(amount: int, units: int) -> None:
    with pytest.raises(AmountInvalid):
        in_units(amount, units)
