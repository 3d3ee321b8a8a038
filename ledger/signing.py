"""One account's signatures under transactions of one chain, and what a replacement at the same nonce may cost."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from eth_account import Account
from eth_account.signers.local import LocalAccount
from eth_account.typed_transactions.typed_transaction import TypedTransaction
from hexbytes import HexBytes

from ledger.journal import SignedTransaction

GWEI = 10**9
LEAST_BUMP_PERCENT = 10  # below it nodes refuse a replacement
TRANSFER_GAS = 21_000


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

    def bumped(self, old: SignedTransaction, base_fee: int) -> tuple[int, int] | None:
        """Fee and tip of the next attempt, both higher; None where the cap or the number of attempts leaves no room."""
        factor = 100 + self.bump_percent
        priority_fee = old.priority_fee * factor // 100 + 1
        max_fee = min(max(old.max_fee * factor // 100 + 1, 2 * base_fee + priority_fee), self.cap)
        too_little = max_fee * 100 < old.max_fee * (100 + LEAST_BUMP_PERCENT) or priority_fee > max_fee
        return None if too_little or old.attempt + 1 >= self.max_attempts else (max_fee, priority_fee)


class TransactionSigner:
    """Signs for one account.

    Args:
        clock: Wall clock, unix seconds.
    """

    def __init__(self, account: LocalAccount, chain_id: int, clock: Callable[[], float]) -> None:
        self._account = account
        self._chain_id = chain_id
        self._clock = clock

    @property
    def address(self) -> str:
        """Who signs."""
        return str(self._account.address)

    def sign(
        self, key: str, body: dict[str, Any], *, attempt: int, max_fee: int, priority_fee: int
    ) -> SignedTransaction:
        """Sign one attempt. `body`: to (None creates a contract), data, gas, nonce."""
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

    def dearer(self, old: SignedTransaction, fees: tuple[int, int]) -> SignedTransaction:
        """The same once more at the same nonce, for another fee and tip."""
        body = {"to": old.to, "data": data_of(old.raw), "gas": old.gas, "nonce": old.nonce}
        return self.sign(old.key, body, attempt=old.attempt + 1, max_fee=fees[0], priority_fee=fees[1])

    def empty(self, old: SignedTransaction, fees: tuple[int, int]) -> SignedTransaction:
        """Nothing, sent to ourselves, at the nonce of what is not to happen any more."""
        body = {"to": self.address, "data": b"", "gas": TRANSFER_GAS, "nonce": old.nonce}
        return self.sign(old.key, body, attempt=old.attempt + 1, max_fee=fees[0], priority_fee=fees[1])


def is_empty(transaction: SignedTransaction) -> bool:
    """Whether an attempt only uses up its nonce."""
    return transaction.to == transaction.sender and not data_of(transaction.raw)


def data_of(raw: bytes) -> bytes:
    """Call data of signed bytes."""
    return bytes(TypedTransaction.from_bytes(HexBytes(raw)).as_dict()["data"])


def load_account(keystore: dict[str, Any], password: str) -> LocalAccount:
    """The account of a keystore V3 file. Raises `ValueError` for a wrong password."""
    account: LocalAccount = Account.from_key(Account.decrypt(keystore, password))
    return account
