"""The same file, or a picture that looks the same, in another claim."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

HASH_BITS: Final = 256
MOST_BITS_APART: Final = 12
"""Of 256. A picture saved anew, shrunk or lightened stays below; another picture differs in about half."""


@dataclass(frozen=True, slots=True)
class SeenPicture:
    """A picture of an earlier claim: its perceptual hash, 64 hex digits."""

    picture: str
    claim_id: int


@dataclass(frozen=True)
class SeenEvidence:
    """What earlier claims handed in.

    Attributes:
        files: SHA-256 of the bytes, hex → claim that handed it in first.
        pictures: Of earlier claims.
    """

    files: Mapping[str, int] = field(default_factory=dict)
    pictures: Sequence[SeenPicture] = ()


def file_print(content: bytes) -> str:
    """What exact duplicates are found by: SHA-256, hex."""
    return hashlib.sha256(content).hexdigest()


def bits_apart(one: str, other: str) -> int:
    """In how many of 256 bits two perceptual hashes differ."""
    return (int(one, 16) ^ int(other, 16)).bit_count()


def look_alikes(pictures: Iterable[str], seen: Sequence[SeenPicture], claim_id: int) -> tuple[tuple[str, int], ...]:
    """Pictures that look like one of another claim, with that claim: the lowest id where there are several."""
    found: dict[str, int] = {}
    for picture in pictures:
        for each in seen:
            if each.claim_id != claim_id and bits_apart(picture, each.picture) <= MOST_BITS_APART:
                found[picture] = min(each.claim_id, found.get(picture, each.claim_id))
    return tuple(sorted(found.items()))
