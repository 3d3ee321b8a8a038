"""By whose word customer service gives notice for a customer. Implements `backend.custody.ports.Authorities`."""

from __future__ import annotations

import uuid

from sqlalchemy.orm import Session

from backend.access.principal import Principal
from backend.claims import repository
from backend.claims.states import CaseState, Channel
from backend.problems import Problem
from backend.vault import service as vault


class RecordedAuthorities:
    """An authority is recorded with a case, sealed under the name of the person who gave it, and covers the notice
    prepared there and nothing else."""

    def covers(
        self, session: Session, authority: uuid.UUID, *, tenant_id: uuid.UUID, person_id: uuid.UUID, signer: str,
        digest: bytes,
    ) -> bool:  # fmt: skip
        """See `Authorities`."""
        row = repository.under_authority(session, tenant_id, authority)
        if row is None or row.person_id != person_id or row.claimant != signer:
            return False
        if (row.channel, row.state, row.digest) != (Channel.ON_BEHALF, CaseState.PREPARED, digest):
            return False
        try:
            return vault.owner_of(session, Principal.worker(tenant_id), authority) == person_id
        except Problem:  # there is no such record
            return False
