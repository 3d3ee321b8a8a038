"""Two RPC endpoints: one stands in for the other when it is away, and contradicts it when it lies."""

from __future__ import annotations

import random
import re
from typing import Any

import pytest
from sqlalchemy import text

from backend.chain.alarms import AlarmKind, alarms, clear_alarm
from backend.chain.endpoints import EndpointsDisagree, FailoverRpc, Witness
from backend.chain.indexer import Indexer
from backend.chain.replay_check import compare
from backend.chain.sentinel import Sentinel
from backend.chain.watch import check_and_note
from backend.database import Database
from ledger.rpc import Rpc, RpcUnavailable
from scripts.anvil import free_port
from scripts.rehearsal import Rehearsal
from tests.backend.conftest import index_all
from tests.backend.test_indexer import tell_story

NEVER = random.Random(1)


class Lying(Rpc):
    """A node that changes one thing of what it says."""

    lie = ""
    behind = 0

    def call(self, method: str, *params: Any) -> Any:
        answer = super().call(method, *params)
        if method == self.lie == "eth_getBlockByNumber" and answer:
            return answer | {"hash": "0x" + "ab" * 32}
        if method == self.lie == "eth_getLogs":
            return answer[:-1]
        return hex(int(answer, 16) - self.behind) if method == "eth_blockNumber" else answer


def away() -> str:
    return f"http://127.0.0.1:{free_port()}"


@pytest.mark.parametrize("lie", ["eth_getBlockByNumber", "eth_getLogs"])
def test_step__second_endpoint_says_something_else__nothing_taken_in_until_they_agree(
    database: Database, rehearsal: Rehearsal, lie: str
) -> None:
    tell_story(rehearsal, 1)
    second = Lying(rehearsal.rpc.url)
    second.lie = lie
    indexer = Indexer(database, rehearsal.rpc, rehearsal.deployment, Witness(second))

    with pytest.raises(EndpointsDisagree, match="disagree"):
        indexer.step()
    blocks = count(database, "blocks")
    second.lie = ""
    index_all(indexer)

    assert blocks == 0
    assert compare(database, rehearsal.rpc, rehearsal.deployment).same


def test_step__first_endpoint_forgets_blocks_the_second_still_has__nothing_rolled_back(
    database: Database, rehearsal: Rehearsal
) -> None:
    tell_story(rehearsal, 1)
    first = Lying(rehearsal.rpc.url)
    indexer = Indexer(database, first, rehearsal.deployment, Witness(rehearsal.rpc))
    index_all(indexer)
    before = count(database, "blocks")
    first.lie = "eth_getBlockByNumber"

    with pytest.raises(EndpointsDisagree, match="Nothing is rolled back"):
        indexer.step()

    assert count(database, "blocks") == before


def test_step__second_endpoint_behind__takes_in_only_what_both_have(database: Database, rehearsal: Rehearsal) -> None:
    tell_story(rehearsal, 1)
    second = Lying(rehearsal.rpc.url)
    second.behind = 3

    step = Indexer(database, rehearsal.rpc, rehearsal.deployment, Witness(second)).step()

    assert step.indexed == rehearsal.rpc.block_number() - 3


def test_step__second_endpoint_away__goes_on_with_the_first(database: Database, rehearsal: Rehearsal) -> None:
    tell_story(rehearsal, 1)

    index_all(Indexer(database, rehearsal.rpc, rehearsal.deployment, Witness(Rpc(away()))))

    assert compare(database, rehearsal.rpc, rehearsal.deployment).same


def test_call__first_endpoint_away__the_second_answers_and_the_first_is_tried_again_later(rpc: Rpc) -> None:
    now = [0.0]
    both = FailoverRpc(away(), rpc.url, clock=lambda: now[0])

    first = both.chain_id()
    now[0] += 11.0

    assert first == both.chain_id() == rpc.chain_id()
    both.close()


def test_call__both_away__says_so() -> None:
    both = FailoverRpc(away(), away())

    with pytest.raises(RpcUnavailable):
        both.chain_id()
    both.close()


