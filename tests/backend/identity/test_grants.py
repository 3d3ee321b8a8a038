"""Grants: who may give what to whom, and when it counts."""

from __future__ import annotations

import uuid

import pytest

from backend.access.roles import Role
from backend.identity.api_keys import service as api_keys
from backend.identity.api_keys.service import Wanted
from backend.identity.grants import service as grants
from backend.identity.grants.service import Asked
from backend.identity.people import service as people
from backend.identity.reviews import service as reviews
from backend.problems import Problem
from tests.backend.identity.house import House

DAY = 86_400


def make(house: House, by: uuid.UUID, person_id: uuid.UUID, role: Role, expires_at: int | None = None) -> grants.Grant:
    with house.desk.tenant_scope(house.tenant_id) as session:
        return grants.make(
            session, house.tenant_id, Asked(person_id, role, expires_at), by=by, now=house.clock()
        )  # fmt: skip


def approve(house: House, by: uuid.UUID, grant_id: uuid.UUID) -> grants.Grant:
    with house.desk.tenant_scope(house.tenant_id) as session:
        return grants.approve(session, house.tenant_id, grant_id, by=by, now=house.clock())


def revoke(house: House, by: uuid.UUID, grant_id: uuid.UUID) -> grants.Grant:
    with house.desk.tenant_scope(house.tenant_id) as session:
        return grants.revoke(session, house.tenant_id, grant_id, by=by, now=house.clock())


def roles(house: House, person_id: uuid.UUID) -> frozenset[Role]:
    with house.desk.tenant_scope(house.tenant_id) as session:
        return grants.roles_of(session, house.tenant_id, person_id, now=house.clock())


def test_make__to_oneself__refused(house: House) -> None:
    administrator = house.person(Role.ADMINISTRATOR)

    with pytest.raises(Problem, match="your own") as caught:
        make(house, administrator, administrator, Role.TREASURER)

    assert caught.value.code == "grant_refused"


def test_make__ordinary_role__counts_at_once(house: House) -> None:
    first, _second, ada = house.person(Role.ADMINISTRATOR), house.person(Role.ADMINISTRATOR), house.person()

    make(house, first, ada, Role.ADJUSTER)

    assert roles(house, ada) == {Role.ADJUSTER}


@pytest.mark.parametrize("role", [Role.ADMINISTRATOR, Role.TREASURER])
def test_make__ruling_role_and_two_administrators__waits_for_the_second(house: House, role: Role) -> None:
    first, second, ada = house.person(Role.ADMINISTRATOR), house.person(Role.ADMINISTRATOR), house.person()

    grant = make(house, first, ada, role)

    assert grant.approved_at is None
    assert roles(house, ada) == frozenset()
    for wrong in (first, ada):
        with pytest.raises(Problem, match="Another administrator"):
            approve(house, wrong, grant.grant_id)
    approve(house, second, grant.grant_id)
    assert roles(house, ada) == {role}
    with pytest.raises(Problem, match="approved already"):
        approve(house, second, grant.grant_id)


def test_make__ruling_role_and_one_administrator__counts_at_once(house: House) -> None:
    only, ada = house.person(Role.ADMINISTRATOR), house.person()

    make(house, only, ada, Role.TREASURER)

    assert roles(house, ada) == {Role.TREASURER}


def test_make__second_administrator_is_shut_out__does_not_wait_for_it(house: House) -> None:
    first, second, ada = house.person(Role.ADMINISTRATOR), house.person(Role.ADMINISTRATOR), house.person()
    with house.desk.tenant_scope(house.tenant_id) as session:
        people.disable(session, house.tenant_id, second, now=house.clock())

    assert make(house, first, ada, Role.TREASURER).approved_at == house.clock()


def test_make__with_an_end__stops_counting_then(house: House) -> None:
    administrator, ada = house.person(Role.ADMINISTRATOR), house.person()
    make(house, administrator, ada, Role.ADJUSTER, house.clock() + 60)

    house.clock.now += 59
    assert roles(house, ada) == {Role.ADJUSTER}
    house.clock.now += 1
    assert roles(house, ada) == frozenset()


