"""A hospital's invoice, from the insurer's evidence store."""

from datetime import date
from typing import Annotated, Self

from pydantic import Field, model_validator

from oracle.sources.facts import FREE
from oracle.sources.records import Amount, Code, Content, Currency, Record, RecordKind, Word


class InvoiceLine(Content):
    """One line; `code` as the hospital's tariff has it, null if it has none."""

    code: Code | None
    text: Word
    amount: Amount


class HospitalInvoice(Content):
    """An invoice whose lines and total agree. `paid_by_others` is null when the hospital does not know."""

    number: Word
    hospital: Word
    issued_on: date
    treated_from: date
    treated_to: date
    currency: Currency
    lines: Annotated[tuple[InvoiceLine, ...], Field(min_length=1, max_length=1_000)]
    total: Amount
    paid_by_others: Amount | None

    @model_validator(mode="after")
    def _agrees(self) -> Self:
        lines = sum(line.amount for line in self.lines)
        if lines != self.total:
            raise ValueError(f"total is {self.total}, its lines sum to {lines}")
        if not self.treated_from <= self.treated_to <= self.issued_on:
            raise ValueError("treated_from, treated_to and issued_on are not in order")
        if self.paid_by_others is not None and self.paid_by_others > self.total:
            raise ValueError(f"paid_by_others is {self.paid_by_others}, more than the total {self.total}")
        return self


KIND = RecordKind("hospital-invoice", Record[HospitalInvoice], max_age_seconds=None, cost=FREE)
