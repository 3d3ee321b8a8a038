"""Use cases of grants: nobody grants to themselves, and two administrators hand out the roles that rule and pay."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, replace

import structlog
from sqlalchemy.orm import Session

from backend.access.roles import Role
from backend.identity.grants import repository
from backend.identity.grants.repository import Grant, Source
from backend.identity.people import service as people
from backend.problems import Problem

log = structlog.get_logger()
MACHINE_ROLES = frozenset({Role.ORACLE_NODE, Role.INSTITUTION})
CUSTOMER_ROLES = frozenset({Role.POLICYHOLDER})
"""Everybody with another role is staff, and needs a second factor to use it."""
TWO_ADMINISTRATORS = frozenset({Role.ADMINISTRATOR, Role.TREASURER})
USED_EVERY_SECONDS = 300
"""How exactly a grant's last use is known."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A role somebody is to have. `expires_at` in unix seconds, None: until it is revoked."""

    person_id: uuid.UUID
    role: Role
    expires_at: int | None = None


def roles_of(session: Session, tenant_id: uuid.UUID, person_id: uuid.UUID, *, now: int) -> frozenset[Role]:
    """Roles a person has at unix second `now`."""
    return frozenset(g.role for g in repository.of_person(session, tenant_id, person_id) if g.in_force(now))


def holders(session: Session, tenant_id: uuid.UUID, role: Role, *, now: int) -> set[uuid.UUID]:
    """People who have a role now and are not shut out."""
    return repository.holders(session, tenant_id, role, now=now)


def of_person(session: Session, tenant_id: uuid.UUID, person_id: uuid.UUID) -> Sequence[Grant]:
    """All grants a person ever had."""
    return repository.of_person(session, tenant_id, person_id)


def page(
    session: Session, tenant_id: uuid.UUID, *, now: int, after: uuid.UUID | None = None, limit: int = 500
) -> Sequence[Grant]:
    """Grants that count or wait for approval, by id."""
    return repository.page(session, tenant_id, now=now, after=after, limit=limit)


def touch(session: Session, tenant_id: uuid.UUID, person_id: uuid.UUID, *, now: int) -> None:
    """Remember that a person acted with its roles."""
    repository.touch(session, tenant_id, person_id, now=now, not_since=now - USED_EVERY_SECONDS)


def make_by_operator(session: Session, tenant_id: uuid.UUID, asked: Asked, *, now: int) -> Grant:
    """Give a role from the host. It counts at once: whoever has the host has everything.

    Raises:
        Problem: `grant_refused`; `person_unknown`, also for somebody who was shut out.
    """
    _lock_for(session, tenant_id, asked.person_id)
    _require_sensible(session, tenant_id, asked, now)
    grant = Grant(
        uuid.uuid4(), tenant_id, asked.person_id, asked.role, Source.OPERATOR, None, now, approved_at=now,
        expires_at=asked.expires_at,
    )  # fmt: skip
    repository.add(session, grant)
    log.info("grant.made", grant_id=str(grant.grant_id), role=grant.role.value, by="operator")
    return grant


def make(session: Session, tenant_id: uuid.UUID, asked: Asked, *, by: uuid.UUID, now: int) -> Grant:
    """Give a role. Those of `TWO_ADMINISTRATORS` wait for a second administrator where there is one.

    Args:
        by: The administrator who gives it.
    Raises:
        Problem: `grant_refused`; `person_unknown`, also for somebody who was shut out.
    """
    if asked.person_id == by:
        raise Problem("grant_refused", "person_id is your own. Ask another administrator to grant it.")
    _lock_for(session, tenant_id, asked.person_id)
    _require_sensible(session, tenant_id, asked, now)
    waits = asked.role in TWO_ADMINISTRATORS and bool(
        repository.holders(session, tenant_id, Role.ADMINISTRATOR, now=now) - {by, asked.person_id}
    )
    approved_at = None if waits else now
    grant = Grant(
        uuid.uuid4(), tenant_id, asked.person_id, asked.role, Source.PERSON, by, now, approved_at=approved_at,
        expires_at=asked.expires_at,
    )  # fmt: skip
    repository.add(session, grant)
    log.info("grant.made", grant_id=str(grant.grant_id), role=grant.role.value, by=str(by), waits=waits)
    return grant


def follow_groups(
    session: Session, tenant_id: uuid.UUID, person_id: uuid.UUID, roles: frozenset[Role], *, now: int, until: int
) -> None:
    """Give the roles that a person's groups at the provider give, until the session ends, and take back the others."""
    repository.lock_roles(session, tenant_id)
    held = [g for g in repository.of_person(session, tenant_id, person_id) if g.in_force(now)]
    for grant in held:
        if grant.source is Source.OIDC and grant.role not in roles:
            repository.revoke(session, grant.grant_id, None, now=now)
        elif grant.source is Source.OIDC:
            repository.extend(session, grant.grant_id, expires_at=until)
    for role in sorted(roles - {g.role for g in held}):
        grant = Grant(
            uuid.uuid4(), tenant_id, person_id, role, Source.OIDC, None, now, approved_at=now, expires_at=until
        )  # fmt: skip
        repository.add(session, grant)
        log.info("grant.made", grant_id=str(grant.grant_id), role=role.value, by="oidc")