@pytest.mark.parametrize(
    ("role", "end", "words"),
    [(Role.ORACLE_NODE, 60, "API key"), (Role.ADJUSTER, 0, "is past"), (Role.AUDITOR, 60, "Revoke that grant first")],
)
def test_make__what_makes_no_sense__refused(house: House, role: Role, end: int, words: str) -> None:
    administrator, ada = house.person(Role.ADMINISTRATOR), house.person(Role.AUDITOR)

    with pytest.raises(Problem, match=words):
        make(house, administrator, ada, role, house.clock() + end)


def test_revoke__ends_at_once_and_once(house: House) -> None:
    administrator, ada = house.person(Role.ADMINISTRATOR), house.person()
    grant = make(house, administrator, ada, Role.ADJUSTER)

    revoke(house, administrator, grant.grant_id)

    assert roles(house, ada) == frozenset()
    with pytest.raises(Problem, match="not in force"):
        revoke(house, administrator, grant.grant_id)


def test_revoke__last_administrators__refused(house: House) -> None:
    first, second = house.person(Role.ADMINISTRATOR), house.person(Role.ADMINISTRATOR)
    with house.desk.tenant_scope(house.tenant_id) as session:
        of = {g.person_id: g.grant_id for g in grants.page(session, house.tenant_id, now=house.clock())}

    revoke(house, first, of[second])

    with pytest.raises(Problem, match="last administrator"):
        revoke(house, second, of[first])


def test_approve__another_insurers_grant__unknown(house: House) -> None:
    from tests.backend.identity.test_sign_in import make_house_beside

    other = make_house_beside(house)
    first, _second, ada = other.person(Role.ADMINISTRATOR), other.person(Role.ADMINISTRATOR), other.person()
    grant = make(other, first, ada, Role.TREASURER)

    with pytest.raises(Problem) as caught:
        approve(house, house.person(Role.ADMINISTRATOR), grant.grant_id)

    assert caught.value.code == "grant_unknown"


def test_follow_groups__roles_come_and_go__grants_follow(house: House) -> None:
    ada = house.person(Role.AUDITOR)

    def follow(*given: Role) -> None:
        with house.desk.tenant_scope(house.tenant_id) as session:
            now = house.clock()
            grants.follow_groups(session, house.tenant_id, ada, frozenset(given), now=now, until=now + 3_600)

    follow(Role.ADJUSTER, Role.AUDITOR)
    assert roles(house, ada) == {Role.ADJUSTER, Role.AUDITOR}
    follow(Role.JUNIOR_UNDERWRITER)
    assert roles(house, ada) == {Role.JUNIOR_UNDERWRITER, Role.AUDITOR}
    house.clock.now += 3_600
    assert roles(house, ada) == {Role.AUDITOR}


def test_review__people_and_machines__who_what_since_when_and_what_ends(house: House) -> None:
    administrator = house.person(Role.ADMINISTRATOR)
    ada = house.person()
    grant = make(house, administrator, ada, Role.ADJUSTER, house.clock() + 10 * DAY)
    wanted = Wanted("=cmd()", frozenset({Role.INSTITUTION}), frozenset({"policies.*"}), house.clock() + 200 * DAY)
    with house.desk.tenant_scope(house.tenant_id) as session:
        api_keys.make(session, house.tenant_id, wanted, by=administrator, now=house.clock())
        grants.touch(session, house.tenant_id, ada, now=house.clock() + 5)

        lines = reviews.review(session, house.desk, house.tenant_id, within_seconds=30 * DAY)

    by_role = {line.role: line for line in lines}
    adjuster = by_role[Role.ADJUSTER]
    assert (adjuster.subject_id, adjuster.granted_by, adjuster.since) == (
        str(ada), str(administrator), grant.granted_at
    )  # fmt: skip
    assert adjuster.last_used_at == house.clock() + 5
    assert adjuster.expires_soon
    assert not by_role[Role.ADMINISTRATOR].expires_soon
    assert by_role[Role.INSTITUTION].scopes == "policies.*"
    assert by_role[Role.INSTITUTION].kind == "machine"
    table = reviews.as_csv(lines)
    assert "'=cmd()" in table
    assert len(table.splitlines()) == 4


def test_review__grant_used_long_ago__marked(house: House) -> None:
    house.person(Role.ADJUSTER)
    house.clock.now += 91 * DAY

    with house.desk.tenant_scope(house.tenant_id) as session:
        (line,) = reviews.review(session, house.desk, house.tenant_id, within_seconds=0)

    assert line.unused
