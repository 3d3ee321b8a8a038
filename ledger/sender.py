"""Sending transactions so that none is lost and none is sent twice.

Nonce and signed bytes are kept before anything is broadcast; after a crash the same bytes go out again. A
transaction that does not get mined is replaced at the same nonce with a higher, bounded fee, so at most one of its
attempts can ever be mined. Reorganised transactions are broadcast again until they are deep enough. A nonce that
somebody else used with the same key is noticed and reported: its intent can never be mined.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterable, Sequence

from eth_account.signers.local import LocalAccount

from ledger.journal import Receipt, SenderJournal, SignedTransaction, receipt_of
from ledger.rpc import Rpc, RpcError
from ledger.send_errors import BroadcastRefused, FeeTooHigh, GasTooHigh, NonceDisplaced, NotMined
from ledger.signing import GWEI, FeePolicy, TransactionSigner, is_empty, load_account

__all__ = [
    "GWEI", "BroadcastRefused", "FeePolicy", "FeeTooHigh", "GasTooHigh", "NonceDisplaced", "NotMined", "Sender",
    "load_account",
]  # fmt: skip

MAX_TRANSACTION_GAS = 1 << 24  # EIP-7825
RECEIPT_PAUSES = (0.02, 0.05, 0.1, 0.3, 0.5)  # seconds to wait for a receipt before a nonce counts as displaced
# Refusals that say the node has these bytes, an attempt at the same nonce, or the nonce in a block already.
_KNOWN = ("already known", "already imported", "known transaction", "nonce too low", "replacement transaction")


class Sender:
    """Sends for one account on one chain. Several senders may share one journal: lanes keep them apart.

    Args:
        account: The key that signs.
        journal: Where nonces and bytes are kept.
        clock: Wall clock, unix seconds.
    """

    def __init__(
        self, rpc: Rpc, account: LocalAccount, journal: SenderJournal, *,
        chain_id: int, fees: FeePolicy | None = None, clock: Callable[[], float] = time.time,
    ) -> None:  # fmt: skip
        self._rpc = rpc
        self._signer = TransactionSigner(account, chain_id, clock)
        self._journal = journal
        self._chain_id = chain_id
        self._fees = fees or FeePolicy()
        self._clock = clock
        self._sent_at: dict[bytes, float] = {}
        self._refusals: dict[str, BroadcastRefused] = {}
        self._displaced: tuple[SignedTransaction, ...] = ()

    @property
    def address(self) -> str:
        """Who sends."""
        return self._signer.address

    @property
    def refusals(self) -> tuple[BroadcastRefused, ...]:
        """What the node would not take at the last try, by nonce."""
        return tuple(sorted(list(self._refusals.values()), key=lambda refusal: refusal.nonce))

    @property
    def displaced(self) -> tuple[SignedTransaction, ...]:
        """Intents whose nonce another transaction used, as of the last `poll`; see `NonceDisplaced`."""
        return self._displaced

    def submit(self, key: str, to: str | None, data: bytes, *, gas: int | None = None) -> SignedTransaction:
        """Sign, keep and broadcast a transaction once. The same key again gives the same transaction.

        Args:
            key: Idempotency key of the intent.
            to: Contract to call; None creates one with `data` as its code.
            gas: Gas limit; estimated when left out, which also simulates it.
        Raises:
            RpcError: The simulation reverted; nothing was kept.
            BroadcastRefused: The node does not take it; it is kept, and the same key tries again.
            GasTooHigh: It needs more than 2^24 gas.
            FeeTooHigh: The chain's fee is above the policy's cap.
        """
        found = self._journal.find(self._chain_id, key)
        if found is None:
            limit = gas if gas is not None else self._estimate(to, data)
            if limit > MAX_TRANSACTION_GAS:
                raise GasTooHigh(f"{key} needs {limit:,} gas; one transaction has at most {MAX_TRANSACTION_GAS:,}")
            found = self._reserve(key, to, data, limit)
        if self._journal.receipt(self._chain_id, key) is None:
            self._broadcast([found])
            refusal = self._refusals.get(key)
            if refusal is not None:
                raise refusal
        return found

    def cancel(self, key: str) -> SignedTransaction | None:
        """Use up an intent's nonce with nothing, so that its own bytes can no longer be mined. None: never signed.

        The bytes may win the race all the same: `poll` tells which attempt was mined. Where the fee policy leaves no
        room for a dearer attempt, the old one stays.
        """
        found = self._journal.find(self._chain_id, key)
        if found is None or found.sender != self.address or is_empty(found):
            return found
        fees = self._fees.bumped(found, self._base_fee())
        signed = found if fees is None else self._next(found, lambda latest: self._signer.empty(latest, fees))
        self._broadcast([signed])
        return signed

    def receipt(self, key: str) -> Receipt | None:
        """Where an intent was mined, as of the last `poll`; None: it is not, or a reorganisation took it out."""
        return self._journal.receipt(self._chain_id, key)

    def poll(self) -> list[Receipt]:
        """Look after everything not final: note what was mined, rebroadcast or replace what was not.

        What the node refuses is in `refusals`, what can never be mined in `displaced`; neither stops the others.

        Returns:
            Receipts that are new, or new again after a reorganisation.
        Raises:
            RpcError, RpcUnavailable: The node did not say what is mined; nothing was noted.
        """
        attempts = self._journal.unfinal(self._chain_id, self.address)
        head = self._rpc.block_number() if attempts else 0
        mined = self._receipts(attempts)
        latest = {t.key: t for t in attempts if t.key not in mined}
        used = self._used_nonces(head) if latest else 0
        passed = [t for t in attempts if t.key in latest and t.nonce < used]
        mined |= self._late_receipts(passed)  # mined since the first look
        waiting = [t for t in latest.values() if t.key not in mined]
        fresh = [receipt for receipt in mined.values() if self._note(receipt, head)]
        lost = {t.key for t in waiting if self._journal.receipt(self._chain_id, t.key) is not None}
        for t in waiting:
            self._journal.mark_unmined(self._chain_id, t.key)
        self._displaced = tuple(t for t in waiting if t.nonce < used)
        self._look_after([t for t in waiting if t.nonce >= used], lost)
        return fresh

    def wait(
        self, keys: Iterable[str], *, timeout_seconds: float = 120.0, every_seconds: float = 0.05
    ) -> list[Receipt]:
        """Poll until all these intents are mined.

        Raises:
            NonceDisplaced: One of them can never be mined.
            NotMined: Time is up. The journal keeps them; a later `poll` goes on.
        """
        wanted = list(keys)
        deadline = time.monotonic() + timeout_seconds
        while True:
            self.poll()
            receipts = [self._journal.receipt(self._chain_id, key) for key in wanted]
            missing = [key for key, receipt in zip(wanted, receipts, strict=True) if receipt is None]
            if not missing:
                return [receipt for receipt in receipts if receipt is not None]
            displaced = [t for t in self._displaced if t.key in missing]
            if displaced:
                raise NonceDisplaced(displaced)
            if time.monotonic() > deadline:
                raise NotMined(missing, timeout_seconds, self.refusals)
            time.sleep(every_seconds)

    def send(self, key: str, to: str | None, data: bytes, *, gas: int | None = None) -> Receipt:
        """`submit` and `wait` for one transaction."""
        self.submit(key, to, data, gas=gas)
        return self.wait([key])[0]

    def _reserve(self, key: str, to: str | None, data: bytes, gas: int) -> SignedTransaction:
        max_fee, priority_fee = self._current_fees()
        with self._journal.lane(self._chain_id, self.address):
            found = self._journal.find(self._chain_id, key)
            if found is not None:
                return found
            on_chain = int(self._rpc.call("eth_getTransactionCount", self.address, "latest"), 16)
            nonce = self._journal.next_nonce(self._chain_id, self.address, on_chain)
            body = {"to": to, "data": data, "gas": gas, "nonce": nonce}
            signed = self._signer.sign(key, body, attempt=0, max_fee=max_fee, priority_fee=priority_fee)
            self._journal.add(signed)
        return signed

    def _current_fees(self) -> tuple[int, int]:
        base = self._base_fee()
        if base + self._fees.priority_fee > self._fees.cap:
            raise FeeTooHigh(f"base fee {base} wei and tip exceed the cap of {self._fees.cap} wei a gas")
        return min(2 * base + self._fees.priority_fee, self._fees.cap), self._fees.priority_fee

    def _base_fee(self) -> int:
        return int(self._rpc.block("latest").get("baseFeePerGas", "0x0"), 16)

    def _estimate(self, to: str | None, data: bytes) -> int:
        request = {"from": self.address, "data": "0x" + data.hex()} | ({} if to is None else {"to": to})
        estimate = int(self._rpc.call("eth_estimateGas", request), 16)
        return estimate if estimate > MAX_TRANSACTION_GAS else min(estimate * 5 // 4, MAX_TRANSACTION_GAS)

    def _receipts(self, attempts: Sequence[SignedTransaction]) -> dict[str, Receipt]:
        """Receipts by key, of whichever attempt is mined."""
        requests = [("eth_getTransactionReceipt", ("0x" + t.hash.hex(),)) for t in attempts]
        found = {}
        for attempt, raw in zip(attempts, self._rpc.batch(requests), strict=True):
            if isinstance(raw, RpcError):
                raise raw
            if raw is not None and raw.get("blockHash"):
                found[attempt.key] = receipt_of(attempt.key, raw)
        return found

    def _late_receipts(self, passed: Sequence[SignedTransaction]) -> dict[str, Receipt]:
        """Receipts of attempts whose nonce is used. A node may count a nonce a moment before it has the receipt."""
        found = self._receipts(passed)
        known = {t.key for t in self._displaced}
        for pause in RECEIPT_PAUSES:
            if all(t.key in found or t.key in known for t in passed):
                break
            time.sleep(pause)
            found |= self._receipts(passed)
        return found

    def _used_nonces(self, head: int) -> int:
        """Nonces used in blocks that are deep enough to stay."""
        block = hex(max(0, head - self._fees.confirmations + 1))
        return int(self._rpc.call("eth_getTransactionCount", self.address, block), 16)

    def _broadcast(self, transactions: Sequence[SignedTransaction]) -> None:
        """Send raw bytes. That the node knows them already is fine; other refusals are kept in `_refusals`."""
        results = self._rpc.batch([("eth_sendRawTransaction", ("0x" + t.raw.hex(),)) for t in transactions])
        for transaction, result in zip(transactions, results, strict=True):
            self._sent_at[transaction.hash] = self._clock()
            self._refusals.pop(transaction.key, None)
            if isinstance(result, RpcError) and not any(known in result.message.lower() for known in _KNOWN):
                self._refusals[transaction.key] = BroadcastRefused(transaction, result)

    def _note(self, receipt: Receipt, head: int) -> bool:
        before = self._journal.receipt(self._chain_id, receipt.key)
        fresh = before is None or before.block_hash != receipt.block_hash
        if fresh:
            self._journal.mark_mined(receipt)
        self._refusals.pop(receipt.key, None)
        if head - receipt.block_number + 1 >= self._fees.confirmations:
            self._journal.mark_final(self._chain_id, receipt.key)
            self._sent_at.pop(receipt.hash, None)
        return fresh

    def _look_after(self, waiting: Sequence[SignedTransaction], lost: set[str]) -> None:
        """Replace what is stuck; send again what this sender never sent, what was reorganised, and what is late."""
        now = self._clock()
        waiting = [t for t in waiting if not t.held]
        fees = self._fees
        stuck = [t for t in waiting if now - t.created_at > fees.replace_after_seconds]
        base = self._base_fee() if stuck else 0
        current = [self._replace(t, base) if t in stuck else t for t in waiting]
        due = now - fees.rebroadcast_after_seconds
        self._broadcast([t for t in current if t.key in lost or self._sent_at.get(t.hash, -math.inf) <= due])

    def _replace(self, old: SignedTransaction, base_fee: int) -> SignedTransaction:
        """Sign the same intent again at the same nonce with a fee higher by the bump or as the chain now asks.

        Returns the old one where the cap or the number of attempts leaves no room.
        """
        fees = self._fees.bumped(old, base_fee)
        return old if fees is None else self._next(old, lambda latest: self._signer.dearer(latest, fees))

    def _next(
        self, old: SignedTransaction, sign: Callable[[SignedTransaction], SignedTransaction]
    ) -> SignedTransaction:
        """Keep the next attempt, or return the one somebody else has made since."""
        with self._journal.lane(self._chain_id, self.address):
            latest = self._journal.find(self._chain_id, old.key)
            if latest is None or latest.attempt != old.attempt:
                return old if latest is None else latest
            signed = sign(latest)
            self._journal.add(signed)
        return signed
