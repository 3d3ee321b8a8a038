"""What an engine needs around it."""

from __future__ import annotations

from typing import Protocol

from oracle.rounds.outcome import Outcome
from oracle.rounds.reports import MadeReport
from oracle.rounds.rules import Request


class Counters(Protocol):
    """What is counted of rounds."""

    def received(self, result: str) -> None:
        """A statement came in."""
        ...

    def started(self, open_rounds: int) -> None:
        """A round began."""
        ...

    def ended(self, path: str, took_ms: int, open_rounds: int) -> None:
        """A round ended."""
        ...

    def refused(self, code: str) -> None:
        """This node did not join something."""
        ...


class Surroundings(Protocol):
    """Where a round's outputs go, besides the other nodes."""

    def hand_in(self, request: Request, made: MadeReport, signatures: tuple[bytes, ...], attempt: int | None) -> None:
        """Keep a report until it is mined. On disk when it returns."""
        ...

    def ended(self, outcome: Outcome) -> None:
        """Keep how a round ended. On disk when it returns."""
        ...

    def chain_time(self) -> int:
        """Unix seconds of the newest final block."""
        ...
