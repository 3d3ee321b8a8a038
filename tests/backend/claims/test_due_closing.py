"""A decided claim is closed by the backend itself. Its chain is its own: its clock moves by the time to dispute."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from backend.chain.projections import claims_read
from backend.claims.due import DueSteps
from domain.claim import ClaimState
from scripts.anvil import give_gas_money
from scripts.claims_rehearsal.stack import claims_stack
from tests.backend.claims.office import ADJUSTER, DAY, Office, make_office
from tests.backend.claims.test_decisions import DENIAL, handed_in, prepared
from tests.backend.conftest import database_from_template


@pytest.fixture
def own_office(template: str) -> Iterator[Office]:
    with claims_stack(policies=1) as stack, database_from_template(template) as database:
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
