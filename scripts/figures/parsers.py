"""Damaged and acting files, each read in the sealed process: no hang, no crash of the node, nothing done.

Whether something is done is seen from outside: every system call of every sealed process is looked at (`ptrace`), and
what it would take to start a program, make a process or a socket, or open or change a file is counted when it is *asked
for*, before the seal refuses it. The reader's own trial at its start asks for four such things, so a watch that sees
nothing is noticed. Acting files aim at canaries that were tried first.
"""

from __future__ import annotations

import random
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

from oracle.evidence.limits import READING_LIMITS
from oracle.evidence.reading.reader import GRACE_SECONDS, Reader
from oracle.evidence.reading.result import Outcome
from oracle.evidence.refusals import EvidenceUnread
from scripts.figures.acting_seeds import Canaries, acting_files
from scripts.figures.figure import Figure
from scripts.figures.parser_seeds import bomb, damaged, seeds
from scripts.figures.reader_watch import Sight, Sort, Watch

COMMAND: Final = "quittance figures parsers"
FILES: Final = 10_000
FILES_SHORT: Final = 500
EVERY: Final = 200
"""One in so many files unpacks to a thousand times its size, and is stopped."""
ACTING_SHARE: Final = 5
"""So many damaged files for each damaged acting one."""
TIGHT: Final = replace(READING_LIMITS, cpu_seconds=2, wall_seconds=4)
"""Tighter than in use, so that a run ends; a file that breaks them is stopped, which is what is shown."""
TRIED: Final = (Sort.PROCESS, Sort.NETWORK, Sort.CHANGE, Sort.READ)
HARMLESS: Final = "/proc/self/cgroup"
"""C2PA's library asks how many cores it may use, of whatever file, and is refused."""
_OF_THE_TRIAL: Final = ("/", "/dev/null")


@dataclass
class Run:
    """What came of it.

    Attributes:
        ended: How files ended, by name. `acting`: how many of them had an act in them.
        named, to_name: Acts in sound files that the reader names, and that it has to.
        before: What the watch had seen when the first file was read: the reader's trial of its seal.
        sung: Canaries that sang. `left`: files where the reader ran that were not there before.
    """

    ended: Counter[str] = field(default_factory=Counter)
    acting: int = 0
    slowest: float = 0.0
    named: int = 0
    to_name: int = 0
    lost: int = 0
    told_twice: int = 0
    sung: int = 0
    left: int = 0
    before: Counter[Sort] = field(default_factory=Counter)
    sight: Sight = field(default_factory=Sight)


def measure(*, full: bool = False) -> list[Figure]:
    """500 damaged files and 100 acting ones, or 10,000 and 2,000 with `--full`."""
    count = FILES if full else FILES_SHORT
    return figures_of(played(count), count, f"{COMMAND} --full" if full else COMMAND)


