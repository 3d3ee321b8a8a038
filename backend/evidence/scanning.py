"""Has files looked at by a virus scanner on their way into the vault: clamd's INSTREAM (manual page clamd(8)).

A file is sent in chunks, each after its length in four bytes, big end first; a length of nothing ends it. The answer
is one line, ended by a zero byte: `stream: OK`, `stream: NAME FOUND`, or something that ends with `ERROR`.
"""

from __future__ import annotations

import socket
import struct
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from backend.problems import Problem

PATIENCE_SECONDS: Final = 30.0
"""Longest wait for the scanner to take a piece, or to answer."""
_MOST_ANSWER_BYTES: Final = 4_096
_CHUNK_BYTES: Final = 256 * 1024


class ScannerUnavailable(Exception):
    """The scanner did not say whether a file is clean. The text says why."""


@dataclass(frozen=True, slots=True)
class Scanner:
    """A clamd, wherever it listens.

    Args:
        connect: Opens a connection.
    """

    connect: Callable[[], socket.socket]

    def look(self) -> Look:
        """Begin to look at one file."""
        return Look(self)


class Look:
    """One file as the scanner sees it. `found` is the signature's name once all has passed, None for a clean file."""

    def __init__(self, scanner: Scanner) -> None:
        self._scanner = scanner
        self.found: str | None = None

    def watch(self, pieces: Iterable[bytes]) -> Iterator[bytes]:
        """The same pieces, shown to the scanner on their way.

        Raises:
            Problem: `scanner_unavailable`.
        """
        try:
            with self._scanner.connect() as connection:
                _send(connection, b"zINSTREAM\0")
                for piece in pieces:
                    for start in range(0, len(piece), _CHUNK_BYTES):
                        chunk = piece[start : start + _CHUNK_BYTES]
                        _send(connection, struct.pack("!I", len(chunk)) + chunk)
                    yield piece
                _send(connection, struct.pack("!I", 0))
                self.found = _verdict(_answer(connection))
        except (OSError, ScannerUnavailable) as error:
            raise Problem("scanner_unavailable") from error


def open_scanner(address: str) -> Scanner | None:
    """The scanner at `tcp://host:port` or `unix:/path`; None for an empty address."""
    if not address:
        return None
    parts = urlsplit(address)
    if parts.scheme == "unix":
        return Scanner(lambda: _unix(parts.path))
    host, port = parts.hostname or "", parts.port or 3310
    return Scanner(lambda: socket.create_connection((host, port), timeout=PATIENCE_SECONDS))


def _unix(path: str) -> socket.socket:
    connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        connection.settimeout(PATIENCE_SECONDS)
        connection.connect(path)
    except OSError:
        connection.close()
        raise
    return connection


def _send(connection: socket.socket, content: bytes) -> None:
    try:
        connection.sendall(content)
    except (BrokenPipeError, ConnectionResetError) as error:
        answer = b""
        with suppress(OSError):  # it hung up, and may have said why before
            answer = connection.recv(_MOST_ANSWER_BYTES)
        raise ScannerUnavailable(f"the scanner hung up: {answer.decode('ascii', 'replace')[:200]!r}") from error


def _answer(connection: socket.socket) -> str:
    answer = b""
    while not answer.endswith(b"\0") and len(answer) < _MOST_ANSWER_BYTES:
        more = connection.recv(_MOST_ANSWER_BYTES)
        if not more:
            break
        answer += more
    return answer.rstrip(b"\0").decode("utf-8", "replace").strip()


def _verdict(answer: str) -> str | None:
    """The name of what was found.

    Raises:
        ScannerUnavailable: The answer says neither.
    """
    _, _, said = answer.partition(": ")
    if said == "OK":
        return None
    if said.endswith(" FOUND"):
        return said.removesuffix(" FOUND")
    raise ScannerUnavailable(f"the scanner answered {answer[:200]!r}")
