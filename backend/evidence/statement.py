"""`claim.json`: what a node must know of the insured and only the insurer can say. `oracle/claims/statement.py`
reads it; a test holds the two together."""

from __future__ import annotations

from typing import Final

from backend.evidence.ports import ClaimFacts
from backend.problems import Problem
from domain.hashing import canonical_json
from domain.ranges import is_whole

NAME: Final = "claim.json"
_SCHEMA: Final = "quittance claim 1"
_MOST_TEXT: Final = 200
_MOST_ITEMS: Final = 1_000
_MOST_TIME: Final = (1 << 40) - 1
_MOST_AMOUNT: Final = (1 << 62) - 1


def statement_of(facts: ClaimFacts) -> bytes:
    """The file, in the one form that nodes read.

    Raises:
        Problem: `claim_facts_invalid`.
    """
    if not 0 < len(facts.subject) <= _MOST_TEXT or not any(sign.isalnum() for sign in facts.subject):
        raise Problem("claim_facts_invalid", f"subject is no text of 1 to {_MOST_TEXT} signs with a letter or digit.")
    if not facts.subject.isprintable():
        raise Problem("claim_facts_invalid", "subject holds a control sign. Write it as on the document.")
    if facts.sum_raised_at is not None and not is_whole(facts.sum_raised_at, 0, _MOST_TIME):
        raise Problem("claim_facts_invalid", f"sum_raised_at {facts.sum_raised_at} is neither null nor unix seconds.")
    past = facts.past_amounts_minor
    if len(past) > _MOST_ITEMS or not all(is_whole(each, 0, _MOST_AMOUNT) for each in past):
        raise Problem("claim_facts_invalid", f"past_amounts_minor is no list of up to {_MOST_ITEMS} amounts.")
    told = {
        "schema": _SCHEMA, "subject": facts.subject, "sum_raised_at": facts.sum_raised_at,
        "past_amounts_minor": list(past),
    }  # fmt: skip
    return canonical_json(told)
