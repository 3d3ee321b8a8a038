"""Tables of quotes. They live off chain until accepted; the chain knows only a salted commitment."""

from __future__ import annotations

import uuid

from sqlalchemy import ARRAY, BigInteger, ForeignKey, LargeBinary, SmallInteger, String
from sqlalchemy.dialects.postgresql import UUID
from sqlalchemy.orm import Mapped, mapped_column

from backend.tables import Address, Base, Owned, Units, Word


class QuoteBatchRow(Owned, Base):
    """One risk report and its signatures: what every quote of the batch is bound on."""

    __tablename__ = "quote_batches"
    batch_id: Mapped[uuid.UUID] = mapped_column(UUID(as_uuid=True), primary_key=True)
    product: Mapped[str] = mapped_column(Address)
    chain_id: Mapped[int] = mapped_column(BigInteger)
    signer_epoch: Mapped[int] = mapped_column(BigInteger)
    observed_at: Mapped[int] = mapped_column(BigInteger)
    valid_until: Mapped[int] = mapped_column(BigInteger)
    model_hash: Mapped[bytes] = mapped_column(LargeBinary)
    signatures: Mapped[list[bytes]] = mapped_column(ARRAY(LargeBinary))


class QuoteRow(Owned, Base):
    """One quote with the assessment it rests on. Its id is its application's."""

    __tablename__ = "quotes"
    quote_id: Mapped[int] = mapped_column(Word, primary_key=True)
    batch_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("quote_batches.batch_id"), index=True)
    position: Mapped[int] = mapped_column(SmallInteger)
    product: Mapped[str] = mapped_column(Address)
    holder: Mapped[str] = mapped_column(Address)
    underwriter: Mapped[str] = mapped_column(Address)
    insured_event: Mapped[str] = mapped_column(String(128))
    event_id: Mapped[int] = mapped_column(Word)
    occurs_at: Mapped[int] = mapped_column(BigInteger)
    sum_insured: Mapped[int] = mapped_column(Units)
    premium: Mapped[int] = mapped_column(Units)
    valid_until: Mapped[int] = mapped_column(BigInteger)
    expected_share_ppb: Mapped[int] = mapped_column(BigInteger)
    sum_insured_cap: Mapped[int] = mapped_column(Units)
    commitment: Mapped[bytes] = mapped_column(LargeBinary)
    underwriter_signature: Mapped[bytes] = mapped_column(LargeBinary)
