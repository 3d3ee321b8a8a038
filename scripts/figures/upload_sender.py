"""A sender of files by tus that cuts its line at random, and goes on until the file is whole."""

from __future__ import annotations

import base64
import hashlib
import http.client
import random
import socket
import struct
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import UUID

PATIENCE_SECONDS: Final = 1_800.0
_TUS: Final = {"Tus-Resumable": "1.0.0"}


class UploadsFailed(RuntimeError):
    """The measurement itself did not work; says what."""


@dataclass
class Sender:
    """Hands one file in, whatever happens to the line. `cuts` counts how often it cut the line itself."""

    port: int
    key: str
    case_id: UUID
    chance: random.Random
    cuts: int = 0
    answers: dict[str, int] = field(default_factory=dict)

    def hand_in(self, name: str, content: bytes, *, part: int | None = None) -> UUID:
        """Send the file until it is whole, or its first `part` bytes. Returns the upload's id.

        Raises:
            UploadsFailed: The server lost it, or does not come to an end.
        """
        deadline, location, wanted = time.monotonic() + PATIENCE_SECONDS, "", len(content) if part is None else part
        while time.monotonic() < deadline:
            try:
                location = location or self._begin(name, content)
                offset = self._offset(location)
                if offset >= wanted:
                    return UUID(location.rpartition("/")[2])
                self._send(location, content[:wanted], offset, len(content))
            except (OSError, http.client.HTTPException):
                time.sleep(0.05)  # the server is gone, or the line: ask again how far it is
        raise UploadsFailed(f"{name} did not get through in {PATIENCE_SECONDS:.0f} s: {self.answers}")

    def _begin(self, name: str, content: bytes) -> str:
        told = {"filename": name, "filetype": "application/pdf", "sha256": hashlib.sha256(content).hexdigest()}
        pairs = ",".join(f"{key} {base64.b64encode(value.encode()).decode()}" for key, value in told.items())
        headers = {"Upload-Length": str(len(content)), "Upload-Metadata": pairs}
        with self._line() as line:
            answer = self._ask(line, "POST", f"/v1/cases/{self.case_id}/evidence-uploads", headers)
            if answer.status != http.client.CREATED:
                raise UploadsFailed(f"{name} was not begun: {answer.status} {answer.read()[:300]!r}")
            if self.chance.random() < 0.2:
                self.cuts += 1
                raise ConnectionResetError("this reply is lost on its way")
            return str(answer.headers["location"])

    def _offset(self, location: str) -> int:
        with self._line() as line:
            answer = self._ask(line, "HEAD", location, {})
            if answer.status != http.client.OK:
                raise UploadsFailed(f"{location} is lost: {answer.status}")
            return int(str(answer.headers["upload-offset"]))

    def _send(self, location: str, content: bytes, offset: int, length: int) -> None:
        """Say that all the rest comes; send it, or cut the line somewhere in it."""
        rest = content[offset:]
        cut = self.chance.random() < 0.7
        headers = {
            "Upload-Offset": str(offset), "Content-Type": "application/offset+octet-stream",
            "Content-Length": str(length - offset if cut else len(rest)),
        }  # fmt: skip
        with self._line() as line:
            self._put(line, "PATCH", location, headers)
            line.send(rest[: self.chance.randrange(len(rest) + 1)] if cut else rest)
            if cut:
                self.cuts += 1
                _drop(line, rudely=self.chance.random() < 0.5)
                return
            answer = line.getresponse()
            answer.read()
            self.answers[str(answer.status)] = self.answers.get(str(answer.status), 0) + 1

    def _ask(self, line: http.client.HTTPConnection, method: str, path: str, headers: dict[str, str]) -> Any:
        self._put(line, method, path, headers)
        return line.getresponse()

    def _put(self, line: http.client.HTTPConnection, method: str, path: str, headers: dict[str, str]) -> None:
        line.putrequest(method, path)
        for name, value in {**_TUS, "Authorization": f"Bearer {self.key}", **headers}.items():
            line.putheader(name, value)
        if method == "POST":
            line.putheader("Content-Length", "0")
        line.endheaders()

    @contextmanager
    def _line(self) -> Iterator[http.client.HTTPConnection]:
        line = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            yield line
        finally:
            line.close()


def _drop(line: http.client.HTTPConnection, *, rudely: bool) -> None:
    """Hang up; rudely: what is still on its way is thrown away, as when a cable is pulled."""
    if rudely and line.sock is not None:
        line.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    line.close()
