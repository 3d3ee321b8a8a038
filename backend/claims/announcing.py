"""Tells an insurer's systems by webhook what became of its claims: each final step once, whoever brought it about."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

import structlog
from sqlalchemy.orm import Session

from backend.access.principal import Principal
from backend.chain.projections import claims_read
from backend.chain.projections.claim_models import ClaimStepRow
from backend.chain.projections.claims_read import Claim
from backend.chain.projections.models import ClaimPaymentRow
from backend.claims import repository
from backend.claims.desk import ClaimsOffice
from backend.claims.models import CaseRow
from backend.database import Database
from backend.fields import word_hex
from backend.webhooks.event_types import EventType
from backend.webhooks.events import emit
from domain.claim import ClaimState

log = structlog.get_logger()
ANNOUNCING_POLL_SECONDS: Final = 1.0
_BATCH: Final = 100
_TYPES: Final[Mapping[str, EventType]] = {
    "noticed": EventType.CLAIM_NOTICED,
    "referred": EventType.CLAIM_REFERRED,
    "decided": EventType.CLAIM_DECIDED,
    "disputed": EventType.CLAIM_DISPUTED,
    "escalated": EventType.CLAIM_ESCALATED,
    "awarded": EventType.CLAIM_AWARDED,
    "reopened": EventType.CLAIM_REOPENED,
    "closed": EventType.CLAIM_CLOSED,
}
"""Steps that are told. Acknowledging, reporting and estimating are the office's own work."""


class Announcer:
    """Announces final steps and payments. What a reorganisation may still undo waits.

    Args:
        confirmations: Blocks, its own included, after which a block counts as final.
    """

    def __init__(self, database: Database, office: ClaimsOffice, *, confirmations: int) -> None:
        self._database = database
        self._office = office
        self._confirmations = max(1, confirmations)
        self._seen = -1

    def step(self) -> int:
        """One look, where there are final blocks that were not looked at. Returns how many cases were announced."""
        with self._database.every_tenant() as session:
            final = repository.tip(session) - self._confirmations + 1
            if final <= self._seen:
                return 0
            rows = repository.unannounced(session, self._seen, final, _BATCH)
            found = [(row.case_id, row.tenant_id) for row in rows]
        for case_id, tenant_id in found:
            with self._database.scoped(Principal.worker(tenant_id)) as session:
                self._announce(session, case_id, final)
        if len(found) < _BATCH:
            self._seen = final
        return len(found)

    def _announce(self, session: Session, case_id: uuid.UUID, final: int) -> None:
        row = repository.case(session, case_id, lock=True)
        claim = claims_read.claim(session, row.claim_id) if row is not None and row.claim_id is not None else None
        if row is None or claim is None:
            return
        after = -1 if row.announced_block is None else row.announced_block
        for block, event_type, data in _events(row, claim, claims_read.payments(session, claim.row.claim_id)):
            if after < block <= final:
                emit(session, row.tenant_id, event_type, data, now=self._office.clock())
        row.announced_block = final
        log.info("case.announced", case_id=str(case_id), block_number=final)


def _events(
    row: CaseRow, claim: Claim, payments: Sequence[ClaimPaymentRow]
) -> Iterator[tuple[int, EventType, dict[str, str | int | bool | None]]]:
    """What is told of a claim in the chain's order, each with its block."""
    state = ClaimState.NOTICED
    changes: list[ClaimStepRow | ClaimPaymentRow] = [*claim.steps, *payments]
    for change in sorted(changes, key=lambda each: (each.block_number, each.log_index)):
        interest = other = None
        if isinstance(change, ClaimPaymentRow):
            event_type, at, amount = EventType.CLAIM_PAID, change.paid_at, change.indemnity
            interest = str(change.interest)
        else:
            state = ClaimState(change.state) if change.state is not None else state
            if change.kind not in _TYPES:
                continue
            event_type, at = _TYPES[change.kind], change.step_at
            amount = claim.row.claimed if change.kind == "noticed" else change.amount or 0
            other = None if change.other_claim_id is None else word_hex(change.other_claim_id)
        data: dict[str, str | int | bool | None] = {
            "claim_id": word_hex(claim.row.claim_id), "case_id": str(row.case_id), "product": claim.row.product,
            "policy_id": claim.row.policy_id, "state": state.name.lower(), "amount": str(amount),
            "interest": interest, "superseded_claim_id": other, "at": at, "block_number": change.block_number,
            "transaction_hash": "0x" + bytes(change.transaction_hash).hex(),
        }  # fmt: skip
        yield change.block_number, event_type, data
