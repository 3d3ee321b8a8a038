"""Every query about product files."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

from sqlalchemy import select, tuple_
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from backend.product_files.models import ProductFileRow

_R = ProductFileRow


def add(session: Session, row: ProductFileRow) -> ProductFileRow:
    """Keep a file; the one with the same bytes is found instead, if there is one."""
    values = {column.key: getattr(row, column.key) for column in _R.__table__.columns}
    statement = insert(_R).values(values).on_conflict_do_nothing(constraint="uq_product_files_content")
    session.execute(statement)
    query = select(_R).where(_R.tenant_id == row.tenant_id, _R.content_hash == row.content_hash)
    return session.scalars(query).one()


def get(session: Session, file_id: uuid.UUID) -> ProductFileRow | None:
    """One file."""
    return session.scalars(select(_R).where(_R.file_id == file_id)).first()


def of_version(session: Session, product_id: str, version: str) -> Sequence[ProductFileRow]:
    """Every file handed in for this version, oldest first, locked in that order and as it is now."""
    query = select(_R).where(_R.product_id == product_id, _R.version == version)
    locked = query.order_by(_R.uploaded_at, _R.file_id).with_for_update()
    return session.scalars(locked).all()


def page(
    session: Session, *, product_id: str | None, after: tuple[int, uuid.UUID] | None, limit: int
) -> Sequence[ProductFileRow]:
    """Files, the latest first."""
    query = select(_R).order_by(_R.uploaded_at.desc(), _R.file_id.desc()).limit(limit)
    if product_id is not None:
        query = query.where(_R.product_id == product_id)
    if after is not None:
        query = query.where(tuple_(_R.uploaded_at, _R.file_id) < after)
    return session.scalars(query).all()