@pytest.mark.parametrize(
    ("harm", "said"),
    [
        ("UPDATE policies SET sum_insured = sum_insured + 1 WHERE ordinal = 1", "policies.*sum_insured is not what"),
        ("DELETE FROM premiums", "premiums.*on the chain, not in the database"),
        ("UPDATE chain_events SET body = '{}' WHERE name = 'Deposit'", "chain_events.*body is not what"),
        (
            "INSERT INTO chain_events (address, name, body, block_number, log_index, transaction_hash)"
            " SELECT address, name, body, block_number, 900, transaction_hash FROM chain_events LIMIT 1",
            "log 900: in the database, not on the chain",
        ),
    ],
)
def test_look_at__row_harmed__found_in_its_block(
    database: Database, rehearsal: Rehearsal, harm: str, said: str
) -> None:
    tell_story(rehearsal, 1)
    index_all(Indexer(database, rehearsal.rpc, rehearsal.deployment))
    sentinel = Sentinel(database, rehearsal.rpc, rehearsal.deployment, NEVER)
    blocks = range(rehearsal.deployment.block_number, rehearsal.rpc.block_number() + 1)
    clean = [line for number in blocks for line in sentinel.look_at(number)]
    with database.transaction() as session:
        session.execute(text(harm))

    found = [line for number in blocks for line in sentinel.look_at(number)]

    assert clean == []
    assert found
    assert re.search(said, found[0])


def test_step__harmed_somewhere__found_in_the_end_and_the_alarm_stands(
    database: Database, rehearsal: Rehearsal
) -> None:
    tell_story(rehearsal, 1)
    index_all(Indexer(database, rehearsal.rpc, rehearsal.deployment))
    with database.transaction() as session:
        session.execute(text("UPDATE policies SET premium = premium + 1"))
    sentinel = Sentinel(database, rehearsal.rpc, rehearsal.deployment, random.Random(7))

    found = next(lines for lines in (sentinel.step() for _ in range(500)) if lines)

    with database.transaction() as session:
        (alarm,) = alarms(session)
    assert (alarm.kind, alarm.detail) == ("sentinel", "; ".join(found[:5]))


def test_look_at__block_reorganised_out__left_to_the_indexer(database: Database, rehearsal: Rehearsal) -> None:
    tell_story(rehearsal, 1)
    index_all(Indexer(database, rehearsal.rpc, rehearsal.deployment))
    last = rehearsal.rpc.block_number()
    rehearsal.rpc.call("anvil_reorg", 2, [])

    assert Sentinel(database, rehearsal.rpc, rehearsal.deployment, NEVER).look_at(last) == []


def test_check_and_note__different_then_mended__alarm_raised_and_cleared(
    database: Database, rehearsal: Rehearsal
) -> None:
    tell_story(rehearsal, 1)
    index_all(Indexer(database, rehearsal.rpc, rehearsal.deployment))
    with database.transaction() as session:
        session.execute(text("UPDATE policies SET premium = premium + 1 WHERE ordinal = 1"))

    different = check_and_note(database, rehearsal.rpc, rehearsal.deployment)
    standing = kinds(database)
    with database.transaction() as session:
        session.execute(text("UPDATE policies SET premium = premium - 1 WHERE ordinal = 1"))
    same = check_and_note(database, rehearsal.rpc, rehearsal.deployment)

    assert (different.same, standing) == (False, ["replay"])
    assert (same.same, kinds(database)) == (True, [])


def test_clear_alarm__none_stands__nothing_happens(database: Database) -> None:
    with database.transaction() as session:
        clear_alarm(session, AlarmKind.SENTINEL)

    assert kinds(database) == []


def kinds(database: Database) -> list[str]:
    with database.transaction() as session:
        return [alarm.kind for alarm in alarms(session)]


def count(database: Database, table: str) -> int:
    with database.transaction() as session:
        return int(session.scalar(text(f"SELECT count(*) FROM {table}")) or 0)
