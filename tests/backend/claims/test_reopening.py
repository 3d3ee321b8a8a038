"""A closed claim is reopened on new evidence: a claim of its own, of the same person, with the new files."""

from __future__ import annotations

from backend.chain.projections import claims_read
from backend.claims import orders, repository
from backend.claims.models import CaseOrderRow
from backend.claims.states import CaseState, OrderState
from backend.evidence import dossiers
from domain.claim import ClaimState
from domain.claim_reports import ClaimAction
from ledger.typed_data import sign_digest
from tests.backend.claims.office import LOSS, Office
from tests.backend.claims.test_course import ordered


def test_hand_in__reopening__a_claim_that_supersedes_with_the_new_evidence(office: Office) -> None:
    who, row, key = office.noticed()
    ordered(office, who, row, key, ClaimAction.WITHDRAW)

    with office.acting(who) as session:
        found = orders.prepare(
            session, office.desk, who, row.case_id, ClaimAction.REOPEN, amount=LOSS, subject="P-4711"
        )
    signature = sign_digest(bytes(key.key), bytes(found.row.digest))
    with office.acting(who) as session:
        orders.hand_in(session, office.desk, who, found.row.order_id, signature)
    office.settle()

    with office.database.every_tenant() as session:
        kept = session.get_one(CaseOrderRow, found.row.order_id)
        before = claims_read.claim(session, row.claim_id or 0)
        assert before is not None
        assert before.superseded_by is not None
        after = claims_read.claim(session, before.superseded_by)
        case = repository.by_claim(session, [before.superseded_by])[before.superseded_by]
        dossier = dossiers.of_claim(session, row.tenant_id, before.superseded_by)
    assert kept.state == OrderState.DONE
    assert after is not None
    assert (after.state, after.row.evidence_root) == (ClaimState.NOTICED, kept.evidence_root)
    assert (case.state, case.person_id, case.claimant) == (CaseState.NOTICED, row.person_id, row.claimant)
    assert case.case_id != row.case_id
    assert dossier is not None
    assert bytes(dossier.evidence_root) == bytes(kept.evidence_root)
