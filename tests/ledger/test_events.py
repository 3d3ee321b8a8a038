"""Fetching events: page by page, from nodes of several habits, products found on the way."""

from dataclasses import replace
from typing import Any

import pytest

from ledger import bindings as b
from ledger import events
from ledger.events import fetch_events, fetch_logs
from ledger.rpc import Rpc, RpcError, RpcUnavailable
from tests.ledger.story import Story


class OtherNode(Rpc):
    """The same chain through a node with other habits."""

    def __init__(
        self, url: str, *, most_blocks: int = 1_000_000, slow_above: int = 1_000_000, stamped: bool = True
    ) -> None:
        super().__init__(url)
        self.most_blocks = most_blocks
        self.slow_above = slow_above
        self.stamped = stamped
        self.asked: list[tuple[int, int]] = []

    def call(self, method: str, *params: Any) -> Any:
        if method != "eth_getLogs":
            return super().call(method, *params)
        first, last = (int(params[0][name], 16) for name in ("fromBlock", "toBlock"))
        self.asked.append((first, last))
        if last - first + 1 > self.most_blocks:
            raise RpcError(-32005, f"at most {self.most_blocks} blocks")
        if last - first + 1 > self.slow_above:
            raise RpcUnavailable("no answer in time")
        logs = super().call(method, *params)
        return logs if self.stamped else [{k: v for k, v in log.items() if k != "blockTimestamp"} for log in logs]


def test_fetch_events__several_pages__are_the_same_in_order(story: Story, monkeypatch: pytest.MonkeyPatch) -> None:
    rpc = story.rehearsal.rpc
    monkeypatch.setattr(events, "BLOCKS_PER_REQUEST", 3)

    found = fetch_events(rpc, story.rehearsal.deployment, 0, rpc.block_number())

    assert found == story.events
    places = [(event.log.block_number, event.log.log_index) for event in found]
    assert places == sorted(places)


def test_fetch_logs__pages__cover_every_block_once(story: Story, monkeypatch: pytest.MonkeyPatch) -> None:
    node = OtherNode(story.rehearsal.rpc.url)
    monkeypatch.setattr(events, "BLOCKS_PER_REQUEST", 4)

    list(fetch_logs(node, [story.treasury], 2, 13))

    assert node.asked == [(2, 5), (6, 9), (10, 13)]
    assert list(fetch_logs(node, [story.treasury], 5, 4)) == []


def test_fetch_events__node_refuses_long_ranges__asks_for_halves(story: Story) -> None:
    node = OtherNode(story.rehearsal.rpc.url, most_blocks=5)

    found = fetch_events(node, story.rehearsal.deployment, 0, node.block_number())

    assert found == story.events


def test_fetch_logs__range_was_refused__no_longer_one_is_asked_for_again(story: Story) -> None:
    node = OtherNode(story.rehearsal.rpc.url, most_blocks=3)

    list(fetch_logs(node, [story.treasury], 0, 23, topics=[[b.PolicySettled.SPEC.topic]]))

    refused = [last - first + 1 for first, last in node.asked if last - first + 1 > 3]
    assert refused == [24, 12, 6]
    taken = [(first, last) for first, last in node.asked if last - first + 1 <= 3]
    assert taken == [(first, first + 2) for first in range(0, 24, 3)]


def test_fetch_logs__few_logs_of_some_kinds__are_asked_for_in_longer_ranges(
    story: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    node = OtherNode(story.rehearsal.rpc.url)
    monkeypatch.setattr(events, "BLOCKS_PER_REQUEST", 1)

    list(fetch_logs(node, [story.treasury], 0, 40, topics=[[b.PolicySettled.SPEC.topic]]))

    lengths = [last - first + 1 for first, last in node.asked]
    assert lengths == [1, 2, 4, 8, 16, 10]


def test_fetch_logs__longer_range_is_not_answered__goes_on_with_usual_ones(
    story: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    node = OtherNode(story.rehearsal.rpc.url, slow_above=4)
    monkeypatch.setattr(events, "BLOCKS_PER_REQUEST", 2)

    list(fetch_logs(node, [story.treasury], 0, 20, topics=[[b.PolicySettled.SPEC.topic]]))

    assert [last - first + 1 for first, last in node.asked] == [2, 4, 8, 2, 2, 2, 2, 2, 2, 2, 1]
    monkeypatch.setattr(node, "slow_above", 1)
    with pytest.raises(RpcUnavailable, match="no answer in time"):
        list(fetch_logs(node, [story.treasury], 0, 20))


def test_fetch_logs__node_refuses_a_single_block__raises(story: Story) -> None:
    node = OtherNode(story.rehearsal.rpc.url, most_blocks=0)

    with pytest.raises(RpcError, match="at most 0 blocks"):
        list(fetch_logs(node, [story.treasury], 0, 9))


def test_fetch_events__logs_without_time__takes_it_from_the_blocks(story: Story) -> None:
    node = OtherNode(story.rehearsal.rpc.url, stamped=False)

    found = fetch_events(node, story.rehearsal.deployment, 0, node.block_number())

    assert found == story.events
    assert all(event.log.block_time > 1_378_000_000 for event in found)


def test_fetch_events__deployment_names_no_product__finds_it_by_the_factory(story: Story) -> None:
    rpc = story.rehearsal.rpc
    bare = replace(story.rehearsal.deployment, products=())

    found = fetch_events(rpc, bare, 0, rpc.block_number())

    assert found == story.events
    assert sum(isinstance(event, b.PolicyBound) for event in found) == 12


def test_fetch_events__later_blocks_only__still_knows_earlier_products(story: Story) -> None:
    rpc = story.rehearsal.rpc
    bare = replace(story.rehearsal.deployment, products=())
    settled = next(event for event in story.events if isinstance(event, b.PolicySettled))

    found = fetch_events(rpc, bare, settled.log.block_number, rpc.block_number())

    assert found == [event for event in story.events if event.log.block_number >= settled.log.block_number]


def test_fetch_events__block_header_is_gone__raises_the_nodes_error(
    story: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    node = OtherNode(story.rehearsal.rpc.url, stamped=False)
    monkeypatch.setattr(node, "batch", lambda requests: [RpcError(-32001, "pruned") for _ in requests])

    with pytest.raises(RpcError, match="pruned"):
        fetch_events(node, story.rehearsal.deployment, 0, node.block_number())
