"""One keccak, 32-byte words as the EVM has them, canonical JSON, and addresses."""

import json
import re
from collections.abc import Mapping, Sequence
from functools import lru_cache

from eth_hash.auto import keccak as _keccak

from domain.errors import AddressInvalid, AmountInvalid

WORD_BITS = 256
ZERO_ADDRESS = "0x" + "0" * 40
_ADDRESS = re.compile(r"0x[0-9a-fA-F]{40}")


def keccak256(data: bytes) -> bytes:
    """Keccak-256 of `data`, 32 bytes."""
    return bytes(_keccak(data))


class Keccak256:
    """Keccak-256 of bytes that come piece by piece."""

    def __init__(self) -> None:
        self._hash = _keccak.new(b"")

    def update(self, piece: bytes) -> None:
        """What comes next."""
        self._hash.update(piece)

    def digest(self) -> bytes:
        """Of all that came, 32 bytes."""
        return bytes(self._hash.digest())


def word(value: int) -> bytes:
    """32-byte word of an integer; a negative one as two's complement, which is how the EVM sign-extends it.

    Raises:
        AmountInvalid: `value` does not fit 256 bits.
    """
    if not -(1 << (WORD_BITS - 1)) <= value < 1 << WORD_BITS:
        raise AmountInvalid("word", value, "does not fit 256 bits", "Use a smaller number")
    return (value % (1 << WORD_BITS)).to_bytes(32, "big")


def address_word(address: str) -> bytes:
    """32-byte word of an address.

    Raises:
        AddressInvalid
    """
    return bytes(12) + bytes.fromhex(checksum_address(address)[2:])


def bytes32(value: bytes) -> bytes:
    """`value` itself, if it has 32 bytes.

    Raises:
        AmountInvalid
    """
    if len(value) != 32:
        raise AmountInvalid("bytes32", f"0x{value.hex()}", f"has {len(value)} bytes", "Give exactly 32 bytes")
    return value


def checksum_address(address: object) -> str:
    """Address in EIP-55 mixed case. All-lower and all-upper input is accepted; mixed input must be right.

    Raises:
        AddressInvalid: Not 20 bytes of hex, or mixed case with a wrong checksum.
    Source: EIP-55.
    """
    if not isinstance(address, str) or not _ADDRESS.fullmatch(address):
        raise AddressInvalid("address", address, "is not 0x and 40 hex digits", "Copy the whole address")
    return _checksummed(address)


@lru_cache(maxsize=8_192)
def _checksummed(address: str) -> str:
    """Of 40 hex digits; the same few come again in everything that is said about a claim."""
    digits = address[2:]
    lower = digits.lower()
    nibbles = keccak256(lower.encode("ascii")).hex()
    mixed = "0x" + "".join(
        digit.upper() if int(nibble, 16) >= 8 else digit for digit, nibble in zip(lower, nibbles[:40], strict=True)
    )
    if digits not in (lower, digits.upper()) and address != mixed:
        raise AddressInvalid("address", address, "has a wrong checksum", "Copy it again, a character is mistyped")
    return mixed


def canonical_json(value: object) -> bytes:
    """The one way to write a value as JSON: sorted keys, no spaces, UTF-8. Floats are refused: they have many forms.

    Raises:
        AmountInvalid: There is a float, or something JSON does not know, or a key that is not text.
    """
    _refuse_inexact("$", value)
    return utf8(json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False))


def utf8(text: str) -> bytes:
    """UTF-8 of a text.

    Raises:
        AmountInvalid: There is half a surrogate pair in it, which no UTF-8 has.
    """
    try:
        return text.encode("utf-8")
    except UnicodeEncodeError as error:
        raise AmountInvalid("text", text, "holds half a character", "Type it again") from error


def _refuse_inexact(path: str, value: object) -> None:
    if value is None or isinstance(value, str | bool | int):
        return
    if isinstance(value, Mapping):
        for key, item in value.items():
            if not isinstance(key, str):
                raise AmountInvalid(f"{path} key", key, "is not text", "Use text for every key")
            _refuse_inexact(f"{path}.{key}", item)
        return
    if isinstance(value, Sequence) and not isinstance(value, bytes | bytearray):
        for index, item in enumerate(value):
            _refuse_inexact(f"{path}[{index}]", item)
        return
    raise AmountInvalid(path, value, f"a {type(value).__name__} has no canonical form", "Write it as text or integer")
