"""Gives recorded entries their places: one log after the other, in batches, each batch one transaction."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from sqlalchemy.orm import Session

from backend.audit import merkle, repository
from backend.audit.entries import FIRST_PREVIOUS
from backend.audit.merkle import Frontier, Node
from backend.audit.repository import PlacedEntry
from backend.database import Database

BATCH = 500


class LogBroken(Exception):
    """The log in the database lacks what it is built on: rows were taken out. The text says where."""


class Sequencer:
    """Appends what waits. Several may run on one database: each log has one writer at a time."""

    def __init__(self, database: Database, *, batch: int = BATCH) -> None:
        self._database = database
        self._batch = batch

    def step(self) -> int:
        """Place what waits, at most a batch of each log. Returns how many entries got their place.

        Raises:
            LogBroken
        """
        with self._database.every_tenant() as session:
            tenants = repository.waiting_tenants(session)
        placed = 0
        for tenant_id in tenants:
            with self._database.every_tenant() as session:
                placed += place(session, tenant_id, self._batch)
        return placed


def place(session: Session, tenant_id: UUID, limit: int = BATCH) -> int:
    """Append what waits for one log, in the order of arrival. Returns how many entries that were.

    Raises:
        LogBroken
    """
    repository.lock_log(session, tenant_id)
    found = repository.waiting(session, tenant_id, limit)
    if not found:
        return 0
    size = repository.size(session, tenant_id)
    covering = merkle.covering(0, size)
    last: list[Node] = [(0, size - 1)] if size else []
    hashes = repository.hashes(session, tenant_id, covering + last)
    missing = [node for node in covering + last if node not in hashes]
    if missing:
        raise LogBroken(f"the log of {tenant_id} lacks subtree {missing[0]} of its {size} entries. Restore it.")
    nodes: dict[Node, bytes] = {}
    frontier = Frontier(size, [hashes[node] for node in covering], nodes.__setitem__)
    previous = hashes[last[0]] if last else FIRST_PREVIOUS
    entries = []
    for sequence, (_, entry) in enumerate(found, start=size):
        leaf = entry.leaf(sequence, previous)
        previous = merkle.leaf_hash(leaf)
        frontier.append(previous)
        entries.append(_placed(sequence, entry.content, leaf, entry.entry_id, entry.recorded_at))
    repository.append(session, tenant_id, entries, nodes)
    repository.leave_inbox(session, [arrival for arrival, _ in found])
    return len(entries)


def _placed(sequence: int, content: Mapping[str, object], leaf: bytes, entry_id: UUID, recorded_at: int) -> PlacedEntry:
    principal = content["principal"]
    known = principal.get("id") if isinstance(principal, Mapping) else None
    request_id = content.get("request_id")
    return PlacedEntry(
        sequence, entry_id, recorded_at, str(content["operation"]), str(content["outcome"]), str(content["subject"]),
        UUID(known) if known else None, leaf.decode(), str(request_id) if request_id else None,
    )  # fmt: skip
