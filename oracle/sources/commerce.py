"""What a shop or market place knows of an order: for insurance of goods, transport and returns."""

from datetime import date
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from oracle.sources.facts import Cost
from oracle.sources.records import Amount, Code, Content, Count, Currency, Record, RecordKind, Word


class OrderLine(Content):
    """One article; `amount` is for all of `quantity`."""

    article: Code
    text: Word
    quantity: Annotated[int, Field(ge=1, le=1_000_000)]
    amount: Amount


class CommerceOrder(Content):
    """An order and what became of it. Days that have not come yet are null."""

    ordered_on: date
    shipped_on: date | None
    delivered_on: date | None
    state: Literal["ordered", "shipped", "delivered", "returned", "lost", "cancelled"]
    currency: Currency
    lines: Annotated[tuple[OrderLine, ...], Field(min_length=1, max_length=1_000)]
    total: Amount
    refunded: Amount | None
    returns_12m: Count | None

    @model_validator(mode="after")
    def _agrees(self) -> Self:
        lines = sum(line.amount for line in self.lines)
        if lines != self.total:
            raise ValueError(f"total is {self.total}, its lines sum to {lines}")
        if self.refunded is not None and self.refunded > self.total:
            raise ValueError(f"refunded is {self.refunded}, more than the total {self.total}")
        days = [day for day in (self.ordered_on, self.shipped_on, self.delivered_on) if day is not None]
        if days != sorted(days):
            raise ValueError("ordered_on, shipped_on and delivered_on are not in order")
        if (self.state == "delivered") and self.delivered_on is None:
            raise ValueError("state is delivered, but delivered_on is null")
        return self


KIND = RecordKind("commerce", Record[CommerceOrder], max_age_seconds=7 * 86_400, cost=Cost(100_000, "CNY"))
