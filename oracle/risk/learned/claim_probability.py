"""The probability of a claim within a year, and the segment it puts a customer in (R12)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from oracle.risk.indicators import Row
from oracle.risk.learned.errors import ModelUnusable
from oracle.risk.learned.model import LearnedModel

HIGH_FROM_BPS: Final = 3_000
"""The manual's example of a high-risk customer: 30 %."""
LOW_BELOW_BPS: Final = 500
"""Below five in a hundred a customer counts as low; the manual gives no number."""


class Segment(StrEnum):
    """Who is served how (R14)."""

    LOW = "low"
    MIDDLE = "middle"
    HIGH = "high"


@dataclass(frozen=True)
class ClaimProbability:
    """Probability of at least one claim within a year, basis points, and the segment."""

    bps: int
    segment: Segment


def claim_probabilities(model: LearnedModel, rows: Sequence[Row]) -> tuple[ClaimProbability, ...]:
    """For each row, in order.

    Args:
        rows: Columns of the model by name; what is left out is not known.
    Raises:
        ModelUnusable: The model answers another question.
        DataUnusable: A column holds what it must not.
    """
    if not model.name.endswith("-claim"):
        raise ModelUnusable("model", model.name, "does not answer whether there will be a claim", "Use one for claims")
    return tuple(
        ClaimProbability(int(bps), segment_of(int(bps))) for bps in model.probability_bps(model.frame_of(rows))
    )


def segment_of(bps: int) -> Segment:
    """The segment of a one-year claim probability in basis points."""
    if bps >= HIGH_FROM_BPS:
        return Segment.HIGH
    return Segment.LOW if bps < LOW_BELOW_BPS else Segment.MIDDLE
