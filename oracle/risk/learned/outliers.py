"""Customers unlike the others, for a person to look at (R6, R12): an isolation forest, and rules that need no model."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from sklearn.ensemble import IsolationForest
from threadpoolctl import threadpool_limits

from oracle.risk.indicators import Kind, Row
from oracle.risk.learned.errors import DataUnusable, ModelUnusable
from oracle.risk.learned.frames import features_of
from oracle.risk.learned.pipeline import SEED
from oracle.risk.learned.store import packed, unpacked
from oracle.risk.learned.task import Floats, Frame
from oracle.risk.vocabulary import INDICATORS

YOUNG_YEARS: Final = 30
"""Up to this age a customer counts as young; the manual gives no number."""
MANY_CLAIMS: Final = 3
"""From so many claims in 36 months on they count as several; the manual gives no number."""
TREES: Final = 200
SHARE: Final = 0.01
"""Share of the customers learned from that would be flagged."""
TAIL: Final = 0.01
MOST_REASONS: Final = 3


@dataclass(frozen=True)
class Reason:
    """Why a customer was flagged, in words."""

    code: str
    en: str
    zh: str


@dataclass(frozen=True)
class Outlier:
    """A flagged row: which one, how unusual (share of the customers learned from that are less so, bps), and why."""

    row: int
    unusual_bps: int
    reasons: tuple[Reason, ...]


@dataclass(frozen=True)
class OutlierDetector:
    """A fitted forest.

    Attributes:
        columns: Numeric indicators looked at.
        lows, highs: Where the outermost hundredths of each begin among the customers learned from.
        scores: Of those customers, ascending; the lower the more unusual.
    """

    columns: tuple[str, ...]
    forest: IsolationForest
    lows: tuple[float, ...]
    highs: tuple[float, ...]
    scores: Floats


def fit_outliers(frame: Frame, columns: tuple[str, ...]) -> OutlierDetector:
    """Learn what usual customers look like.

    Args:
        columns: Whole-number indicators.
    Raises:
        DataUnusable: A column is no such indicator, or there are fewer than 100 rows.
    """
    for name in columns:
        if name not in INDICATORS or INDICATORS[name].kind is not Kind.WHOLE:
            raise DataUnusable("column", name, "is no whole-number indicator", "Use one of oracle/risk/vocabulary.py")
    if len(frame) < 100:
        raise DataUnusable("data", len(frame), "rows are too few to say what is usual", "Give 100 or more")
    features = features_of(frame, columns, ())
    forest = IsolationForest(n_estimators=TREES, random_state=SEED, n_jobs=1)
    with threadpool_limits(1):
        forest.fit(features.to_numpy())
        scores = np.sort(forest.score_samples(features.to_numpy()))
    lows, highs = (features.quantile(end) for end in (TAIL, 1 - TAIL))
    return OutlierDetector(columns, forest, _floats(lows), _floats(highs), scores)


def _floats(values: Any) -> tuple[float, ...]:
    return tuple(float(value) for value in values)


def outliers(rows: Sequence[Row], frame: Frame, detector: OutlierDetector | None = None) -> tuple[Outlier, ...]:
    """Rows to be looked at by a person, in their order. Nobody is declined for being flagged.

    Args:
        rows: Flat rows, for the rules.
        frame: The same rows as a table, for the forest.
        detector: Without one, the rules alone.
    """
    unusual, tails = _unusual(detector, frame) if detector else (np.zeros(len(rows), dtype=np.int64), [()] * len(rows))
    found = []
    for place, row in enumerate(rows):
        reasons = rule_reasons(row)
        if unusual[place] > (1 - SHARE) * 10_000:
            reasons += (*tails[place], _UNUSUAL) if not tails[place] else tails[place]
        if reasons:
            found.append(Outlier(place, int(unusual[place]), reasons))
    return tuple(found)


_UNUSUAL: Final = Reason("unusual-together", "The answers are unusual together.", "各项信息的组合不常见。")


def rule_reasons(row: Row) -> tuple[Reason, ...]:
    """What rules alone flag: a young customer with several claims."""
    age, claims = row.get("age_years"), row.get("past_claims_36m")
    if not isinstance(age, int) or not isinstance(claims, int) or age > YOUNG_YEARS or claims < MANY_CLAIMS:
        return ()
    return (
        Reason(
            "young-many-claims",
            f"{age} years old and {claims} claims in 36 months.",
            f"年龄{age}岁，近36个月理赔{claims}次。",
        ),
    )


def _unusual(detector: OutlierDetector, frame: Frame) -> tuple[Floats, list[tuple[Reason, ...]]]:
    features = features_of(frame, detector.columns, ())
    values: Floats = features.to_numpy()
    with threadpool_limits(1):
        scores = detector.forest.score_samples(values)
    below = np.searchsorted(detector.scores, scores, side="left")
    unusual = np.rint((1 - below / len(detector.scores)) * 10_000)
    return unusual, [_tails(detector, row) for row in values]


def _tails(detector: OutlierDetector, values: Floats) -> tuple[Reason, ...]:
    reasons = []
    for name, value, low, high in zip(detector.columns, values, detector.lows, detector.highs, strict=True):
        if value < low or value > high:
            known = INDICATORS[name]
            side_en, side_zh = ("low", "偏低") if value < low else ("high", "偏高")
            en = f"{known.en} is unusually {side_en}: {value:.0f}."
            reasons.append(Reason(f"unusual-{name}", en, f"{known.zh}{side_zh}：{value:.0f}。"))
    return tuple(reasons[:MOST_REASONS])


def detector_to_bytes(detector: OutlierDetector) -> bytes:
    """The detector as a file; the same detector, the same bytes."""
    return packed({
        "columns": list(detector.columns),
        "forest": detector.forest,
        "lows": list(detector.lows),
        "highs": list(detector.highs),
        "scores": detector.scores,
    })  # fmt: skip


def detector_from_bytes(stored: bytes) -> OutlierDetector:
    """A detector kept by `detector_to_bytes`.

    Raises:
        ModelUnusable
    """
    content = unpacked(stored)
    try:
        columns, lows, highs = (tuple(content[name]) for name in ("columns", "lows", "highs"))
        forest, scores = content["forest"], np.asarray(content["scores"], dtype=np.float64)
    except (KeyError, TypeError, ValueError) as error:
        raise ModelUnusable("detector", type(error).__name__, "is not a detector", "Fit it again") from error
    if not isinstance(forest, IsolationForest) or not len(columns) == len(lows) == len(highs):
        raise ModelUnusable("detector", type(forest).__name__, "is not a detector", "Fit it again")
    return OutlierDetector(columns, forest, lows, highs, scores)
