"""Numbers that prove themselves. A wrong check digit means a number nobody ever issued: mistyped, or made up."""

from __future__ import annotations

import re
from typing import Final

_IBAN: Final = re.compile(r"[A-Z]{2}[0-9]{2}[A-Z0-9]{11,30}")
_CREDIT_CODE_SIGNS: Final = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_CREDIT_CODE: Final = re.compile(rf"[{_CREDIT_CODE_SIGNS}]{{18}}")


def compact(number: str) -> str:
    """Without spaces and hyphens, upper case."""
    return re.sub(r"[\s-]", "", number).upper()


def iban_holds(number: str) -> bool:
    """ISO 13616: first four signs moved to the end, letters as 10 to 35, remainder 1 of 97."""
    plain = compact(number)
    if not _IBAN.fullmatch(plain):
        return False
    return int("".join(str(int(sign, 36)) for sign in plain[4:] + plain[:4])) % 97 == 1


def luhn_holds(number: str) -> bool:
    """ISO/IEC 7812: every second digit from the right doubled, the sum of digits a multiple of ten."""
    plain = compact(number)
    if not (plain.isascii() and plain.isdigit()) or len(plain) < 2:
        return False
    doubled = (int(digit) * (1 + place % 2) for place, digit in enumerate(reversed(plain)))
    return sum(sum(divmod(each, 10)) for each in doubled) % 10 == 0


def credit_code_holds(number: str) -> bool:
    """Chinese unified social credit code, GB 32100-2015: 18 signs, weights 3^i mod 31, check sign 31 less the rest."""
    plain = compact(number)
    if not _CREDIT_CODE.fullmatch(plain):
        return False
    total = sum(_CREDIT_CODE_SIGNS.index(sign) * pow(3, place, 31) for place, sign in enumerate(plain[:17]))
    return _CREDIT_CODE_SIGNS[-total % 31] == plain[17]
