"""Calldata as Solidity reads it: offsets may point anywhere inside the data, also at what is read as something else.

Libraries for Python forbid offsets that point back into the head. The contracts take them, so whoever hands in a report
or a decision may write them, and what the contracts took has to be readable.
Source: Solidity ABI specification, and the decoder of solc 0.8.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from faster_eth_abi.abi import decode
from faster_eth_abi.exceptions import InsufficientDataBytes
from faster_eth_abi.grammar import ABIType, TupleType, parse

WORD = 32


def read_calldata(types: Sequence[str], data: bytes) -> tuple[Any, ...]:
    """Values of canonical ABI types, from data behind the selector.

    Raises:
        DecodingError: Something points or reaches beyond the data, or a value is none of its type.
    """
    return _row([parse(name) for name in types], data, 0)


def _row(kinds: Sequence[ABIType], data: bytes, base: int) -> tuple[Any, ...]:
    """Values one after the other; offsets of dynamic ones count from `base`."""
    values, at = [], base
    for kind in kinds:
        if kind.is_dynamic:
            values.append(_dynamic(kind, data, base + _number(data, at)))
            at += WORD
        else:
            size = _size(kind)
            values.append(decode([kind.to_type_str()], _slice(data, at, size), strict=False)[0])
            at += size
    return tuple(values)


def _dynamic(kind: ABIType, data: bytes, at: int) -> Any:
    if kind.is_array:
        fixed = _length(kind)
        length, at = (_number(data, at), at + WORD) if fixed is None else (fixed, at)
        if length * WORD > len(data) - at:
            raise InsufficientDataBytes(f"An array of {length} at byte {at} reaches beyond {len(data)} bytes")
        return _row([kind.item_type] * length, data, at)
    if isinstance(kind, TupleType):
        return _row(kind.components, data, at)
    found = _slice(data, at + WORD, _number(data, at))
    return found.decode("utf-8") if kind.to_type_str() == "string" else found


def _size(kind: ABIType) -> int:
    """Bytes a static type takes."""
    if kind.is_array:
        return (_length(kind) or 0) * _size(kind.item_type)
    return sum(map(_size, kind.components)) if isinstance(kind, TupleType) else WORD


def _length(kind: ABIType) -> int | None:
    """Of an array, if its type says it."""
    *_, last = kind.arrlist or ((),)
    return int(last[0]) if last else None


def _number(data: bytes, at: int) -> int:
    return int.from_bytes(_slice(data, at, WORD), "big")


def _slice(data: bytes, at: int, size: int) -> bytes:
    if at + size > len(data):
        raise InsufficientDataBytes(f"{size} bytes from byte {at} reach beyond {len(data)} bytes")
    return data[at : at + size]
