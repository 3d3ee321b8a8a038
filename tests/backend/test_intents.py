"""Intents on a real chain: asked for once, looked at before they go out, and again after a reorganisation."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
from sqlalchemy import text

from backend.chain.intents import service, workflow
from backend.chain.intents.convoys import CONVOYS, Dispatcher
from backend.chain.intents.delivery import Delivery
from backend.chain.intents.kinds import IntentKind
from backend.chain.intents.models import WAITING, IntentRow
from backend.chain.intents.service import IntentKeyReused, submit
from backend.chain.relayer import make_delivery
from backend.database import Database
from backend.workflows.runtime import Runtime
from ledger.bindings import TestStablecoin
from scripts.rehearsal import account
from tests.backend.conftest import Backend, index_all
from tests.backend.test_workflows import until

SOMEBODY = account("somebody").address
TENANT = uuid.UUID(int=7)


def token_of(backend: Backend) -> str:
    return backend.rehearsal.deployment.contracts["TestStablecoin"]


def ask(backend: Backend, key: str, calldata: bytes, *, after: str | None = None, kind: str = "plain") -> bool:
    with backend.database.transaction() as session:
        return submit(
            session, key=key, tenant_id=TENANT, kind=kind, to=token_of(backend), calldata=calldata, after=after
        )


def approve(amount: int) -> bytes:
    return TestStablecoin.approve(SOMEBODY, amount).data


def transfer(amount: int) -> bytes:
    return TestStablecoin.transfer(SOMEBODY, amount).data


def found(backend: Backend, key: str) -> IntentRow:
    with backend.database.transaction() as session:
        row = service.find(session, key)
    assert row is not None
    return row


def carry(backend: Backend, delivery: Delivery | None = None, rounds: int = 6) -> None:
    for _ in range(rounds):
        (delivery or backend.relayer.delivery).turn()
        index_all(backend.indexer)


def used_nonces(backend: Backend) -> int:
    return int(backend.rehearsal.rpc.call("eth_getTransactionCount", account("relayer").address, "latest"), 16)


def give_tokens(backend: Backend, amount: int) -> None:
    backend.rehearsal.send(token_of(backend), TestStablecoin.mint_each([account("relayer").address], amount).data)


class Done(IntentKind):
    """Whatever it is, it is on the chain already."""

    def done(self, session: object, key: str) -> bool:  # noqa: ARG002
        return True


class Unwanted(IntentKind):
    """Nobody waits for it."""

    def wanted(self, session: object, key: str) -> bool:  # noqa: ARG002
        return False


def with_kind(backend: Backend, kind: IntentKind, monkeypatch: pytest.MonkeyPatch) -> None:
    kinds = {"plain": kind}
    monkeypatch.setattr(backend.relayer.delivery, "_kinds", kinds)
    monkeypatch.setattr(backend.relayer.delivery._examiner, "_kinds", kinds)


def test_submit__same_key_twice__one_intent(backend: Backend) -> None:
    assert ask(backend, "a", approve(1))
    assert not ask(backend, "a", approve(1))

    carry(backend)

    assert (found(backend, "a").status, found(backend, "a").tenant_id) == ("final", TENANT)
    assert used_nonces(backend) == 1


def test_submit__same_key_for_another_call__refused(backend: Backend) -> None:
    ask(backend, "a", approve(1))

    with pytest.raises(IntentKeyReused, match="another call"):
        ask(backend, "a", approve(2))


def test_next_key__another_stem_that_begins_alike_failed__counts_its_own_alone(backend: Backend) -> None:
    for key in ("head:1:0", "head:10:0"):
        ask(backend, key, approve(1))
    with backend.database.transaction() as session:
        session.execute(text("UPDATE intents SET status = 'failed' WHERE key = 'head:10:0'"))

        assert service.next_key(session, "head:1") == "head:1:0"
        assert service.next_key(session, "head:10") == "head:10:1"


def test_submit__key_too_long__refused_with_its_length(backend: Backend) -> None:
    with pytest.raises(ValueError, match="has 113 characters"):
        ask(backend, "k" * 113, approve(1))


def test_turn__contract_refuses__failed_by_the_errors_name_and_nothing_sent(backend: Backend) -> None:
    ask(backend, "a", transfer(5))

    carry(backend)

    row = found(backend, "a")
    assert (row.status, row.failure_code) == ("failed", "erc20_insufficient_balance")
    assert used_nonces(backend) == 0


def test_turn__after_another__waits_for_it(backend: Backend) -> None:
    give_tokens(backend, 5)
    ask(backend, "first", transfer(5))
    ask(backend, "second", transfer(0), after="first")
    dispatcher = Dispatcher(backend.database)

    first = dispatcher.step()
    second = found(backend, "second")
    carry_only(backend, "first")

    assert (first, second.convoy, second.status) == (1, None, "prepared")
    assert dispatcher.step() == 1
    assert found(backend, "second").convoy is not None


def test_dispatch__predecessor_failed__the_follower_fails_too(backend: Backend) -> None:
    ask(backend, "first", transfer(5))
    ask(backend, "second", approve(1), after="first")
    carry_only(backend, "first")

    Dispatcher(backend.database).step()

    assert found(backend, "second").failure_code == "predecessor_failed"


def carry_only(backend: Backend, key: str) -> None:
    """Carry one intent, as the workflow of its convoy would."""
    with backend.database.transaction() as session:
        session.execute(text("UPDATE intents SET convoy = 'alone' WHERE key = :k"), {"k": key})
    delivery = backend.relayer.delivery
    delivery.send("alone")

    def over() -> bool:
        delivery.look("alone")  # a node may answer a send before it has mined it
        return found(backend, key).status not in WAITING

    until(over)


def test_turn__reorganised_and_still_wanted__the_same_bytes_again(backend: Backend) -> None:
    backend.rehearsal.rpc.call("anvil_mine", "0x4")
    ask(backend, "a", approve(9))
    carry(backend)
    before = found(backend, "a").transaction_hash

    backend.rehearsal.rpc.call("anvil_reorg", 2, [])
    index_all(backend.indexer)
    reopened = found(backend, "a").status
    carry(backend)

    assert reopened == "reopened"
    assert (found(backend, "a").status, found(backend, "a").transaction_hash) == ("final", before)
    assert used_nonces(backend) == 1


@pytest.mark.parametrize(("kind", "code"), [(Done(), "done_by_another"), (Unwanted(), "not_wanted")])
def test_turn__reorganised_and_needless__not_sent_again_and_the_lane_goes_on(
    backend: Backend, monkeypatch: pytest.MonkeyPatch, kind: IntentKind, code: str
) -> None:
    rpc = backend.rehearsal.rpc
    rpc.call("anvil_mine", "0x4")
    ask(backend, "a", approve(9))
    carry(backend)
    with_kind(backend, kind, monkeypatch)

    rpc.call("anvil_reorg", 2, [])
    index_all(backend.indexer)
    carry(backend)
    with_kind(backend, IntentKind(), monkeypatch)
    ask(backend, "b", approve(10))
    carry(backend)

    assert (found(backend, "a").status, found(backend, "a").failure_code) == ("superseded", code)
    assert found(backend, "b").status == "final"
    assert used_nonces(backend) == 2
    allowed = rpc.eth_call(token_of(backend), TestStablecoin.allowance(account("relayer").address, SOMEBODY))
    assert allowed == 10


def test_turn__reorganised_and_would_revert_now__failed_and_the_lane_goes_on(backend: Backend) -> None:
    rpc = backend.rehearsal.rpc
    rpc.call("anvil_mine", "0x4")
    give_tokens(backend, 5)
    ask(backend, "a", transfer(5))
    carry(backend)

    rpc.call("anvil_reorg", 3, [])  # takes the tokens away, too
    index_all(backend.indexer)
    carry(backend)
    ask(backend, "b", approve(1))
    carry(backend)

    assert (found(backend, "a").status, found(backend, "a").failure_code) == ("failed", "erc20_insufficient_balance")
    assert found(backend, "b").status == "final"


def test_turn__nonce_used_by_somebody_else__sent_again_under_another_key(backend: Backend) -> None:
    rpc = backend.rehearsal.rpc
    rpc.call("evm_setAutomine", False)
    ask(backend, "a", approve(3))
    backend.relayer.delivery.turn()
    rpc.call("anvil_dropAllTransactions")
    stranger = make_delivery(Database(backend.database.url), rpc, backend.rehearsal.deployment, account("relayer"))
    body: dict[str, Any] = {
        "nonce": 0,
        "to": SOMEBODY,
        "value": 0,
        "data": b"",
        "gas": 21_000,
        "chainId": rpc.chain_id(),
        "type": 2,
    }
    fees = {"maxFeePerGas": 10**12, "maxPriorityFeePerGas": 10**10}
    raw = account("relayer").sign_transaction(body | fees).raw_transaction
    rpc.call("eth_sendRawTransaction", "0x" + bytes(raw).hex())
    rpc.call("evm_setAutomine", True)
    rpc.call("evm_mine")

    carry(backend, stranger, rounds=10)

    row = found(backend, "a")
    assert (row.status, row.tries, row.sender_key) == ("final", 1, "a#1")
    assert used_nonces(backend) == 2


def test_deliver__by_a_workflow__final_once_deep_enough(backend: Backend) -> None:
    rpc, database = backend.rehearsal.rpc, backend.database
    delivery = make_delivery(database, rpc, backend.rehearsal.deployment, account("relayer"), confirmations=3)
    runtime = Runtime(database, queues=[CONVOYS], objects=[database, delivery])
    assert workflow.deliver.__name__ == "deliver"
    dispatcher = Dispatcher(database)
    for number in range(5):
        ask(backend, f"a{number}", approve(number))
    runtime.launch()
    try:
        assert dispatcher.step() == 5
        until(lambda: all(found(backend, f"a{n}").status == "mined" for n in range(5)))
        rpc.call("anvil_mine", "0x3")
        index_all(backend.indexer)
        until(lambda: all(found(backend, f"a{n}").status == "final" for n in range(5)))
        until(lambda: runtime.running() == 0)
    finally:
        runtime.stop()

    assert runtime.failed() == 0
    assert len({found(backend, f"a{n}").convoy for n in range(5)}) == 1


def test_dispatch__workflow_was_cancelled__another_one_takes_over(backend: Backend) -> None:
    database = backend.database
    ask(backend, "a", approve(1))
    runtime = Runtime(database, queues=[], objects=[database])
    runtime.launch()
    try:
        Dispatcher(database).step()
        first = found(backend, "a").convoy
        until(lambda: runtime.running() == 1)
        with database.transaction() as session:
            session.execute(text("UPDATE dbos.workflow_status SET status = 'CANCELLED'"))
        second = Dispatcher(database)
        second.step()
        second.step()
    finally:
        runtime.stop()

    assert found(backend, "a").convoy not in (first, None)
