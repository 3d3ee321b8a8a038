"""One sealed reader kept open for all claims, and started anew when it dies."""

from __future__ import annotations

from collections.abc import Mapping
from threading import Lock
from typing import Final

from oracle.evidence.dossier import Dossier
from oracle.evidence.limits import LIMITS, Limits
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

    def __init__(self, limits: Limits = LIMITS, *, require_seal: bool = True) -> None:
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

    def read(self, dossier: Dossier) -> Mapping[str, FileReading]:
        """Readings of all files, by name. A process that died is started anew and asked once more.

        Raises:
            EvidenceUnread: A file broke a limit of time or memory, or took the process with it twice.
        """
        return {file.name: self._read(file.content, file.media_type) for file in dossier.files}

    def _read(self, content: bytes, media_type: str) -> FileReading:
        with self._lock:
            try:
                return self._reader.read(content, media_type)
            except EvidenceUnread as error:
                if error.field != _DIED:
                    raise
                self.restarts += 1
            return self._reader.read(content, media_type)
