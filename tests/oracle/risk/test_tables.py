from collections.abc import Callable
from typing import Any

import pytest

from domain.money import Bps
from domain.tiers import TierBounds
from oracle.risk.codes import OCCUPATIONS
from oracle.risk.grading import Grade
from oracle.risk.indicators import Dimension, Line, Party
from oracle.risk.table_files import TableInvalid
from tests.oracle.risk.subjects import engine, table_of, tables_with

Content = dict[str, Any]
"""A table as plain YAML, to be altered anywhere."""


def indicators(table: Content) -> Content:
    found: Content = table["scorecards"][0]["indicators"]
    return found


def refused(name: str, change: Callable[[Content], object]) -> TableInvalid:
    with pytest.raises(TableInvalid) as caught:
        tables_with(name, change)
    return caught.value


@pytest.mark.parametrize("line", Line)
@pytest.mark.parametrize("party", Party)
def test_weights__every_scorecard__sum_to_the_whole(line: Line, party: Party) -> None:
    assert sum(each.weight_bps for each in table_of(line).scorecards[party].indicators) == 10_000


def test_weights__life__are_the_manuals_examples() -> None:
    card = table_of(Line.LIFE).scorecards[Party.PERSONAL].indicators
    weights = {each.definition.name: each.weight_bps for each in card}

    assert weights["age_years"] == 2_000
    assert weights["occupation_class"] == 1_500
    assert sum(each.weight_bps for each in card if each.definition.dimension is Dimension.HEALTH) == 3_000


def test_bounds__life__are_the_manuals() -> None:
    assert table_of(Line.LIFE).bounds == TierBounds(6_000, 8_000, Bps(5_000), Bps(8_000))


@pytest.mark.parametrize("line", Line)
def test_committee__every_line__above_90(line: Line) -> None:
    assert table_of(line).committee_above_score == 9_000


@pytest.mark.parametrize(
    ("occupation", "grade"),
    [
        ("office-clerk", Grade.LOW),
        ("sales", Grade.MEDIUM),
        ("roofer", Grade.HIGH),
        ("scaffolder", Grade.HIGH),
        ("miner", Grade.HIGH),
    ],
)
def test_occupation_grades__the_manuals_examples__as_there(occupation: str, grade: Grade) -> None:
    grading = engine().tables.grading

    assert grading.occupation_grades[grading.classes.at(OCCUPATIONS.index(occupation))] is grade


def test_scorecards__weight_raised_alone__is_refused() -> None:
    error = refused("life", lambda table: indicators(table)["age_years"].update(weight_bps=2_001))

    assert (error.field, error.value) == ("life.scorecards.personal.weights", 10_001)


def test_scorecards__weight_moved_to_another_dimension__is_refused() -> None:
    def move(table: Content) -> None:
        indicators(table)["age_years"]["weight_bps"] -= 100
        indicators(table)["smoking"]["weight_bps"] += 100

    assert refused("life", move).field == "life.scorecards.personal.dimensions"


def test_scorecards__gap_between_bands__is_refused() -> None:
    error = refused("life", lambda table: indicators(table)["systolic_mmhg"]["bands"].pop(2))

    assert error.field == "life.scorecards.personal.systolic_mmhg.bands"
    assert "leaves a gap" in str(error)


def test_scorecards__bands_overlap__is_refused() -> None:
    error = refused("life", lambda table: indicators(table)["systolic_mmhg"]["bands"][2].update({"from": 119}))

    assert "overlaps" in str(error)


@pytest.mark.parametrize(("place", "key", "value"), [(0, "from", 61), (-1, "to", 299), (3, "to", 100)])
def test_scorecards__bands_miss_an_end__is_refused(place: int, key: str, value: int) -> None:
    error = refused("life", lambda table: indicators(table)["systolic_mmhg"]["bands"][place].update({key: value}))

    assert error.field == "life.scorecards.personal.systolic_mmhg.bands"


def test_scorecards__points_fall_as_risk_rises__is_refused() -> None:
    error = refused("life", lambda table: indicators(table)["systolic_mmhg"]["bands"][4].update(points=100))

    assert error.field == "life.scorecards.personal.systolic_mmhg.points"


def test_scorecards__points_rise_with_credit__is_refused() -> None:
    error = refused("life", lambda table: indicators(table)["credit_score"]["bands"][-1].update(points=9_999))

    assert error.field == "life.scorecards.personal.credit_score.points"


