"""The fraud score of a claim: clues of rules and of a learned model, put together.

Each clue's points are read as the chance that it alone means fraud, and clues as independent: the score is the chance
that at least one does. So a clue can only raise the score, and no number of weak ones reaches 100.

There is a score and there are clues; there is no verdict. What a score leads to stands in the product's terms, and the
most it can do there is hand the claim to a person (ADR 0026).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from domain.tiers import MAX_SCORE
from oracle.risk.fraud.facts import ClaimFacts
from oracle.risk.fraud.rulebook import Clue, Rulebook, rulebook
from oracle.risk.fraud.rules import Known, clues_of
from oracle.risk.indicators import Row
from oracle.risk.learned.errors import ModelUnusable

if TYPE_CHECKING:  # scikit-learn takes seconds to load, and a node that scores by rules alone needs none of it
    from oracle.risk.learned.model import LearnedModel

MODEL_CLUE: Final = "model"
_MODEL_WORDS: Final = (
    "Among earlier claims like this one, {share} in a hundred were found to be fraud ({rate} of all).",
    "与本案相似的既往案件中，每一百件约有{share}件被认定为欺诈（全部案件为{rate}）。",
)


@dataclass(frozen=True)
class FraudScore:
    """How much a claim looks like fraud.

    Attributes:
        score: Hundredths of a point, 0 to 10_000, as `LossReport.fraud_score`.
        clues: What speaks for it, the strongest first.
        rules_hash: SHA-256 of the rules used.
    """

    claim_id: int
    score: int
    clues: tuple[Clue, ...]
    rules_hash: str


def combined(points: Iterable[int]) -> int:
    """10_000 less the product of what each leaves over, rounded up. Hundredths of a point.

    Any order gives the same score, as the largest is taken first.
    """
    left = MAX_SCORE
    for each in sorted(points, reverse=True):
        left = left * (MAX_SCORE - each) // MAX_SCORE
    return MAX_SCORE - left


def score_claim(
    facts: ClaimFacts, known: Known, *, model_bps: int | None = None, base_bps: int = 0, rules: Rulebook | None = None
) -> FraudScore:
    """The score of one claim.

    Args:
        model_bps: Probability of fraud a model gives, basis points, 0 to 10_000; None: no model was asked.
        base_bps: Share of fraud among all claims that model learned from. The model is a clue only above it.
    """
    used = rules or rulebook()
    clues = clues_of(facts, known, used)
    if model_bps is not None and model_bps > base_bps:
        clues = (*clues, _model_clue(model_bps, base_bps))
    ordered = tuple(sorted(clues, key=lambda clue: (-clue.points, clue.code, clue.en)))
    return FraudScore(facts.claim_id, combined(clue.points for clue in ordered), ordered, used.hash)


def _model_clue(model_bps: int, base_bps: int) -> Clue:
    en, zh = (text.format(share=f"{model_bps / 100:.1f}", rate=f"{base_bps / 100:.1f} %") for text in _MODEL_WORDS)
    return Clue(MODEL_CLUE, model_bps, en, zh)


def fraud_bps(model: LearnedModel, rows: Sequence[Row]) -> list[int]:
    """What a model trained on fraud says of claims, basis points.

    Args:
        rows: Columns of the model by name; what is left out is not known.
    Raises:
        ModelUnusable: The model answers another question.
        DataUnusable: A column holds what it must not.
    """
    if not model.name.endswith("-fraud"):
        raise ModelUnusable("model", model.name, "does not answer whether a claim is fraud", "Use one for fraud")
    return [int(each) for each in model.probability_bps(model.frame_of(rows))]
