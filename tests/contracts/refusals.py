"""What a contract says when it refuses, in Brownie's words."""

from __future__ import annotations

from typing import Any

import brownie

PANIC_OVERFLOW = "Integer overflow"


def typed_error(name: str, *arguments: object) -> str:
    """The text Brownie gives a custom error: `Name: a, b`, and `Name: ` (with the space) when it has no arguments."""
    return f"{name}: {', '.join(map(_text, arguments))}"


def refused(name: str, *arguments: object) -> Any:
    """Context manager: the transaction or call inside must revert with exactly this error and these arguments."""
    return brownie.reverts(typed_error(name, *arguments))


def refused_matching(pattern: str) -> Any:
    """As `refused`, where an argument cannot be known beforehand (such as the gas that was left)."""
    return brownie.reverts(revert_pattern=pattern)


def _text(argument: object) -> str:
    address = getattr(argument, "address", argument)
    if isinstance(address, str) and address.startswith("0x"):
        return address.lower()
    return str(argument)
