"""The manual's tier, learned from raw indicators: for scoring standard customers without a person (R12).

Two questions are learned, is it at least medium, is it high; together they give the tier. What the tables say stays
the measure: a learned tier is for the fast lane and for checking, and never moves the score of a report.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from domain.tiers import RiskTier
from oracle.risk.indicators import ABSENT, Line, Party, Row
from oracle.risk.learned.applicants import PREMIUM_RATE, TIER, WORDS, table_of
from oracle.risk.learned.errors import DataUnusable
from oracle.risk.learned.frames import digest_of
from oracle.risk.learned.model import LearnedModel
from oracle.risk.learned.pipeline import Algorithm
from oracle.risk.learned.splits import parts_of
from oracle.risk.learned.task import Frame, GroupSplit, Ints, Task
from oracle.risk.learned.train import BOTH, Trained, train_task
from oracle.risk.vocabulary import asked

MEDIUM: Final = "at_least_medium"
HIGH: Final = "high"
RECALL_AIM: Final = 0.95
"""Higher than elsewhere: the answer is a rule, and can be found almost whole."""
NOTES: Final = (
    "Learns the manual's own rule from applicants drawn by oracle/risk/learned/applicants.yaml, not from outcomes. "
    "That it does well says that the tables are learnable, nothing about claims.",
    "A set of illnesses is a column for each; choices are numbered as in oracle/risk/codes.py; the premium also stands "
    "as parts per million of the sum insured.",
    "Size of the set, rounds and the spread of illnesses were chosen on another draw, looking at what was held out "
    "there; these figures are of a draw not looked at before.",
)
STANDARD_AGES: Final = (20, 40)
"""Years, both inclusive: the manual's example of standard customers."""


@dataclass(frozen=True)
class TierModels:
    """The two models of a line."""

    line: Line
    medium: LearnedModel
    high: LearnedModel

    def tiers(self, frame: Frame) -> Ints:
        """Tier of each row of a table, 0 low, 1 medium, 2 high. High outranks."""
        medium, high = self.medium.is_high(frame), self.high.is_high(frame)
        tiers: Ints = np.where(high, RiskTier.HIGH, np.where(medium, RiskTier.MEDIUM, RiskTier.LOW)).astype(np.int64)
        return tiers


@dataclass(frozen=True)
class TrainedTiers:
    """The models, the cards' matter of both, and how often the tier of an applicant not seen is the manual's.

    Attributes:
        accuracy: Of three tiers, on the test part.
        naive_accuracy: Of naming the commonest tier of the training part.
        high_recall: Of the applicants the manual puts in the high tier.
    """

    models: TierModels
    medium: Trained
    high: Trained
    rows: int
    accuracy: float
    naive_accuracy: float
    high_recall: float


def learn_tiers(line: Line, frame: Frame, algorithms: Sequence[Algorithm] = BOTH) -> TrainedTiers:
    """Learn the tier of a line.

    Args:
        frame: From `draw_applicants`, or an insurer's own in the same columns.
    """
    asked_of = {name: _task(line, name, frame) for name in (MEDIUM, HIGH)}
    answered = frame.assign(**{
        MEDIUM: (frame[TIER] >= int(RiskTier.MEDIUM)).astype("int64"),
        HIGH: (frame[TIER] == int(RiskTier.HIGH)).astype("int64"),
    })  # fmt: skip
    digest = digest_of(frame)
    medium, high = (train_task(asked_of[name], answered, digest, algorithms=algorithms) for name in (MEDIUM, HIGH))
    models = TierModels(line, medium.model, high.model)
    parts = parts_of(answered, asked_of[HIGH])
    tested, truth = frame.iloc[parts.test], frame[TIER].to_numpy()
    found = models.tiers(tested)
    wanted = truth[parts.test]
    commonest = int(np.bincount(truth[parts.train]).argmax())
    return TrainedTiers(
        models=models,
        medium=medium,
        high=high,
        rows=len(wanted),
        accuracy=float((found == wanted).mean()),
        naive_accuracy=float((wanted == commonest).mean()),
        high_recall=float((found[wanted == RiskTier.HIGH] == RiskTier.HIGH).mean()),
    )


def _task(line: Line, target: str, frame: Frame) -> Task:
    names = [str(name) for name in frame.columns if name != TIER]
    words = tuple(name for name in names if name in WORDS)
    return Task(
        name=f"{line.value}-tier-{target.replace('_', '-')}",
        line=line.value,
        target=target,
        question=f"probability that the manual's tier is {target.replace('_', ' ')}",
        label=target,
        numeric=tuple(name for name in names if name not in words),
        categorical=words,
        split=GroupSplit(),
        recall_aim=RECALL_AIM,
        exact=True,
        sex="sex",
        age="age_years",
        notes=NOTES,
    )


@dataclass(frozen=True)
class AutomaticScore:
    """What is said of one customer without a person.

    Attributes:
        tier: None: the customer is not standard, and a person looks.
        high_bps: Probability of the high tier, basis points; None as well then.
        because: Why a person looks, by code; empty for a standard customer.
    """

    tier: RiskTier | None
    high_bps: int | None
    because: tuple[str, ...]


def why_not_standard(row: Row) -> tuple[str, ...]:
    """What keeps a customer from being scored automatically: age, a history of illness or claims, or not saying."""
    reasons = []
    age, history, claims = row.get("age_years"), row.get("history_mask"), row.get("past_claims_36m")
    if not isinstance(age, int) or not STANDARD_AGES[0] <= age <= STANDARD_AGES[1]:
        reasons.append("age")
    if history is None and row.get("line") in (Line.LIFE, Line.HEALTH, None):
        reasons.append("history-not-given")
    elif history:
        reasons.append("history")
    if claims != 0:
        reasons.append("claims" if claims else "claims-not-given")
    return tuple(reasons)


def score_standard(models: TierModels, rows: Sequence[Row]) -> tuple[AutomaticScore, ...]:
    """Automatic scores of standard customers; the others, and whoever scores high, go to a person.

    Args:
        rows: Flat rows of personal applications of the models' line.
    Raises:
        IndicatorInvalid: A value is none the indicator can have.
        DataUnusable: Premium or sum insured is missing.
    """
    reasons = [why_not_standard({**row, "line": models.line.value}) for row in rows]
    standard = [place for place, why in enumerate(reasons) if not why]
    found = [AutomaticScore(None, None, why) for why in reasons]
    if not standard:
        return tuple(found)
    frame = frame_of([rows[place] for place in standard], models.line)
    tiers, bps = models.tiers(frame), models.high.probability_bps(frame)
    for place, tier, chance in zip(standard, tiers, bps, strict=True):
        high = RiskTier(int(tier)) is RiskTier.HIGH
        found[place] = AutomaticScore(RiskTier(int(tier)), int(chance), ("high",) if high else ())
    return tuple(found)


def frame_of(rows: Sequence[Mapping[str, int | str | bool | None]], line: Line) -> Frame:
    """Flat rows as the table tier models read.

    Raises:
        IndicatorInvalid, DataUnusable
    """
    columns: dict[str, Ints] = {}
    for about in asked(line, Party.PERSONAL):
        for row in rows:
            about.check(row.get(about.name))
        columns[about.name] = np.array([about.coded(row.get(about.name)) for row in rows], dtype=np.int64)
    for name in ("premium_minor", "sum_insured_minor"):
        if (columns[name] == ABSENT).any():
            raise DataUnusable(name, None, "is missing", f"Give it; {PREMIUM_RATE} needs it")
    return table_of(columns)
