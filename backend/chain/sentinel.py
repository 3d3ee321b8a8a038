"""Takes blocks at random and holds every row they made against the chain, for as long as the backend runs.

A row that was changed, added or removed by hand, or by a fault of ours, is found without waiting for the nightly
replay. The sentinel mends nothing: it raises an alarm that a person clears.
"""

from __future__ import annotations

import random
from collections.abc import Mapping
from typing import Any

from sqlalchemy import inspect, select
from sqlalchemy.orm import Session

from backend.chain import metrics
from backend.chain.alarms import AlarmKind, raise_alarm
from backend.chain.contracts import contract_kinds
from backend.chain.models import BlockRow, ChainEventRow
from backend.chain.projector import NOISE, rows_of
from backend.database import Database
from backend.tables import Base
from ledger.codec import ChainEvent
from ledger.deployment import Deployment
from ledger.events import LogDecoder
from ledger.rpc import Rpc, RpcError, from_hex

BLOCKS_PER_STEP = 4
PAUSE_SECONDS = 1.0
MOST_NAMED = 5


class Sentinel:
    """Looks at some blocks with each step.

    Args:
        chance: Picks blocks; `random.SystemRandom` where nobody should be able to tell which.
    """

    def __init__(self, database: Database, rpc: Rpc, deployment: Deployment, chance: random.Random) -> None:
        self._database = database
        self._rpc = rpc
        self._deployment = deployment
        self._chance = chance

    def step(self) -> list[str]:
        """Look at a few blocks. Returns what the chain contradicts, in sentences; each raises the alarm.

        Raises:
            RpcError, RpcUnavailable: The chain does not answer; call again.
        """
        found: list[str] = []
        for number in self._blocks():
            found += self.look_at(number)
        if found:
            metrics.SENTINEL_DIFFERENCES.inc(len(found))
            with self._database.transaction() as session:
                raise_alarm(session, AlarmKind.SENTINEL, "; ".join(found[:MOST_NAMED]))
        return found

    def look_at(self, number: int) -> list[str]:
        """Hold one block against the chain. Nothing, when the chain has another block there: the indexer's turn."""
        with self._database.transaction() as session:
            block = session.get(BlockRow, number)
            if block is None:
                return []
            decoder = LogDecoder(contract_kinds(session, self._deployment))
            events = self._events(decoder, block)
            if events is None:
                return []
            return _differences(session, number, events)

    def _blocks(self) -> set[int]:
        """Blocks at random: some among all, some among those that made rows."""
        with self._database.transaction() as session:
            first, last = (
                session.execute(select(BlockRow.number).order_by(BlockRow.number).limit(1)).scalar(),
                session.execute(select(BlockRow.number).order_by(BlockRow.number.desc()).limit(1)).scalar(),
            )
            if first is None or last is None:
                return set()
            anywhere = {self._chance.randint(first, last) for _ in range(BLOCKS_PER_STEP)}
            query = select(ChainEventRow.block_number).order_by(ChainEventRow.block_number).limit(1)
            eventful = {session.scalar(query.where(ChainEventRow.block_number >= n)) for n in anywhere}
        return anywhere | {n for n in eventful if n is not None}

    def _events(self, decoder: LogDecoder, block: BlockRow) -> list[ChainEvent] | None:
        """Events of this very block as the chain tells them; None when it is not on the chain any more."""
        wanted = {"blockHash": "0x" + block.hash.hex(), "address": decoder.addresses}
        try:
            logs = self._rpc.call("eth_getLogs", wanted)
        except RpcError:
            there = self._rpc.call("eth_getBlockByNumber", hex(block.number), False)
            if there is None or from_hex(there["hash"]) != block.hash:
                return None
            raise
        events = (decoder.decode(log, block.timestamp) for log in logs)
        return [event for event in events if event is not None and event.SPEC.name not in NOISE]


def _differences(session: Session, number: int, events: list[ChainEvent]) -> list[str]:
    found = []
    known = set(session.scalars(select(ChainEventRow.log_index).where(ChainEventRow.block_number == number)))
    told = {event.log.log_index for event in events}
    found += [f"block {number}, log {index}: in the database, not on the chain" for index in sorted(known - told)]
    for event in events:
        for model, values in rows_of(event):
            metrics.SENTINEL_ROWS.inc()
            row = session.get(model, (number, event.log.log_index))
            where = f"{model.__tablename__}, block {number}, log {event.log.log_index}"
            if row is None:
                found.append(f"{where}: on the chain, not in the database")
            else:
                found += [f"{where}: {what}" for what in _columns_that_differ(model, row, values)]
    return found


def _columns_that_differ(model: type[Base], row: Base, values: Mapping[str, Any]) -> list[str]:
    names = [column.key for column in inspect(model).column_attrs if column.key in values]
    return [f"{name} is not what the chain says" for name in names if getattr(row, name) != values[name]]
