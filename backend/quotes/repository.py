"""Every query about quotes."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from backend.acceptances.models import BindIntentRow
from backend.quotes.models import QuoteBatchRow, QuoteRow
from domain.money import Ppb, TokenUnits
from domain.reports import Assessment, Quote, RiskReport


@dataclass(frozen=True, slots=True)
class SignedQuote:
    """A quote with what it rests on. `position` is its assessment's index in the batch's risk report."""

    quote: Quote
    assessment: Assessment
    underwriter_signature: bytes
    position: int
    product: str


@dataclass(frozen=True, slots=True)
class StoredQuote:
    """A quote as it is kept, with its batch and where its acceptance stands."""

    signed: SignedQuote
    batch_id: uuid.UUID
    model_hash: bytes
    status: str


@dataclass(frozen=True, slots=True)
class Batch:
    """A risk report with its signatures, ascending by signer."""

    report: RiskReport
    signatures: tuple[bytes, ...]


def add_batch(session: Session, batch: Batch, quotes: Sequence[SignedQuote]) -> uuid.UUID:
    """Keep a batch and its quotes."""
    batch_id = uuid.uuid4()
    r = batch.report
    session.add(
        QuoteBatchRow(
            batch_id=batch_id, product=r.product, chain_id=r.chain_id, signer_epoch=r.signer_epoch,
            observed_at=r.observed_at, valid_until=r.valid_until, model_hash=r.model_hash,
            signatures=list(batch.signatures),
        )
    )  # fmt: skip
    session.flush()
    session.execute(insert(QuoteRow), [_values(quote, batch_id) for quote in quotes])
    return batch_id


def find(session: Session, quote_ids: Sequence[int]) -> dict[int, StoredQuote]:
    """Quotes by id; those that do not exist are left out."""
    query = (
        select(QuoteRow, QuoteBatchRow.model_hash, BindIntentRow.status)
        .join(QuoteBatchRow, QuoteBatchRow.batch_id == QuoteRow.batch_id)
        .outerjoin(BindIntentRow, BindIntentRow.quote_id == QuoteRow.quote_id)
        .where(QuoteRow.quote_id.in_(quote_ids))
    )
    return {
        row.quote_id: StoredQuote(_signed(row), row.batch_id, model_hash, status or "offered")
        for row, model_hash, status in session.execute(query)
    }


def batch(session: Session, batch_id: uuid.UUID) -> Batch:
    """A batch with its whole risk report, as it was signed."""
    row = session.get_one(QuoteBatchRow, batch_id)
    rows = session.scalars(select(QuoteRow).where(QuoteRow.batch_id == batch_id).order_by(QuoteRow.position))
    report = RiskReport(
        chain_id=row.chain_id, product=row.product, signer_epoch=row.signer_epoch, observed_at=row.observed_at,
        valid_until=row.valid_until, model_hash=row.model_hash,
        assessments=tuple(_signed(quote).assessment for quote in rows),
    )  # fmt: skip
    return Batch(report, tuple(row.signatures))


def _values(signed: SignedQuote, batch_id: uuid.UUID) -> dict[str, object]:
    q, a = signed.quote, signed.assessment
    return {
        "quote_id": q.application_id, "batch_id": batch_id, "position": signed.position, "product": signed.product,
        "holder": q.holder, "underwriter": q.underwriter, "insured_event": q.insured_event, "event_id": a.event_id,
        "occurs_at": q.occurs_at, "sum_insured": q.sum_insured, "premium": q.premium, "valid_until": q.valid_until,
        "expected_share_ppb": a.expected_share_ppb, "sum_insured_cap": a.sum_insured_cap, "commitment": a.commitment,
        "underwriter_signature": signed.underwriter_signature,
    }  # fmt: skip


def _signed(row: QuoteRow) -> SignedQuote:
    quote = Quote(
        application_id=row.quote_id, holder=row.holder, underwriter=row.underwriter, insured_event=row.insured_event,
        occurs_at=row.occurs_at, sum_insured=TokenUnits(row.sum_insured), premium=TokenUnits(row.premium),
        valid_until=row.valid_until,
    )  # fmt: skip
    assessment = Assessment(
        application_id=row.quote_id, event_id=row.event_id, occurs_at=row.occurs_at,
        expected_share_ppb=Ppb(row.expected_share_ppb), sum_insured_cap=TokenUnits(row.sum_insured_cap),
        commitment=row.commitment,
    )  # fmt: skip
    return SignedQuote(quote, assessment, row.underwriter_signature, row.position, row.product)
