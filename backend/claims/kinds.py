"""What intents that give notice and carry orders are about: cases. Each knows its effect when another brought it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from sqlalchemy.orm import Session

from backend.chain.intents.kinds import IntentKind
from backend.chain.projections import claims_read
from backend.claims import repository
from backend.claims.models import CaseOrderRow
from backend.claims.states import CaseState, OrderState
from domain.claim import ClaimOutcome, ClaimState
from domain.claim_reports import ClaimAction

PANEL_KINDS: Final = frozenset({"claim-draw-panel", "claim-conclude-dispute"})
"""Brought to the dispute panel. A draw may be postponed, a panel silent, an award undelivered: then again."""


class NoticeKind(IntentKind):
    """Gives notice of a loss. A claimant may have handed in the same notice past us: then it is done."""

    def done(self, session: Session, key: str) -> bool:
        """Whether the claim stands on the chain: its evidence root can be of no other case."""
        rows = repository.by_intent(session, [key])
        return bool(rows) and all(repository.notified(session, row) is not None for row in rows)

    def wanted(self, session: Session, key: str) -> bool:
        """Whether a case waits for it."""
        return any(row.state == CaseState.HANDED_IN for row in repository.by_intent(session, [key]))

    def note_mined(self, session: Session, key: str) -> None:
        """The claim's number comes with its event, which is taken in from the same block."""
        for row in repository.by_intent(session, [key]):
            row.failure_code = row.failure_detail = None

    def note_failed(self, session: Session, key: str, code: str, detail: str) -> None:
        """The contract takes no such notice: the claimant is told, and can have another prepared."""
        for row in repository.by_intent(session, [key]):
            row.state, row.failure_code, row.failure_detail = CaseState.FAILED, code, detail
            row.version += 1

    def note_reopened(self, session: Session, keys: Sequence[str]) -> None:
        """The claim is not on the chain any more; its notice is on its way again."""
        for row in repository.by_intent(session, keys):
            row.state, row.claim_id, row.version = CaseState.HANDED_IN, None, row.version + 1


class ClaimOrderKind(IntentKind):
    """Does what a claimant ordered about a claim."""

    def done(self, session: Session, key: str) -> bool:
        """Whether the claim has been through it already."""
        rows = repository.order_by_intent(session, [key])
        return bool(rows) and all(is_done(session, row) for row in rows)

    def wanted(self, session: Session, key: str) -> bool:
        """Whether an order waits for it."""
        return any(row.state == OrderState.HANDED_IN for row in repository.order_by_intent(session, [key]))

    def note_mined(self, session: Session, key: str) -> None:
        """Done as ordered."""
        for row in repository.order_by_intent(session, [key]):
            row.state, row.failure_code, row.failure_detail = OrderState.DONE, None, None

    def note_failed(self, session: Session, key: str, code: str, detail: str) -> None:
        """The contract does not do it."""
        for row in repository.order_by_intent(session, [key]):
            row.state, row.failure_code, row.failure_detail = OrderState.FAILED, code, detail

    def note_reopened(self, session: Session, keys: Sequence[str]) -> None:
        """On its way again."""
        for row in repository.order_by_intent(session, keys):
            row.state = OrderState.HANDED_IN


class ClosingClaimKind(IntentKind):
    """Closes a claim whose time for dispute is over; its key is `claim-close:<claim's number in hex>:…`."""

    def done(self, session: Session, key: str) -> bool:
        """Whether it is closed."""
        found = claims_read.claim(session, int(key.split(":")[1], 16))
        return found is not None and found.state is ClaimState.CLOSED


class PushedKind(IntentKind):
    """Does what anybody may: its key is `claim-…:<claim's number in hex>:<what there was when it was asked for>:…`."""

    def done(self, session: Session, key: str) -> bool:
        """Whether the claim or its dispute has moved on since."""
        kind, claim_id, before, _ = key.split(":")
        return moves(session, int(claim_id, 16), kind) > int(before)


def moves(session: Session, claim_id: int, kind: str) -> int:
    """How often what an intent of this kind brings about may have happened: a claim's payments, its dispute's steps."""
    if kind not in PANEL_KINDS:
        return len(claims_read.payments(session, claim_id))
    found = claims_read.dispute_of(session, claim_id)
    return 0 if found is None else len(found[1])


def is_done(session: Session, row: CaseOrderRow) -> bool:
    """Whether a claim shows the effect of an order."""
    found = claims_read.claim(session, row.claim_id)
    if found is None:
        return False
    kinds = {step.kind for step in found.steps}
    match ClaimAction(row.action):
        case ClaimAction.WITHDRAW:
            return found.outcome is ClaimOutcome.WITHDRAWN
        case ClaimAction.ESCALATE:
            return "escalated" in kinds
        case ClaimAction.DISPUTE:
            return "disputed" in kinds
        case ClaimAction.REOPEN:
            return found.superseded_by is not None
        case ClaimAction.CHOOSE_INSTITUTION:
            return "institution_chosen" in kinds and found.institution == row.institution
        case ClaimAction.TAKE_INSTALMENTS:
            return found.state is ClaimState.CLOSED
