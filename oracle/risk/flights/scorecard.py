"""The delay model as a table of whole-number weights that anybody can read, hash and recompute.

For each class: the sum of an intercept, one weight for the level of each categorical feature, and, for each step
between two knots of a numeric feature, a weight times how far the value has climbed that step (0 to 1). Probabilities
are the softmax of the six sums. A value beyond the outer knots counts as the outer knot: nothing is extrapolated.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from domain.hashing import canonical_json, keccak256
from oracle.risk.flights.features import CATEGORICAL, NUMERIC, Features
from oracle.sources.flight_records import Floats

FORMAT = "quittance-delay-scorecard/1"
WEIGHT_UNIT = 1_000_000_000
"""Weights are whole billionths of log-odds, knots whole millionths of the feature's unit."""
KNOT_UNIT = 1_000_000
CLASSES = ("below_60", "from_60", "from_120", "from_180", "cancelled", "diverted")
CLASS_FROM_MINUTES = (60, 120, 180)
"""Arrival delay in minutes from which the second, third and fourth class begin."""


class ModelInvalid(Exception):
    """The file is not a model of this kind; the message says what is wrong and what to do."""


@dataclass(frozen=True)
class Design:
    """How features become columns: levels of the categorical ones, knots and fall-back values of the numeric ones.

    Attributes:
        levels: For each categorical feature the levels with a weight of their own; any other level has none.
        knots: For each numeric feature, ascending, in millionths.
        fallbacks: What stands in for a value that is not known, in millionths.
    """

    levels: dict[str, tuple[str, ...]]
    knots: dict[str, tuple[int, ...]]
    fallbacks: dict[str, int]

    @cached_property
    def columns(self) -> tuple[str, ...]:
        """Name of each column."""
        levels = [f"{name}={level}" for name in CATEGORICAL for level in self.levels[name]]
        steps = [f"{name}>{low / KNOT_UNIT:g}" for name in NUMERIC for low in self.knots[name][:-1]]
        return (*levels, *steps)

    def matrix(self, features: Features) -> Floats:
        """One row for each flight, one column for each weight; every entry lies in 0 to 1."""
        parts = [features.categorical[name][:, None] == np.array(self.levels[name])[None, :] for name in CATEGORICAL]
        for index, name in enumerate(NUMERIC):
            knots = np.array(self.knots[name]) / KNOT_UNIT
            value = features.numeric[:, index]
            value = np.where(np.isnan(value), self.fallbacks[name] / KNOT_UNIT, value)
            parts.append(np.clip((value[:, None] - knots[None, :-1]) / np.diff(knots)[None, :], 0.0, 1.0))
        return np.hstack([part.astype(np.float64) for part in parts])


@dataclass(frozen=True)
class Scorecard:
    """The model. `weights[class][column]` and `intercepts[class]` in billionths of log-odds.

    Attributes:
        trained_on: 32 bytes, hash of the data it was trained on.
        period: First and last day of training, as in 2013-01-01.
    """

    design: Design
    intercepts: tuple[int, ...]
    weights: tuple[tuple[int, ...], ...]
    trained_on: bytes
    period: tuple[str, str]

    def probabilities(self, features: Features) -> Floats:
        """Probability of each class, one row for each flight, columns as in `CLASSES`; each row sums to 1."""
        # Row by row, not as one matrix product: the order of summation, and so the last bit, must not depend on how
        # many flights are asked for together.
        score = np.einsum("rc,kc->rk", self.design.matrix(features), self._weights) + self._intercepts
        odds = np.exp(score - score.max(axis=1, keepdims=True))
        result: Floats = odds / odds.sum(axis=1, keepdims=True)
        return result

    @cached_property
    def hash(self) -> bytes:
        """32 bytes that name this model: keccak of its canonical JSON."""
        return keccak256(self.to_json())

    def to_json(self) -> bytes:
        """Canonical JSON; the file a node loads."""
        return canonical_json(
            {
                "format": FORMAT,
                "classes": list(CLASSES),
                "levels": {name: list(levels) for name, levels in self.design.levels.items()},
                "knots": {name: list(knots) for name, knots in self.design.knots.items()},
                "fallbacks": self.design.fallbacks,
                "intercepts": list(self.intercepts),
                "weights": [list(row) for row in self.weights],
                "trained_on": f"0x{self.trained_on.hex()}",
                "period": list(self.period),
            }
        )

    @cached_property
    def _weights(self) -> Floats:
        return np.array(self.weights, dtype=np.float64) / WEIGHT_UNIT

    @cached_property
    def _intercepts(self) -> Floats:
        return np.array(self.intercepts, dtype=np.float64) / WEIGHT_UNIT


def load_scorecard(path: Path) -> Scorecard:
    """A model from its file, or from the folder it was trained into.

    Raises:
        ModelInvalid
    """
    file = path / "scorecard.json" if path.is_dir() else path
    try:
        return _parse(json.loads(file.read_bytes()))
    except FileNotFoundError:
        raise ModelInvalid(f"model file {file} does not exist: run `quittance oracle train --out DIR`") from None
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise ModelInvalid(f"model file {file} is not a delay scorecard ({error}): train it again") from error


def _parse(raw: Mapping[str, Any]) -> Scorecard:
    if raw["format"] != FORMAT or tuple(raw["classes"]) != CLASSES:
        raise ValueError(f"format {raw['format']!r}, expected {FORMAT!r}")
    if set(raw["levels"]) != set(CATEGORICAL) or not set(raw["knots"]) == set(raw["fallbacks"]) == set(NUMERIC):
        raise ValueError("it has other features than this version reads")
    design = Design(
        levels={name: tuple(map(str, raw["levels"][name])) for name in CATEGORICAL},
        knots={name: tuple(map(int, raw["knots"][name])) for name in NUMERIC},
        fallbacks={name: int(raw["fallbacks"][name]) for name in NUMERIC},
    )
    for name, knots in design.knots.items():
        if len(knots) < 2 or any(low >= high for low, high in pairwise(knots)):
            raise ValueError(f"the knots of {name} do not ascend")
    intercepts = tuple(map(int, raw["intercepts"]))
    weights = tuple(tuple(map(int, row)) for row in raw["weights"])
    if len(intercepts) != len(CLASSES) or [len(row) for row in weights] != [len(design.columns)] * len(CLASSES):
        raise ValueError("it has another number of weights than its design needs")
    trained_on = bytes.fromhex(str(raw["trained_on"]).removeprefix("0x"))
    first, last = raw["period"]
    return Scorecard(design, intercepts, weights, trained_on, (str(first), str(last)))
