"""Why a transaction was not sent, or not mined.

├── GasTooHigh          it would need more gas than one transaction may have
├── FeeTooHigh          the chain asks for more than the fee policy allows
├── BroadcastRefused    an `RpcError`: the node does not take the signed bytes
├── NonceDisplaced      somebody else used the nonce with the same key
└── NotMined            time is up
"""

from __future__ import annotations

from collections.abc import Sequence

from ledger.journal import SignedTransaction
from ledger.rpc import RpcError

_REMEDIES = (
    ("insufficient funds", "give the sender ether for gas, then submit the same key again"),
    ("fee", "wait for the base fee to fall: it is sent again, and replaced with a higher fee when stuck"),
)


class GasTooHigh(ValueError):
    """A transaction would need more gas than EIP-7825 lets one have."""


class FeeTooHigh(RuntimeError):
    """The chain asks for more than the fee policy allows: nothing was sent."""


class BroadcastRefused(RpcError):
    """The node does not take the signed bytes. They stay in the journal and go out again with every try.

    Attributes:
        key: Which intent.
        nonce: Its nonce; later nonces wait for it.
    """

    def __init__(self, transaction: SignedTransaction, refusal: RpcError) -> None:
        super().__init__(refusal.code, refusal.message, refusal.data)
        self.key = transaction.key
        self.nonce = transaction.nonce
        lowered = refusal.message.lower()
        remedy = next((text for word, text in _REMEDIES if word in lowered), "mend that and submit the same key again")
        self.args = (f"{self.key} (nonce {self.nonce}) was refused: {refusal.message}. It is kept: {remedy}.",)


class NonceDisplaced(RuntimeError):
    """Another transaction, not from this journal, used an intent's nonce: the intent can never be mined.

    Whoever has the key sent it elsewhere. Find out what it did before doing the same under a new idempotency key.

    Attributes:
        transactions: The latest attempt of each such intent.
    """

    def __init__(self, transactions: Sequence[SignedTransaction]) -> None:
        self.transactions = tuple(transactions)
        which = ", ".join(f"{t.key} (nonce {t.nonce})" for t in transactions)
        super().__init__(
            f"another transaction of {transactions[0].sender} took the nonce of {which}: "
            "see what it did, then submit under a new key"
        )


class NotMined(TimeoutError):
    """Transactions were not mined in time. They stay in the journal and will still be sent.

    Attributes:
        keys: Which.
        refusals: What the node said of those it would not take.
    """

    def __init__(self, keys: Sequence[str], seconds: float, refusals: Sequence[BroadcastRefused] = ()) -> None:
        self.keys = tuple(keys)
        self.refusals = tuple(refusals)
        why = "".join(f"; {refusal}" for refusal in refusals)
        super().__init__(f"not mined after {seconds:.0f} s: {', '.join(keys)}{why}")
