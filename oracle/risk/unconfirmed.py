"""Statements nobody confirmed: no report of a source the table counts on gave the fact (R3, R11).

Such a statement counts as at least the raised value of its indicator, in points and in the actuarial models; so not to
authorise a source, or a report that leaves something out, never pays, up to that value. A source whose reports do not
give every fact the fast lane needs of it has not answered: it confirms nothing, and a person looks at the case. What
one that answered left out besides is not confirmed either. Rules still see what was stated: nobody is refused, excluded
or suspected for what was not read.
"""

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from oracle.risk.derived import parts_of, sources_of
from oracle.risk.fast_lane import Need
from oracle.risk.indicators import ABSENT, Line, Party, Source
from oracle.risk.points import IndicatorPoints, Scorecard
from oracle.risk.rounding import Ints
from oracle.risk.rules import Flags
from oracle.risk.steps import Steps
from oracle.risk.table_files import TableInvalid
from oracle.risk.table_schema import SourcesEntry
from oracle.risk.vocabulary import INDICATORS, asked

EVERYTHING = frozenset(INDICATORS)
"""Every statement confirmed."""


class ReadEach(Protocol):
    """What reports gave, in columns."""

    def gave(self, name: str, source: Source, values: Ints) -> Flags:
        """Of which applications a report of this source gave this indicator, whose column is `values`."""
        ...

    def at(self, rows: Ints) -> "ReadEach":
        """The same of some applications."""
        ...


@dataclass(frozen=True, slots=True)
class CountedOn:
    """A source that must have answered where more than `above_minor` is insured.

    Attributes:
        needs: What the fast lane needs that this source can say.
    """

    above_minor: int
    source: Source
    needs: tuple[Need, ...]

    def answered(self, coded: Mapping[str, int], confirmed: Set[str]) -> bool:
        """Whether its reports gave all of this, for one application."""
        insured = coded["sum_insured_minor"]
        needed = [name for need in self.needs if insured > need.above_minor for name in need.facts]
        return all(name in confirmed for name in needed if name in coded)

    def answered_each(self, coded: Mapping[str, Ints], read: ReadEach) -> Flags:
        """The same for columns."""
        insured = coded["sum_insured_minor"]
        answered = np.ones(len(insured), dtype=np.bool_)
        for need in self.needs:
            concerned = insured > need.above_minor
            for name in need.facts if concerned.any() else ():
                if name in coded:
                    given = read.gave(name, self.source, coded[name]) & (coded[name] != ABSENT)
                    answered &= ~concerned | given
        return answered


@dataclass(frozen=True, slots=True)
class Floor:
    """What an unconfirmed statement at least counts as; at most, where risk falls with the value.

    Attributes:
        raised: Coded.
        steps: Points by coded value.
        begins: Where the direction begins to hold; a value below it counts as raised if it has fewer points.
        parts: What the source would have to give of it; more than one of a derived indicator.
    """

    indicator: str
    raised: int
    begins: int
    rises: bool
    parts: tuple[str, ...]
    steps: Steps

    def of(self, value: int) -> int:
        """What one value counts as; an absent one as it is."""
        if value == ABSENT:
            return value
        if value < self.begins:
            return self.raised if self.steps.at(value) < self.steps.at(self.raised) else value
        return max(value, self.raised) if self.rises else min(value, self.raised)

    def of_each(self, values: Ints) -> Ints:
        """The same for columns."""
        floored = np.maximum(values, self.raised) if self.rises else np.minimum(values, self.raised)
        below = values < self.begins
        if not below.any():
            return floored
        fewer = (self.steps.at_each(values) < self.steps.at(self.raised)) & (values != ABSENT)
        return np.where(below & ~fewer, values, np.where(below, self.raised, floored))


@dataclass(frozen=True, slots=True)
class Counted:
    """One application as points and actuarial models count it, and the sources counted on that did not answer."""

    coded: Mapping[str, int]
    unread: tuple[Source, ...]


@dataclass(frozen=True, slots=True)
class CountedEach:
    """The same for columns; `unread` by source."""

    coded: Mapping[str, Ints]
    unread: Mapping[Source, Flags]


