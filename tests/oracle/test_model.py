"""The model: better than the base rates, blind where there is nothing to learn, the same every time."""

import json
from pathlib import Path

import numpy as np
import pytest

from oracle.risk.flights.features import FeatureReader, Features
from oracle.risk.flights.judging import base_rates, judge, quality
from oracle.risk.flights.model_card import Made, model_card, write
from oracle.risk.flights.scorecard import CLASSES, WEIGHT_UNIT, ModelInvalid, load_scorecard
from oracle.risk.flights.training import (
    JUDGING_PERIOD,
    Trained,
    TrainingSet,
    classes_of,
    fit,
    load_estimator,
    rows_between,
    train,
    training_set,
)
from oracle.sources.flight_records import FlightRecords
from tests.oracle.samples import part_of


@pytest.fixture(scope="module")
def unseen(records: FlightRecords, reader: FeatureReader) -> TrainingSet:
    """Every fifth flight of July-December."""
    return part_of(training_set(records, reader, JUDGING_PERIOD), slice(None, None, 5))


def test_judge__unseen_half_year__beats_the_base_rates(
    trained: Trained, examples: TrainingSet, unseen: TrainingSet
) -> None:
    probabilities = trained.scorecard.probabilities(unseen.features)

    judged = judge(probabilities, base_rates(examples.classes), unseen.classes, unseen.days)

    assert judged.model.log_loss < judged.base_rates.log_loss - 0.02
    assert judged.log_loss_gain_interval.high < 0
    assert judged.model.brier_60 < judged.base_rates.brier_60
    assert judged.model.auc_60 > 0.70
    assert judged.base_rates.auc_60 == 0.5
    assert judged.model.ece_60 < 0.02


def test_fit__permuted_labels__scores_at_chance(trained: Trained, examples: TrainingSet, unseen: TrainingSet) -> None:
    rng = np.random.default_rng(3)
    design = trained.scorecard.design
    told, asked = rng.permutation(examples.classes), rng.permutation(unseen.classes)

    model = fit(design.matrix(examples.features), told)
    judged = quality(model.predict_proba(design.matrix(unseen.features)), asked)

    baseline = quality(np.tile(base_rates(told), (len(unseen), 1)), asked)
    assert abs(judged.auc_60 - 0.5) < 0.02
    assert judged.log_loss > baseline.log_loss
    assert quality(trained.scorecard.probabilities(unseen.features), unseen.classes).auc_60 > 0.7


def test_train__twice__same_hash(trained: Trained, examples: TrainingSet, records: FlightRecords) -> None:
    again = train(examples, records.data_hash)

    assert again.scorecard.hash == trained.scorecard.hash
    assert again.scorecard.to_json() == trained.scorecard.to_json()


def test_probabilities__scorecard_and_estimator__agree(trained: Trained, unseen: TrainingSet) -> None:
    matrix = trained.scorecard.design.matrix(unseen.features)

    np.testing.assert_allclose(
        trained.scorecard.probabilities(unseen.features), trained.estimator.predict_proba(matrix), atol=1e-7
    )


def test_probabilities__alone_or_in_a_batch__identical_to_the_last_bit(trained: Trained, unseen: TrainingSet) -> None:
    features = unseen.features
    together = trained.scorecard.probabilities(features)

    for row in range(0, len(unseen), 701):
        one = {name: texts[row : row + 1] for name, texts in features.categorical.items()}
        alone = trained.scorecard.probabilities(Features(features.numeric[row : row + 1], one))
        assert (alone[0] == together[row]).all()


def test_probabilities__values_never_seen__still_a_distribution(trained: Trained) -> None:
    wild = np.array([[1e9] * 13, [-1e9] * 13, [np.nan] * 13])
    texts = {name: np.array(["??"] * 3) for name in ("carrier", "origin", "dest", "weekday")}

    probabilities = trained.scorecard.probabilities(Features(wild, texts))

    assert (probabilities > 0).all()
    np.testing.assert_allclose(probabilities.sum(axis=1), 1)


