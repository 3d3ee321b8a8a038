"""From acceptance to policy, on a real chain."""

import threading
import uuid
from dataclasses import replace

import pytest
from sqlalchemy import delete, select, text, update

from backend.acceptances.models import BindIntentRow
from backend.acceptances.repository import BindIntent, add_intents
from backend.access.principal import Principal
from backend.quotes.repository import Batch, SignedQuote, add_batch
from domain.reports import Binding
from ledger.bindings import Treasury
from scripts.rehearsal import Rehearsal, Sale, account
from tests.backend.conftest import Backend, index_all, make_backend, sales_on
from tests.backend.flights import flights

WORKER = Principal.worker(uuid.UUID(int=1))


def accept(backend: Backend, sales: list[Sale], batch: int, *, funded: bool = True) -> list[int]:
    """Quotes offered and accepted, as the API keeps them. Returns quote ids in order."""
    rehearsal = backend.rehearsal
    if funded:
        rehearsal.fund([s.holder for s in sales], 1_000_000_000)
    report, signatures, bindings = rehearsal.offer(sales, batch)
    quotes = [
        SignedQuote(b.quote, report.assessments[b.assessment], b.underwriter_signature, b.assessment, report.product)
        for b in bindings
    ]
    with backend.database.scoped(WORKER) as session:
        add_batch(session, Batch(report, tuple(signatures)), quotes)
        assert add_intents(session, [intent(b) for b in bindings]) == len(sales)
    index_all(backend.indexer)
    return [b.quote.application_id for b in bindings]


def intent(binding: Binding) -> BindIntent:
    p = binding.permit
    permit = {"value": str(p.value), "deadline": str(p.deadline), "v": str(p.v)}
    words = {"r": "0x" + p.r.hex(), "s": "0x" + p.s.hex()}
    return BindIntent(uuid.uuid4(), binding.quote.application_id, binding.acceptance, permit | words, "accepted", 0)


def states(backend: Backend) -> dict[int, tuple[str, str | None]]:
    with backend.database.transaction() as session:
        rows = session.execute(select(BindIntentRow.quote_id, BindIntentRow.status, BindIntentRow.failure_code))
        return {quote_id: (status, code) for quote_id, status, code in rows}


def count(backend: Backend, table: str) -> int:
    with backend.database.transaction() as session:
        return int(session.scalar(text(f"SELECT count(*) FROM {table}")) or 0)


def test_step__fifty_of_one_report__one_transaction(backend: Backend) -> None:
    ids = accept(backend, sales_on(flights(10), each=5), 1)

    backend.settle_down()

    assert states(backend) == dict.fromkeys(ids, ("bound", None))
    assert count(backend, "policies") == 50
    assert count(backend, "intents") == 1


def test_step__one_of_a_report_of_fifty__bound_although_the_report_costs_more_than_the_policy(backend: Backend) -> None:
    ids = accept(backend, sales_on(flights(10), each=5), 1)
    with backend.database.every_tenant() as session:
        session.execute(delete(BindIntentRow).where(BindIntentRow.quote_id != ids[0]))

    backend.settle_down()

    assert states(backend) == {ids[0]: ("bound", None)}
    assert count(backend, "policies") == 1


def test_step__one_cannot_pay__it_fails_by_name_and_the_others_are_bound(backend: Backend) -> None:
    sales = sales_on(flights(5))
    backend.rehearsal.fund([s.holder for s in sales[:2] + sales[3:]], 1_000_000_000)
    ids = accept(backend, sales, 1, funded=False)

    backend.settle_down()

    found = states(backend)
    assert found[ids[2]] == ("failed", "erc20_insufficient_balance")
    assert [found[i][0] for i in ids[:2] + ids[3:]] == ["bound"] * 4
    with backend.database.transaction() as session:
        detail = session.scalar(select(BindIntentRow.failure_detail).where(BindIntentRow.quote_id == ids[2]))
    assert "balance does not cover the premium" in str(detail)


