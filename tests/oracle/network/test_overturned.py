"""Decisions of people, from logs as a chain has them: which reports they overturned."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import pytest
from faster_eth_abi.abi import default_codec

from ledger.bindings import ClaimAwarded, ClaimDecided
from ledger.rpc import Rpc, RpcError
from oracle.claims.facts import Block
from oracle.network.memory import Memory
from oracle.network.overturned import DECIDE, MOST_BLOCKS, OverturnedWatch
from oracle.network.wanted import claim_key
from oracle.rounds.scorecard import RoundScored

DESK, ADJUSTER, NODE = "0x" + "de" * 20, "0x" + "ad" * 20, "0x" + "01" * 20
CLAIM, REPORTED, TIME = 77, 5_000, 1_700_000_000
REQUEST = b"\x07" * 32


class Chain:
    """Logs by block, in bounded requests."""

    def __init__(self, head: int) -> None:
        self.head, self.logs, self.asked = head, list[dict[str, Any]](), list[tuple[int, int]]()

    def call(self, method: str, given: dict[str, Any]) -> list[dict[str, Any]]:
        assert method == "eth_getLogs"
        first, last = int(given["fromBlock"], 16), int(given["toBlock"], 16)
        if last > self.head:
            raise RpcError(-32000, "block not found")
        self.asked.append((first, last))
        return [log for log in self.logs if first <= int(log["blockNumber"], 16) <= last]

    def add(self, block: int, topics: list[bytes], data: bytes) -> None:
        self.logs.append({
            "address": DESK, "topics": [f"0x{topic.hex()}" for topic in topics], "data": f"0x{data.hex()}",
            "blockNumber": hex(block), "blockHash": "0x" + "bb" * 32, "blockTimestamp": hex(TIME + block),
            "transactionHash": "0x" + "cc" * 32, "transactionIndex": "0x0", "logIndex": "0x0",
        })  # fmt: skip

    def decide(self, block: int, loss: int, claim: int = CLAIM, *, raw: bytes | None = None) -> None:
        """An adjuster's decision; `raw` in the place of its calldata."""
        decision: tuple[object, ...] = (claim, loss, 1, bytes(32), [], bytes(32), 0, 0, 0)
        kinds = [f"{DECIDE[len('decide(') :].split(')')[0]})", "address", "bytes"]
        calldata = default_codec.encode(kinds, [decision, ADJUSTER, b""]) if raw is None else raw
        data = default_codec.encode(["uint8", "uint64", "uint64", "bytes"], [1, loss, 0, calldata])
        self.add(
            block, [ClaimDecided.SPEC.topic, claim.to_bytes(32, "big"), bytes(12) + bytes.fromhex("ad" * 20)], data
        )

    def award(self, block: int, granted: int) -> None:
        """A panel's award."""
        data = default_codec.encode(["uint64", "uint16", "bytes32"], [granted, 1, bytes(32)])
        self.add(block, [ClaimAwarded.SPEC.topic, CLAIM.to_bytes(32, "big")], data)


@pytest.fixture
def memory(tmp_path: Path) -> Iterator[Memory]:
    opened = Memory(tmp_path / "memory.sqlite", "1:0x")
    told: dict[str, object] = {"loss": str(REPORTED), "request": REQUEST.hex()}
    scores = [RoundScored(REQUEST, NODE, 5, reported=True, agreed=True, signed=True, equivocated=False)]
    opened.keep_outcome(claim_key(CLAIM), REQUEST, 1, TIME, told, scores)
    yield opened
    opened.close()


@pytest.fixture
def chain() -> Chain:
    return Chain(100)


def look(chain: Chain, memory: Memory, first: int = 1) -> int:
    watch = OverturnedWatch(cast("Rpc", chain), DESK, first, memory)
    return watch.look(Block(chain.head, "0x", TIME + 1_000))


def overturned(memory: Memory) -> int:
    return memory.scores()[0].overturned


@pytest.mark.parametrize(("loss", "found"), [(REPORTED, 0), (REPORTED - 1, 1), (0, 1)])
def test_look__an_adjuster_decides__overturned_where_the_loss_differs(
    chain: Chain, memory: Memory, loss: int, found: int
) -> None:
    chain.decide(50, loss)

    assert look(chain, memory) == found
    assert overturned(memory) == found


@pytest.mark.parametrize(("granted", "found"), [(0, 0), (1, 1)])
def test_look__a_panel_awards__overturned_where_it_grants(
    chain: Chain, memory: Memory, granted: int, found: int
) -> None:
    chain.award(60, granted)

    assert look(chain, memory) == found


def test_look__again_and_after_a_restart__counted_once_and_not_read_from_the_beginning(
    chain: Chain, memory: Memory
) -> None:
    chain.head = 1_000
    chain.decide(50, 1)
    chain.decide(990, 2)
    assert look(chain, memory) == 1, "one report, however often it is overturned"
    assert look(chain, memory) == 0
    chain.head = 1_010
    chain.asked.clear()
    assert look(chain, memory) == 0

    assert overturned(memory) == 1
    assert all(first > 900 for first, _ in chain.asked)


def test_look__a_chain_that_was_reorganised_or_is_shorter__reads_on(chain: Chain, memory: Memory) -> None:
    look(chain, memory)
    chain.head = 95
    look(chain, memory)
    chain.decide(94, 1)  # a block of the new branch, below what was read before
    chain.head = 101
    look(chain, memory)

    assert overturned(memory) == 1


def test_look__a_long_chain_at_first__bounded_at_each_look_and_caught_up_with(chain: Chain, memory: Memory) -> None:
    chain.head = 3 * MOST_BLOCKS
    chain.decide(chain.head - 5, 1)
    found = []
    for _ in range(5):
        before = len(chain.asked)
        found.append(look(chain, memory))
        assert sum(last - first + 1 for first, last in chain.asked[before:]) <= MOST_BLOCKS

    assert sum(found) == 1


def test_look__a_decision_that_cannot_be_read__holds_up_no_other(chain: Chain, memory: Memory) -> None:
    chain.decide(40, 1, raw=b"\x01")
    chain.decide(41, 1)

    assert look(chain, memory) == 1


def test_look__claims_no_round_reported_on__nothing(chain: Chain, memory: Memory) -> None:
    chain.decide(40, 1, claim=99)

    assert look(chain, memory) == 0
    assert overturned(memory) == 0
