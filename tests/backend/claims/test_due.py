"""What is due is brought to the chain by the backend itself."""

from __future__ import annotations

from sqlalchemy import func, select

from backend.chain.intents.models import IntentRow
from backend.chain.projections import claims_read
from backend.claims import decisions
from backend.claims.due import DueSteps
from domain.claim import ClaimState
from tests.backend.claims.office import DAY, LOSS, Office
from tests.backend.claims.test_decisions import grounds, handed_in


def payments(office: Office, claim_id: int) -> int:
    with office.database.every_tenant() as session:
        return len(claims_read.payments(session, claim_id))


def asked_for(office: Office, claim_id: int) -> int:
    query = select(func.count()).where(IntentRow.key.startswith(f"claim-pay-instalment:{claim_id:064x}:"))
    with office.database.every_tenant() as session:
        return session.scalar(query) or 0


def test_step__instalment_is_due__paid_once_without_anybody_asking(office: Office) -> None:
    _, row, _ = office.noticed()
    claim_id, adjuster = row.claim_id or 0, office.adjuster()
    asked = decisions.Asked(LOSS, 1, grounds(office, 1), "In two parts.", instalments=2, interval_seconds=DAY)
    with office.acting(adjuster) as session:
        found = decisions.prepare(session, office.desk, adjuster, row.case_id, asked)
    handed_in(office, found)
    office.settle()
    due = DueSteps(office.database, office.desk)
    due.step()
    before = payments(office, claim_id), asked_for(office, claim_id)

    office.stack.rpc.call("evm_increaseTime", DAY)
    office.stack.rpc.call("evm_mine")
    due.step()
    due.step()
    after = asked_for(office, claim_id)
    office.settle()
    due.step()

    assert before == (1, 0)
    assert (after, asked_for(office, claim_id)) == (1, 1)
    assert payments(office, claim_id) == 2
    with office.database.every_tenant() as session:
        claim = claims_read.claim(session, claim_id)
    assert claim is not None
    assert claim.state >= ClaimState.DECIDED
