"""Contradictions in columns: the same rows that one by one are refused."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from oracle.risk.contradictions import CONTRADICTIONS, contradictory, refuse_contradictions
from oracle.risk.forms import ApplicationContradictory
from oracle.risk.vocabulary import INDICATORS

NAMES = sorted({name for rule in CONTRADICTIONS for name in (rule.field, rule.other)})
ROWS = st.lists(
    st.fixed_dictionaries(
        {
            name: st.integers(INDICATORS[name].least, min(INDICATORS[name].most, INDICATORS[name].least + 60))
            | st.just(-1)
            for name in NAMES
        }
    ),
    min_size=1,
)


def refused(row: dict[str, int]) -> bool:
    try:
        refuse_contradictions({name: INDICATORS[name].decoded(code) for name, code in row.items()})
    except ApplicationContradictory:
        return True
    return False


@given(ROWS)
def test_contradictory__any_columns__finds_the_rows_refused_one_by_one(rows: list[dict[str, int]]) -> None:
    columns = {name: np.array([row[name] for row in rows]) for name in NAMES}

    found = np.logical_or.reduce(list(contradictory(columns).values()))

    assert found.tolist() == [refused(row) for row in rows]


def test_contradictory__column_missing__leaves_its_pairs_out() -> None:
    assert list(contradictory({"systolic_mmhg": np.array([70])})) == []
