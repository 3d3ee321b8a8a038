"""A garage's or surveyor's estimate of a repair."""

from datetime import date
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from oracle.sources.facts import Cost
from oracle.sources.records import Amount, Code, Content, Currency, Record, RecordKind, Word


class RepairLine(Content):
    """One part or work; `code` is null where the garage has none."""

    sort: Literal["part", "labour", "paint", "other"]
    code: Code | None
    text: Word
    amount: Amount


class RepairEstimate(Content):
    """An estimate whose lines and total agree. `value_before` is null when nobody valued the thing."""

    estimator: Word
    inspected_on: date
    object_code: Code
    currency: Currency
    lines: Annotated[tuple[RepairLine, ...], Field(min_length=1, max_length=1_000)]
    tax: Amount
    total: Amount
    value_before: Amount | None
    total_loss: bool

    @model_validator(mode="after")
    def _agrees(self) -> Self:
        lines = sum(line.amount for line in self.lines) + self.tax
        if lines != self.total:
            raise ValueError(f"total is {self.total}, its lines and tax sum to {lines}")
        return self


KIND = RecordKind("repair-estimate", Record[RepairEstimate], max_age_seconds=90 * 86_400, cost=Cost(5_000_000, "CNY"))
