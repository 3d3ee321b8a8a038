"""Which passwords are taken, how they are kept, and how they change."""

from __future__ import annotations

import pytest
from argon2 import extract_parameters
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from backend.access.roles import Role
from backend.identity.passwords import service as passwords
from backend.identity.passwords.hashing import PasswordHasher, Profile
from backend.identity.passwords.rules import PasswordUnfit, check, is_common
from backend.identity.sessions import service as sessions
from backend.problems import Problem
from tests.backend.identity.house import HASHER, PASSWORD, House


@pytest.mark.parametrize(
    "password",
    [
        "password1234", "P@ssw0rd2024!", "qwertyuiop123", "123456789012", "iloveyou1234", "aaaaaaaaaaaa",
        "abcabcabcabc", "Summer2024!!!", "1q2w3e4r5t6y", "michael12345", "changeme1234", "woaini1314520",
        "letmein12345", "correcthorsebatterystaple", "administrator", "dragonmonkey99", "zaq1xsw2cde3",
        "1qaz2wsx3edc", "Liverpool2024", "passwordpassword", "Quittance2026", "january14011990",
    ],
)  # fmt: skip
def test_is_common__what_guessers_try_first__common(password: str) -> None:
    assert is_common(password)


@pytest.mark.parametrize(
    "password",
    [
        "orbit kayak plinth seven", "Xk9#mQ2vLp0w", "tangible-umbrella-42", "der Apfelkuchen schmeckt",
        "雨后的小巷很安静的一天", "q7Gz81vN3k5D", "847261950372", "wet gravel under lanterns",
    ],
)  # fmt: skip
def test_is_common__of_ones_own__not_common(password: str) -> None:
    assert not is_common(password)


def test_check__made_of_the_persons_own_words__refused() -> None:
    about = ("grace.hopperfield@example.org", "Grace Hopperfield", "Meridian Mutual")

    with pytest.raises(PasswordUnfit, match="guessed first"):
        check("HopperfieldGrace1", about)
    with pytest.raises(PasswordUnfit, match="guessed first"):
        check("Meridian-2026!", about)
    assert check("HopperfieldGrace1") == "HopperfieldGrace1"


@pytest.mark.parametrize(("length", "word"), [(11, "at least 12"), (129, "at most 128")])
def test_check__too_short_or_too_long__says_the_limit(length: int, word: str) -> None:
    with pytest.raises(PasswordUnfit, match=word):
        check(("kx7vqj" * 30)[:length])


@pytest.mark.parametrize("length", [12, 128])
def test_check__at_the_limits__taken(length: int) -> None:
    letters = "kvxqjzwyphgtrdmscnblfaeiou"
    password = "".join(letters[(i * i + 3 * i) % 26] for i in range(length))

    assert check(password) == password


@settings(max_examples=100, deadline=None)
@given(st.text(min_size=1, max_size=140))
def test_check__any_text__taken_whole_or_refused_without_repeating_it(password: str) -> None:
    try:
        taken = check(password)
    except PasswordUnfit as refused:
        taken, said = "", str(refused)
    else:
        said = ""

    assert 12 <= len(taken) <= 128 or (len(password) < 12 or password not in said)


def test_hash__rfc_9106__parameters_as_named() -> None:
    parameters = extract_parameters(PasswordHasher(Profile.RFC_9106_LOW_MEMORY).hash(PASSWORD))

    assert (parameters.memory_cost, parameters.time_cost, parameters.parallelism) == (65_536, 3, 4)
    assert (parameters.hash_len, parameters.salt_len, parameters.type.name) == (32, 16, "ID")


def test_matches__nobody__works_and_never_matches(monkeypatch: pytest.MonkeyPatch) -> None:
    verified: list[str] = []
    real = HASHER._hasher.verify
    monkeypatch.setattr(
        type(HASHER._hasher), "verify", lambda _self, kept, shown: verified.append(kept) or real(kept, shown)
    )  # fmt: skip

    assert not HASHER.matches(None, PASSWORD)
    assert not HASHER.matches(HASHER.hash("another one of mine"), PASSWORD)

    costs = [extract_parameters(hashed) for hashed in verified]
    assert len(costs) == 2
    assert costs[0] == costs[1]


def test_sign_in__hash_of_an_older_cost__made_anew(house: House) -> None:
    person_id = house.person(Role.POLICYHOLDER)
    old = PasswordHasher(Profile.RFC_9106_LOW_MEMORY).hash(PASSWORD)
    with house.desk.tenant_scope(house.tenant_id) as session:
        session.execute(text("UPDATE passwords SET hashed = :old"), {"old": old})

    house.sign_in(person_id)

    with house.desk.tenant_scope(house.tenant_id) as session:
        kept = passwords.stored_hash(session, house.tenant_id, person_id)
    assert kept is not None
    assert kept != old
    assert extract_parameters(kept).memory_cost == 19_456
    assert house.sign_in(person_id).visit.person_id == person_id


