"""To withhold a value never pays.

For every indicator that may be absent the table names a `raised` value: the one an absent one is at least taken for. Of
two applications alike but for that indicator, the one without it has no lower score, expected loss or tier than the one
with any value from where risk is least up to the raised one.
"""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.tiers import RiskTier
from oracle.risk.application import parse_application
from oracle.risk.assess import assess, subject_of
from oracle.risk.derived import coded_row
from oracle.risk.engine import measure, refuse_rewards
from oracle.risk.indicators import ABSENT, CASES, Case, Kind, Line, Party
from oracle.risk.points import IndicatorPoints
from oracle.risk.table_files import TableInvalid
from tests.oracle.risk.applications import document
from tests.oracle.risk.subjects import coded, engine, refused, rows_of, table_of, tables_with

LIFE = Case(Line.LIFE, Party.PERSONAL)
EVERY = [
    pytest.param(case, each, id=f"{case.line.value}-{case.party.value}-{each.definition.name}")
    for case in CASES
    for each in table_of(case.line).scorecards[case.party].indicators
    if each.raised is not None
]


def up_to_raised(each: IndicatorPoints, case: Case) -> list[int]:
    """Coded values from where risk is least to the raised one; for words, those with no more points."""
    about, raised = each.definition, each.raised or 0
    if about.kind is not Kind.WHOLE:
        return [place for place in range(about.most + 1) if each.steps.at(place) <= each.steps.at(raised)]
    if about.monotone(case.line) < 0:
        return [value for value in (raised, (raised + about.most) // 2, about.most)]
    least = max(about.least, about.directed_from)
    starts = [start for start in each.steps.breakpoints if least < start < raised]
    return [least, *starts, raised]


@pytest.mark.parametrize(("case", "each"), EVERY)
def test_points__absent__are_no_fewer_than_of_any_value_up_to_the_raised(case: Case, each: IndicatorPoints) -> None:
    absent = each.steps.at(ABSENT)

    assert all(each.steps.at(value) <= absent for value in up_to_raised(each, case))


@pytest.mark.parametrize("case", CASES)
def test_raised__every_indicator_that_may_be_absent__has_one(case: Case) -> None:
    for each in table_of(case.line).scorecards[case.party].indicators:
        may_be_absent = each.definition.derived or case not in each.definition.required
        assert (each.raised is not None) >= may_be_absent, each.definition.name


@given(data=st.data())
@settings(max_examples=60, deadline=None)
def test_measure__any_row_one_value_withheld__never_measures_less(data: st.DataObject) -> None:
    case = data.draw(st.sampled_from(CASES))
    row = coded_row(data.draw(rows_of(case)), case.line, case.party, engine().tables.grading)
    each = data.draw(
        st.sampled_from(
            [one for one in table_of(case.line).scorecards[case.party].indicators if one.raised is not None]
        )
    )
    given_value = data.draw(st.sampled_from(up_to_raised(each, case)))

    known = measure({**row, each.definition.name: given_value}, case, engine())
    withheld = measure({**row, each.definition.name: ABSENT}, case, engine())

    assert withheld.scored >= known.scored
    assert withheld.expected_loss_minor >= known.expected_loss_minor
    assert withheld.tiers.together >= known.tiers.together


@pytest.mark.parametrize(
    "values",
    [
        {"systolic_mmhg": 118, "diastolic_mmhg": 76, "fasting_glucose_umol": 5_000, "cholesterol_umol": 4_600},
        {"systolic_mmhg": 140, "diastolic_mmhg": 90, "fasting_glucose_umol": 6_100, "cholesterol_umol": 5_200,
         "ldl_umol": 3_400, "hba1c_bp": 570},
    ],
)  # fmt: skip
@pytest.mark.parametrize("premium", [20_000, 30_000, 40_000, 60_000])
@pytest.mark.parametrize("line", [Line.LIFE, Line.HEALTH])
def test_assess__report_up_to_raised_dropped__never_lowers_score_loss_or_tier(
    line: Line, values: dict[str, Any], premium: int
) -> None:
    unstated: dict[str, Any] = dict.fromkeys(values)
    known = document(line, reports={"hospital": values}, authorised=("hospital",), premium_minor=premium, **unstated)
    withheld = document(line, premium_minor=premium, **unstated)

    with_report, without = (assess(subject_of(parse_application(each)), engine()) for each in (known, withheld))

    assert without.score >= with_report.score
    assert without.measured.expected_loss_minor >= with_report.measured.expected_loss_minor
    assert without.tier >= with_report.tier


def test_measure__half_of_a_measurement__does_not_stand_for_the_other() -> None:
    whole = measure(coded(Line.LIFE), LIFE, engine())
    half = measure(coded(Line.LIFE, diastolic_mmhg=None), LIFE, engine())

    assert half.expected_loss_minor > whole.expected_loss_minor
    assert whole.tiers.together is RiskTier.LOW


def test_tables__absent_gets_fewer_points_than_raised__is_refused() -> None:
    def change(table: dict[str, Any]) -> None:
        table["scorecards"][0]["indicators"]["systolic_mmhg"]["missing"] = 5_999

    error = refused("life", change)

    assert (error.field, error.value) == ("life.scorecards.personal.systolic_mmhg.missing", 5_999)


@pytest.mark.parametrize("raised", [None, "high", 89, 301])
def test_tables__raised_value_left_out_or_impossible__is_refused(raised: object) -> None:
    def change(table: dict[str, Any]) -> None:
        table["scorecards"][0]["indicators"]["systolic_mmhg"]["raised"] = raised

    assert refused("life", change).field == "life.scorecards.personal.systolic_mmhg.raised"


def test_refuse_rewards__absent_costs_less_than_raised__is_refused() -> None:
    def change(table: dict[str, Any]) -> None:
        table["scorecards"][0]["indicators"]["systolic_mmhg"].update(raised=160, missing=10_000)

    with pytest.raises(TableInvalid) as caught:
        refuse_rewards(tables_with("life", change), engine().models)

    assert (caught.value.field, caught.value.value) == ("mortality.systolic_mmhg.missing", 12_200)
