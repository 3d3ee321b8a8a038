"""Use cases of the audit log: record what happened, read it, prove it.

Recording takes no lock: an entry goes into an inbox with the change it tells of, and `sequencer` gives it its place
soon after. Decision record 0044 says what that costs and what it does not.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.orm import Session

from backend.access.principal import Principal
from backend.audit import merkle, repository
from backend.audit.entries import HOUSE_TENANT, Facts, Outcome, content_of, told_request_id
from backend.audit.repository import KeptHead, PlacedEntry
from backend.database import Database
from backend.problems import Problem


@dataclass(frozen=True, slots=True)
class InclusionProof:
    """An entry, and the hashes that lead from it to the root of `size` entries."""

    entry: PlacedEntry
    size: int
    root: bytes
    path: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class ConsistencyProof:
    """The hashes that show a log of `size` entries to begin with the log of `first`."""

    first: int
    first_root: bytes
    size: int
    root: bytes
    path: tuple[bytes, ...]


def record(
    session: Session, principal: Principal, *, operation: str, subject: str, outcome: str = Outcome.DONE.value,
    facts: Facts | None = None, hurried: bool = False,
) -> None:  # fmt: skip
    """Tell the log, in the transaction of the change: both are kept or neither.

    Args:
        operation: The operation's id, `subject.verb`.
        subject: What it was done to, by id or hash, for example `quotes/0x12`.
        outcome: `done`, `refused` or `failed`.
        facts: Ids, hashes, codes and whole numbers; texts with a space, an @ or a letter beyond ASCII are refused.
        hurried: Let the transaction not wait for the disk: should PostgreSQL crash, its last second is lost.
    Raises:
        EntryInvalid: Something in it could be personal, or is not written as it should.
    """
    if hurried:
        repository.wait_for_no_disk(session)
    content = content_of(principal, operation=operation, subject=subject, outcome=outcome, facts=facts)
    repository.add(session, principal.tenant_id or HOUSE_TENANT, content)


def record_apart(
    database: Database, principal: Principal, *, operation: str, subject: str, outcome: str = Outcome.REFUSED.value,
    facts: Facts | None = None, hurried: bool = False,
) -> None:  # fmt: skip
    """Tell the log in a transaction of its own: for what has none, or whose own is rolled back. As `record`.

    Raises:
        EntryInvalid
    """
    with database.transaction() as session:
        record(session, principal, operation=operation, subject=subject, outcome=outcome, facts=facts, hurried=hurried)


def page(
    session: Session, tenant_id: UUID, *, after: int, limit: int, subject: str | None = None,
    principal_id: UUID | None = None, request_id: str | None = None,
) -> Sequence[PlacedEntry]:  # fmt: skip
    """A page of entries in their order; `after` is the keyset cursor, -1 from the beginning."""
    return repository.entries(
        session, tenant_id, after=after, limit=limit, subject=subject, principal_id=principal_id,
        request_id=None if request_id is None else told_request_id(request_id),
    )  # fmt: skip


def heads(session: Session, tenant_id: UUID, *, after: int, limit: int) -> Sequence[KeptHead]:
    """Signed heads by size; `after` is the keyset cursor."""
    return repository.heads(session, tenant_id, after=after, limit=limit)


def newest_head(session: Session, tenant_id: UUID) -> KeptHead:
    """The newest signed head.

    Raises:
        Problem: `audit_head_unknown`.
    """
    found = repository.newest_head(session, tenant_id)
    if found is None:
        raise Problem("audit_head_unknown", "This log has no signed head yet. Ask again in ten minutes.")
    return found


def prove_inclusion(session: Session, tenant_id: UUID, sequence: int, size: int | None = None) -> InclusionProof:
    """Proof that an entry stands in the log of `size` entries; as many as there are when not said.

    Raises:
        Problem: `audit_entry_unknown`, `audit_size_unknown`.
    """
    size = _size(session, tenant_id, size)
    entry = repository.entry(session, tenant_id, sequence)
    if entry is None or sequence >= size:
        raise Problem("audit_entry_unknown", f"Entry {sequence} is not among the {size} of this log. Name another.")
    ranges = merkle.inclusion_ranges(sequence, size)
    top, path = _root_and_path(session, tenant_id, size, ranges)
    return InclusionProof(entry, size, top, path)


def prove_consistency(session: Session, tenant_id: UUID, first: int, size: int | None = None) -> ConsistencyProof:
    """Proof that the log of `size` entries begins with the log of `first`.

    Raises:
        Problem: `audit_size_unknown`.
    """
    size = _size(session, tenant_id, size)
    if not 0 < first <= size:
        raise Problem("audit_size_unknown", f"A log of {first} entries is not the beginning of {size}. Name 1 to it.")
    top, path = _root_and_path(session, tenant_id, size, merkle.consistency_ranges(first, size))
    return ConsistencyProof(first, root_at(session, tenant_id, first), size, top, path)


def root_at(session: Session, tenant_id: UUID, size: int) -> bytes:
    """Root of the first `size` entries, which the log has."""
    return merkle.root(size, repository.hashes(session, tenant_id, merkle.covering(0, size)))


def _size(session: Session, tenant_id: UUID, wanted: int | None) -> int:
    size = repository.size(session, tenant_id)
    if wanted is None:
        return size
    if not 0 < wanted <= size:
        raise Problem("audit_size_unknown", f"This log has {size} entries, not {wanted}. Name a size up to it.")
    return wanted


def _root_and_path(
    session: Session, tenant_id: UUID, size: int, ranges: Sequence[merkle.Range]
) -> tuple[bytes, tuple[bytes, ...]]:
    wanted = {node for part in [(0, size), *ranges] for node in merkle.covering(*part)}
    hashes = repository.hashes(session, tenant_id, sorted(wanted))
    return merkle.root(size, hashes), tuple(merkle.range_hash(part, hashes) for part in ranges)
