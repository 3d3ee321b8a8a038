"""HTTP for policies."""

from __future__ import annotations

from typing import Annotated

from fastapi import Query

from backend.access.permit import Public
from backend.dependencies import Transaction
from backend.fields import AddressText, WordText, bytes_hex, parse_word, word_hex
from backend.http.pages import PageAsked
from backend.http.routes import api_router
from backend.policies import repository, service
from backend.policies.schemas import PolicyPage, PolicyView

router = api_router("policies")


@router.get("/policies", operation_id="policies.list", dependencies=[Public("policies.list")])
def list_policies(
    session: Transaction,
    page: PageAsked,
    holder: Annotated[AddressText | None, Query()] = None,
    event_id: Annotated[WordText | None, Query()] = None,
    product: Annotated[AddressText | None, Query()] = None,
) -> PolicyPage:
    """Policies by id, then product."""
    after = (parse_word(str(page.position[0])), str(page.position[1])) if page.position else None
    found = service.list_policies(
        session, after=after, limit=page.limit, holder=holder,
        event_id=parse_word(event_id) if event_id else None, product=product,
    )  # fmt: skip
    last = (word_hex(found[-1].row.policy_id), found[-1].row.product) if found else None
    return PolicyPage(policies=[policy_view(p) for p in found], next_cursor=page.next_cursor(len(found), last))


@router.get("/policies/{policy_id}", operation_id="policies.read", dependencies=[Public("policies.read")])
def get_policy(
    policy_id: WordText, session: Transaction, product: Annotated[AddressText | None, Query()] = None
) -> PolicyView:
    """One policy, its event's outcome and its payment."""
    return policy_view(service.get_policy(session, parse_word(policy_id), product))


def policy_view(policy: repository.Policy) -> PolicyView:
    """A policy as it goes out."""
    row = policy.row
    status = "settled" if policy.settled else "closed" if policy.outcome else "in_force"
    return PolicyView(
        policy_id=word_hex(row.policy_id), product=row.product, event_id=word_hex(row.event_id), ordinal=row.ordinal,
        application_id=word_hex(row.application_id), holder=row.holder, underwriter=row.underwriter,
        insured_event=policy.insured_event, occurs_at=policy.occurs_at, sum_insured=row.sum_insured,
        premium=row.premium, bound_at=row.bound_at, block_number=row.block_number,
        transaction_hash=bytes_hex(row.transaction_hash), status=status, outcome=policy.outcome.name.lower(),
        value=policy.value, share_bps=policy.share_bps, paid=policy.paid, held=policy.held, paid_at=policy.paid_at,
        payment_transaction_hash=bytes_hex(policy.payment_transaction) if policy.payment_transaction else None,
    )  # fmt: skip
