"""Metrics against scikit-learn's own, and the guesses they are held against."""

import numpy as np
import pytest
from sklearn.metrics import average_precision_score, brier_score_loss, log_loss, roc_auc_score

from oracle.risk.learned.metrics import (
    Judged,
    auc,
    average_precision,
    calibration_error,
    calibration_table,
    measured,
    naive,
)


def judged(rows: int = 3_000, seed: int = 0) -> Judged:
    random = np.random.default_rng(seed)
    probabilities = np.round(random.beta(1, 6, rows), 2).clip(0.01, 0.99)  # rounded: many ties
    labels = (random.random(rows) < probabilities).astype(np.int64)
    return Judged(probabilities, probabilities >= 0.2, labels, np.arange(rows))


@pytest.mark.parametrize("seed", range(5))
def test_auc__ties_and_weights__as_scikit_learn(seed: int) -> None:
    rows = judged(seed=seed)
    weights = np.random.default_rng(seed).integers(0, 4, len(rows.labels)).astype(float)

    assert auc(rows.probabilities, rows.labels, weights) == pytest.approx(
        roc_auc_score(rows.labels, rows.probabilities, sample_weight=weights), abs=1e-12
    )
    assert average_precision(rows.probabilities, rows.labels, weights) == pytest.approx(
        average_precision_score(rows.labels, rows.probabilities, sample_weight=weights), abs=1e-12
    )


def test_auc__one_kind_of_answer__half() -> None:
    assert auc(np.array([0.1, 0.9]), np.array([0, 0])) == 0.5


def test_measured__all_metrics__as_by_hand_and_inside_their_intervals() -> None:
    rows = judged()

    found = measured(rows, resamples=60)

    yes = rows.labels == 1
    assert found["brier"].value == pytest.approx(brier_score_loss(rows.labels, rows.probabilities))
    assert found["log_loss"].value == pytest.approx(log_loss(rows.labels, rows.probabilities))
    assert found["recall"].value == pytest.approx((rows.flagged & yes).sum() / yes.sum())
    assert found["precision"].value == pytest.approx((rows.flagged & yes).sum() / rows.flagged.sum())
    assert found["accuracy"].value == pytest.approx((rows.flagged == yes).mean())
    assert all(each.low < each.value < each.high for each in found.values())


def test_measured__rows_that_come_in_groups__wider_intervals() -> None:
    rows = judged(800)
    tenfold = Judged(
        np.tile(rows.probabilities, 10), np.tile(rows.flagged, 10), np.tile(rows.labels, 10), np.tile(rows.groups, 10)
    )
    single = Judged(tenfold.probabilities, tenfold.flagged, tenfold.labels, np.arange(len(tenfold.labels)))

    together, apart = measured(tenfold, resamples=80)["auc"], measured(single, resamples=80)["auc"]

    assert together.high - together.low > 2 * (apart.high - apart.low)


def test_naive__rare_yes__accuracy_is_free() -> None:
    rows = judged()

    guessed = naive(rows, 0.14)

    assert guessed["accuracy"] == pytest.approx(1 - rows.labels.mean())
    assert guessed["recall"] == 0
    assert guessed["auc"] == 0.5


def test_calibration_table__calibrated_and_not__error_says_which() -> None:
    rows = judged(20_000)

    right = calibration_error(calibration_table(rows.probabilities, rows.labels))
    wrong = calibration_error(calibration_table(rows.probabilities / 2, rows.labels))

    assert right < 0.01
    assert wrong == pytest.approx(rows.probabilities.mean() / 2, abs=0.01)
    assert sum(each.rows for each in calibration_table(rows.probabilities, rows.labels)) == 20_000
