"""Relativities: factors by indicator, in basis points of the reference, multiplied one after the other.

Where several indicators measure one thing (blood sugar and diabetes, the two blood pressures), they stand `together`
and only their greatest factor counts, an absent one with its factor for the absent. After each factor the value is
rounded up.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Literal, TypeVar

import numpy as np
from pydantic import Field

from oracle.risk.derived import definition
from oracle.risk.indicators import ABSENT, IndicatorDefinition, Kind, Line
from oracle.risk.rounding import MAX_PRODUCT, Ints, scaled_up
from oracle.risk.steps import Steps
from oracle.risk.table_files import Strict, TableInvalid

Number = TypeVar("Number", int, Ints)
"""One applicant's value, or a column of them."""
Coded = Mapping[str, Number]
"""Indicators, stated and derived, coded as in columns."""
Group = tuple[tuple[str, Steps], ...]
"""Indicators that measure one thing, with their factors; of most things there is one."""
Currency = Literal["CNY"]
"""What the tables count in: one currency, since costs stand in them."""
Text = Annotated[str, Field(min_length=1, max_length=600)]
Factor = Annotated[int, Field(ge=1, le=200_000)]
"""Basis points of the reference: a ten-thousandth to twentyfold."""
Ppm = Annotated[int, Field(ge=1, le=10_000_000)]


class RelativityTable(Strict):
    """Factors of one indicator: from each value on, or by choice.

    Attributes:
        source: Where the factors come from, judgement included.
        missing: Factor where the indicator is absent.
        others: Factor of choices that are not listed.
    """

    source: Text
    missing: Factor
    since: Annotated[dict[int, Factor], Field(alias="from", default_factory=dict)]
    choices: Annotated[dict[str, Factor], Field(default_factory=dict)]
    others: Factor | None = None


class ChainTable(Strict):
    """Relativities by indicator; those `together` are not multiplied, the greatest counts."""

    relativities: dict[str, RelativityTable]
    together: tuple[tuple[str, ...], ...] = ()


@dataclass(frozen=True, slots=True)
class Chain:
    """Relativities ready to be applied; of each group the greatest factor counts."""

    groups: tuple[Group, ...]

    def applied(self, base: int | Number, coded: Coded[Number]) -> Number:
        """`base` times the factor of each group, rounded up after each."""
        (first, *others) = self.groups
        value: Number = scaled_up(base, _factor(first, coded))
        for group in others:
            value = scaled_up(value, _factor(group, coded))
        return value

    def factors(self, coded: Coded[int]) -> dict[str, int]:
        """Factor of each group, under the name of its indicators."""
        return {" / ".join(name for name, _ in group): _factor(group, coded) for group in self.groups}

    def steps(self) -> dict[str, Steps]:
        """Factors by indicator."""
        return {name: steps for group in self.groups for name, steps in group}

    def most(self, base: int) -> int:
        """The greatest value `applied` can give.

        Raises:
            ValueError: A product on the way does not fit 62 bits.
        """
        value = base
        for group in self.groups:
            factor = max(max(steps.values) for _, steps in group)
            if value * factor >= MAX_PRODUCT:
                raise ValueError(f"{value} times {factor} does not fit 62 bits")
            value = scaled_up(value, factor)
        return value


def _factor(group: Group, coded: Coded[Number]) -> Number:
    """The greatest factor. What is absent counts too: half of a measurement does not make up for the other half."""
    (name, steps), *others = group
    factor: Number = steps.of(coded[name])
    for other, its_steps in others:
        factor = greater(factor, its_steps.of(coded[other]))
    return factor


def greater(left: Number, right: Number) -> Number:
    """The greater of two, or of two columns row by row."""
    if isinstance(left, np.ndarray):
        return np.maximum(left, right)
    return max(left, right)


def chain_of(table: str, written: ChainTable, line: Line) -> Chain:
    """The relativities of a table, checked against the vocabulary.

    Raises:
        TableInvalid: An indicator is unknown, a choice is left out or unknown, a factor runs against the direction
            the manual claims, or an indicator stands in two groups.
    """
    grouped = [name for group in written.together for name in group]
    repeated = sorted({name for name in grouped if grouped.count(name) > 1 or name not in written.relativities})
    if repeated:
        raise TableInvalid(f"{table}.together", repeated[0], "stands twice or has no relativity", "Name each once")
    steps = {name: _steps(f"{table}.{name}", name, each, line) for name, each in written.relativities.items()}
    alone = [(name,) for name in steps if name not in grouped]
    return Chain(tuple(tuple((name, steps[name]) for name in group) for group in (*alone, *written.together)))


def _steps(field: str, name: str, written: RelativityTable, line: Line) -> Steps:
    about = definition(name)
    values = _by_choice(field, about, written) if about.kind in (Kind.CHOICE, Kind.FLAG) else _by_value(field, written)
    _check_direction(field, about, values, line)
    ordered = sorted({ABSENT: written.missing, **values}.items())
    return Steps([start for start, _ in ordered], [factor for _, factor in ordered])


def _by_choice(field: str, about: IndicatorDefinition, written: RelativityTable) -> dict[int, int]:
    choices = about.choices if about.kind is Kind.CHOICE else ("false", "true")
    unknown = sorted(set(written.choices) - set(choices))
    if unknown or written.since:
        raise TableInvalid(field, unknown or written.since, "is no choice", f"Use {', '.join(choices)}")
    factors = {place: written.choices.get(choice, written.others) for place, choice in enumerate(choices)}
    found = {place: factor for place, factor in factors.items() if factor is not None}
    left_out = [choice for place, choice in enumerate(choices) if place not in found]
    if left_out:
        raise TableInvalid(field, left_out, "has no factor", "Give one, or `others`")
    return found


def _by_value(field: str, written: RelativityTable) -> dict[int, int]:
    if not written.since or min(written.since) != 0 or written.choices or written.others is not None:
        raise TableInvalid(field, written.since, "does not begin at 0", "Give factors under `from`, the first from 0")
    return dict(written.since)


def _check_direction(field: str, about: IndicatorDefinition, factors: Mapping[int, int], line: Line) -> None:
    """Factors must not run against the direction of the indicator; values below `directed_from` are free."""
    direction = about.monotone(line)
    starts = sorted(factors)
    # The step in which `directed_from` lies belongs to the claim.
    first = max((start for start in starts if start <= about.directed_from), default=starts[0])
    claimed = [factors[start] * direction for start in starts if start >= first]
    if claimed != sorted(claimed):
        raise TableInvalid(field, factors, "runs against the direction of the indicator", "Order the factors")
