"""A log as one file: what an auditor takes away. It needs neither database nor backend to be verified.

One line each, canonical JSON: a header, the signed heads by size, the leaves in their order. What is newer than the
newest head stays behind: every exported entry is covered by a signature.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from sqlalchemy.orm import Session

from backend.audit import repository
from backend.audit.checkpoints import ORIGIN_STEM
from backend.audit.verify import FORMAT
from domain.hashing import canonical_json

_PAGE: Final = 1000


class NothingToExport(Exception):
    """The log has no signed head yet. The text says what to do."""


@dataclass(frozen=True, slots=True)
class Extent:
    """What an export covers: entries below `size`; `newer` are left out because no head covers them yet."""

    size: int
    newer: int


def extent(session: Session, tenant_id: UUID) -> Extent:
    """What an export would cover now.

    Raises:
        NothingToExport
    """
    head = repository.newest_head(session, tenant_id)
    if head is None:
        raise NothingToExport(f"The log of {tenant_id} has no signed head. Run: quittance audit head --tenant ID")
    return Extent(head.size, repository.size(session, tenant_id) - head.size)


def lines(session: Session, tenant_id: UUID, public_key: bytes, size: int) -> Iterator[bytes]:
    """The lines of an export up to the head of `size` entries, each with its line break."""
    header = {"format": FORMAT, "origin": f"{ORIGIN_STEM}{tenant_id}", "public_key": public_key.hex()}
    yield canonical_json(header) + b"\n"
    after = 0
    while page := repository.heads(session, tenant_id, after=after, limit=_PAGE):
        for head in page:
            if head.size <= size:
                yield canonical_json({"head": head.note}) + b"\n"
        after = page[-1].size
    last = -1
    while entries := repository.entries(session, tenant_id, after=last, limit=_PAGE, below=size):
        for entry in entries:
            yield entry.leaf.encode() + b"\n"
        last = entries[-1].sequence