@dataclass(frozen=True, slots=True)
class Reading:
    """How the statements of one form count, by what was confirmed."""

    counted_on: tuple[CountedOn, ...]
    floors: Mapping[Source, tuple[Floor, ...]]

    def one(self, coded: Mapping[str, int], confirmed: Set[str]) -> Counted:
        """How one application counts.

        Args:
            confirmed: Indicators some report gave.
        """
        counted, silent = dict(coded), unconfirmed(self.counted_on, coded, confirmed)
        for source in {each.source for each in self.counted_on if coded["sum_insured_minor"] > each.above_minor}:
            for floor in self.floors[source]:
                if source in silent or not set(floor.parts) <= confirmed:
                    counted[floor.indicator] = floor.of(counted[floor.indicator])
        return Counted(counted, silent)

    def columns(self, coded: Mapping[str, Ints], read: ReadEach) -> CountedEach:
        """How the applications of a column count."""
        insured, counted = coded["sum_insured_minor"], dict(coded)
        needed: dict[Source, Flags] = {}
        missed: dict[Source, Flags] = {}
        for each in self.counted_on:
            concerned = insured > each.above_minor
            silent = concerned & ~each.answered_each(coded, read)
            needed[each.source] = needed[each.source] | concerned if each.source in needed else concerned
            missed[each.source] = missed[each.source] | silent if each.source in missed else silent
        for source, concerned in needed.items():
            for floor in self.floors[source] if concerned.any() else ():
                given = [read.gave(name, source, coded[name]) for name in floor.parts]
                rows = missed[source] | concerned & ~np.logical_and.reduce(given)
                values = counted[floor.indicator]
                counted[floor.indicator] = np.where(rows, floor.of_each(values), values)
        return CountedEach(counted, missed)


def unconfirmed(counted_on: Sequence[CountedOn], coded: Mapping[str, int], confirmed: Set[str]) -> tuple[Source, ...]:
    """Sources counted on for one application that did not answer, in the order of `Source`."""
    insured = coded["sum_insured_minor"]
    silent = {each.source for each in counted_on if insured > each.above_minor and not each.answered(coded, confirmed)}
    return tuple(source for source in Source if source in silent)


def counted_on_of(line: Line, entries: Sequence[SourcesEntry], needs: Sequence[Need]) -> tuple[CountedOn, ...]:
    """Sources a line counts on.

    Raises:
        TableInvalid: A source is the customer, or can say nothing the fast lane needs where it is counted on: a report
            that gives nothing would answer.
    """
    found = []
    for entry in entries:
        for source in entry.sources:
            _check_says(line, source, entry.above_sum_minor, needs)
            said = ((need.above_minor, _said(need, source)) for need in needs)
            counted = tuple(Need(above, facts) for above, facts in said if facts)
            found.append(CountedOn(entry.above_sum_minor, source, counted))
    return tuple(found)


def _said(need: Need, source: Source) -> tuple[str, ...]:
    return tuple(part for name in need.facts for part in parts_of(name, source))


def _check_says(line: Line, source: Source, above_minor: int, needs: Sequence[Need]) -> None:
    field = f"{line.value}.fast_lane.sources"
    if source is Source.CUSTOMER or not any(source in each.sources for party in Party for each in asked(line, party)):
        raise TableInvalid(field, source.value, f"confirms nothing in {line.value}", "Name a third party")
    facts = {name for need in needs if need.above_minor <= above_minor for name in _said(need, source)}
    for party in Party:
        if not facts & {each.name for each in asked(line, party)}:
            problem = f"can say nothing of what the fast lane needs above {above_minor}"
            raise TableInvalid(field, source.value, problem, "Name under `needs` what its report must give")


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
            floors[source].append(_floor(each, raised, line, source))
    return Reading(counted_on, {source: tuple(found) for source, found in floors.items()})


def _floor(each: IndicatorPoints, raised: int, line: Line, source: Source) -> Floor:
    about = each.definition
    begins, parts = max(about.least, about.directed_from), parts_of(about.name, source)
    return Floor(about.name, raised, begins, about.monotone(line) > 0, parts, each.steps)
