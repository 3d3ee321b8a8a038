"""A node killed at every label of a round and started again: it says nothing twice, and the round has its report.

One of four nodes is silent, so the killed node is needed: without it there is no report.
"""

import shutil
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from oracle.rounds.journal import RoundJournal
from oracle.rounds.messages import encode
from oracle.rounds.rules import Request
from oracle.rounds.statements import ReportSignature, Statement
from oracle.rounds.steps import slot_of
from tests.oracle.rounds.kill_process import LEDGER, NodeProcess
from tests.oracle.rounds.worlds import Room, leader_first, request, room, seen

KILLED, SILENT = 0, 3
SLOTS = ("observation", "proposal/0", "approve/0", "locked/0", "lock/0", "signature")
SENT = ("observation", "proposal/0", "approve/0", "lock/0", "signature")
LABELS = [
    "open.before", "open.kept",
    *(f"{slot}.{moment}" for slot in SLOTS for moment in ("keeping", "kept")),
    *(f"{slot}.{moment}" for slot in SENT for moment in ("sending", "sent")),
    "submit.before", "submit.done", "end.before", "end.kept",
]  # fmt: skip


@dataclass
class Played:
    """What came of a round with a node that was killed."""

    said: list[Statement] = field(default_factory=list)
    labels: list[str] = field(default_factory=list)
    submitted: list[bytes] = field(default_factory=list)
    deaths: int = 0
    finished: bool = False


def play(folder: Path, asked: Request, label: str | None, *, forget: bool = False) -> tuple[Played, Room]:
    """Carry messages between a process and two machines until all have ended; restart the process when it dies."""
    played, others = Played(), room(asked=asked)
    others.down |= {KILLED, SILENT}
    node = NodeProcess(folder / "journal.sqlite", asked, KILLED, 0, label)
    heard = 0
    for number in (1, 2):
        others.observe(number, seen(1_000 + number))
    while others.now < 15_000:
        if not node.alive:
            _gather(played, node)
            if forget:
                shutil.rmtree(folder)
            node, heard = NodeProcess(folder / "journal.sqlite", asked, KILLED, others.now, None, looks_again=True), 0
            played.deaths += 1
        for said in node.said[heard:]:
            others.mail += [(1, said), (2, said)]
        heard = len(node.said)
        if not others.mail:
            if node.finished and len(others.outcomes) == 2:
                break
            others.tick()
            node.tell(None, others.now)
        while others.mail:
            to, said = others.mail[0]
            others.deliver()
            if to == KILLED:
                node.tell(said, others.now)
    played.finished = node.finished
    _gather(played, node)
    node.close()
    return played, others


def _gather(played: Played, node: NodeProcess) -> None:
    played.said += node.said
    played.labels += node.labels
    played.submitted += node.submitted


def test_labels__a_round_without_a_kill__are_all_there_are(tmp_path: Path) -> None:
    played, _ = play(tmp_path, leader_first(request(), number=KILLED), None)

    assert sorted(set(played.labels)) == sorted(LABELS)


def said_by_slot(played: Played) -> dict[str, set[bytes]]:
    found: dict[str, set[bytes]] = {}
    for said in played.said:
        found.setdefault(slot_of(said), set()).add(encode(said))
    return found


@pytest.mark.parametrize(("label", "slot"), [("observation.sent", "observation"), ("approve/0.sent", "approve/0")])
def test_killed__without_its_journal__says_two_things(tmp_path: Path, label: str, slot: str) -> None:
    """The planted bug: a node that forgets. What the test below looks for is really there to be found."""
    asked = leader_first(request(), number=KILLED)

    played, _ = play(tmp_path / "forgotten", asked, label, forget=True)

    assert len(said_by_slot(played)[slot]) == 2


@pytest.mark.parametrize("label", LABELS)
def test_killed__at_a_label_and_restarted__no_second_word_and_a_report(tmp_path: Path, label: str) -> None:
    asked = leader_first(request(), number=KILLED)

    played, others = play(tmp_path, asked, label)

    by_slot = said_by_slot(played)
    signed = {said.signature for said in played.said if isinstance(said, ReportSignature)}
    reports = [outcome.report for outcome in others.outcomes.values()]
    assert played.deaths == 1
    assert all(len(bodies) == 1 for bodies in by_slot.values()), {slot: len(b) for slot, b in by_slot.items()}
    assert len(signed) == 1
    assert len(reports) == 2
    assert all(report is not None and report.digest == reports[0].digest for report in reports if reports[0])
    assert played.submitted
    assert {body[:32] for body in played.submitted} == {report.digest for report in reports if report}
    assert RoundJournal(tmp_path / "journal.sqlite", LEDGER).unfinished() == []
