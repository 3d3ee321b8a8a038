import pytest

from domain.money import Bps
from domain.tiers import TierBounds
from oracle.risk.indicators import Line
from tests.oracle.risk.subjects import Alteration, Table, refused, table_of


def test_bounds__life__are_the_manuals() -> None:
    assert table_of(Line.LIFE).bounds == TierBounds(6_000, 8_000, Bps(5_000), Bps(8_000))


@pytest.mark.parametrize("line", Line)
def test_committee__every_line__above_90(line: Line) -> None:
    assert table_of(line).committee_above_score == 9_000


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
def test_rules__condition_that_cannot_be_asked__is_refused(condition: Table, problem: str) -> None:
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
def test_watch__trigger_that_cannot_fire__is_refused(trigger: Table) -> None:
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
def test_texts__incomplete__is_refused(change: Alteration, field: str) -> None:
    error = refused("texts", change)

    assert error.field.startswith(field) or str(error.value) == "mmHg"
