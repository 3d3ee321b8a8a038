"""The one pipeline: words to columns, then a forest or boosted trees; all of it learned from the training part."""

from __future__ import annotations

from enum import StrEnum
from typing import Any, Final

from sklearn.compose import ColumnTransformer
from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestClassifier
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import OneHotEncoder
from threadpoolctl import threadpool_limits

from oracle.risk.learned.task import Floats, Frame, Ints, Task

SEED: Final = 4
RARE: Final = 20
"""A word seen in fewer training rows than this shares a column with the other rare and unknown ones."""
FOREST_TREES: Final = 200
FOREST_ROWS: Final = 30_000
"""Most rows one tree of the forest is grown from."""
BOOSTING_ROUNDS: Final = 200
EXACT_ROUNDS: Final = 1_000
SMALL: Final = 20_000
"""Below this many training rows boosted trees stay small."""


class Algorithm(StrEnum):
    """The two the manual names (R12)."""

    FOREST = "random-forest"
    BOOSTING = "gradient-boosting"


def pipeline_for(task: Task, algorithm: Algorithm, rows: int) -> Pipeline:
    """An untrained pipeline. Missing numbers need no filling in: both kinds of trees have a branch for them.

    Args:
        rows: Of the training part; sizes the trees.
    """
    words = OneHotEncoder(min_frequency=RARE, handle_unknown="infrequent_if_exist", sparse_output=False)
    columns = ColumnTransformer(
        [("numbers", "passthrough", list(task.numeric)), ("words", words, list(task.categorical))],
        sparse_threshold=0.0,
    )
    return Pipeline([("columns", columns), ("trees", _trees(algorithm, rows, exact=task.exact))])


def _trees(algorithm: Algorithm, rows: int, *, exact: bool) -> Any:
    if algorithm is Algorithm.FOREST:
        return RandomForestClassifier(
            n_estimators=FOREST_TREES,
            min_samples_leaf=1 if exact else 5 if rows < SMALL else 20,
            max_samples=FOREST_ROWS if rows > FOREST_ROWS else None,
            random_state=SEED,
            n_jobs=1,
        )
    return HistGradientBoostingClassifier(
        max_iter=EXACT_ROUNDS if exact else BOOSTING_ROUNDS,
        learning_rate=0.15 if exact else 0.05,
        max_leaf_nodes=15 if exact or rows < SMALL else 31,
        l2_regularization=1.0,
        early_stopping=False,
        random_state=SEED,
    )


def fit(pipeline: Pipeline, features: Frame, labels: Ints) -> Pipeline:
    """Fitted on one thread: with more, sums come in another order and the model differs in its last bits."""
    with threadpool_limits(1):
        return pipeline.fit(features, labels)


def raw_probabilities(pipeline: Pipeline, features: Frame) -> Floats:
    """Uncalibrated probability of a yes, one thread."""
    with threadpool_limits(1):
        found: Floats = pipeline.predict_proba(features)[:, 1]
    return found
