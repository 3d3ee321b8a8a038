"""Contradictions in columns: the same rows that one by one are refused."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from oracle.risk.application import parse_application
from oracle.risk.contradictions import CONTRADICTIONS, contradictory, refuse_contradictions
from oracle.risk.forms import ApplicationContradictory
from oracle.risk.indicators import Line, Value
from oracle.risk.records import application_of_record
from oracle.risk.vocabulary import INDICATORS
from tests.oracle.risk.applications import NOW, document

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


@pytest.mark.parametrize(
    ("stated", "source", "reported", "counted"),
    [
        ({"cigarettes_per_day": 0}, "hospital", {"cigarettes_per_day": 20}, {"smoking": "current"}),
        ({"cigarettes_per_day": 0}, "hospital", {"smoking": "current"}, {"cigarettes_per_day": None}),
        ({"past_claims_36m": 0}, "insurers", {"past_claims_amount_minor": 90_000}, {"past_claims_36m": 1}),
        ({"systolic_mmhg": 95, "diastolic_mmhg": 60}, "hospital", {"diastolic_mmhg": 100}, {"systolic_mmhg": 101}),
        ({"cholesterol_umol": 3_000}, "hospital", {"ldl_umol": 4_900}, {"cholesterol_umol": 4_900}),
    ],
)  # fmt: skip
def test_reconciled__statement_and_report_contradict_each_other__counts_what_means_more_risk(
    stated: dict[str, Any], source: str, reported: dict[str, Any], counted: dict[str, Any]
) -> None:
    told = document(Line.LIFE, reports={source: reported}, authorised=(source,), **stated)

    application = parse_application(told)

    row = application.row()
    assert {name: row[name] for name in counted} == counted
    assert application_of_record(application.record()).row() == row


@pytest.mark.parametrize(
    ("age_years", "occupation", "marital_status", "field"),
    [(15, "sales", "single", "occupation"), (15, "student", "married", "marital_status")],
)
def test_refuse_contradictions__child_with_work_or_spouse__names_the_answer(
    age_years: int, occupation: str, marital_status: str, field: str
) -> None:
    row: dict[str, Value] = {"age_years": age_years, "occupation": occupation, "marital_status": marital_status}

    with pytest.raises(ApplicationContradictory) as refusal:
        refuse_contradictions(row)

    assert [each.field for each in refusal.value.problems] == [field]
    refuse_contradictions({**row, "age_years": 16})


def test_parse_application__declared_after_it_came_in__is_refused() -> None:
    told = {**document(Line.LIFE), "declaration": {"truthful": True, "signed_at": NOW + 1}}

    with pytest.raises(ApplicationContradictory) as refusal:
        parse_application(told)

    assert refusal.value.field == "declaration.signed_at"
