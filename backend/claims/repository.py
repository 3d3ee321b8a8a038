"""Every query about cases, their notes and orders. Decisions are in `decision_rows`."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Sequence

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    CompoundSelect,
    and_,
    delete,
    func,
    literal,
    or_,
    select,
    tuple_,
    union,
)
from sqlalchemy.dialects.postgresql import UUID
from sqlalchemy.orm import Session

from backend.chain.models import BlockRow
from backend.chain.projections.claim_models import ClaimRow, ClaimStepRow
from backend.chain.projections.models import ClaimPaymentRow, IndemnityProductRow
from backend.claims.models import CaseNoteRow, CaseOrderRow, CaseRow
from backend.claims.states import CaseState, OrderState
from domain.claim import ClaimState

_ID = UUID(as_uuid=True)
_SAME = and_(
    ClaimRow.product == CaseRow.product,
    ClaimRow.policy_id == CaseRow.policy_id,
    ClaimRow.claimant == CaseRow.claimant,
    ClaimRow.evidence_root == CaseRow.evidence_root,
)


def add(session: Session, row: CaseRow | CaseNoteRow | CaseOrderRow) -> None:
    """Keep a new row."""
    session.add(row)
    session.flush()


def case(session: Session, case_id: uuid.UUID, *, lock: bool = False) -> CaseRow | None:
    """A case this transaction may see."""
    query = select(CaseRow).where(CaseRow.case_id == case_id)
    return session.scalar((query.with_for_update() if lock else query).execution_options(populate_existing=True))


def under_authority(session: Session, tenant_id: uuid.UUID, authority: uuid.UUID) -> CaseRow | None:
    """The case an authority was recorded for."""
    query = select(CaseRow).where(CaseRow.tenant_id == tenant_id, CaseRow.authority_record == authority)
    return session.scalar(query)


def cases(
    session: Session, *, after: tuple[int, uuid.UUID] | None, limit: int, state: str | None = None,
    person_id: uuid.UUID | None = None,
) -> Sequence[CaseRow]:  # fmt: skip
    """Cases, newest first; `after` is the last one's (created_at, case_id)."""
    query = select(CaseRow)
    if state is not None:
        query = query.where(CaseRow.state == state)
    if person_id is not None:
        query = query.where(CaseRow.person_id == person_id)
    place = (CaseRow.created_at, CaseRow.case_id)
    if after is not None:
        query = query.where(tuple_(*place) < tuple_(literal(after[0], BigInteger), literal(after[1], _ID)))
    return session.scalars(query.order_by(CaseRow.created_at.desc(), CaseRow.case_id.desc()).limit(limit)).all()


def remove_unnotified(session: Session, tenant_id: uuid.UUID, person_id: uuid.UUID) -> int:
    """Delete a person's cases that are neither on the chain nor on their way there, and notes on them; how many."""
    gone = (
        delete(CaseRow)
        .where(
            CaseRow.tenant_id == tenant_id, CaseRow.person_id == person_id, CaseRow.claim_id.is_(None),
            CaseRow.state.not_in((CaseState.HANDED_IN, CaseState.NOTICED)),
        )
        .returning(CaseRow.case_id)
    )  # fmt: skip
    cases = session.scalars(gone).all()
    session.execute(delete(CaseNoteRow).where(CaseNoteRow.tenant_id == tenant_id, CaseNoteRow.case_id.in_(cases)))
    return len(cases)


def by_claim(session: Session, claim_ids: Sequence[int]) -> dict[int, CaseRow]:
    """Cases by the claim on the chain."""
    rows = session.scalars(select(CaseRow).where(CaseRow.claim_id.in_(claim_ids)))
    return {row.claim_id: row for row in rows if row.claim_id is not None}


def policies_of(session: Session, case_ids: Collection[uuid.UUID]) -> dict[uuid.UUID, tuple[str, int]]:
    """Product and number of the policy that each case claims under; cases that no claim came of are left out."""
    query = select(CaseRow.case_id, CaseRow.product, CaseRow.policy_id)
    found = session.execute(query.where(CaseRow.case_id.in_(case_ids), CaseRow.claim_id.is_not(None)))
    return {case_id: (product, policy_id) for case_id, product, policy_id in found}


