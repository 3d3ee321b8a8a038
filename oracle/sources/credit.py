"""A credit report, from a bureau, with the person's consent."""

from typing import Annotated, Self

from pydantic import Field, model_validator

from oracle.sources.facts import Cost
from oracle.sources.records import Amount, Content, Count, Currency, Record, RecordKind


class CreditReport(Content):
    """Score and debts. The score is null for somebody the bureau has no file on."""

    score: Annotated[int, Field(ge=300, le=850)] | None
    currency: Currency
    liabilities: Amount | None
    arrears_24m: Count | None
    longest_arrears_days: Count | None

    @model_validator(mode="after")
    def _agrees(self) -> Self:
        if self.arrears_24m == 0 and self.longest_arrears_days:
            raise ValueError(f"longest_arrears_days is {self.longest_arrears_days}, though arrears_24m is 0")
        return self


KIND = RecordKind("credit", Record[CreditReport], max_age_seconds=30 * 86_400, cost=Cost(2_000_000, "CNY"))
