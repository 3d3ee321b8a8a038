"""Hands files to the process that reads them, and believes it nothing but what validates.

with Reader() as reader:
    reading = reader.read(file.content, file.media_type)
"""

from __future__ import annotations

import json
import os
import select
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from pydantic import ValidationError

from domain.evidence.limits import Handed
from oracle.evidence.limits import READING_LIMITS, ReadingLimits
from oracle.evidence.reading.result import FileReading
from oracle.evidence.refusals import EvidenceUnread

GRACE_SECONDS: Final = 10
"""How much longer than the child's limit the zygote may take to say how it ended."""
START_SECONDS: Final = 60
MOST_HEAD: Final = 65_536


class Reader:
    """One zygote. Not to be used by two threads at once.

    Args:
        limits: Of each file.
        require_seal: Refuse to start where the filter of system calls is not to be had (not Linux, or a kernel without
            seccomp). False reads with resource limits alone, which keeps no parser from the network.
        folder: Where the process runs and would put temporary files, if it could.
    """

    def __init__(
        self, limits: ReadingLimits = READING_LIMITS, *, require_seal: bool = True, folder: Path = Path("/")
    ) -> None:
        self._limits = limits
        self._require_seal = require_seal
        self._folder = folder
        self._process: subprocess.Popen[bytes] | None = None
        self.versions: dict[str, str] = {}
        self.sealed = False

    def __enter__(self) -> Self:
        self._start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def process_id(self) -> int | None:
        """Of the zygote; another one means that it had to be started anew."""
        return None if self._process is None else self._process.pid

    def close(self) -> None:
        """End the zygote."""
        if self._process is not None:
            self._process.kill()
            self._process.communicate()
            self._process = None

    def read(self, content: bytes, media_type: str) -> FileReading:
        """What one file says.

        Raises:
            EvidenceUnread: It broke a limit of time or memory, or its parser crashed; or no reader can be started.
        """
        if self._process is None:
            self._start()
        asked = {"media_type": media_type, "size": len(content), "limits": asdict(self._limits)}
        deadline = time.monotonic() + self._limits.wall_seconds + GRACE_SECONDS
        try:
            self._write(asked, content, deadline)
            told = self._frame(deadline)
            ended = told.get("ended")
            if ended != "done":
                problem = f"reading it ended with {ended}"
                raise EvidenceUnread("file", f"{len(content)} bytes", problem, "Let a person look at it")
            return FileReading.model_validate_json(self._exactly(_size(told, self._limits.output_bytes), deadline))
        except (OSError, ValueError, ValidationError) as error:
            self.close()  # what is left in the pipe belongs to nobody now
            raise EvidenceUnread(
                "reader", type(error).__name__, "gave no sound answer", "Let a person look at it"
            ) from error

    def _start(self) -> None:
        command = [sys.executable, "-P", "-m", "oracle.evidence.reading.zygote"]
        environment = {
            "PYTHONPATH": os.pathsep.join(filter(None, sys.path)),
            "LANG": "C.UTF-8",
            "TMPDIR": str(self._folder),
        }
        self._process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=environment,
            cwd=self._folder,
        )
        for pipe in (self._process.stdin, self._process.stdout):
            assert pipe is not None
            os.set_blocking(pipe.fileno(), False)
        try:
            hello = self._frame(time.monotonic() + START_SECONDS)
        except (OSError, ValueError) as error:
            self.close()
            raise EvidenceUnread("reader", command[-1], "does not start", "Run `quittance doctor`") from error
        self.sealed = hello.get("sealed") is True
        versions = hello.get("versions")
        self.versions = {str(name): str(each) for name, each in versions.items()} if isinstance(versions, dict) else {}
        if self._require_seal and not self.sealed:
            self.close()
            remedy = "Use Linux with seccomp on x86-64 or ARM64, or say require_seal=False and know what it means"
            raise EvidenceUnread("reader", sys.platform, "cannot be sealed here", remedy)

    def _write(self, asked: dict[str, object], content: bytes, deadline: float) -> None:
        message = json.dumps(asked).encode()
        left = memoryview(len(message).to_bytes(4, "big") + message + content)
        assert self._process is not None
        assert self._process.stdin is not None
        number = self._process.stdin.fileno()
        while left:
            _, ready, _ = select.select([], [number], [], max(0.0, deadline - time.monotonic()))
            if not ready:
                raise TimeoutError("the reader takes nothing")
            left = left[os.write(number, left[:65_536]) :]

    def _frame(self, deadline: float) -> dict[str, object]:
        size = int.from_bytes(self._exactly(4, deadline), "big")
        if size > MOST_HEAD:
            raise ValueError("the reader's answer is too long")
        told = json.loads(self._exactly(size, deadline))
        if not isinstance(told, dict):
            raise ValueError("the reader's answer is no object")
        return told

    def _exactly(self, size: int, deadline: float) -> bytes:
        assert self._process is not None
        assert self._process.stdout is not None
        number, taken = self._process.stdout.fileno(), bytearray()
        while len(taken) < size:
            ready, _, _ = select.select([number], [], [], max(0.0, deadline - time.monotonic()))
            if not ready:
                raise TimeoutError("the reader says nothing")
            piece = os.read(number, size - len(taken))
            if not piece:
                raise ConnectionError("the reader is gone")
            taken += piece
        return bytes(taken)


def read_files(reader: Reader, files: Sequence[Handed]) -> dict[str, FileReading]:
    """Readings of all files, by name.

    Raises:
        EvidenceUnread: Of the first file no reading can be had of; no loss may be stated without it.
    """
    return {file.name: reader.read(file.content, file.media_type) for file in files}


def _size(told: dict[str, object], most: int) -> int:
    size = told.get("size")
    if not isinstance(size, int) or not 0 <= size <= most:
        raise ValueError("the reader's answer has no sound size")
    return size
