"""Carries intents to the chain: looked at before they are sent, sent in the nonce lane, followed until they are final.

Each of the three steps may run again at any time and by several workers at once: what it changes is guarded by where
the intent stands, and what it sends by the sender's key.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import structlog
from opentelemetry.trace import SpanKind
from sqlalchemy.orm import Session

from backend.chain.blocks import indexed_tip
from backend.chain.intents import repository
from backend.chain.intents.examination import Examiner
from backend.chain.intents.kinds import IntentKind
from backend.chain.intents.models import WAITING, IntentStatus
from backend.chain.intents.repository import Intent
from backend.chain.journal import PostgresJournal
from backend.chain.simulation import Refusal, refusal_of, simulate
from backend.database import Database
from backend.locks import Lock
from backend.observability.carried import resumed
from backend.observability.tracing import span
from backend.workflows.boundaries import boundary
from ledger.journal import Receipt, SignedTransaction
from ledger.rpc import Rpc, RpcError
from ledger.sender import MAX_TRANSACTION_GAS, BroadcastRefused, GasTooHigh, Sender
from ledger.signing import is_empty

log = structlog.get_logger()

MAX_PER_STEP = 256
LEAST_POLL_SECONDS = 0.05
S = IntentStatus


@dataclass(frozen=True, slots=True)
class Progress:
    """How many intents of a workflow stand where; `open` are not at their end, `unsent` of them not with the sender."""

    open: int
    unsent: int


class Delivery:
    """One account's way out for intents.

    Args:
        journal: The sender's.
        confirmations: Blocks, its own included, after which a transaction counts as final.
        kinds: By name; a kind that is not among them is a plain one.
    """

    def __init__(
        self, database: Database, rpc: Rpc, sender: Sender, journal: PostgresJournal, *, chain_id: int,
        confirmations: int, kinds: Mapping[str, IntentKind],
    ) -> None:  # fmt: skip
        self._database = database
        self._rpc = rpc
        self._sender = sender
        self._journal = journal
        self._chain_id = chain_id
        self._confirmations = max(1, confirmations)
        self._kinds = kinds
        self._examiner = Examiner(database, rpc, sender, journal, chain_id=chain_id, kinds=kinds)
        self._lock = threading.RLock()
        self._polled_at = 0.0

    def turn(self) -> int:
        """All three steps for everything that is open, in this thread. Returns how many intents moved on."""
        return self.send() + self.look()

    def send(self, convoy: str | None = None) -> int:
        """Look at what is not sent, and send what is fit. Returns how many went out."""
        self.examine(convoy)
        return self.send_ready(convoy)

    def examine(self, convoy: str | None = None) -> int:
        """See `Examiner`. Returns how many are ready."""
        with self._lock:
            self._poll(often=convoy is None)
            return self._examiner.examine(convoy)

    def send_ready(self, convoy: str | None = None) -> int:
        """Give nonces to what is ready, and broadcast it. Returns how many went out.

        Raises:
            FeeTooHigh, RpcError, RpcUnavailable: Nothing is lost; call again.
        """
        with self._lock, self._database.try_lock(Lock.SENDING) as held:
            if not held:  # another worker gives out nonces: what is ready waits for the next look
                return 0
            with self._database.every_tenant() as session:
                ready = repository.of(session, [S.READY], convoy, MAX_PER_STEP)
            for intent in ready:
                came = intent.carried
                with resumed(came), span("chain.send", kind=SpanKind.PRODUCER, links=came.links, key=intent.key):
                    self._send(intent)
        return len(ready)

    def look(self, convoy: str | None = None) -> int:
        """Note what was mined, and what is deep enough to stay. Returns how many moved on.

        Raises:
            RpcError, RpcUnavailable
        """
        with self._lock:
            moved = self._poll(often=convoy is None)
        with self._database.every_tenant() as session:
            sent = repository.of(session, [S.SUBMITTED], convoy, MAX_PER_STEP)
            receipts = [self._journal.receipt(self._chain_id, intent.sender_key) for intent in sent]
        moved += sum(self._note(receipt) for receipt in receipts if receipt is not None)
        return moved + self._note_final(convoy)

    def progress(self, convoy: str) -> Progress:
        """How far a workflow's intents are."""
        with self._database.every_tenant() as session:
            unsent = len(repository.of(session, [S.PREPARED, S.READY, S.REOPENED], convoy, MAX_PER_STEP))
            sent = len(repository.of(session, [S.SUBMITTED, S.MINED], convoy, MAX_PER_STEP))
        return Progress(unsent + sent, unsent)

    def _send(self, intent: Intent) -> None:
        try:
            sent = self._sender.submit(intent.sender_key, intent.contract, intent.calldata, gas=intent.gas)
        except BroadcastRefused as refusal:
            # Signed and kept: the sender broadcasts it again with every look.
            log.warning("transaction.refused", key=intent.key, code=refusal.code, reason=refusal.message)
            self._move(intent, S.SUBMITTED, (S.READY,), failure_code="broadcast_refused", failure_detail=str(refusal))
            return
        except GasTooHigh as error:
            self._fail(intent, Refusal("gas_too_high", str(error)), None, (S.READY,))
            return
        except RpcError as error:
            if error.contract_error is None:
                raise
            self._fail(intent, refusal_of(error), None, (S.READY,))
            return
        boundary("chain.broadcast")
        self._move(intent, S.SUBMITTED, (S.READY,), transaction_hash=sent.hash, failure_code=None, failure_detail=None)
        boundary("chain.sent")
        log.info("transaction.sent", key=intent.key, kind=intent.kind, transaction_hash="0x" + sent.hash.hex())

    def _poll(self, *, often: bool) -> int:
        """Have the sender look after all that is its own; workflows share a look. Returns how many intents moved."""
        if not often and time.monotonic() - self._polled_at < LEAST_POLL_SECONDS:
            return 0
        moved = sum(self._note(receipt) for receipt in self._sender.poll())
        for lost in self._sender.displaced:
            self._note_displaced(lost)
        self._polled_at = time.monotonic()
        return moved

    def _note(self, receipt: Receipt) -> bool:
        """What a receipt says of its intent. Returns whether that is new."""
        with self._database.every_tenant() as session:
            intent = repository.by_sender_key(session, [receipt.key]).get(receipt.key)
        if intent is None or self._is_empty(receipt):
            return False
        with resumed(intent.carried):
            return self._note_for(intent, receipt)

    def _note_for(self, intent: Intent, receipt: Receipt) -> bool:
        if receipt.succeeded:
            return self._note_mined(intent, receipt)
        if intent.status not in WAITING:
            return False
        refusal = self._why(intent, receipt)
        if refusal.code == "transaction_reverted" and intent.tries < self._kind(intent).retries:
            gas = None if intent.gas is None else min(MAX_TRANSACTION_GAS, intent.gas * 2)
            return self._try_again(intent, refusal, gas)
        return self._fail(intent, refusal, receipt.block_number, WAITING)

    def _note_mined(self, intent: Intent, receipt: Receipt) -> bool:
        place = {"transaction_hash": receipt.hash, "block_number": receipt.block_number}
        cleared = {"failure_code": None, "failure_detail": None}
        # Also what was given up: its bytes may be mined all the same, and then that is what happened.
        expected = (*WAITING, S.FAILED, S.SUPERSEDED)
        with self._database.every_tenant() as session:
            moved = repository.move(session, intent.key, S.MINED, expected=expected, **place, **cleared)
            if moved:
                self._kind(intent).note_mined(session, intent.key)
        if moved:
            with span("chain.mined", key=intent.key, block_number=receipt.block_number):
                pass
            boundary("chain.mined_noted")
            log.info("transaction.mined", key=intent.key, block_number=receipt.block_number, gas=receipt.gas_used)
        return moved

    def _note_final(self, convoy: str | None) -> int:
        with self._database.every_tenant() as session:
            tip = indexed_tip(session)
            mined = repository.of(session, [S.MINED], convoy, MAX_PER_STEP)
            deepest = tip.number - self._confirmations + 1 if tip else -1
            deep = [i for i in mined if i.block_number is not None and i.block_number <= deepest]
            moved = [i for i in deep if repository.move(session, i.key, S.FINAL, expected=(S.MINED,))]
        for intent in moved:
            with resumed(intent.carried), span("chain.final", key=intent.key, block_number=intent.block_number):
                log.info("transaction.final", key=intent.key, block_number=intent.block_number)
        if moved:
            boundary("chain.final_noted")
        return len(moved)

    def _note_displaced(self, lost: SignedTransaction) -> None:
        """Somebody else used the nonce with our key: these bytes can never be mined, so it is sent under another."""
        with self._database.every_tenant() as session:
            intent = repository.by_sender_key(session, [lost.key]).get(lost.key)
        if intent is not None and intent.status in WAITING:
            detail = (
                f"Nonce {lost.nonce} was used by another transaction of {lost.sender}. Keep the key to this server."
            )
            log.error("transaction.displaced", key=intent.key, nonce=lost.nonce, sender=lost.sender)
            self._try_again(intent, Refusal("nonce_displaced", detail), intent.gas)

    def _try_again(self, intent: Intent, refusal: Refusal, gas: int | None) -> bool:
        tries = intent.tries + 1
        log.warning("transaction.again", key=intent.key, tries=tries, code=refusal.code)
        return self._move(
            intent, S.REOPENED, WAITING, tries=tries, sender_key=f"{intent.key}#{tries}", gas=gas,
            failure_code=refusal.code, failure_detail=refusal.detail,
        )  # fmt: skip

    def _why(self, intent: Intent, receipt: Receipt) -> Refusal:
        """Run the call again on the block before: what it would have said there."""
        before = receipt.block_number - 1
        refusal = simulate(self._rpc, self._sender.address, intent.contract, intent.calldata, block=before)
        reverted = "The transaction reverted in its block; run it again to see why."
        return refusal or Refusal("transaction_reverted", reverted)

    def _is_empty(self, receipt: Receipt) -> bool:
        attempt = self._journal.attempt(receipt.hash)
        return attempt is not None and is_empty(attempt)

    def _fail(
        self, intent: Intent, refusal: Refusal, block_number: int | None, expected: Sequence[IntentStatus]
    ) -> bool:
        return self._examiner.fail(intent, refusal, block_number, expected)

    def _move(self, intent: Intent, to: IntentStatus, expected: Sequence[IntentStatus], **values: object) -> bool:
        with self._database.every_tenant() as session:
            return repository.move(session, intent.key, to, expected=expected, **values)

    def _kind(self, intent: Intent) -> IntentKind:
        return self._kinds.get(intent.kind) or IntentKind()


def reopen(session: Session, ancestor: int, kinds: Mapping[str, IntentKind]) -> int:
    """The blocks after `ancestor` are gone: what rested on them is looked at again. Returns how many intents."""
    found = repository.reopen(session, ancestor)
    for kind in {kind for kind, _ in found}:
        (kinds.get(kind) or IntentKind()).note_reopened(session, [key for name, key in found if name == kind])
    return len(found)
