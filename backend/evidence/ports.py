"""What evidence asks of those who keep cases, and what they tell when a dossier is sealed."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from typing import Protocol

from sqlalchemy.orm import Session


@dataclass(frozen=True, slots=True)
class CaseFacts:
    """What evidence has to know of a case.

    Args:
        person_id: Whose case it is: the insured, or who claims.
        policy: Address of the product, number of the policy.
        claim_id: As on the chain; None before notice is given.
        open_for_evidence: Whether files are taken now.
    """

    case_id: uuid.UUID
    tenant_id: uuid.UUID
    person_id: uuid.UUID
    policy: tuple[str, int]
    claim_id: int | None
    open_for_evidence: bool


class CaseBook(Protocol):
    """Knows the cases of claims."""

    def find(self, session: Session, case_id: uuid.UUID) -> CaseFacts | None:
        """A case this transaction may see; None: there is none."""
        ...


@dataclass(frozen=True, slots=True)
class ClaimFacts:
    """What only the insurer can say of a claim, and the days its papers are held against. Times in unix seconds.

    Args:
        subject: What the loss befell, as every insurer writes it: passport or licence number, vehicle. Never shown.
        cover_from, cover_until: Of the policy. Evidence is kept from its end on.
        occurred_at: When the loss happened, as claimed.
        noticed_at: When notice is given.
        sum_raised_at: When the sum insured was last raised, also under earlier policies; None: never.
        past_amounts_minor: Earlier claims of 36 months, minor units.
    """

    subject: str = field(repr=False)
    cover_from: int
    cover_until: int
    occurred_at: int
    noticed_at: int
    sum_raised_at: int | None = None
    past_amounts_minor: tuple[int, ...] = ()
