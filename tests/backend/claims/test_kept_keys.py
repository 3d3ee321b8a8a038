"""Decisions sent with the key kept for an adjuster: by the adjuster in person, to the desk, and nothing else."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import pytest

from backend.access.principal import Principal
from backend.access.roles import Role
from backend.chain.projections import claims_read
from backend.claims import decisions, sending
from backend.claims.chain import DeployedClaims
from backend.claims.follower import Follower
from backend.claims.lanes import read_flying
from backend.claims.models import CaseDecisionRow, CaseRow
from backend.claims.ports import Postage
from backend.claims.states import DecisionState
from backend.custody.transactions import MOST_GAS
from backend.problems import Problem
from domain.claim import ClaimOutcome
from domain.hashing import ZERO_ADDRESS
from tests.backend.claims.office import ADJUSTER, LOSS, Office, machine
from tests.backend.claims.test_decisions import DENIAL, asked, prepared
from tests.backend.conftest import index_all


@pytest.fixture
def waiting_case(office: Office) -> CaseRow:
    return office.noticed()[1]


def decided_with_the_kept_key(office: Office, row: CaseRow, adjuster: Principal, loss: int, code: int) -> uuid.UUID:
    with office.acting(adjuster) as session:
        found = decisions.prepare(session, office.desk, adjuster, row.case_id, asked(office, loss, code))
    with office.acting(adjuster) as session:
        kept = sending.hand_in(session, office.desk, adjuster, found.row.decision_id, None)
    return kept.decision_id


@pytest.mark.parametrize(("loss", "code", "outcome"), [(LOSS, 1, ClaimOutcome.PAID), (*DENIAL, ClaimOutcome.DENIED)])
def test_hand_in__key_kept_for_the_adjuster__signed_here_and_decided_on_the_chain(
    office: Office, monkeypatch: pytest.MonkeyPatch, loss: int, code: int, outcome: ClaimOutcome
) -> None:
    adjuster = office.keyed_adjuster(monkeypatch)
    _, row, _ = office.noticed()

    decision_id = decided_with_the_kept_key(office, row, adjuster, loss, code)
    with office.acting(adjuster) as session:
        again = sending.hand_in(session, office.desk, adjuster, decision_id, None)
    office.settle()

    with office.database.every_tenant() as session:
        claim = claims_read.claim(session, row.claim_id or 0)
        after = session.get_one(CaseDecisionRow, decision_id)
    assert claim is not None
    assert claim.outcome == outcome
    assert [step.actor for step in claim.steps if step.kind == "decided"] == [ADJUSTER.address]
    assert (after.state, after.transaction_hash) == (DecisionState.DECIDED, again.transaction_hash)


def test_hand_in__kept_key_without_gas__says_whose_and_how_much_and_sends_nothing(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    adjuster = office.keyed_adjuster(monkeypatch)
    _, row, _ = office.noticed()
    rpc = office.stack.rpc
    before = rpc.call("eth_getBalance", ADJUSTER.address, "latest")
    rpc.call("anvil_setBalance", ADJUSTER.address, hex(1_000))
    try:
        with pytest.raises(Problem, match=f"{ADJUSTER.address} has 1000 wei") as caught:
            decided_with_the_kept_key(office, row, adjuster, LOSS, 1)
    finally:
        rpc.call("anvil_setBalance", ADJUSTER.address, before)

    assert caught.value.code == "gas_missing"
    assert int(str(caught.value.values["needed"])) > 1_000


def test_hand_in__takes_more_gas_than_a_kept_key_pays_for__refused_and_nothing_sent(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    adjuster = office.keyed_adjuster(monkeypatch)
    _, row, _ = office.noticed()
    monkeypatch.setattr(DeployedClaims, "postage", lambda *_: Postage(0, MOST_GAS + 1, 10**9, 1, 10**18))

    with pytest.raises(Problem, match=f"up to {MOST_GAS + 1} gas") as caught:
        decided_with_the_kept_key(office, row, adjuster, LOSS, 1)

    assert (caught.value.code, caught.value.values["refusal"]) == ("decision_refused", "gas_too_high")


def test_hand_in__second_factor_is_long_ago__asked_for_again(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    adjuster = office.keyed_adjuster(monkeypatch)
    _, row, _ = office.noticed()

    with pytest.raises(Problem) as caught:
        decided_with_the_kept_key(office, row, replace(adjuster, strong_at=office.house.clock() - 301), LOSS, 1)

    assert caught.value.code == "step_up_required"


def test_hand_in__no_transaction_and_a_wallet_of_ones_own__asks_for_it(office: Office, waiting_case: CaseRow) -> None:
    found = prepared(office, waiting_case)
    adjuster = office.adjuster()

    with pytest.raises(Problem) as caught, office.acting(adjuster) as session:
        sending.hand_in(session, office.desk, adjuster, found.row.decision_id, None)

    assert caught.value.code == "transaction_missing"


@pytest.mark.parametrize("who", ["worker", "machine", "clerk"])
def test_send_decision__not_an_adjuster_in_person__no_transaction_is_signed(
    office: Office, monkeypatch: pytest.MonkeyPatch, waiting_case: CaseRow, who: str
) -> None:
    keyed = office.keyed_adjuster(monkeypatch)
    found = prepared(office, waiting_case)
    asking = {
        "worker": Principal.worker(office.tenant_id), "machine": machine(office, Role.ADJUSTER),
        "clerk": replace(keyed, roles=frozenset({Role.CUSTOMER_SERVICE})),
    }[who]  # fmt: skip
    custody, decision = office.desk.custody, decisions.decision_of(found.row)
    assert custody is not None

    with pytest.raises(Problem) as caught, office.acting(asking) as session:
        custody.send_decision(
            session, asking, office.desk.chain.desk, decision, ZERO_ADDRESS, b"", Postage(0, 200_000, 10**9, 10**9, 0)
        )

    assert caught.value.code == "forbidden"


def test_send_decision__to_anything_but_a_desk__no_transaction_is_signed(
    office: Office, monkeypatch: pytest.MonkeyPatch, waiting_case: CaseRow
) -> None:
    keyed = office.keyed_adjuster(monkeypatch)
    decision, custody = decisions.decision_of(prepared(office, waiting_case).row), office.desk.custody
    assert custody is not None

    for to in (office.stack.insurer.contracts["Treasury"], "0x" + "11" * 20):
        with pytest.raises(Problem, match="is no claims desk"), office.acting(keyed) as session:
            custody.send_decision(session, keyed, to, decision, ZERO_ADDRESS, b"", Postage(0, 200_000, 10**9, 1, 0))


@contextmanager
def not_mining(office: Office) -> Iterator[None]:
    """What is sent waits."""
    rpc = office.stack.rpc
    rpc.call("evm_setAutomine", False)
    try:
        yield
    finally:
        rpc.call("evm_setAutomine", True)
        rpc.call("evm_mine")


def state_of(office: Office, decision_id: uuid.UUID) -> str:
    with office.database.every_tenant() as session:
        return session.get_one(CaseDecisionRow, decision_id).state


def test_hand_in__two_decisions_before_the_next_block__each_has_its_nonce_and_both_stand(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    adjuster = office.keyed_adjuster(monkeypatch)
    rows = [office.noticed()[1], office.noticed()[1]]

    with not_mining(office):
        sent = [decided_with_the_kept_key(office, row, adjuster, LOSS, 1) for row in rows]
    office.settle()

    assert [state_of(office, each) for each in sent] == [DecisionState.DECIDED] * 2


def test_hand_in__chain_became_dearer__asked_again_it_is_signed_anew_at_its_nonce(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    adjuster, rpc = office.keyed_adjuster(monkeypatch), office.stack.rpc
    _, row, _ = office.noticed()
    with not_mining(office):
        decision_id = decided_with_the_kept_key(office, row, adjuster, LOSS, 1)
        with office.acting(adjuster) as session:
            first = bytes(sending.hand_in(session, office.desk, adjuster, decision_id, None).raw or b"")
        rpc.call("anvil_setNextBlockBaseFeePerGas", hex(10 * read_flying(first).max_fee))
        rpc.call("evm_mine")
        with office.acting(adjuster) as session:
            second = bytes(sending.hand_in(session, office.desk, adjuster, decision_id, None).raw or b"")
    rpc.call("anvil_setNextBlockBaseFeePerGas", "0x0")
    office.settle()

    before, after = read_flying(first), read_flying(second)
    assert (after.nonce, after.max_fee > 10 * before.max_fee) == (before.nonce, True)
    assert state_of(office, decision_id) == DecisionState.DECIDED


def test_follow__block_of_the_decision_is_not_final__counts_as_sent_until_it_is(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    adjuster = office.keyed_adjuster(monkeypatch)
    _, row, _ = office.noticed()
    careful = Follower(office.database, office.desk, confirmations=3)

    decision_id = decided_with_the_kept_key(office, row, adjuster, LOSS, 1)
    states = []
    for _ in range(3):
        index_all(office.indexer)
        careful.step()
        states.append(state_of(office, decision_id))
        office.stack.rpc.call("evm_mine")

    assert states == [DecisionState.SENT, DecisionState.SENT, DecisionState.DECIDED]
