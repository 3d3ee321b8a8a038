"""What is measured of an insured period: whole numbers out of what sources say, and nothing where they say nothing.

None is a value that is missing. It is never taken for zero: a sum with a missing hour is missing.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import ROUND_FLOOR, ROUND_HALF_EVEN, Decimal
from enum import StrEnum

from domain.insured_period import InsuredPeriod, Trigger
from domain.sphere import Place, distance_metres, least_distance_metres

LEAST_MAGNITUDE = 600
"""Hundredths. Weaker earthquakes are not counted, in any product."""
MOST_MAGNITUDE = 1_000
MOST_INTENSITY = 120
"""Tenths of a degree: the scale has twelve."""
MOST_HOURLY_RAIN = 5_000
"""Tenths of a millimetre; the record is about 3,050. More is a fault of the record."""
MOST_GUST = 4_200
"""Tenths of km/h; the record is 408 km/h. More is a fault of the record."""


@dataclass(frozen=True, slots=True, order=True)
class Earthquake:
    """One earthquake: `at` unix seconds, where, and its magnitude in hundredths."""

    at: int
    epicentre: Place
    magnitude: int


def intensity(magnitude: int, distance: int) -> int:
    """Estimated intensity at a distance from the epicentre, tenths of a degree, rounded down, 0 to 120.

    1.68 · magnitude - 3.29 - 0.0206 · kilometres, in exact integers.

    Args:
        magnitude: Hundredths.
        distance: Metres.
    Source: Bakun and Wentworth 1997 (Bulletin of the Seismological Society of America 87), see ADR 0034.
    """
    ten_millionths = 168_000 * magnitude - 32_900_000 - 206 * distance
    return min(max(ten_millionths // 1_000_000, 0), MOST_INTENSITY)


def reach_metres(magnitude: int) -> int:
    """From this distance on an earthquake is estimated at intensity 0. `magnitude` in hundredths."""
    return max(-(-(168_000 * magnitude - 33_900_000) // 206) + 1, 0)


def strongest(insured: InsuredPeriod, earthquakes: Iterable[Earthquake]) -> int:
    """Greatest estimated intensity at the insured place in the insured days, tenths; 0 if no earthquake counts."""
    found = 0
    for quake in earthquakes:
        if not insured.covers(quake.at) or quake.magnitude < LEAST_MAGNITUDE:
            continue
        if intensity(quake.magnitude, least_distance_metres(insured.place, quake.epicentre)) > found:
            found = max(found, intensity(quake.magnitude, distance_metres(insured.place, quake.epicentre)))
    return found


def rain_sum(hours: Sequence[Decimal | None], expected: int) -> int | None:
    """Rain of a period, tenths of a millimetre, rounded down once at the end.

    Args:
        hours: Millimetres of each hour, None where nothing was recorded.
        expected: How many hours the period has.
    Returns:
        None if an hour is missing or impossible: rain may have fallen in it.
    """
    known = _whole_record(hours, expected, Decimal(MOST_HOURLY_RAIN) / 10)
    return None if known is None else _tenths(sum(known, Decimal(0)))


def strongest_gust(hours: Sequence[Decimal | None], expected: int) -> int | None:
    """Strongest gust of a period, tenths of km/h, rounded down. Arguments as `rain_sum`, in km/h."""
    known = _whole_record(hours, expected, Decimal(MOST_GUST) / 10)
    return None if known is None else _tenths(max(known))


def hundredths(value: Decimal) -> int:
    """A magnitude in hundredths, half-way cases to the even digit."""
    return int((value * 100).to_integral_value(ROUND_HALF_EVEN))


def _whole_record(hours: Sequence[Decimal | None], expected: int, most: Decimal) -> list[Decimal] | None:
    if len(hours) != expected or not hours:
        return None
    known = [hour for hour in hours if hour is not None and hour.is_finite() and 0 <= hour <= most]
    return known if len(known) == expected else None


def _tenths(value: Decimal) -> int:
    return int((value * 10).to_integral_value(ROUND_FLOOR))


class Accord(StrEnum):
    """How the readings of several sources stand to each other."""

    AGREED = "agreed"
    MISSING = "missing"
    APART = "apart"


@dataclass(frozen=True, slots=True)
class Agreement:
    """What several sources say together; `value` is None unless they agree."""

    accord: Accord
    value: int | None


@dataclass(frozen=True, slots=True)
class TriggerRule:
    """What a trigger asks of its sources.

    Attributes:
        sources: How many must have a value.
        tolerance: How far apart they may lie, in the unit of the value.
        settles_after_seconds: From the end of the period until its records count as final.
    """

    sources: int
    tolerance: int
    settles_after_seconds: int


TRIGGER_RULES = {
    Trigger.EARTHQUAKE: TriggerRule(sources=1, tolerance=0, settles_after_seconds=7 * 86_400),
    Trigger.RAINFALL: TriggerRule(sources=2, tolerance=100, settles_after_seconds=6 * 86_400),
    Trigger.WIND: TriggerRule(sources=2, tolerance=200, settles_after_seconds=6 * 86_400),
}
"""As the clauses of the products say in words."""


def agree(values: Sequence[int | None], rule: TriggerRule) -> Agreement:
    """The value of several sources: their median, if enough of them have one and none lies apart.

    With an even number it is the mean of the two in the middle, rounded down. The order of the sources does not matter.
    """
    known = sorted(value for value in values if value is not None)
    if len(known) < rule.sources or not known:
        return Agreement(Accord.MISSING, None)
    if known[-1] - known[0] > rule.tolerance:
        return Agreement(Accord.APART, None)
    low, high = known[(len(known) - 1) // 2], known[len(known) // 2]
    return Agreement(Accord.AGREED, (low + high) // 2)
