"""Nothing is said that is not kept."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from oracle.rounds.journal import RoundJournal
from oracle.rounds.outcome import Outcome
from oracle.rounds.refusals import RoundRefused
from oracle.rounds.reports import MadeReport
from oracle.rounds.runner import RoundRunner
from oracle.rounds.simulation import START, seats_of
from oracle.rounds.statements import Statement
from tests.oracle.rounds.worlds import request, rules, seen


class Listener:
    def __init__(self) -> None:
        self.sent: list[Statement] = []

    def send(self, statement: Statement, to: str | None) -> None:  # noqa: ARG002  # as it is called
        self.sent.append(statement)

    def submit(self, made: MadeReport, signatures: Sequence[bytes]) -> None:
        raise AssertionError(made, signatures)

    def finished(self, outcome: Outcome) -> None:
        raise AssertionError(outcome)

    def chain_time(self) -> int:
        return START


def test_tick__after_the_disk_failed__nothing_is_sent_and_it_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    journal, listener = RoundJournal(tmp_path / "j.sqlite", "31337:0xaa"), Listener()
    runner = RoundRunner(request(), rules(), seats_of(4)[0], journal, listener, now=0)

    def full(*_: object, **__: object) -> None:
        raise OSError("no space left")

    monkeypatch.setattr(journal, "put", full)
    with pytest.raises(OSError, match="no space"):
        runner.observe(seen(), 0)
    with pytest.raises(RoundRefused, match="start anew from the journal"):
        runner.tick(10_000)

    assert listener.sent == []
