"""Rules as data: what must hold of an application for something to follow, with the words for it.

A condition on an absent indicator never holds: nobody is declined, excluded or suspected for what is not known. The one
exception asks for it by name, `absent: true`, and may only attach a condition: to hand in what is not known.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Literal, Self

import numpy as np
import numpy.typing as npt
from pydantic import Field, model_validator

from domain.tiers import MAX_SCORE, RiskTier
from oracle.risk.derived import definition
from oracle.risk.grading import Code, GradeName, Grading, Text, Words
from oracle.risk.indicators import ABSENT, IndicatorDefinition, IndicatorUnknown, Kind
from oracle.risk.rounding import Ints
from oracle.risk.table_files import Strict, TableInvalid

Flags = npt.NDArray[np.bool_]
HISTORY_MASK = "history_mask"
SCORE = "score"
"""May stand in a rule where the score is known already: outliers."""


class Condition(Strict):
    """One condition, as a table writes it: an indicator and what it must be, or a hazard of the occupation."""

    indicator: Text | None = None
    hazard: Code | None = None
    at_least: Annotated[int, Field(ge=0)] | None = None
    at_most: Annotated[int, Field(ge=0)] | None = None
    choices: Annotated[tuple[str, ...] | None, Field(alias="is", min_length=1)] = None
    has: Annotated[tuple[str, ...] | None, Field(min_length=1)] = None
    flag: bool | None = None
    absent: Literal[True] | None = None

    @model_validator(mode="after")
    def _says_one_thing(self) -> Self:
        ranged = self.at_least is not None or self.at_most is not None
        said = [self.choices is not None, self.has is not None, self.flag is not None, self.absent is not None, ranged]
        if (self.hazard is None) == (self.indicator is None) or sum(said) != (self.hazard is None):
            raise ValueError("say a hazard, or an indicator and one of at_least/at_most, is, has, flag, absent")
        return self


class RuleEntry(Words):
    """A rule as a table writes it: all of `when` must hold."""

    code: Code
    when: Annotated[tuple[Condition, ...], Field(min_length=1)]
    tiers: Annotated[tuple[GradeName, ...], Field(min_length=1)] = tuple(GradeName)


@dataclass(frozen=True, slots=True)
class Requirement:
    """One condition on a coded indicator: from `low` to `high`, one of `places` if given, a bit of `mask` if given.

    From -1 to -1 is the absent one. Of an indicator the form does not ask for nothing holds.
    """

    indicator: str
    low: int
    high: int
    places: frozenset[int] | None = None
    mask: int | None = None

    def holds(self, coded: Mapping[str, int]) -> bool:
        """Whether it holds of one application."""
        value = coded.get(self.indicator)
        if value is None or not self.low <= value <= self.high:
            return False
        return (self.places is None or value in self.places) and (self.mask is None or value & self.mask != 0)

    def holds_each(self, coded: Mapping[str, Ints], count: int) -> Flags:
        """Of which of `count` applications it holds."""
        values = coded.get(self.indicator)
        if values is None:
            return np.zeros(count, dtype=np.bool_)
        held: Flags = (self.low <= values) & (values <= self.high)
        if self.places is not None:
            held &= np.isin(values, list(self.places))
        return held if self.mask is None else held & (values & self.mask != 0)


@dataclass(frozen=True, slots=True)
class Rule:
    """Holds of an application of one of `tiers` of which all `requirements` hold."""

    code: str
    en: str
    zh: str
    requirements: tuple[Requirement, ...]
    tiers: frozenset[RiskTier]

    @property
    def illnesses(self) -> int:
        """Bitmap of the illnesses any of which it asks for; 0 where it asks for none."""
        masks = [each.mask or 0 for each in self.requirements if each.indicator == HISTORY_MASK]
        return masks[0] if masks else 0

    def holds(self, coded: Mapping[str, int], tier: RiskTier | None = None) -> bool:
        """Whether it holds; without a tier, of the requirements alone."""
        return (tier is None or tier in self.tiers) and all(each.holds(coded) for each in self.requirements)

    def holds_each(self, coded: Mapping[str, Ints], count: int) -> Flags:
        """Of which of `count` applications the requirements hold; tiers are the caller's."""
        held = np.ones(count, dtype=np.bool_)
        for each in self.requirements:
            held &= each.holds_each(coded, count)
        return held