def test_step__capital_for_some_only__as_many_as_fit_are_bound(backend: Backend) -> None:
    rehearsal = backend.rehearsal
    owner = rehearsal.administrator.address
    free = rehearsal.rpc.eth_call(rehearsal.deployment.contracts["Treasury"], Treasury.free_capital())
    withdraw = Treasury.withdraw(free - 250_000_000, owner, owner)
    assert rehearsal.send(rehearsal.deployment.contracts["Treasury"], withdraw.data).succeeded
    ids = accept(backend, sales_on(flights(6)), 1)

    backend.settle_down()

    found = states(backend)
    assert [found[i][0] for i in ids] == ["bound", "bound", "failed", "failed", "failed", "failed"]
    assert {found[i][1] for i in ids[2:]} == {"capital_too_small"}


def test_step__sale_suspended_meanwhile__all_fail_and_nothing_is_sent(backend: Backend) -> None:
    rehearsal = backend.rehearsal
    ids = accept(backend, sales_on(flights(3)), 1)
    rehearsal.rpc.call("evm_setNextBlockTimestamp", hex(flights(1)[0].occurs_at))
    rehearsal.rpc.call("evm_mine")

    backend.settle_down()

    assert {states(backend)[i][0] for i in ids} == {"failed"}
    assert count(backend, "intents") == 0


def test_step__two_relayers_at_once__each_policy_bound_once(backend: Backend) -> None:
    ids = [i for batch in range(4) for i in accept(backend, sales_on(flights(10, first=batch * 10 + 1)), batch + 1)]
    other = make_backend(backend.database, backend.rehearsal, backend.world)
    failures: list[BaseException] = []

    def work(relayer: Backend) -> None:
        try:
            for _ in range(12):
                relayer.relayer.step()
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=work, args=(b,)) for b in (backend, other)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    backend.settle_down()

    assert not failures
    assert states(backend) == dict.fromkeys(ids, ("bound", None))
    assert count(backend, "policies") == 40
    relayer = account("relayer").address
    sent = int(backend.rehearsal.rpc.call("eth_getTransactionCount", relayer, "latest"), 16)
    assert sent == count(backend, "intents") == 4


def test_step__bound_by_somebody_else__counts_as_bound(backend: Backend) -> None:
    rehearsal = backend.rehearsal
    sales = sales_on(flights(2))
    (first, second) = accept(backend, sales, 1)
    report, signatures, bindings = rehearsal.offer(sales, 1)
    assert rehearsal.bind(sales, 1).succeeded
    index_all(backend.indexer)

    backend.settle_down()

    assert (report.assessments[0].application_id, len(signatures), len(bindings)) == (first, 3, 2)
    assert states(backend) == {first: ("bound", None), second: ("bound", None)}
    assert count(backend, "intents") == 0


@pytest.mark.parametrize("depth", [1, 4])
def test_step__bind_reorganised_out__bound_again_by_the_same_bytes(backend: Backend, depth: int) -> None:
    rehearsal: Rehearsal = backend.rehearsal
    ids = accept(backend, sales_on(flights(4)), 1)
    rehearsal.rpc.call("anvil_mine", "0x6")
    backend.settle_down()
    rehearsal.rpc.call("anvil_mine", hex(depth - 1)) if depth > 1 else None
    with backend.database.transaction() as session:
        before = session.scalar(text("SELECT transaction_hash FROM intents"))

    rehearsal.rpc.call("anvil_reorg", depth, [])
    index_all(backend.indexer)
    gone = count(backend, "policies")
    backend.settle_down()

    with backend.database.transaction() as session:
        after = session.scalar(text("SELECT transaction_hash FROM intents"))
    assert gone == 0
    assert after == before
    assert states(backend) == dict.fromkeys(ids, ("bound", None))
    assert count(backend, "policies") == 4


def test_step__reverts_in_its_block_again_and_again__gives_up_with_the_reason(backend: Backend) -> None:
    ids = accept(backend, sales_on(flights(2)), 1)
    with backend.database.transaction() as session:
        session.execute(update(BindIntentRow).values(attempts=3, failure_code="sale_closed", failure_detail="Late."))

    backend.settle_down()

    assert states(backend) == dict.fromkeys(ids, ("failed", "sale_closed"))


def test_add_intents__same_quote_twice__second_is_not_taken(backend: Backend) -> None:
    accept(backend, sales_on(flights(1)), 1)
    _, _, bindings = backend.rehearsal.offer(sales_on(flights(1)), 1)

    with backend.database.scoped(WORKER) as session:
        added = add_intents(session, [replace(intent(bindings[0]), intent_id=uuid.uuid4())])

    assert added == 0
