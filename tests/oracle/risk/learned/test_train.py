"""Training learns what is there, nothing where there is nothing, and touches no part twice."""

import os
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from sklearn.model_selection import train_test_split

from oracle.risk.learned.errors import DataUnusable
from oracle.risk.learned.frames import features_of
from oracle.risk.learned.metrics import auc
from oracle.risk.learned.pipeline import Algorithm, fit, pipeline_for, raw_probabilities
from oracle.risk.learned.splits import parts_of
from oracle.risk.learned.store import to_bytes
from oracle.risk.learned.task import Frame, GroupSplit
from oracle.risk.learned.train import Trained, labels_for, train, train_task
from tests.oracle.risk.learned.made_up import BY_TIME, TASK, applicants

BOOSTING = (Algorithm.BOOSTING,)
PYTHON_OF_TWO_THREADS = """
import hashlib, sys
from oracle.risk.learned import pipeline
from oracle.risk.learned.pipeline import Algorithm
from oracle.risk.learned.store import to_bytes
from oracle.risk.learned.train import train_task
from tests.oracle.risk.learned.made_up import TASK, applicants
pipeline.FOREST_TREES = pipeline.BOOSTING_ROUNDS = 8
for each in Algorithm:
    stored = to_bytes(train_task(TASK, applicants(500), "", algorithms=(each,)).model)
    sys.stdout.write(hashlib.sha256(stored).hexdigest() + "\\n")
"""


@pytest.fixture(scope="module")
def trained() -> Trained:
    return train_task(TASK, applicants(4_000), "ab" * 32)


def test_train_task__a_rule_to_find__found_by_both_and_beside_guessing(trained: Trained) -> None:
    judged = trained.judgement
    assert judged.metrics["auc"].low > 0.65
    assert judged.metrics["log_loss"].value < judged.naive["log_loss"]
    assert {trained.model.algorithm, *trained.others} == set(Algorithm)
    assert all(found["auc"].value > 0.65 for found in trained.others.values())
    assert judged.one_column[0] == "age_years"
    assert judged.importance[0].feature in {"age_years", "smoking"}
    assert judged.rows == trained.sizes["test"]


def test_train_task__forest_and_boosting__both_can_be_asked_for() -> None:
    frame = applicants(1_500)

    for each in Algorithm:
        assert train_task(TASK, frame, "", algorithms=(each,)).model.algorithm is each


def test_train_task__labels_permuted__scores_at_chance() -> None:
    frame = applicants(6_000)
    permuted = frame.assign(ill=np.random.default_rng(8).permutation(frame["ill"].to_numpy()))

    trained = train_task(TASK, permuted, "")

    found = trained.judgement.metrics["auc"]
    assert found.low <= 0.5 <= found.high
    assert abs(uncalibrated_auc(trained, permuted) - 0.5) < 0.06


def uncalibrated_auc(trained: Trained, frame: Frame) -> float:
    """On the test part; calibration would turn a useless model into one constant and hide what the trees learned."""
    rows = parts_of(frame, TASK).test
    features = features_of(frame.iloc[rows], TASK.numeric, TASK.categorical)
    return auc(raw_probabilities(trained.model.pipeline, features), frame["ill"].to_numpy()[rows])


def oversampled_noise() -> Frame:
    """Answers that nothing foretells, and each yes-row eight times."""
    random = np.random.default_rng(9)
    rows = 3_000
    frame = applicants(rows).assign(
        ill=(random.random(rows) < 0.06).astype(int), systolic_mmhg=np.rint(random.normal(1_250, 300, rows))
    )
    return pd.concat([frame, *([frame[frame["ill"] == 1]] * 7)], ignore_index=True)


def test_train_task__oversampled_beforehand__copies_stay_in_one_part_and_score_at_chance() -> None:
    frame = oversampled_noise()

    trained = train_task(TASK, frame, "", algorithms=BOOSTING)

    found = trained.judgement.metrics["auc"]
    assert found.low <= 0.5 <= found.high
    assert abs(uncalibrated_auc(trained, frame) - 0.5) < 0.12


