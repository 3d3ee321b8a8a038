"""Amounts and dates as people print them, in English and Chinese. What can be read two ways is not read at all."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date
from typing import Final

from oracle.evidence.reading.result import MOST_MINOR

NO_MINOR_DIGITS: Final = frozenset({"JPY", "KRW", "VND", "CLP", "ISK"})
CURRENCIES: Final = ("USD", "EUR", "GBP", "CNY", "JPY", "HKD", "CHF", "SGD", "AUD", "CAD", "KRW", "TWD")
_SIGNS: Final = {"€": "EUR", "£": "GBP"}
NUMBER: Final = r"-?\d{1,3}(?:[,.'\u2019]\d{3}){1,5}(?:[.,]\d{1,2})?(?!\d)|-?\d{1,15}(?:[.,]\d{1,2})?(?!\d)"
_ISO_CODES: Final = "|".join(CURRENCIES)
MONEY: Final = (
    rf"(?:(?:{_ISO_CODES}|RMB|US\$|[$€£¥￥])\s?)?"
    rf"(?P<number>{NUMBER})"
    rf"(?:\s?(?:{_ISO_CODES}|RMB|[€£]|元))?"
)
_DECIMALS: Final = re.compile(r"^(.*?)[.,](\d{1,2})$")

_DIGITS: Final = {sign: value for value, sign in enumerate("零壹贰叁肆伍陆柒捌玖")} | {"〇": 0, "两": 2}
_UNITS: Final = {"拾": 10, "佰": 100, "仟": 1_000}
_MONTHS: Final = {
    name: number
    for number, name in enumerate(
        ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"), start=1
    )
}
_ISO: Final = re.compile(r"(?<!\d)(\d{4})\s?[-/.年]\s?(\d{1,2})\s?[-/.月]\s?(\d{1,2})(?!\d)")
_DAY_FIRST: Final = re.compile(r"(?<!\d)(\d{1,2})(?:st|nd|rd|th)?[ -]([A-Za-z]{3,9})\.?,?[ -](\d{4})")
_MONTH_FIRST: Final = re.compile(r"([A-Za-z]{3,9})\.? (\d{1,2})(?:st|nd|rd|th)?,? (\d{4})")
_DIGITS_ONLY: Final = re.compile(r"(?<!\d)(\d{1,2})([/.])(\d{1,2})\2(\d{4})(?!\d)")


def minor_units(number: str, currency: str | None) -> int | None:
    """Minor units of a printed number; None: it is none, or too large.

    One or two digits after the last separator are decimals, three are thousands. Two decimals are assumed unless the
    currency has none.
    """
    text = number.strip().replace("\u2019", "'").replace("'", "")
    found = _DECIMALS.match(text)
    whole, cents = (found.group(1), found.group(2)) if found else (text, "")
    digits = re.sub(r"[.,]", "", whole)
    if not re.fullmatch(r"-?\d{1,15}", digits) or (currency in NO_MINOR_DIGITS and cents):
        return None
    sign = -1 if digits.startswith("-") else 1
    scale = 1 if currency in NO_MINOR_DIGITS else 100
    value = sign * (abs(int(digits)) * scale + int(cents.ljust(2, "0") or 0))
    return value if abs(value) <= MOST_MINOR else None


def currency_of(text: str, *, chinese: bool) -> str | None:
    """Currency of a text if it names one and only one. `$` alone is none: too many countries have one."""
    named = {code for code in CURRENCIES if re.search(rf"(?<![A-Z]){code}(?![A-Z])", text)}
    named |= {"CNY"} if re.search(r"(?<![A-Z])RMB(?![A-Z])|人民币", text) else set()
    named |= {"USD"} if "US$" in text else set()
    named |= {code for sign, code in _SIGNS.items() if sign in text}
    if not named and chinese and re.search(r"[¥￥元圆]", text):
        named = {"CNY"}
    return named.pop() if len(named) == 1 else None


def words_minor(text: str) -> int | None:
    """Minor units of Chinese capital numerals, `壹仟贰佰叁拾肆元伍角整`; None: they do not add up to a number."""
    plain = text.replace("圆", "元").removeprefix("人民币").strip()
    found = re.fullmatch(
        r"(?:([零〇壹贰叁肆伍陆柒捌玖两拾佰仟万亿]+)元)?零?(?:([零壹贰叁肆伍陆柒捌玖])角)?零?(?:([零壹贰叁肆伍陆柒捌玖])分)?[整正]?",
        plain,
    )
    if not found or not any(found.groups()):
        return None
    whole = _whole(found.group(1)) if found.group(1) else 0
    if whole is None:
        return None
    return whole * 100 + _DIGITS[found.group(2) or "零"] * 10 + _DIGITS[found.group(3) or "零"]


def _whole(text: str) -> int | None:
    for unit, size in (("亿", 10**8), ("万", 10**4)):
        before, separator, after = text.partition(unit)
        if separator:
            high, low = _whole(before) if before else None, _whole(after) if after else 0
            return None if high is None or low is None else high * size + low
    total, digit = 0, 0
    for sign in text:
        if sign in _DIGITS:
            digit = _DIGITS[sign]
        elif sign in _UNITS:
            total, digit = total + (digit or 1) * _UNITS[sign], 0
        else:
            return None
    return total + digit


def date_of(text: str) -> date | None:
    """The first date in a text. `03/04/2026` may be March or April, and is None; `25/04/2026` may not."""
    if found := _ISO.search(text):
        return _day(found.group(1), found.group(2), found.group(3))
    if found := _DAY_FIRST.search(text):
        return _named(found.group(3), found.group(2), found.group(1))
    if found := _MONTH_FIRST.search(text):
        return _named(found.group(3), found.group(1), found.group(2))
    if found := _DIGITS_ONLY.search(text):
        first, second, year = int(found.group(1)), int(found.group(3)), found.group(4)
        if found.group(2) == "." or first > 12 or first == second:
            return _day(year, str(second), str(first))
        return _day(year, str(first), str(second)) if second > 12 else None
    return None


def _named(year: str, month: str, day: str) -> date | None:
    number = _MONTHS.get(month[:3].lower())
    return _day(year, str(number), day) if number else None


def _day(year: str, month: str, day: str) -> date | None:
    try:
        return date(int(year), int(month), int(day))
    except ValueError:
        return None


def one_of(values: Sequence[int | None]) -> int | None:
    """The value, if all agree and there is one."""
    known = set(values)
    return known.pop() if len(known) == 1 else None