def by_intent(session: Session, keys: Sequence[str]) -> Sequence[CaseRow]:
    """Cases whose notice these intents carry."""
    return session.scalars(select(CaseRow).where(CaseRow.intent.in_(keys)).with_for_update()).all()


def order_by_intent(session: Session, keys: Sequence[str]) -> Sequence[CaseOrderRow]:
    """Orders these intents carry."""
    return session.scalars(select(CaseOrderRow).where(CaseOrderRow.intent.in_(keys)).with_for_update()).all()


def order(session: Session, order_id: uuid.UUID, *, lock: bool = False) -> CaseOrderRow | None:
    """An order this transaction may see."""
    query = select(CaseOrderRow).where(CaseOrderRow.order_id == order_id)
    return session.scalar((query.with_for_update() if lock else query).execution_options(populate_existing=True))


def orders(session: Session, case_id: uuid.UUID) -> Sequence[CaseOrderRow]:
    """Orders of a case, oldest first."""
    query = select(CaseOrderRow).where(CaseOrderRow.case_id == case_id)
    return session.scalars(query.order_by(CaseOrderRow.created_at, CaseOrderRow.order_id).limit(500)).all()


def notes(session: Session, case_id: uuid.UUID) -> Sequence[CaseNoteRow]:
    """Notes on a case, oldest first."""
    query = select(CaseNoteRow).where(CaseNoteRow.case_id == case_id)
    return session.scalars(query.order_by(CaseNoteRow.written_at, CaseNoteRow.note_id).limit(500)).all()


def on_their_way(session: Session, claimant: str) -> list[tuple[int, str]]:
    """Nonces of a claimant that were handed in and not seen on the chain, each with its intent, in their order."""
    own = select(CaseRow.case_id).where(CaseRow.claimant == claimant)
    notices = select(CaseRow.intent, CaseRow.nonce).where(
        CaseRow.claimant == claimant, CaseRow.state == CaseState.HANDED_IN
    )
    ordered = select(CaseOrderRow.intent, CaseOrderRow.nonce).where(
        CaseOrderRow.case_id.in_(own), CaseOrderRow.state == OrderState.HANDED_IN
    )
    found = [*session.execute(notices), *session.execute(ordered)]
    return sorted((nonce, key) for key, nonce in found if key and nonce is not None)


def notified(session: Session, row: CaseRow) -> ClaimRow | None:
    """The claim on the chain that came of a case: its root is of this case's evidence, so it can be no other."""
    return session.scalar(select(ClaimRow).join(CaseRow, _SAME).where(CaseRow.case_id == row.case_id))


def unfinished(session: Session, *, after: int, limit: int) -> list[tuple[CaseRow, int]]:
    """Cases whose claim is decided or disputed and not closed, by claim, with the claim's state."""
    state = select(func.max(ClaimStepRow.state)).where(ClaimStepRow.claim_id == CaseRow.claim_id).scalar_subquery()
    query = select(CaseRow, state).where(
        CaseRow.claim_id > after, state >= ClaimState.DECIDED, state < ClaimState.CLOSED
    )
    return [(row, int(found)) for row, found in session.execute(query.order_by(CaseRow.claim_id).limit(limit))]


def take_up(session: Session, now: int) -> list[tuple[CaseRow, int]]:
    """Cases whose claim stands on the chain otherwise than they know, without those put aside: (case, claim's id)."""
    claim_id = ClaimRow.claim_id
    changed = or_(CaseRow.claim_id.is_(None), CaseRow.claim_id != claim_id, CaseRow.state != CaseState.NOTICED)
    query = (
        select(CaseRow, claim_id)
        .join(ClaimRow, _SAME)
        .where(CaseRow.evidence_root.is_not(None), changed, _not_aside(now))
        .with_for_update(of=CaseRow)
    )
    return [(row, found) for row, found in session.execute(query.limit(200))]


