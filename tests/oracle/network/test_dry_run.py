"""A dry run: looks at every claim, says nothing, and hammers nobody."""

from pathlib import Path
from typing import cast

import pytest
from structlog.testing import capture_logs

from ledger.rpc import RpcUnavailable
from oracle.claims.facts import Block
from oracle.network.chain import RoundChain
from oracle.network.dry_run import DryRun
from oracle.network.memory import Memory
from oracle.network.metrics import Metrics
from oracle.network.wanted import Seen, WaitingClaim
from oracle.rounds.steps import Unobserved
from tests.oracle.network.worlds import World, waiting
from tests.oracle.rounds.worlds import seen


class Eyes(World):
    """Sees what the test lists for each claim, the last for ever."""

    def __init__(self, gives: dict[int, list[Seen | Exception]]) -> None:
        super().__init__([waiting(claim) for claim in gives])
        self.gives = gives

    def observe(self, claim: WaitingClaim, _block: Block) -> Seen:
        self.looked.append(claim.claim_id)
        row = self.gives[claim.claim_id]
        given = row.pop(0) if len(row) > 1 else row[0]
        if isinstance(given, Exception):
            raise given
        return given


class Desk:
    """A dry run and its clock."""

    def __init__(self, folder: Path, eyes: Eyes) -> None:
        self.now = 0.0
        self.memory = Memory(folder / "memory.sqlite", "1:0x")
        chain = cast("RoundChain", eyes)
        self.run = DryRun(chain, eyes, self.memory, Metrics(), 10, clock=lambda: self.now)

    def watch(self, seconds: int) -> None:
        """Four times a second."""
        for _ in range(4 * seconds):
            self.run.watch_once()
            self.now += 0.25


SEEN = Seen(seen(), {"loss_units": "1000"})
NOT_YET = Seen(Unobserved(("evidence",)), {"observed": False}, passing=True)
NEVER = Seen(Unobserved(("statement",)), {"observed": False}, passing=False)


def test_watch_once__claims_that_wait__each_looked_at_once_and_told(tmp_path: Path) -> None:
    eyes = Eyes({1: [SEEN], 2: [NEVER]})
    desk = Desk(tmp_path, eyes)
    with capture_logs() as logs:
        desk.watch(60)

    assert eyes.looked == [1, 2]
    assert desk.run.claim(1) == {
        "claim_id": "0x" + "0" * 63 + "1", "seen": {"loss_units": "1000", "could_not_see": []}, "rounds": [],
    }  # fmt: skip
    assert desk.run.claim(3) is None
    assert logs[0]["numbers"]["loss"] == 1_000
    assert eyes.said == []


def test_watch_once__evidence_is_not_there_yet__again_with_growing_pauses(tmp_path: Path) -> None:
    eyes = Eyes({1: [NOT_YET, NOT_YET, NOT_YET, NOT_YET, SEEN]})
    desk = Desk(tmp_path, eyes)
    desk.watch(4)
    assert len(eyes.looked) == 3, "at 0, 1 and 3 seconds"
    desk.watch(60)

    assert len(eyes.looked) == 5
    told = desk.run.claim(1)
    assert told is not None
    assert told["seen"] == {"loss_units": "1000", "could_not_see": []}


def test_watch_once__a_claim_that_breaks_the_look__others_are_seen_and_nothing_is_quoted(tmp_path: Path) -> None:
    eyes = Eyes({1: [ValueError("Zhang Wei")], 2: [SEEN]})
    with capture_logs() as logs:
        Desk(tmp_path, eyes).watch(1)

    assert eyes.looked == [1, 2]
    assert "Zhang" not in str(logs)


def test_watch_once__no_longer_waiting__forgotten(tmp_path: Path) -> None:
    eyes = Eyes({1: [SEEN]})
    desk = Desk(tmp_path, eyes)
    desk.watch(1)
    eyes.claims = []
    desk.watch(1)
    eyes.claims = [waiting(1)]
    desk.watch(1)

    assert eyes.looked == [1, 1]


def test_watch_once__the_chain_is_away__told_to_who_asked(tmp_path: Path) -> None:
    eyes = Eyes({1: [SEEN]})
    eyes.chain_error = RpcUnavailable("no answer")

    with pytest.raises(RpcUnavailable):
        Desk(tmp_path, eyes).run.watch_once()
    assert eyes.looked == []