def test_train_task__the_same_rows_split_one_by_one__would_look_perfect() -> None:
    frame = oversampled_noise()
    features, labels = features_of(frame, TASK.numeric, TASK.categorical), frame["ill"].to_numpy()
    learn, test = train_test_split(np.arange(len(frame)), random_state=0)

    pipeline = fit(pipeline_for(TASK, Algorithm.BOOSTING, len(learn)), features.iloc[learn], labels[learn])

    assert auc(raw_probabilities(pipeline, features.iloc[test]), labels[test]) > 0.8


def test_train_task__answers_of_the_test_part_turned_round__same_model_other_figures() -> None:
    frame = applicants(1_500)
    turned = frame.copy()
    rows = parts_of(frame, TASK).test
    turned.loc[rows, "ill"] = 1 - frame.loc[rows, "ill"]

    honest, blind = (train_task(TASK, each, "", algorithms=BOOSTING) for each in (frame, turned))

    assert to_bytes(honest.model) == to_bytes(blind.model)
    assert honest.judgement.metrics["auc"].value == pytest.approx(1 - blind.judgement.metrics["auc"].value)


def test_train_task__answers_of_the_validation_part_turned_round__only_the_threshold_differs() -> None:
    frame = applicants(1_500)
    turned = frame.copy()
    rows = parts_of(frame, TASK).validate
    turned.loc[rows, "ill"] = 1 - frame.loc[rows, "ill"]

    honest, other = (train_task(TASK, each, "", algorithms=BOOSTING).model for each in (frame, turned))

    assert honest.threshold != other.threshold
    assert to_bytes(honest) == to_bytes(replace(other, threshold=honest.threshold))


def test_train_task__by_time__future_scrambled__same_model() -> None:
    frame = applicants(2_000)
    scrambled = frame.copy()
    rows = parts_of(frame, BY_TIME).test
    for name in BY_TIME.features:
        scrambled[name] = scrambled[name].astype(object)
        scrambled.loc[rows, name] = frame.loc[rows[::-1], name].to_numpy()

    honest, blind = (train_task(BY_TIME, each, "", algorithms=BOOSTING).model for each in (frame, scrambled))

    assert to_bytes(honest) == to_bytes(blind)


def test_train_task__one_thread_and_two__same_bytes() -> None:
    found = []
    for threads in ("1", "2"):
        environment = {**os.environ, "OMP_NUM_THREADS": threads, "PYTHONHASHSEED": threads}
        done = subprocess.run(
            [sys.executable, "-c", PYTHON_OF_TWO_THREADS], env=environment, capture_output=True, text=True, check=True
        )
        found.append(done.stdout)

    assert found[0] == found[1]
    assert len(set(found[0].split())) == 2


def test_labels_for__top_share__border_learned_from_the_training_part_alone() -> None:
    frame = pd.DataFrame({"charges": [*range(100), *([1_000] * 100)]})
    task = replace(TASK, label="charges", top_share=0.1)

    labels = labels_for(task, frame, np.arange(100))

    assert labels[:100].sum() == 10
    assert labels[100:].all()


def test_train_task__five_folds__every_row_judged_by_a_model_that_has_not_seen_it() -> None:
    frame = applicants(900)

    found = train_task(replace(TASK, split=GroupSplit(folds=5)), frame, "", algorithms=BOOSTING)

    assert found.judgement.rows == 900
    assert found.judgement.yes_rows == frame["ill"].sum()


def test_train__own_table__features_are_the_indicators_in_it() -> None:
    frame = applicants(1_500).assign(note="x")

    found = train("life", frame, "ill", algorithms=BOOSTING)

    assert set(found.task.features) == {"age_years", "systolic_mmhg", "smoking", "sex"}
    assert found.task.categorical == ("smoking", "sex")
    assert found.judgement.metrics["auc"].value > 0.6


def test_train__data_hash_left_out__made_from_the_table() -> None:
    frame = applicants(1_500)
    other = frame.assign(age_years=frame["age_years"] + 1)

    one, same, another = (train("life", each, "ill", algorithms=BOOSTING) for each in (frame, frame.copy(), other))

    assert one.data_hash == same.data_hash != another.data_hash


def test_train_task__too_few_yes_rows__refused_and_names_the_part() -> None:
    frame = applicants(400).assign(ill=0)
    frame.loc[0, "ill"] = 1

    with pytest.raises(DataUnusable) as refused:
        train_task(TASK, frame, "", algorithms=BOOSTING)

    assert refused.value.field == "part"
