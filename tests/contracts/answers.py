"""What contracts return, as plain Python values: Brownie's own types refuse to be compared with ints in tuples."""

from __future__ import annotations

from typing import Any


def plain(value: Any) -> Any:
    """Tuples, ints, bytes, strings and booleans, all the way down."""
    if isinstance(value, bool):
        return value
    if isinstance(value, (tuple, list)):
        return tuple(plain(item) for item in value)
    if isinstance(value, int):
        return int(value)
    if isinstance(value, bytes):
        return bytes(value)
    return str(value)


def fields(event: Any, *names: str) -> tuple[Any, ...]:
    """Fields of an event, in this order."""
    return tuple(plain(event[name]) for name in names)
