"""Use cases of health and status."""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence

from sqlalchemy.orm import Session

from backend.acceptances import service as acceptances
from backend.chain.alarms import alarms
from backend.chain.blocks import indexed_tip
from backend.chain.intents import service as chain_intents
from backend.chain.journal import pending_count
from backend.chain.nodes import NodeHealth, OracleNodes
from backend.chain.workers import Background
from backend.health import repository
from backend.health.schemas import AlarmView, BlockView, NodeView, StatusView
from backend.problems import Problem
from ledger.rpc import Rpc

NODE_HEALTH_SECONDS = 2.0
READY_LAG_BLOCKS = 50


class NodeWatch:
    """Health of the nodes, asked at most every two seconds whoever wants to know."""

    def __init__(self, nodes: OracleNodes) -> None:
        self._nodes = nodes
        self._lock = threading.Lock()
        self._until = 0.0
        self._known: list[NodeHealth] = []

    def now(self) -> list[NodeHealth]:
        """How each node is."""
        with self._lock:
            if time.monotonic() >= self._until:
                self._known = self._nodes.health()
                self._until = time.monotonic() + NODE_HEALTH_SECONDS
            return self._known


def indexed_block(session: Session) -> int:
    """Number of the last block taken in, -1 before the first."""
    tip = indexed_tip(session)
    return tip.number if tip else -1


def status(session: Session, rpc: Rpc, watch: NodeWatch, *, chain_id: int, confirmations: int) -> StatusView:
    """Where chain, database and transactions stand."""
    head = rpc.block("latest")
    number = int(head["number"], 16)
    tip = indexed_tip(session)
    return StatusView(
        chain_id=chain_id,
        head=BlockView(number=number, hash=head["hash"], timestamp=int(head["timestamp"], 16)),
        indexed=BlockView(number=tip.number, hash="0x" + tip.hash.hex(), timestamp=tip.timestamp) if tip else None,
        indexed_block=tip.number if tip else -1,
        lag_blocks=max(0, number - tip.number) if tip else number + 1,
        confirmed_block=max(0, number - confirmations),
        pending_transactions=pending_count(session), submissions=chain_intents.counts(session),
        intents=acceptances.counts(session), rollbacks=repository.rollback_count(session),
        alarms=[
            AlarmView(kind=a.kind, detail=a.detail, raised_at=int(a.raised_at.timestamp())) for a in alarms(session)
        ],
        nodes=[NodeView(url=n.url, reachable=n.reachable, signer=n.signer, detail=n.detail) for n in watch.now()],
    )  # fmt: skip


def require_ready(session: Session, rpc: Rpc, workers: Sequence[Background]) -> None:
    """Pass when chain and database answer, the indexer keeps up and no worker is stuck.

    Raises:
        Problem: `not_ready`, with what is missing.
    """
    lag = rpc.block_number() - indexed_block(session)
    if lag > READY_LAG_BLOCKS:
        raise Problem("not_ready", f"The database is {lag} blocks behind the chain. Wait until it has caught up.")
    stuck = [worker.failure for worker in workers if worker.failure]
    if stuck:
        raise Problem("not_ready", f"A worker does not get on ({stuck[0]}). See the log.")
