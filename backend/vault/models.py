"""Table of sealed applicant records."""

from __future__ import annotations

from sqlalchemy import LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from backend.tables import Base, Owned, Word


class SealedRecordRow(Owned, Base):
    """One applicant's data and salt, encrypted. Without this row the commitment on chain says nothing."""

    __tablename__ = "sealed_records"
    application_id: Mapped[int] = mapped_column(Word, primary_key=True)
    key_id: Mapped[str] = mapped_column(String(16))
    wrapped_key: Mapped[bytes] = mapped_column(LargeBinary)
    nonce: Mapped[bytes] = mapped_column(LargeBinary)
    ciphertext: Mapped[bytes] = mapped_column(LargeBinary)
