"""The manual's tier from raw indicators: drawn applicants, learned tiers, and customers scored without a person."""

from collections.abc import Mapping

import numpy as np
import pytest

from domain.tiers import RiskTier
from oracle.risk.engine import Engine, load_engine
from oracle.risk.indicators import IndicatorInvalid, Line
from oracle.risk.learned.applicants import FILE, TIER, draw_applicants, load_spreads
from oracle.risk.learned.errors import DataUnusable
from oracle.risk.learned.pipeline import Algorithm
from oracle.risk.learned.task import Frame
from oracle.risk.learned.tiers import TrainedTiers, frame_of, learn_tiers, score_standard, why_not_standard
from oracle.risk.vocabulary import INDICATORS

CALM: Mapping[str, int | str | bool | None] = {
    "age_years": 35, "sex": "female", "occupation": "office-clerk", "region": "CN-BJ", "driving_years": 15,
    "violations_12m": 0, "drink_driving_records": 0, "at_fault_accidents_36m": 0, "vehicle_type": "car",
    "vehicle_use": "private", "past_claims_36m": 0, "sum_insured_minor": 50_000_000, "currency": "CNY",
    "term_years": 1,
}  # fmt: skip


@pytest.fixture(scope="module")
def engine() -> Engine:
    return load_engine()


@pytest.fixture(scope="module")
def drawn(engine: Engine) -> Frame:
    return draw_applicants(Line.MOTOR, 8_000, 1, engine)


@pytest.fixture(scope="module")
def tiers(drawn: Frame) -> TrainedTiers:
    return learn_tiers(Line.MOTOR, drawn, (Algorithm.BOOSTING,))


def usual_premium(drawn: Frame) -> int:
    """What a car of 500,000 yuan usually pays."""
    return int(50_000_000 * drawn["premium_ppm_of_sum"].median() / 1e6)


@pytest.mark.parametrize("line", list(Line))
def test_draw_applicants__each_line__every_tier_occurs_and_the_seed_repeats(line: Line, engine: Engine) -> None:
    one, same, other = (draw_applicants(line, 400, seed, engine) for seed in (1, 1, 2))

    assert one.equals(same)
    assert not one.equals(other)
    assert set(one[TIER]) == {0, 1, 2}


def test_draw_applicants__motor__spread_as_written(drawn: Frame) -> None:
    assert drawn["age_years"].mean() == pytest.approx(43, abs=1.5)
    assert drawn["dangerous_posts_12m"].isna().mean() == pytest.approx(0.40, abs=0.03)
    assert drawn["vehicle_use"].mean() == pytest.approx(0.15, abs=0.02)
    assert (drawn["driving_years"] <= drawn["age_years"] - 16).all()
    assert drawn["violations_12m"].corr(drawn["at_fault_accidents_36m"]) > 0.1  # one latent risk moves both


def test_load_spreads__an_indicator_left_out__named(tmp_path_factory: pytest.TempPathFactory) -> None:
    path = tmp_path_factory.mktemp("spreads") / "applicants.yaml"
    lines = FILE.read_text("utf-8").splitlines()
    path.write_text("\n".join(line for line in lines if not line.startswith("  smoking:")), "utf-8")

    with pytest.raises(DataUnusable, match="smoking"):
        load_spreads(path)


def test_learn_tiers__applicants_not_seen__far_better_than_the_commonest_tier(tiers: TrainedTiers) -> None:
    assert tiers.accuracy > 0.85 > tiers.naive_accuracy + 0.3
    assert tiers.high_recall > 0.85
    assert TIER not in tiers.high.task.features


def test_learn_tiers__tiers_shuffled__no_better_than_the_commonest(drawn: Frame) -> None:
    shuffled = drawn.head(1_500).copy()
    shuffled[TIER] = np.random.default_rng(2).permutation(shuffled[TIER].to_numpy())

    found = learn_tiers(Line.MOTOR, shuffled, (Algorithm.BOOSTING,))

    assert found.accuracy < found.naive_accuracy + 0.08


def test_score_standard__calm_driver_and_wild_one__low_and_to_a_person(tiers: TrainedTiers, drawn: Frame) -> None:
    calm = {**CALM, "premium_minor": usual_premium(drawn)}
    wild = {**calm, "violations_12m": 6, "drink_driving_records": 2, "at_fault_accidents_36m": 3, "driving_years": 1}

    good, bad = score_standard(tiers.models, [calm, wild])

    assert (good.tier, good.because) == (RiskTier.LOW, ())
    assert (bad.tier, bad.because) == (RiskTier.HIGH, ("high",))
    assert good.high_bps is not None
    assert bad.high_bps is not None
    assert good.high_bps < 1_000 < 9_000 < bad.high_bps


@pytest.mark.parametrize(
    ("changed", "reasons"),
    [
        ({}, ()),
        ({"age_years": 20}, ()),
        ({"age_years": 40}, ()),
        ({"age_years": 19}, ("age",)),
        ({"age_years": 41}, ("age",)),
        ({"age_years": None}, ("age",)),
        ({"past_claims_36m": 1}, ("claims",)),
        ({"past_claims_36m": None}, ("claims-not-given",)),
        ({"line": "life"}, ("history-not-given",)),
        ({"line": "life", "history_mask": 0}, ()),
        ({"line": "health", "history_mask": 4}, ("history",)),
    ],
)
def test_why_not_standard__twenty_to_forty_and_no_history__standard(
    changed: dict[str, int | str | None], reasons: tuple[str, ...]
) -> None:
    assert why_not_standard({**CALM, "line": "motor", **changed}) == reasons


def test_score_standard__nobody_standard__all_to_a_person(tiers: TrainedTiers) -> None:
    (found,) = score_standard(tiers.models, [{**CALM, "age_years": 60}])

    assert (found.tier, found.high_bps, found.because) == (None, None, ("age",))


def test_frame_of__drawn_applicant_as_a_row__same_features(drawn: Frame) -> None:
    known = drawn.drop(columns=[TIER, "premium_ppm_of_sum"])
    row = {
        str(name): None if value is None or value != value
        else value if isinstance(value, str)
        else INDICATORS[str(name)].decoded(int(value))
        for name, value in known.iloc[5].items()
    }  # fmt: skip

    found = frame_of([row], Line.MOTOR)

    expected = drawn.drop(columns=TIER).iloc[[5]].reset_index(drop=True)
    assert found[sorted(found)].astype(str).equals(expected[sorted(expected)].astype(str))


@pytest.mark.parametrize(
    ("changed", "field", "error"),
    [
        ({"violations_12m": -1}, "violations_12m", IndicatorInvalid),
        ({"vehicle_type": "tank"}, "vehicle_type", IndicatorInvalid),
        ({"premium_minor": None}, "premium_minor", DataUnusable),
    ],
)
def test_frame_of__garbage__names_the_field(
    changed: dict[str, object], field: str, error: type[IndicatorInvalid]
) -> None:
    with pytest.raises(error) as refused:
        frame_of([{**CALM, "premium_minor": 1, **changed}], Line.MOTOR)  # type: ignore[dict-item]

    assert refused.value.field == field
