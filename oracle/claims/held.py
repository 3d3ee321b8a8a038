"""What a node has read of a claim and says nothing of before earlier claims are read: kept so as not to be read twice.

In memory only, for seconds, and no more than so many bytes of evidence.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from threading import Lock
from typing import Final

from domain.evidence.dossier import Dossier
from oracle.claims.known import Shown
from oracle.evidence.reading.result import FileReading

MOST_BYTES: Final = 64 << 20


@dataclass(frozen=True, slots=True)
class Read:
    """A dossier and what it says."""

    dossier: Dossier
    readings: Mapping[str, FileReading]
    shown: Shown

    @property
    def size(self) -> int:
        """Bytes of its files."""
        return sum(len(file.content) for file in self.dossier.files)


class Held:
    """By evidence root; of too much, what was put longest ago is let go. Safe to share between threads."""

    def __init__(self, most_bytes: int = MOST_BYTES) -> None:
        self._most, self._bytes = most_bytes, 0
        self._reads: OrderedDict[bytes, Read] = OrderedDict()
        self._lock = Lock()

    def put(self, read: Read) -> None:
        """Keep it until it is taken."""
        with self._lock:
            self._take(read.dossier.root)
            self._reads[read.dossier.root] = read
            self._bytes += read.size
            while self._bytes > self._most:
                self._take(next(iter(self._reads)))

    def take(self, root: bytes) -> Read | None:
        """What was kept, which is kept no longer; None: it must be read."""
        with self._lock:
            return self._take(root)

    def _take(self, root: bytes) -> Read | None:
        read = self._reads.pop(root, None)
        self._bytes -= 0 if read is None else read.size
        return read
