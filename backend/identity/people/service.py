"""Use cases of people."""

from __future__ import annotations

import secrets
import uuid
from collections.abc import Sequence
from dataclasses import dataclass

import structlog
from sqlalchemy.orm import Session

from backend.identity.desk import Desk
from backend.identity.people import repository
from backend.identity.people.addresses import EmailInvalid, normalise_email
from backend.identity.people.repository import StoredPerson
from backend.problems import Problem

log = structlog.get_logger()
_LOOKUP_BYTES = 32


@dataclass(frozen=True, slots=True)
class Person:
    """A person, opened. Name and e-mail are personal: show them to whoever may, log them never."""

    person_id: uuid.UUID
    tenant_id: uuid.UUID
    email: str
    name: str
    language: str
    created_at: int
    disabled_at: int | None


def account_name(email: str) -> str:
    """What attempts with this e-mail are counted under, whether it is an address or not."""
    try:
        return normalise_email(email)
    except EmailInvalid:
        return email.strip().casefold()


def add(session: Session, desk: Desk, tenant_id: uuid.UUID, *, email: str, name: str, language: str) -> uuid.UUID:
    """Add a person to an insurer.

    Raises:
        Problem: `request_invalid`, `email_taken`.
    """
    try:
        address = normalise_email(email)
    except EmailInvalid as error:
        raise Problem("request_invalid", str(error), field="email") from None
    lookup = _lookup(desk, tenant_id, address)
    known = repository.by_lookup(session, tenant_id, lookup)
    if known is not None and known.disabled_at is not None:
        raise Problem(
            "email_taken", "email belongs to somebody who was shut out. Let that person in again, or erase the account."
        )
    if known is not None:
        raise Problem("email_taken", "email belongs to somebody who is here already. Grant a role to that person.")
    person_id = uuid.uuid4()
    stored = StoredPerson(
        person_id, tenant_id, lookup, desk.data.seal(_about(tenant_id, person_id, "email"), address.encode()),
        desk.data.seal(_about(tenant_id, person_id, "name"), name.strip().encode()), language, desk.clock(),
    )  # fmt: skip
    repository.add(session, stored)
    log.info("person.added", person_id=str(person_id), tenant_id=str(tenant_id))
    return person_id


def find_active(session: Session, desk: Desk, tenant_id: uuid.UUID, email: str) -> uuid.UUID | None:
    """Whoever signs in by this e-mail; None when there is nobody, or that person was shut out."""
    try:
        lookup = _lookup(desk, tenant_id, normalise_email(email))
    except EmailInvalid:
        return None
    found = repository.by_lookup(session, tenant_id, lookup)
    return None if found is None or found.disabled_at is not None else found.person_id


def find_disabled(session: Session, desk: Desk, tenant_id: uuid.UUID, email: str) -> uuid.UUID | None:
    """Whoever was shut out and signed in by this e-mail before; None when there is nobody, or may sign in."""
    found = repository.by_lookup(session, tenant_id, lookup_of(desk, tenant_id, email))
    return None if found is None or found.disabled_at is None else found.person_id


def lookup_of(desk: Desk, tenant_id: uuid.UUID, email: str) -> bytes:
    """The keyed hash an e-mail is found by, whether it is an address or not."""
    return _lookup(desk, tenant_id, account_name(email))


def find_by_lookup(session: Session, tenant_id: uuid.UUID, lookup: bytes) -> uuid.UUID | None:
    """Whoever signs in by the e-mail of this hash; None when there is nobody, or that person was shut out."""
    found = repository.by_lookup(session, tenant_id, lookup)
    return None if found is None or found.disabled_at is not None else found.person_id


def is_active(session: Session, tenant_id: uuid.UUID, person_id: uuid.UUID) -> bool:
    """Whether there is such a person and may sign in."""
    found = repository.get(session, tenant_id, person_id)
    return found is not None and found.disabled_at is None


def hold_active(session: Session, tenant_id: uuid.UUID, person_id: uuid.UUID) -> bool:
    """As `is_active`, and it stays so until the transaction ends: whoever shuts the person out meanwhile waits for it,
    and finds what was opened in it.
    """
    found = repository.hold(session, tenant_id, person_id)
    return found is not None and found.disabled_at is None


def hold_admitted(session: Session, tenant_id: uuid.UUID, person_id: uuid.UUID) -> bool:
    """As `hold_active`, and the account does not wait for its recovery link: a session may be opened."""
    found = repository.hold(session, tenant_id, person_id)
    return found is not None and found.disabled_at is None and found.recovering_since is None


def exists(session: Session, tenant_id: uuid.UUID, person_id: uuid.UUID) -> bool:
    """Whether there is such a person, shut out or not."""
    return repository.get(session, tenant_id, person_id) is not None


