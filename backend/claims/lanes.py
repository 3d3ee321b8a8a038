"""Which nonce a kept key's next transaction has, and what it costs: what is on its way keeps its own.

The chain's count of a sender does not know what waits to be mined. Two decisions given in one block would get one
nonce, and the dearer would push the other out, unseen.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from eth_account.typed_transactions.typed_transaction import TypedTransaction
from hexbytes import HexBytes

from backend.claims.ports import Postage
from ledger.sender import FeeTooHigh
from ledger.signing import FeePolicy

FEES: Final = FeePolicy()


@dataclass(frozen=True, slots=True)
class Flying:
    """A transaction of the sender's that was handed to the chain: nonce, and fee and tip a gas at most, wei."""

    nonce: int
    max_fee: int
    priority_fee: int


def read_flying(raw: bytes) -> Flying:
    """What of a signed transaction of type 1 or 2 counts here."""
    said = TypedTransaction.from_bytes(HexBytes(raw)).as_dict()
    price = said.get("gasPrice", 0)
    fee, tip = said.get("maxFeePerGas", price), said.get("maxPriorityFeePerGas", price)
    return Flying(int(said["nonce"]), int(fee), int(tip))


def placed(
    postage: Postage, *, own: Flying | None, others: Sequence[Flying], given_up: Sequence[Flying]
) -> Postage | None:
    """Postage for the first nonce that no other transaction on its way has.

    Args:
        postage: As the chain counts and costs now; its nonce is the first that is not mined.
        own: The same call as it was sent before, if it was.
        others: Calls that are still to be mined.
        given_up: Calls that are not: their nonces are used again, for more than they would pay.
    Returns:
        None where `own` is on its way at that nonce and pays what the chain asks: nothing is to be signed.
    Raises:
        FeeTooHigh: What has that nonce cannot be outbid below the cap.
    """
    taken = {each.nonce for each in others}
    nonce = next(n for n in range(postage.nonce, postage.nonce + len(taken) + 1) if n not in taken)
    base = (postage.max_fee - postage.priority_fee) // 2
    if own is not None and own.nonce == nonce and own.max_fee >= base + own.priority_fee:
        return None
    before = [each for each in (own, *given_up) if each is not None and each.nonce == nonce]
    fee = max(postage.max_fee, *(_bumped(each.max_fee) for each in before), 0)
    tip = max(postage.priority_fee, *(_bumped(each.priority_fee) for each in before), 0)
    if fee > FEES.cap:
        raise FeeTooHigh(f"a transaction at nonce {nonce} is outbid by {fee} wei a gas, above the cap of {FEES.cap}")
    return replace(postage, nonce=nonce, max_fee=fee, priority_fee=tip)


def _bumped(fee: int) -> int:
    return fee * (100 + FEES.bump_percent) // 100 + 1
