"""Tables of cases. What a claim is worth, where it stands and until when is the chain's to say, and not kept here."""

from __future__ import annotations

import uuid
from typing import Any

from sqlalchemy import BigInteger, Boolean, Index, Integer, LargeBinary, SmallInteger, String, Text, Uuid
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from backend.tables import Address, Base, Units, Word


class CaseRow(Base):
    """A claim from the draft of its notice on. Times of people in unix seconds of the wall clock.

    `state`: draft -> prepared (evidence sealed, to be signed) -> handed_in -> noticed; or failed, and signed anew.
    `channel`: web, api, on_behalf, or chain: notified past us, and taken up from the chain.
    `told`: the last thing the claimant was written to about: paid, decided or awarded.
    `announced_block`: the last block up to which webhooks told of it.
    `stuck_code`: why the backend does not get on with it, `stuck_since` when, and until `stuck_until` it is left alone.
    `person_id` is null where nobody here holds the claimant's address. `occurred_at`, `deadline`: chain time.
    """

    __tablename__ = "cases"
    __table_args__ = (
        Index("ix_cases_tenant_id_person_id", "tenant_id", "person_id"),
        Index("ix_cases_policy", "product", "policy_id"),
        Index("ix_cases_claim_id", "claim_id"),
        Index(
            "ix_cases_never_announced",
            "claim_id",
            postgresql_where="announced_block IS NULL AND claim_id IS NOT NULL",
        ),
        Index("ix_cases_stuck", "stuck_since", postgresql_where="stuck_since IS NOT NULL"),
    )
    case_id: Mapped[uuid.UUID] = mapped_column(Uuid, primary_key=True)
    tenant_id: Mapped[uuid.UUID] = mapped_column(Uuid)
    person_id: Mapped[uuid.UUID | None] = mapped_column(Uuid)
    product: Mapped[str] = mapped_column(Address)
    policy_id: Mapped[int] = mapped_column(BigInteger)
    claimant: Mapped[str] = mapped_column(Address)
    coverage: Mapped[int] = mapped_column(SmallInteger)
    peril: Mapped[int] = mapped_column(SmallInteger)
    occurred_at: Mapped[int] = mapped_column(BigInteger)
    claimed: Mapped[int] = mapped_column(Units)
    state: Mapped[str] = mapped_column(String(16))
    channel: Mapped[str] = mapped_column(String(16))
    drafted_by: Mapped[uuid.UUID | None] = mapped_column(Uuid)
    authority_how: Mapped[str | None] = mapped_column(String(16))
    authority_at: Mapped[int | None] = mapped_column(BigInteger)
    authority_record: Mapped[uuid.UUID | None] = mapped_column(Uuid)
    evidence_root: Mapped[bytes | None] = mapped_column(LargeBinary)
    nonce: Mapped[int | None] = mapped_column(Word)
    deadline: Mapped[int | None] = mapped_column(BigInteger)
    digest: Mapped[bytes | None] = mapped_column(LargeBinary)
    signature: Mapped[bytes | None] = mapped_column(LargeBinary)
    intent: Mapped[str | None] = mapped_column(String(120))
    failure_code: Mapped[str | None] = mapped_column(String(80))
    failure_detail: Mapped[str | None] = mapped_column(Text)
    claim_id: Mapped[int | None] = mapped_column(Word)
    announced_block: Mapped[int | None] = mapped_column(BigInteger)
    told: Mapped[str | None] = mapped_column(String(16))
    adjuster: Mapped[uuid.UUID | None] = mapped_column(Uuid)
    assigned_at: Mapped[int | None] = mapped_column(BigInteger)
    stuck_code: Mapped[str | None] = mapped_column(String(80))
    stuck_since: Mapped[int | None] = mapped_column(BigInteger)
    stuck_tries: Mapped[int] = mapped_column(Integer, default=0)
    stuck_until: Mapped[int | None] = mapped_column(BigInteger)
    version: Mapped[int] = mapped_column(Integer)
    created_at: Mapped[int] = mapped_column(BigInteger)


class CaseNoteRow(Base):
    """A note of the staff's on a case. What it says is a sealed record."""

    __tablename__ = "case_notes"
    __table_args__ = (Index("ix_case_notes_case", "tenant_id", "case_id", "written_at"),)
    note_id: Mapped[uuid.UUID] = mapped_column(Uuid, primary_key=True)
    tenant_id: Mapped[uuid.UUID] = mapped_column(Uuid)
    case_id: Mapped[uuid.UUID] = mapped_column(Uuid)
    author: Mapped[uuid.UUID] = mapped_column(Uuid)
    record_id: Mapped[uuid.UUID] = mapped_column(Uuid)
    written_at: Mapped[int] = mapped_column(BigInteger)


