"""One node's service over a world that a test plays."""

from collections.abc import Iterator
from pathlib import Path
from typing import cast

import pytest

from ledger.rpc import Rpc
from oracle.network.chain import RoundChain
from oracle.network.engine import Engine
from oracle.network.events import WatchedEvents
from oracle.network.gate import Gate
from oracle.network.hand_in import HandInWorker
from oracle.network.memory import Memory
from oracle.network.metrics import Metrics
from oracle.network.overturned import OverturnedWatch
from oracle.network.service import NetworkService, Parts
from oracle.network.surroundings import NodeSurroundings, RoundSettings
from oracle.network.transport import Peers
from oracle.rounds.journal import RoundJournal
from oracle.rounds.simulation import CHAIN_ID
from oracle.rounds.steps import Seat
from tests.oracle.network.worlds import NODES, SEATS, VALID, Make, World
from tests.oracle.rounds.worlds import FIELDS, TIMING


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
def make(world: World, tmp_path: Path) -> Iterator[Make]:
    """A service over the same folder each time: another one is the node after a restart. Threads only if started."""
    opened: list[NetworkService] = []

    def made(
        seat: Seat = SEATS[0], events: WatchedEvents | None = None, chain: RoundChain | None = None
    ) -> NetworkService:
        settings = RoundSettings(CHAIN_ID, FIELDS, VALID, 0, 20, TIMING)
        memory, metrics = Memory(tmp_path / "memory.sqlite", "1:0x"), Metrics()
        journal = RoundJournal(tmp_path / "rounds.sqlite", "1:0x")
        around = NodeSurroundings(seat.node, memory, metrics, settings, wake=lambda: None)
        engine = Engine(seat, journal, around, metrics, send=world.send, clock_ms=lambda: world.now_ms)
        hand_in = HandInWorker(
            memory, cast("Rpc", world), None, metrics,
            chain_time=around.chain_time, final_block=around.final_block, clock_ms=lambda: 0,
        )  # fmt: skip
        parts = Parts(
            chain or cast("RoundChain", world), world, memory, metrics, cast("Peers", world), engine, hand_in,
            cast("OverturnedWatch", world), Gate(NODES), journal.unfinished, events=events,
        )  # fmt: skip
        opened.append(NetworkService(seat.node, settings, around, parts))
        return opened[-1]

    yield made
    for service in opened:
        service._parts.memory.close()
