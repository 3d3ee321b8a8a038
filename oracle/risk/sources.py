"""How long a report of a source counts, from `tables/sources.yaml`."""

from collections.abc import Mapping
from functools import cache
from typing import Annotated, Literal

from pydantic import Field

from oracle.risk.indicators import Source
from oracle.risk.table_files import TABLES, Strict, TableFile, TableInvalid, read_table

DAY_SECONDS = 86_400
MOST_DAYS = 3_660


class SourcesTable(Strict):
    """`tables/sources.yaml`."""

    table: Literal["sources"]
    version: str
    greatest_age_days: dict[Source, Annotated[int, Field(ge=1, le=MOST_DAYS)]]


def sources_of_table(file: TableFile) -> SourcesTable:
    """The table, checked.

    Raises:
        TableInvalid: A source has no age, or the customer has one.
    """
    written = file.parsed(SourcesTable)
    differing = sorted(set(written.greatest_age_days) ^ (set(Source) - {Source.CUSTOMER}))
    if differing:
        problem = "is no third party" if Source.CUSTOMER in differing else "has no greatest age"
        raise TableInvalid("sources.greatest_age_days", differing[0].value, problem, "Name each third party once")
    return written


@cache
def greatest_ages() -> Mapping[Source, int]:
    """By source, the greatest age of a report that counts, in seconds, by the project's table.

    Raises:
        TableInvalid
    """
    written = sources_of_table(read_table(TABLES / "sources.yaml"))
    return {source: days * DAY_SECONDS for source, days in written.greatest_age_days.items()}


def refuse_other_ages(file: TableFile) -> None:
    """Refuse a table that is not the one reports are read by: an engine would name ages that nobody was held to.

    Raises:
        TableInvalid
    """
    ages = {source: days * DAY_SECONDS for source, days in sources_of_table(file).greatest_age_days.items()}
    for source, age in ages.items():
        if age != (counted := greatest_ages()[source]):
            problem = f"is not the {counted // DAY_SECONDS} days reports are read by"
            field = f"sources.greatest_age_days.{source.value}"
            raise TableInvalid(field, age // DAY_SECONDS, problem, "Change the table of the program itself")
