"""Damaged PDFs, pictures and JSON, each read in the sealed process: no hang, no crash of the node, nothing done."""

from __future__ import annotations

import random
import tempfile
import time
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Final

from oracle.evidence.limits import READING_LIMITS
from oracle.evidence.reading.reader import GRACE_SECONDS, Reader
from oracle.evidence.reading.result import Outcome
from oracle.evidence.refusals import EvidenceUnread
from scripts.figures.figure import Figure
from scripts.figures.parser_seeds import bomb, damaged, seeds

COMMAND: Final = "quittance figures parsers"
FILES: Final = 10_000
FILES_SHORT: Final = 500
EVERY: Final = 200
"""One in so many files unpacks to a thousand times its size, and is stopped."""
TIGHT: Final = replace(READING_LIMITS, cpu_seconds=2, wall_seconds=4)
"""Tighter than in use, so that a run ends; a file that breaks them is stopped, which is what is shown."""


def measure(*, full: bool = False) -> list[Figure]:
    """500 files, or 10,000 with `--full`."""
    count = FILES if full else FILES_SHORT
    draw, kinds = random.Random(31), seeds()  # repeatable, guards nothing
    ended: Counter[str] = Counter()
    slowest, lost, told_twice = 0.0, 0, 0
    with tempfile.TemporaryDirectory() as home, Reader(TIGHT, folder=Path(home)) as reader:
        first = reader.process_id
        for number in range(count):
            media_type, content = kinds[number % len(kinds)] if (number + 1) % EVERY else ("application/pdf", bomb())
            started = time.monotonic()
            ended[_read(reader, damaged(content, draw), media_type)] += 1
            slowest = max(slowest, time.monotonic() - started)
        lost = int(reader.process_id != first)
        sound = sum(
            reader.read(content, media_type) == reader.read(content, media_type) for media_type, content in _sound()
        )
        told_twice = len(_sound()) - sound
        written = sum(1 for _ in Path(home).rglob("*"))
    most = TIGHT.wall_seconds + GRACE_SECONDS
    note = ", ".join(f"{name}: {each}" for name, each in sorted(ended.items()))
    return [
        Figure("damaged files that came to an end", sum(ended.values()), "files", count, "==", COMMAND, note),
        Figure("longest time one of them took", round(slowest, 2), "s", most, "<=", COMMAND),
        Figure("reading processes lost to them", lost, "processes", 0, "==", COMMAND),
        Figure("files they left behind", written, "files", 0, "==", COMMAND, "in the folder they ran in"),
        Figure("sound files read two ways afterwards", told_twice, "files", 0, "==", COMMAND),
    ]


def _sound() -> list[tuple[str, bytes]]:
    """Seeds that can be read."""
    return seeds()[:5]


def _read(reader: Reader, content: bytes, media_type: str) -> str:
    try:
        reading = reader.read(content, media_type)
    except EvidenceUnread as error:
        return f"stopped ({error.problem.rsplit(' ', 1)[-1]})"
    return "read" if reading.outcome is Outcome.READ else "unreadable"
