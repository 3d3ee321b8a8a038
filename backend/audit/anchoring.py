"""Signs heads and has them anchored on the chain, at least every ten minutes while anything is recorded.

The chain is what counts: a head is anchored when the contract says so, whatever became of our transaction.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Protocol
from uuid import UUID

import structlog
from sqlalchemy.orm import Session

from backend.audit import repository, service
from backend.audit.checkpoints import CheckpointInvalid, Head, HeadSigner, log_id, read_note
from backend.audit.repository import KeptHead
from backend.audit.sequencer import LogBroken, Sequencer
from backend.audit.verify import TrustedHead
from backend.chain.intents.service import next_key, submit
from backend.chain.simulation import simulate
from backend.database import Database
from ledger.bindings import TransparencyAnchor
from ledger.rpc import Rpc

log = structlog.get_logger()

LONGEST_SECONDS: Final = 600
"""Longest time between two heads of a log that grows."""

ANCHOR_GAS: Final = 150_000
_PAGE: Final = 500
_WAITING_ALARM_SECONDS: Final = 60


class AnchorRefused(Exception):
    """The contract would not take the head. The text says why and what to do."""


NOT_GROWN: Final = "tree_size_not_grown"
"""What the contract says to a head that stands there already."""


class AnchorPort(Protocol):
    """The way to the chain."""

    def submit(self, key: str, to: str, calldata: bytes) -> None:
        """Have a call sent once for each key; asking again with a key that is on its way does nothing.

        Raises:
            AnchorRefused: It would revert.
        """


@dataclass(frozen=True, slots=True)
class OutboxAnchors:
    """Implements `AnchorPort` with intents. `sender` is its account, which needs the role LOG_WRITER."""

    database: Database
    rpc: Rpc
    sender: str

    def submit(self, key: str, to: str, calldata: bytes) -> None:
        """See `AnchorPort`. An intent that failed is followed by another under the next key."""
        refusal = simulate(self.rpc, self.sender, to, calldata)
        if refusal is not None and refusal.code == NOT_GROWN:
            return  # it was mined since somebody looked
        if refusal is not None:
            raise AnchorRefused(f"{refusal.detail} Grant LOG_WRITER (12) on the platform's manager to {self.sender}.")
        with self.database.every_tenant() as session:
            submit(
                session, key=next_key(session, key), tenant_id=None, kind="audit-head", to=to, calldata=calldata,
                gas=ANCHOR_GAS, simulated=True,
            )  # fmt: skip


class Anchorer:
    """One step: give entries their places, sign heads that are due, see to it that they are anchored.

    Args:
        anchor: Address of TransparencyAnchor.
        clock: Wall clock, unix seconds.
        interval_seconds: Time between two heads of a log that grows; at most `LONGEST_SECONDS` less what a
            transaction takes.
    """

    def __init__(
        self, database: Database, rpc: Rpc, port: AnchorPort | None, signer: HeadSigner, *,
        chain_id: int, anchor: str, clock: Callable[[], int], interval_seconds: int = 300,
    ) -> None:  # fmt: skip
        if not 0 < interval_seconds < LONGEST_SECONDS:
            raise ValueError(f"interval_seconds is {interval_seconds}: choose 1 to {LONGEST_SECONDS - 1}.")
        self._database = database
        self._rpc = rpc
        self._port = port
        self._signer = signer
        self._chain_id = chain_id
        self._anchor = anchor
        self._clock = clock
        self._interval = interval_seconds
        self._sequencer = Sequencer(database)
        self._settled: dict[UUID, int] = {}

    def step(self) -> bool:
        """Do what is due. Returns whether anything was. A log that cannot be gone on with keeps none of the others.

        Raises:
            LogBroken, AnchorRefused: Of the first log that cannot; the others were seen to.
            RpcError, RpcUnavailable: The chain does not answer; nothing is lost, call again.
        """
        placed = self._sequencer.step()
        self._alarm()
        with self._database.every_tenant() as session:
            tenants = repository.logs(session)
        sent, failed = False, None
        for tenant_id in tenants:
            try:
                head = self._head(tenant_id)
                sent = (head is not None and self._anchored(head)) or sent
            except (LogBroken, AnchorRefused) as error:
                failed = failed or error
        if failed is not None:
            raise failed
        return bool(placed) or sent

    def sign_now(self, tenant_id: UUID) -> Head | None:
        """Sign a head of all there is, whenever the last one was; None for an empty log."""
        return self._head(tenant_id, at_once=True)

    def _head(self, tenant_id: UUID, *, at_once: bool = False) -> Head | None:
        now = self._clock()
        with self._database.every_tenant() as session:
            repository.lock_log(session, tenant_id)
            last = repository.newest_head(session, tenant_id)
            size = repository.size(session, tenant_id)
            due = last is None or at_once or now - last.made_at >= self._interval
            if size and due and (last is None or size > last.size):
                return self._sign(session, tenant_id, size, now)
            return self._known(session, tenant_id, last) if last else None

    def _known(self, session: Session, tenant_id: UUID, last: KeptHead) -> Head:
        """A head as it was signed; as it must have been, where the key has been changed since."""
        try:
            return read_note(last.note, self._signer.public_key)
        except CheckpointInvalid:
            root = service.root_at(session, tenant_id, last.size)
            return Head(tenant_id, last.size, root, last.made_at, self._chain_id, self._anchor)

    def _sign(self, session: Session, tenant_id: UUID, size: int, now: int) -> Head:
        head = Head(tenant_id, size, service.root_at(session, tenant_id, size), now, self._chain_id, self._anchor)
        repository.add_head(session, tenant_id, KeptHead(size, now, self._signer.sign(head)))
        log.info("audit_head.signed", tenant_id=str(tenant_id), size=size)
        return head

    def _anchored(self, head: Head) -> bool:
        """See that a head is on the chain. Returns whether something was sent."""
        if self._port is None or self._settled.get(head.tenant_id, 0) >= head.size:
            return False
        if anchored_size(self._rpc, self._anchor, head.log_id) >= head.size:
            self._settled[head.tenant_id] = head.size
            return False
        call = TransparencyAnchor.anchor(head.log_id, head.size, head.root)
        self._port.submit(f"audit-head:{head.tenant_id}:{head.size}", self._anchor, call.data)
        return True

    def _alarm(self) -> None:
        with self._database.every_tenant() as session:
            oldest = repository.oldest_waiting(session)
        if oldest is not None and self._clock() - oldest // 1_000_000 > _WAITING_ALARM_SECONDS:
            log.error("audit_inbox.behind", oldest_at=oldest // 1_000_000)


def anchored_size(rpc: Rpc, anchor: str, name: bytes) -> int:
    """Entries under the newest head on the chain, 0 without one."""
    count = rpc.eth_call(anchor, TransparencyAnchor.log_head_count(name))
    return rpc.eth_call(anchor, TransparencyAnchor.log_head(name, count - 1)).tree_size if count else 0


def anchored_heads(rpc: Rpc, anchor: str, tenant_id: UUID) -> list[TrustedHead]:
    """Every head of a log on the chain, oldest first: nobody can take one of them back."""
    found: list[TrustedHead] = []
    while True:
        page = rpc.eth_call(anchor, TransparencyAnchor.log_heads(log_id(tenant_id), len(found), _PAGE))
        found += [TrustedHead(head.tree_size, head.root_hash) for head in page]
        if len(page) < _PAGE:
            return found
