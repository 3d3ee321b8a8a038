"""Claims put together from their rows: where each stands, what is reserved and paid, and every step it took."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from backend.chain.projections.claim_models import (
    ClaimRow,
    ClaimStepRow,
    DisbursementRow,
    DisbursementStepRow,
    DisputeRow,
    DisputeStepRow,
    IncidentRow,
)
from backend.chain.projections.models import ClaimPaymentRow, ReserveChangeRow
from backend.settlements.models import HeldPayoutRow
from domain.claim import ClaimOutcome, ClaimState
from domain.payouts import PayoutState


@dataclass(frozen=True, slots=True)
class Claim:
    """A claim as of the last block taken in. Amounts in token units, times in unix seconds.

    Attributes:
        reserve: Set aside for it now.
        paid: Indemnity, superseded claims' included; `interest` beside it, of this claim only.
        institution: That pays it; 0: straight.
        superseded_by: Claim that took its place.
        steps: In the chain's order.
    """

    row: ClaimRow
    state: ClaimState
    outcome: ClaimOutcome
    reserve: int
    paid: int
    interest: int
    institution: int
    superseded_by: int | None
    steps: tuple[ClaimStepRow, ...]

    @property
    def last_step(self) -> ClaimStepRow:
        """What happened last."""
        return self.steps[-1]


@dataclass(frozen=True, slots=True)
class Payout:
    """A payout through an institution, and where it stands."""

    row: DisbursementRow
    state: PayoutState
    steps: tuple[DisbursementStepRow, ...]


def claim(session: Session, claim_id: int) -> Claim | None:
    """One claim; None: not notified, or not taken in yet."""
    found = _claims(session, session.scalars(select(ClaimRow).where(ClaimRow.claim_id == claim_id)).all())
    return found[0] if found else None


def claims(
    session: Session, *, after_id: int | None, limit: int, claimant: str | None = None, product: str | None = None,
    policy_id: int | None = None,
) -> list[Claim]:  # fmt: skip
    """Claims by id; `after_id` is the keyset cursor."""
    query = select(ClaimRow).order_by(ClaimRow.claim_id).limit(limit)
    if after_id is not None:
        query = query.where(ClaimRow.claim_id > after_id)
    if claimant is not None:
        query = query.where(ClaimRow.claimant == claimant)
    if product is not None:
        query = query.where(ClaimRow.product == product)
    if policy_id is not None:
        query = query.where(ClaimRow.policy_id == policy_id)
    return _claims(session, session.scalars(query).all())


def payments(session: Session, claim_id: int) -> Sequence[ClaimPaymentRow]:
    """What was paid on a claim, in order; the row's transaction is its proof."""
    return session.scalars(_in_order(ClaimPaymentRow).where(ClaimPaymentRow.claim_id == claim_id)).all()


def held(session: Session, claim_id: int) -> int:
    """What of a claim's payments could not be transferred and was held for its payee, token units."""
    query = select(func.sum(HeldPayoutRow.amount)).where(HeldPayoutRow.policy_id == claim_id)
    return int(session.scalar(query) or 0)


def dispute_of(session: Session, claim_id: int) -> tuple[DisputeRow, tuple[DisputeStepRow, ...]] | None:
    """The dispute over a claim, and its steps."""
    row = session.scalars(select(DisputeRow).where(DisputeRow.claim_id == claim_id)).first()
    if row is None:
        return None
    steps = session.scalars(_in_order(DisputeStepRow).where(DisputeStepRow.dispute_id == row.dispute_id)).all()
    return row, tuple(steps)


def payouts(session: Session, claim_id: int | None = None) -> list[Payout]:
    """Payouts through institutions, of one claim or all, in order."""
    query = _in_order(DisbursementRow)
    if claim_id is not None:
        query = query.where(DisbursementRow.claim_id == claim_id)
    rows = session.scalars(query).all()
    ids = [row.instruction_id for row in rows]
    steps = _grouped(
        session.scalars(_in_order(DisbursementStepRow).where(DisbursementStepRow.instruction_id.in_(ids))),
        "instruction_id",
    )
    found = []
    for row in rows:
        own = steps.get(row.instruction_id, [])
        state = PayoutState(own[-1].state) if own else PayoutState.WAITING
        found.append(Payout(row, state, tuple(own)))
    return found


def incidents(session: Session) -> dict[bytes, int]:
    """Each incident named, and the claim that named it first."""
    return {row.nullifier: row.first_claim_id for row in session.scalars(_in_order(IncidentRow))}


def _claims(session: Session, rows: Sequence[ClaimRow]) -> list[Claim]:
    """A pure fold of what the chain said of each."""
    ids = [row.claim_id for row in rows]
    steps = _grouped(session.scalars(_in_order(ClaimStepRow).where(ClaimStepRow.claim_id.in_(ids))), "claim_id")
    reserves = _grouped(
        session.scalars(_in_order(ReserveChangeRow).where(ReserveChangeRow.claim_id.in_(ids))), "claim_id"
    )
    paid = _grouped(session.scalars(_in_order(ClaimPaymentRow).where(ClaimPaymentRow.claim_id.in_(ids))), "claim_id")
    superseded = {
        other: claim_id
        for claim_id, other in session.execute(
            select(ClaimStepRow.claim_id, ClaimStepRow.other_claim_id).where(ClaimStepRow.other_claim_id.in_(ids))
        )
    }
    return [
        _claim(
            row, steps.get(row.claim_id, []), reserves.get(row.claim_id, []), paid.get(row.claim_id, []),
            superseded.get(row.claim_id),
        )
        for row in rows
    ]  # fmt: skip


def _claim(
    row: ClaimRow, steps: Sequence[ClaimStepRow], reserves: Sequence[ReserveChangeRow],
    paid: Sequence[ClaimPaymentRow], superseded_by: int | None,
) -> Claim:  # fmt: skip
    states = [step.state for step in steps if step.state is not None]
    outcomes = [step.outcome for step in steps if step.outcome is not None]
    chosen = [step.institution for step in steps if step.institution is not None]
    before = sum(step.amount or 0 for step in steps if step.kind == "reopened")
    money: list[ReserveChangeRow | ClaimPaymentRow] = [*reserves, *paid]
    last = max(money, key=lambda change: (change.block_number, change.log_index), default=None)
    return Claim(
        row=row, state=ClaimState(max(states)), outcome=ClaimOutcome(outcomes[-1] if outcomes else 0),
        reserve=last.reserve_after if last else 0, paid=before + sum(p.indemnity for p in paid),
        interest=sum(p.interest for p in paid), institution=chosen[-1] if chosen else 0,
        superseded_by=superseded_by, steps=tuple(steps),
    )  # fmt: skip


def _in_order(model: Any) -> Any:
    return select(model).order_by(model.block_number, model.log_index)


def _grouped(rows: Iterable[Any], by: str) -> dict[int, list[Any]]:
    found: dict[int, list[Any]] = {}
    for row in rows:
        found.setdefault(getattr(row, by), []).append(row)
    return found
