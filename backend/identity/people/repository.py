"""Every query about people."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from backend.identity.people.models import PersonRow


@dataclass(frozen=True, slots=True)
class StoredPerson:
    """A person as kept. Times in unix seconds of the wall clock.

    Args:
        recovering_since: When an administrator recovered the account; None once the link made then was used.
        factors_taken_at: When a recovery took second factors away; None once another was shown.
    """

    person_id: uuid.UUID
    tenant_id: uuid.UUID
    email_lookup: bytes
    email_sealed: bytes
    name_sealed: bytes
    language: str
    created_at: int
    disabled_at: int | None = None
    recovering_since: int | None = None
    factors_taken_at: int | None = None


def add(session: Session, person: StoredPerson) -> None:
    """Keep a new person."""
    values = {
        "person_id": person.person_id, "tenant_id": person.tenant_id, "email_lookup": person.email_lookup,
        "email_sealed": person.email_sealed, "name_sealed": person.name_sealed, "language": person.language,
        "created_at": person.created_at,
    }  # fmt: skip
    session.execute(insert(PersonRow).values(values))


def by_lookup(session: Session, tenant_id: uuid.UUID, email_lookup: bytes) -> StoredPerson | None:
    """The person with this e-mail."""
    row = session.scalar(
        select(PersonRow).where(PersonRow.tenant_id == tenant_id, PersonRow.email_lookup == email_lookup)
    )
    return None if row is None else _person(row)


def get(session: Session, tenant_id: uuid.UUID, person_id: uuid.UUID) -> StoredPerson | None:
    """The person of this id."""
    row = session.scalar(select(PersonRow).where(PersonRow.tenant_id == tenant_id, PersonRow.person_id == person_id))
    return None if row is None else _person(row)


def hold(session: Session, tenant_id: uuid.UUID, person_id: uuid.UUID) -> StoredPerson | None:
    """The person of this id, as it is; nobody shuts it out before the transaction ends."""
    row = session.scalar(
        select(PersonRow)
        .where(PersonRow.tenant_id == tenant_id, PersonRow.person_id == person_id)
        .with_for_update(read=True)
    )
    return None if row is None else _person(row)


def page(session: Session, tenant_id: uuid.UUID, *, after: uuid.UUID | None, limit: int) -> Sequence[StoredPerson]:
    """People by id; `after` is the keyset cursor."""
    statement = select(PersonRow).where(PersonRow.tenant_id == tenant_id).order_by(PersonRow.person_id).limit(limit)
    if after is not None:
        statement = statement.where(PersonRow.person_id > after)
    return [_person(row) for row in session.scalars(statement)]


def disable(session: Session, tenant_id: uuid.UUID, person_id: uuid.UUID, *, now: int) -> bool:
    """Shut a person out. False when there is none, or it was shut out before."""
    statement = (
        update(PersonRow)
        .where(
            PersonRow.tenant_id == tenant_id, PersonRow.person_id == person_id, PersonRow.disabled_at.is_(None)
        )
        .values(disabled_at=now)
        .returning(PersonRow.person_id)
    )  # fmt: skip
    return session.scalar(statement) is not None


def enable(session: Session, tenant_id: uuid.UUID, person_id: uuid.UUID) -> None:
    """Take back that a person was shut out."""
    session.execute(
        update(PersonRow)
        .where(PersonRow.tenant_id == tenant_id, PersonRow.person_id == person_id)
        .values(disabled_at=None)
    )


def set_recovering(session: Session, tenant_id: uuid.UUID, person_id: uuid.UUID, since: int | None) -> None:
    """Remember since when a person's account waits for its recovery link; None: it does no more."""
    session.execute(
        update(PersonRow)
        .where(PersonRow.tenant_id == tenant_id, PersonRow.person_id == person_id)
        .values(recovering_since=since)
    )


def set_factors_taken(session: Session, tenant_id: uuid.UUID, person_id: uuid.UUID, at: int | None) -> None:
    """Remember when a recovery took a person's second factors away; None: another was shown since."""
    session.execute(
        update(PersonRow)
        .where(PersonRow.tenant_id == tenant_id, PersonRow.person_id == person_id)
        .values(factors_taken_at=at)
    )


def erase(
    session: Session, tenant_id: uuid.UUID, person_id: uuid.UUID, *, email_lookup: bytes, email_sealed: bytes,
    name_sealed: bytes,
) -> None:  # fmt: skip
    """Put other values in the place of what tells who it is."""
    session.execute(
        update(PersonRow)
        .where(PersonRow.tenant_id == tenant_id, PersonRow.person_id == person_id)
        .values(email_lookup=email_lookup, email_sealed=email_sealed, name_sealed=name_sealed)
    )


def _person(row: PersonRow) -> StoredPerson:
    return StoredPerson(
        row.person_id, row.tenant_id, bytes(row.email_lookup), bytes(row.email_sealed), bytes(row.name_sealed),
        row.language, row.created_at, row.disabled_at, row.recovering_since, row.factors_taken_at,
    )  # fmt: skip
