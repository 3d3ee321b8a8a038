"""Whose claim it is: people and their addresses, and insurers and their products."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

from sqlalchemy.orm import Session

from backend.access.principal import Principal, PrincipalKind
from backend.claims.desk import ClaimsOffice
from backend.claims.states import Channel
from backend.problems import Problem
from backend.products.sellers import sells
from backend.tenants import service as tenants


def claimant_person(principal: Principal, asked: uuid.UUID | None) -> tuple[uuid.UUID, Channel]:
    """Who claims, and how notice comes: for oneself, through a machine, or on behalf of a customer.

    Raises:
        Problem: `forbidden`, `person_missing`.
    """
    own = principal.principal_id
    if principal.kind is PrincipalKind.PERSON and own is not None and asked in (None, own):
        return own, Channel.WEB
    if principal.own_only or principal.tenant_id is None:
        raise Problem("forbidden", "You give notice for yourself. Leave person_id out.")
    if asked is None:
        raise Problem("person_missing", "person_id is missing: a machine gives notice for somebody. Name the person.")
    return asked, Channel.API if principal.kind is PrincipalKind.MACHINE else Channel.ON_BEHALF


def addresses(
    session: Session, office: ClaimsOffice, principal: Principal, person_id: uuid.UUID, *, staff: bool = False
) -> list[str]:
    """Addresses of a person: the wallet they signed in with, those they linked, the one kept for them."""
    assert principal.tenant_id is not None
    found = [principal.address] if principal.address and principal.principal_id == person_id else []
    if not staff or principal.principal_id == person_id:
        found += office.wallets.addresses(session, principal.tenant_id, person_id)
    if office.custody is not None:
        kept = office.custody.address_of(session, principal.tenant_id, person_id, staff=staff)
        found += [kept] if kept else []
    return list(dict.fromkeys(found))


def is_kept(session: Session, office: ClaimsOffice, tenant_id: uuid.UUID, person_id: uuid.UUID, address: str) -> bool:
    """Whether a person's address is one whose key is kept here."""
    return office.custody is not None and address == office.custody.address_of(
        session, tenant_id, person_id, staff=False
    )


def seller(session: Session, treasury: str) -> uuid.UUID | None:
    """The insurer whose treasury it is; None where none or several could be."""
    found: Sequence[uuid.UUID] = [
        tenant.tenant_id for tenant in tenants.every(session) if sells(session, tenant.tenant_id, treasury)
    ]
    return found[0] if len(found) == 1 else None
