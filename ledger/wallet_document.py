"""What a wallet is asked to sign: an EIP-712 document as `eth_signTypedData_v4` takes it, from a type string."""

from __future__ import annotations

from dataclasses import astuple
from typing import Any, Final

from ledger.typed_data import DOMAIN_NAME, DOMAIN_TYPE, DOMAIN_VERSION

_EXACT_BITS: Final = 53
"""JSON readers keep whole numbers of so many bits exactly: wider fields are written as text."""


def wallet_document(type_string: str, struct: Any, *, chain_id: int, contract: str) -> dict[str, Any]:
    """The document of one flat struct in our domain.

    Args:
        type_string: As it is hashed, such as `Cancellation(uint256 policyId,…)`.
        struct: A dataclass with its fields in that order.
        contract: That will check the signature.
    Raises:
        ValueError: The struct has another number of fields.
    """
    name, fields = _parts(type_string)
    values = zip(fields, astuple(struct), strict=True)
    return {
        "types": {"EIP712Domain": _typed(_parts(DOMAIN_TYPE)[1]), name: _typed(fields)},
        "primaryType": name,
        "domain": {"name": DOMAIN_NAME, "version": DOMAIN_VERSION, "chainId": chain_id, "verifyingContract": contract},
        "message": {field: _shown(kind, value) for (kind, field), value in values},
    }


def _parts(type_string: str) -> tuple[str, list[tuple[str, str]]]:
    """Name of the struct, and type and name of each field."""
    name, _, rest = type_string.partition("(")
    fields = [field.split(" ") for field in rest.rstrip(")").split(",")]
    return name, [(kind, field) for kind, field in fields]


def _typed(fields: list[tuple[str, str]]) -> list[dict[str, str]]:
    return [{"name": name, "type": kind} for kind, name in fields]


def _shown(kind: str, value: Any) -> Any:
    if isinstance(value, bytes):
        return "0x" + value.hex()
    if kind.startswith("uint"):
        return str(int(value)) if int(kind.removeprefix("uint")) > _EXACT_BITS else int(value)
    return value
