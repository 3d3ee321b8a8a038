"""Statements about requests this node has not seen on chain yet. Each node has a shelf of its own: one that talks too
much pushes out its own words and nobody else's."""

from __future__ import annotations

from collections import OrderedDict, deque
from dataclasses import dataclass, field
from itertools import count

from oracle.rounds.statements import Statement

MOST_EACH, MOST_BYTES_EACH = 128, 1_000_000
"""Of one node; its oldest go first."""
MOST_NODES = 128

Key = tuple[bytes, int]


@dataclass
class _Shelf:
    kept: deque[tuple[int, Key, Statement, int]] = field(default_factory=deque)
    size: int = 0


class EarlyWords:
    """Keeps statements until their request is seen."""

    def __init__(self) -> None:
        self._shelves: OrderedDict[str, _Shelf] = OrderedDict()
        self._places = count()

    def __len__(self) -> int:
        return sum(len(shelf.kept) for shelf in self._shelves.values())

    def keep(self, key: Key, statement: Statement, size: int) -> None:
        """Keep one; what is kept already is not kept twice, whoever says it again.

        Args:
            size: Bytes it came in.
        """
        shelf = self._shelves.setdefault(statement.node, _Shelf())
        self._shelves.move_to_end(statement.node)
        if any(of == key and kept == statement for _, of, kept, _ in shelf.kept):
            return
        shelf.kept.append((next(self._places), key, statement, size))
        shelf.size += size
        while len(shelf.kept) > MOST_EACH or (shelf.size > MOST_BYTES_EACH and len(shelf.kept) > 1):
            shelf.size -= shelf.kept.popleft()[3]
        while len(self._shelves) > MOST_NODES:
            self._shelves.popitem(last=False)

    def take(self, key: Key) -> list[Statement]:
        """All about a request, in the order they came; they are kept no longer."""
        found: list[tuple[int, Statement]] = []
        for shelf in self._shelves.values():
            found += [(place, statement) for place, of, statement, _ in shelf.kept if of == key]
            shelf.size -= sum(size for _, of, _, size in shelf.kept if of == key)
            shelf.kept = deque(each for each in shelf.kept if each[1] != key)
        return [statement for _, statement in sorted(found, key=lambda each: each[0])]
