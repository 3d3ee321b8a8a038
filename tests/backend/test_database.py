"""The pool of connections: what the server ended is replaced before anybody works with it."""

from __future__ import annotations

import pytest
from sqlalchemy import text

import backend.database as subject
from backend.database import Database


def _number(database: Database) -> int:
    with database.transaction() as session:
        return int(session.scalar(text("SELECT pg_backend_pid()")) or 0)


def _end(database: Database, number: int) -> None:
    other = Database(database.url)
    with other.transaction() as session:
        assert session.scalar(text("SELECT pg_terminate_backend(:n, 5000)"), {"n": number})
    other.close()


def test_transaction__connection_ended_by_the_server_while_it_rested__another_one(database: Database) -> None:
    pool = Database(database.url)
    first = _number(pool)
    _end(pool, first)

    assert _number(pool) != first
    pool.close()


def test_transaction__rested_long__asked_whether_it_is_still_there(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    pool = Database(database.url)
    first = _number(pool)
    monkeypatch.setattr(subject, "TRUSTED_SECONDS", 0.0)
    monkeypatch.setattr(subject, "_readable", lambda _connection: False)  # a network that drops it without a word
    _end(pool, first)

    assert _number(pool) != first
    pool.close()
