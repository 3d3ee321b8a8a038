"""The scorecard: points of each indicator, weights, and the score (R5). One and the same for columns."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from domain.money import BPS_WHOLE
from oracle.risk.indicators import IndicatorDefinition
from oracle.risk.rounding import Ints, divided_up
from oracle.risk.steps import Steps


@dataclass(frozen=True, slots=True)
class IndicatorPoints:
    """What one indicator adds to the score.

    Attributes:
        weight_bps: Of the score.
        steps: Points, 0 to 10_000 hundredths, by the coded value; -1 is the absent one.
        reachable: Coded values a customer can get to, for choices and flags.
        changeable: Whether a customer can change it at all; for numbers every value is reachable then.
        raised: Coded value an absent one is at least taken for; None where it is never absent.
    """

    definition: IndicatorDefinition
    weight_bps: int
    steps: Steps
    changeable: bool = False
    reachable: tuple[int, ...] = ()
    raised: int | None = None


@dataclass(frozen=True, slots=True)
class Contribution:
    """What one indicator added to one score.

    Attributes:
        coded: The value as in a column; -1: absent.
        points: Hundredths of a point, 0 to 10_000; of the raised value where a better one was not confirmed.
    """

    indicator: str
    coded: int
    points: int
    weight_bps: int

    @property
    def millionths(self) -> int:
        """Millionths of a point: exact, and the contributions of a score sum to it before it is rounded up."""
        return self.points * self.weight_bps


@dataclass(frozen=True, slots=True)
class Scorecard:
    """Points and weights of one form; the weights sum to 10_000."""

    indicators: tuple[IndicatorPoints, ...]

    def contributions(
        self, coded: Mapping[str, int], counted: Mapping[str, int] | None = None
    ) -> tuple[Contribution, ...]:
        """What each indicator adds, in the order of the table.

        Args:
            counted: What each counts as, where that is not what is known.
        """
        counted = coded if counted is None else counted
        return tuple(
            Contribution(
                each.definition.name,
                coded[each.definition.name],
                each.steps.at(counted[each.definition.name]),
                each.weight_bps,
            )
            for each in self.indicators
        )

    def millionths_each(self, coded: Mapping[str, Ints]) -> Ints:
        """What each indicator adds to the scores of a column of applications: one row for each indicator."""
        return np.stack([each.steps.at_each(coded[each.definition.name]) * each.weight_bps for each in self.indicators])


def score(contributions: Sequence[Contribution]) -> int:
    """Hundredths of a point, 0 to 10_000, rounded up."""
    return divided_up(sum(each.millionths for each in contributions), BPS_WHOLE)


def scores(millionths: Ints) -> Ints:
    """The same for columns, from `Scorecard.millionths_each`."""
    total: Ints = millionths.sum(axis=0)
    return divided_up(total, BPS_WHOLE)
