"""The indexer on a real chain and a real PostgreSQL."""

import threading
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import pytest
from sqlalchemy import select, text

from backend.chain.indexer import ChainMoved, Indexer
from backend.chain.models import BlockRow, RollbackRow
from backend.chain.replay_check import compare, projection_digest
from backend.database import Database
from domain.policy import Outcome, event_id
from domain.reports import Measurement
from ledger.bindings import ParametricProduct, TestStablecoin, Treasury
from ledger.rpc import Rpc, RpcError
from scripts.anvil import move_clock
from scripts.rehearsal import Rehearsal, account, measured
from tests.backend.conftest import index_all, sales_on
from tests.backend.flights import flight, flights

DEPARTED = flight(1).occurs_at + 6 * 3600


def tell_story(rehearsal: Rehearsal, number: int) -> None:
    """Eight policies sold, two flights reported, one payment held, one event left open: about ten blocks."""
    first = number * 10 + 1
    sales = sales_on(flights(3, first=first), each=3, prefix=f"story {number}")
    rehearsal.fund([s.holder for s in sales], 1_000_000_000)
    assert rehearsal.bind(sales[:5], number * 2 + 100).succeeded
    assert rehearsal.bind(sales[5:], number * 2 + 101).succeeded


def finish_story(rehearsal: Rehearsal, number: int) -> None:
    """What landed is reported; one holder is blocked meanwhile."""
    first = number * 10 + 1
    blocked = sales_on([flight(first)], prefix=f"story {number}")[0].holder
    token = rehearsal.deployment.contracts["TestStablecoin"]
    rehearsal.send(token, TestStablecoin.set_blocked(blocked.address, True).data)
    late = measured(flight(first).text(), 200)
    cancelled = Measurement(event_id(flight(first + 1).text()), Outcome.CANCELLED, 0)
    assert rehearsal.settle([late], max_policies=2).succeeded
    assert rehearsal.settle([cancelled]).succeeded
    rest = ParametricProduct.settle([event_id(flight(first).text())], 100)
    assert rehearsal.send(rehearsal.product, rest.data).succeeded
    rehearsal.send(token, TestStablecoin.set_blocked(blocked.address, False).data)
    if number % 2:
        treasury = rehearsal.deployment.contracts["Treasury"]
        assert rehearsal.send(treasury, Treasury.push_held_payout(blocked.address).data).succeeded


def assert_equal_to_replay(database: Database, rehearsal: Rehearsal) -> None:
    found = compare(database, rehearsal.rpc, rehearsal.deployment)
    assert found.same, found.differences
    assert found.block_number == rehearsal.rpc.block_number()


def test_step__whole_story__projections_equal_a_fresh_replay(database: Database, rehearsal: Rehearsal) -> None:
    tell_story(rehearsal, 1)
    move_clock(rehearsal.rpc, DEPARTED)
    finish_story(rehearsal, 1)

    index_all(Indexer(database, rehearsal.rpc, rehearsal.deployment))

    assert_equal_to_replay(database, rehearsal)
    with database.transaction() as session:
        held = session.scalar(text("SELECT count(*) FROM held_payouts"))
        signers = session.scalar(text("SELECT min(cardinality(signers)) FROM reports"))
    assert held == 1
    assert signers == 3


def test_compare__row_changed_by_hand__names_the_difference(database: Database, rehearsal: Rehearsal) -> None:
    tell_story(rehearsal, 1)
    index_all(Indexer(database, rehearsal.rpc, rehearsal.deployment))
    with database.transaction() as session:
        session.execute(text("UPDATE policies SET sum_insured = sum_insured + 1 WHERE ordinal = 2"))

    found = compare(database, rehearsal.rpc, rehearsal.deployment)

    assert not found.same
    assert any("sum_insured: database 100000003, chain 100000002" in line for line in found.differences)


def test_step__stopped_and_started_in_the_middle__nothing_doubled(database: Database, rehearsal: Rehearsal) -> None:
    tell_story(rehearsal, 1)
    index_all(Indexer(database, rehearsal.rpc, rehearsal.deployment))
    move_clock(rehearsal.rpc, DEPARTED)
    finish_story(rehearsal, 1)

    index_all(Indexer(database, rehearsal.rpc, rehearsal.deployment))
    again = Indexer(database, rehearsal.rpc, rehearsal.deployment).step()

    assert again.events == 0
    assert_equal_to_replay(database, rehearsal)


def test_step__parents__every_block_names_the_one_before(database: Database, rehearsal: Rehearsal) -> None:
    tell_story(rehearsal, 1)

    index_all(Indexer(database, rehearsal.rpc, rehearsal.deployment))

    with database.transaction() as session:
        blocks = session.scalars(select(BlockRow).order_by(BlockRow.number)).all()
    assert [b.number for b in blocks] == list(range(rehearsal.deployment.block_number, blocks[-1].number + 1))
    assert all(after.parent_hash == before.hash for before, after in pairwise(blocks))