def played(count: int) -> Run:
    """Read `count` damaged files and a fifth of that of acting ones; the first of these are sound."""
    run, draw = Run(), random.Random(31)  # repeatable, guards nothing
    with tempfile.TemporaryDirectory() as home, tempfile.TemporaryDirectory() as nest, Canaries(Path(nest)) as canaries:
        reader = Reader(TIGHT, folder=Path(home))
        watch = Watch(lambda: reader.process_id)
        watch.start()
        with reader:
            watch.await_seized()
            first, run.before = reader.process_id, Counter(watch.sight.attempts)
            _read_damaged(run, reader, count, draw)
            _read_acting(run, reader, canaries, count // ACTING_SHARE, draw)
            run.lost = int(reader.process_id != first)
            run.told_twice = sum(reader.read(each, kind) != reader.read(each, kind) for kind, each in seeds()[:5])
        run.sight = watch.ended()
        run.left = sum(1 for _ in Path(home).rglob("*"))
        run.sung = canaries.sung
    return run


def _read_damaged(run: Run, reader: Reader, count: int, draw: random.Random) -> None:
    kinds = seeds()
    for number in range(count):
        media_type, content = kinds[number % len(kinds)] if (number + 1) % EVERY else ("application/pdf", bomb())
        _read(run, reader, damaged(content, draw), media_type)


def _read_acting(run: Run, reader: Reader, canaries: Canaries, count: int, draw: random.Random) -> None:
    files = acting_files(canaries)
    for each in files:
        found = _read(run, reader, each.content, each.media_type)
        run.to_name += bool(each.named)
        run.named += bool(each.named) and each.named in found
    for number in range(max(0, count - len(files))):
        each = files[number % len(files)]
        _read(run, reader, damaged(each.content, draw), each.media_type)
    run.acting = max(count, len(files))


def _read(run: Run, reader: Reader, content: bytes, media_type: str) -> tuple[str, ...]:
    """Read one file and note how it ended; what would act in it, as the reader names it."""
    started, named = time.monotonic(), tuple[str, ...]()
    try:
        reading = reader.read(content, media_type)
    except EvidenceUnread as error:
        run.ended[f"stopped ({error.problem.rsplit(' ', 1)[-1]})"] += 1
    else:
        run.ended["read" if reading.outcome is Outcome.READ else "unreadable"] += 1
        named = reading.metadata.active
    run.slowest = max(run.slowest, time.monotonic() - started)
    return named


def figures_of(run: Run, count: int, command: str) -> list[Figure]:
    """That all came to an end, and that nothing was tried."""
    most = TIGHT.wall_seconds + GRACE_SECONDS
    note = ", ".join(f"{name}: {each}" for name, each in sorted(run.ended.items()))
    total = count + run.acting
    return [
        Figure("damaged and acting files that came to an end", run.ended.total(), "files", total, "==", command, note),
        Figure("longest time one of them took", round(run.slowest, 2), "s", most, "<=", command),
        Figure("reading processes lost to them", run.lost, "processes", 0, "==", command),
        *_of_the_watch(run, total, command),
        Figure(
            "canaries that sang, files left", run.sung + run.left, "times", 0, "==", command,
            "a program that leaves a mark when run, a port that counts connections, both tried first and aimed at by "
            f"{run.acting:,} files; the folder the reader ran in",
        ),
        Figure(
            "acts in sound files that the reader names", run.named, "acts", run.to_name, "==", command,
            "scripts, launches, attachments, forms, media",
        ),
        Figure("sound files read two ways afterwards", run.told_twice, "files", 0, "==", command),
    ]  # fmt: skip


def _of_the_watch(run: Run, files: int, command: str) -> list[Figure]:
    sight, trial = run.sight, sum(min(1, run.before[sort]) for sort in TRIED)
    seen = Counter({sort: count - run.before[sort] for sort, count in sight.attempts.items()})
    seen[Sort.READ] -= sight.paths[HARMLESS]
    opened = ", ".join(sorted(sight.paths.keys() - {HARMLESS, *_OF_THE_TRIAL})) or "none"
    refused = ", ".join(f"number {number}: {times:,} times" for number, times in sorted(sight.refused.items()))
    notes = {
        Sort.PROCESS: f"asked for, whether refused or not: {sight.calls:,} system calls of {sight.children:,} sealed "
        f"processes over {files:,} files",
        Sort.READ: f"{opened}; not counted: {HARMLESS}, asked for {sight.paths[HARMLESS]:,} times and refused",
    }
    return [
        *(
            Figure(f"tries to {each.value}", seen[each], "tries", 0, "==", command, notes.get(each, ""))
            for each in TRIED
        ),
        Figure("other calls the seal refused", seen[Sort.OTHER], "calls", None, "<=", command, refused),
        Figure(
            "sorts of tries the watch saw in the reader's own trial of its seal", trial, "sorts", len(TRIED), "==",
            command, "a process, a socket, a file to write, a file to read: a watch that sees nothing is noticed",
        ),
    ]  # fmt: skip
