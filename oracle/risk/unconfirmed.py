"""Statements nobody confirmed: a source the table counts on was not read (R3, R11).

Such a statement counts as at least the raised value of its indicator, in points and in the actuarial models; so not to
authorise a source never pays, up to that value. Rules still see what was stated: nobody is refused, excluded or
suspected for what was not read. A person looks at the case.
"""

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass

import numpy as np

from oracle.risk.derived import sources_of
from oracle.risk.indicators import IndicatorDefinition, Line, Party, Source
from oracle.risk.points import Scorecard
from oracle.risk.rounding import Ints
from oracle.risk.rules import Flags
from oracle.risk.table_files import TableInvalid
from oracle.risk.table_schema import SourcesEntry
from oracle.risk.vocabulary import asked

EVERY_SOURCE = frozenset(Source)


@dataclass(frozen=True, slots=True)
class CountedOn:
    """A source that must have been read where more than `above_minor` is insured."""

    above_minor: int
    source: Source


@dataclass(frozen=True, slots=True)
class Floor:
    """What an unconfirmed statement at least counts as; at most, where risk falls with the value.

    Attributes:
        raised: Coded.
        begins: Where the direction begins to hold; a value below it, or an absent one, counts as it is.
    """

    indicator: str
    raised: int
    begins: int
    rises: bool

    def of(self, value: int) -> int:
        """What one value counts as."""
        if value < self.begins:
            return value
        return max(value, self.raised) if self.rises else min(value, self.raised)

    def of_each(self, values: Ints) -> Ints:
        """The same for columns."""
        floored = np.maximum(values, self.raised) if self.rises else np.minimum(values, self.raised)
        return np.where(values < self.begins, values, floored)


@dataclass(frozen=True, slots=True)
class Counted:
    """One application as points and actuarial models count it, and the sources counted on that were not read."""

    coded: Mapping[str, int]
    unread: tuple[Source, ...]


@dataclass(frozen=True, slots=True)
class CountedEach:
    """The same for columns; `unread` by source."""

    coded: Mapping[str, Ints]
    unread: Mapping[Source, Flags]


@dataclass(frozen=True, slots=True)
class Reading:
    """How the statements of one form count, by what was read."""

    counted_on: tuple[CountedOn, ...]
    floors: Mapping[Source, tuple[Floor, ...]]

    def one(self, coded: Mapping[str, int], read: Set[Source]) -> Counted:
        """How one application counts.

        Args:
            read: Sources that were read.
        """
        missed = unconfirmed(self.counted_on, coded, read)
        counted = dict(coded)
        for source in missed:
            counted.update({floor.indicator: floor.of(counted[floor.indicator]) for floor in self.floors[source]})
        return Counted(counted, missed)

    def columns(self, coded: Mapping[str, Ints], read: Mapping[Source, Flags]) -> CountedEach:
        """How the applications of a column count."""
        missed: dict[Source, Flags] = {}
        for each in self.counted_on:
            found = (coded["sum_insured_minor"] > each.above_minor) & ~read[each.source]
            missed[each.source] = missed[each.source] | found if each.source in missed else found
        counted = dict(coded)
        for source, rows in missed.items():
            for floor in self.floors[source] if rows.any() else ():
                values = counted[floor.indicator]
                counted[floor.indicator] = np.where(rows, floor.of_each(values), values)
        return CountedEach(counted, missed)


def unconfirmed(counted_on: Sequence[CountedOn], coded: Mapping[str, int], read: Set[Source]) -> tuple[Source, ...]:
    """Sources counted on for one application that were not read, in the order of `Source`."""
    needed = {each.source for each in counted_on if coded["sum_insured_minor"] > each.above_minor}
    return tuple(source for source in Source if source in needed and source not in read)


def counted_on_of(line: Line, entries: Sequence[SourcesEntry]) -> tuple[CountedOn, ...]:
    """Sources a line counts on.

    Raises:
        TableInvalid: A source is the customer, or says nothing any form of the line asks for.
    """
    for entry in entries:
        for source in entry.sources:
            says = any(source in each.sources for party in Party for each in asked(line, party))
            if source is Source.CUSTOMER or not says:
                problem = f"confirms nothing in {line.value}"
                raise TableInvalid(f"{line.value}.fast_lane.sources", source.value, problem, "Name a third party")
    return tuple(CountedOn(entry.above_sum_minor, source) for entry in entries for source in entry.sources)


def reading_of(line: Line, party: Party, card: Scorecard, counted_on: tuple[CountedOn, ...]) -> Reading:
    """How the statements of a form count.

    Raises:
        TableInvalid: An indicator of a source counted on says which way risk moves, and has no raised value.
    """
    floors: dict[Source, list[Floor]] = {each.source: [] for each in counted_on}
    for each in card.indicators:
        about, raised = each.definition, each.raised
        if not about.monotone(line):
            continue
        for source in sources_of(about.name) & set(floors):
            if raised is None:
                field = f"{line.value}.scorecards.{party.value}.{about.name}.raised"
                problem = f"is not said, and {source.value} may not be read"
                raise TableInvalid(field, None, problem, "Name a raised value")
            floors[source].append(_floor(about, raised, line))
    return Reading(counted_on, {source: tuple(found) for source, found in floors.items()})


def _floor(about: IndicatorDefinition, raised: int, line: Line) -> Floor:
    return Floor(about.name, raised, max(about.least, about.directed_from), rises=about.monotone(line) > 0)
