"""How near the nodes' observations of a loss must be to each other.

- `loss`: every node reads the same bytes by the same versions, so it is equal or something is wrong: tolerance 0.
- `confidence_bps`: equal for the same reason, but for one thing. A node that could not get an earlier claim's dossier
  cannot say that its bills are new, and takes points off (`EARLIER_UNREAD`). Three nodes with one view agree on it,
  whatever the fourth could not get; each looks again for a while before it says so. Where no three have the same
  confidence, any is within the tolerance, so there is a report; but every difference is a wide spread, which hands the
  claim to a person (confidence 0).
- `fraud_score`: a node that could not get an earlier claim's dossier knows less and scores lower. That must not stop
  the report: any score is within the tolerance and the median counts. More than 5 points apart is a wide spread, and a
  wide spread hands the claim to a person (confidence 0). The weakest clue is worth 8 points, so nodes that saw other
  clues are wide unless the score is high anyway.
- `observed_at`: the block's time. Nodes observe when they see the notice, and one that was restarted does so later; two
  minutes are within what a report counts for. The lower median is the time of a block that is on the chain.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from domain.money import BPS_WHOLE
from domain.ranges import MAX_UINT40, MAX_UINT64
from domain.tiers import MAX_SCORE
from oracle.rounds.rules import FieldRule

FRAUD_TIGHT: Final = 500
"""Hundredths of a point."""
OBSERVED_SECONDS: Final = 120


def field_rules() -> Mapping[str, FieldRule]:
    """Rules of the numbers in an observation of a loss."""
    return {
        "loss": FieldRule(0, MAX_UINT64),
        "fraud_score": FieldRule(0, MAX_SCORE, tolerance=MAX_SCORE, tight=FRAUD_TIGHT),
        "confidence_bps": FieldRule(0, BPS_WHOLE, tolerance=BPS_WHOLE),
        "observed_at": FieldRule(1, MAX_UINT40, tolerance=OBSERVED_SECONDS, tight=OBSERVED_SECONDS),
    }
