"""Prices (R13): the standard rate of an offer, and the factor each tier and measure puts on it.

The same numbers are on chain as the product's `TierTable`; the contract takes no other premium (rules S13, S19).
"""

from typing import overload

from domain.errors import AmountInvalid
from domain.indemnity_reports import Measure
from domain.indemnity_terms import TierTable
from domain.money import PPB_WHOLE, Bps, Ppb, TokenUnits
from domain.ranges import MAX_UINT32, MAX_UINT64, is_whole
from domain.tiers import RiskTier
from oracle.risk.rounding import Ints
from oracle.risk.table_files import TableInvalid
from oracle.risk.tables import LineTable

_MILLION, _THOUSAND = 1_000_000, 1_000


@overload
def rate_ppb(premium_minor: int, sum_insured_minor: int) -> int: ...
@overload
def rate_ppb(premium_minor: Ints, sum_insured_minor: Ints) -> Ints: ...
def rate_ppb(premium_minor: int | Ints, sum_insured_minor: int | Ints) -> int | Ints:
    """Premium over sum insured in parts per billion, rounded up; exact for amounts up to 10^12, in steps of 64 bits."""
    whole, rest = premium_minor // sum_insured_minor, premium_minor % sum_insured_minor
    millionths, left = rest * _MILLION // sum_insured_minor, rest * _MILLION % sum_insured_minor
    return whole * PPB_WHOLE + millionths * _THOUSAND - (-left * _THOUSAND // sum_insured_minor)


def standard_rate_ppb(premium_minor: int, sum_insured_minor: int) -> Ppb:
    """The rate offered, before any factor, as reports carry it.

    Raises:
        AmountInvalid: The premium exceeds four times the sum insured, which no contract can hold.
    """
    rate = rate_ppb(premium_minor, sum_insured_minor)
    if rate > MAX_UINT32:
        problem = f"is too much for a sum insured of {sum_insured_minor}"
        raise AmountInvalid("premium_minor", premium_minor, problem, "Check both amounts")
    return Ppb(rate)


def factor_bps(tier: RiskTier, measure: Measure, table: LineTable) -> Bps | None:
    """Factor on the standard rate, basis points; None where the tier is not sold with this measure.

    Twin of `domain.indemnity_underwriting.factor_of` on the table instead of the terms.
    """
    rates = table.decision.rates
    factors = {
        (RiskTier.LOW, Measure.NONE): rates.low_bps,
        (RiskTier.MEDIUM, Measure.LOADING): rates.loaded_bps,
        (RiskTier.MEDIUM, Measure.CAP): rates.medium_bps,
        (RiskTier.MEDIUM, Measure.EXCLUSION): rates.medium_bps,
        (RiskTier.HIGH, Measure.EXCLUSION): rates.high_bps,
    }
    found = factors.get((tier, measure))
    return None if found is None else Bps(found)


def tier_table(table: LineTable, currency: str, *, units_per_minor: int, high_accepted: bool = True) -> TierTable:
    """The table as a product's terms carry it.

    Args:
        currency: Whose cap it is; a line without caps has the highest the contracts can hold.
        units_per_minor: Token units of one minor unit: 10_000 for a token of 6 decimals that stands for yuan.
    Raises:
        TableInvalid: There are caps, but none in this currency.
        AmountInvalid: The cap in token units does not fit 64 bits.
    """
    caps, rates = table.decision.caps_minor, table.decision.rates
    if caps and currency not in caps:
        field = f"{table.line.value}.decision.caps_minor"
        raise TableInvalid(field, currency, "has no cap", f"Use one of {', '.join(sorted(caps))}")
    return TierTable(
        bounds=table.bounds,
        low_factor_bps=Bps(rates.low_bps),
        medium_factor_bps=Bps(rates.medium_bps),
        loaded_factor_bps=Bps(rates.loaded_bps),
        high_factor_bps=Bps(rates.high_bps),
        committee_above_score=table.committee_above_score,
        capped_sum_insured=in_units(caps[currency], units_per_minor) if caps else TokenUnits(MAX_UINT64),
        high_accepted=high_accepted,
    )


def in_units(amount_minor: int, units_per_minor: int) -> TokenUnits:
    """An amount in token units.

    Raises:
        AmountInvalid: It does not fit 64 bits, or `units_per_minor` is no positive whole number.
    """
    if not is_whole(units_per_minor, 1, MAX_UINT64):
        raise AmountInvalid("units_per_minor", units_per_minor, "is not a positive whole number", "Give 10 ** n")
    amount = amount_minor * units_per_minor
    if not is_whole(amount, 0, MAX_UINT64):
        raise AmountInvalid("amount", amount, "does not fit 64 bits", "Ask for a smaller sum insured")
    return TokenUnits(amount)
