"""What is signed about claims, as the EIP-712 documents wallets take, and as the digests they sign."""

from __future__ import annotations

from dataclasses import astuple
from typing import Any

from domain.claim_reports import ClaimOrder, Decision, Notice
from ledger.typed_claims import CLAIM_ORDER_TYPE, DECISION_TYPE, LOSS_NOTICE_TYPE
from ledger.typed_data import DOMAIN_NAME, DOMAIN_VERSION, PERMIT_TYPE

_DOMAIN_TYPE = [
    {"name": "name", "type": "string"},
    {"name": "version", "type": "string"},
    {"name": "chainId", "type": "uint256"},
    {"name": "verifyingContract", "type": "address"},
]
Document = dict[str, Any]


def notice_document(
    notice: Notice, *, signer: str, nonce: int, deadline: int, chain_id: int, desk: str
) -> Document:  # fmt: skip
    """What a claimant signs to give notice."""
    return _document(LOSS_NOTICE_TYPE, [*astuple(notice), signer, nonce, deadline], chain_id, desk)


def order_document(order: ClaimOrder, *, chain_id: int, desk: str) -> Document:
    """What a claimant signs to order something about a claim."""
    return _document(CLAIM_ORDER_TYPE, list(astuple(order)), chain_id, desk)


def decision_document(decision: Decision, *, adjuster: str, chain_id: int, desk: str) -> Document:
    """What another adjuster signs under a decision of `adjuster`."""
    claim_id, loss, reason, clause, _, *rest = astuple(decision)
    return _document(DECISION_TYPE, [claim_id, loss, reason, clause, *rest, adjuster], chain_id, desk)


def permit_document(
    *, owner: str, spender: str, value: int, nonce: int, deadline: int, chain_id: int, token: str, token_name: str
) -> Document:
    """What a claimant signs so that a deposit can be taken (EIP-2612)."""
    return _document(PERMIT_TYPE, [owner, spender, value, nonce, deadline], chain_id, token, name=token_name)


def _document(
    type_string: str, values: list[Any], chain_id: int, contract: str, *, name: str = DOMAIN_NAME
) -> Document:
    primary, _, inside = type_string.partition("(")
    pairs = [part.split(" ") for part in inside.removesuffix(")").split(",")]
    fields = [{"name": field, "type": kind} for kind, field in pairs]
    message = {field["name"]: _plain(value) for field, value in zip(fields, values, strict=True)}
    domain = {"name": name, "version": DOMAIN_VERSION, "chainId": chain_id, "verifyingContract": contract}
    return {
        "types": {"EIP712Domain": _DOMAIN_TYPE, primary: fields}, "primaryType": primary, "domain": domain,
        "message": message,
    }  # fmt: skip


def _plain(value: Any) -> Any:
    """As JSON has it. Numbers beyond 53 bits are decimal texts, which wallets read as numbers."""
    if isinstance(value, bytes):
        return f"0x{value.hex()}"
    if isinstance(value, str):
        return value
    number = int(value)
    return number if number < 1 << 53 else str(number)