def test_load_scorecard__written__same_model(
    trained: Trained, unseen: TrainingSet, examples: TrainingSet, tmp_path: Path
) -> None:
    probabilities = trained.scorecard.probabilities(unseen.features)
    judged = judge(probabilities, base_rates(examples.classes), unseen.classes, unseen.days)
    made = Made(trained, unseen, judged, len(examples))

    path = write(made, tmp_path)

    assert load_scorecard(path).hash == load_scorecard(tmp_path).hash == trained.scorecard.hash
    kept = load_estimator(tmp_path / "estimator.skops")
    weights = np.array(trained.scorecard.weights) / WEIGHT_UNIT
    np.testing.assert_allclose(kept.coef_, weights, atol=1e-9)
    card = json.loads((tmp_path / "model_card.json").read_text("utf-8"))
    assert card["model_hash"] == f"0x{trained.scorecard.hash.hex()}"
    assert card["data_hash"] == f"0x{trained.scorecard.trained_on.hex()}"
    assert card["quality"]["model"]["flights"] == len(unseen)
    assert model_card(made, (0,) * 6)["classes"] == list(CLASSES)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"format": "other/1"}, "format 'other/1'"),
        ({"knots": {}}, "other features"),
        ({"intercepts": [1, 2]}, "another number of weights"),
        ({"weights": [[0]] * 6}, "another number of weights"),
    ],
)
def test_load_scorecard__altered__refused_by_name(
    trained: Trained, tmp_path: Path, change: dict[str, object], told: str
) -> None:
    path = tmp_path / "scorecard.json"
    path.write_text(json.dumps({**json.loads(trained.scorecard.to_json()), **change}), "utf-8")

    with pytest.raises(ModelInvalid, match=told):
        load_scorecard(path)


@pytest.mark.parametrize("content", ["", "[]", "{}", "\x00"])
def test_load_scorecard__no_model_at_all__refused(tmp_path: Path, content: str) -> None:
    path = tmp_path / "scorecard.json"
    path.write_text(content, "utf-8")

    with pytest.raises(ModelInvalid, match="train it again"):
        load_scorecard(path)
    with pytest.raises(ModelInvalid, match="does not exist"):
        load_scorecard(tmp_path / "none.json")


def test_classes_of__edges__each_in_its_class(records: FlightRecords) -> None:
    rows = np.arange(len(records))

    classes = classes_of(records, rows)

    for minutes, name in ((59, "below_60"), (60, "from_60"), (119, "from_60"), (120, "from_120"), (180, "from_180")):
        at = (records.value == minutes) & (records.outcome == 1)
        assert set(classes[at]) == {CLASSES.index(name)}
    assert (classes == CLASSES.index("cancelled")).sum() == 8_255
    assert (classes == CLASSES.index("diverted")).sum() == 1_175


def test_rows_between__both_halves__all_flights_once(records: FlightRecords) -> None:
    first = rows_between(records, ("2013-01-01", "2013-06-30"))
    second = rows_between(records, JUDGING_PERIOD)

    assert len(first) + len(second) == len(records) == 336_776
    assert not set(first[-5:]) & set(second)


def test_quality__perfect_and_constant_predictions__known_figures() -> None:
    classes = np.array([0, 0, 1, 3, 4] * 20)

    perfect = quality(np.eye(6)[classes], classes)
    constant = quality(np.tile(base_rates(classes), (len(classes), 1)), classes)

    assert (perfect.log_loss, perfect.brier_60, perfect.ece_60, perfect.auc_60) == (0, 0, 0, 1)
    assert perfect.expected_payout_ratio == pytest.approx(1)
    assert constant.expected_payout_ratio == pytest.approx(1)
    assert constant.ece_60 == pytest.approx(0)
    assert len(constant.reliability) == 1
    assert constant.brier_60 == pytest.approx(0.4 * 0.6)
