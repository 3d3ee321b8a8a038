"""Has the oracle's sealed parser look at dossiers, as a program of its own; this one never parses a document.

The program is given the files on its standard input and answers with JSON (`oracle/evidence/reading/command.py`). It
gets no environment of ours, ends when its time is up, and what it says is bounded and validated anew.
"""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import threading
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import IO, Annotated, Final

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from domain.evidence.limits import LIMITS, MEBIBYTE

WALL_SECONDS: Final = 90.0
MOST_OUTPUT_BYTES: Final = 4 * MEBIBYTE
_MOST_MEMORY: Final = 4096 * MEBIBYTE
_MOST_CPU_SECONDS: Final = 120
_PIECE: Final = 65_536
Text = Annotated[str, Field(max_length=2_000)]


class ReaderFailed(Exception):
    """Nothing was learned. `code` is stable and says nothing of the files."""

    def __init__(self, code: str) -> None:
        self.code = code
        super().__init__(code)


class _Model(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)


class ClueFound(_Model):
    """A sign, in words."""

    code: Annotated[str, Field(pattern=r"^[A-Z_]{1,40}$")]
    file: Annotated[str, Field(max_length=LIMITS.name_bytes)]
    finding: Annotated[str, Field(max_length=60)] | None
    en: Text
    zh: Text


class FileFound(_Model):
    """How reading a file ended, and its pictures."""

    name: Annotated[str, Field(max_length=LIMITS.name_bytes)]
    outcome: Annotated[str, Field(max_length=20)]
    problem: Annotated[str, Field(max_length=200)]
    pictures: Annotated[tuple[Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")], ...], Field(max_length=64)]


class Findings(_Model):
    """What the program says."""

    files: Annotated[tuple[FileFound, ...], Field(max_length=LIMITS.files)]
    clues: Annotated[tuple[ClueFound, ...], Field(max_length=2_000)]


class FileAsked(BaseModel):
    """A file that is sent."""

    name: str
    media_type: str
    size: int


class Asked(BaseModel):
    """The first line that is sent. Times in unix seconds."""

    cover_from: int
    occurred_at: int
    noticed_at: int
    files: list[FileAsked]


def default_command() -> list[str]:
    """The oracle's reader, run by this very Python."""
    return [sys.executable, "-P", "-m", "oracle.evidence.reading.command"]


@dataclass(frozen=True, slots=True)
class DossierReader:
    """Runs the program once for each dossier.

    Args:
        command: Its argument vector; no shell is asked.
    """

    command: Sequence[str]
    wall_seconds: float = WALL_SECONDS

    def read(self, asked: Asked, content: Iterable[bytes]) -> Findings:
        """What is noticed in files that come piece by piece, in the order of `asked`.

        Raises:
            ReaderFailed: `not_started`, `time_over`, `refused`, `answer_unsound`.
        """
        with os.fdopen(os.memfd_create("findings"), "w+b") as answers:  # in memory: no disk sees what was read
            try:
                process = subprocess.Popen(
                    list(self.command), stdin=subprocess.PIPE, stdout=answers, stderr=subprocess.DEVNULL,
                    env=_environment(), cwd="/", start_new_session=True,
                )  # fmt: skip
            except OSError as error:
                raise ReaderFailed("not_started") from error
            timer = threading.Timer(self.wall_seconds, process.kill)
            timer.start()
            try:
                _limit(process.pid)
                _send(process, asked, content)
                code = process.wait()
            finally:
                over = not timer.is_alive()
                timer.cancel()
                process.kill()
                process.wait()
            return _answer(answers, code, over=over)


def _send(process: subprocess.Popen[bytes], asked: Asked, content: Iterable[bytes]) -> None:
    """A program that ended early takes no more; how it ended is told by its exit code."""
    sink = process.stdin
    assert sink is not None
    try:
        with suppress(BrokenPipeError):
            sink.write(asked.model_dump_json().encode("utf-8") + b"\n")
            for piece in content:
                sink.write(piece)
    finally:
        with suppress(BrokenPipeError):  # closing sends what is left
            sink.close()


def _answer(answers: IO[bytes], code: int, *, over: bool) -> Findings:
    if over:
        raise ReaderFailed("time_over")
    answers.seek(0)
    told = answers.read(MOST_OUTPUT_BYTES + 1)
    if code == 1:
        raise ReaderFailed("refused")
    if code != 0 or len(told) > MOST_OUTPUT_BYTES:
        raise ReaderFailed("answer_unsound")
    try:
        return Findings.model_validate_json(told)
    except ValidationError as error:
        raise ReaderFailed("answer_unsound") from error


def _limit(process_id: int) -> None:
    """Bound what the whole program may take; of each file it takes less still. Not everywhere to be had."""
    if not hasattr(resource, "prlimit"):
        return
    limits = (
        (resource.RLIMIT_AS, _MOST_MEMORY), (resource.RLIMIT_CPU, _MOST_CPU_SECONDS), (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_FSIZE, MOST_OUTPUT_BYTES + _PIECE),
    )  # fmt: skip
    for kind, most in limits:
        try:
            resource.prlimit(process_id, kind, (most, most))
        except (ProcessLookupError, PermissionError, ValueError):
            return  # it ended already, or is limited more narrowly from outside


def _environment() -> dict[str, str]:
    return {"PYTHONPATH": os.pathsep.join(filter(None, sys.path)), "LANG": "C.UTF-8", "PATH": os.defpath}
