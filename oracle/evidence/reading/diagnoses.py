"""Codes of diagnoses (ICD-10) in a text, and which of them the terms name. Pure; missing is never taken for none."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from typing import Final

_CODED: Final = r"[A-Z]\d{2}(?:\.[0-9A-Z]{1,8}|\d[0-9A-Z]{0,3})?"
LABELLED: Final = re.compile(
    r"(?:ICD[- ]?10(?:[- ]?(?:CM|GM|PCS|WHO))?|diagnos[ei]s(?:\s*codes?)?|诊断(?:编码|代码)?|疾病(?:编码|代码))"
    r"[^\n]{0,200}",
    re.IGNORECASE,
)
"""A row that tells of a diagnosis, from its label on."""
CODE: Final = re.compile(rf"(?<![0-9A-Z.])({_CODED})(?![0-9A-Z])")
"""On a row with a label, where `J189` is a code as well."""
LOOSE: Final = re.compile(r"(?<![0-9A-Z./-])([A-Z]\d{2}(?:\.[0-9A-Z]{1,8})?)(?![0-9A-Z/-])")
"""Anywhere: a record tells its diagnoses in sentences."""


def plain_code(text: str) -> str:
    """`j18.9`, `J189` and `J18.900` as `J18.9`: the terms go no further than one digit behind the dot."""
    folded = re.sub(r"\s", "", unicodedata.normalize("NFKC", text)).upper()
    found = re.fullmatch(r"([A-Z]\d{2})\.?(\d?)[0-9A-Z]*", folded)
    if found is None:
        return folded
    return f"{found[1]}.{found[2]}" if found[2] else found[1]


def labelled_codes(text: str) -> tuple[str, ...]:
    """All codes behind the label of a diagnosis, on its row or on the row below, ascending."""
    rows = _folded(text).split("\n")
    told = set[str]()
    for row, below in zip(rows, [*rows[1:], ""], strict=True):
        found = LABELLED.search(row)
        if found is not None:
            told |= {plain_code(each) for each in CODE.findall(found.group()) or CODE.findall(below)[:20]}
    return tuple(sorted(told))


def codes_anywhere(text: str) -> frozenset[str]:
    """Whatever looks like a code, with a label or without one. More rather than fewer: a person looks at them."""
    return frozenset(plain_code(each) for each in LOOSE.findall(_folded(text))) | frozenset(labelled_codes(text))


def touches(named: str, codes: Iterable[str]) -> bool:
    """Whether a code of the terms takes in one of these: `J18` all of `J18.-`, `J18.9` itself and a bare `J18`."""
    return any(each == named or each.startswith(f"{named}.") or named.startswith(f"{each}.") for each in codes)


def _folded(text: str) -> str:
    return unicodedata.normalize("NFKC", text).upper()