def test_set_by_token__twice__second_time_refused(house: House) -> None:
    person_id = house.person()
    with house.desk.tenant_scope(house.tenant_id) as session:
        token = passwords.make_reset(session, house.desk, house.tenant_id, person_id)
    passwords.set_by_token(house.desk, house.tenant_id, token, "wet gravel under lanterns")

    with pytest.raises(Problem) as refused:
        passwords.set_by_token(house.desk, house.tenant_id, token, "tangible umbrella forty")

    assert refused.value.code == "ticket_invalid"
    assert house.sign_in(person_id, password="wet gravel under lanterns").visit.person_id == person_id


def test_set_by_token__unfit_password__token_stays_good(house: House) -> None:
    person_id = house.person(password=None)
    with house.desk.tenant_scope(house.tenant_id) as session:
        token = passwords.make_invitation(session, house.desk, house.tenant_id, person_id)

    with pytest.raises(Problem) as refused:
        passwords.set_by_token(house.desk, house.tenant_id, token, "password1234")

    assert refused.value.code == "password_unfit"
    passwords.set_by_token(house.desk, house.tenant_id, token, PASSWORD)


def test_set_by_token__too_old_or_replaced__refused(house: House) -> None:
    person_id = house.person(password=None)
    with house.desk.tenant_scope(house.tenant_id) as session:
        first = passwords.make_reset(session, house.desk, house.tenant_id, person_id)
        second = passwords.make_reset(session, house.desk, house.tenant_id, person_id)
    house.clock.now += house.desk.rules.reset_seconds

    for token in (first, second, "qt_nonsense", ""):
        with pytest.raises(Problem, match="Ask for a new one"):
            passwords.set_by_token(house.desk, house.tenant_id, token, PASSWORD)


def test_make_reset__stranger_asked_for_it__the_invitation_stays_good_until_either_is_used(house: House) -> None:
    invited, asked_twice = house.person(password=None), house.person(password=None)
    with house.desk.tenant_scope(house.tenant_id) as session:
        invitation = passwords.make_invitation(session, house.desk, house.tenant_id, invited)
        passwords.make_reset(session, house.desk, house.tenant_id, invited)
        reset = passwords.make_reset(session, house.desk, house.tenant_id, invited)
        replaced = passwords.make_reset(session, house.desk, house.tenant_id, asked_twice)
        passwords.make_reset(session, house.desk, house.tenant_id, asked_twice)

    passwords.set_by_token(house.desk, house.tenant_id, invitation, PASSWORD)

    for token in (reset, replaced):
        with pytest.raises(Problem, match="Ask for a new one"):
            passwords.set_by_token(house.desk, house.tenant_id, token, "wet gravel under lanterns")
    assert house.sign_in(invited).visit.person_id == invited


def test_set_by_token__while_signed_in__every_session_ends(house: House) -> None:
    person_id = house.person()
    opened = house.sign_in(person_id)
    with house.desk.tenant_scope(house.tenant_id) as session:
        token = passwords.make_reset(session, house.desk, house.tenant_id, person_id)

    passwords.set_by_token(house.desk, house.tenant_id, token, "wet gravel under lanterns")

    with house.desk.tenant_scope(house.tenant_id) as session, pytest.raises(Problem, match="over"):
        sessions.find(session, opened.token, now=house.clock())


def test_change__while_signed_in_twice__only_this_session_stays(house: House) -> None:
    person_id = house.person()
    mine, other = house.sign_in(person_id), house.sign_in(person_id)

    with house.desk.tenant_scope(house.tenant_id) as session:
        passwords.change(
            session, house.desk, house.tenant_id, person_id, "wet gravel under lanterns", but=mine.visit.session_id
        )

    with house.desk.tenant_scope(house.tenant_id) as session:
        assert sessions.find(session, mine.token, now=house.clock()).session_id == mine.visit.session_id
        with pytest.raises(Problem, match="over"):
            sessions.find(session, other.token, now=house.clock())


def test_passwords__in_the_database__only_hashes_and_sealed_values(house: House) -> None:
    house.person(email="grace.hopperfield@example.org")

    with house.desk.tenant_scope(house.tenant_id) as session:
        rows = session.execute(text("SELECT p::text FROM people p UNION ALL SELECT w::text FROM passwords w")).scalars()
        dump = " ".join(rows)
    assert "$argon2id$v=19$m=19456" in dump
    for secret in (b"hopperfield", b"grace", b"Ada", PASSWORD.encode()):
        assert secret.decode() not in dump
        assert secret.hex() not in dump
