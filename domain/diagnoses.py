"""Codes of diagnoses (ICD-10) that an exclusion is about, as an insurer writes them and as evidence is held to them.

Written as a category (`I11`), a subcategory (`I67.4`), or a range of either (`I60-I64`, `E10.2-E10.8`).
"""

import re
from collections.abc import Iterable, Sequence

from domain.errors import TermsInvalid

MOST_WRITTEN = 64
"""Codes and ranges of one exclusion."""
_CODE = r"[A-Z][0-9]{2}(?:\.[0-9])?"
_WRITTEN = re.compile(rf"({_CODE})(?:-({_CODE}))?")
_REMEDY = 'Write a code as in "I11" or "I67.4", or a range as in "I60-I64" or "E10.2-E10.8"'


def check_diagnoses(written: Sequence[object], field: str) -> tuple[str, ...]:
    """Codes and ranges as they were written, if each is one.

    Raises:
        TermsInvalid: Names the one that is none, or that stands twice.
    """
    if not 1 <= len(written) <= MOST_WRITTEN:
        raise TermsInvalid(
            field, len(written), f"are not 1 to {MOST_WRITTEN}", "Leave it out, or put codes into ranges"
        )
    for place, each in enumerate(written):
        _ends(each, f"{field}[{place}]")
        if each in written[:place]:
            raise TermsInvalid(f"{field}[{place}]", each, "is written twice", "Write it once")
    return tuple(str(each) for each in written)


def diagnosis_codes(written: Iterable[str]) -> tuple[str, ...]:
    """Every code of these, ranges written out, ascending and each once. A category stands for its subcategories too.

    Raises:
        TermsInvalid
    """
    found: set[str] = set()
    for each in written:
        first, last = _ends(each, "diagnoses")
        if "." in first:
            found |= {f"{first[:4]}{digit}" for digit in range(int(first[4]), int(last[4]) + 1)}
        else:
            found |= {f"{first[0]}{number:02d}" for number in range(int(first[1:]), int(last[1:]) + 1)}
    return tuple(sorted(found))


def _ends(written: object, field: str) -> tuple[str, str]:
    match = _WRITTEN.fullmatch(written) if isinstance(written, str) else None
    if match is None:
        raise TermsInvalid(field, written, "is no code of a diagnosis", _REMEDY)
    first, last = match[1], match[2] or match[1]
    same = len(first) == len(last) and (first[:3] == last[:3] if "." in first else first[0] == last[0])
    if not same or first > last:
        raise TermsInvalid(field, written, "is no range: its ends are of other kinds, or the wrong way round", _REMEDY)
    return first, last
