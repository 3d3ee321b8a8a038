"""Fits the delay model: a multinomial logistic regression over the scorecard's columns."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.linear_model import LogisticRegression
from skops.io import dump, load
from threadpoolctl import threadpool_limits

from oracle.risk.flights.features import CATEGORICAL, NUMERIC, FeatureReader, Features
from oracle.risk.flights.scorecard import (
    CLASS_FROM_MINUTES,
    CLASSES,
    KNOT_UNIT,
    WEIGHT_UNIT,
    Design,
    Scorecard,
)
from oracle.sources.flight_records import CANCELLED, DIVERTED, FlightRecords, Floats, Ints

TRAINING_PERIOD = ("2013-01-01", "2013-06-30")
JUDGING_PERIOD = ("2013-07-01", "2013-12-31")
REGULARISATION = 0.002
"""scikit-learn's C. Chosen by leaving one month of January-June out at a time; see docs/decisions/0003."""
MAX_ITERATIONS = 300
TOLERANCE = 1e-4
SEED = 20130101
MIN_FLIGHTS_FOR_LEVEL = 300
TRUSTED_TYPES: list[str] = []
"""Types beyond plain scikit-learn that a stored model may hold: none."""
KNOTS: dict[str, tuple[float, ...]] = {
    "minute_of_day": (360, 480, 600, 720, 840, 960, 1_080, 1_200, 1_320),
    "distance_miles": (200, 500, 1_000, 1_500, 2_500),
    "departures_same_hour": (5, 15, 20, 25, 35),
    "late_flight_30d": (0.02, 0.06, 0.1, 0.16, 0.25),
    "late_route_30d": (0.02, 0.06, 0.1, 0.15, 0.25),
    "late_all_1d": (0.01, 0.05, 0.1, 0.2, 0.35),
    "cancelled_all_1d": (0.0, 0.01, 0.03, 0.1, 0.4),
    "late_carrier_3d": (0.0, 0.05, 0.1, 0.2, 0.35),
    "cancelled_carrier_3d": (0.0, 0.01, 0.03, 0.1, 0.3),
    "delay_origin_4h": (4, 10, 20, 35, 60),
    "wind_speed": (3, 9, 15, 22),
    "precip": (0.0, 0.01, 0.05, 0.2),
    "visib": (1, 4, 8, 10),
}


@dataclass(frozen=True)
class TrainingSet:
    """Flights to learn from or to be judged on: features, class of each, and the day each belongs to."""

    features: Features
    classes: Ints
    days: Ints

    def __len__(self) -> int:
        return len(self.classes)


def classes_of(records: FlightRecords, rows: Ints) -> Ints:
    """Index into `CLASSES` of how each flight ended."""
    classes = np.digitize(records.value[rows], CLASS_FROM_MINUTES)
    classes[records.outcome[rows] == CANCELLED] = CLASSES.index("cancelled")
    classes[records.outcome[rows] == DIVERTED] = CLASSES.index("diverted")
    return classes.astype(np.int64)


def rows_between(records: FlightRecords, period: tuple[str, str]) -> Ints:
    """Rows of the flights scheduled on a day of the period, both ends inclusive."""
    first, last = (int(np.datetime64(day, "D").astype(np.int64)) for day in period)
    return np.flatnonzero((records.local_day >= first) & (records.local_day <= last))


def training_set(records: FlightRecords, reader: FeatureReader, period: tuple[str, str]) -> TrainingSet:
    """All flights of a period."""
    rows = rows_between(records, period)
    return TrainingSet(reader.read(rows), classes_of(records, rows), records.local_day[rows])


def design_for(features: Features) -> Design:
    """Columns for a training set: levels frequent enough for a weight, fixed knots, medians for what is not known."""
    levels = {}
    for name in CATEGORICAL:
        found, counts = np.unique(features.categorical[name], return_counts=True)
        levels[name] = tuple(str(level) for level in found[counts >= MIN_FLIGHTS_FOR_LEVEL])
    medians = np.nanmedian(features.numeric, axis=0)
    return Design(
        levels=levels,
        knots={name: tuple(round(knot * KNOT_UNIT) for knot in KNOTS[name]) for name in NUMERIC},
        fallbacks={name: round(float(median) * KNOT_UNIT) for name, median in zip(NUMERIC, medians, strict=True)},
    )


def fit(matrix: Floats, classes: Ints, *, regularisation: float = REGULARISATION) -> LogisticRegression:
    """The regression, fitted; the same input gives the same weights."""
    model = LogisticRegression(C=regularisation, max_iter=MAX_ITERATIONS, tol=TOLERANCE, random_state=SEED)
    with threadpool_limits(1):  # more threads stall on a shared machine, and sum in another order
        model.fit(matrix, classes)
    if list(model.classes_) != list(range(len(CLASSES))):
        raise ValueError(f"a class never occurs in the training set: found {list(model.classes_)} of {CLASSES}")
    return model


@dataclass(frozen=True)
class Trained:
    """A scorecard, and the estimator it was written from."""

    scorecard: Scorecard
    estimator: Any


def train(examples: TrainingSet, data_hash: bytes, *, period: tuple[str, str] = TRAINING_PERIOD) -> Trained:
    """Fit the model and write it as a scorecard.

    Args:
        examples: Flights of the training period.
        data_hash: Of the data they come from.
        period: The days they cover.
    """
    design = design_for(examples.features)
    model = fit(design.matrix(examples.features), examples.classes)
    scorecard = Scorecard(
        design=design,
        intercepts=tuple(round(float(value) * WEIGHT_UNIT) for value in model.intercept_),
        weights=tuple(tuple(round(float(value) * WEIGHT_UNIT) for value in row) for row in model.coef_),
        trained_on=data_hash,
        period=period,
    )
    return Trained(scorecard, model)


def save_estimator(estimator: LogisticRegression, path: Path) -> None:
    """Keep the estimator beside its scorecard, for whoever wants to check that they agree."""
    dump(estimator, path)


def load_estimator(path: Path) -> LogisticRegression:
    """An estimator kept by `save_estimator`. Nothing but scikit-learn's own types is let in."""
    estimator = load(path, trusted=TRUSTED_TYPES)
    if not isinstance(estimator, LogisticRegression):
        raise TypeError(f"{path} holds a {type(estimator).__name__}, expected LogisticRegression")
    return estimator
