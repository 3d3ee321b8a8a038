"""Has done what is due and anybody may do: instalments, closings, a panel's draw and its word. Nobody has to ask.

The contract itself is asked about each open claim, in turn; what it would take is brought to it as an intent. So
granted money goes out although the claimant never comes back, and a claim closes although nobody looks at it.
"""

from __future__ import annotations

import uuid
from typing import Final

import structlog

from backend.access.principal import Principal
from backend.claims import orders, repository
from backend.claims.desk import ClaimsOffice
from backend.database import Database
from domain.claim import ClaimState

log = structlog.get_logger()
DUE_POLL_SECONDS: Final = 5.0
_BATCH: Final = 50
"""Claims looked at a step: with the pause between steps, ten claims and at most twenty calls a second."""
_STEPS: Final = {False: ("pay_instalment", "close"), True: ("draw_panel", "conclude_dispute", "pay_instalment")}
"""What may be due of a claim, by whether it is before the panel."""


class DueSteps:
    """Looks through decided and disputed claims, a batch a step, from the first to the last and again."""

    def __init__(self, database: Database, office: ClaimsOffice) -> None:
        self._database = database
        self._office = office
        self._after = 0

    def step(self) -> int:
        """Look at the next batch. Returns how many intents were asked for."""
        with self._database.every_tenant() as session:
            found = repository.unfinished(session, after=self._after, limit=_BATCH)
            batch = [(row.tenant_id, row.claim_id or 0, row.claimant, state) for row, state in found]
        self._after = batch[-1][1] if len(batch) == _BATCH else 0
        return sum(self._ask(*each) for each in batch)

    def _ask(self, tenant_id: uuid.UUID, claim_id: int, claimant: str, state: int) -> int:
        asked = 0
        with self._database.scoped(Principal.worker(tenant_id)) as session:
            for what in _STEPS[state == ClaimState.DISPUTED]:
                call = orders.open_call(session, self._office, claim_id, what)
                if call is None or orders.open_refusal(self._office, claimant, what, call) is not None:
                    continue
                key, new = orders.submit_open(session, tenant_id, claim_id, what, call, asked_by=None)
                if new:
                    log.info("claim.pushed", claim_id=f"0x{claim_id:064x}", action=what, key=key)
                    asked += 1
        return asked
