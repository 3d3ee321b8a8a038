"""Why a row was set aside, in the words of the one-by-one path: it is asked, and refuses it too."""

import re
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Final

import pyarrow as pa

from domain.errors import DomainError
from oracle.risk.application import application_of_record
from oracle.risk.assess import assess, subject_of
from oracle.risk.engine import Engine
from oracle.risk.forms import ApplicationInvalid, shown
from oracle.risk.portfolio.reports import Refusal
from oracle.risk.rounding import Ints

_DIGITS: Final = re.compile(r"[1-9][0-9]{0,38}")
_SHOWN: Final = 100


class PathsDisagree(AssertionError):
    """The columns set a row aside that the one-by-one path accepts. A defect of this program."""


def refusals_of(table: pa.Table, rows: Ints, first_row: int, engine: Engine, leave_out: Sequence[str]) -> list[Refusal]:
    """Why these rows of a batch are refused.

    Args:
        first_row: Of the batch in the input.
        leave_out: Columns that are no part of an application.
    Raises:
        PathsDisagree
    """
    records = table.drop_columns(list(leave_out)).take(pa.array(rows)).to_pylist()
    return [_refusal(first_row + int(row), record, engine) for row, record in zip(rows, records, strict=True)]


def record_of(record: Mapping[str, object]) -> dict[str, object]:
    """A row as `application_of_record` reads it: an id written in digits or as a decimal is its number."""
    given = record.get("application_id")
    text = str(int(given)) if isinstance(given, Decimal) else given
    if isinstance(text, str) and _DIGITS.fullmatch(text):
        return {**record, "application_id": int(text)}
    return dict(record)


def _refusal(row: int, record: Mapping[str, object], engine: Engine) -> Refusal:
    try:
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
