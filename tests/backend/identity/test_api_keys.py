"""Keys of machines."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import text

from backend.access.roles import Role
from backend.identity import tokens
from backend.identity.api_keys import service as api_keys
from backend.identity.api_keys.service import Made, Wanted
from backend.identity.tokens import TokenKind
from backend.problems import Problem
from tests.backend.identity.house import NOW, House

WANTED = Wanted("till", frozenset({Role.INSTITUTION}), frozenset({"policies.*", "quotes.make"}), NOW + 1_000)


def make(house: House, wanted: Wanted = WANTED) -> Made:
    with house.desk.tenant_scope(house.tenant_id) as session:
        return api_keys.make(session, house.tenant_id, wanted, by=None, now=house.clock())


def find(house: House, shown: str) -> api_keys.ApiKey:
    with house.desk.tenant_scope(house.tenant_id) as session:
        return api_keys.find(session, shown, now=house.clock())


def refused(house: House, shown: str) -> str:
    with pytest.raises(Problem) as caught:
        find(house, shown)
    return caught.value.code


def test_find__made__roles_scopes_and_last_use(house: House) -> None:
    made = make(house)

    assert find(house, made.text).roles == {Role.INSTITUTION}
    assert find(house, made.text).scopes == {"policies.*", "quotes.make"}
    assert find(house, made.text).last_used_at == house.clock()
    assert made.text.startswith(made.key.prefix)


def test_find__ended_revoked_or_unknown__key_invalid(house: House) -> None:
    made, revoked = make(house), make(house)
    with house.desk.tenant_scope(house.tenant_id) as session:
        api_keys.revoke(session, house.tenant_id, revoked.key.key_id, now=house.clock())

    assert refused(house, revoked.text) == "key_invalid"
    assert refused(house, tokens.make(TokenKind.API_KEY, house.tenant_id)) == "key_invalid"
    assert refused(house, made.text[:-1] + ("A" if made.text[-1] != "A" else "B")) == "key_invalid"
    house.clock.now = NOW + 1_000
    assert refused(house, made.text) == "key_invalid"


def test_rotate__overlap__both_count_until_it_is_over(house: House) -> None:
    old = make(house)
    with house.desk.tenant_scope(house.tenant_id) as session:
        new = api_keys.rotate(
            session, house.tenant_id, old.key.key_id, expires_at=NOW + 5_000, overlap_seconds=60, by=None, now=NOW
        )

    assert find(house, old.text).key_id == new.key.replaces
    assert find(house, new.text).scopes == old.key.scopes
    house.clock.now += 60
    assert refused(house, old.text) == "key_invalid"
    assert find(house, new.text).key_id == new.key.key_id


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"scopes": frozenset({"policies"})}, "not an operation"),
        ({"scopes": frozenset({"*"})}, "not an operation"),
        ({"scopes": frozenset({"*.read"})}, "not an operation"),
        ({"scopes": frozenset()}, "scopes has 0"),
        ({"roles": frozenset()}, "roles is empty"),
        ({"roles": frozenset({Role.ADMINISTRATOR})}, "second factor"),
        ({"roles": frozenset({Role.TREASURER, Role.AUDITOR})}, "second factor"),
        ({"expires_at": NOW}, "past or over a year"),
        ({"expires_at": NOW + 367 * 86_400}, "past or over a year"),
    ],
)
def test_make__what_makes_no_sense__refused(house: House, change: dict[str, object], words: str) -> None:
    with pytest.raises(Problem, match=words) as caught:
        make(house, replace(WANTED, **change))  # type: ignore[arg-type]  # by name

    assert caught.value.code == "key_refused"


def test_api_keys__in_the_database__only_hashes(house: House) -> None:
    made = make(house)

    with house.desk.tenant_scope(house.tenant_id) as session:
        dump = " ".join(session.execute(text("SELECT k::text FROM api_keys k")).scalars())
    assert made.key.prefix in dump
    assert made.text not in dump
    assert made.text[12:] not in dump
