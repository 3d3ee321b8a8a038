"""Every query about orders."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

from sqlalchemy import func, select, tuple_, update
from sqlalchemy.orm import Session

from backend.chain.models import ChainEventRow
from backend.chain.projections.models import IndemnityChangeRow
from backend.policy_orders.models import ACCEPTED, EXPIRED, OFFERED, OPEN, REQUESTED, PolicyOrderRow

_R, _C = PolicyOrderRow, IndemnityChangeRow


def add(session: Session, row: PolicyOrderRow) -> None:
    """Keep an order."""
    session.add(row)
    session.flush()


def get(session: Session, order_id: uuid.UUID, *, lock: bool = False) -> PolicyOrderRow | None:
    """One order."""
    query = select(_R).where(_R.order_id == order_id)
    return session.scalars(query.with_for_update() if lock else query).first()


def page(
    session: Session, *, state: str | None, after: tuple[int, uuid.UUID] | None, limit: int
) -> Sequence[PolicyOrderRow]:
    """Orders, the oldest first."""
    query = select(_R).order_by(_R.requested_at, _R.order_id).limit(limit)
    if state is not None:
        query = query.where(_R.state == state)
    if after is not None:
        query = query.where(tuple_(_R.requested_at, _R.order_id) > after)
    return session.scalars(query).all()


def lock_policy(session: Session, product: str, policy_id: int) -> None:
    """Make others who order something about this policy wait until the transaction ends: it has one open order."""
    key = func.hashtextextended(f"quittance/policy-orders/{product}/{policy_id}", 0)
    session.execute(select(func.pg_advisory_xact_lock(key)))


def open_order(session: Session, product: str, policy_id: int) -> PolicyOrderRow | None:
    """The order a policy has on its way, locked."""
    query = select(_R).where(_R.product == product, _R.policy_id == policy_id, _R.state.in_(OPEN))
    return session.scalars(query.with_for_update()).first()


def expire(session: Session, product: str, policy_id: int, now: int) -> None:
    """Orders of a policy nobody signed in time; `now` in chain time."""
    stale = (_R.product == product) & (_R.policy_id == policy_id) & _R.state.in_((REQUESTED, OFFERED))
    session.execute(update(_R).where(stale, _R.valid_until < now).values(state=EXPIRED))


def of_intents(session: Session, keys: Sequence[str]) -> Sequence[PolicyOrderRow]:
    """Orders that intents carry, locked."""
    query = select(_R).where(_R.intent_key.in_(keys)).order_by(_R.order_id)
    return session.scalars(query.with_for_update()).all()


def move(session: Session, keys: Sequence[str], state: str) -> None:
    """Orders of these intents stand otherwise."""
    values = {"state": state, "failure_code": None, "failure_detail": None}
    session.execute(update(_R).where(_R.intent_key.in_(keys)).values(values))


def is_wanted(session: Session, key: str) -> bool:
    """Whether an order is still to be carried by this intent."""
    return session.scalar(select(_R.order_id).where(_R.intent_key == key, _R.state == ACCEPTED)) is not None


def changes(session: Session, product: str, policy_id: int, kind: str) -> Sequence[IndemnityChangeRow]:
    """What the chain says was changed, in order."""
    query = select(_C).where(_C.product == product, _C.policy_id == policy_id, _C.kind == kind)
    return session.scalars(query.order_by(_C.block_number, _C.log_index)).all()


def last_effect(session: Session, product: str, policy_id: int) -> int:
    """When the last change takes effect, unix seconds; 0: there was none."""
    event = ChainEventRow
    query = select(event.body["order"]["effective_at"].as_integer()).where(
        event.address == product,
        event.name == "PolicyEndorsed",
        event.body["policy_id"].astext == f"0x{policy_id:064x}",
    )
    return session.scalar(query.order_by(event.block_number.desc(), event.log_index.desc()).limit(1)) or 0
