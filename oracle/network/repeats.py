"""How often a node says again what it said, over all its rounds: many that stand still must fill nobody's row."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from oracle.network.row import Key
from oracle.rounds.runner import RoundRunner

EACH_SECOND: Final = 32
"""Statements of all rounds together; each goes to every peer."""
AT_ONCE: Final = 64
"""So many are saved up while little is said again. One round has six or seven to say."""


class Repeats:
    """What may be said again now. Rounds that moved last come first, so one that lost a word is soon helped; those that
    stand still wait for one another."""

    def __init__(self) -> None:
        self._left, self._at = float(AT_ONCE), 0

    def in_turn(self, rounds: Mapping[Key, RoundRunner], now: int) -> list[tuple[Key, RoundRunner]]:
        """The open rounds at a time, milliseconds, in the order they may say something again."""
        self._left = min(AT_ONCE, self._left + (now - self._at) * EACH_SECOND / 1_000)
        self._at = now
        is_open = [each for each in rounds.items() if each[1].is_open]
        return sorted(is_open, key=lambda each: each[1].machine.patience)

    @property
    def allowed(self) -> bool:
        """Whether one more round may."""
        return self._left > 0

    def take(self, statements: int) -> None:
        """So many were said again."""
        self._left -= statements
