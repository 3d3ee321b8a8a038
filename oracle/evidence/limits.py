"""How much of one file is read, and by how much of a machine."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from domain.evidence.limits import MEBIBYTE, Limits


@dataclass(frozen=True, slots=True)
class ReadingLimits(Limits):
    """Most of everything, in reading too.

    Attributes:
        pages, pixels, text_chars: Read of one file; what is beyond makes it unreadable, never shorter.
        cpu_seconds, wall_seconds, memory_bytes, output_bytes: Of the process that reads one file.
    """

    pages: int = 200
    pixels: int = 50_000_000
    text_chars: int = 200_000
    cpu_seconds: int = 10
    wall_seconds: int = 30
    memory_bytes: int = 1024 * MEBIBYTE
    output_bytes: int = 2 * MEBIBYTE


READING_LIMITS: Final = ReadingLimits()