@pytest.mark.parametrize("depth", range(1, 13))
def test_step__reorganised__projections_equal_a_fresh_replay(
    database: Database, deployed_rehearsal: Rehearsal, depth: int
) -> None:
    rehearsal = deployed_rehearsal
    tell_story(rehearsal, 1)
    move_clock(rehearsal.rpc, DEPARTED)
    finish_story(rehearsal, 1)
    indexer = Indexer(database, rehearsal.rpc, rehearsal.deployment)
    index_all(indexer)
    with database.transaction() as session:
        before = projection_digest(session, rehearsal.deployment.contracts["Treasury"])

    rehearsal.rpc.call("anvil_reorg", depth, [])
    move_clock(rehearsal.rpc, DEPARTED + 90_000)
    index_all(indexer)

    assert_equal_to_replay(database, rehearsal)
    with database.transaction() as session:
        rollback = session.scalars(select(RollbackRow)).one()
        after = projection_digest(session, rehearsal.deployment.contracts["Treasury"])
    assert rollback.tip - rollback.ancestor == depth
    assert after != before


def test_step__chain_shorter_than_the_database__rolls_back(database: Database, rehearsal: Rehearsal) -> None:
    snapshot = rehearsal.rpc.call("evm_snapshot")
    tell_story(rehearsal, 1)
    indexer = Indexer(database, rehearsal.rpc, rehearsal.deployment)
    index_all(indexer)

    rehearsal.rpc.call("evm_revert", snapshot)
    step = indexer.step()

    assert step.undone > 0
    assert_equal_to_replay(database, rehearsal)


def test_step__node_does_not_say_where_the_chains_part__nothing_is_rolled_back_until_it_does(
    database: Database, rehearsal: Rehearsal, monkeypatch: pytest.MonkeyPatch
) -> None:
    indexer = Indexer(database, rehearsal.rpc, rehearsal.deployment)
    rehearsal.rpc.call("anvil_mine", hex(4))
    index_all(indexer)
    rehearsal.rpc.call("anvil_reorg", 2, [])

    def busy(requests: Sequence[object]) -> list[object]:
        return [RpcError(-32005, "limit exceeded") for _ in requests]

    with monkeypatch.context() as patch:
        patch.setattr(rehearsal.rpc, "batch", busy)
        with pytest.raises(RpcError, match="limit exceeded"):
            indexer.step()
    with database.transaction() as session:
        meanwhile = session.scalars(select(RollbackRow)).all()
    step = indexer.step()

    assert (meanwhile, step.undone) == ([], 2)
    assert_equal_to_replay(database, rehearsal)


def test_step__reorganised_again_and_again_while_indexing__equal_in_the_end(
    database: Database, rehearsal: Rehearsal
) -> None:
    indexer = Indexer(database, rehearsal.rpc, rehearsal.deployment)
    index_all(indexer)
    stop = threading.Event()
    failures: list[BaseException] = []

    def follow() -> None:
        try:
            while not stop.is_set():
                index_all(indexer)
        except BaseException as error:
            failures.append(error)

    thread = threading.Thread(target=follow)
    thread.start()
    for depth in (3, 1, 7, 12, 2, 5):
        holders = [account(f"passer-by {depth} {n}") for n in range(12)]
        token = rehearsal.deployment.contracts["TestStablecoin"]
        for n, holder in enumerate(holders):
            key = f"mint/{depth}/{n}/{rehearsal.rpc.block_number()}"
            data = TestStablecoin.mint_each([holder.address], 1).data
            rehearsal.rpc.call("evm_mine")
            rehearsal.sender.submit(key, token, data, gas=100_000)
        rehearsal.rpc.call("anvil_reorg", depth, [])
        rehearsal.rpc.call("evm_mine")
    stop.set()
    thread.join(timeout=30)
    index_all(indexer)

    assert not failures
    assert_equal_to_replay(database, rehearsal)


class ShrinkingRpc(Rpc):
    """A node whose chain loses its last two blocks just before it is asked for logs, once `shrunk` is False."""

    shrunk = True

    def call(self, method: str, *params: Any) -> Any:
        if method == "eth_getLogs" and not self.shrunk:
            self.shrunk = True
            super().call("anvil_rollback", 2)
        return super().call(method, *params)


def test_step__chain_shorter_while_logs_are_read__moves_on_from_there(database: Database, rehearsal: Rehearsal) -> None:
    tell_story(rehearsal, 1)
    shrinking = ShrinkingRpc(rehearsal.rpc.url)
    indexer = Indexer(database, shrinking, rehearsal.deployment)
    index_all(indexer)
    rehearsal.rpc.call("anvil_mine", "0x2")
    shrinking.shrunk = False

    with pytest.raises(ChainMoved, match="was gone when its logs were asked for"):
        indexer.step()

    index_all(indexer)
    assert_equal_to_replay(database, rehearsal)
    shrinking.close()
