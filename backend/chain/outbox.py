"""Hands prepared submissions to the sender and notes what became of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import structlog

from backend.acceptances import service as acceptances
from backend.chain import submissions
from backend.chain.simulation import Refusal, simulate
from backend.chain.submissions import Submission
from backend.database import Database
from ledger.journal import Receipt, SignedTransaction
from ledger.rpc import Rpc, RpcError
from ledger.sender import Sender

log = structlog.get_logger()

OUTBOX_LOCK = 0x5155_4954_0004
MAX_PER_STEP = 64
"""Nonces given out in one step: several transactions go out without waiting for one another."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a submission; `failure` is a code, None when it succeeded."""

    key: str
    failure: str | None


class Outbox:
    """One sender's way out. Crash anywhere: a prepared submission is sent by its key, which the sender knows."""

    def __init__(self, database: Database, rpc: Rpc, sender: Sender) -> None:
        self._database = database
        self._rpc = rpc
        self._sender = sender

    def deliver(self) -> int:
        """Send what is prepared, oldest first. Returns how many went out.

        One relayer at a time: another one that has the same work leaves it.
        """
        with self._database.every_tenant() as session:
            waiting = submissions.prepared(session, MAX_PER_STEP)
        if not waiting:
            return 0
        with self._database.try_lock(OUTBOX_LOCK) as held:
            return self._send(waiting) if held else 0

    def _send(self, waiting: Sequence[Submission]) -> int:
        for item in waiting:
            try:
                sent = self._sender.submit(item.key, item.product, item.calldata, gas=item.gas)
            except RpcError as error:
                # Signed bytes, if any, stay in the journal and go out again; what was never signed is tried again.
                log.warning("transaction.refused", key=item.key, code=error.code, reason=error.message)
                continue
            with self._database.every_tenant() as session:
                submissions.note_submitted(session, item.key, sent.hash)
            log.info("transaction.sent", key=item.key, kind=item.kind, transaction_hash="0x" + sent.hash.hex())
        return len(waiting)

    def collect(self) -> list[Outcome]:
        """Ask for receipts and note them. Returns those that are new."""
        outcomes = [self._note(receipt) for receipt in self._sender.poll()]
        for lost in self._sender.displaced:
            self._note_displaced(lost)
        return outcomes

    def _note_displaced(self, lost: SignedTransaction) -> None:
        """Somebody else used the nonce with our key: these bytes can never be mined, so the work starts over."""
        detail = f"Nonce {lost.nonce} was used by another transaction of {lost.sender}. Keep the key to this server."
        with self._database.every_tenant() as session:
            if submissions.is_waiting(session, lost.key):
                submissions.note_failed(session, lost.key, None, "nonce_displaced", detail)
                acceptances.note_failed(session, lost.key, "nonce_displaced", detail)
                log.error("transaction.displaced", key=lost.key, nonce=lost.nonce, sender=lost.sender)

    def _note(self, receipt: Receipt) -> Outcome:
        if receipt.succeeded:
            with self._database.every_tenant() as session:
                submissions.note_mined(session, receipt.key, receipt.hash, receipt.block_number)
                acceptances.note_bound(session, receipt.key)
            log.info("transaction.mined", key=receipt.key, block_number=receipt.block_number, gas=receipt.gas_used)
            return Outcome(receipt.key, None)
        refusal = self._why(receipt)
        with self._database.every_tenant() as session:
            submissions.note_failed(session, receipt.key, receipt.block_number, refusal.code, refusal.detail)
            acceptances.note_failed(session, receipt.key, refusal.code, refusal.detail)
        log.warning("transaction.reverted", key=receipt.key, block_number=receipt.block_number, code=refusal.code)
        return Outcome(receipt.key, refusal.code)

    def _why(self, receipt: Receipt) -> Refusal:
        """Run the call again on the block before: what it would have said there."""
        with self._database.every_tenant() as session:
            found = submissions.calldata_of(session, receipt.key)
        if found is not None:
            refusal = simulate(self._rpc, self._sender.address, *found, block=receipt.block_number - 1)
            if refusal is not None:
                return refusal
        return Refusal("transaction_reverted", "The transaction reverted in its block; run it again to see why.")
