"""Follows the chain: headers with parent hashes, logs into rows, and back by block hash when the chain reorganises.

Nothing is taken in that does not join the last block we have; what was taken in and is no longer on the chain is
deleted block by block. Each step is one transaction, so a crash leaves the database at a block's edge.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import structlog
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from backend.chain import metrics
from backend.chain.contracts import contract_kinds
from backend.chain.endpoints import EndpointsDisagree, Witness, digest_of
from backend.chain.intents import delivery
from backend.chain.journal import reopen_after
from backend.chain.kinds import KINDS
from backend.chain.models import BlockRow, RollbackRow
from backend.chain.projector import project
from backend.database import Database
from backend.tables import copy_rows
from backend.workflows.boundaries import boundary
from ledger.bindings import TreasuryAdded
from ledger.codec import ChainEvent
from ledger.deployment import Deployment
from ledger.events import LogDecoder, fetch_logs
from ledger.rpc import Rpc, RpcError, from_hex

log = structlog.get_logger()

MAX_BLOCKS_PER_STEP = 500
HEADERS_PER_LOOK_BACK = 64


class ChainMoved(Exception):
    """The chain changed while it was read: nothing was written, the next step starts over."""


@dataclass(frozen=True, slots=True)
class Header:
    """What the indexer keeps of a block. `timestamp` in unix seconds."""

    number: int
    hash: bytes
    parent_hash: bytes
    timestamp: int


@dataclass(frozen=True, slots=True)
class IndexStep:
    """What one step did.

    Attributes:
        head: Chain's last block when the step began.
        indexed: Last block taken in.
        events: How many events were written.
        undone: How many blocks were rolled back.
    """

    head: int
    indexed: int
    events: int = 0
    undone: int = 0


class Indexer:
    """One deployment into one database. Only one may run at a time: the caller holds the lock."""

    def __init__(self, database: Database, rpc: Rpc, deployment: Deployment, witness: Witness | None = None) -> None:
        self._database = database
        self._rpc = rpc
        self._first = deployment.block_number
        self._witness = witness
        with database.transaction() as session:
            self._decoder = LogDecoder(contract_kinds(session, deployment))

    def step(self) -> IndexStep:
        """Take in what is new, up to 500 blocks, or roll back to where chain and database agree.

        Raises:
            ChainMoved: The chain reorganised during the step; call again.
            EndpointsDisagree: The witness says something else: nothing was written.
            RpcError, RpcUnavailable
        """
        head = self._head()
        tip = self._tip()
        undone = self._undo_orphans(tip) if tip else 0
        if undone:
            tip = self._tip()
        start = tip.number + 1 if tip else self._first
        end = min(head, start + MAX_BLOCKS_PER_STEP - 1)
        if start > end:
            return IndexStep(head, start - 1, undone=undone)
        headers = self._headers(range(start, end + 1))
        _check_joined(tip, headers)
        events = self._events(headers)
        with self._database.transaction() as session:
            _insert_blocks(session, headers)
            count = project(session, events)
        boundary("chain.indexed")
        if count:
            log.info("blocks.indexed", first=start, last=end, events=count)
        return IndexStep(head, end, count, undone)

    def _head(self) -> int:
        """As far as both endpoints are."""
        head = self._rpc.block_number()
        seen = self._witness.head() if self._witness is not None else None
        return head if seen is None else min(head, seen)

    def _tip(self) -> Header | None:
        with self._database.transaction() as session:
            row = session.scalars(select(BlockRow).order_by(BlockRow.number.desc()).limit(1)).first()
        return Header(row.number, row.hash, row.parent_hash, row.timestamp) if row else None

    def _undo_orphans(self, tip: Header) -> int:
        """Delete blocks the chain no longer has. Returns how many."""
        if self._hash_at(tip.number) == tip.hash:
            return 0
        if self._witness is not None and self._witness.still_has(tip.number, tip.hash):
            raise EndpointsDisagree(
                f"The first endpoint has another block {tip.number} than was taken in, the second still has that one. "
                "Nothing is rolled back until they agree. Find out which of them follows the chain."
            )
        ancestor = self._common_ancestor(tip.number)
        with self._database.every_tenant() as session:
            session.execute(delete(BlockRow).where(BlockRow.number > ancestor))
            reopen_after(session, ancestor)
            delivery.reopen(session, ancestor, KINDS)
            session.add(RollbackRow(ancestor=ancestor, tip=tip.number))
        metrics.ROLLBACKS.inc()
        log.warning("chain.rolled_back", ancestor=ancestor, tip=tip.number, depth=tip.number - ancestor)
        return tip.number - ancestor

    def _common_ancestor(self, tip: int) -> int:
        """Highest block that chain and database share; the block before the first when there is none.

        Raises:
            RpcError: The node did not say what it has at some height: nothing is rolled back on a guess.
        """
        for end in range(tip, self._first - 1, -HEADERS_PER_LOOK_BACK):
            numbers = range(max(self._first, end - HEADERS_PER_LOOK_BACK + 1), end + 1)
            with self._database.transaction() as session:
                query = select(BlockRow.number, BlockRow.hash).where(BlockRow.number.in_(numbers))
                ours = {number: block_hash for number, block_hash in session.execute(query)}
            answers = self._rpc.batch([("eth_getBlockByNumber", (hex(n), False)) for n in numbers])
            theirs: dict[int, bytes] = {}
            for number, answer in zip(numbers, answers, strict=True):
                if isinstance(answer, RpcError):  # no answer is no reason to give a block up
                    raise answer
                if answer is not None:
                    theirs[number] = from_hex(answer["hash"])
            shared = [n for n in numbers if n in theirs and theirs[n] == ours.get(n)]
            if shared:
                return shared[-1]
        return self._first - 1

    def _hash_at(self, number: int) -> bytes | None:
        found = self._rpc.call("eth_getBlockByNumber", hex(number), False)
        return from_hex(found["hash"]) if found else None

    def _headers(self, numbers: range) -> list[Header]:
        answers = self._rpc.batch([("eth_getBlockByNumber", (hex(n), False)) for n in numbers])
        headers = []
        for number, answer in zip(numbers, answers, strict=True):
            if isinstance(answer, RpcError):
                raise answer
            if answer is None:
                raise ChainMoved(f"block {number} is gone")
            headers.append(
                Header(number, from_hex(answer["hash"]), from_hex(answer["parentHash"]), int(answer["timestamp"], 16))
            )
        return headers

    def _events(self, headers: Sequence[Header]) -> list[ChainEvent]:
        """Events of these very blocks, in order.

        Raises:
            ChainMoved: A log is of another block, or the last block is another one once the logs are here.
        """
        by_number = {header.number: header for header in headers}
        known = len(self._decoder.addresses)
        events = self._decode(by_number)
        if len(self._decoder.addresses) > known:  # something was made in this range: its own logs are needed too
            events = self._decode(by_number)
        last = headers[-1]
        if self._hash_at(last.number) != last.hash:
            raise ChainMoved(f"block {last.number} was replaced while its logs were read")
        return events

    def _decode(self, by_number: dict[int, Header]) -> list[ChainEvent]:
        first, last = min(by_number), max(by_number)
        try:
            logs = list(fetch_logs(self._rpc, self._decoder.addresses, first, last))
        except RpcError as error:
            if self._hash_at(last) == by_number[last].hash:
                raise
            raise ChainMoved(f"block {last} was gone when its logs were asked for") from error
        if self._witness is not None:
            addresses = self._decoder.addresses
            self._witness.check(last, by_number[last].hash, first, addresses, digest_of(logs))
        events = []
        for raw in logs:
            header = by_number[int(raw["blockNumber"], 16)]
            if from_hex(raw["blockHash"]) != header.hash:
                raise ChainMoved(f"block {header.number} was replaced while its logs were read")
            event = self._decoder.decode(raw, header.timestamp)
            if isinstance(event, TreasuryAdded):
                self._decoder.learn(event.treasury, "Treasury")
            if event is not None:
                events.append(event)
        return events


def _check_joined(tip: Header | None, headers: Sequence[Header]) -> None:
    """Every block must name the one before as its parent."""
    previous = tip
    for header in headers:
        if previous is not None and header.parent_hash != previous.hash:
            raise ChainMoved(f"block {header.number} does not follow block {previous.number} we know")
        previous = header


def _insert_blocks(session: Session, headers: Sequence[Header]) -> None:
    columns = ("number", "hash", "parent_hash", "timestamp")
    rows: list[tuple[Any, ...]] = [(h.number, h.hash, h.parent_hash, h.timestamp) for h in headers]
    copy_rows(session, BlockRow.metadata.tables["blocks"], columns, rows)
