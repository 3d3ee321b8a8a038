"""What time alone brings about, done by the backend itself. The chain is these tests' own: its clock moves by weeks."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import pytest
from sqlalchemy import or_, select

from backend.chain.intents.models import IntentRow
from backend.chain.projections import claims_read
from backend.claims import orders
from backend.claims.due import DueSteps
from backend.claims.kinds import PANEL_KINDS
from backend.claims.models import CaseRow
from backend.claims.words import StepOwner
from backend.problems import Problem
from domain.claim import ClaimOutcome, ClaimState
from domain.claim_reports import ClaimAction
from domain.panel import REASON_PANEL_SILENT
from ledger.bindings import DisputePanel, TestStablecoin
from scripts.anvil import give_gas_money, move_clock
from scripts.claims_rehearsal.stack import claims_stack
from scripts.deploy import PANEL_WINDOWS
from tests.backend.claims.bench import admit, mine_draw_blocks, push_due
from tests.backend.claims.office import ADJUSTER, DAY, LOSS, Office, make_office
from tests.backend.claims.test_course import ordered, status_of
from tests.backend.claims.test_decisions import DENIAL, handed_in, prepared
from tests.backend.claims.test_disputes import kinds_of, payments_of, shown, told_last
from tests.backend.conftest import database_from_template, index_all


@pytest.fixture(scope="module")
def own_office(template: str) -> Iterator[Office]:
    with claims_stack(policies=2) as stack, database_from_template(template) as database:
        stack.rpc.call("evm_setIntervalMining", 0)
        stack.rpc.call("evm_setAutomine", True)
        give_gas_money(stack.rpc, ADJUSTER.address)
        yield make_office(database, stack, stack.insurer.folder)


def state_of(office: Office, claim_id: int) -> ClaimState:
    with office.database.every_tenant() as session:
        claim = claims_read.claim(session, claim_id)
    assert claim is not None
    return ClaimState(claim.state)


def test_step__time_to_dispute_is_over__closed_once_without_anybody_asking(own_office: Office) -> None:
    office = own_office
    _, row, _ = office.noticed()
    claim_id = row.claim_id or 0
    handed_in(office, prepared(office, row, *DENIAL))
    office.settle()
    due, terms = DueSteps(office.database, office.desk), office.stack.insurer.terms
    early = due.step()

    office.stack.rpc.call("evm_increaseTime", terms.claims.dispute_window_seconds + DAY)
    office.stack.rpc.call("evm_mine")
    before, asked, again = state_of(office, claim_id), due.step(), due.step()
    office.settle()

    assert (early, asked, again) == (0, 1, 0)
    assert (before, state_of(office, claim_id)) == (ClaimState.DECIDED, ClaimState.CLOSED)
    assert due.step() == 0


def intents_for(office: Office, row: CaseRow) -> Counter[str]:
    """How intents for a dispute ended."""
    mine = or_(*(IntentRow.key.startswith(f"{kind}:{row.claim_id or 0:064x}:") for kind in PANEL_KINDS))
    with office.database.every_tenant() as session:
        return Counter(session.scalars(select(IntentRow.status).where(mine)))


def test_step__nobody_to_draw_then_two_silent_panels__all_that_was_disputed_is_awarded(own_office: Office) -> None:
    office = own_office
    who, row, key = office.noticed()
    rpc, panel, people = office.stack.rpc, office.desk.chain.panel, office.stack.insurer.people
    token = office.stack.insurer.contracts["TestStablecoin"]
    people.send("administrator", token, TestStablecoin.mint_each([row.claimant], LOSS))
    handed_in(office, prepared(office, row, *DENIAL))
    office.settle()
    ordered(office, who, row, key, ClaimAction.DISPUTE)
    with office.database.every_tenant() as session:
        found = claims_read.dispute_of(session, row.claim_id or 0)
    assert found is not None
    dispute = found[0]

    mine_draw_blocks(office)
    assert push_due(office) == 0, "a draw that can seat nobody is not paid for"
    assert shown(status_of(office, who, row)) == (StepOwner.PANEL, "rule", dispute.opened_at + PANEL_WINDOWS[2])
    with office.acting(who) as session, pytest.raises(Problem) as refused:
        orders.push(session, office.desk, who, row.case_id, "draw_panel")
    assert refused.value.values["refusal"] == "nobody_to_draw"

    admit(office)
    push_due(office)
    assert kinds_of(office, row) == ["draw_postponed"], "those admitted later are drawn by a later block"
    for panels in (1, 2):
        mine_draw_blocks(office)
        assert DueSteps(office.database, office.desk).step() == 1
        if panels == 2:  # somebody is quicker than the worker
            people.send("stranger", panel, DisputePanel.draw(dispute.dispute_id))
            index_all(office.indexer)
        office.settle()
        assert kinds_of(office, row).count("panel_drawn") == panels
        reveal_until = rpc.eth_call(panel, DisputePanel.windows(dispute.dispute_id))[1]
        assert shown(status_of(office, who, row)) == (StepOwner.PANEL, "rule", reveal_until)
        assert push_due(office) == 0
        move_clock(rpc, reveal_until)
        if panels == 1:
            push_due(office)

    # With the least gas that concludes, the desk runs out of it and the award waits.
    people.send("stranger", panel, DisputePanel.conclude(dispute.dispute_id))
    assert shown(status_of(office, who, row)) == (StepOwner.ANYONE, "deliver", 0)
    push_due(office)

    assert intents_for(office, row) == {"final": 4, "superseded": 1}
    assert kinds_of(office, row)[-2:] == ["award_undelivered", "award_delivered"]
    ended, (award,) = status_of(office, who, row), payments_of(office, row)
    assert award.indemnity == dispute.disputed
    assert ended.claim is not None
    assert (ended.claim.state, ended.claim.outcome) == (ClaimState.CLOSED, ClaimOutcome.AWARDED)
    assert ended.ground is not None
    assert (ended.ground.reason_code, ended.ground.clause_id) == (REASON_PANEL_SILENT, "")
    letter = told_last(office, row)
    assert "The panel was silent" in letter or "评议小组未作出裁决" in letter
    assert "Clause" not in letter
    assert "条约定" not in letter
