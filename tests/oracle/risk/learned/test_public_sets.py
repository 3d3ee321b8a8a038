"""Real data: what can honestly be reached is reached, and nothing looks better than it can be."""

import numpy as np
import pytest

from oracle.risk.learned.frames import features_of
from oracle.risk.learned.metrics import auc
from oracle.risk.learned.pipeline import Algorithm, raw_probabilities
from oracle.risk.learned.splits import parts_of, thinned
from oracle.risk.learned.task import TimeSplit
from oracle.risk.learned.train import train_task
from tests.oracle.risk.learned.made_up import public

BOOSTING = (Algorithm.BOOSTING,)


def test_train_task__top_medical_charges__accuracy_and_recall_of_the_manual() -> None:
    frame, task, digest = public("health-top-charges")

    found = train_task(task, frame, digest, algorithms=BOOSTING).judgement

    assert found.rows == len(frame) == 1_338
    assert found.metrics["accuracy"].value > 0.90
    assert found.metrics["accuracy"].value > found.naive["accuracy"] + 0.05
    assert found.metrics["recall"].value > 0.85


def test_train_task__car_claims_by_time__useful_and_far_from_the_leak() -> None:
    frame, task, digest = public("motor-fraud")
    assert isinstance(task.split, TimeSplit)

    trained = train_task(task, frame, digest, algorithms=BOOSTING)

    assert trained.sizes["test"] == 4_083  # the claims of 1996
    assert 0.72 < trained.judgement.metrics["auc"].value < 0.82
    assert trained.judgement.metrics["average_precision"].low > trained.judgement.naive["average_precision"]
    assert not {"sex", "marital_status"} & set(task.features)


def test_train_task__car_claims_with_permuted_labels__at_chance() -> None:
    frame, task, digest = public("motor-fraud")
    permuted = frame.assign(fraud=np.random.default_rng(1).permutation(frame["fraud"].to_numpy()))

    trained = train_task(task, permuted, digest, algorithms=BOOSTING)

    test = permuted.iloc[parts_of(permuted, task).test]
    raw = raw_probabilities(trained.model.pipeline, features_of(test, task.numeric, task.categorical))
    assert abs(auc(raw, test["fraud"].to_numpy()) - 0.5) < 0.06
    assert trained.judgement.metrics["auc"].low <= 0.5 <= trained.judgement.metrics["auc"].high


def test_deaths__nhanes__everybody_followed_for_the_horizon() -> None:
    frame, task, _ = public("life-death")

    assert set(frame["cycle"]) == set(range(1, 9))
    assert 0.02 < frame["death"].mean() < 0.06
    assert set(frame["smoking"].dropna()) == {"never", "former", "current"}
    assert frame["cholesterol_umol"].median() == pytest.approx(5_100, rel=0.05)  # mg/dl turned into µmol/l
    assert "race" not in task.features


def test_train_task__motor_claims_thinned__better_than_guessing_and_calibrated_for_a_year() -> None:
    frame, task, digest = public("motor-claim")

    found = train_task(task, thinned(frame, task, 20), digest, algorithms=BOOSTING).judgement

    assert 0.62 < found.metrics["auc"].value < 0.74
    assert found.calibration_error < 0.02
    assert found.at_use is not None
    assert found.at_use.predicted == pytest.approx(found.at_use.observed, abs=0.02)
