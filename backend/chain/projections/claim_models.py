"""Tables of claims, disputes, payouts through institutions, incidents and anchored heads. Each row is one log."""

from __future__ import annotations

from typing import Any

from sqlalchemy import BigInteger, Boolean, Index, LargeBinary, SmallInteger, String
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from backend.tables import Address, Base, OnChain, Units, Word


class ClaimRow(OnChain, Base):
    """A claim as it was notified. Its course stands in `claim_steps`, its money in reserves and payments."""

    __tablename__ = "claims"
    __table_args__ = (Index("ix_claims_policy", "product", "policy_id"),)
    claim_id: Mapped[int] = mapped_column(Word, unique=True)
    product: Mapped[str] = mapped_column(Address)
    policy_id: Mapped[int] = mapped_column(BigInteger)
    claimant: Mapped[str] = mapped_column(Address, index=True)
    coverage: Mapped[int] = mapped_column(SmallInteger)
    peril: Mapped[int] = mapped_column(SmallInteger)
    occurred_at: Mapped[int] = mapped_column(BigInteger)
    claimed: Mapped[int] = mapped_column(Units)
    evidence_root: Mapped[bytes] = mapped_column(LargeBinary)
    notified_by: Mapped[str] = mapped_column(Address)
    noticed_at: Mapped[int] = mapped_column(BigInteger)


class ClaimStepRow(OnChain, Base):
    """One step of a claim: when, by whom, with which reason and clause, and for how much.

    `state` is what the step puts the claim into, null where it leaves it. `amount` is what it grants, disputes or
    estimates; `other_claim_id` the claim a reopened one supersedes.
    """

    __tablename__ = "claim_steps"
    claim_id: Mapped[int] = mapped_column(Word, index=True)
    kind: Mapped[str] = mapped_column(String(24))
    step_at: Mapped[int] = mapped_column(BigInteger)
    state: Mapped[int | None] = mapped_column(SmallInteger)
    outcome: Mapped[int | None] = mapped_column(SmallInteger)
    actor: Mapped[str | None] = mapped_column(Address)
    amount: Mapped[int | None] = mapped_column(Units)
    reason_code: Mapped[int | None] = mapped_column(SmallInteger)
    clause: Mapped[bytes | None] = mapped_column(LargeBinary)
    other_claim_id: Mapped[int | None] = mapped_column(Word)
    dispute_id: Mapped[int | None] = mapped_column(Word)
    institution: Mapped[int | None] = mapped_column(BigInteger)


class DisputeRow(OnChain, Base):
    """A dispute as it was opened."""

    __tablename__ = "disputes"
    panel: Mapped[str] = mapped_column(Address)
    dispute_id: Mapped[int] = mapped_column(Word, unique=True)
    claim_id: Mapped[int] = mapped_column(Word, index=True)
    claimant: Mapped[str] = mapped_column(Address)
    court: Mapped[str] = mapped_column(Address)
    token: Mapped[str] = mapped_column(Address)
    disputed: Mapped[int] = mapped_column(Units)
    deposit: Mapped[int] = mapped_column(Units)
    deposit_to: Mapped[str] = mapped_column(Address)
    opened_at: Mapped[int] = mapped_column(BigInteger)


class DisputeStepRow(OnChain, Base):
    """One step of a dispute: drawn, committed, revealed, decided, delivered, a deposit paid or held."""

    __tablename__ = "dispute_steps"
    dispute_id: Mapped[int] = mapped_column(Word, index=True)
    kind: Mapped[str] = mapped_column(String(24))
    step_at: Mapped[int] = mapped_column(BigInteger)
    actor: Mapped[str | None] = mapped_column(Address)
    amount: Mapped[int | None] = mapped_column(Units)
    reason_code: Mapped[int | None] = mapped_column(SmallInteger)
    clause: Mapped[bytes | None] = mapped_column(LargeBinary)
    until: Mapped[int | None] = mapped_column(BigInteger)


