"""Whether today's applicants still look like those a model learned from: the population stability index (PSI)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np

from oracle.risk.learned.frames import MISSING, features_of
from oracle.risk.learned.task import Floats, Frame

BINS: Final = 10
WORDS: Final = 20
"""Most words of a column counted one by one; the others count together."""
OTHER: Final = "(other)"
LEAST_SHARE: Final = 0.0001
NOTICEABLE: Final = 0.10
SERIOUS: Final = 0.25
"""Customary readings of PSI: below 0.10 stable, above 0.25 a different population."""


@dataclass(frozen=True)
class Reference:
    """How one column was spread in training. Shares: of the bins (or words) in order, and of rows without a value."""

    edges: tuple[float, ...]
    words: tuple[str, ...]
    shares: tuple[float, ...]

    def spread(self, column: Frame) -> Floats:
        """Shares of another table's column in the same bins."""
        if self.words:
            known = column.where(column.isin(self.words), OTHER)
            counts = known.value_counts().reindex([*self.words, OTHER], fill_value=0).to_numpy()
        else:
            values = column.to_numpy()
            there = ~np.isnan(values)
            bins = np.searchsorted(np.array(self.edges), values[there], side="right")
            counts = np.r_[np.bincount(bins, minlength=len(self.edges) + 1), (~there).sum()]
        spread: Floats = counts / max(counts.sum(), 1)
        return spread


def references_of(frame: Frame, numeric: tuple[str, ...], categorical: tuple[str, ...]) -> dict[str, Reference]:
    """The spread of every feature in a training part."""
    features = features_of(frame, numeric, categorical)
    found: dict[str, Reference] = {}
    for name in numeric:
        values = features[name].dropna().to_numpy()
        edges = np.unique(np.quantile(values, np.arange(1, BINS) / BINS)) if len(values) else np.array([])
        empty = Reference(tuple(float(edge) for edge in edges), (), ())
        found[name] = Reference(empty.edges, (), _rounded(empty.spread(features[name])))
    for name in categorical:
        words = tuple(str(word) for word in sorted(features[name].value_counts().index[:WORDS]))
        empty = Reference((), words or (MISSING,), ())
        found[name] = Reference((), empty.words, _rounded(empty.spread(features[name])))
    return found


def _rounded(shares: Floats) -> tuple[float, ...]:
    return tuple(round(float(share), 6) for share in shares)


def psi(expected: Floats, actual: Floats) -> float:
    """Σ (actual - expected) · ln(actual / expected) over bins; empty bins count as a hundredth of a percent."""
    low, high = np.maximum(expected, LEAST_SHARE), np.maximum(actual, LEAST_SHARE)
    return float(((high - low) * np.log(high / low)).sum())


def drift(references: Mapping[str, Reference], frame: Frame) -> dict[str, float]:
    """PSI of each feature against its reference."""
    numeric = tuple(name for name, reference in references.items() if not reference.words)
    categorical = tuple(name for name, reference in references.items() if reference.words)
    features = features_of(frame, numeric, categorical)
    return {name: psi(np.array(known.shares), known.spread(features[name])) for name, known in references.items()}
