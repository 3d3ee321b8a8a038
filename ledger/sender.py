"""Sending transactions so that none is lost and none is sent twice.

Nonce and signed bytes are kept before anything is broadcast; after a crash the same bytes go out again. A
transaction that does not get mined is replaced at the same nonce with a higher, bounded fee, so at most one of its
attempts can ever be mined. Reorganised transactions are broadcast again until they are deep enough.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from eth_account import Account
from eth_account.signers.local import LocalAccount
from eth_account.typed_transactions.typed_transaction import TypedTransaction
from hexbytes import HexBytes

from ledger.codec import checksum
from ledger.journal import Receipt, SenderJournal, SignedTransaction
from ledger.rpc import Rpc, RpcError, from_hex

MAX_TRANSACTION_GAS = 1 << 24  # EIP-7825
GWEI = 10**9
_KNOWN = ("already known", "already imported", "known transaction", "nonce too low")


class GasTooHigh(ValueError):
    """A transaction would need more gas than EIP-7825 lets one have."""


class FeeTooHigh(RuntimeError):
    """The chain asks for more than the fee policy allows: nothing was sent."""


class NotMined(TimeoutError):
    """Transactions were not mined in time. They stay in the journal and will still be sent.

    Attributes:
        keys: Which.
    """

    def __init__(self, keys: Sequence[str], seconds: float) -> None:
        self.keys = tuple(keys)
        super().__init__(f"not mined after {seconds:.0f} s: {', '.join(keys)}")


@dataclass(frozen=True, slots=True)
class FeePolicy:
    """Bounds on what a transaction may cost. Fees in wei for each gas, times in wall-clock seconds."""

    cap: int = 500 * GWEI
    priority_fee: int = GWEI
    bump_percent: int = 13  # nodes ask for at least 10
    rebroadcast_after_seconds: float = 5.0
    replace_after_seconds: float = 45.0
    max_attempts: int = 8
    confirmations: int = 1


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
        self._account = account
        self._journal = journal
        self._chain_id = chain_id
        self._fees = fees or FeePolicy()
        self._clock = clock

    @property
    def address(self) -> str:
        """Who sends."""
        return str(self._account.address)

    def submit(self, key: str, to: str | None, data: bytes, *, gas: int | None = None) -> SignedTransaction:
        """Sign, keep and broadcast a transaction once. The same key again gives the same transaction.

        Args:
            key: Idempotency key of the intent.
            to: Contract to call; None creates one with `data` as its code.
            gas: Gas limit; estimated when left out, which also simulates it.
        Raises:
            RpcError: The simulation reverted; nothing was kept.
            GasTooHigh: It needs more than 2^24 gas.
            FeeTooHigh: The chain's fee is above the policy's cap.
        """
        found = self._journal.find(self._chain_id, key)
        if found is None:
            limit = gas if gas is not None else self._estimate(to, data)
            if limit > MAX_TRANSACTION_GAS:
                raise GasTooHigh(f"{key} needs {limit:,} gas; one transaction has at most {MAX_TRANSACTION_GAS:,}")
            found = self._reserve(key, to, data, limit)
        self._broadcast([found])
        return found

    def poll(self) -> list[Receipt]:
        """Look after everything not final: note what was mined, rebroadcast or replace what was not.

        Returns:
            Receipts that are new, or new again after a reorganisation.
        """
        attempts = self._journal.unfinal(self._chain_id, self.address)
        if not attempts:
            return []
        results = self._rpc.batch([("eth_getTransactionReceipt", ("0x" + t.hash.hex(),)) for t in attempts])
        mined = {t.key: _receipt(t.key, r) for t, r in zip(attempts, results, strict=True) if isinstance(r, dict)}
        head = self._rpc.block_number()
        fresh = [receipt for receipt in mined.values() if self._note(receipt, head)]
        latest = {t.key: t for t in attempts if t.key not in mined}
        for key in latest:
            self._journal.mark_unmined(self._chain_id, key)
        self._look_after(list(latest.values()))
        return fresh

    def wait(
        self, keys: Iterable[str], *, timeout_seconds: float = 120.0, every_seconds: float = 0.05
    ) -> list[Receipt]:
        """Poll until all these intents are mined.

        Raises:
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
            if time.monotonic() > deadline:
                raise NotMined(missing, timeout_seconds)
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
            signed = self._sign(key, body, attempt=0, max_fee=max_fee, priority_fee=priority_fee)
            self._journal.add(signed)
        return signed

    def _sign(
        self, key: str, body: dict[str, Any], *, attempt: int, max_fee: int, priority_fee: int
    ) -> SignedTransaction:
        fees = {"maxFeePerGas": max_fee, "maxPriorityFeePerGas": priority_fee}
        fixed = {"type": 2, "chainId": self._chain_id, "value": 0}
        to = {} if body["to"] is None else {"to": body["to"]}
        rest = {name: body[name] for name in ("data", "gas", "nonce")}
        signed = self._account.sign_transaction({**fixed, **fees, **to, **rest})
        return SignedTransaction(
            key=key, chain_id=self._chain_id, sender=self.address, nonce=body["nonce"], attempt=attempt,
            to=body["to"], raw=bytes(signed.raw_transaction), hash=bytes(signed.hash), gas=body["gas"],
            max_fee=max_fee, priority_fee=priority_fee, created_at=self._clock(),
        )  # fmt: skip

    def _current_fees(self) -> tuple[int, int]:
        base = int(self._rpc.block("latest").get("baseFeePerGas", "0x0"), 16)
        if base + self._fees.priority_fee > self._fees.cap:
            raise FeeTooHigh(f"base fee {base} wei and tip exceed the cap of {self._fees.cap} wei a gas")
        return min(2 * base + self._fees.priority_fee, self._fees.cap), self._fees.priority_fee

    def _estimate(self, to: str | None, data: bytes) -> int:
        request = {"from": self.address, "data": "0x" + data.hex()} | ({} if to is None else {"to": to})
        estimate = int(self._rpc.call("eth_estimateGas", request), 16)
        return estimate if estimate > MAX_TRANSACTION_GAS else min(estimate * 5 // 4, MAX_TRANSACTION_GAS)

    def _broadcast(self, transactions: Sequence[SignedTransaction]) -> None:
        """Send raw bytes. That the node knows them already is fine; any other refusal shows when polling."""
        requests = [("eth_sendRawTransaction", ("0x" + t.raw.hex(),)) for t in transactions]
        for result in self._rpc.batch(requests):
            if isinstance(result, RpcError) and not any(known in result.message.lower() for known in _KNOWN):
                raise result

    def _note(self, receipt: Receipt, head: int) -> bool:
        before = self._journal.receipt(self._chain_id, receipt.key)
        fresh = before is None or before.block_hash != receipt.block_hash
        if fresh:
            self._journal.mark_mined(receipt)
        if head - receipt.block_number + 1 >= self._fees.confirmations:
            self._journal.mark_final(self._chain_id, receipt.key)
        return fresh

    def _look_after(self, waiting: Sequence[SignedTransaction]) -> None:
        now = self._clock()
        fees = self._fees
        stuck = [t for t in waiting if now - t.created_at > fees.replace_after_seconds]
        replaced = [self._replace(t) for t in stuck]
        late = [t for t in waiting if t not in stuck and now - t.created_at > fees.rebroadcast_after_seconds]
        if replaced or late:
            self._broadcast([*replaced, *late])

    def _replace(self, old: SignedTransaction) -> SignedTransaction:
        """Sign the same intent again at the same nonce with a higher fee, up to the cap."""
        factor = 100 + self._fees.bump_percent
        max_fee = min(old.max_fee * factor // 100 + 1, self._fees.cap)
        priority_fee = min(old.priority_fee * factor // 100 + 1, max_fee)
        if old.attempt + 1 >= self._fees.max_attempts or max_fee <= old.max_fee:
            return old
        with self._journal.lane(self._chain_id, self.address):
            latest = self._journal.find(self._chain_id, old.key)
            if latest is None or latest.attempt != old.attempt:
                return old if latest is None else latest
            body = {"to": old.to, "data": _data_of(old.raw), "gas": old.gas, "nonce": old.nonce}
            signed = self._sign(old.key, body, attempt=old.attempt + 1, max_fee=max_fee, priority_fee=priority_fee)
            self._journal.add(signed)
        return signed


def load_account(keystore: dict[str, Any], password: str) -> LocalAccount:
    """The account of a keystore V3 file. Raises `ValueError` for a wrong password."""
    account: LocalAccount = Account.from_key(Account.decrypt(keystore, password))
    return account


def _data_of(raw: bytes) -> bytes:
    return bytes(TypedTransaction.from_bytes(HexBytes(raw)).as_dict()["data"])


def _receipt(key: str, raw: dict[str, Any]) -> Receipt:
    created = raw.get("contractAddress")
    return Receipt(
        key=key, hash=from_hex(raw["transactionHash"]), block_number=int(raw["blockNumber"], 16),
        block_hash=from_hex(raw["blockHash"]), succeeded=int(raw["status"], 16) == 1,
        gas_used=int(raw["gasUsed"], 16), contract=checksum(created) if created else None,
    )  # fmt: skip
