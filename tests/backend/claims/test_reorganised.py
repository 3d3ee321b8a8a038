"""A reorganisation takes a notice back: the case and the claim follow, and it is looked at again, not sent blindly."""

from __future__ import annotations

from backend.chain.intents import service as intents
from backend.chain.projections import claims_read
from backend.claims.states import CaseState
from tests.backend.claims.office import Office
from tests.backend.conftest import index_all


def test_step__the_notices_block_is_gone__rolled_back_looked_at_again_and_noticed_once(office: Office) -> None:
    _, row, key = office.noticed()
    assert row.claim_id is not None

    office.stack.rpc.call("anvil_reorg", 1, [])
    office.stack.rpc.call("evm_mine")
    index_all(office.indexer)
    with office.database.every_tenant() as session:
        gone = claims_read.claim(session, row.claim_id)
        reopened = intents.find(session, row.intent or "")
    back = office.case(row.case_id)

    assert gone is None
    assert reopened is not None
    assert reopened.status == "reopened"
    assert (back.state, back.claim_id) == (CaseState.HANDED_IN, None)

    office.settle()

    with office.database.every_tenant() as session:
        claims = claims_read.claims(session, after_id=None, limit=10, claimant=key.address)
        intent = intents.find(session, row.intent or "")
    assert [claim.row.evidence_root for claim in claims] == [row.evidence_root]
    assert intent is not None
    assert intent.status in ("mined", "final")
    kept = office.case(row.case_id)
    assert (kept.state, kept.claim_id) == (CaseState.NOTICED, claims[0].row.claim_id)
