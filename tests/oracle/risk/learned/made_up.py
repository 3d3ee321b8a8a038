"""Applicants drawn by a known rule, so that what a model should find is known."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import pandas as pd
import pytest

from oracle.risk.learned import outliers, pipeline
from oracle.risk.learned.datasets import data_folder, known_set, load_known
from oracle.risk.learned.task import Frame, GroupSplit, Task, TimeSplit

TASK = Task(
    name="life-ill",
    line="life",
    target="ill",
    question="probability of falling ill",
    label="ill",
    numeric=("age_years", "systolic_mmhg"),
    categorical=("smoking", "sex"),
    split=GroupSplit(),
    sex="sex",
    age="age_years",
)
BY_TIME = Task(**{**TASK.__dict__, "split": TimeSplit("month")})


@contextmanager
def fewer_trees() -> Iterator[None]:
    """Trees enough to learn a rule by, few enough for a test."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(pipeline, "FOREST_TREES", 30)
        patched.setattr(pipeline, "BOOSTING_ROUNDS", 80)
        patched.setattr(pipeline, "EXACT_ROUNDS", 100)
        patched.setattr(outliers, "TREES", 60)
        yield


def applicants(rows: int, seed: int = 1) -> Frame:
    """Age, smoking and blood pressure raise the chance of being ill; sex does nothing. Some values are not known."""
    random = np.random.default_rng(seed)
    age = random.integers(20, 80, rows)
    systolic = np.where(random.random(rows) < 0.1, np.nan, np.rint(random.normal(125, 15, rows)))
    smoking = random.choice(["never", "former", "current"], rows, p=[0.6, 0.2, 0.2])
    odds = -4.2 + 0.05 * (age - 20) + 1.5 * (smoking == "current") + 0.03 * (np.nan_to_num(systolic, nan=125) - 125)
    return pd.DataFrame({
        "age_years": age,
        "systolic_mmhg": systolic,
        "smoking": smoking,
        "sex": random.choice(["female", "male"], rows),
        "month": np.sort(random.integers(0, 36, rows)),
        "ill": (random.random(rows) < 1 / (1 + np.exp(-odds))).astype(int),
    })  # fmt: skip


def public(task_name: str) -> tuple[Frame, Task, str]:
    """A public set ready to learn from; the test is skipped where it is not there."""
    known = known_set(task_name)
    if not (data_folder() / known.file).is_file():
        pytest.skip(f"{known.file} is not in {data_folder()}: set QUITTANCE_DATA to the folder that has it")
    raw, digest = load_known(known)
    return known.prepare(raw), known.task, digest
