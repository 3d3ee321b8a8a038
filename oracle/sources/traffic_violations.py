"""A driver's violations, from the traffic authority or a provider it allows."""

from datetime import date
from typing import Annotated, Self

from pydantic import Field, model_validator

from oracle.sources.facts import Cost
from oracle.sources.records import Amount, Code, Content, Count, Record, RecordKind


class Violation(Content):
    """One violation; points and fine are null where the authority gives none."""

    on: date
    code: Code
    points: Count | None
    fine: Amount | None
    drink_driving: bool


class TrafficViolations(Content):
    """Every violation of a period. An empty list says that there was none; a missing record says nothing."""

    period_from: date
    period_to: date
    licence_held_since: date | None
    violations: Annotated[tuple[Violation, ...], Field(max_length=1_000)]

    @model_validator(mode="after")
    def _inside(self) -> Self:
        if self.period_from > self.period_to:
            raise ValueError(f"period_from is {self.period_from}, after period_to {self.period_to}")
        outside = next((each.on for each in self.violations if not self.period_from <= each.on <= self.period_to), None)
        if outside is not None:
            raise ValueError(f"a violation on {outside} lies outside the period")
        return self


KIND = RecordKind(
    "traffic-violations", Record[TrafficViolations], max_age_seconds=30 * 86_400, cost=Cost(500_000, "CNY")
)
