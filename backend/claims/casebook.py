"""What a case is, for the room that keeps its evidence. Implements `backend.evidence.ports.CaseBook`."""

from __future__ import annotations

import uuid

from sqlalchemy.orm import Session

from backend.chain.projections import claims_read
from backend.claims import repository
from backend.claims.models import CaseRow
from backend.evidence.ports import CaseFacts


class ClaimCases:
    """Cases as evidence knows them. A case whose claimant nobody here knows takes no evidence."""

    def find(self, session: Session, case_id: uuid.UUID) -> CaseFacts | None:
        """See `CaseBook`."""
        row = repository.case(session, case_id)
        if row is None or row.person_id is None:
            return None
        return CaseFacts(
            case_id=row.case_id, tenant_id=row.tenant_id, person_id=row.person_id, policy=(row.product, row.policy_id),
            claim_id=row.claim_id, open_for_evidence=_takes_files(session, row),
        )  # fmt: skip


def _takes_files(session: Session, row: CaseRow) -> bool:
    """Until the claim is superseded: a closed one is reopened on new evidence."""
    found = None if row.claim_id is None else claims_read.claim(session, row.claim_id)
    return found is None or found.superseded_by is None
