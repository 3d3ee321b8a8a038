"""From landed flight to payment, on a real chain."""

import threading

import pytest
from sqlalchemy import text

from backend.chain.replay_check import compare
from domain.policy import Outcome
from ledger.bindings import TestStablecoin
from ledger.typed_data import event_report_digest
from scripts.anvil import move_clock
from scripts.rehearsal import Sale, measured
from tests.backend.conftest import Backend, index_all, make_backend, sales_on
from tests.backend.flights import flight, flights

LANDED = flight(1).occurs_at + 6 * 3600
PAID_SHARE_BPS = 10_000


def sell(backend: Backend, sales: list[Sale], batch: int = 1) -> None:
    rehearsal = backend.rehearsal
    rehearsal.fund([s.holder for s in sales], 1_000_000_000)
    for start in range(0, len(sales), 50):
        assert rehearsal.bind(sales[start : start + 50], batch * 100 + start).succeeded
    index_all(backend.indexer)


def balances(backend: Backend, sales: list[Sale]) -> list[int]:
    token = backend.rehearsal.deployment.contracts["TestStablecoin"]
    return backend.rehearsal.rpc.eth_calls([(token, TestStablecoin.balance_of(s.holder.address)) for s in sales])


def number(backend: Backend, query: str) -> int:
    with backend.database.transaction() as session:
        return int(session.scalar(text(query)) or 0)


def cancel_all(backend: Backend, sales: list[Sale]) -> None:
    """Every flight was cancelled."""
    backend.world.outcomes.update({s.insured_event: (Outcome.CANCELLED, 0) for s in sales})


