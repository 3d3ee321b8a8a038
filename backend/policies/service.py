"""Use cases of policies: reading them."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from sqlalchemy.orm import Session

from backend.fields import word_hex
from backend.policies import repository
from backend.policies.repository import Policy
from backend.problems import Problem
from domain.settlement import InsuredEvent


def get_policy(session: Session, policy_id: int, product: str | None = None) -> Policy:
    """One policy.

    Raises:
        Problem: `policy_unknown`, or `policy_ambiguous` when several products have it.
    """
    found = repository.with_id(session, policy_id, product)
    if not found:
        raise Problem(
            "policy_unknown", f"policy_id {word_hex(policy_id)} is not on the chain, or not indexed yet. Check it."
        )
    if len(found) > 1:
        raise Problem(
            "policy_ambiguous", f"policy_id {word_hex(policy_id)} exists in {len(found)} products. Add ?product=."
        )
    return found[0]


def covers(session: Session, application_ids: Collection[int]) -> Mapping[int, tuple[int, int]]:
    """When what applications became was bound, and stops covering, unix seconds; what became no policy is left out."""
    return repository.covers(session, application_ids)


def event_states(session: Session, product: str, event_ids: Sequence[int]) -> dict[int, InsuredEvent]:
    """States of insured events, as far as binding needs them."""
    return repository.event_states(session, product, event_ids)


def list_policies(
    session: Session, *, after: tuple[int, str] | None, limit: int, holder: str | None = None,
    event_id: int | None = None, product: str | None = None,
) -> Sequence[Policy]:  # fmt: skip
    """Policies by id and product; `after` is the last one's (id, product). See `repository.page`."""
    return repository.page(session, after=after, limit=limit, holder=holder, event_id=event_id, product=product)
