"""Use cases of health and status."""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from backend.acceptances import service as acceptances
from backend.access.principal import Principal
from backend.chain.alarms import alarms
from backend.chain.blocks import indexed_tip
from backend.chain.intents import service as chain_intents
from backend.chain.journal import pending_count
from backend.chain.nodes import NodeHealth, OracleNodes
from backend.chain.workers import Background
from backend.database import Database
from backend.health import repository
from backend.health.schemas import AlarmView, BlockView, NodeView, StatusView
from backend.observability.redaction import safe_text
from backend.problems import Problem
from ledger.rpc import Rpc, RpcError, RpcUnavailable

NODE_HEALTH_SECONDS = 2.0
READY_LAG_BLOCKS = 50


@dataclass(frozen=True, slots=True)
class Reason:
    """Why this process is not ready: a stable code, which part, a sentence. Fit to be read by anybody."""

    code: str
    part: str
    detail: str


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


def require_ready(database: Database, rpc: Rpc, workers: Sequence[Background]) -> None:
    """Pass when chain and database answer, the indexer keeps up and no worker is stuck.

    Raises:
        Problem: `not_ready`, with every reason: `database_away`, `chain_away`, `behind_chain`, `worker_stuck`.
    """
    found = [*_of_the_ways(database, rpc), *_of_workers(workers)]
    if found:
        told = [{"code": each.code, "part": each.part, "detail": each.detail} for each in found]
        raise Problem("not_ready", " ".join(each.detail for each in found), reasons=told)


def _of_the_ways(database: Database, rpc: Rpc) -> list[Reason]:
    indexed: int | None = None
    found = []
    try:
        with database.scoped(Principal.anonymous()) as session:
            indexed = indexed_block(session)
    except SQLAlchemyError:
        found.append(Reason("database_away", "database", "The database does not answer."))
    try:
        head = rpc.block_number()
    except (RpcError, RpcUnavailable):
        return [*found, Reason("chain_away", "chain", "The chain does not answer.")]
    if indexed is not None and head - indexed > READY_LAG_BLOCKS:
        detail = f"The database is {head - indexed} blocks behind the chain. Wait until it has caught up."
        found.append(Reason("behind_chain", "indexer", detail))
    return found


def _of_workers(workers: Sequence[Background]) -> list[Reason]:
    return [
        Reason(
            "worker_stuck", worker.name, f"{worker.name} does not get on ({safe_text(worker.failure)}). See the log."
        )
        for worker in workers
        if worker.failure
    ]
