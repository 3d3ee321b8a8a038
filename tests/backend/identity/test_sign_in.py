"""Signing in by password, delays, pending sessions, stepping up, ends of sessions."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

import pytest
from argon2 import PasswordHasher as Argon2Hasher
from sqlalchemy import event, text

from backend.access.principal import Principal, PrincipalKind
from backend.access.roles import Role
from backend.database import Database
from backend.identity.attempts import service as attempts
from backend.identity.people import service as people
from backend.identity.sessions import service as sessions
from backend.identity.sessions.service import Ended, Opened
from backend.identity.sign_in import service as sign_in
from backend.identity.sign_in.service import CodeShown
from backend.problems import Problem
from tests.backend.identity.house import CLIENT, PASSWORD, House, make_house

STRANGER = "198.51.100.9"


def refusal(house: House, email: str, password: str, client: str = CLIENT) -> Problem:
    with pytest.raises(Problem) as caught:
        sign_in.by_password(house.desk, house.slug, email, password, client=client)
    return caught.value


def alert_kinds(house: House) -> list[str]:
    with house.desk.tenant_scope(house.tenant_id) as session:
        return [alert.kind for alert in attempts.alerts(session, house.tenant_id, since=0)]


def test_by_password__right__open_session(house: House) -> None:
    person_id = house.person(Role.POLICYHOLDER, email="ada@example.org")

    opened = sign_in.by_password(house.desk, "acme", " ADA@example.org", PASSWORD, client=CLIENT)

    assert opened.visit.person_id == person_id
    assert not opened.visit.pending
    assert opened.visit.strong_at is None
    assert (opened.visit.idle_seconds, opened.visit.expires_at) == (900, house.clock() + 28_800)


def test_by_password__staff__shorter_session(house: House) -> None:
    visit = house.sign_in(house.person(Role.ADJUSTER)).visit

    assert (visit.idle_seconds, visit.expires_at) == (600, house.clock() + 14_400)


def test_by_password__unknown_name_and_wrong_password__same_words_same_work(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    house.person(Role.POLICYHOLDER, email="ada@example.org")
    house.person(Role.POLICYHOLDER, email="nopassword@example.org", password=None)
    gone = house.person(Role.POLICYHOLDER, email="gone@example.org")
    with house.desk.tenant_scope(house.tenant_id) as session:
        people.disable(session, house.tenant_id, gone, now=house.clock())
    worked: list[str] = []
    real = Argon2Hasher.verify
    monkeypatch.setattr(
        Argon2Hasher, "verify", lambda self, kept, shown: worked.append(kept[:30]) or real(self, kept, shown)
    )

    names = ("ada@example.org", "nobody@example.org", "nopassword@example.org", "gone@example.org", "no address")
    refusals = [refusal(house, name, PASSWORD if "gone" in name else "wrong wrong wrong") for name in names]

    assert {(r.code, r.status, r.detail) for r in refusals} == {("sign_in_refused", 401, refusals[0].detail)}
    assert len(worked) == len(names)
    assert len(set(worked)) == 1


def test_by_password__whoever_it_is__the_database_is_asked_the_same(house: House, database: Database) -> None:
    house.person(Role.POLICYHOLDER, email="ada@example.org")
    house.person(Role.POLICYHOLDER, email="nopassword@example.org", password=None)
    gone = house.person(Role.POLICYHOLDER, email="gone@example.org")
    with house.desk.tenant_scope(house.tenant_id) as session:
        people.disable(session, house.tenant_id, gone, now=house.clock())
    asked: dict[str, list[str]] = {}

    for name in ("ada", "nobody", "nopassword", "gone"):
        said = asked.setdefault(name, [])

        def listen(_c: Any, _u: Any, statement: str, *_: Any, said: list[str] = said) -> None:
            said.append(statement)

        event.listen(database.engine, "before_cursor_execute", listen)
        refusal(house, f"{name}@example.org", "wrong wrong wrong", client=f"198.51.100.{len(asked)}")
        event.remove(database.engine, "before_cursor_execute", listen)

    assert len(asked["ada"]) > 4
    assert all(said == asked["ada"] for said in asked.values())


def test_by_password__failures_of_one_address__delays_grow_alike_for_names_that_do_not_exist(house: House) -> None:
    house.person(Role.POLICYHOLDER, email="ada@example.org")
    waits: dict[str, list[int]] = {}

    for name in ("ada@example.org", "nobody@example.org"):
        seen = waits.setdefault(name, [])
        for _ in range(8):
            found = refusal(house, name, "wrong wrong wrong")
            while found.code == "too_many_attempts":
                seen.append(found.values["retry_after_seconds"])
                house.clock.now += found.values["retry_after_seconds"]
                found = refusal(house, name, "wrong wrong wrong")

    assert waits["ada@example.org"] == waits["nobody@example.org"] == [1, 2, 4]


def test_by_password__while_delayed__right_password_is_not_even_looked_at(house: House) -> None:
    person_id = house.person(Role.POLICYHOLDER, email="ada@example.org")
    for _ in range(5):
        refusal(house, "ada@example.org", "wrong wrong wrong")

    assert refusal(house, "ada@example.org", PASSWORD).code == "too_many_attempts"
    house.clock.now += 1
    assert house.sign_in(person_id).visit.person_id == person_id


def test_by_password__strangers_from_many_addresses__person_gets_in_from_where_it_was(house: House) -> None:
    person_id = house.person(Role.POLICYHOLDER, email="ada@example.org")
    house.sign_in(person_id)
    for number in range(40):
        refusal(house, "ada@example.org", "wrong wrong wrong", client=f"198.51.100.{number}")

    assert refusal(house, "ada@example.org", PASSWORD, client="203.0.113.1").code == "too_many_attempts"
    assert house.sign_in(person_id).visit.person_id == person_id
    house.clock.now += 121
    assert house.sign_in(person_id, client="203.0.113.1").visit.person_id == person_id
    assert "attempts_account" in alert_kinds(house)


def test_by_password__one_address_tries_many_names__delayed_and_told(house: House) -> None:
    codes = [refusal(house, f"name{n}@example.org", "wrong wrong wrong", client=STRANGER).code for n in range(40)]

    assert codes[:30] == ["sign_in_refused"] * 30
    assert set(codes[30:]) == {"too_many_attempts"}
    house.clock.now += 1
    assert refusal(house, "name99@example.org", "wrong wrong wrong", client=STRANGER).code == "sign_in_refused"
    assert alert_kinds(house) == ["attempts_address"]


def test_by_password__twenty_guesses_at_once__only_the_free_ones_are_looked_at(house: House) -> None:
    house.person(Role.POLICYHOLDER, email="ada@example.org")
    codes: list[str] = []
    threads = [
        threading.Thread(target=lambda: codes.append(refusal(house, "ada@example.org", "wrong wrong wrong").code))
        for _ in range(20)
    ]

    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(codes) == ["sign_in_refused"] * 5 + ["too_many_attempts"] * 15


def test_by_password__other_insurers_person__refused(house: House) -> None:
    other = make_house_beside(house)
    other.person(Role.POLICYHOLDER, email="ada@example.org")

    assert refusal(house, "ada@example.org", PASSWORD).code == "sign_in_refused"
    assert refusal(house, "ada@example.org", PASSWORD).detail == refusal(house, "x@example.org", PASSWORD).detail


def make_house_beside(house: House) -> House:
    database = house.desk.scope.__self__  # type: ignore[attr-defined]  # the bound database of the fixture
    other = make_house(database, slug="other")
    other.clock.now = house.clock.now
    return other


def test_by_password__unknown_insurer__says_so(house: House) -> None:
    with pytest.raises(Problem, match="nowhere") as caught:
        sign_in.by_password(house.desk, "nowhere", "ada@example.org", PASSWORD, client=CLIENT)

    assert caught.value.code == "tenant_unknown"


def test_by_password__person_has_an_app__pending_until_the_code_is_shown(house: House) -> None:
    person_id = house.person(Role.ADJUSTER)
    app, _codes = house.app_of(person_id)
    opened = house.sign_in(person_id)

    stronger = sign_in.step_up(house.desk, opened.visit, opened.token, CodeShown(app.at(house.clock())))

    assert opened.visit.pending
    assert opened.visit.expires_at == house.clock() + 300
    assert not stronger.visit.pending
    assert stronger.visit.strong_at == house.clock()
    assert stronger.visit.expires_at == opened.visit.created_at + 14_400
    with house.desk.tenant_scope(house.tenant_id) as session:
        assert sessions.find(session, stronger.token, now=house.clock()).session_id == opened.visit.session_id
        with pytest.raises(Problem, match="over"):
            sessions.find(session, opened.token, now=house.clock())


def test_step_up__code_twice__second_time_refused(house: House) -> None:
    person_id = house.person(Role.ADJUSTER)
    app, _codes = house.app_of(person_id)
    first, second = house.sign_in(person_id), house.sign_in(person_id)
    code = app.at(house.clock())
    sign_in.step_up(house.desk, first.visit, first.token, CodeShown(code))

    with pytest.raises(Problem) as caught:
        sign_in.step_up(house.desk, second.visit, second.token, CodeShown(code))

    assert caught.value.code == "second_factor_refused"


@pytest.mark.parametrize(("steps", "taken"), [(-2, False), (-1, True), (0, True), (1, True), (2, False)])
def test_step_up__clock_of_the_device_is_off__one_step_is_taken(house: House, steps: int, taken: bool) -> None:
    person_id = house.person(Role.ADJUSTER)
    app, _codes = house.app_of(person_id)
    opened = house.sign_in(person_id)
    shown = CodeShown(app.at(house.clock() + 30 * steps))

    if taken:
        assert sign_in.step_up(house.desk, opened.visit, opened.token, shown).visit.strong_at == house.clock()
    else:
        with pytest.raises(Problem, match="not taken"):
            sign_in.step_up(house.desk, opened.visit, opened.token, shown)


def test_step_up__guessing_codes__delayed(house: House) -> None:
    person_id = house.person(Role.ADJUSTER)
    app, _codes = house.app_of(person_id)
    opened = house.sign_in(person_id)
    wrong = CodeShown("000000" if app.at(house.clock()) != "000000" else "000001")
    for _ in range(5):
        with pytest.raises(Problem):
            sign_in.step_up(house.desk, opened.visit, opened.token, wrong)

    with pytest.raises(Problem) as caught:
        sign_in.step_up(house.desk, opened.visit, opened.token, CodeShown(app.at(house.clock())))

    assert caught.value.code == "too_many_attempts"


def test_step_up__recovery_code__once_and_told(house: House) -> None:
    person_id = house.person(Role.ADJUSTER)
    _app, codes = house.app_of(person_id)
    first = house.sign_in(person_id)

    sign_in.step_up(house.desk, first.visit, first.token, CodeShown(codes[0].upper(), recovery=True))

    second = house.sign_in(person_id)
    with pytest.raises(Problem, match="not taken"):
        sign_in.step_up(house.desk, second.visit, second.token, CodeShown(codes[0], recovery=True))
    assert len(set(codes)) == 10
    assert "recovery_code_used" in alert_kinds(house)


def test_step_up__same_token_twice_at_once__one_of_them(house: House) -> None:
    person_id = house.person(Role.ADJUSTER)
    _app, codes = house.app_of(person_id)
    opened = house.sign_in(person_id)

    outcomes = at_once(
        [partial(step_up, house, opened, CodeShown(code, recovery=True)) for code in codes[:3]]
    )  # fmt: skip

    assert outcomes == ["opened", "session_expired", "session_expired"]


@pytest.mark.parametrize("recovery", [False, True])
def test_step_up__same_code_in_several_sessions_at_once__one_of_them(house: House, recovery: bool) -> None:
    person_id = house.person(Role.ADJUSTER)
    app, codes = house.app_of(person_id)
    opened = [house.sign_in(person_id) for _ in range(4)]
    shown = CodeShown(codes[0], recovery=True) if recovery else CodeShown(app.at(house.clock()))

    outcomes = at_once([partial(step_up, house, each, shown) for each in opened])

    assert outcomes == ["opened"] + ["second_factor_refused"] * 3


def step_up(house: House, opened: Opened, shown: CodeShown) -> str:
    """What becomes of it, in a word."""
    try:
        sign_in.step_up(house.desk, opened.visit, opened.token, shown)
    except Problem as problem:
        return problem.code
    return "opened"


def at_once(acts: Sequence[Callable[[], str]]) -> list[str]:
    """What acts begun in the same moment give, sorted."""
    start = threading.Barrier(len(acts))

    def run(act: Callable[[], str]) -> str:
        start.wait(10)
        return act()

    with ThreadPoolExecutor(len(acts)) as pool:
        return sorted(pool.map(run, acts))


def test_find__idle_or_too_long_or_ended__over(house: House) -> None:
    person_id = house.person(Role.POLICYHOLDER)
    opened = house.sign_in(person_id)
    start = house.clock()

    def holds(token: str) -> bool:
        with house.desk.tenant_scope(house.tenant_id) as session:
            try:
                sessions.see(session, sessions.find(session, token, now=house.clock()), now=house.clock())
            except Problem as problem:
                assert problem.code == "session_expired"  # noqa: PT017  # both ways out are wanted
                return False
            return True

    house.clock.now = start + 900
    assert holds(opened.token)
    house.clock.now = start + 1_801
    assert not holds(opened.token)
    again = house.sign_in(person_id)
    begun = house.clock()
    for moment in range(begun, begun + 28_800, 600):
        house.clock.now = moment
        assert holds(again.token)
    house.clock.now = begun + 28_800
    assert not holds(again.token)


def test_end__anothers_session__unknown(house: House) -> None:
    mine, other = house.person(Role.POLICYHOLDER), house.person(Role.POLICYHOLDER)
    opened = house.sign_in(other)

    with house.desk.tenant_scope(house.tenant_id) as session, pytest.raises(Problem) as caught:
        sessions.end(session, house.tenant_id, mine, opened.visit.session_id, Ended.REVOKED, now=house.clock())

    assert caught.value.code == "session_unknown"


def test_end_all__two_sessions__both_over(house: House) -> None:
    person_id = house.person(Role.POLICYHOLDER)
    tokens = [house.sign_in(person_id).token for _ in range(2)]

    with house.desk.tenant_scope(house.tenant_id) as session:
        assert len(sessions.of_person(session, house.tenant_id, person_id, now=house.clock())) == 2
        ended = sessions.end_all(session, house.tenant_id, person_id, Ended.SIGNED_OUT, now=house.clock())
        assert ended == 2
        assert sessions.of_person(session, house.tenant_id, person_id, now=house.clock()) == []
        for token in tokens:
            with pytest.raises(Problem, match="over"):
                sessions.find(session, token, now=house.clock())


def test_sessions__in_the_database__tokens_are_not(house: House) -> None:
    opened = house.sign_in(house.person(Role.POLICYHOLDER))

    with house.desk.tenant_scope(house.tenant_id) as session:
        dump = " ".join(session.execute(text("SELECT s::text FROM sessions s")).scalars())
    assert str(opened.visit.session_id) in dump
    assert opened.token not in dump
    assert opened.token.encode().hex() not in dump


def test_sessions__another_person_or_insurer_asks_the_database__sees_none(house: House) -> None:
    mine, other = house.person(Role.POLICYHOLDER), house.person(Role.ADJUSTER)
    house.sign_in(mine)
    asking = [
        Principal(PrincipalKind.PERSON, other, house.tenant_id, frozenset({Role.ADMINISTRATOR})),
        Principal(PrincipalKind.PERSON, mine, make_house_beside(house).tenant_id, frozenset({Role.POLICYHOLDER})),
        Principal.anonymous(),
    ]

    for table in ("sessions", "passwords", "identity_tickets"):
        for principal in asking:
            with house.desk.scope(principal) as session:
                count = session.scalar(text(f"SELECT count(*) FROM {table} WHERE person_id = :mine"), {"mine": mine})
                assert count == 0, (table, principal)
