"""The rules' numbers and words, from `rules.yaml`: loaded, checked, hashed."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

import yaml

from domain.ranges import is_whole
from domain.tiers import MAX_SCORE
from oracle.risk.indicators import RiskError

FILE: Final = Path(__file__).parent / "rules.yaml"
LIMITS: Final = (
    "early_days", "very_early_days", "late_notice_days", "raised_days", "share_of_sum_bps", "times_history",
    "least_history", "many_claims_36m", "network_holders", "hub_claims",
)  # fmt: skip
CLUES: Final = (
    "invoice-in-other-claim", "invoice-twice", "document-in-other-claim", "more-than-invoices", "near-sum-insured",
    "above-history", "many-claims", "before-cover", "very-early", "early", "raised-shortly-before", "late-notice",
    "notice-before-incident", "shared-contacts", "document-altered", "document-issuer-unknown",
    "document-dates-disagree", "document-amounts-disagree", "document-person-differs",
    "document-number-impossible", "document-before-cover", "document-after-notice", "document-looks-alike",
)  # fmt: skip


class RulebookInvalid(RiskError):
    """The file of rules lacks something, or has a number out of range."""


@dataclass(frozen=True)
class Clue:
    """One reason to look twice.

    Attributes:
        code: Of the rule; `model` for what was learned.
        points: Hundredths of a point, 0 to 10_000.
        en, zh: The clue in words.
    """

    code: str
    points: int
    en: str
    zh: str


@dataclass(frozen=True)
class Rulebook:
    """Limits by name; points and words by clue."""

    version: int
    hash: str
    limits: Mapping[str, int]
    points: Mapping[str, int]
    words: Mapping[str, tuple[str, str]]

    def clue(self, code: str, **numbers: object) -> Clue:
        """A clue with its numbers filled in."""
        en, zh = self.words[code]
        return Clue(code, self.points[code], en.format(**numbers), zh.format(**numbers))


def load_rulebook(path: Path = FILE) -> Rulebook:
    """Rules from a file.

    Raises:
        RulebookInvalid
    """
    try:
        content = path.read_bytes()
        document = yaml.safe_load(content)
        limits, clues = dict(document["limits"]), dict(document["clues"])
        version = document["version"]
    except (OSError, yaml.YAMLError, KeyError, TypeError, ValueError) as error:
        raise RulebookInvalid("rules", str(path), "cannot be read", "Give version, limits and clues") from error
    if set(limits) != set(LIMITS) or set(clues) != set(CLUES):
        odd = sorted((set(limits) ^ set(LIMITS)) | (set(clues) ^ set(CLUES)))
        raise RulebookInvalid("rules", ", ".join(map(str, odd)), "is missing or unknown", "Compare with rulebook.py")
    for name, limit in {**limits, "version": version}.items():
        if not is_whole(limit, 1, 1_000_000):
            raise RulebookInvalid(name, limit, "is not a whole number from 1 to 1,000,000", "Write digits alone")
    for code, clue in clues.items():
        points = clue.get("points") if isinstance(clue, dict) else None
        if not is_whole(points, 0, MAX_SCORE) or not all(isinstance(clue.get(word), str) for word in ("en", "zh")):
            raise RulebookInvalid(code, points, f"lacks points from 0 to {MAX_SCORE}, or words", "Give points, en, zh")
    return Rulebook(
        version=version,
        hash=hashlib.sha256(content).hexdigest(),
        limits=limits,
        points={code: clue["points"] for code, clue in clues.items()},
        words={code: (clue["en"], clue["zh"]) for code, clue in clues.items()},
    )


@cache
def rulebook() -> Rulebook:
    """The rules that come with the program."""
    return load_rulebook()
