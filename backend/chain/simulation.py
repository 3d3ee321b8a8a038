"""Asks the chain what a call would do before paying for it, and puts a refusal into words."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from ledger.rpc import Rpc, RpcError

_WORDS = {
    "AcceptanceInvalid": "The holder did not sign this quote: sign its exact fields as EIP-712 type Acceptance.",
    "ApplicationUsed": "The application was bound before: a quote makes one policy.",
    "CapitalTooSmall": "The insurer's free capital does not cover the exposure: wait until the treasurer adds capital.",
    "DeskNotEnrolled": "The claims desk is not enrolled with its panel: ask the platform's registrar.",
    "ERC20InsufficientAllowance": "The premium is not allowed: sign a permit for the treasury, or approve it.",
    "ERC20InsufficientBalance": "The holder's balance does not cover the premium: fund the account and quote again.",
    "EventAlreadyClosed": "The event's outcome is final already.",
    "EventExposureTooLarge": "The product insures no more on this event: choose a smaller sum or another event.",
    "ProductExists": "A product with these very terms stands there already: look it up, or change the version.",
    "ProductManagerRequired": "The key that sends it is no product manager of this insurer: have it made one.",
    "QuoteExpired": "The quote's time is past: ask for a new one.",
    "ReportExpired": "The risk report's time is past: ask for a new quote.",
    "SaleClosed": "Sale for this event is closed or not open yet: choose an event within the lead times.",
    "SaleSuspended": "Sale of this product is suspended: try again when it has resumed.",
    "ServiceNotAdmitted": "A contract the terms name is not admitted by the platform: ask its registrar.",
    "TermOutOfRange": "A term is outside what the factory allows: correct the product file.",
    "TreasuryUnknown": "The treasury is none of the registry's: check the insurer's address.",
    "UnderwriterNotAuthorised": "The underwriter is not authorised by this insurer: ask the administrator.",
}


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a call would revert. `code` is stable, `detail` a sentence."""

    code: str
    detail: str


def simulate(rpc: Rpc, sender: str, to: str, data: bytes, *, block: int | str = "latest") -> Refusal | None:
    """Run a call without sending it. None when it would succeed.

    Raises:
        RpcUnavailable: The node did not answer.
    """
    return simulate_each(rpc, sender, to, [data], block=block)[0]


def simulate_each(
    rpc: Rpc, sender: str, to: str, calls: Sequence[bytes], *, block: int | str = "latest"
) -> list[Refusal | None]:
    """Run several calls to one contract, each for itself, in one request."""
    tag = hex(block) if isinstance(block, int) else block
    requests = [("eth_call", ({"from": sender, "to": to, "data": "0x" + data.hex()}, tag)) for data in calls]
    return [refusal_of(result) if isinstance(result, RpcError) else None for result in rpc.batch(requests)]


def refusal_of(error: RpcError) -> Refusal:
    """A refusal by the name of the contract's error, in words."""
    found = error.contract_error
    if found is None:
        return Refusal("call_refused", f"The chain refused the call: {error.message}.")
    words = _WORDS.get(found.name, f"The contract refused: {_spaced(found.name)}.")
    values = ", ".join(f"{name} {value}" for name, value in found.arguments)
    return Refusal(snake_case(found.name), f"{words} ({found.name}{': ' + values if values else ''})")


def snake_case(name: str) -> str:
    """`SaleClosed` as `sale_closed`."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", name).lower()


def _spaced(name: str) -> str:
    return snake_case(name).replace("_", " ")
