"""How an office works, and by what right its people underwrite: set by the administrator."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date

from sqlalchemy.orm import Session

from backend.access.principal import Principal
from backend.audit import service as audit
from backend.calendars.files import calendar
from backend.http.preconditions import require_match
from backend.identity.people import service as people
from backend.problems import Problem
from backend.underwriting import casebook, repository
from backend.underwriting.desk import Office
from backend.underwriting.models import LicenceRow, OfficeRow
from domain.underwriting_people import Office as Seat


@dataclass(frozen=True, slots=True)
class Licence:
    """By what right somebody underwrites."""

    licensed_on: date | None = None
    intermediate_exam_on: date | None = None
    offices: frozenset[Seat] = frozenset()


def office(session: Session, principal: Principal) -> tuple[Office, int]:
    """How the office works, and which version that is; 0 while nobody has said."""
    row = repository.office(session, _tenant(principal))
    return casebook.office_of(session, _tenant(principal)), 0 if row is None else row.version


def licence(session: Session, principal: Principal, person_id: uuid.UUID) -> tuple[Licence, int]:
    """By what right somebody underwrites, and which version that is; 0 while nobody has said.

    Raises:
        Problem: `person_unknown` of who is nobody of this insurer's.
    """
    if not people.exists(session, _tenant(principal), person_id):
        raise people.unknown(person_id)
    row = repository.licence(session, _tenant(principal), person_id)
    if row is None:
        return Licence(), 0
    return Licence(row.licensed_on, row.intermediate_exam_on, frozenset(map(Seat, row.offices))), row.version


def set_office(
    session: Session, principal: Principal, *, calendar_name: str, machine_accepts: bool, sample_bps: int,
    quote_valid_seconds: int, how_to_object: Mapping[str, str], if_match: str,
) -> int:  # fmt: skip
    """Say how the office works. Returns the version it has now.

    Raises:
        CalendarInvalid: There is no such calendar.
        Problem: `precondition_failed`.
    """
    _, before = office(session, principal)
    require_match(if_match, before)
    values = {
        "calendar": calendar(calendar_name).name, "machine_accepts": machine_accepts, "sample_bps": sample_bps,
        "quote_valid_seconds": quote_valid_seconds, "how_to_object": dict(how_to_object),
    }  # fmt: skip
    if not repository.set_row(session, OfficeRow, {"tenant_id": _tenant(principal)}, values, before=before):
        raise Problem("precondition_failed", version=before)
    audit.record(
        session, principal, operation="underwriting.set_office", subject="underwriting-office",
        facts={"calendar": calendar_name, "machine_accepts": machine_accepts, "sample_bps": sample_bps},
    )  # fmt: skip
    return before + 1


def set_licence(
    session: Session, principal: Principal, person_id: uuid.UUID, *, licensed_on: date | None,
    intermediate_exam_on: date | None, offices: Collection[Seat], now: int, if_match: str,
) -> int:  # fmt: skip
    """Say by what right somebody underwrites. Nobody says so of themselves. Returns the version it has now.

    Raises:
        Problem: `person_refused`; `person_unknown` of who is nobody of this insurer's; `precondition_failed`.
    """
    if person_id == principal.principal_id:
        raise Problem("person_refused", "person_id is you. Let another administrator say so.")
    _, before = licence(session, principal, person_id)
    require_match(if_match, before)
    values = {
        "licensed_on": licensed_on, "intermediate_exam_on": intermediate_exam_on, "set_at": now,
        "offices": sorted(each.value for each in offices), "set_by": principal.principal_id,
    }  # fmt: skip
    keys = {"tenant_id": _tenant(principal), "person_id": person_id}
    if not repository.set_row(session, LicenceRow, keys, values, before=before):
        raise Problem("precondition_failed", version=before)
    audit.record(session, principal, operation="underwriting.set_licence", subject=f"people/{person_id}")
    return before + 1


def _tenant(principal: Principal) -> uuid.UUID:
    if principal.tenant_id is None:
        raise Problem("unauthenticated", "Sign in first.")
    return principal.tenant_id
