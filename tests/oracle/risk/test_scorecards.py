import pytest

from oracle.risk.indicators import Dimension, Line, Party
from tests.oracle.risk.subjects import Table, refused, table_of, tables_with


def indicators(table: Table) -> Table:
    found: Table = table["scorecards"][0]["indicators"]
    return found


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


def test_scorecards__weight_raised_alone__is_refused() -> None:
    error = refused("life", lambda table: indicators(table)["age_years"].update(weight_bps=2_001))

    assert (error.field, error.value) == ("life.scorecards.personal.weights", 10_001)


def test_scorecards__weight_moved_to_another_dimension__is_refused() -> None:
    def move(table: Table) -> None:
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
    def rename(table: Table) -> None:
        indicators(table)["shoe_size"] = indicators(table).pop("complaints_36m")

    assert refused("life", rename).field == "life.scorecards.personal.shoe_size"


def test_scorecards__indicator_of_another_line__is_refused() -> None:
    def move(table: Table) -> None:
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
