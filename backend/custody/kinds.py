"""What a custodial key may sign: our own EIP-712 types, each under the contracts that read it.

A type is known by all its fields, not by its name: a document that says `LossNotice` and means something else is none.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from ledger.typed_claims import CLAIM_ORDER_TYPE, DECISION_TYPE, LOSS_NOTICE_TYPE
from ledger.typed_data import ACCEPTANCE_TYPE, PERMIT_TYPE
from ledger.typed_indemnity import CANCELLATION_TYPE, ENDORSEMENT_TYPE, INDEMNITY_ACCEPTANCE_TYPE
from ledger.typed_receipts import REROUTE_ORDER_TYPE, TAKE_ORDER_TYPE

TOKEN: Final = "TestStablecoin"
"""What deployments call the settlement token, whichever token it is."""
REDIRECT_TYPE: Final = "Redirect(address payee,address to,uint256 nonce,uint256 deadline)"


class KeyKind(StrEnum):
    """Whose key: of somebody insured, or of somebody who signs for the insurer."""

    HOLDER = "holder"
    STAFF = "staff"


@dataclass(frozen=True, slots=True)
class Signable:
    """A type that is signed.

    Args:
        type_string: As the contract hashes it; one struct without others in it.
        contracts: Kinds of contracts whose domain it is signed for.
        strong: Moves money or decides about it: a second factor within five minutes.
        own_field: Field that must be the signer's own address; empty: the contract itself looks who signed.
        product_field: Field that must be an indemnity product of the insurer who keeps the key; empty: names none.
        on_behalf: Customer service may have it signed for a customer, under a recorded authority.
    """

    type_string: str
    contracts: frozenset[str]
    strong: bool = True
    own_field: str = ""
    product_field: str = ""
    on_behalf: bool = False

    @property
    def name(self) -> str:
        """The primary type."""
        return self.type_string.partition("(")[0]

    def fields(self) -> list[dict[str, str]]:
        """Its fields, as EIP-712 documents list them."""
        inside = self.type_string.partition("(")[2].removesuffix(")")
        pairs = (part.split(" ") for part in inside.split(","))
        return [{"name": name, "type": kind} for kind, name in pairs]


def _table(*found: Signable) -> Mapping[str, Signable]:
    return {each.name: each for each in found}


_DESK, _TREASURY, _PAYOUTS = frozenset({"ClaimsDesk"}), frozenset({"Treasury"}), frozenset({"Disbursement"})
_INDEMNITY = frozenset({"IndemnityProduct"})
SIGNABLE: Final[Mapping[KeyKind, Mapping[str, Signable]]] = {
    KeyKind.HOLDER: _table(
        Signable(LOSS_NOTICE_TYPE, _DESK, strong=False, own_field="signer", product_field="product", on_behalf=True),
        Signable(CLAIM_ORDER_TYPE, _DESK),
        Signable(ACCEPTANCE_TYPE, frozenset({"ParametricProduct"}), own_field="holder"),
        Signable(INDEMNITY_ACCEPTANCE_TYPE, _INDEMNITY, own_field="holder"),
        Signable(ENDORSEMENT_TYPE, _INDEMNITY),
        Signable(CANCELLATION_TYPE, _INDEMNITY),
        Signable(PERMIT_TYPE, frozenset({TOKEN}), own_field="owner"),
        Signable(TAKE_ORDER_TYPE, _PAYOUTS),
        Signable(REROUTE_ORDER_TYPE, _PAYOUTS),
        Signable(REDIRECT_TYPE, _TREASURY, own_field="payee"),
    ),
    KeyKind.STAFF: _table(Signable(DECISION_TYPE, _DESK)),
}
SPENDERS: Final = frozenset({"Treasury", "ClaimsDesk", "DisputePanel"})
"""Contracts a permit may name: those that take premiums and deposits."""
LEAST_PASSWORD, MOST_PASSWORD = 12, 256
"""Signs of the password a copy of a key is locked with."""


@dataclass(frozen=True, slots=True)
class CustodialKey:
    """What may be told of a key. Times in unix seconds."""

    address: str
    kind: KeyKind
    made_at: int
    exports: int
    exported_at: int | None
