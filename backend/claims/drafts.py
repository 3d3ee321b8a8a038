"""Cases begin with a draft: who claims, what happened, and by whose word somebody else says so.

The caller owns the transaction. Decision record 0053.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

import structlog
from sqlalchemy.orm import Session

from backend.access.principal import Principal
from backend.audit import service as audit
from backend.audit.entries import Facts
from backend.claims import parties, repository, service
from backend.claims.asking import Authority, Draft
from backend.claims.checks import check_claimant, check_loss
from backend.claims.desk import ClaimsOffice
from backend.claims.models import CaseRow
from backend.claims.states import CaseState, Channel
from backend.problems import Problem

log = structlog.get_logger()


def draft(session: Session, office: ClaimsOffice, principal: Principal, asked: Draft) -> CaseRow:
    """Begin a case, if the loss can be notified as things stand.

    Raises:
        Problem: `forbidden`, `person_missing`, `authority_missing`, `policy_unknown`, `product_unknown`,
            `claimant_invalid`, `loss_refused`.
    """
    person_id, channel = parties.claimant_person(principal, asked.person_id)
    _check_authority(office, channel, asked.authority)
    product, policy = service.insured(session, office, principal, asked.product, asked.policy_id)
    mine = parties.addresses(session, office, principal, person_id)
    claimant = check_claimant(policy, mine, asked.claimant)
    had = repository.count_claims(session, asked.product, asked.policy_id)
    check_loss(product, policy, asked.loss, claims=had, now=office.chain.time())
    loss = asked.loss
    row = CaseRow(
        case_id=uuid.uuid4(), tenant_id=principal.tenant_id, person_id=person_id, product=asked.product,
        policy_id=asked.policy_id, claimant=claimant, coverage=loss.coverage, peril=loss.peril,
        occurred_at=loss.occurred_at, claimed=loss.claimed, state=CaseState.DRAFT, channel=channel,
        drafted_by=principal.principal_id, version=1, created_at=office.clock(),
    )  # fmt: skip
    if asked.authority is not None:
        _keep_authority(session, office, principal, row, asked.authority)
    repository.add(session, row)
    facts: Facts = {"policy": asked.policy_id, "product": asked.product, "channel": channel.value}
    audit.record(session, principal, operation="claims.draft", subject=f"cases/{row.case_id}", facts=facts)
    log.info("case.drafted", case_id=str(row.case_id), channel=channel)
    return row


def forget(session: Session, tenant_id: uuid.UUID, person_id: uuid.UUID) -> int:
    """Forget what a person meant to claim and never did: what happened, when and how much. How many cases.

    What was notified stands on the chain, and its case stays.
    """
    return repository.remove_unnotified(session, tenant_id, person_id)


def _check_authority(office: ClaimsOffice, channel: Channel, authority: Authority | None) -> None:
    if channel is Channel.WEB and authority is not None:
        raise Problem("authority_missing", "authority is for who acts for somebody else. Leave it out.")
    if channel is not Channel.WEB and authority is None:
        raise Problem("authority_missing", "authority is missing: say how and when the claimant asked you to do this.")
    if authority is not None and authority.given_at > office.clock():
        raise Problem("authority_missing", f"authority.given_at {authority.given_at} is still to come. Correct it.")


def _keep_authority(
    session: Session, office: ClaimsOffice, principal: Principal, row: CaseRow, authority: Authority
) -> None:
    row.authority_how, row.authority_at = authority.how, authority.given_at
    told: Mapping[str, Any] = {"words": authority.words, "recorded_by": str(principal.principal_id)}
    row.authority_record = service.seal(session, office, principal, row, told)
