"""A claim nobody would look at twice, to be changed one fact at a time."""

from dataclasses import replace
from typing import Any

from oracle.risk.fraud.facts import ClaimFacts, Invoice

DAY = 86_400
PLAIN = ClaimFacts(
    claim_id=7,
    claimed_minor=250_000,
    sum_insured_minor=10_000_000,
    cover_from=1_700_000_000,
    incident_at=1_700_000_000 + 200 * DAY,
    notified_at=1_700_000_000 + 202 * DAY,
    invoices=(Invoice("Hospital No. 3", "A-100", 250_000),),
)


def claim(**changed: Any) -> ClaimFacts:
    """The plain claim with some facts changed."""
    return replace(PLAIN, **changed)
