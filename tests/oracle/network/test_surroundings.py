"""Where reports go: kept with the turn of each node, by the signer set of their own quorum."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from domain.claim_reports import LossReport
from domain.money import Bps, TokenUnits
from oracle.claims.facts import Block
from oracle.network.memory import Memory
from oracle.network.metrics import Metrics
from oracle.network.surroundings import NodeSurroundings, RoundSettings, steady_ms
from oracle.network.wanted import SignerSet
from oracle.rounds.reports import MadeReport
from oracle.rounds.rules import Request, RequestKind
from oracle.rounds.simulation import CHAIN_ID, CONTRACT, QUORUM, START, seats_of
from tests.oracle.network.worlds import NODES, OTHER_QUORUM
from tests.oracle.rounds.worlds import FIELDS, TIMING

NOW, APART = 50_000, 1_000


@pytest.fixture
def memory(tmp_path: Path) -> Iterator[Memory]:
    opened = Memory(tmp_path / "memory.sqlite", "1:0x")
    yield opened
    opened.close()


def around(memory: Memory, node: str = NODES[0]) -> NodeSurroundings:
    settings = RoundSettings(CHAIN_ID, FIELDS, 600, APART, 250, TIMING)
    return NodeSurroundings(node, memory, Metrics(), settings, wake=lambda: None, clock_ms=lambda: NOW)


def request(claim: int = 7, quorum: str = QUORUM) -> Request:
    return Request(RequestKind.LOSS, CHAIN_ID, quorum, CONTRACT, (claim,), 1, valid_seconds=600)


def made(claim: int = 7) -> MadeReport:
    report = LossReport(
        chain_id=CHAIN_ID, desk=CONTRACT, signer_epoch=1, observed_at=START, valid_until=START + 600, claim_id=claim,
        loss=TokenUnits(5), fraud_score=0, confidence_bps=Bps(9_000), exclusions=0, evidence_root=bytes(32),
        model_hash=bytes(32), nullifiers=(),
    )  # fmt: skip
    return MadeReport(report, bytes(32), START + 600)


def test_hand_in__four_nodes_with_one_report__one_turn_each_and_another_begins_in_the_next_attempt(
    tmp_path: Path
) -> None:  # fmt: skip
    def turns(attempt: int) -> list[int]:
        found = []
        for node in NODES:
            kept = Memory(tmp_path / f"{attempt} {node}.sqlite", "1:0x")
            mine = around(kept, node)
            mine.remember(request(), SignerSet(QUORUM, 1, NODES))
            mine.hand_in(request(), made(), (bytes(65),) * 3, attempt)
            found.append((kept.due()[0].not_before_ms - NOW) // APART)
            kept.close()
        return found

    assert sorted(turns(0)) == [0, 1, 2, 3]
    assert turns(0).index(0) != turns(1).index(0)


def test_hand_in__two_quorums_with_one_epoch_number__each_by_its_own_signers(memory: Memory) -> None:
    """Epochs are counted by each contract on its own."""
    others = tuple(sorted((seat.node for seat in seats_of(7)), key=lambda node: int(node, 16)))
    mine = around(memory)
    mine.remember(request(7), SignerSet(QUORUM, 1, NODES))
    mine.remember(request(8, OTHER_QUORUM), SignerSet(OTHER_QUORUM, 1, tuple(n for n in others if n != NODES[0])))
    mine.hand_in(request(7), made(7), (bytes(65),) * 3, 0)

    (kept,) = memory.due()
    assert kept.not_before_ms in {NOW + turn * APART for turn in range(4)}
    assert (kept.contract, kept.valid_until) == (CONTRACT, START + 600)


def test_seen__a_chain_that_goes_back__its_time_does_not(memory: Memory) -> None:
    mine = around(memory)
    mine.seen(Block(10, "0x0a", START))
    mine.seen(Block(9, "0x09", START - 60))

    assert mine.chain_time() == START
    assert mine.final_block() == 9


def test_steady_ms__the_wall_clock_goes_back__it_does_not(monkeypatch: pytest.MonkeyPatch) -> None:
    before = steady_ms()
    monkeypatch.setattr("time.time_ns", lambda: 0)

    assert steady_ms() >= before
