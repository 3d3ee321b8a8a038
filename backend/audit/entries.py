"""One entry of the log: what is said, in the one way to write it.

A leaf is the canonical JSON of an entry with its place and the hash of the leaf before, so the log is a chain as well
as a tree: changing, dropping or moving an entry changes every leaf after it.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Final
from uuid import UUID

import structlog

from backend.access.principal import Principal
from backend.observability import redaction
from domain.hashing import canonical_json

HOUSE_TENANT: Final = UUID(int=0)
"""The log of what belongs to no insurer: visitors, and the operator's own work."""

FIRST_PREVIOUS: Final = bytes(32)
MOST_FACT_BYTES: Final = 4096
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_OPERATION: Final = re.compile(r"[a-z][a-z_]{0,39}(\.[a-z][a-z_]{0,39}){1,2}")
_SUBJECT: Final = re.compile(r"[A-Za-z0-9_.:/+=-]{0,200}")
_FACT_NAME: Final = re.compile(r"[a-z][a-z0-9_]{0,39}")
_FACT_TEXT: Final = re.compile(r"[A-Za-z0-9_.:/+=-]{0,200}")
_ID: Final = re.compile(r"0x[0-9a-fA-F]{1,64}|[0-9]{1,20}|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")

Fact = str | int | bool | None
Facts = Mapping[str, Fact | list[str] | list[int]]


class Outcome(StrEnum):
    """How it ended."""

    DONE = "done"
    REFUSED = "refused"
    FAILED = "failed"


class EntryInvalid(ValueError):
    """An entry says something that has no place in the log. The text names the field."""


@dataclass(frozen=True, slots=True)
class Entry:
    """What happened, before it has its place. `recorded_at` is the database's clock, microseconds of unix time."""

    entry_id: UUID
    tenant_id: UUID
    recorded_at: int
    content: Mapping[str, object]

    def leaf(self, sequence: int, previous: bytes) -> bytes:
        """The bytes that are hashed into the tree."""
        return canonical_json(
            {
                "content": dict(self.content), "entry_id": str(self.entry_id), "previous": previous.hex(),
                "recorded_at": self.recorded_at, "sequence": sequence, "tenant_id": str(self.tenant_id),
            }
        )  # fmt: skip


def content_of(
    principal: Principal, *, operation: str, subject: str, outcome: str, facts: Facts | None
) -> dict[str, object]:
    """What an entry says. Texts in it are ids, hashes and codes: anything with a space, an @ or a letter beyond ASCII
    is refused, because a name or an address could be in it. Within a request, the entry has the request's id.

    Raises:
        EntryInvalid
    """
    if not _OPERATION.fullmatch(operation):
        raise EntryInvalid(f"operation {operation!r} is not written subject.verb. Use the operation's id.")
    if not _SUBJECT.fullmatch(subject):
        raise EntryInvalid("subject is not an id. Name it by id or hash, as in quotes/0x12.")
    told = {name: _checked(name, value) for name, value in (facts or {}).items()}
    if len(canonical_json(told)) > MOST_FACT_BYTES:
        raise EntryInvalid(f"facts of {operation} have more than {MOST_FACT_BYTES} bytes. Keep a hash of them instead.")
    content: dict[str, object] = {
        "facts": told, "operation": operation, "outcome": Outcome(outcome).value, "subject": subject,
        "principal": {
            "kind": principal.kind.value, "id": str(principal.principal_id) if principal.principal_id else None,
            "roles": sorted(role.value for role in principal.roles),
        },
    }  # fmt: skip
    request_id = structlog.contextvars.get_contextvars().get("request_id")
    return content if request_id is None else content | {"request_id": told_request_id(str(request_id))}


def told_id(value: str) -> str:
    """A part of a path as the log has it: an id as it is, anything else as the beginning of its SHA-256."""
    return value if _ID.fullmatch(value) else _hashed(value)


def told_request_id(value: str) -> str:
    """A request's id as the log has it: random ones as they are, what callers made up as its hash."""
    return redaction.told_id(value)


def _hashed(value: str) -> str:
    return "sha256:" + hashlib.sha256(value.encode("utf-8", "replace")).hexdigest()[:16]


def microseconds(moment: datetime) -> int:
    """Unix time of a moment in whole microseconds."""
    return (moment.astimezone(UTC) - _EPOCH) // timedelta(microseconds=1)


def _checked(name: str, value: object) -> object:
    if not _FACT_NAME.fullmatch(name):
        raise EntryInvalid("a fact's name is not in small letters, digits and _. Rename it.")
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, str) and _FACT_TEXT.fullmatch(value):
        return value
    if isinstance(value, list | tuple) and all(isinstance(v, int) or _is_id(v) for v in value):
        return list(value)
    raise EntryInvalid(f"fact {name!r} is neither id, hash, code nor whole number. Record an id or a hash of it.")


def _is_id(value: object) -> bool:
    return isinstance(value, str) and _FACT_TEXT.fullmatch(value) is not None
