"""The review of access: every person and machine with each role, since when, until when, last used, and by whom."""

from __future__ import annotations

import csv
import io
import uuid
from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from datetime import UTC, datetime

from sqlalchemy.orm import Session

from backend.access.roles import Role
from backend.identity.api_keys import service as api_keys
from backend.identity.desk import Desk
from backend.identity.grants import service as grants
from backend.identity.people import service as people
from backend.identity.sign_in.service import factors_of

UNUSED_SECONDS = 90 * 86_400
_PAGE = 500
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True, slots=True)
class Line:
    """One role of one person or machine; times in unix seconds of the wall clock.

    Args:
        name: Of the person, or the key's label. Personal.
        scopes: Of a machine's key.
        expires_soon: It ends within the days that were asked about.
        unused: It was not used for 90 days.
    """

    kind: str
    subject_id: str
    name: str
    role: Role
    source: str
    granted_by: str
    since: int
    expires_at: int | None
    last_used_at: int | None
    waits: bool
    second_factor: bool
    scopes: str
    expires_soon: bool
    unused: bool


def review(session: Session, desk: Desk, tenant_id: uuid.UUID, *, within_seconds: int) -> list[Line]:
    """Who can do what, people first. `within_seconds`: what counts as ending soon."""
    now = desk.clock()
    return [
        *_people(session, desk, tenant_id, now, within_seconds),
        *_machines(session, tenant_id, now, within_seconds),
    ]  # fmt: skip


def as_csv(lines: Sequence[Line]) -> str:
    """The review as RFC 4180 text. Times as ISO 8601; what a spreadsheet would run as a formula is kept as text."""
    out = io.StringIO()
    names = [field.name for field in fields(Line)]
    writer = csv.DictWriter(out, names)
    writer.writeheader()
    for line in lines:
        writer.writerow({name: _cell(name, value) for name, value in asdict(line).items()})
    return out.getvalue()


def _people(session: Session, desk: Desk, tenant_id: uuid.UUID, now: int, within_seconds: int) -> list[Line]:
    lines: list[Line] = []
    after: uuid.UUID | None = None
    while page := grants.page(session, tenant_id, now=now, after=after, limit=_PAGE):
        for grant in page:
            person = people.get(session, desk, tenant_id, grant.person_id)
            lines.append(
                Line(
                    kind="person", subject_id=str(grant.person_id), name=person.name, role=grant.role,
                    source=grant.source.value, granted_by=str(grant.granted_by or ""), since=grant.granted_at,
                    expires_at=grant.expires_at, last_used_at=grant.last_used_at, waits=grant.approved_at is None,
                    second_factor=bool(factors_of(session, tenant_id, grant.person_id)), scopes="",
                    expires_soon=_soon(grant.expires_at, now, within_seconds),
                    unused=_unused(grant.last_used_at or grant.granted_at, now),
                )
            )  # fmt: skip
        after = page[-1].grant_id
    return sorted(lines, key=lambda line: (line.name, line.subject_id, line.role))


def _machines(session: Session, tenant_id: uuid.UUID, now: int, within_seconds: int) -> list[Line]:
    lines: list[Line] = []
    after: uuid.UUID | None = None
    while page := api_keys.page(session, tenant_id, after=after, limit=_PAGE):
        lines += [
            Line(
                kind="machine", subject_id=str(key.key_id), name=key.label, role=role,
                source="operator" if key.made_by is None else "person", granted_by=str(key.made_by or ""),
                since=key.made_at, expires_at=key.expires_at, last_used_at=key.last_used_at, waits=False,
                second_factor=False, scopes=" ".join(sorted(key.scopes)),
                expires_soon=_soon(key.expires_at, now, within_seconds),
                unused=_unused(key.last_used_at or key.made_at, now),
            )
            for key in page
            if key.in_force(now)
            for role in sorted(key.roles)
        ]  # fmt: skip
        after = page[-1].key_id
    return sorted(lines, key=lambda line: (line.name, line.subject_id, line.role))


def _soon(expires_at: int | None, now: int, within_seconds: int) -> bool:
    return expires_at is not None and expires_at - now <= within_seconds


def _unused(last_at: int, now: int) -> bool:
    return now - last_at > UNUSED_SECONDS


def _cell(name: str, value: object) -> str:
    if value is None:
        return ""
    if name in ("since", "expires_at", "last_used_at"):
        return datetime.fromtimestamp(int(str(value)), UTC).isoformat()
    if isinstance(value, bool):
        return "yes" if value else "no"
    text = str(value)
    return "'" + text if text.startswith(_FORMULA) else text
