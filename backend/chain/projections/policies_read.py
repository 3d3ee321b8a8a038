"""Indemnity products and policies put together from their rows: terms as agreed, each version since, what is left."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from sqlalchemy import select, tuple_
from sqlalchemy.orm import Session

from backend.chain.projections.models import (
    IndemnityChangeRow,
    IndemnityPolicyRow,
    IndemnityProductRow,
    InsurerRow,
    InsurerTreasuryRow,
    PolicyUnearnedRow,
)


@dataclass(frozen=True, slots=True)
class Version:
    """What a policy promises from `since`, unix seconds; the last one holds. Amounts in token units."""

    since: int
    sum_insured: int
    premium: int
    exclusions: int
    beneficiary: str


@dataclass(frozen=True, slots=True)
class Policy:
    """An indemnity policy as of the last block taken in.

    Attributes:
        ends_at: Earlier than agreed where it was cancelled.
        versions: From the first on, one more for each endorsement.
        unearned: Premium whose time has not passed, as of the last earning.
    """

    row: IndemnityPolicyRow
    ends_at: int
    versions: tuple[Version, ...]
    unearned: int
    is_cancelled: bool
    is_closed: bool

    @property
    def now(self) -> Version:
        """What it promises now."""
        return self.versions[-1]


def products(session: Session, treasury: str | None = None) -> Sequence[IndemnityProductRow]:
    """Indemnity products, of one treasury or all, in the order they were made."""
    query = select(IndemnityProductRow).order_by(IndemnityProductRow.block_number, IndemnityProductRow.log_index)
    return session.scalars(query if treasury is None else query.where(IndemnityProductRow.treasury == treasury)).all()


def insurer_of(session: Session, treasury: str) -> InsurerRow | None:
    """The insurer a treasury belongs to."""
    query = select(InsurerRow).join(InsurerTreasuryRow, InsurerTreasuryRow.insurer_id == InsurerRow.insurer_id)
    return session.scalars(query.where(InsurerTreasuryRow.treasury == treasury)).first()


def treasury_of(session: Session, insurer: str, asset: str) -> str | None:
    """The treasury in which an insurer, named by its AccessManager, holds this token; the first, if it has several."""
    query = (
        select(InsurerTreasuryRow.treasury)
        .join(InsurerRow, InsurerTreasuryRow.insurer_id == InsurerRow.insurer_id)
        .where(InsurerRow.manager == insurer, InsurerTreasuryRow.asset == asset)
        .order_by(InsurerTreasuryRow.block_number, InsurerTreasuryRow.log_index)
    )
    return session.scalars(query.limit(1)).first()


def bound(session: Session, product: str, application_id: int) -> int | None:
    """Number of the policy an application became; None: none yet, as far as blocks are taken in."""
    query = select(IndemnityPolicyRow.policy_id).where(
        IndemnityPolicyRow.application_id == application_id, IndemnityPolicyRow.product == product
    )
    return session.scalar(query)


def of_applications(session: Session, application_ids: Collection[int]) -> list[Policy]:
    """Policies that applications became."""
    query = select(IndemnityPolicyRow).where(IndemnityPolicyRow.application_id.in_(application_ids))
    return _policies(session, session.scalars(query).all())


def at(session: Session, places: Collection[tuple[str, int]]) -> list[Policy]:
    """Policies by product and number; those that are not bound are left out."""
    place = tuple_(IndemnityPolicyRow.product, IndemnityPolicyRow.policy_id)
    return _policies(session, session.scalars(select(IndemnityPolicyRow).where(place.in_(places))).all())


def policy(session: Session, product: str, policy_id: int) -> Policy | None:
    """One policy; None: not bound, or not taken in yet."""
    query = select(IndemnityPolicyRow).where(
        IndemnityPolicyRow.product == product, IndemnityPolicyRow.policy_id == policy_id
    )
    found = _policies(session, session.scalars(query).all())
    return found[0] if found else None


def policies(
    session: Session, *, after: tuple[str, int] | None, limit: int, holder: str | None = None,
    product: str | None = None,
) -> list[Policy]:  # fmt: skip
    """Policies by product and number; `after` is the keyset cursor."""
    query = select(IndemnityPolicyRow).order_by(IndemnityPolicyRow.product, IndemnityPolicyRow.policy_id).limit(limit)
    if after is not None:
        place = tuple_(IndemnityPolicyRow.product, IndemnityPolicyRow.policy_id)
        query = query.where(place > (after[0], after[1]))
    if holder is not None:
        query = query.where(IndemnityPolicyRow.holder == holder)
    if product is not None:
        query = query.where(IndemnityPolicyRow.product == product)
    return _policies(session, session.scalars(query).all())


def _policies(session: Session, rows: Sequence[IndemnityPolicyRow]) -> list[Policy]:
    """A pure fold of what the chain said of each."""
    places = [(row.product, row.policy_id) for row in rows]
    changes: dict[tuple[str, int], list[IndemnityChangeRow]] = {}
    change = IndemnityChangeRow
    query = select(change).where(tuple_(change.product, change.policy_id).in_(places))
    for one in session.scalars(query.order_by(change.block_number, change.log_index)):
        changes.setdefault((one.product, one.policy_id), []).append(one)
    earned = PolicyUnearnedRow
    query_earned = select(earned).where(tuple_(earned.product, earned.policy_id).in_(places))
    unearned = {
        (row.product, row.policy_id): row.unearned
        for row in session.scalars(query_earned.order_by(earned.block_number, earned.log_index))
    }
    return [
        _policy(row, changes.get((row.product, row.policy_id), []), unearned.get((row.product, row.policy_id)))
        for row in rows
    ]


def _policy(row: IndemnityPolicyRow, changes: Sequence[IndemnityChangeRow], unearned: int | None) -> Policy:
    versions = [Version(row.bound_at, row.sum_insured, row.premium, row.exclusions, row.beneficiary)]
    for change in changes:
        if change.kind == "endorsed":
            last = versions[-1]
            versions.append(
                Version(
                    change.changed_at, change.sum_insured or 0, change.premium or 0,
                    last.exclusions if change.exclusions is None else change.exclusions,
                    change.beneficiary or last.beneficiary,
                )
            )  # fmt: skip
    ends = [change.ends_at for change in changes if change.ends_at is not None]
    return Policy(
        row=row, ends_at=ends[-1] if ends else row.ends_at, versions=tuple(versions),
        unearned=row.premium if unearned is None else unearned,
        is_cancelled=any(change.kind == "cancelled" for change in changes),
        is_closed=any(change.kind == "closed" for change in changes),
    )  # fmt: skip