def fired(rules: Sequence[Rule], coded: Mapping[str, int], tier: RiskTier | None = None) -> tuple[Rule, ...]:
    """Rules that hold of one application, in their order; with a tier, only those meant for it."""
    return tuple(rule for rule in rules if rule.holds(coded, tier))


def compiled(entries: Sequence[RuleEntry], field: str, grading: Grading) -> tuple[Rule, ...]:
    """Rules ready to be asked.

    Raises:
        TableInvalid: A condition names no indicator, no choice of it, or asks what its kind has no answer to.
    """
    codes = [entry.code for entry in entries]
    twice = [code for code in codes if codes.count(code) > 1]
    if twice:
        raise TableInvalid(field, twice[0], "stands twice", "Give every rule its own code")
    return tuple(
        Rule(
            entry.code,
            entry.en,
            entry.zh,
            tuple(_test(condition, f"{field}.{entry.code}", grading) for condition in entry.when),
            frozenset(RiskTier[name.name] for name in entry.tiers),
        )
        for entry in entries
    )


def _test(condition: Condition, field: str, grading: Grading) -> Requirement:
    if condition.hazard is not None:
        if condition.hazard not in grading.hazards:
            raise TableInvalid(field, condition.hazard, "is no hazard", "Use one of tables/occupations.yaml")
        about = definition("occupation")
        return Requirement(about.name, 0, about.most, places=grading.hazards[condition.hazard])
    if condition.indicator == SCORE:
        return Requirement(SCORE, *_range(condition, field, 0, MAX_SCORE))
    about = _known(str(condition.indicator), field)
    if condition.absent:
        return Requirement(about.name, ABSENT, ABSENT)
    match about.kind:
        case Kind.WHOLE:
            return Requirement(about.name, *_range(condition, field, about.least, about.most))
        case Kind.CHOICE:
            places = frozenset(about.choices.index(each) for each in _among(condition.choices, about, field))
            return Requirement(about.name, 0, about.most, places=places)
        case Kind.SET:
            mask = sum(1 << about.choices.index(each) for each in set(_among(condition.has, about, field)))
            return Requirement(about.name, 0, about.most, mask=mask)
        case Kind.FLAG:
            if condition.flag is None:
                raise TableInvalid(field, about.name, "is true or false", "Write `flag: true` or `flag: false`")
            return Requirement(about.name, int(condition.flag), int(condition.flag))


def _known(name: str, field: str) -> IndicatorDefinition:
    try:
        return definition(name)
    except IndicatorUnknown as error:
        raise TableInvalid(field, name, error.problem, error.remedy) from error


def _range(condition: Condition, field: str, least: int, most: int) -> tuple[int, int]:
    if condition.at_least is None and condition.at_most is None:
        raise TableInvalid(field, condition.indicator, "is a number", "Write `at_least` or `at_most`")
    low = least if condition.at_least is None else condition.at_least
    high = most if condition.at_most is None else condition.at_most
    if not least <= low <= high <= most:
        raise TableInvalid(field, [low, high], f"is no range within {least} to {most}", "Correct the range")
    return low, high


def _among(written: tuple[str, ...] | None, about: IndicatorDefinition, field: str) -> tuple[str, ...]:
    unknown = sorted(set(written or ()) - set(about.choices))
    if written is None or unknown:
        word = "has" if about.kind is Kind.SET else "is"
        shown = unknown[0] if unknown else about.name
        raise TableInvalid(field, shown, f"is no choice of {about.name}", f"Write `{word}:` and a list of its choices")
    return written