class ArbitratorChangeRow(OnChain, Base):
    """Somebody admitted to the bench, or removed from it."""

    __tablename__ = "arbitrator_changes"
    arbitrator: Mapped[str] = mapped_column(Address, index=True)
    kind: Mapped[str] = mapped_column(String(12))
    consumer_advocate: Mapped[bool] = mapped_column(Boolean)


class InstitutionChangeRow(OnChain, Base):
    """What was said of a payment institution: registered, keys, limits, tokens, suspended, resumed."""

    __tablename__ = "institution_changes"
    institution: Mapped[int] = mapped_column(BigInteger, index=True)
    kind: Mapped[str] = mapped_column(String(32))
    body: Mapped[dict[str, Any]] = mapped_column(JSONB)


class DisbursementRow(OnChain, Base):
    """A payout on its way through an institution."""

    __tablename__ = "disbursements"
    instruction_id: Mapped[int] = mapped_column(Word, unique=True)
    claim_id: Mapped[int] = mapped_column(Word, index=True)
    institution: Mapped[int] = mapped_column(BigInteger)
    payee: Mapped[str] = mapped_column(Address, index=True)
    token: Mapped[str] = mapped_column(Address)
    amount: Mapped[int] = mapped_column(Units)
    receipt_due: Mapped[int] = mapped_column(BigInteger)
    opened_at: Mapped[int] = mapped_column(BigInteger)


class DisbursementStepRow(OnChain, Base):
    """A payout confirmed, refused, rerouted or taken; `state` is what that puts it into."""

    __tablename__ = "disbursement_steps"
    instruction_id: Mapped[int] = mapped_column(Word, index=True)
    kind: Mapped[str] = mapped_column(String(24))
    step_at: Mapped[int] = mapped_column(BigInteger)
    state: Mapped[int] = mapped_column(SmallInteger)
    institution: Mapped[int | None] = mapped_column(BigInteger)
    actor: Mapped[str | None] = mapped_column(Address)
    amount: Mapped[int | None] = mapped_column(Units)
    currency: Mapped[str | None] = mapped_column(String(3))
    rate: Mapped[int | None] = mapped_column(Units)
    reference_hash: Mapped[bytes | None] = mapped_column(LargeBinary)
    reason_code: Mapped[int | None] = mapped_column(SmallInteger)
    successor: Mapped[int | None] = mapped_column(Word)


class CollectionRow(OnChain, Base):
    """A premium an institution collected, and what became of it: released to the treasury, or returned."""

    __tablename__ = "collections"
    __table_args__ = (Index("ix_collections_application", "product", "application_id"),)
    product: Mapped[str] = mapped_column(Address)
    application_id: Mapped[int] = mapped_column(Word)
    kind: Mapped[str] = mapped_column(String(12))
    institution: Mapped[int | None] = mapped_column(BigInteger)
    amount: Mapped[int] = mapped_column(Units)


class IncidentRow(OnChain, Base):
    """An incident a claim names by a salted word; `first_claim_id` is another claim where it was named before."""

    __tablename__ = "incidents"
    nullifier: Mapped[bytes] = mapped_column(LargeBinary, index=True)
    claim_id: Mapped[int] = mapped_column(Word, index=True)
    first_claim_id: Mapped[int] = mapped_column(Word)


class AnchoredHeadRow(OnChain, Base):
    """A head of an off-chain log."""

    __tablename__ = "anchored_heads"
    __table_args__ = (Index("uq_anchored_heads_log_index", "log_id", "head_index", unique=True),)
    log_id: Mapped[bytes] = mapped_column(LargeBinary)
    head_index: Mapped[int] = mapped_column(BigInteger)
    tree_size: Mapped[int] = mapped_column(Units)
    root_hash: Mapped[bytes] = mapped_column(LargeBinary)
    anchored_at: Mapped[int] = mapped_column(BigInteger)
