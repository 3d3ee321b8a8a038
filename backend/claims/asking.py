"""What is asked of a draft."""

from __future__ import annotations

import uuid
from dataclasses import dataclass

from backend.claims.checks import Loss
from backend.claims.states import AuthorityHow


@dataclass(frozen=True, slots=True, repr=False)
class Authority:
    """By what somebody gives notice for another: how and when it was given (wall clock), and its words."""

    how: AuthorityHow
    given_at: int
    words: str


@dataclass(frozen=True, slots=True)
class Draft:
    """A loss somebody wants to notify."""

    product: str
    policy_id: int
    loss: Loss
    claimant: str | None = None
    person_id: uuid.UUID | None = None
    authority: Authority | None = None