def without_case(session: Session, limit: int, unsold: Collection[str]) -> Sequence[ClaimRow]:
    """Claims on the chain that nobody here drafted, of other products than those nobody here sells."""
    known = select(CaseRow.case_id).where(or_(CaseRow.claim_id == ClaimRow.claim_id, _SAME))
    query = (
        select(ClaimRow)
        .where(~known.exists(), ClaimRow.product.not_in(unsold))
        .order_by(ClaimRow.block_number, ClaimRow.log_index)
    )
    return session.scalars(query.limit(limit)).all()


def count_claims(session: Session, product: str, policy_id: int) -> int:
    """How many claims a policy has had."""
    query = select(func.count()).where(ClaimRow.product == product, ClaimRow.policy_id == policy_id)
    return session.scalar(query) or 0


def claimed_since(session: Session, claimant: str, since: int) -> Sequence[tuple[str, int]]:
    """Product and amount of what somebody claimed since a moment of the chain, oldest first."""
    query = select(ClaimRow.product, ClaimRow.claimed).where(
        ClaimRow.claimant == claimant, ClaimRow.noticed_at >= since
    )
    return [(p, c) for p, c in session.execute(query.order_by(ClaimRow.noticed_at).limit(1_000))]


def untold(session: Session, limit: int, now: int) -> list[tuple[CaseRow, str]]:
    """Cases whose claimant is to be written to, and of what: `paid`, `decided` or `awarded`, whichever came last. Those
    put aside wait."""
    step = ClaimStepRow
    place = step.block_number * literal(1 << 20, BigInteger) + step.log_index
    ranked = (
        select(
            step.claim_id,
            step.kind,
            func.row_number().over(partition_by=step.claim_id, order_by=place.desc()).label("rank"),
        )
        .where(step.kind.in_(("decided", "awarded")))
        .subquery()
    )
    decided = (
        select(CaseRow, ranked.c.kind)
        .join(ranked, ranked.c.claim_id == CaseRow.claim_id)
        .where(ranked.c.rank == 1, CaseRow.person_id.is_not(None), CaseRow.told.is_distinct_from(ranked.c.kind))
        .where(_not_aside(now))
    )
    paid = (
        select(CaseRow)
        .where(CaseRow.person_id.is_not(None), CaseRow.told.is_(None), _not_aside(now))
        .where(select(ClaimPaymentRow.claim_id).where(ClaimPaymentRow.claim_id == CaseRow.claim_id).exists())
    )
    found = [(row, str(kind)) for row, kind in session.execute(decided.limit(limit))]
    known = {row.case_id for row, _ in found}
    return found + [(row, "paid") for row in session.scalars(paid.limit(limit)) if row.case_id not in known]


def tip(session: Session) -> int:
    """Number of the last block taken in; -1: none."""
    found = session.scalar(select(func.max(BlockRow.number)))
    return -1 if found is None else found


def unannounced(session: Session, since: int, final: int, limit: int) -> Sequence[CaseRow]:
    """Cases of whose claims something happened until a final block that webhooks have not told.

    Args:
        since: Of cases announced before, blocks up to this one were looked at. One never announced is looked at whole.
    """
    after, models = func.coalesce(CaseRow.announced_block, -1), (ClaimStepRow, ClaimPaymentRow)
    moved: CompoundSelect[int | None] = union(
        select(CaseRow.claim_id).where(CaseRow.announced_block.is_(None), CaseRow.claim_id.is_not(None)),
        *(select(each.claim_id).where(each.block_number > since, each.block_number <= final) for each in models),
    )
    untold = (
        select(each.claim_id)
        .where(each.claim_id == CaseRow.claim_id, each.block_number > after, each.block_number <= final)
        .exists()
        for each in models
    )
    rows = select(CaseRow).where(CaseRow.claim_id.in_(moved), or_(*untold))
    return session.scalars(rows.order_by(CaseRow.claim_id).limit(limit)).all()


def _not_aside(now: int) -> ColumnElement[bool]:
    return or_(CaseRow.stuck_until.is_(None), CaseRow.stuck_until <= now)


def treasuries(session: Session, products: Sequence[str]) -> dict[str, str]:
    """Treasury of each product."""
    query = select(IndemnityProductRow.address, IndemnityProductRow.treasury)
    return {p: t for p, t in session.execute(query.where(IndemnityProductRow.address.in_(products)))}
