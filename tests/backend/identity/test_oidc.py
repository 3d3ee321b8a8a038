"""Sign-in at the insurer's own provider: a real one, that sometimes lies."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from joserfc.jwk import ECKey, RSAKey

from backend.access.principal import Principal
from backend.access.roles import Role
from backend.identity import accounts
from backend.identity.events import SecurityEvent
from backend.identity.grants import service as grants
from backend.identity.oidc import repository
from backend.identity.oidc import service as oidc
from backend.identity.oidc.repository import Provider as Configured
from backend.identity.oidc.service import OidcConfigurationInvalid
from backend.identity.passwords import service as passwords
from backend.identity.people import service as people
from backend.identity.sessions.service import Opened
from backend.identity.sign_in import service as sign_in
from backend.problems import Problem
from tests.backend.identity.house import CLIENT, PASSWORD, House
from tests.backend.identity.openid_provider import CLIENT_ID, CLIENT_SECRET, Account, Provider, running_provider

GROUPS = {"claims-team": frozenset({Role.ADJUSTER}), "audit": frozenset({Role.AUDITOR})}


@pytest.fixture
def provider(house: House) -> Iterator[Provider]:
    with running_provider(house.clock) as found:
        configure(house, found)
        yield found


def configure(house: House, provider: Provider, *, trusts: bool = False, groups: Any = GROUPS) -> None:
    with house.desk.tenant_scope(house.tenant_id) as session:
        configured = Configured(house.tenant_id, provider.issuer, CLIENT_ID, None, "groups", trusts)
        oidc.configure(session, house.desk, configured, CLIENT_SECRET, groups)


def arrive(house: House, provider: Provider, account: Account | None = None) -> Opened:
    started = sign_in.oidc_start(house.desk, house.slug, client=CLIENT)
    state, code = provider.authorize(started.url, account or Account())
    return sign_in.by_oidc(house.desk, state, code, started.binding)


def roles(house: House, opened: Opened) -> frozenset[Role]:
    with house.desk.tenant_scope(house.tenant_id) as session:
        return grants.roles_of(session, house.tenant_id, opened.visit.person_id, now=house.clock())


def test_by_oidc__invited_person__session_and_roles_of_configured_groups_only(house: House, provider: Provider) -> None:
    person_id = house.person(email="ada@example.org", password=None)

    opened = arrive(house, provider, Account(groups=["claims-team", "administrator", "everybody"]))

    assert opened.visit.person_id == person_id
    assert opened.visit.strong_at is None
    assert roles(house, opened) == {Role.ADJUSTER}


def test_by_oidc__second_time__same_person_even_with_another_email(house: House, provider: Provider) -> None:
    person_id = house.person(email="ada@example.org", password=None)
    arrive(house, provider, Account(groups=["claims-team"]))

    opened = arrive(house, provider, Account(email="new@example.org", groups=["audit"]))

    assert opened.visit.person_id == person_id
    assert roles(house, opened) == {Role.AUDITOR}


@pytest.mark.parametrize(("trusts", "amr", "strong"), [(True, ["pwd", "otp"], True), (True, ["pwd"], False),
                                                       (False, ["mfa"], False)])  # fmt: skip
def test_by_oidc__second_factor_at_the_provider__counts_where_trusted(
    house: House, provider: Provider, trusts: bool, amr: list[str], strong: bool
) -> None:
    house.person(email="ada@example.org", password=None)
    configure(house, provider, trusts=trusts)

    opened = arrive(house, provider, Account(amr=amr))

    assert (opened.visit.strong_at is not None) == strong


@pytest.mark.parametrize(
    ("lies", "left_out", "ago"),
    [({}, (), 7_200), ({}, (), 0), ({}, ("auth_time",), None), ({"auth_time": "now"}, (), None),
     ({"auth_time": 1_999_999_999}, (), None), ({"auth_time": True}, (), None)],
)  # fmt: skip
def test_by_oidc__second_factor_shown_there_a_while_ago__is_as_old_here(
    house: House, provider: Provider, lies: dict[str, Any], left_out: tuple[str, ...], ago: int | None
) -> None:
    house.person(email="ada@example.org", password=None)
    configure(house, provider, trusts=True)
    provider.lies, provider.left_out = lies, set(left_out)

    opened = arrive(house, provider, Account(amr=["mfa"], signed_in_ago=ago or 0))

    assert opened.visit.strong_at == (None if ago is None else house.clock() - ago)


@pytest.mark.parametrize("trusts", [False, True])
def test_oidc_start__second_factor_is_trusted__no_older_one_is_asked_for(
    house: House, provider: Provider, trusts: bool
) -> None:
    configure(house, provider, trusts=trusts)

    url = sign_in.oidc_start(house.desk, house.slug, client=CLIENT).url

    assert parse_qs(urlsplit(url).query).get("max_age") == (["300"] if trusts else None)


def test_by_oidc__person_has_an_app__pending(house: House, provider: Provider) -> None:
    house.app_of(house.person(email="ada@example.org"))

    assert arrive(house, provider).visit.pending


@pytest.mark.parametrize(
    ("lies", "left_out"),
    [
        ({"aud": "somebody-else"}, ()),
        ({"aud": [CLIENT_ID, "other"]}, ()),
        ({"aud": [CLIENT_ID, "other"], "azp": "other"}, ()),
        ({"iss": "https://evil.example"}, ()),
        ({"nonce": "another"}, ()),
        ({"exp": 1_700_000_000}, ()),
        ({"iat": 1_999_999_999}, ()),
        ({"exp": "tomorrow"}, ()),
        ({}, ("nonce",)),
        ({}, ("exp",)),
        ({}, ("sub",)),
        ({}, ("aud",)),
    ],
)
def test_by_oidc__token_that_is_not_for_us_now__refused(
    house: House, provider: Provider, lies: dict[str, Any], left_out: tuple[str, ...]
) -> None:
    house.person(email="ada@example.org", password=None)
    provider.lies, provider.left_out = lies, set(left_out)

    with pytest.raises(Problem) as caught:
        arrive(house, provider)

    assert caught.value.code == "oidc_refused"
    provider.lies, provider.left_out = {}, set()
    assert arrive(house, provider).visit.method == "oidc"


@pytest.mark.parametrize("fault", ["none", "shared secret", "other key", "unknown kid", "no token",
                                   "header no JWS has"])  # fmt: skip
def test_by_oidc__signature_that_does_not_hold__refused(house: House, provider: Provider, fault: str) -> None:
    house.person(email="ada@example.org", password=None)
    provider.fault = fault

    with pytest.raises(Problem) as caught:
        arrive(house, provider)

    assert caught.value.code == "oidc_refused"


@pytest.mark.parametrize("fault", ["issuer", "plain", "keys"])
def test_oidc_start__provider_not_as_it_should_be__unavailable(house: House, provider: Provider, fault: str) -> None:
    provider.fault = fault

    with pytest.raises(Problem) as caught:
        sign_in.oidc_start(house.desk, house.slug, client=CLIENT)

    assert caught.value.code == "oidc_unavailable"


@pytest.mark.parametrize("kind", [RSAKey, ECKey])
def test_by_oidc__provider_changed_its_key__read_anew(house: House, provider: Provider, kind: Any) -> None:
    house.person(email="ada@example.org", password=None)
    arrive(house, provider)
    house.clock.now += 10

    provider.key = kind.generate_key(2048 if kind is RSAKey else "P-256", {"kid": "second"})

    assert arrive(house, provider).visit.method == "oidc"
    assert provider.asked.count("/jwks") == 2


@pytest.mark.parametrize(
    "account",
    [
        Account(email="nobody@example.org"),
        Account(email_verified=False),
        Account(email_verified="true"),
        Account(email=""),
    ],
)
def test_by_oidc__nobody_invited_or_email_not_verified__refused(
    house: House, provider: Provider, account: Account
) -> None:
    house.person(email="ada@example.org", password=None)

    with pytest.raises(Problem, match="invite you first"):
        arrive(house, provider, account)


def test_by_oidc__another_subject_with_the_same_email__refused(house: House, provider: Provider) -> None:
    house.person(email="ada@example.org", password=None)
    arrive(house, provider)

    with pytest.raises(Problem, match="invite you first"):
        arrive(house, provider, Account(subject="subject-2"))


def test_by_oidc__two_subjects_with_one_email_at_once__one_of_them_and_its_person_is_told(
    house: House, provider: Provider
) -> None:
    person_id = house.person(email="ada@example.org", password=None)
    told: list[SecurityEvent] = []
    house.desk = replace(house.desk, tell=lambda _session, _tenant, _person, event: told.append(event))
    begun = [sign_in.oidc_start(house.desk, house.slug, client=CLIENT) for _ in range(4)]
    back = [provider.authorize(each.url, Account(subject=f"subject-{n}")) for n, each in enumerate(begun)]
    start = threading.Barrier(4)

    def finish(number: int) -> str:
        start.wait(10)
        try:
            opened = sign_in.by_oidc(house.desk, *back[number], begun[number].binding)
        except Problem as problem:
            return problem.code
        return str(opened.visit.person_id)

    with ThreadPoolExecutor(4) as pool:
        outcomes = sorted(pool.map(finish, range(4)))

    assert outcomes == sorted([str(person_id), "oidc_refused", "oidc_refused", "oidc_refused"])
    assert told == [SecurityEvent.PROVIDER_LINKED]


def test_by_oidc__insurer_took_another_provider__found_by_email_anew(house: House, provider: Provider) -> None:
    person_id = house.person(email="ada@example.org", password=None)
    with house.desk.tenant_scope(house.tenant_id) as session:
        repository.link(session, house.tenant_id, "https://old.example", "subject-9", person_id, now=house.clock())

    assert arrive(house, provider).visit.person_id == person_id
    with pytest.raises(Problem, match="invite you first"):
        arrive(house, provider, Account(subject="subject-2"))


def test_by_oidc__shut_out__refused(house: House, provider: Provider) -> None:
    person_id = house.person(email="ada@example.org", password=None)
    arrive(house, provider)
    with house.desk.tenant_scope(house.tenant_id) as session:
        people.disable(session, house.tenant_id, person_id, now=house.clock())

    with pytest.raises(Problem, match="invite you first"):
        arrive(house, provider)


def test_by_oidc__recovered_and_link_not_used_yet__refused(house: House, provider: Provider) -> None:
    person_id = house.person(email="ada@example.org", password=None)
    arrive(house, provider)
    with house.desk.tenant_scope(house.tenant_id) as session:
        invited = accounts.recover(session, house.desk, Principal.worker(house.tenant_id), person_id)

    with pytest.raises(Problem) as caught:
        arrive(house, provider)
    passwords.set_by_token(house.desk, house.tenant_id, invited.token, PASSWORD)

    assert caught.value.code == "sign_in_refused"
    assert arrive(house, provider).visit.person_id == person_id


def test_by_oidc__state_twice_too_old_made_up_or_of_another_browser__refused(house: House, provider: Provider) -> None:
    house.person(email="ada@example.org", password=None)
    started = sign_in.oidc_start(house.desk, house.slug, client=CLIENT)
    state, code = provider.authorize(started.url, Account())
    with pytest.raises(Problem, match="another browser"):
        sign_in.by_oidc(house.desk, state, code, "binding of the attacker")
    with pytest.raises(Problem, match="unknown, used or too old"):
        sign_in.by_oidc(house.desk, state, code, started.binding)
    late = sign_in.oidc_start(house.desk, house.slug, client=CLIENT)
    state, code = provider.authorize(late.url, Account())
    house.clock.now += 300

    for wrong in (state, "qt_x", ""):
        with pytest.raises(Problem) as caught:
            sign_in.by_oidc(house.desk, wrong, code, late.binding)
        assert caught.value.code == "oidc_refused"


def test_by_oidc__code_of_another_sign_in__pkce_refuses(house: House, provider: Provider) -> None:
    house.person(email="ada@example.org", password=None)
    first = sign_in.oidc_start(house.desk, house.slug, client=CLIENT)
    second = sign_in.oidc_start(house.desk, house.slug, client=CLIENT)
    _state, code = provider.authorize(first.url, Account())
    state, _code = provider.authorize(second.url, Account())

    with pytest.raises(Problem, match="does not take the code"):
        sign_in.by_oidc(house.desk, state, code, second.binding)


def test_configure__ruling_role_for_a_group_or_plain_http__refused(house: House, provider: Provider) -> None:
    with pytest.raises(OidcConfigurationInvalid, match="treasurer"):
        configure(house, provider, groups={"bosses": frozenset({Role.TREASURER})})
    provider.issuer = "http://login.example.org"
    with pytest.raises(OidcConfigurationInvalid, match="https"):
        configure(house, provider)


def test_oidc_start__no_provider__says_so(house: House) -> None:
    with pytest.raises(Problem) as caught:
        sign_in.oidc_start(house.desk, house.slug, client=CLIENT)

    assert caught.value.code == "oidc_absent"
