import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from oracle.risk.derived import coded_row, derived_each
from oracle.risk.indicators import ABSENT, Case, IndicatorInvalid, IndicatorUnknown, Line, Party, Row
from oracle.risk.points import Contribution, score, scores
from tests.oracle.risk.subjects import EVERY_CASE, coded, engine, row, rows_of, sampled_rows, table_of


def scored(case: Case, given_row: Row) -> int:
    card = table_of(case.line).scorecards[case.party]
    return score(card.contributions(coded_row(given_row, case.line, case.party, engine().tables.grading)))


@given(data=st.data())
@settings(max_examples=200, deadline=None)
def test_score__any_row__lies_in_0_to_100(data: st.DataObject) -> None:
    case = data.draw(st.sampled_from(EVERY_CASE))

    assert 0 <= scored(case, data.draw(rows_of(case))) <= 10_000


@given(data=st.data())
@settings(max_examples=300, deadline=None)
def test_score__a_directed_indicator_moves_towards_risk__never_falls(data: st.DataObject) -> None:
    case = data.draw(st.sampled_from(EVERY_CASE))
    before = dict(data.draw(rows_of(case)))
    directed = [
        each.definition
        for each in table_of(case.line).scorecards[case.party].indicators
        if each.definition.monotone(case.line)
        and not each.definition.derived
        and before.get(each.definition.name) is not None
    ]
    about = data.draw(st.sampled_from(directed))
    reach = st.integers(max(about.least, about.directed_from), about.most)
    low, high = sorted([data.draw(reach), data.draw(reach)])
    safer, riskier = (low, high) if about.monotone(case.line) > 0 else (high, low)

    assert scored(case, {**before, about.name: about.decoded(safer)}) <= scored(
        case, {**before, about.name: about.decoded(riskier)}
    )


@pytest.mark.parametrize(
    ("name", "safer", "riskier"),
    [
        ("income_minor", 30_000_000, 3_000_000),
        ("liabilities_minor", 0, 300_000_000),
        ("assets_minor", 500_000_000, 1_000_000),
        ("past_sum_insured_minor", 0, 900_000_000),
        ("occupation", "office-clerk", "sales"),
        ("occupation", "sales", "roofer"),
        ("occupation", "roofer", "miner"),
        ("history_mask", 0, 1),
        ("history_mask", 1, 1 << 9),
    ],
)
def test_score__what_feeds_a_derived_indicator_moves_towards_risk__rises(
    name: str, safer: int | str, riskier: int | str
) -> None:
    case = Case(Line.LIFE, Party.PERSONAL)
    base = row(Line.LIFE, past_sum_insured_minor=0)

    assert scored(case, {**base, name: safer}) < scored(case, {**base, name: riskier})


@pytest.mark.parametrize("case", EVERY_CASE, ids=lambda case: f"{case.line}-{case.party}")
def test_scores__columns__equal_one_by_one(case: Case) -> None:
    rows = sampled_rows(case, 200)
    grading = engine().tables.grading
    one_by_one = [coded_row(each, case.line, case.party, grading) for each in rows]
    stated = {name: np.array([each[name] for each in one_by_one]) for name in one_by_one[0]}
    columns = {**stated, **derived_each(stated, case.line, case.party, grading)}
    card = table_of(case.line).scorecards[case.party]

    assert scores(card.millionths_each(columns)).tolist() == [score(card.contributions(each)) for each in one_by_one]
    for name, column in columns.items():
        assert column.tolist() == [each[name] for each in one_by_one], name


def test_score__a_fraction_of_a_hundredth__is_rounded_up() -> None:
    assert score([Contribution("age_years", 30, 1, 1)]) == 1
    assert score([Contribution("age_years", 30, 10_000, 9_999), Contribution("smoking", 0, 0, 1)]) == 9_999


def test_contributions__absent_values__get_the_points_the_table_says() -> None:
    card = table_of(Line.LIFE).scorecards[Party.PERSONAL]
    found = {each.indicator: each for each in card.contributions(coded(Line.LIFE, systolic_mmhg=None))}

    assert found["systolic_mmhg"].coded == ABSENT
    assert found["systolic_mmhg"].points == 6_000


@pytest.mark.parametrize(("systolic", "points"), [(119, 0), (120, 1_500), (129, 1_500), (130, 3_500), (300, 10_000)])
def test_contributions__ends_of_bands__belong_to_them(systolic: int, points: int) -> None:
    card = table_of(Line.LIFE).scorecards[Party.PERSONAL]
    found = {each.indicator: each for each in card.contributions(coded(Line.LIFE, systolic_mmhg=systolic))}

    assert found["systolic_mmhg"].points == points


@pytest.mark.parametrize(
    ("changes", "field", "error"),
    [
        ({"age_years": -1}, "age_years", IndicatorInvalid),
        ({"age_years": float("nan")}, "age_years", IndicatorInvalid),
        ({"age_years": True}, "age_years", IndicatorInvalid),
        ({"age_years": "30"}, "age_years", IndicatorInvalid),
        ({"occupation": "wizard"}, "occupation", IndicatorInvalid),
        ({"occupation": "x" * 10_000_000}, "occupation", IndicatorInvalid),
        ({"history_mask": 1 << 40}, "history_mask", IndicatorInvalid),
        ({"currency": "XXX"}, "currency", IndicatorInvalid),
        ({"shoe_size": 43}, "shoe_size", IndicatorUnknown),
        ({"occupation_class": 1}, "occupation_class", IndicatorUnknown),
    ],
)
def test_coded_row__garbage__names_the_field(changes: dict[str, int], field: str, error: type[Exception]) -> None:
    with pytest.raises(error) as caught:
        coded_row({**row(Line.LIFE), **changes}, Line.LIFE, Party.PERSONAL, engine().tables.grading)

    assert getattr(caught.value, "field", None) == field
    assert len(str(caught.value)) < 1_000


@pytest.mark.parametrize(
    ("changes", "name", "share"),
    [
        ({"liabilities_minor": 10_000, "income_minor": 3}, "debt_to_income_bps", 1_000_000),
        ({"liabilities_minor": 1, "income_minor": 30_000}, "debt_to_income_bps", 1),
        ({"liabilities_minor": 1, "income_minor": 0}, "debt_to_income_bps", 10_000),
        ({"liabilities_minor": None}, "debt_to_income_bps", ABSENT),
        ({"income_minor": None}, "debt_to_income_bps", ABSENT),
        ({"past_sum_insured_minor": None}, "cover_to_income_bps", ABSENT),
        ({"past_sum_insured_minor": 50_000_000, "income_minor": 20_000_000}, "cover_to_income_bps", 50_000),
    ],
)
def test_derived__shares__rounded_up_and_absent_with_their_parts(
    changes: dict[str, int | None], name: str, share: int
) -> None:
    assert coded(Line.LIFE, **changes)[name] == share


@pytest.mark.parametrize(
    ("history", "seriousness"),
    [([], 0), (["asthma"], 1), (["hypertension", "asthma"], 2), (["cancer-early"], 3), (["gout", "cancer"], 4)],
)
def test_derived__history__is_as_serious_as_its_worst_illness(history: list[str], seriousness: int) -> None:
    assert coded(Line.LIFE, history=history)["illness_seriousness"] == seriousness  # type: ignore[arg-type]
