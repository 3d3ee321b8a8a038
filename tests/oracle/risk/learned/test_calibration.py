"""Calibration makes wrong probabilities right; the threshold keeps the recall it was asked for."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from oracle.risk.learned.calibration import Calibrator, fit_calibrator, threshold_for_recall
from oracle.risk.learned.metrics import calibration_error, calibration_table


def skewed(rows: int, seed: int = 4) -> tuple[np.ndarray, np.ndarray]:
    """Raw probabilities that are far too sure of themselves, and the truth."""
    random = np.random.default_rng(seed)
    odds = random.normal(-2, 1, rows)
    labels = (random.random(rows) < 1 / (1 + np.exp(-odds))).astype(np.int64)
    return 1 / (1 + np.exp(-(3 * odds + 2))), labels


@pytest.mark.parametrize(("rows", "kind"), [(2_000, "sigmoid"), (20_000, "isotonic")])
def test_fit_calibrator__too_sure__right_on_other_rows(rows: int, kind: str) -> None:
    raw, labels = skewed(rows)
    other, truth = skewed(20_000, seed=5)

    calibrator = fit_calibrator(raw, labels)

    assert calibrator.kind == kind
    assert calibration_error(calibration_table(other, truth)) > 0.03
    assert calibration_error(calibration_table(calibrator(other), truth)) < 0.015


def test_calibrator__any_raw_value__rising_and_never_certain() -> None:
    raw, labels = skewed(20_000)

    for rows in (1_000, 20_000):
        found = fit_calibrator(raw[:rows], labels[:rows])(np.linspace(0, 1, 1_001))
        assert (np.diff(found) >= 0).all()
        assert 0 < found.min() <= found.max() < 1


def test_fit_calibrator__raw_against_the_truth__says_the_same_of_everybody() -> None:
    raw, labels = skewed(1_500)

    calibrator = fit_calibrator(1 - raw, labels)

    assert calibrator == Calibrator("sigmoid", (0.0,), calibrator.values)


@given(
    st.lists(st.tuples(st.integers(0, 100), st.booleans()), min_size=3, max_size=200),
    st.sampled_from([0.5, 0.85, 0.9, 1.0]),
)
def test_threshold_for_recall__any_rows__keeps_the_recall_and_none_that_does_is_more_accurate(
    rows: list[tuple[int, bool]], aim: float
) -> None:
    probabilities = np.array([row[0] / 100 for row in rows] + [0.5])
    labels = np.array([int(row[1]) for row in rows] + [1])

    threshold = threshold_for_recall(probabilities, labels, aim)

    yes = labels == 1
    assert (probabilities[yes] >= threshold).mean() >= aim - 1e-9
    accuracy = ((probabilities >= threshold) == yes).mean()
    for other in np.linspace(0, 1, 101):
        if (probabilities[yes] >= other).mean() >= aim:
            assert ((probabilities >= other) == yes).mean() <= accuracy + 1e-9


def test_threshold_for_recall__yes_is_rare__the_highest_that_keeps_it() -> None:
    probabilities = np.linspace(0.001, 0.1, 1_000)
    labels = (np.arange(1_000) % 50 == 49).astype(np.int64)

    assert threshold_for_recall(probabilities, labels, 0.9) == probabilities[149]
