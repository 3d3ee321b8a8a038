"""Amounts and shares. Money is a whole number of token units, never a float."""

import re
from typing import NewType

from domain.errors import AmountInvalid
from domain.ranges import MAX_UINT96, is_whole

TokenUnits = NewType("TokenUnits", int)
"""Smallest units of the settlement token: with 6 decimals, 1 TUSD is 1_000_000."""
Bps = NewType("Bps", int)
"""Basis points: 10_000 are the whole."""
Ppb = NewType("Ppb", int)
"""Parts per billion: 1_000_000_000 are the whole."""

BPS_WHOLE = 10_000
PPB_WHOLE = 1_000_000_000
MAX_DECIMALS = 18
_AMOUNT = re.compile(r"(0|[1-9][0-9]{0,38})(?:\.([0-9]+))?")


def token_units(value: int, field: str = "amount", *, most: int = MAX_UINT96) -> TokenUnits:
    """An amount the contracts can hold: 0 to `most` token units.

    Raises:
        AmountInvalid: Not a whole number, negative, or above `most`.
    """
    return TokenUnits(_whole(value, field, most))


def bps(value: int, field: str = "share_bps", *, most: int = BPS_WHOLE) -> Bps:
    """A share in basis points, 0 to `most`.

    Raises:
        AmountInvalid
    """
    return Bps(_whole(value, field, most))


def parse_amount(text: object, decimals: int, field: str = "amount") -> TokenUnits:
    """Token units of a decimal amount written as text, exactly: "500.00" with 6 decimals is 500_000_000.

    Args:
        text: Digits with at most `decimals` of them after the point; no sign, no exponent, no separators.
        decimals: Of the settlement token, 0 to 18.
        field: Named in the error.
    Raises:
        AmountInvalid: Not text (a float has no exact value), malformed, finer than the token, or above uint96.
    """
    example = 'Write it in quotes, as in "500.00"'
    if not isinstance(text, str):
        raise AmountInvalid(field, text, f"is a {type(text).__name__}, and money must be exact", example)
    match = _AMOUNT.fullmatch(text)
    if match is None:
        raise AmountInvalid(field, text, "is not a decimal amount", example)
    whole, fraction = match[1], match[2] or ""
    if len(fraction) > decimals:
        raise AmountInvalid(field, text, f"is finer than the token's {decimals} decimals", "Leave out the last digits")
    return token_units(int(whole) * 10**decimals + int(fraction.ljust(decimals, "0") or "0"), field)


def format_amount(amount: int, decimals: int, *, grouped: bool = False) -> str:
    """Decimal amount for a person to read, with at least two decimals if the token has them: "1000.00".

    Args:
        amount: Token units, may be negative.
        decimals: Of the settlement token.
        grouped: Separate thousands by commas.
    """
    whole, rest = divmod(abs(amount), 10**decimals)
    fraction = f"{rest:0{decimals}d}" if decimals else ""
    fraction = fraction.rstrip("0").ljust(min(2, decimals), "0")
    digits = f"{whole:,}" if grouped else str(whole)
    return ("-" if amount < 0 else "") + digits + (f".{fraction}" if fraction else "")


def _whole(value: int, field: str, most: int) -> int:
    if not is_whole(value, 0, most):
        raise AmountInvalid(field, value, f"is not a whole number from 0 to {most}", "Give one in this range")
    return value
