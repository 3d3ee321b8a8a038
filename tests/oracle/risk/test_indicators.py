"""The vocabulary: what a value may be, and how it stands in columns."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oracle.risk.codes import ILLNESSES, OCCUPATIONS
from oracle.risk.indicators import (
    ABSENT,
    CASES,
    IndicatorDefinition,
    IndicatorInvalid,
    IndicatorUnknown,
    Kind,
    Line,
    Party,
    Source,
    Value,
)
from oracle.risk.vocabulary import INDICATORS, asked, check_value, coded, indicator


def admissible(about: IndicatorDefinition) -> st.SearchStrategy[Value]:
    match about.kind:
        case Kind.CHOICE:
            return st.sampled_from(about.choices)
        case Kind.FLAG:
            return st.booleans()
        case Kind.WHOLE | Kind.SET:
            return st.integers(about.least, about.most)


VALUES = st.sampled_from(sorted(INDICATORS)).flatmap(
    lambda name: st.tuples(st.just(name), admissible(INDICATORS[name]) | st.none())
)


@given(VALUES)
def test_coded__any_admissible_value__comes_back(named: tuple[str, Value]) -> None:
    name, value = named
    check_value(name, value)

    code = coded({name: value}, name)

    assert INDICATORS[name].decoded(code) == value
    assert (code == ABSENT) == (value is None)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("age_years", -1), ("age_years", 121), ("age_years", True), ("age_years", "30"), ("occupation", "astronaut"),
        ("occupation", 3), ("flood_zone", 1), ("flood_zone", "yes"), ("history_mask", 1 << len(ILLNESSES)),
        ("premium_minor", 0),
    ],
)  # fmt: skip
def test_check_value__impossible_value__is_refused_by_name(name: str, value: Value) -> None:
    with pytest.raises(IndicatorInvalid) as refused:
        check_value(name, value)

    assert (refused.value.field, refused.value.value) == (name, value)


def test_indicator__unknown_name__is_refused() -> None:
    with pytest.raises(IndicatorUnknown, match="star_sign"):
        indicator("star_sign")


def test_indicators__all__fit_columns_of_64_bits_and_are_never_negative() -> None:
    for each in INDICATORS.values():
        assert 0 <= each.least <= each.most < 1 << 62
        assert each.choices or each.kind in (Kind.WHOLE, Kind.FLAG)
        assert each.required <= each.applies


def test_asked__every_form__asks_what_the_manual_asks() -> None:
    for case in CASES:
        names = {each.name for each in asked(*case)}
        assert ("occupation" in names) == (case != (Line.PROPERTY, Party.CORPORATE))
        assert ("driving_years" in names) == (case.line is Line.MOTOR)
        assert ("smoking" in names) == (case.line in (Line.LIFE, Line.HEALTH))
        assert ("structure" in names) == (case.line is Line.PROPERTY)
        assert {"past_claims_36m", "complaints_36m", "surrenders_60m"} <= names


def test_sensitive__sources__are_all_but_customer_and_survey() -> None:
    assert [source for source in Source if not source.sensitive] == [Source.CUSTOMER, Source.SURVEY]


def test_codes__tables__are_numbered_without_gaps() -> None:
    assert len(set(OCCUPATIONS)) == len(OCCUPATIONS)
    assert len(set(ILLNESSES)) == len(ILLNESSES) <= 62


@pytest.mark.parametrize(
    ("name", "line", "direction"),
    [
        ("age_years", Line.LIFE, 1), ("age_years", Line.MOTOR, 0), ("occupation_class", Line.ACCIDENT, 1),
        ("smoking", Line.LIFE, 1), ("violations_12m", Line.MOTOR, 1), ("driving_years", Line.MOTOR, -1),
        ("credit_score", Line.PROPERTY, -1), ("complaints_36m", Line.HEALTH, 1), ("surrenders_60m", Line.ACCIDENT, 1),
    ],
)  # fmt: skip
def test_monotone__indicator_of_the_manual__moves_risk_as_the_manual_says(
    name: str, line: Line, direction: int
) -> None:
    assert INDICATORS[name].monotone(line) == direction
