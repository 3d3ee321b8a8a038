"""One sealed reader kept open for all claims, and started anew when it dies."""

from __future__ import annotations

import math
import time
from collections.abc import Mapping
from threading import Lock
from typing import Final

from domain.evidence.dossier import Dossier
from oracle.evidence.limits import READING_LIMITS, ReadingLimits
from oracle.evidence.reading.reader import Reader
from oracle.evidence.reading.result import FileReading
from oracle.evidence.refusals import EvidenceUnread

_DIED: Final = "reader"
"""`EvidenceUnread.field` where the process itself is at fault, and not the file."""


class KeptReader:
    """Safe to share between threads; files are read one after the other.

    Args:
        require_seal: As `Reader`.
    """

    def __init__(self, limits: ReadingLimits = READING_LIMITS, *, require_seal: bool = True) -> None:
        self._reader = Reader(limits, require_seal=require_seal)
        self._lock = Lock()
        self.restarts = 0

    @property
    def process_id(self) -> int | None:
        """Of the reading process; None: it starts with the first file."""
        return self._reader.process_id

    def start(self) -> None:
        """Start it now, which takes most of a second, rather than with the first claim.

        Raises:
            EvidenceUnread: It cannot be started or sealed here.
        """
        with self._lock:
            if self._reader.process_id is None:
                self._reader.__enter__()

    def close(self) -> None:
        """End it."""
        with self._lock:
            self._reader.close()

    def versions(self) -> dict[str, str]:
        """Of the libraries that read.

        Raises:
            EvidenceUnread
        """
        if not self._reader.versions:
            self.start()
        return dict(self._reader.versions)

    def read(self, dossier: Dossier, *, ends_at: float = math.inf) -> Mapping[str, FileReading]:
        """Readings of all files, by name. A process that died is started anew and asked once more.

        Args:
            ends_at: Monotonic seconds, after which no other file is begun.
        Raises:
            EvidenceUnread: A file broke a limit of time or memory, or took the process with it twice; or time is up.
        """
        readings: dict[str, FileReading] = {}
        for file in dossier.files:
            if time.monotonic() >= ends_at:
                raise EvidenceUnread("time", f"{len(readings)} files", "is up", "Read the dossier in a quiet time")
            readings[file.name] = self._read(file.content, file.media_type)
        return readings

    def _read(self, content: bytes, media_type: str) -> FileReading:
        with self._lock:
            try:
                return self._reader.read(content, media_type)
            except EvidenceUnread as error:
                if error.field != _DIED:
                    raise
                self.restarts += 1
            return self._reader.read(content, media_type)