def erase(session: Session, desk: Desk, tenant_id: uuid.UUID, person_id: uuid.UUID) -> None:
    """Forget name and e-mail of a person: nobody is found by them any more, and there is nothing left to open."""
    nothing = {name: desk.data.seal(_about(tenant_id, person_id, name), b"") for name in ("email", "name")}
    repository.erase(
        session, tenant_id, person_id, email_lookup=secrets.token_bytes(_LOOKUP_BYTES), email_sealed=nothing["email"],
        name_sealed=nothing["name"],
    )  # fmt: skip
    log.info("person.erased", person_id=str(person_id), tenant_id=str(tenant_id))


def get(session: Session, desk: Desk, tenant_id: uuid.UUID, person_id: uuid.UUID) -> Person:
    """One person, opened.

    Raises:
        Problem: `person_unknown`.
    """
    found = repository.get(session, tenant_id, person_id)
    if found is None:
        raise unknown(person_id)
    return _opened(desk, found)


def page(
    session: Session, desk: Desk, tenant_id: uuid.UUID, *, after: uuid.UUID | None, limit: int
) -> Sequence[Person]:
    """People by id, opened."""
    return [_opened(desk, found) for found in repository.page(session, tenant_id, after=after, limit=limit)]


def disable(session: Session, tenant_id: uuid.UUID, person_id: uuid.UUID, *, now: int) -> None:
    """Shut a person out. Sessions and keys are ended by the caller.

    Raises:
        Problem: `person_unknown`.
    """
    if not repository.disable(session, tenant_id, person_id, now=now):
        raise unknown(person_id)
    log.info("person.disabled", person_id=str(person_id), tenant_id=str(tenant_id))


def enable(session: Session, desk: Desk, tenant_id: uuid.UUID, person_id: uuid.UUID) -> None:
    """Let a person in again who was shut out; nothing changes for whoever was not.

    Raises:
        Problem: `person_unknown`, for somebody who was erased too: there is nobody left to let in.
    """
    if not get(session, desk, tenant_id, person_id).email:
        raise unknown(person_id)
    repository.enable(session, tenant_id, person_id)
    log.info("person.enabled", person_id=str(person_id), tenant_id=str(tenant_id))


def begin_recovery(
    session: Session, tenant_id: uuid.UUID, person_id: uuid.UUID, *, had_factors: bool, now: int
) -> None:  # fmt: skip
    """Let nothing but the link that is made now let this person in. Waits for sign-ins under way.

    Args:
        had_factors: Second factors are taken away: until another is shown, no wallet and no provider lets in alone.
    """
    repository.set_recovering(session, tenant_id, person_id, now)
    if had_factors:
        repository.set_factors_taken(session, tenant_id, person_id, now)


def end_recovery(session: Session, tenant_id: uuid.UUID, person_id: uuid.UUID) -> None:
    """The link was used."""
    repository.set_recovering(session, tenant_id, person_id, None)


def is_recovering(session: Session, tenant_id: uuid.UUID, person_id: uuid.UUID) -> bool:
    """Whether the account waits for its recovery link."""
    found = repository.get(session, tenant_id, person_id)
    return found is not None and found.recovering_since is not None


def lacks_factors(session: Session, tenant_id: uuid.UUID, person_id: uuid.UUID) -> bool:
    """Whether a recovery took second factors away, and none was shown since."""
    found = repository.get(session, tenant_id, person_id)
    return found is not None and found.factors_taken_at is not None


def note_factor(session: Session, tenant_id: uuid.UUID, person_id: uuid.UUID) -> None:
    """A second factor of this person's own was shown."""
    if lacks_factors(session, tenant_id, person_id):
        repository.set_factors_taken(session, tenant_id, person_id, None)


def unknown(person_id: uuid.UUID) -> Problem:
    """Nobody of that id is here."""
    return Problem("person_unknown", f"person_id {person_id} is not known here. See GET /v1/people.")


def _lookup(desk: Desk, tenant_id: uuid.UUID, address: str) -> bytes:
    return desk.data.lookup(f"people/email/{tenant_id}", address)


def _about(tenant_id: uuid.UUID, person_id: uuid.UUID, field: str) -> str:
    return f"people/{tenant_id}/{person_id}/{field}"


def _opened(desk: Desk, found: StoredPerson) -> Person:
    def text(field: str, sealed: bytes) -> str:
        return desk.data.open(_about(found.tenant_id, found.person_id, field), sealed).decode()

    return Person(
        found.person_id, found.tenant_id, text("email", found.email_sealed), text("name", found.name_sealed),
        found.language, found.created_at, found.disabled_at,
    )  # fmt: skip
