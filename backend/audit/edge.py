"""What the API's door tells the log: every request of somebody known, reads too, and every refusal.

A path is told by its operation's template and the ids in it. What is no id in it stays out: somebody may have written
a name there.
"""

from __future__ import annotations

import hashlib
import re
from typing import Final

from fastapi import Request
from sqlalchemy.orm import Session

from backend.access.principal import Principal, PrincipalKind
from backend.audit import service
from backend.audit.entries import Outcome
from backend.database import Database

_ID: Final = re.compile(r"0x[0-9a-fA-F]{1,64}|[0-9]{1,20}|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def record_request(request: Request, session: Session, principal: Principal) -> None:
    """Tell what a request did, in its transaction. Visitors, and what is public, are not told of."""
    operation = getattr(request.state, "guarded_operation", None)
    if operation is not None and principal.kind is not PrincipalKind.ANONYMOUS:
        service.record(session, principal, operation=operation, subject=subject_of(request))


def record_refusal(request: Request, database: Database, principal: Principal, operation: str, why: str) -> None:
    """Tell that somebody known was not let in."""
    if principal.kind is not PrincipalKind.ANONYMOUS:
        service.record_apart(
            database, principal, operation=operation, subject=subject_of(request),
            outcome=Outcome.REFUSED.value, facts={"why": why},
        )  # fmt: skip


def subject_of(request: Request) -> str:
    """The path by its template: ids as they are, anything else as the beginning of its SHA-256."""
    route = request.scope.get("route")
    path = str(getattr(route, "path", "")).strip("/")
    for name, value in request.path_params.items():
        path = re.sub(r"\{" + re.escape(name) + r"(:[a-z]+)?\}", told(str(value)), path)
    return re.sub(r"[^A-Za-z0-9_.:/+=-]", "", path)[:200]


def told(value: str) -> str:
    """A value of a path: an id as it is, anything else as the beginning of its SHA-256."""
    if _ID.fullmatch(value):
        return value
    return "sha256:" + hashlib.sha256(value.encode("utf-8", "replace")).hexdigest()[:16]
