"""How much fits into one settlement transaction. Pure.

A transaction has at most 2^24 gas (EIP-7825). What one needs is bounded from above: measured costs are 26,000 to
33,000 gas a paid policy and 8,000 to 12,000 a measurement (README, gas).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from domain.money import Bps
from domain.policy import Outcome
from domain.reports import MAX_REPORT_SIZE, Measurement
from domain.settlement import share_owed
from domain.terms import ParametricTerms

MAX_TRANSACTION_GAS = 1 << 24
BASE_GAS = 450_000
"""Calldata head, three signatures, the treasury's own work, and the 150,000 it wants left at the last transfer."""
GAS_PER_MEASUREMENT = 14_000
GAS_PER_PAYOUT = 36_000
MAX_PAYOUTS = 480
"""`ParametricProduct.MAX_SETTLE`."""


@dataclass(frozen=True, slots=True)
class Chunk:
    """Measurements for one report, how many policies it pays at once, and a gas limit."""

    measurements: tuple[Measurement, ...]
    max_policies: int
    gas: int


def payouts_that_fit(measurements: int, dearer: int = 1) -> int:
    """How many payouts fit beside so many measurements, when gas costs are `dearer` times what they should be."""
    room = MAX_TRANSACTION_GAS // dearer - BASE_GAS - GAS_PER_MEASUREMENT * measurements
    return max(1, min(MAX_PAYOUTS, room // GAS_PER_PAYOUT))


def gas_for(measurements: int, payouts: int, dearer: int = 1) -> int:
    """Gas limit of a transaction, at most 2^24."""
    needed = BASE_GAS + GAS_PER_MEASUREMENT * measurements + GAS_PER_PAYOUT * payouts
    return min(MAX_TRANSACTION_GAS, needed * dearer)


def split(
    terms: ParametricTerms, measurements: Sequence[Measurement], policies: dict[int, int], *, dearer: int = 1
) -> Iterator[Chunk]:
    """Chunks whose payouts fit into one transaction each.

    Args:
        terms: Of the product: they say whether an outcome pays at all.
        measurements: To be reported, in order.
        policies: How many policies each event has.
        dearer: 1, or more after a transaction ran out of gas.
    """
    batch: list[Measurement] = []
    payouts = 0
    for measurement in measurements:
        owed = policies[measurement.event_id] if pays(terms, measurement) else 0
        full = len(batch) >= MAX_REPORT_SIZE or payouts + owed > payouts_that_fit(len(batch) + 1, dearer)
        if batch and full:
            yield _chunk(batch, payouts, dearer)
            batch, payouts = [], 0
        batch.append(measurement)
        payouts += owed
    if batch:
        yield _chunk(batch, payouts, dearer)


def pays(terms: ParametricTerms, measurement: Measurement) -> bool:
    """Whether policies of this event are owed anything."""
    return share_owed(terms, Outcome(measurement.outcome), measurement.value) > Bps(0)


def _chunk(batch: list[Measurement], payouts: int, dearer: int) -> Chunk:
    most = min(payouts, payouts_that_fit(len(batch), dearer))
    return Chunk(tuple(batch), most, gas_for(len(batch), most, dearer))
