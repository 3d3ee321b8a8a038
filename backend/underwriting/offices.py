"""How an office works, and by what right its people underwrite: set by the administrator."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Mapping
from datetime import date

from sqlalchemy.orm import Session

from backend.access.principal import Principal
from backend.audit import service as audit
from backend.calendars.files import calendar
from backend.identity.people import service as people
from backend.problems import Problem
from backend.underwriting import repository
from backend.underwriting.models import LicenceRow, OfficeRow
from domain.underwriting_people import Office as Seat


def set_office(
    session: Session, principal: Principal, *, calendar_name: str, machine_accepts: bool, sample_bps: int,
    quote_valid_seconds: int, how_to_object: Mapping[str, str],
) -> None:  # fmt: skip
    """Say how the office works.

    Raises:
        CalendarInvalid: There is no such calendar.
    """
    values = {
        "calendar": calendar(calendar_name).name, "machine_accepts": machine_accepts, "sample_bps": sample_bps,
        "quote_valid_seconds": quote_valid_seconds, "how_to_object": dict(how_to_object),
    }  # fmt: skip
    repository.set_row(session, OfficeRow, {"tenant_id": _tenant(principal)}, values)
    audit.record(
        session, principal, operation="underwriting.set_office", subject="underwriting-office",
        facts={"calendar": calendar_name, "machine_accepts": machine_accepts, "sample_bps": sample_bps},
    )  # fmt: skip


def set_licence(
    session: Session, principal: Principal, person_id: uuid.UUID, *, licensed_on: date | None,
    intermediate_exam_on: date | None, offices: Collection[Seat], now: int,
) -> None:  # fmt: skip
    """Say by what right somebody underwrites. Nobody says so of themselves.

    Raises:
        Problem: `person_refused`; `person_unknown` of who is nobody of this insurer's.
    """
    if person_id == principal.principal_id:
        raise Problem("person_refused", "person_id is you. Let another administrator say so.")
    if not people.exists(session, _tenant(principal), person_id):
        raise people.unknown(person_id)
    values = {
        "licensed_on": licensed_on, "intermediate_exam_on": intermediate_exam_on, "set_at": now,
        "offices": sorted(each.value for each in offices), "set_by": principal.principal_id,
    }  # fmt: skip
    keys = {"tenant_id": _tenant(principal), "person_id": person_id}
    repository.set_row(session, LicenceRow, keys, values)
    audit.record(session, principal, operation="underwriting.set_licence", subject=f"people/{person_id}")


def _tenant(principal: Principal) -> uuid.UUID:
    if principal.tenant_id is None:
        raise Problem("unauthenticated", "Sign in first.")
    return principal.tenant_id
