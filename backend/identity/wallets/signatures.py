"""Whether an address signed a message: keys by recovery (EIP-191), contracts by asking them (EIP-1271)."""

from __future__ import annotations

from eth_account import Account
from eth_account.messages import defunct_hash_message, encode_defunct
from eth_keys.exceptions import BadSignature
from eth_utils.exceptions import ValidationError
from faster_eth_abi.abi import encode

from ledger.rpc import Rpc, RpcError

_IS_VALID = bytes.fromhex("1626ba7e")
"""Selector of isValidSignature(bytes32,bytes), and what it returns when the signature holds."""
_KEY_SIGNATURE_BYTES = 65


def signed_by(rpc: Rpc, address: str, message: str, signature: bytes) -> bool:
    """Whether the holder of `address` signed this text.

    Raises:
        RpcUnavailable: The chain does not answer, and the address may be a contract's.
    """
    if _recovered(message, signature) == address:
        return True
    if rpc.call("eth_getCode", address, "latest") in ("0x", "0x0", None):
        return False
    data = _IS_VALID + encode(["bytes32", "bytes"], [bytes(defunct_hash_message(text=message)), signature])
    try:
        answer = rpc.call("eth_call", {"to": address, "data": "0x" + data.hex()}, "latest")
    except RpcError:
        return False  # it reverted: not this wallet's signature
    return isinstance(answer, str) and bytes.fromhex(answer[2:]) == _IS_VALID + bytes(28)


def _recovered(message: str, signature: bytes) -> str | None:
    if len(signature) != _KEY_SIGNATURE_BYTES:
        return None
    try:
        return str(Account.recover_message(encode_defunct(text=message), signature=signature))
    except (BadSignature, ValidationError, ValueError):
        return None
