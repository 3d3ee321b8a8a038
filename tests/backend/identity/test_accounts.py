"""Accounts as a whole: shut out with all that was opened, recovered without a role that takes two to give."""

from __future__ import annotations

import threading
import time
import uuid
from collections.abc import Callable
from typing import Any

import pyotp
import pytest
from sqlalchemy import text

from backend.access.principal import Principal, PrincipalKind
from backend.access.roles import Role
from backend.identity import accounts
from backend.identity.api_keys import service as api_keys
from backend.identity.api_keys.service import Made, Wanted
from backend.identity.grants import service as grants
from backend.identity.grants.repository import Grant
from backend.identity.passkeys import repository as passkeys
from backend.identity.passkeys.repository import Passkey
from backend.identity.passwords import service as passwords
from backend.identity.people import service as people
from backend.identity.sessions import service as sessions
from backend.identity.sessions.service import Opened
from backend.identity.sign_in import service as sign_in
from backend.identity.totp import service as totp
from backend.identity.wallets import service as wallets
from backend.identity.wallets.repository import Wallet
from backend.problems import Problem
from tests.backend.identity.house import CLIENT, NOW, PASSWORD, House
from tests.backend.identity.test_identity_api import Page, code_of, page
from tests.backend.identity.test_wallets import KEY, OTHER, link, message, nonce_for, signed

__all__ = ["page"]
WANTED = Wanted("till", frozenset({Role.INSTITUTION}), frozenset({"quotes.make"}), NOW + 9_000)


def administrator(house: House, person_id: uuid.UUID) -> Principal:
    return Principal(
        PrincipalKind.PERSON, person_id, house.tenant_id, frozenset({Role.ADMINISTRATOR}), strong_at=house.clock()
    )  # fmt: skip


def operator(house: House) -> Principal:
    return Principal.worker(house.tenant_id)


def recover(house: House, by: Principal, person_id: uuid.UUID) -> None:
    with house.desk.tenant_scope(house.tenant_id) as session:
        accounts.recover(session, house.desk, by, person_id)


def disable(house: House, by: Principal, person_id: uuid.UUID) -> None:
    with house.desk.tenant_scope(house.tenant_id) as session:
        accounts.disable(session, house.desk, by, person_id)


def key_of(house: House, by: uuid.UUID | None) -> Made:
    with house.desk.tenant_scope(house.tenant_id) as session:
        return api_keys.make(session, house.tenant_id, WANTED, by=by, now=house.clock())


def counts(house: House, made: Made) -> bool:
    with house.desk.tenant_scope(house.tenant_id) as session:
        try:
            return api_keys.find(session, made.text, now=house.clock()).key_id == made.key.key_id
        except Problem:
            return False


def roles(house: House, person_id: uuid.UUID) -> set[Role]:
    with house.desk.tenant_scope(house.tenant_id) as session:
        return set(grants.roles_of(session, house.tenant_id, person_id, now=house.clock()))


def waiting(house: House, person_id: uuid.UUID) -> list[Grant]:
    with house.desk.tenant_scope(house.tenant_id) as session:
        found = grants.of_person(session, house.tenant_id, person_id)
    return [grant for grant in found if grant.approved_at is None and grant.revoked_at is None]


def while_uncommitted(house: House, by: Principal, person_id: uuid.UUID, act: Callable[[], Any]) -> Any:
    """What `act` gives, begun in another thread after a person was shut out and before that was committed."""
    found: list[Any] = []

    def run() -> None:
        try:
            found.append(act())
        except Problem as problem:
            found.append(problem.code)

    thread = threading.Thread(target=run)
    with house.desk.tenant_scope(house.tenant_id) as session:
        accounts.disable(session, house.desk, by, person_id)
        thread.start()
        until = time.monotonic() + 10
        while time.monotonic() < until and not found and not _somebody_waits(house):
            time.sleep(0.02)
    thread.join(20)
    return found[0]


def _somebody_waits(house: House) -> bool:
    with house.desk.every_tenant() as session:
        return bool(session.scalar(text("SELECT count(*) FROM pg_locks WHERE NOT granted")))


def test_recover__treasurer_by_one_of_several_administrators__role_waits_for_a_second(house: House) -> None:
    first, second = house.person(Role.ADMINISTRATOR), house.person(Role.ADMINISTRATOR)
    ada = house.person(Role.TREASURER, Role.ADJUSTER)

    recover(house, administrator(house, first), ada)

    assert roles(house, ada) == {Role.ADJUSTER}
    (grant,) = waiting(house, ada)
    with house.desk.tenant_scope(house.tenant_id) as session, pytest.raises(Problem, match="Another administrator"):
        grants.approve(session, house.tenant_id, grant.grant_id, by=first, now=house.clock())
    with house.desk.tenant_scope(house.tenant_id) as session:
        grants.approve(session, house.tenant_id, grant.grant_id, by=second, now=house.clock())
    assert roles(house, ada) == {Role.ADJUSTER, Role.TREASURER}