def test_scorecards__points_move_freely_below_where_the_manual_speaks__are_taken() -> None:
    tables_with("life", lambda table: indicators(table)["systolic_mmhg"]["bands"][0].update(points=9_000))


def test_scorecards__unknown_indicator__is_refused() -> None:
    def rename(table: Content) -> None:
        indicators(table)["shoe_size"] = indicators(table).pop("complaints_36m")

    assert refused("life", rename).field == "life.scorecards.personal.shoe_size"


def test_scorecards__indicator_of_another_line__is_refused() -> None:
    def move(table: Content) -> None:
        indicators(table)["violations_12m"] = indicators(table).pop("complaints_36m")

    assert "not an indicator to score in this form" in str(refused("life", move))


def test_scorecards__no_points_for_an_absent_value__is_refused() -> None:
    error = refused("life", lambda table: indicators(table)["systolic_mmhg"].pop("missing"))

    assert error.field == "life.scorecards.0.indicators.systolic_mmhg.missing"


def test_scorecards__choice_without_points__is_refused() -> None:
    error = refused("life", lambda table: indicators(table)["smoking"]["choices"].pop("former"))

    assert error.value == ["former"]


@pytest.mark.parametrize("name", ["age_years", "occupation_class", "debt_to_income_bps"])
def test_scorecards__age_or_something_derived_called_changeable__is_refused(name: str) -> None:
    error = refused("life", lambda table: indicators(table)[name].update(changeable=True))

    assert error.field == f"life.scorecards.personal.{name}"


def test_scorecards__sex_called_reachable__is_refused() -> None:
    error = refused("life", lambda table: indicators(table)["sex"].update(reachable=["female"]))

    assert error.field == "life.scorecards.personal.sex"


def test_scorecards__a_party_without_one__is_refused() -> None:
    error = refused("property", lambda table: table["scorecards"].pop())

    assert error.field == "property.scorecards"


@pytest.mark.parametrize("points", [-1, 10_001])
def test_scorecards__points_out_of_range__is_refused(points: int) -> None:
    error = refused("life", lambda table: indicators(table)["smoking"]["choices"].update(current=points))

    assert error.field == "life.scorecards.0.indicators.smoking.choices.current"


def test_tiers__medium_begins_above_its_end__is_refused() -> None:
    assert refused("life", lambda table: table["tiers"].update(medium_from_score=8_001)).field == "life.tiers"


def test_committee__above_what_contracts_allow__is_refused() -> None:
    error = refused("life", lambda table: table.update(committee_above_score=9_001))

    assert error.field == "life.committee_above_score"


def test_decision__loaded_rate_without_the_loading__is_refused() -> None:
    error = refused("life", lambda table: table["decision"].update(loading_bps=2_500))

    assert (error.field, error.value) == ("life.decision.rates.loaded_bps", 12_000)


def test_decision__high_cheaper_than_medium__is_refused() -> None:
    error = refused("motor", lambda table: table["decision"]["rates"].update(high_bps=9_999))

    assert error.field == "motor.decision.rates"


def test_decision__medium_may_find_no_measure__is_refused() -> None:
    error = refused("life", lambda table: table["decision"]["measures"].update(medium=["loading", "exclusion"]))

    assert error.field == "life.decision.measures.medium"


@pytest.mark.parametrize("caps", [{}, {"DEM": 100}])
def test_decision__caps_do_not_fit__is_refused(caps: dict[str, int]) -> None:
    assert refused("life", lambda table: table["decision"].update(caps_minor=caps)).field == "life.decision.caps_minor"


def test_exclusions__for_a_low_risk__is_refused() -> None:
    error = refused("life", lambda table: table["exclusions"][0].update(tiers=["low"]))

    assert error.field == "life.exclusions.stroke-from-hypertension.tiers"


@pytest.mark.parametrize(
    ("condition", "problem"),
    [
        ({"indicator": "shoe_size", "at_least": 1}, "is no indicator"),
        ({"indicator": "violations_12m", "at_least": 1}, "is not known at this point"),
        ({"indicator": "score", "at_least": 1}, "is not known at this point"),
        ({"indicator": "age_years", "at_least": 121}, "is no range"),
        ({"indicator": "age_years", "is": ["30"]}, "is a number"),
        ({"indicator": "history_mask", "has": ["plague"]}, "is no choice"),
        ({"indicator": "history_mask", "is": ["cancer"]}, "is no choice"),
        ({"indicator": "smoking", "is": ["often"]}, "is no choice"),
        ({"indicator": "residence_registered", "is": ["true"]}, "is true or false"),
        ({"hazard": "dragons"}, "is no hazard"),
        ({"indicator": "age_years"}, "say a hazard"),
        ({"indicator": "age_years", "at_least": 1, "flag": True}, "say a hazard"),
        ({"hazard": "height", "indicator": "age_years", "at_least": 1}, "say a hazard"),
    ],
)
def test_rules__condition_that_cannot_be_asked__is_refused(condition: Content, problem: str) -> None:
    error = refused("life", lambda table: table["declines"][0].update(when=[condition]))

    assert problem in str(error)