def approve(session: Session, tenant_id: uuid.UUID, grant_id: uuid.UUID, *, by: uuid.UUID, now: int) -> Grant:
    """Approve a grant as the second administrator.

    Raises:
        Problem: `grant_unknown`, `grant_refused`.
    """
    repository.lock_roles(session, tenant_id)
    grant = _existing(session, tenant_id, grant_id)
    if grant.approved_at is not None:
        raise Problem("grant_refused", f"grant_id {grant_id} is approved already. Nothing is left to do.")
    if by in (grant.granted_by, grant.person_id):
        raise Problem("grant_refused", "You gave this grant or receive it. Another administrator has to approve it.")
    repository.approve(session, grant_id, by, now=now)
    log.info("grant.approved", grant_id=str(grant_id), by=str(by))
    return replace(grant, approved_by=by, approved_at=now)


def revoke(session: Session, tenant_id: uuid.UUID, grant_id: uuid.UUID, *, by: uuid.UUID | None, now: int) -> Grant:
    """End a grant at once.

    Args:
        by: The administrator; None: the operator.
    Raises:
        Problem: `grant_unknown`; `grant_refused` where it would leave the insurer without an administrator.
    """
    repository.lock_roles(session, tenant_id)
    grant = _existing(session, tenant_id, grant_id)
    if by is not None and grant.role is Role.ADMINISTRATOR and grant.in_force(now):
        _require_another_administrator(session, tenant_id, grant, now)
    repository.revoke(session, grant_id, by, now=now)
    log.info("grant.revoked", grant_id=str(grant_id), by=str(by) if by else "operator")
    return replace(grant, revoked_by=by, revoked_at=now)


def revoke_all(session: Session, tenant_id: uuid.UUID, person_id: uuid.UUID, *, by: uuid.UUID | None, now: int) -> None:
    """End every grant of a person who is shut out.

    Raises:
        Problem: `grant_refused` where it would leave the insurer without an administrator.
    """
    for grant in repository.of_person(session, tenant_id, person_id):
        if grant.revoked_at is None:
            revoke(session, tenant_id, grant.grant_id, by=by, now=now)


def hold_back(session: Session, tenant_id: uuid.UUID, person_id: uuid.UUID, *, by: uuid.UUID, now: int) -> list[Grant]:
    """Let roles of `TWO_ADMINISTRATORS` wait for a second one again, since one alone let their holder in anew.

    Whoever makes a link that sets a password could use it: alone, no administrator may come by such a role. Where one
    alone may give the role, it goes on counting.

    Args:
        by: The administrator who let the person in.
    Returns:
        The grants that wait now, in place of those that counted.
    Raises:
        Problem: `grant_refused` where the person is the only other administrator, so that nobody could be the second.
    """
    repository.lock_roles(session, tenant_id)
    ruling = [
        grant
        for grant in repository.of_person(session, tenant_id, person_id)
        if grant.role in TWO_ADMINISTRATORS and grant.in_force(now)
    ]
    if not repository.holders(session, tenant_id, Role.ADMINISTRATOR, now=now) - {by, person_id}:
        if any(grant.role is Role.ADMINISTRATOR for grant in ruling):
            raise Problem(
                "grant_refused",
                "person_id is the only other administrator. The operator recovers the account on the host.",
            )
        return []
    waiting = []
    for grant in ruling:
        repository.revoke(session, grant.grant_id, by, now=now)
        again = Grant(
            uuid.uuid4(), tenant_id, person_id, grant.role, Source.PERSON, by, now, expires_at=grant.expires_at
        )
        repository.add(session, again)
        waiting.append(again)
        log.info("grant.made", grant_id=str(again.grant_id), role=again.role.value, by=str(by), waits=True)
    return waiting


def _lock_for(session: Session, tenant_id: uuid.UUID, person_id: uuid.UUID) -> None:
    """Let roles of somebody who is here change, one change at a time. The person first, as in shutting out: whoever
    shuts the person out meanwhile waits, and ends the grant that is made now.
    """
    if not repository.hold_person(session, tenant_id, person_id):
        raise people.unknown(person_id)
    repository.lock_roles(session, tenant_id)


def _existing(session: Session, tenant_id: uuid.UUID, grant_id: uuid.UUID) -> Grant:
    grant = repository.get(session, tenant_id, grant_id)
    if grant is None or grant.revoked_at is not None:
        raise Problem("grant_unknown", f"grant_id {grant_id} is not in force here. See GET /v1/grants.")
    return grant


def _require_another_administrator(session: Session, tenant_id: uuid.UUID, grant: Grant, now: int) -> None:
    others = repository.holders(session, tenant_id, Role.ADMINISTRATOR, now=now) - {grant.person_id}
    if not others:
        raise Problem("grant_refused", "It is the last administrator's. Make another administrator first.")


def _require_sensible(session: Session, tenant_id: uuid.UUID, asked: Asked, now: int) -> None:
    if asked.role in MACHINE_ROLES:
        raise Problem("grant_refused", f"role {asked.role} is for machines. Make an API key with it.")
    if asked.expires_at is not None and asked.expires_at <= now:
        raise Problem("grant_refused", f"expires_at {asked.expires_at} is past. Give a later time.")
    held = [g for g in repository.of_person(session, tenant_id, asked.person_id) if g.role is asked.role]
    if any(g.revoked_at is None and (g.expires_at is None or now < g.expires_at) for g in held):
        raise Problem("grant_refused", f"role {asked.role} is held or waits for approval. Revoke that grant first.")
