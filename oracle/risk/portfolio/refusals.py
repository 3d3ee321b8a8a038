"""Why a row was set aside, in the words of the one-by-one path: it is asked, and refuses it too."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

import pyarrow as pa

from domain.errors import DomainError
from oracle.risk.assess import assess, subject_of
from oracle.risk.engine import Engine
from oracle.risk.forms import ApplicationInvalid, shown
from oracle.risk.portfolio.reports import Refusal
from oracle.risk.portfolio.table import PortfolioInvalid
from oracle.risk.records import application_of_record
from oracle.risk.rounding import Ints

_DIGITS: Final = re.compile(r"[1-9][0-9]{0,38}")
_SHOWN: Final = 100


class PathsDisagree(AssertionError):
    """The columns set a row aside that the one-by-one path accepts. A defect of this program."""


@dataclass(frozen=True, slots=True)
class Aside:
    """What is set aside of a batch.

    Attributes:
        table: The batch, with the columns of an application only.
        first_row: Of the batch in the input.
        places: In the batch.
        repeats: Places whose id an earlier row of the input has, and which row.
    """

    table: pa.Table
    first_row: int
    places: Ints
    repeats: Mapping[int, int]


def refusals_of(aside: Aside, engine: Engine) -> list[Refusal]:
    """Why these rows are refused.

    Raises:
        PathsDisagree
    """
    records = aside.table.take(pa.array(aside.places)).to_pylist()
    return [
        _refusal(aside.first_row + place, record, aside.repeats.get(place), engine)
        for place, record in zip(aside.places.tolist(), records, strict=True)
    ]


def record_of(record: Mapping[str, object]) -> dict[str, object]:
    """A row as `application_of_record` reads it: an id written in digits or as a decimal is its number."""
    given = record.get("application_id")
    text = str(int(given)) if isinstance(given, Decimal) else given
    if isinstance(text, str) and _DIGITS.fullmatch(text):
        return {**record, "application_id": int(text)}
    return dict(record)


def _refusal(row: int, record: Mapping[str, object], earlier: int | None, engine: Engine) -> Refusal:
    try:
        if earlier is not None:
            problem = f"already stands in row {earlier} of this file"
            raise PortfolioInvalid("application_id", _text(record["application_id"]), problem, "Keep one of them")
        assess(subject_of(application_of_record(record_of(record))), engine)
    except DomainError as error:
        value = error.value if isinstance(error, ApplicationInvalid) else shown(error.value)
        return Refusal(
            row=row,
            application_id=_text(record.get("application_id")),
            line=_text(record.get("line")),
            field=error.field,
            value="" if error.value is None else str(value)[:_SHOWN],
            problem=error.problem,
            remedy=error.remedy,
        )
    raise PathsDisagree(f"row {row} is set aside as columns and accepted alone")


def _text(value: object) -> str | None:
    return None if value is None else str(value)[:_SHOWN]
