"""EIP-712 messages as eth-account encodes them: an implementation that shares nothing with the contracts' own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from eth_account.messages import encode_typed_data
from eth_utils import keccak
from indemnity_messages import INDEMNITY, INDEMNITY_NEEDS

Fields = list[dict[str, str]]


def _fields(declaration: str) -> Fields:
    pairs = (field.strip().rsplit(" ", 1) for field in declaration.split(","))
    return [{"type": kind, "name": name} for kind, name in pairs]


QUOTE = _fields(
    "uint256 applicationId, address holder, address underwriter, string insuredEvent, uint40 occursAt,"
    "uint96 sumInsured, uint96 premium, uint40 validUntil"
)
TYPES: dict[str, Fields] = {
    "Assessment": _fields(
        "uint256 applicationId, uint256 eventId, uint40 occursAt, uint32 expectedSharePpb, uint96 sumInsuredCap,"
        "bytes32 commitment"
    ),
    "RiskReport": _fields(
        "uint256 chainId, address product, uint32 signerEpoch, uint40 observedAt, uint40 validUntil,"
        "bytes32 modelHash, Assessment[] assessments"
    ),
    "Measurement": _fields("uint256 eventId, uint8 outcome, int32 value"),
    "EventReport": _fields(
        "uint256 chainId, address product, uint32 signerEpoch, uint40 observedAt, uint40 validUntil,"
        "bytes32 sourceHash, Measurement[] measurements"
    ),
    "Quote": QUOTE,
    "Acceptance": QUOTE,
    "ParametricTerms": _fields(
        "address treasury, address quorum, bytes32 clauseRoot, bytes32 documentHash, uint96 minSumInsured,"
        "uint96 maxSumInsured, uint96 maxEventExposure, uint96 minPremium, uint16 loadingBps, uint8 minSignatures,"
        "uint16 cancelledShareBps, uint16 divertedShareBps, uint32 minLeadSeconds, uint32 maxLeadSeconds,"
        "uint32 reportWindowSeconds, uint40 periodStart, uint40 periodEnd, int32[] thresholds, uint16[] sharesBps"
    ),
    "PayoutReceipt": _fields(
        "uint256 instructionId, address payee, address token, uint64 amount, bytes3 currency, uint64 rate,"
        "bytes32 referenceHash"
    ),
    "CollectionReceipt": _fields(
        "uint32 institution, address product, uint256 applicationId, address holder, address token, uint64 amount,"
        "bytes3 currency, uint64 rate, bytes32 referenceHash, uint40 validUntil"
    ),
    "TakeOrder": _fields("uint256 instructionId, address to, uint40 deadline"),
    "RerouteOrder": _fields("uint256 instructionId, uint32 institution, uint40 deadline"),
    "Redirect": _fields("address payee, address to, uint256 nonce, uint256 deadline"),
    "Permit": _fields("address owner, address spender, uint256 value, uint256 nonce, uint256 deadline"),
    **{kind: _fields(declaration) for kind, declaration in INDEMNITY.items()},
}
NEEDS = {"RiskReport": ("Assessment",), "EventReport": ("Measurement",), **INDEMNITY_NEEDS}


def product_domain(product: object, chain_id: int) -> dict[str, Any]:
    """The domain all reports, quotes and acceptances of a product are signed in."""
    return {"name": "Quittance", "version": "1", "chainId": chain_id, "verifyingContract": str(product)}


def digest(kind: str, message: Mapping[str, Any], domain: Mapping[str, Any]) -> bytes:
    """What is signed."""
    encoded = _encode(kind, message, domain)
    return keccak(b"\x19\x01" + encoded.header + encoded.body)


def struct_hash(kind: str, message: Mapping[str, Any]) -> bytes:
    """Hash of the struct alone, without a domain."""
    return bytes(_encode(kind, message, {"name": "unused"}).body)


def values(kind: str, message: Mapping[str, Any]) -> tuple[Any, ...]:
    """The message as the tuple a contract call takes, in the order of the struct's fields."""
    return tuple(_value(field["type"], message[field["name"]]) for field in TYPES[kind])


def _value(kind: str, value: Any) -> Any:
    inner = kind.removesuffix("[]")
    if inner not in TYPES:
        return value
    return [values(inner, item) for item in value] if kind != inner else values(kind, value)


def _encode(kind: str, message: Mapping[str, Any], domain: Mapping[str, Any]) -> Any:
    types = {name: TYPES[name] for name in (kind, *NEEDS.get(kind, ()))}
    return encode_typed_data(domain_data=dict(domain), message_types=types, message_data=dict(message))
