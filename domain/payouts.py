"""Payout instructions and receipts of institutions: what they are, and what may follow what.

Amounts are token units, times unix seconds.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum

from domain.money import TokenUnits

RATE_UNITS = 1_000_000
"""Token units a receipt's rate is for: one whole token."""


class PayoutState(IntEnum):
    """Where a payout through an institution stands. Moves up only; the last three are final."""

    NONE = 0
    WAITING = 1
    REFUSED = 2
    REROUTED = 3
    TAKEN = 4
    CONFIRMED = 5


TRANSITIONS: Mapping[PayoutState, frozenset[PayoutState]] = {
    PayoutState.NONE: frozenset({PayoutState.WAITING}),
    PayoutState.WAITING: frozenset(
        {PayoutState.REFUSED, PayoutState.REROUTED, PayoutState.TAKEN, PayoutState.CONFIRMED}
    ),
    PayoutState.REFUSED: frozenset({PayoutState.REROUTED, PayoutState.TAKEN}),
    PayoutState.REROUTED: frozenset(),
    PayoutState.TAKEN: frozenset(),
    PayoutState.CONFIRMED: frozenset(),
}
"""What may follow what. A payout whose institution refused is never confirmed."""


@dataclass(frozen=True, slots=True)
class PayoutOrder:
    """A claim's payout handed to an institution."""

    claim_id: int
    payee: str
    institution: int
    token: str
    amount: TokenUnits


@dataclass(slots=True)
class PayoutInstruction:
    """A payout on its way; `receipt_due` is the last second in which only the institution decides."""

    order: PayoutOrder
    receipt_due: int
    state: PayoutState = PayoutState.WAITING

    def is_free(self, now: int) -> bool:
        """Whether the payee may decide."""
        silent = self.state is PayoutState.WAITING and now > self.receipt_due
        return self.state is PayoutState.REFUSED or silent


@dataclass(frozen=True, slots=True)
class PayoutReceipt:
    """ "We have paid the payee of this instruction." Signed by the institution (EIP-712)."""

    instruction_id: int
    payee: str
    token: str
    amount: TokenUnits
    currency: bytes
    rate: int
    reference_hash: bytes


@dataclass(frozen=True, slots=True)
class CollectionReceipt:
    """ "We have received the premium of this application." Signed by the institution (EIP-712)."""

    institution: int
    product: str
    application_id: int
    holder: str
    token: str
    amount: TokenUnits
    currency: bytes
    rate: int
    reference_hash: bytes
    valid_until: int


@dataclass(slots=True)
class Earmark:
    """A premium an institution has collected; `amount` is what is neither released nor returned."""

    receipt: CollectionReceipt
    amount: TokenUnits
    released: bool = False


def ordinary_money(amount: TokenUnits, rate: int) -> int:
    """What a receipt says was paid in ordinary money, in millionths of the currency's main unit, rounded down.

    Args:
        amount: Token units.
        rate: Millionths of the currency's main unit for 1,000,000 token units.
    Source: docs/settlement.md rule S31.
    """
    return amount * rate // RATE_UNITS
