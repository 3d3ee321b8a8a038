"""May this principal open this record for this purpose, now? Every answer that is no has a code and a sentence."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from sqlalchemy.orm import Session

from backend.access.principal import Principal, PrincipalKind
from backend.audit.entries import HOUSE_TENANT
from backend.problems import Problem
from backend.vault import approvals, standing
from backend.vault.envelopes import Label
from backend.vault.records import SealedRecord
from backend.vault.retention import Basis, Category, CategoryRule, Purpose, RetentionRules

_OWN_RIGHT: Final = frozenset({Purpose.SUBJECT_ACCESS, Purpose.LEGAL_CLAIM})
"""Purposes that rest on law, not on consent."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why not."""

    code: str
    detail: str

    def problem(self) -> Problem:
        """For the client."""
        return Problem(self.code, self.detail)


def may_see(principal: Principal, label: Label) -> bool:
    """Whether the record exists as far as this principal is concerned: another tenant's or person's does not."""
    if (principal.tenant_id or HOUSE_TENANT) != label.tenant_id:
        return False
    return not principal.own_only or principal.principal_id == label.person_id


def check(
    session: Session, rules: RetentionRules, principal: Principal, label: Label, purpose: Purpose, now: int
) -> Refusal | None:
    """None when the record may be opened. What is destroyed or unknown is checked before."""
    rule = rules.categories[Category(label.category)]
    if purpose not in rule.purposes:
        allowed = ", ".join(sorted(rule.purposes))
        return Refusal(
            "purpose_not_allowed", f"A record of category {label.category} is not opened for {purpose}: only {allowed}."
        )
    if purpose is not Purpose.LEGAL_CLAIM and standing.is_restricted(session, label.tenant_id, label.person_id):
        return Refusal(
            "processing_restricted", "Processing of this person's data is restricted: legal claims only. Lift it first."
        )
    if not _agreed(session, rule, label, purpose):
        return Refusal(
            "consent_missing", f"The person did not agree to {label.category} for {purpose}, or withdrew it. Ask again."
        )
    return _role_refusal(session, rules, rule, principal, label, purpose, now)


def check_sealing(session: Session, rules: RetentionRules, label: Label) -> Refusal | None:
    """None when something may be taken in: what rests on consent is not collected without it."""
    rule, purpose = rules.categories[Category(label.category)], Purpose(label.purpose)
    if purpose not in rule.purposes:
        return Refusal("purpose_not_allowed", f"Category {label.category} is not collected for {label.purpose}.")
    if not _agreed(session, rule, label, purpose):
        return Refusal("consent_missing", f"The person did not agree to {label.category} for {purpose}. Ask first.")
    return None


def _agreed(session: Session, rule: CategoryRule, label: Label, purpose: Purpose) -> bool:
    if rule.basis is not Basis.CONSENT or purpose in _OWN_RIGHT:
        return True
    return standing.has_consent(session, label.tenant_id, label.person_id, label.category, purpose)


def _role_refusal(
    session: Session, rules: RetentionRules, rule: CategoryRule, principal: Principal, label: Label, purpose: Purpose,
    now: int,
) -> Refusal | None:  # fmt: skip
    if purpose is Purpose.SUBJECT_ACCESS:
        if principal.principal_id == label.person_id:
            return None
        return Refusal("forbidden", "Only the person itself opens its data for subject_access.")
    if purpose is Purpose.SIGNING and principal.kind is not PrincipalKind.WORKER:
        return Refusal("forbidden", "A custodial key is opened by custody alone, never by a person.")
    if principal.kind is PrincipalKind.WORKER:
        return None
    # Whoever says that it is for a legal claim opens what is restricted: that is for another person to agree to.
    if not rule.file and not principal.own_only and purpose is not Purpose.LEGAL_CLAIM:
        return None
    if principal.roles & rules.file_roles.get(purpose, frozenset()):
        return None
    opener = principal.principal_id
    if opener is not None and approvals.holds(
        session, label.tenant_id, label.person_id, opener_id=opener, purpose=purpose, now=now
    ):
        return None
    return Refusal(
        "approval_needed", f"This role opens no file for {purpose}. Ask the underwriting manager for an approval."
    )


def not_destroyed(record: SealedRecord) -> Refusal | None:
    """None while there is something to open."""
    if record.wrapped_key is not None:
        return None
    return Refusal("record_destroyed", f"Record {record.label.record_id} was destroyed at {record.destroyed_at}.")
