"""What the tables of a line and the texts must look like. What they must mean is checked by `oracle.risk.tables`."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from domain.money import BPS_WHOLE
from domain.ranges import MAX_UINT16
from domain.tiers import MAX_SCORE
from oracle.risk.grading import Code, GradeName, Text, Words
from oracle.risk.indicators import Dimension, Line, Party, Source
from oracle.risk.rounding import MAX_AMOUNT_MINOR
from oracle.risk.rules import RuleEntry
from oracle.risk.table_files import Strict

Points = Annotated[int, Field(ge=0, le=MAX_SCORE)]
Share = Annotated[int, Field(ge=0, le=BPS_WHOLE)]
Factor = Annotated[int, Field(ge=1, le=MAX_UINT16)]
MeasureName = Literal["loading", "cap", "exclusion"]
MOST_COMMITTEE_SCORE = 9_000
"""The manual asks the committee above 90; the contracts allow no higher bound."""


class Band(Strict):
    """Points of the values from `start` to `end`, both included."""

    start: Annotated[int, Field(alias="from")]
    end: Annotated[int, Field(alias="to")]
    points: Points


class ScoredEntry(Strict):
    """Weight and points of one indicator.

    Attributes:
        missing: Points of an absent value.
        raised: The value an absent one is at least taken for, so that to withhold it never pays: an absent value gets
            no fewer points, and no smaller factor in the actuarial models. Every indicator that may be absent has one,
            and every directed one of a source the fast lane counts on: a statement that source could not confirm
            counts as at least this.
    """

    weight_bps: Annotated[int, Field(ge=1, le=BPS_WHOLE)]
    missing: Points
    raised: int | str | None = None
    bands: Annotated[tuple[Band, ...] | None, Field(min_length=1)] = None
    choices: dict[str, Points] | None = None
    changeable: bool = False
    reachable: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _points_once(self) -> Self:
        if (self.bands is None) == (self.choices is None):
            raise ValueError("give bands for a number, or choices for the rest")
        return self


class ScorecardEntry(Strict):
    """One scorecard, for the forms of `parties`; `dimensions` repeats the sums of weights, to be checked."""

    parties: Annotated[tuple[Party, ...], Field(min_length=1)]
    dimensions: dict[Dimension, Share]
    indicators: dict[str, ScoredEntry]


class TiersEntry(Strict):
    """Where medium begins and where it ends, both included. Zero is never medium, and high can be reached."""

    medium_from_score: Annotated[int, Field(ge=1, lt=MAX_SCORE)]
    high_above_score: Annotated[int, Field(ge=1, lt=MAX_SCORE)]
    medium_from_ratio_bps: Annotated[int, Field(ge=1, lt=MAX_UINT16)]
    high_above_ratio_bps: Annotated[int, Field(ge=1, lt=MAX_UINT16)]


class RatesEntry(Strict):
    """Factors on the standard rate."""

    low_bps: Factor
    medium_bps: Factor
    loaded_bps: Factor
    high_bps: Factor


class MeasuresEntry(Strict):
    """Measures in the order in which they are tried; the first that applies is taken."""

    medium: Annotated[tuple[MeasureName, ...], Field(min_length=1)]
    high: tuple[Literal["exclusion"], ...]


class DecisionEntry(Strict):
    """What is done about each tier; `caps_minor` by currency, in minor units of it."""

    loading_bps: Share
    rates: RatesEntry
    measures: MeasuresEntry
    caps_minor: dict[str, Annotated[int, Field(ge=1, le=MAX_AMOUNT_MINOR)]]


class BehaviourEntry(RuleEntry):
    """A grade for behaviour (R4)."""

    grade: GradeName


class SegmentEntry(Strict):
    """What a tier is given (R14, R15). Priority 1 is first; days are working days."""

    services: tuple[Code, ...]
    claims_priority: Annotated[int, Field(ge=1, le=9)]
    claims_days: Annotated[int, Field(ge=1, le=60)]
    strict_review: bool
    watched: bool


class ProductEntry(RuleEntry):
    """A product for a segment (R13); the factor is on the standard rate of the line."""

    rate_factor_bps: Factor


class TriggerEntry(Words):
    """A change of an indicator that puts a watched customer on the list (R14)."""

    code: Code
    indicator: Text
    rises_by: Annotated[int, Field(ge=1)] | None = None
    falls_by: Annotated[int, Field(ge=1)] | None = None
    becomes: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _says_one_thing(self) -> Self:
        if [self.rises_by is not None, self.falls_by is not None, bool(self.becomes)].count(True) != 1:
            raise ValueError("say one of rises_by, falls_by, becomes")
        return self


class NeedEntry(Strict):
    """Facts without which a person looks at the case, where more than `above_sum_minor` is insured."""

    above_sum_minor: Annotated[int, Field(ge=0, le=MAX_AMOUNT_MINOR)]
    facts: Annotated[tuple[Text, ...], Field(min_length=1)]


class SourcesEntry(Strict):
    """Sources that must have been read where more than `above_sum_minor` is insured."""

    above_sum_minor: Annotated[int, Field(ge=0, le=MAX_AMOUNT_MINOR)]
    sources: Annotated[tuple[Source, ...], Field(min_length=1)]


class FastLaneEntry(Strict):
    """What a machine must know before it accepts, and whom it must have read it from.

    Attributes:
        sources: Where one was not read, what it would have confirmed also counts as at least raised.
    """

    needs: Annotated[tuple[NeedEntry, ...], Field(min_length=1)]
    sources: tuple[SourcesEntry, ...]


class LineEntry(Strict):
    """`tables/<line>.yaml`."""

    table: Line
    version: Text
    tiers: TiersEntry
    committee_above_score: Annotated[int, Field(ge=0, le=MOST_COMMITTEE_SCORE)]
    scorecards: Annotated[tuple[ScorecardEntry, ...], Field(min_length=1)]
    behaviour: tuple[BehaviourEntry, ...]
    conditions: tuple[RuleEntry, ...]
    declines: tuple[RuleEntry, ...]
    exclusions: tuple[RuleEntry, ...]
    outliers: tuple[RuleEntry, ...]
    fast_lane: FastLaneEntry
    decision: DecisionEntry
    segments: dict[GradeName, SegmentEntry]
    products: tuple[ProductEntry, ...]
    watch: tuple[TriggerEntry, ...]


class UnitEntry(Words):
    """A unit as people read it, by its name or by the name of one indicator.

    Attributes:
        one: In English, of exactly one.
        decimals: How many of it the whole numbers are: 3 where mmol/L are kept as µmol/L.
    """

    one: Text | None = None
    decimals: Annotated[int, Field(ge=0, le=6)]


class TextsEntry(Strict):
    """`tables/texts.yaml`: every word an assessment is told in; `{name}` stands for what is filled in."""

    table: Literal["texts"]
    version: Text
    lines: dict[Line, Words]
    tiers: dict[GradeName, Words]
    services: dict[Code, Words]
    sources: dict[Source, Words]
    units: dict[str, UnitEntry]
    flags: dict[str, Words]
    choices: dict[str, dict[str, Words]]
    phrases: dict[str, Words]
