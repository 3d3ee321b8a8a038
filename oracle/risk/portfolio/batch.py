"""One batch of applications: assessed as columns, or set aside with the reason."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
import pyarrow as pa

from oracle.risk.actuarial.models import CURRENCY
from oracle.risk.codes import CURRENCIES
from oracle.risk.contradictions import contradictory
from oracle.risk.engine import Engine
from oracle.risk.indicators import ABSENT, CASES, Case
from oracle.risk.portfolio.coding import Coding
from oracle.risk.portfolio.columns import Column, assess_each, complete
from oracle.risk.portfolio.probability import Probability
from oracle.risk.portfolio.refusals import Aside, refusals_of
from oracle.risk.portfolio.reports import PROBABILITY, refusal_table, report_schema, report_table
from oracle.risk.portfolio.table import LINES, PARTIES, Coded, coded_table, readable
from oracle.risk.rounding import Ints
from oracle.risk.rules import Flags
from oracle.risk.vocabulary import INDICATORS

_SOLD_IN: Final = CURRENCIES.index(CURRENCY)
"""The one currency the actuarial tables count in."""

NO_REPEATS: Final[Mapping[int, int]] = {}


@dataclass(frozen=True, slots=True)
class Scored:
    """A batch, done.

    Attributes:
        reports: One row for each application assessed, in the order of the batch.
        refused: One row for each application set aside.
    """

    reports: pa.Table
    refused: pa.Table


def score_batch(
    table: pa.Table,
    first_row: int,
    engine: Engine,
    probability: Probability | None = None,
    repeats: Mapping[int, int] = NO_REPEATS,
) -> Scored:
    """Assess a batch whose columns passed `check_columns`.

    Args:
        first_row: Place of the batch's first row in the input, from 0.
        repeats: Places in the batch to set aside because an earlier row of the input has the same id, and which row.
    Raises:
        DataUnusable: A further column the learned model asks for holds what it must not.
        PathsDisagree: A defect of this program.
    """
    table = readable(table)
    coded = coded_table(table)
    good = ~coded.bad
    good[list(repeats)] = False
    forms = _forms(coded, good)
    kept = np.flatnonzero(good)
    parts = [
        (np.searchsorted(kept, rows), _assessed(table, coded, rows, form, case, engine, probability))
        for case, (rows, form) in forms.items()
    ]
    ids = table.column("application_id").combine_chunks()
    schema = report_schema(ids.type, engine, learned=probability is not None)
    reports = report_table(ids.take(pa.array(kept)), parts, schema)
    extras = probability.extras if probability else ()
    aside = Aside(table.drop_columns(list(extras)), first_row, np.flatnonzero(~good), repeats)
    return Scored(reports, refusal_table(refusals_of(aside, engine)))


def _forms(coded: Coded, good: Flags) -> dict[Case, tuple[Ints, dict[str, Ints]]]:
    """Rows and indicators of each form. Rows their form refuses are taken out of `good`."""
    forms: dict[Case, tuple[Ints, dict[str, Ints]]] = {}
    for case in CASES:
        rows = np.flatnonzero(good & _is_case(coded, case))
        if not len(rows):
            continue
        form = complete(coded.columns, rows, case)
        refused = _refused(coded, rows, form, case)
        good[rows[refused]] = False
        if refused.any():
            rows, form = rows[~refused], {name: column[~refused] for name, column in form.items()}
        if len(rows):
            forms[case] = rows, form
    return forms


def _is_case(coded: Coded, case: Case) -> Flags:
    line, party = LINES.index(case.line.value), PARTIES.index(case.party.value)
    found: Flags = (coded.line == line) & (coded.party == party)
    return found


def _refused(coded: Coded, rows: Ints, form: Mapping[str, Ints], case: Case) -> Flags:
    """Which of these rows their form refuses: too little, too much, contradictions, or the wrong currency."""
    refused: Flags = form["currency"] != _SOLD_IN
    for name, column in coded.columns.items():
        if case not in INDICATORS[name].applies:
            refused |= column[rows] != ABSENT
    for name, column in form.items():
        if case in INDICATORS[name].required:
            refused |= column == ABSENT
    for against in contradictory(form).values():
        refused |= against
    return refused


def _assessed(
    table: pa.Table,
    coded: Coded,
    rows: Ints,
    form: dict[str, Ints],
    case: Case,
    engine: Engine,
    probability: Probability | None,
) -> dict[str, Column]:
    found = assess_each(form, coded.read.at(rows), case, engine)
    found["line"] = _one_word(case.line.value, len(rows))
    found["party"] = _one_word(case.party.value, len(rows))
    if probability is not None:
        found[PROBABILITY] = probability.bps(table, form, rows, case)
    return found


def _one_word(word: str, count: int) -> Coding:
    return Coding(np.zeros(count, dtype=np.int64), (word,))
