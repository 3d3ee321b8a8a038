"""The pool of connections: what the server ended is replaced before anybody works with it."""

from __future__ import annotations

import uuid

import pytest
from sqlalchemy import event, select, text
from sqlalchemy.orm import Session

import backend.database as subject
from backend.access.principal import Principal
from backend.database import Database
from backend.identity.people.models import PersonRow
from tests.backend.identity.house import make_house


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


def _disabled_at_locked(database: Database, session: Session, person_id: uuid.UUID) -> list[int | None]:
    """What a session judges that held a person's row before somebody else changed it: by a query, and by the key."""
    query = select(PersonRow).where(PersonRow.person_id == person_id)
    held = session.scalars(query).one()
    with database.every_tenant() as other:
        other.execute(text("UPDATE people SET disabled_at = 7 WHERE person_id = :id"), {"id": person_id})
    assert held.disabled_at is None
    by_query = session.scalars(query.with_for_update()).one().disabled_at
    by_key = session.get(PersonRow, person_id, with_for_update=True)
    return [by_query, by_key.disabled_at if by_key else None]


def test_transaction__row_held_from_before_the_lock__read_as_it_is_now(database: Database) -> None:
    person_id = make_house(database).person(password=None)

    with database.every_tenant() as session:
        assert _disabled_at_locked(database, session, person_id) == [7, 7]


def test_transaction__row_held_from_before_the_lock_and_no_hook__stale(database: Database) -> None:
    person_id = make_house(database).person(password=None)
    event.remove(subject._FreshWhenLocked, "do_orm_execute", subject._read_anew)

    try:
        with database.every_tenant() as session:
            by_query, _by_key = _disabled_at_locked(database, session, person_id)
    finally:
        event.listen(subject._FreshWhenLocked, "do_orm_execute", subject._read_anew)

    assert by_query is None


def test_transaction__changed_here_and_then_locked__keeps_the_change(database: Database) -> None:
    person_id = make_house(database).person(password=None)

    with database.every_tenant() as session:
        query = select(PersonRow).where(PersonRow.person_id == person_id)
        session.scalars(query).one().disabled_at = 9

        assert session.scalars(query.with_for_update()).one().disabled_at == 9


def _changed_between(database: Database, session: Session, person_id: uuid.UUID) -> list[int | None]:
    """What a session reads of a row before and after somebody else changed it."""
    query = select(PersonRow.disabled_at).where(PersonRow.person_id == person_id)
    first = session.scalar(query)
    with database.every_tenant() as other:
        other.execute(text("UPDATE people SET disabled_at = 7 WHERE person_id = :id"), {"id": person_id})
    return [first, session.scalar(query)]


def test_scoped__one_moment__what_others_change_meanwhile_does_not_show(database: Database) -> None:
    house = make_house(database)
    first, second = house.person(password=None), house.person(password=None)

    with database.scoped(Principal.worker(house.tenant_id), one_moment=True) as session:
        assert _changed_between(database, session, first) == [None, None]
    with database.scoped(Principal.worker(house.tenant_id)) as session:
        assert _changed_between(database, session, second) == [None, 7]