def test_rules__no_condition__is_refused() -> None:
    assert refused("life", lambda table: table["declines"][0].update(when=[])).field == "life.declines.0.when"


def test_rules__code_twice__is_refused() -> None:
    error = refused("life", lambda table: table["outliers"].append(dict(table["outliers"][0])))

    assert (error.field, error.value) == ("life.outliers", "young-high-score")


def test_rules__chinese_missing__is_refused() -> None:
    assert refused("life", lambda table: table["declines"][0].pop("zh")).field == "life.declines.0.zh"


@pytest.mark.parametrize(
    "trigger",
    [
        {"indicator": "shoe_size", "rises_by": 1},
        {"indicator": "violations_12m", "rises_by": 1},
        {"indicator": "smoking", "becomes": ["often"]},
        {"indicator": "smoking", "becomes": ["current"], "rises_by": 1},
        {"indicator": "smoking"},
    ],
)
def test_watch__trigger_that_cannot_fire__is_refused(trigger: Content) -> None:
    entry = {"code": "changed", "en": "changed", "zh": "变化", **trigger}

    assert refused("life", lambda table: table.update(watch=[entry])).field.startswith("life.watch.")


def test_segments__service_without_words__is_refused() -> None:
    error = refused("life", lambda table: table["segments"]["low"].update(services=["free-lunch"]))

    assert (error.field, error.value) == ("life.segments.low", "free-lunch")


def test_segments__tier_missing__is_refused() -> None:
    assert refused("life", lambda table: table["segments"].pop("high")).field == "life.segments"


@pytest.mark.parametrize(
    ("change", "field"),
    [
        (lambda table: table["phrases"].pop("objection"), "texts.phrases"),
        (lambda table: table["phrases"].update(hello={"en": "Hello", "zh": "您好"}), "texts.phrases"),
        (lambda table: table["phrases"]["tier"].update(zh="{line}"), "texts.phrases.tier.zh"),
        (lambda table: table["tiers"].pop("low"), "texts.tiers"),
        (lambda table: table["lines"].pop("life"), "texts.lines"),
        (lambda table: table["sources"].pop("survey"), "texts.sources"),
        (lambda table: table["choices"]["smoking"].pop("never"), "texts.choices.smoking"),
        (lambda table: table["choices"].pop("smoking"), "life.scorecards.smoking"),
        (lambda table: table["units"].pop("mmHg"), "life.scorecards.systolic_mmhg"),
    ],
)
def test_texts__incomplete__is_refused(change: Callable[[Content], object], field: str) -> None:
    error = refused("texts", change)

    assert error.field.startswith(field) or str(error.value) == "mmHg"


@pytest.mark.parametrize(
    ("change", "field"),
    [
        (lambda table: table["occupations"].pop(), "occupations.occupations"),
        (lambda table: table["occupations"].reverse(), "occupations.occupations"),
        (lambda table: table["occupations"][0].update({"class": 7}), "occupations.occupations.0.class"),
        (lambda table: table["occupations"][0].update(hazards=["dragons"]), "occupations.office-clerk.hazards"),
        (lambda table: table["grades"].update({"6": "low"}), "occupations.grades"),
        (lambda table: table["grades"].pop("3"), "occupations.grades"),
    ],
)
def test_occupations__wrong__is_refused(change: Callable[[Content], object], field: str) -> None:
    assert refused("occupations", change).field == field


@pytest.mark.parametrize(
    ("change", "field"),
    [
        (lambda table: table["illnesses"][0].update(bit=1), "illnesses.illnesses"),
        (lambda table: table["illnesses"][0].update(seriousness=5), "illnesses.illnesses.0.seriousness"),
        (lambda table: table["grades"].update({"0": "high"}), "illnesses.grades"),
    ],
)
def test_illnesses__wrong__is_refused(change: Callable[[Content], object], field: str) -> None:
    assert refused("illnesses", change).field == field
