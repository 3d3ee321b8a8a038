"""Table of rate limits."""

from __future__ import annotations

from sqlalchemy import Double, LargeBinary
from sqlalchemy.orm import Mapped, mapped_column

from backend.tables import Base


class RateBucketRow(Base):
    """A token bucket shared by all replicas, as the one number that says it all.

    `full_at`: unix second, by the database's clock, at which the bucket will be full again.
    """

    __tablename__ = "rate_buckets"
    bucket: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    full_at: Mapped[float] = mapped_column(Double)
