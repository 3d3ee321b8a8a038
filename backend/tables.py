"""Base of all tables, and column types for what the chain counts with.

256-bit ids and hashes are BYTEA, so they sort as numbers do; uint128 amounts are NUMERIC(39,0).
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any

import psycopg
from sqlalchemy import (
    BigInteger,
    Dialect,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Numeric,
    Table,
    Uuid,
    text,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, declared_attr, mapped_column
from sqlalchemy.types import TypeDecorator

from domain.hashing import checksum_address

WORD_BYTES = 32
ADDRESS_BYTES = 20


class Word(TypeDecorator[int]):
    """A uint256 as 32 bytes; an `int` in Python."""

    impl = LargeBinary
    cache_ok = True

    def process_bind_param(self, value: int | None, dialect: Dialect) -> bytes | None:  # noqa: ARG002
        """To the database."""
        return None if value is None else value.to_bytes(WORD_BYTES, "big")

    def process_result_value(self, value: bytes | None, dialect: Dialect) -> int | None:  # noqa: ARG002
        """From the database."""
        return None if value is None else int.from_bytes(value, "big")


class Address(TypeDecorator[str]):
    """An address as 20 bytes; checksummed text in Python."""

    impl = LargeBinary
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> bytes | None:  # noqa: ARG002
        """To the database."""
        return None if value is None else bytes.fromhex(value[2:])

    def process_result_value(self, value: bytes | None, dialect: Dialect) -> str | None:  # noqa: ARG002
        """From the database."""
        return None if value is None else checksum_address("0x" + bytes(value).hex())


class Units(TypeDecorator[int]):
    """A uint128 amount of token units as NUMERIC(39,0); an `int` in Python."""

    impl = Numeric(39, 0)
    cache_ok = True

    def process_bind_param(self, value: int | None, dialect: Dialect) -> Decimal | None:  # noqa: ARG002
        """To the database."""
        return None if value is None else Decimal(value)

    def process_result_value(self, value: Decimal | None, dialect: Dialect) -> int | None:  # noqa: ARG002
        """From the database."""
        return None if value is None else int(value)


class Base(DeclarativeBase):
    """All tables."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(column_0_N_label)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )


class Owned:
    """A row of one tenant and, where it is not the staff's, of one person. Both default to whoever writes it."""

    @declared_attr.directive
    @classmethod
    def __table_args__(cls) -> tuple[Index, ...]:
        """Row-level security looks by both."""
        return (Index(f"ix_{cls.__tablename__}_tenant_id_person_id", "tenant_id", "person_id"),)  # type: ignore[attr-defined]  # of the class that mixes it in

    tenant_id: Mapped[uuid.UUID] = mapped_column(Uuid, server_default=text("quittance_tenant()"), sort_order=90)
    person_id: Mapped[uuid.UUID | None] = mapped_column(Uuid, server_default=text("quittance_owner()"), sort_order=91)


class OnChain:
    """A row that one log of the chain made. It leaves with its block: rolling back is deleting blocks."""

    block_number: Mapped[int] = mapped_column(
        BigInteger, ForeignKey("blocks.number", ondelete="CASCADE"), primary_key=True
    )
    log_index: Mapped[int] = mapped_column(Integer, primary_key=True)
    transaction_hash: Mapped[bytes] = mapped_column(LargeBinary)


def copy_rows(session: Session, table: Table, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Insert many rows by COPY, in the session's transaction: 5,000 take some tens of milliseconds."""
    connection = session.connection()
    dialect = connection.dialect
    processors = [table.c[name].type.dialect_impl(dialect).bind_processor(dialect) for name in columns]
    raw = connection.connection.driver_connection
    if not isinstance(raw, psycopg.Connection):
        raise TypeError(f"COPY needs psycopg, not {type(raw).__name__}")
    names = psycopg.sql.SQL(", ").join(psycopg.sql.Identifier(name) for name in columns)
    statement = psycopg.sql.SQL("COPY {} ({}) FROM STDIN").format(psycopg.sql.Identifier(table.name), names)
    with raw.cursor() as cursor, cursor.copy(statement) as copy:
        for row in rows:
            copy.write_row([p(v) if p else v for p, v in zip(processors, row, strict=True)])
