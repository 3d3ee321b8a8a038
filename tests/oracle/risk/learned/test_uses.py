"""What models are used for: flags of unusual customers, claims within a year."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
import pytest

from oracle.risk.learned.claim_probability import Segment, claim_probabilities, segment_of
from oracle.risk.learned.errors import DataUnusable, ModelUnusable
from oracle.risk.learned.model import LearnedModel
from oracle.risk.learned.outliers import (
    OutlierDetector,
    detector_from_bytes,
    detector_to_bytes,
    fit_outliers,
    outliers,
)
from oracle.risk.learned.pipeline import Algorithm
from oracle.risk.learned.store import packed
from oracle.risk.learned.train import train

COLUMNS = ("age_years", "income_minor", "past_claims_36m", "violations_12m")
USUAL: Mapping[str, int] = {"age_years": 40, "income_minor": 10_000_000, "past_claims_36m": 0, "violations_12m": 0}


def customers(rows: int) -> pd.DataFrame:
    random = np.random.default_rng(11)
    return pd.DataFrame({
        "age_years": random.integers(20, 70, rows),
        "income_minor": np.rint(random.normal(10_000_000, 2_000_000, rows)),
        "past_claims_36m": random.poisson(0.3, rows),
        "violations_12m": random.poisson(0.3, rows),
    })  # fmt: skip


@pytest.fixture(scope="module")
def detector() -> OutlierDetector:
    return fit_outliers(customers(2_000), COLUMNS)


def test_outliers__usual_customer__not_flagged(detector: OutlierDetector) -> None:
    assert outliers([USUAL], pd.DataFrame([USUAL]), detector) == ()


def test_outliers__far_from_all_others__flagged_with_what_is_unusual(detector: OutlierDetector) -> None:
    odd = {**USUAL, "income_minor": 90_000_000, "violations_12m": 25}
    rows = [USUAL, odd]

    (found,) = outliers(rows, pd.DataFrame(rows), detector)

    assert found.row == 1
    assert found.unusual_bps > 9_900
    assert {reason.code for reason in found.reasons} == {"unusual-income_minor", "unusual-violations_12m"}
    assert all(reason.en and reason.zh for reason in found.reasons)


@pytest.mark.parametrize(
    ("age", "claims", "flagged"), [(30, 3, True), (22, 7, True), (31, 3, False), (30, 2, False), (None, 3, False)]
)
def test_outliers__young_with_many_claims__flagged_without_a_model(age: int | None, claims: int, flagged: bool) -> None:
    row = {"age_years": age, "past_claims_36m": claims}

    found = outliers([row], pd.DataFrame([row]))

    assert bool(found) is flagged
    assert not found or found[0].reasons[0].code == "young-many-claims"


def test_outliers__of_those_learned_from__about_one_in_a_hundred(detector: OutlierDetector) -> None:
    frame = customers(2_000).assign(age_years=45)
    rows = [{"age_years": 45}] * 2_000

    share = len(outliers(rows, frame, detector)) / 2_000

    assert 0.002 < share < 0.03


def test_detector_from_bytes__stored__same_flags_and_bytes(detector: OutlierDetector) -> None:
    stored = detector_to_bytes(detector)

    again = detector_from_bytes(stored)

    frame = customers(300)
    rows = [{str(name): value for name, value in row.items()} for row in frame.to_dict("records")]
    assert outliers(rows, frame, again) == outliers(rows, frame, detector)
    assert detector_to_bytes(again) == stored


@pytest.mark.parametrize("content", [{}, {"columns": [], "lows": [], "highs": [], "scores": [], "forest": 1}])
def test_detector_from_bytes__something_else__refused(content: dict[str, object]) -> None:
    with pytest.raises(ModelUnusable):
        detector_from_bytes(packed(content))


@pytest.mark.parametrize(("columns", "rows"), [(("smoking",), 200), (("height",), 200), (COLUMNS, 99)])
def test_fit_outliers__cannot_be__refused(columns: tuple[str, ...], rows: int) -> None:
    with pytest.raises(DataUnusable):
        fit_outliers(customers(rows), columns)


@pytest.fixture(scope="module")
def claims_model() -> LearnedModel:
    random = np.random.default_rng(3)
    frame = customers(6_000).assign(exposure_days=random.integers(10, 366, 6_000))
    yearly = 0.05 + 0.15 * frame["violations_12m"]
    frame["claim"] = (random.random(6_000) < 1 - np.exp(-yearly * frame["exposure_days"] / 365)).astype(int)
    return train("motor", frame, "claim", algorithms=(Algorithm.BOOSTING,)).model


def test_claim_probabilities__more_violations__more_probable_and_of_a_whole_year(claims_model: LearnedModel) -> None:
    rows = [USUAL, {**USUAL, "violations_12m": 1}, {**USUAL, "violations_12m": 3, "exposure_days": 10}]

    none, one, three = (each.bps for each in claim_probabilities(claims_model, rows))

    assert none < one < three
    assert 200 < none < 900  # 1 - exp(-0.05) = 4.9 %, whatever exposure a row says
    assert three > 2 * none


def test_claim_probabilities__model_of_another_question__refused(claims_model: LearnedModel) -> None:
    other = LearnedModel(**{**claims_model.__dict__, "name": "motor-fraud"})

    with pytest.raises(ModelUnusable):
        claim_probabilities(other, [USUAL])


@pytest.mark.parametrize(
    ("bps", "segment"), [(499, Segment.LOW), (500, Segment.MIDDLE), (2_999, Segment.MIDDLE), (3_000, Segment.HIGH)]
)
def test_segment_of__borders__thirty_percent_is_high(bps: int, segment: Segment) -> None:
    assert segment_of(bps) is segment