def owed(backend: Backend, sales: list[Sale]) -> list[int]:
    """What a cancelled flight pays, from the terms alone."""
    return [s.sum_insured * backend.rehearsal.terms.cancelled_share_bps // PAID_SHARE_BPS for s in sales]


def paid_since(backend: Backend, sales: list[Sale], before: list[int]) -> list[int]:
    return [after - b for after, b in zip(balances(backend, sales), before, strict=True)]


def test_step__flights_landed__late_ones_are_paid_and_all_are_settled(backend: Backend) -> None:
    sales = sales_on(flights(4), each=3)
    sell(backend, sales)
    late, early, gone, open_ = (flight(n).text() for n in range(1, 5))
    backend.world.outcomes |= {late: (Outcome.MEASURED, 10_000), early: (Outcome.MEASURED, -5)}
    backend.world.outcomes |= {gone: (Outcome.CANCELLED, 0)}
    before = balances(backend, sales)
    move_clock(backend.rehearsal.rpc, LANDED)

    backend.settle_down()

    terms = backend.rehearsal.terms
    top = [s.sum_insured * terms.shares_bps[-1] // PAID_SHARE_BPS for s in sales[:3]]
    cancelled = [s.sum_insured * terms.cancelled_share_bps // PAID_SHARE_BPS for s in sales[6:9]]
    assert paid_since(backend, sales, before) == [*top, 0, 0, 0, *cancelled, 0, 0, 0]
    assert number(backend, "SELECT count(*) FROM event_closures") == 3
    assert number(backend, "SELECT count(*) FROM intents WHERE kind = 'report'") == 1
    assert open_ not in backend.world.outcomes
    found = compare(backend.database, backend.rehearsal.rpc, backend.rehearsal.deployment)
    assert found.same, found.differences


@pytest.mark.parametrize(
    "fault", [{"down": {1}}, {"lying": {2}}, {"forging": {0}}, {"slow": {3: 1.0}}], ids=lambda fault: next(iter(fault))
)
def test_step__one_node_faulty__outcome_unchanged(backend: Backend, fault: dict[str, set[int]]) -> None:
    sales = sales_on(flights(2), each=2)
    sell(backend, sales)
    cancel_all(backend, sales)
    for name, value in fault.items():
        setattr(backend.world, name, value)
    before = balances(backend, sales)
    move_clock(backend.rehearsal.rpc, LANDED)

    backend.settle_down()

    assert paid_since(backend, sales, before) == owed(backend, sales)


def test_step__two_nodes_down__nothing_is_sent_until_they_are_back(
    backend: Backend, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("backend.settlements.settler.ASK_AGAIN_SECONDS", 0.0)
    sales = sales_on(flights(1))
    sell(backend, sales)
    cancel_all(backend, sales)
    backend.world.down = {0, 1}
    move_clock(backend.rehearsal.rpc, LANDED)

    for _ in range(3):
        backend.relayer.step()
    meanwhile = number(backend, "SELECT count(*) FROM intents")
    backend.world.down = set()
    backend.settle_down()

    assert meanwhile == 0
    assert number(backend, "SELECT count(*) FROM payments") == 1


def test_step__payee_blocked__the_money_is_held_and_the_others_are_paid(backend: Backend) -> None:
    sales = sales_on(flights(1), each=3)
    sell(backend, sales)
    cancel_all(backend, sales)
    token = backend.rehearsal.deployment.contracts["TestStablecoin"]
    backend.rehearsal.send(token, TestStablecoin.set_blocked(sales[1].holder.address, True).data)
    before = balances(backend, sales)
    move_clock(backend.rehearsal.rpc, LANDED)

    backend.settle_down()

    due = owed(backend, sales)
    assert paid_since(backend, sales, before) == [due[0], 0, due[2]]
    assert number(backend, "SELECT sum(amount) FROM held_payouts") == due[1]


def test_step__more_policies_than_fit__the_rest_is_settled_after(
    backend: Backend, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("backend.settlements.chunks.MAX_PAYOUTS", 4)
    sales = sales_on(flights(1), each=10)
    sell(backend, sales)
    cancel_all(backend, sales)
    before = balances(backend, sales)
    move_clock(backend.rehearsal.rpc, LANDED)

    backend.settle_down()

    assert paid_since(backend, sales, before) == owed(backend, sales)
    assert number(backend, "SELECT count(*) FROM intents WHERE kind = 'settle'") == 2


def test_step__out_of_gas__smaller_transactions_until_all_are_paid(
    backend: Backend, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("backend.settlements.chunks.GAS_PER_PAYOUT", 4_000)
    sales = sales_on(flights(40), each=2)
    sell(backend, sales)
    cancel_all(backend, sales)
    before = balances(backend, sales)
    move_clock(backend.rehearsal.rpc, LANDED)

    backend.settle_down()

    assert number(backend, "SELECT count(*) FROM intents WHERE status = 'failed'") >= 1
    assert paid_since(backend, sales, before) == owed(backend, sales)


def test_step__nobody_reports_in_time__premiums_go_back(backend: Backend) -> None:
    sales = sales_on(flights(1), each=2)
    sell(backend, sales)
    before = balances(backend, sales)
    premiums = [number(backend, f"SELECT premium FROM policies WHERE ordinal = {n}") for n in range(2)]
    move_clock(backend.rehearsal.rpc, flight(1).occurs_at + backend.rehearsal.terms.report_window_seconds + 1)

    backend.settle_down()

    assert paid_since(backend, sales, before) == premiums
    assert number(backend, "SELECT outcome FROM event_closures") == Outcome.NOT_REPORTED


def test_step__reported_by_somebody_else_first__not_reported_again(backend: Backend) -> None:
    sales = sales_on(flights(2))
    sell(backend, sales)
    cancel_all(backend, sales)
    move_clock(backend.rehearsal.rpc, LANDED)
    assert backend.rehearsal.settle([measured(sales[0].insured_event, -1)]).succeeded
    before = balances(backend, sales)

    for _ in range(3):  # the database does not know yet: the chain refuses, nothing is sent
        backend.relayer.step()
    unseen = number(backend, "SELECT count(*) FROM intents")
    index_all(backend.indexer)
    backend.settle_down()

    assert unseen == 0
    assert paid_since(backend, sales, before) == [0, owed(backend, sales)[1]]


def test_step__two_relayers_at_once__each_policy_paid_once(backend: Backend) -> None:
    sales = sales_on(flights(30), each=2)
    sell(backend, sales)
    cancel_all(backend, sales)
    before = balances(backend, sales)
    other = make_backend(backend.database, backend.rehearsal, backend.world, payer="other relayer")
    move_clock(backend.rehearsal.rpc, LANDED)
    failures: list[BaseException] = []

    def work(relayer: Backend) -> None:
        try:
            for _ in range(10):
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
    assert paid_since(backend, sales, before) == owed(backend, sales)
    assert number(backend, "SELECT count(*) FROM intents WHERE status = 'failed'") == 0


@pytest.mark.parametrize("depth", [1, 3, 12])
def test_step__settlement_reorganised_out__paid_once_in_the_end(backend: Backend, depth: int) -> None:
    sales = sales_on(flights(5), each=2)
    sell(backend, sales)
    cancel_all(backend, sales)
    before = balances(backend, sales)
    rpc = backend.rehearsal.rpc
    rpc.call("anvil_mine", "0xc")
    move_clock(rpc, LANDED)
    rpc.call("anvil_mine", hex(max(1, depth - 1)))
    backend.settle_down()

    rpc.call("anvil_reorg", depth, [])
    move_clock(rpc, LANDED + 7_200)
    backend.settle_down()

    assert paid_since(backend, sales, before) == owed(backend, sales)
    found = compare(backend.database, rpc, backend.rehearsal.deployment)
    assert found.same, found.differences


def test_hand_in__signed_by_strangers__refused_before_it_costs_anything(backend: Backend) -> None:
    sales = sales_on(flights(1))
    sell(backend, sales)
    move_clock(backend.rehearsal.rpc, LANDED)
    report = backend.rehearsal.event_report([measured(sales[0].insured_event, 500)])
    signatures = backend.rehearsal.sign_all(event_report_digest(report))
    altered = backend.rehearsal.event_report([measured(sales[0].insured_event, 501)])

    taken = backend.relayer.settler.hand_in(altered, signatures, 1, 1_000_000)

    assert not taken
    assert number(backend, "SELECT count(*) FROM intents") == 0
    assert backend.relayer.settler.hand_in(report, signatures, 1, 1_000_000)
    assert not backend.relayer.settler.hand_in(report, signatures, 1, 1_000_000)
