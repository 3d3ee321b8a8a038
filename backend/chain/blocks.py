"""Every query about blocks taken in."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from backend.chain.models import BlockRow


def indexed_tip(session: Session) -> BlockRow | None:
    """Last block taken in."""
    return session.scalars(select(BlockRow).order_by(BlockRow.number.desc()).limit(1)).first()