def test_recover__link_not_used_yet__the_password_before_lets_nobody_in(house: House) -> None:
    boss, ada = house.person(Role.ADMINISTRATOR), house.person(Role.ADJUSTER)
    house.app_of(ada)
    assert house.sign_in(ada).visit.pending
    with house.desk.tenant_scope(house.tenant_id) as session:
        mailed = passwords.make_reset(session, house.desk, house.tenant_id, ada)

    recover(house, administrator(house, boss), ada)

    with pytest.raises(Problem) as caught:
        house.sign_in(ada)
    assert caught.value.code == "sign_in_refused"
    with pytest.raises(Problem, match="Ask for a new one"):
        passwords.set_by_token(house.desk, house.tenant_id, mailed, PASSWORD)


def test_recover__has_a_wallet__lets_in_once_the_link_is_used_and_not_before(house: House) -> None:
    boss, ada = house.person(Role.ADMINISTRATOR), house.person(Role.POLICYHOLDER)
    link(house, ada)
    with house.desk.tenant_scope(house.tenant_id) as session:
        invited = accounts.recover(session, house.desk, administrator(house, boss), ada)
    made = message(house, nonce_for(house, None)).text()

    with pytest.raises(Problem) as caught:
        sign_in.by_wallet(house.desk, house.slug, made, signed(made), client=CLIENT)
    passwords.set_by_token(house.desk, house.tenant_id, invited.token, PASSWORD)
    again = message(house, nonce_for(house, None)).text()

    assert caught.value.code == "sign_in_refused"
    assert sign_in.by_wallet(house.desk, house.slug, again, signed(again), client=CLIENT).visit.person_id == ada
    assert house.sign_in(ada).visit.person_id == ada


def by_wallet(house: House) -> Opened:
    made = message(house, nonce_for(house, None)).text()
    return sign_in.by_wallet(house.desk, house.slug, made, signed(made), client=CLIENT)


def test_recover__second_factors_taken_away__a_wallet_alone_lets_in_only_after_another_was_shown(house: House) -> None:
    boss, ada = house.person(Role.ADMINISTRATOR), house.person(Role.ADJUSTER)
    link(house, ada)
    house.app_of(ada)
    with house.desk.tenant_scope(house.tenant_id) as session:
        invited = accounts.recover(session, house.desk, administrator(house, boss), ada)
    passwords.set_by_token(house.desk, house.tenant_id, invited.token, PASSWORD)

    with pytest.raises(Problem) as alone:
        by_wallet(house)
    recover(house, administrator(house, boss), ada)
    with house.desk.tenant_scope(house.tenant_id) as session:
        token = passwords.make_invitation(session, house.desk, house.tenant_id, ada)
    passwords.set_by_token(house.desk, house.tenant_id, token, PASSWORD)
    with pytest.raises(Problem) as still:
        by_wallet(house)
    opened = house.sign_in(ada)
    app, _codes = house.app_of(ada)
    beside = by_wallet(house)
    sign_in.step_up(house.desk, opened.visit, opened.token, sign_in.CodeShown(app.at(house.clock())))
    with house.desk.tenant_scope(house.tenant_id) as session:
        totp.remove(session, house.tenant_id, ada)

    assert (alone.value.code, still.value.code) == ("sign_in_refused", "sign_in_refused")
    assert beside.visit.pending
    assert by_wallet(house).visit.person_id == ada


def test_recover__only_other_administrator__refused_and_nothing_changed(house: House) -> None:
    first, other = house.person(Role.ADMINISTRATOR), house.person(Role.ADMINISTRATOR)
    opened = house.sign_in(other)

    with pytest.raises(Problem, match="operator") as caught:
        recover(house, administrator(house, first), other)

    assert caught.value.code == "grant_refused"
    assert roles(house, other) == {Role.ADMINISTRATOR}
    with house.desk.tenant_scope(house.tenant_id) as session:
        assert sessions.find(session, opened.token, now=house.clock()).person_id == other


def test_recover__by_the_operator_or_where_one_administrator_may_give_the_role__roles_stay(house: House) -> None:
    only = house.person(Role.ADMINISTRATOR)
    treasurer = house.person(Role.TREASURER)

    recover(house, administrator(house, only), treasurer)
    house.person(Role.ADMINISTRATOR)
    house.person(Role.ADMINISTRATOR)
    recover(house, operator(house), treasurer)

    assert roles(house, treasurer) == {Role.TREASURER}
    assert waiting(house, treasurer) == []


def test_disable__made_keys_of_machines__they_end_and_others_stay(house: House) -> None:
    leaves, stays = house.person(Role.ADMINISTRATOR), house.person(Role.ADMINISTRATOR)
    theirs, rotated, anothers, operators = (key_of(house, by) for by in (leaves, leaves, stays, None))
    with house.desk.tenant_scope(house.tenant_id) as session:
        taken_over = api_keys.rotate(
            session, house.tenant_id, rotated.key.key_id, expires_at=NOW + 9_000, overlap_seconds=3_600, by=stays,
            now=house.clock(),
        )  # fmt: skip

    disable(house, administrator(house, stays), leaves)

    assert [counts(house, made) for made in (theirs, rotated)] == [False, False]
    assert [counts(house, made) for made in (taken_over, anothers, operators)] == [True, True, True]
    with house.desk.every_tenant() as session:
        query = "SELECT content->'facts'->>'api_keys' FROM audit_inbox WHERE content->>'operation' = 'people.disable'"
        told = session.scalar(text(query))
    assert told == "2"


