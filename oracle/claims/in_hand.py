"""Dossiers that are being read now: several threads of a node read none of them twice, and wait for each other."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from threading import Condition


class InHand:
    """Evidence roots in hand. Safe to share between threads."""

    def __init__(self) -> None:
        self._roots: Counter[bytes] = Counter()
        self._changed = Condition()

    @contextmanager
    def reading(self, root: bytes) -> Iterator[None]:
        """This dossier is in hand for the length of the block, whoever else reads it."""
        with self._changed:
            self._roots[root] += 1
        try:
            yield
        finally:
            self._let_go(root)

    @contextmanager
    def alone(self, root: bytes) -> Iterator[bool]:
        """As `reading`, unless another thread has it in hand: then False."""
        with self._changed:
            taken = not self._roots[root]
            self._roots[root] += taken
        try:
            yield taken
        finally:
            if taken:
                self._let_go(root)

    def holds(self, root: bytes) -> bool:
        """Whether it is in hand."""
        with self._changed:
            return self._roots[root] > 0

    def wait(self, roots: Collection[bytes], seconds: float) -> None:
        """Until none of them is in hand, or time is up."""
        until = time.monotonic() + seconds
        with self._changed:
            while any(self._roots[root] for root in roots) and (left := until - time.monotonic()) > 0:
                self._changed.wait(left)

    def _let_go(self, root: bytes) -> None:
        with self._changed:
            self._roots[root] -= 1
            if not self._roots[root]:
                del self._roots[root]
            self._changed.notify_all()
