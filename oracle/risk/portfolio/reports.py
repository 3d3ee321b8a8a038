"""The two tables a portfolio becomes: a report for each application assessed, a refusal for each set aside.

Codes of rules stand in one text, divided by commas, in the order of the line's table. What a code means is in that
table; the whole assessment of one application, with contributions and changes, is `oracle.risk.assess`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import pyarrow as pa

from oracle.risk.engine import Engine
from oracle.risk.indicators import ABSENT
from oracle.risk.portfolio.coding import Coding
from oracle.risk.portfolio.columns import Column
from oracle.risk.rounding import Ints

FORMAT: Final = "quittance-portfolio/2"
PROBABILITY: Final = "claim_probability_bps"
_TEXT, _INT, _LONG, _FLAG = pa.string(), pa.int32(), pa.int64(), pa.bool_()
REPORT: Final[Mapping[str, pa.DataType]] = {
    "line": _TEXT,
    "party": _TEXT,
    "score": _INT,
    "scored": _INT,
    "tier_by_score": _TEXT,
    "tier_by_ratio": _TEXT,
    "tier": _TEXT,
    "expected_loss_minor": _LONG,
    "loss_ratio_bps": _LONG,
    "main_indicators": _TEXT,
    "decision": _TEXT,
    "measure": _TEXT,
    "loading_bps": _INT,
    "factor_bps": _INT,
    "cap_minor": _LONG,
    "exclusions": _TEXT,
    "declines": _TEXT,
    "findings": _TEXT,
    "conditions": _TEXT,
    "manual_review": _TEXT,
    "unconfirmed": _TEXT,
    "committee": _FLAG,
    "fast_lane": _FLAG,
    "occupation_grade": _TEXT,
    "illness_grade": _TEXT,
    "behaviour_grade": _TEXT,
    "products": _TEXT,
}
"""Columns after `application_id`, which keeps the type it had; the last one may be the claim probability."""
REFUSAL: Final = pa.schema(
    {
        "row": pa.int64(),
        "application_id": _TEXT,
        "line": _TEXT,
        "field": _TEXT,
        "value": _TEXT,
        "problem": _TEXT,
        "remedy": _TEXT,
    }
)
"""`row` counts the rows of the input from 0."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why one row was set aside: its first problem; the remedy names further fields."""

    row: int
    application_id: str | None
    line: str | None
    field: str
    value: str
    problem: str
    remedy: str


def report_schema(application_id: pa.DataType, engine: Engine, *, learned: bool) -> pa.Schema:
    """Columns of a report, and what it was made with."""
    columns = {"application_id": application_id, **REPORT, **({PROBABILITY: _INT} if learned else {})}
    tables = {f"table.{each.name}": f"{each.version} 0x{each.hash.hex()}" for each in engine.tables.files}
    return pa.schema(columns, metadata={"format": FORMAT, "engine": f"0x{engine.hash.hex()}", **tables})


def report_table(
    application_ids: pa.Array, parts: Sequence[tuple[Ints, Mapping[str, Column]]], schema: pa.Schema
) -> pa.Table:
    """The reports of a batch, in the order of its rows.

    Args:
        application_ids: Of the rows that are reported.
        parts: Places among those rows, and the columns for them.
    """
    count = len(application_ids)
    columns = {"application_id": application_ids.cast(schema.field("application_id").type)}
    for field in list(schema)[1:]:
        columns[field.name] = _column([(places, part[field.name]) for places, part in parts], field.type, count)
    return pa.table(columns, schema=schema)


def refusal_table(refusals: Sequence[Refusal]) -> pa.Table:
    """The refusals of a batch."""
    return pa.table({name: [getattr(each, name) for each in refusals] for name in REFUSAL.names}, schema=REFUSAL)


def _column(parts: Sequence[tuple[Ints, Column]], kind: pa.DataType, count: int) -> pa.Array:
    whole = np.full(count, ABSENT, dtype=np.int64)
    words: list[str] = []
    for places, column in parts:
        if isinstance(column, Coding):
            whole[places] = np.where(column.places == ABSENT, ABSENT, column.places + len(words))
            words.extend(column.words)
        else:
            whole[places] = column
    absent = whole == ABSENT
    if pa.types.is_string(kind):
        indices = pa.array(whole, pa.int32(), mask=absent) if absent.any() else pa.array(whole, pa.int32())
        # Words of several forms repeat each other; a plain text column does not show it.
        return pa.DictionaryArray.from_arrays(indices, pa.array(words, pa.string())).cast(pa.string())
    if pa.types.is_boolean(kind):
        return pa.array(whole != 0)
    return pa.array(whole, kind, mask=absent)