def test_disable__has_a_wallet__signs_nobody_in_and_nobody_else_gets_it(house: House) -> None:
    boss, ada, other = house.person(Role.ADMINISTRATOR), house.person(Role.POLICYHOLDER), house.person()
    link(house, ada)
    disable(house, administrator(house, boss), ada)
    made = message(house, nonce_for(house, None)).text()

    with pytest.raises(Problem) as caught:
        sign_in.by_wallet(house.desk, house.slug, made, signed(made), client=CLIENT)

    assert caught.value.code == "sign_in_refused"
    with house.desk.tenant_scope(house.tenant_id) as session:
        assert wallets.person_of(session, house.tenant_id, KEY.address) == ada
        assert wallets.of_person(session, house.tenant_id, ada) == [Wallet(KEY.address, ada, house.clock())]
    with pytest.raises(Problem, match="somebody else"):
        link(house, other)
    link(house, other, OTHER)


def test_add__email_of_somebody_shut_out__says_so_and_is_free_once_the_account_is_erased(house: House) -> None:
    boss, ada = house.person(Role.ADMINISTRATOR), house.person(Role.ADJUSTER, email="ada@example.org")
    by = administrator(house, boss)
    disable(house, by, ada)

    with pytest.raises(Problem, match="shut out") as caught:
        house.person(email="ada@example.org")
    assert caught.value.code == "email_taken"
    with house.desk.scope(by) as session:
        accounts.erase(session, house.desk, by, ada)
    assert house.person(email="ada@example.org") != ada


def test_disable__signs_in_at_the_same_moment__no_session_is_left(house: House) -> None:
    boss, ada = house.person(Role.ADMINISTRATOR), house.person(Role.POLICYHOLDER)

    outcome = while_uncommitted(house, administrator(house, boss), ada, lambda: house.sign_in(ada))

    assert outcome == "sign_in_refused"
    with house.desk.tenant_scope(house.tenant_id) as session:
        assert not people.is_active(session, house.tenant_id, ada)
        assert sessions.of_person(session, house.tenant_id, ada, now=house.clock()) == []


def test_disable__makes_a_key_at_the_same_moment__no_key_is_left(page: Page) -> None:
    boss, leaves = page.house.person(Role.ADMINISTRATOR), page.house.person(Role.ADMINISTRATOR)
    bearer = page.bearer(leaves)
    body = {
        "label": "till", "roles": ["institution"], "scopes": ["quotes.make"], "expires_at": page.house.clock() + 9_000
    }  # fmt: skip

    answer = while_uncommitted(
        page.house, administrator(page.house, boss), leaves, lambda: page.post("/v1/api-keys", body, **bearer)
    )

    assert code_of(answer) == "session_expired"
    with page.house.desk.tenant_scope(page.house.tenant_id) as session:
        assert list(api_keys.page(session, page.house.tenant_id)) == []


def test_disable__gets_a_role_at_the_same_moment__has_none_when_let_in_again(page: Page) -> None:
    boss, second = page.house.person(Role.ADMINISTRATOR), page.house.person(Role.ADMINISTRATOR)
    ada, by = page.house.person(), administrator(page.house, boss)
    bearer, body = page.bearer(second), {"person_id": str(ada), "role": "adjuster"}

    answer = while_uncommitted(page.house, by, ada, lambda: page.post("/v1/grants", body, **bearer))
    with page.house.desk.tenant_scope(page.house.tenant_id) as session:
        accounts.enable(session, page.house.desk, by, ada)

    assert code_of(answer) == "person_unknown"
    assert roles(page.house, ada) == set()


def test_totp_confirm__begun_before_another_factor_was_there__needs_that_one(page: Page) -> None:
    ada = page.house.person(Role.POLICYHOLDER)
    stolen = {"Authorization": f"Bearer {page.sign_in(ada).json()['token']}"}
    secret = page.post("/v1/totp", **stolen).json()["secret"]
    with page.house.desk.tenant_scope(page.house.tenant_id) as session:
        passkey = Passkey(b"device", page.house.tenant_id, ada, b"key", 0, "Phone", False, page.house.clock())
        assert passkeys.add(session, passkey)

    refused = page.post("/v1/totp/confirmation", {"code": pyotp.TOTP(secret).at(page.house.clock())}, **stolen)

    assert code_of(refused) == "step_up_required"
    with page.house.desk.tenant_scope(page.house.tenant_id) as session:
        assert not totp.has_app(session, page.house.tenant_id, ada)
