"""What a node reads of the chain: each thing once a block, and anew where another block takes its place."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

import pytest

from domain.policy import Outcome
from ledger.bindings import InsuredEvent, OracleQuorum
from ledger.rpc import Rpc, RpcError
from oracle.claims.facts import Block
from oracle.network.chain import RoundChain
from oracle.network.event_book import EventBook
from oracle.network.events import WatchedEvents
from oracle.rounds.simulation import CONTRACT, QUORUM, START
from oracle.sources.triggers import due_at
from tests.oracle.network.test_events import OneProduct
from tests.oracle.network.test_service_events import rain_on
from tests.oracle.network.worlds import NODES, OTHER_QUORUM, Make, World, work

RAIN, LATER = rain_on(2)
BLOCK, INSTEAD = Block(10, "0x0a", START), Block(10, "0x1a", START)


@dataclass
class Counted(OneProduct):
    """A chain with a quorum, and a product with events; counts what is asked of it."""

    kept: dict[int, InsuredEvent] = field(default_factory=dict)
    block_: Block = BLOCK
    epoch: int = 1
    signers: tuple[str, ...] = NODES
    asked: list[str] = field(default_factory=list)
    refuses: bool = False

    def block(self, _which: object) -> dict[str, str]:
        self.asked.append("block")
        return {"number": hex(self.block_.number), "hash": self.block_.hash, "timestamp": hex(self.block_.time)}

    def eth_call(self, to: str, call: Any, block: str) -> object:
        self.asked.append("call")
        if self.refuses:
            raise RpcError(3, "execution reverted")
        if call.data == OracleQuorum.current_epoch().data:
            return self.epoch
        if call.data[:4] == OracleQuorum.signer_set(1).data[:4]:
            return self.signers, 1, 0
        return super().eth_call(to, call, block)

    def eth_calls(self, calls: Any, block: str = "latest") -> list[InsuredEvent]:
        self.asked += ["call"] * len(calls)
        return super().eth_calls(calls, block)


@pytest.fixture
def rpc() -> Counted:
    return Counted({each.event_id(): open_until_reported(each.occurs_at) for each in (RAIN, LATER)})


def open_until_reported(occurs_at: int) -> InsuredEvent:
    return InsuredEvent(2, 0, 1_000, occurs_at, Outcome.OPEN, 0, 0)


def chain(rpc: Counted) -> RoundChain:
    return RoundChain(cast("Rpc", rpc), 1)


def test_signer_set__asked_again_at_one_block__read_once(rpc: Counted) -> None:
    read = chain(rpc)
    first = read.signer_set(QUORUM, BLOCK)

    assert first.signers == tuple(sorted(NODES, key=lambda node: int(node, 16)))
    assert len(rpc.asked) == 2
    assert [read.signer_set(QUORUM, BLOCK) for _ in range(3)] == [first] * 3
    assert len(rpc.asked) == 2
    read.signer_set(QUORUM, BLOCK, epoch=1)
    read.signer_set(OTHER_QUORUM, BLOCK)
    assert len(rpc.asked) == 5, "another question"


@pytest.mark.parametrize("then", [INSTEAD, Block(11, "0x0b", START + 1)])
def test_signer_set__another_block_at_that_height_or_the_next__read_anew(rpc: Counted, then: Block) -> None:
    read = chain(rpc)
    read.signer_set(QUORUM, BLOCK)
    rpc.epoch, rpc.signers = 2, NODES[:3]

    assert read.signer_set(QUORUM, BLOCK).epoch == 1
    moved = read.signer_set(QUORUM, then)
    assert (moved.epoch, len(moved.signers)) == (2, 3)
    rpc.epoch = 1
    assert read.signer_set(QUORUM, BLOCK).epoch == 1, "and back"


def test_signer_set__refused_once__not_remembered(rpc: Counted) -> None:
    read = chain(rpc)
    rpc.refuses = True
    with pytest.raises(RpcError):
        read.signer_set(QUORUM, BLOCK)
    rpc.refuses = False

    assert read.signer_set(QUORUM, BLOCK).epoch == 1


def followed(rpc: Counted, folder: Path) -> WatchedEvents:
    events = WatchedEvents(cast("Rpc", rpc), EventBook(folder / "events.sqlite", "1:0x"), {CONTRACT: lambda _: ()})
    events.tell(CONTRACT, [RAIN.text()])
    rpc.asked.clear()
    return events


def test_waiting__asked_again_at_one_block__each_event_is_asked_for_once(rpc: Counted, tmp_path: Path) -> None:
    events, now = followed(rpc, tmp_path), Block(10, "0x0a", due_at(LATER))
    terms = 1
    (first,) = events.waiting(now)
    assert [*events.waiting(now), *events.waiting(now)] == [first, first]
    assert len(rpc.asked) == 1 + terms

    events.tell(CONTRACT, [LATER.text()])
    rpc.asked.clear()
    assert {each.subject for each in events.waiting(now)} == {RAIN.event_id(), LATER.event_id()}
    assert len(rpc.asked) == 1, "told meanwhile: asked for alone"


def test_waiting__another_block_at_that_height__asked_for_anew(rpc: Counted, tmp_path: Path) -> None:
    events = followed(rpc, tmp_path)
    assert len(events.waiting(Block(10, "0x0a", due_at(RAIN)))) == 1
    rpc.kept[RAIN.event_id()] = InsuredEvent(2, 0, 1_000, RAIN.occurs_at, Outcome.MEASURED, 0, 0)

    assert len(events.waiting(Block(10, "0x0a", due_at(RAIN)))) == 1
    assert events.waiting(Block(10, "0x1a", due_at(RAIN))) == []


def test_watch_once__the_final_block_is_the_same__nothing_but_the_block_is_asked_for(
    rpc: Counted, world: World, make: Make, tmp_path: Path
) -> None:
    world.claims = []
    rpc.block_ = Block(10, "0x0a", due_at(RAIN))
    service = make(events=followed(rpc, tmp_path), chain=chain(rpc))
    for _ in range(2):
        service.watch_once()
        work(service)
    assert service._parts.engine.open_rounds == 1
    rpc.asked.clear()

    for _ in range(5):
        service.watch_once()
    assert rpc.asked == ["block"] * 5
    rpc.block_ = Block(10, "0x1a", due_at(RAIN))
    service.watch_once()
    assert rpc.asked[5:] == ["block", "call", "call", "call"], "the event, the epoch and its signers"