class CaseOrderRow(Base):
    """A claimant's order on a claim: prepared -> handed_in -> done, or failed. `permit`: of the deposit."""

    __tablename__ = "case_orders"
    __table_args__ = (Index("ix_case_orders_case", "tenant_id", "case_id", "created_at"),)
    order_id: Mapped[uuid.UUID] = mapped_column(Uuid, primary_key=True)
    tenant_id: Mapped[uuid.UUID] = mapped_column(Uuid)
    person_id: Mapped[uuid.UUID] = mapped_column(Uuid)
    case_id: Mapped[uuid.UUID] = mapped_column(Uuid)
    claim_id: Mapped[int] = mapped_column(Word)
    action: Mapped[int] = mapped_column(SmallInteger)
    amount: Mapped[int] = mapped_column(Units)
    evidence_root: Mapped[bytes] = mapped_column(LargeBinary)
    institution: Mapped[int] = mapped_column(BigInteger)
    nonce: Mapped[int] = mapped_column(Word)
    deadline: Mapped[int] = mapped_column(BigInteger)
    digest: Mapped[bytes] = mapped_column(LargeBinary)
    signature: Mapped[bytes | None] = mapped_column(LargeBinary)
    permit: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    state: Mapped[str] = mapped_column(String(16))
    intent: Mapped[str | None] = mapped_column(String(120), index=True)
    failure_code: Mapped[str | None] = mapped_column(String(80))
    failure_detail: Mapped[str | None] = mapped_column(Text)
    created_at: Mapped[int] = mapped_column(BigInteger)


class CaseDecisionRow(Base):
    """A decision as it was prepared: prepared -> sent -> decided, or failed. The words of its letter are sealed.

    `adjuster` and `second` are persons, the addresses those that sign. `raw`: the adjuster's own signed transaction.
    """

    __tablename__ = "case_decisions"
    __table_args__ = (
        Index("ix_case_decisions_case", "tenant_id", "case_id", "created_at"),
        Index("ix_case_decisions_sent", "state", postgresql_where="state IN ('prepared', 'sent')"),
        Index("ix_case_decisions_sender", "adjuster_address", "created_at", postgresql_where="raw IS NOT NULL"),
    )
    decision_id: Mapped[uuid.UUID] = mapped_column(Uuid, primary_key=True)
    tenant_id: Mapped[uuid.UUID] = mapped_column(Uuid)
    case_id: Mapped[uuid.UUID] = mapped_column(Uuid)
    claim_id: Mapped[int] = mapped_column(Word)
    adjuster: Mapped[uuid.UUID] = mapped_column(Uuid)
    adjuster_address: Mapped[str] = mapped_column(Address)
    loss: Mapped[int] = mapped_column(Units)
    granted: Mapped[int] = mapped_column(Units)
    reason_code: Mapped[int] = mapped_column(SmallInteger)
    clause_id: Mapped[str] = mapped_column(String(40))
    clause: Mapped[bytes] = mapped_column(LargeBinary)
    proof: Mapped[list[str]] = mapped_column(JSONB)
    letter_record: Mapped[uuid.UUID] = mapped_column(Uuid)
    letter_hash: Mapped[bytes] = mapped_column(LargeBinary)
    instalments: Mapped[int] = mapped_column(SmallInteger)
    interval_seconds: Mapped[int] = mapped_column(BigInteger)
    valid_until: Mapped[int] = mapped_column(BigInteger)
    digest: Mapped[bytes] = mapped_column(LargeBinary)
    needs_second: Mapped[bool] = mapped_column(Boolean)
    second: Mapped[uuid.UUID | None] = mapped_column(Uuid)
    second_address: Mapped[str | None] = mapped_column(Address)
    second_signature: Mapped[bytes | None] = mapped_column(LargeBinary)
    raw: Mapped[bytes | None] = mapped_column(LargeBinary)
    transaction_hash: Mapped[bytes | None] = mapped_column(LargeBinary)
    state: Mapped[str] = mapped_column(String(16))
    failure_code: Mapped[str | None] = mapped_column(String(80))
    failure_detail: Mapped[str | None] = mapped_column(Text)
    created_at: Mapped[int] = mapped_column(BigInteger)
