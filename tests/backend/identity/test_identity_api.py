"""Identity over HTTP: cookies, marks against forged requests, bearers, roles and second factors."""

from __future__ import annotations

import csv
import io
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pyotp
import pytest
from fastapi.testclient import TestClient
from sqlalchemy import text as sql

from backend.access.operator_keys import OperatorKeys
from backend.access.principal import Principal
from backend.access.rates import Rate, RateLimits
from backend.access.roles import Role
from backend.chain.nodes import HttpNodes
from backend.config import Settings
from backend.database import Database
from backend.dependencies import ServiceSet
from backend.http.server_key import ServerKey
from backend.identity import accounts, tokens
from backend.identity.grants import service as grants
from backend.identity.grants.service import Asked
from backend.identity.opening import Doorkeeper
from backend.identity.tokens import TokenKind
from backend.main import create_app
from backend.products.service import Documents
from ledger.deployment import Deployment
from tests.backend.identity.house import NO_CHAIN, ORIGIN, PASSWORD, House

COOKIE = "__Host-quittance_session"
NAMES = ("AccessManager", "OracleQuorum", "ParametricProduct", "ProductFactory", "TestStablecoin", "Treasury")


@dataclass
class Page:
    """A browser at the insurer's page."""

    client: TestClient
    house: House

    def post(self, path: str, body: Any = None, **headers: str) -> Any:
        return self.client.post(path, json=body, headers={"Idempotency-Key": uuid.uuid4().hex} | headers)

    def delete(self, path: str, **headers: str) -> Any:
        return self.client.delete(path, headers={"Idempotency-Key": uuid.uuid4().hex} | headers)

    def sign_in(self, person_id: uuid.UUID, *, carrier: str = "bearer", password: str = PASSWORD) -> Any:
        email = self.house.email_of(person_id)
        body = {"tenant": self.house.slug, "email": email, "password": password, "carrier": carrier}
        return self.post("/v1/sessions", body)

    def bearer(self, person_id: uuid.UUID) -> dict[str, str]:
        """Headers of a session of somebody with an app, who has just shown it."""
        app, _codes = self.house.app_of(person_id)
        token = self.sign_in(person_id).json()["token"]
        shown = {"method": "totp", "code": app.at(self.house.clock())}
        stronger = self.post("/v1/sessions/current/step-up", shown, Authorization=f"Bearer {token}")
        assert stronger.status_code == 200, stronger.text
        return {"Authorization": f"Bearer {stronger.json()['token']}"}


@pytest.fixture
def page(house: House, database: Database, tmp_path: Path) -> Iterator[Page]:
    with TestClient(make_app(house, database, tmp_path), base_url=ORIGIN, raise_server_exceptions=False) as client:
        yield Page(client, house)


def make_app(house: House, database: Database, folder: Path) -> Any:
    contracts = {name: f"0x{number:040x}" for number, name in enumerate(NAMES, start=17)}
    deployment = Deployment(
        chain_id=31337, block_number=0, block_hash="0x" + "00" * 32, contracts=contracts, rpc_url=NO_CHAIN.url
    )
    deployment.save(folder / "deployment.json")
    services = ServiceSet(
        Settings(deployment=folder / "deployment.json", frontend_dir=folder), database, deployment, NO_CHAIN,
        HttpNodes((), timeout_seconds=1), Documents(folder), server_key=ServerKey(b"s" * 32),
        limits=RateLimits(database, per_address=Rate(10_000, 10_000), per_principal=Rate(10_000, 10_000)),
        authenticator=Doorkeeper(house.desk, OperatorKeys()), identity=house.desk, clock=house.clock,
    )  # fmt: skip
    return create_app(services, [])


def code_of(response: Any) -> str:
    return str(response.json()["code"])


def test_open__cookie__token_is_in_the_cookie_only_and_a_mark_is_needed(page: Page) -> None:
    person_id = page.house.person(Role.POLICYHOLDER)

    opened = page.sign_in(person_id, carrier="cookie")

    assert opened.status_code == 201
    assert opened.json()["token"] is None
    assert opened.headers["cache-control"] == "no-store"
    cookie = opened.headers["set-cookie"]
    assert cookie.startswith(f"{COOKIE}=qs_")
    for part in ("HttpOnly", "Secure", "SameSite=strict", "Path=/"):
        assert part in cookie
    assert "Domain" not in cookie
    mark = opened.json()["csrf_token"]
    assert page.client.get("/v1/sessions/current").json()["csrf_token"] == mark
    assert code_of(page.delete("/v1/sessions")) == "csrf_invalid"
    assert code_of(page.delete("/v1/sessions", **{"X-CSRF-Token": mark[:-1] + "x"})) == "csrf_invalid"
    assert page.delete("/v1/sessions", **{"X-CSRF-Token": mark}).json() == {"ended": 1}
    assert code_of(page.client.get("/v1/sessions/current")) == "session_expired"


def test_sessions_close__by_cookie__browser_is_told_to_forget(page: Page) -> None:
    mark = page.sign_in(page.house.person(Role.POLICYHOLDER), carrier="cookie").json()["csrf_token"]

    closed = page.delete("/v1/sessions/current", **{"X-CSRF-Token": mark})

    assert closed.status_code == 204
    assert closed.headers["clear-site-data"] == '"cache", "cookies", "storage"'
    assert "Max-Age=0" in closed.headers["set-cookie"]


def test_open__bearer__no_cookie_and_no_mark(page: Page) -> None:
    opened = page.sign_in(page.house.person(Role.POLICYHOLDER))
    bearer = {"Authorization": f"Bearer {opened.json()['token']}"}

    assert "set-cookie" not in opened.headers
    assert page.client.get("/v1/people/me", headers=bearer).json()["email"] == "person0@example.org"
    assert page.delete("/v1/sessions/current", **bearer).status_code == 204
    assert code_of(page.client.get("/v1/people/me", headers=bearer)) == "session_expired"


@pytest.mark.parametrize("header", ["Bearer", "Bearer x", "Basic YTpi", "qs_1", "Bearer qt_00000000_" + "A" * 64])
def test_authenticate__what_cannot_be_read__unauthenticated(page: Page, header: str) -> None:
    response = page.client.get("/v1/people/me", headers={"Authorization": header})

    assert (response.status_code, code_of(response)) == (401, "unauthenticated")


def test_set_by_token__of_an_insurer_that_is_not_there__invalid_as_any_other(page: Page) -> None:
    made_up = tokens.make(TokenKind.TICKET, uuid.uuid4())
    spent = tokens.make(TokenKind.TICKET, page.house.tenant_id)

    answers = [
        page.post("/v1/passwords/by-token", {"token": token, "password": PASSWORD}) for token in (made_up, spent)
    ]

    assert [(answer.status_code, code_of(answer)) for answer in answers] == [(409, "ticket_invalid")] * 2


def test_open__null_character_in_a_text__named_and_never_an_error_of_ours(page: Page) -> None:
    manager = page.bearer(page.house.person(Role.PRODUCT_MANAGER))
    body = {"tenant": "acme\0", "email": "ada@example.org", "password": PASSWORD, "carrier": "bearer"}

    opened = page.post("/v1/sessions", body)
    inside = page.post("/v1/sessions/passkey", {"tenant": "acme", "credential": {"id": [{"x": "\0"}]}})
    listed = page.client.get("/v1/product-files?product_id=%00", headers=manager)
    file = page.client.get("/assets/%00.js")

    assert [answer.status_code for answer in (opened, inside, listed, file)] == [422, 422, 422, 404]
    assert "tenant holds the character U+0000" in opened.json()["detail"]
    assert "credential.id.0.x holds" in inside.json()["detail"]
    assert {code_of(answer) for answer in (opened, inside, listed)} == {"request_invalid"}


@pytest.mark.parametrize("depth", [100, 600, 900, 5_000, 100_000])
def test_open_by_passkey__nested_however_deep__refused(page: Page, depth: int) -> None:
    body = '{"tenant": "acme", "credential": {"id": ' + "[" * depth + "]" * depth + "}}"

    answer = page.client.post("/v1/sessions/passkey", content=body, headers={"Content-Type": "application/json"})

    assert answer.status_code in (400, 422)
    assert code_of(answer) in ("request_invalid", "body_unreadable", "json_malformed")


def test_open__wrong_five_times__retry_after(page: Page) -> None:
    person_id = page.house.person(Role.POLICYHOLDER)
    for _ in range(5):
        assert code_of(page.sign_in(person_id, password="wrong wrong wrong")) == "sign_in_refused"

    response = page.sign_in(person_id)

    assert (response.status_code, code_of(response)) == (429, "too_many_attempts")
    assert response.headers["retry-after"] == "1"


def test_pending_session__anything_but_the_second_factor__refused(page: Page) -> None:
    person_id = page.house.person(Role.ADMINISTRATOR)
    page.house.app_of(person_id)
    opened = page.sign_in(person_id).json()
    bearer = {"Authorization": f"Bearer {opened['token']}"}

    assert opened["pending"]
    for path in ("/v1/people/me", "/v1/people", "/v1/sessions", "/v1/policies"):
        assert code_of(page.client.get(path, headers=bearer)) == "second_factor_required"
    assert code_of(page.post("/v1/totp", **bearer)) == "second_factor_required"
    wrong = page.post("/v1/sessions/current/step-up", {"method": "totp", "code": "000000"}, **bearer)
    assert code_of(wrong) == "second_factor_refused"
    assert page.delete("/v1/sessions/current", **bearer).status_code == 204


def test_staff_without_a_second_factor__can_do_nothing_but_set_one_up(page: Page) -> None:
    person_id = page.house.person(Role.ADMINISTRATOR)
    bearer = {"Authorization": f"Bearer {page.sign_in(person_id).json()['token']}"}
    assert page.client.get("/v1/sessions/current", headers=bearer).json()["roles"] == []
    assert code_of(page.client.get("/v1/people", headers=bearer)) == "forbidden"

    secret = page.post("/v1/totp", **bearer).json()["secret"]
    app = pyotp.TOTP(secret)
    confirmed = page.post("/v1/totp/confirmation", {"code": app.at(page.house.clock())}, **bearer)
    page.house.clock.now += 30
    shown = {"method": "totp", "code": app.at(page.house.clock())}
    stronger = page.post("/v1/sessions/current/step-up", shown, **bearer).json()

    assert len(confirmed.json()["recovery_codes"]) == 10
    bearer = {"Authorization": f"Bearer {stronger['token']}"}
    assert page.client.get("/v1/sessions/current", headers=bearer).json()["roles"] == ["administrator"]
    assert page.client.get("/v1/people", headers=bearer).status_code == 200


def test_step_up__five_minutes_ago__asked_for_again_before_roles_are_given(page: Page) -> None:
    administrator, ada = page.house.person(Role.ADMINISTRATOR), page.house.person()
    bearer = page.bearer(administrator)
    body = {"person_id": str(ada), "role": "adjuster"}
    page.house.clock.now += 301

    response = page.post("/v1/grants", body, **bearer)

    assert (response.status_code, code_of(response)) == (401, "step_up_required")
    assert page.client.get("/v1/grants", headers=bearer).status_code == 200
    assert code_of(page.post("/v1/totp", **bearer)) == "step_up_required"
    assert code_of(page.delete("/v1/totp", **bearer)) == "step_up_required"


def test_invite__new_colleague__sets_a_password_and_gets_a_role(page: Page) -> None:
    bearer = page.bearer(page.house.person(Role.ADMINISTRATOR))

    invited = page.post("/v1/people", {"email": "bob@example.org", "name": "Bob", "language": "zh"}, **bearer)
    again = page.post("/v1/people", {"email": " BOB@example.org", "name": "Bob"}, **bearer)
    granted = page.post("/v1/grants", {"person_id": invited.json()["person_id"], "role": "policyholder"}, **bearer)
    token = invited.json()["token"]
    set_once = page.post("/v1/passwords/by-token", {"token": token, "password": PASSWORD})
    set_twice = page.post("/v1/passwords/by-token", {"token": token, "password": PASSWORD})

    assert invited.json()["link"] == f"{ORIGIN}/sign-in/password#{token}"
    assert code_of(again) == "email_taken"
    assert granted.status_code == 201
    assert set_once.status_code == 204
    assert code_of(set_twice) == "ticket_invalid"
    opened = page.sign_in(uuid.UUID(invited.json()["person_id"])).json()
    current = page.client.get("/v1/sessions/current", headers={"Authorization": f"Bearer {opened['token']}"})
    assert current.json()["roles"] == ["policyholder"]


def test_grants_make__same_idempotency_key_twice__one_grant(page: Page) -> None:
    bearer = page.bearer(page.house.person(Role.ADMINISTRATOR))
    body = {"person_id": str(page.house.person()), "role": "adjuster"}
    headers = bearer | {"Idempotency-Key": "one"}

    first = page.client.post("/v1/grants", json=body, headers=headers)
    second = page.client.post("/v1/grants", json=body, headers=headers)

    assert first.status_code == second.status_code == 201
    assert first.json() == second.json()


def test_grants__two_administrators__second_approves_and_revokes(page: Page) -> None:
    first, second = page.house.person(Role.ADMINISTRATOR), page.house.person(Role.ADMINISTRATOR)
    ada = page.house.person()
    one, two = page.bearer(first), page.bearer(second)

    made = page.post("/v1/grants", {"person_id": str(ada), "role": "treasurer"}, **one).json()
    refused = page.post(f"/v1/grants/{made['grant_id']}/approval", **one)
    approved = page.post(f"/v1/grants/{made['grant_id']}/approval", **two).json()
    revoked = page.delete(f"/v1/grants/{made['grant_id']}", **one).json()

    assert made["waits"]
    assert code_of(refused) == "grant_refused"
    assert (approved["waits"], approved["approved_by"]) == (False, str(second))
    assert revoked["revoked_at"] == page.house.clock()
    assert code_of(page.post("/v1/grants", {"person_id": str(first), "role": "treasurer"}, **one)) == "grant_refused"


def test_people_disable__signed_in_with_roles__out_at_once(page: Page) -> None:
    administrator, ada = page.house.person(Role.ADMINISTRATOR), page.house.person(Role.POLICYHOLDER)
    bearer = page.bearer(administrator)
    theirs = {"Authorization": f"Bearer {page.sign_in(ada).json()['token']}"}

    gone = page.delete(f"/v1/people/{ada}", **bearer)

    assert gone.status_code == 204
    assert code_of(page.client.get("/v1/people/me", headers=theirs)) == "session_expired"
    assert code_of(page.sign_in(ada)) == "sign_in_refused"
    assert page.client.get(f"/v1/people/{ada}", headers=bearer).json()["disabled_at"] == page.house.clock()
    assert code_of(page.delete(f"/v1/people/{administrator}", **bearer)) == "grant_refused"


def test_people_enable__shut_out_before__in_again_without_sessions_and_roles(page: Page) -> None:
    first, _second = page.house.person(Role.ADMINISTRATOR), page.house.person(Role.ADMINISTRATOR)
    ada = page.house.person(Role.TREASURER)
    bearer = page.bearer(first)
    theirs = {"Authorization": f"Bearer {page.sign_in(ada).json()['token']}"}
    page.delete(f"/v1/people/{ada}", **bearer)

    enabled = page.post(f"/v1/people/{ada}/readmission", **bearer)

    assert enabled.status_code == 204
    assert page.client.get(f"/v1/people/{ada}", headers=bearer).json()["disabled_at"] is None
    assert code_of(page.client.get("/v1/people/me", headers=theirs)) == "session_expired"
    assert page.sign_in(ada).json()["token"]
    with page.house.desk.tenant_scope(page.house.tenant_id) as session:
        assert grants.roles_of(session, page.house.tenant_id, ada, now=page.house.clock()) == frozenset()
    with page.house.desk.every_tenant() as session:
        query = (
            "SELECT content->'principal'->>'id' AS by, content->>'outcome' AS outcome FROM audit_inbox"
            " WHERE content->>'operation' = 'people.enable' AND content->>'subject' = :subject"
        )
        told = [tuple(row) for row in session.execute(sql(query), {"subject": f"people/{ada}"})]
    assert told == [(str(first), "done")]
    made = page.post("/v1/grants", {"person_id": str(ada), "role": "treasurer"}, **bearer).json()
    assert made["waits"]


def test_people_enable__erased_or_never_here__unknown(page: Page) -> None:
    boss, ada = page.house.person(Role.ADMINISTRATOR), page.house.person(Role.ADJUSTER)
    bearer, by = page.bearer(boss), Principal.worker(page.house.tenant_id)
    with page.house.desk.tenant_scope(page.house.tenant_id) as session:
        accounts.erase(session, page.house.desk, by, ada)

    assert code_of(page.post(f"/v1/people/{ada}/readmission", **bearer)) == "person_unknown"
    assert code_of(page.post(f"/v1/people/{uuid.uuid4()}/readmission", **bearer)) == "person_unknown"


def test_people_recover__second_factor_lost__in_again_with_a_new_password(page: Page) -> None:
    administrator, ada = page.house.person(Role.ADMINISTRATOR), page.house.person(Role.ADJUSTER)
    page.house.app_of(ada)
    bearer = page.bearer(administrator)

    recovered = page.post(f"/v1/people/{ada}/recovery", **bearer).json()
    page.post("/v1/passwords/by-token", {"token": recovered["token"], "password": "wet gravel under lanterns"})

    assert code_of(page.sign_in(ada)) == "sign_in_refused"
    assert not page.sign_in(ada, password="wet gravel under lanterns").json()["pending"]
    kinds = [alert["kind"] for alert in page.client.get("/v1/security-alerts", headers=bearer).json()["alerts"]]
    assert kinds == ["account_recovered"]


def test_people__another_insurers__unknown_never_forbidden(page: Page) -> None:
    from tests.backend.identity.test_sign_in import make_house_beside

    stranger = make_house_beside(page.house).person(Role.POLICYHOLDER)
    bearer = page.bearer(page.house.person(Role.ADMINISTRATOR))

    assert code_of(page.client.get(f"/v1/people/{stranger}", headers=bearer)) == "person_unknown"
    assert code_of(page.delete(f"/v1/people/{stranger}", **bearer)) == "person_unknown"
    assert code_of(page.post(f"/v1/people/{stranger}/recovery", **bearer)) == "person_unknown"
    grant = {"person_id": str(stranger), "role": "adjuster"}
    assert code_of(page.post("/v1/grants", grant, **bearer)) == "person_unknown"
    assert [p["email"] for p in page.client.get("/v1/people", headers=bearer).json()["people"]] == [
        "person0@example.org"
    ]


@pytest.mark.parametrize(
    "path", ["/v1/people", "/v1/grants", "/v1/api-keys", "/v1/access-reviews", "/v1/security-alerts"]
)
def test_lists_of_the_administrator__policyholder_and_visitor__refused(page: Page, path: str) -> None:
    bearer = {"Authorization": f"Bearer {page.sign_in(page.house.person(Role.POLICYHOLDER)).json()['token']}"}

    assert code_of(page.client.get(path, headers=bearer)) == "forbidden"
    assert code_of(page.client.get(path)) == "unauthenticated"


def test_api_keys__made_used_rotated_revoked(page: Page) -> None:
    bearer = page.bearer(page.house.person(Role.ADMINISTRATOR))
    year = page.house.clock() + 300 * 86_400
    body = {"label": "till", "roles": ["auditor"], "scopes": ["access_reviews.*"], "expires_at": year}

    made = page.post("/v1/api-keys", body, **bearer).json()
    machine = {"Authorization": f"Bearer {made['key']}"}

    assert page.client.get("/v1/access-reviews", headers=machine).status_code == 200
    assert code_of(page.client.get("/v1/grants", headers=machine)) == "forbidden"
    rotation = {"expires_at": year, "overlap_seconds": 60}
    fresh = page.post(f"/v1/api-keys/{made['about']['key_id']}/rotation", rotation, **bearer).json()
    assert fresh["about"]["replaces"] == made["about"]["key_id"]
    assert page.client.get("/v1/access-reviews", headers=machine).status_code == 200
    page.house.clock.now += 60
    assert code_of(page.client.get("/v1/access-reviews", headers=machine)) == "key_invalid"
    assert page.delete(f"/v1/api-keys/{fresh['about']['key_id']}", **bearer).status_code == 204
    machine = {"Authorization": f"Bearer {fresh['key']}"}
    assert code_of(page.client.get("/v1/access-reviews", headers=machine)) == "key_invalid"
    listed = page.client.get("/v1/api-keys", headers=bearer)
    assert made["key"] not in listed.text
    assert len(listed.json()["api_keys"]) == 2


def test_api_keys_make__repeated_when_no_longer_allowed__the_key_is_not_told_again(page: Page) -> None:
    maker, other = page.house.person(Role.ADMINISTRATOR), page.house.person(Role.ADMINISTRATOR)
    admin = page.bearer(maker)
    body = {
        "label": "till", "roles": ["institution"], "scopes": ["quotes.make"], "expires_at": page.house.clock() + 9_000
    }  # fmt: skip
    once = {"Idempotency-Key": "a-key-of-mine"} | admin
    made = page.client.post("/v1/api-keys", json=body, headers=once)
    allowed = page.client.post("/v1/api-keys", json=body, headers=once)

    page.house.clock.now += 301
    too_late = page.client.post("/v1/api-keys", json=body, headers=once)
    with page.house.desk.tenant_scope(page.house.tenant_id) as session:
        grants.revoke_all(session, page.house.tenant_id, maker, by=other, now=page.house.clock())
    role_gone = page.client.post("/v1/api-keys", json=body, headers=once)

    assert (made.status_code, allowed.json()) == (201, made.json())
    assert (code_of(too_late), code_of(role_gone)) == ("step_up_required", "forbidden")
    assert made.json()["key"] not in too_late.text + role_gone.text


def test_access_review__as_csv__a_line_for_each_role(page: Page) -> None:
    administrator = page.house.person(Role.ADMINISTRATOR, Role.PRODUCT_MANAGER)
    bearer = page.bearer(administrator)

    response = page.client.get("/v1/access-reviews.csv", headers=bearer)

    assert response.headers["content-type"] == "text/csv; charset=utf-8"
    rows = list(csv.DictReader(io.StringIO(response.text)))
    assert [(row["subject_id"], row["role"], row["second_factor"]) for row in rows] == [
        (str(administrator), "administrator", "yes"), (str(administrator), "product_manager", "yes")
    ]  # fmt: skip


def test_passwords_change__wrong_and_right_one_before__other_sessions_end(page: Page) -> None:
    person_id = page.house.person(Role.POLICYHOLDER)
    mine = {"Authorization": f"Bearer {page.sign_in(person_id).json()['token']}"}
    other = {"Authorization": f"Bearer {page.sign_in(person_id).json()['token']}"}
    change = {"current_password": PASSWORD, "password": "wet gravel under lanterns"}

    wrong = page.client.put("/v1/passwords/mine", json=change | {"current_password": "x"}, headers=mine)
    unfit = page.client.put("/v1/passwords/mine", json=change | {"password": "password1234"}, headers=mine)
    right = page.client.put("/v1/passwords/mine", json=change, headers=mine)

    assert code_of(wrong) == "sign_in_refused"
    assert code_of(unfit) == "password_unfit"
    assert right.status_code == 204
    assert page.client.get("/v1/people/me", headers=mine).status_code == 200
    assert code_of(page.client.get("/v1/people/me", headers=other)) == "session_expired"


def test_sessions__listed_and_one_ended__the_other_stays(page: Page) -> None:
    person_id = page.house.person(Role.POLICYHOLDER)
    mine = {"Authorization": f"Bearer {page.sign_in(person_id).json()['token']}"}
    page.sign_in(person_id)
    listed = page.client.get("/v1/sessions", headers=mine).json()["sessions"]
    (other,) = [entry["session_id"] for entry in listed if not entry["current"]]

    assert page.delete(f"/v1/sessions/{other}", **mine).status_code == 204
    assert code_of(page.delete(f"/v1/sessions/{other}", **mine)) == "session_unknown"
    assert len(page.client.get("/v1/sessions", headers=mine).json()["sessions"]) == 1


def test_passkeys__registered_over_http__signs_in_and_is_removed(page: Page) -> None:
    from tests.backend.identity.test_passkeys import Device, text

    person_id = page.house.person(Role.ADJUSTER)
    mine = {"Authorization": f"Bearer {page.sign_in(person_id).json()['token']}"}
    device = Device()
    options = page.post("/v1/passkeys/options", **mine).json()["options"]
    made = page.post("/v1/passkeys", {"credential": device.make(options), "label": "Laptop"}, **mine)
    assert made.status_code == 201, made.text

    asked = page.post("/v1/sessions/passkey-options", {"tenant": page.house.slug}).json()["options"]
    body = {"tenant": page.house.slug, "credential": device.sign(asked), "carrier": "bearer"}
    opened = page.post("/v1/sessions/passkey", body).json()

    assert opened["strong_at"] == page.house.clock()
    strong = {"Authorization": f"Bearer {opened['token']}"}
    listed = page.client.get("/v1/passkeys", headers=strong).json()["passkeys"]
    assert [entry["credential_id"] for entry in listed] == [text(device.credential_id)]
    assert code_of(page.delete(f"/v1/passkeys/{text(device.credential_id)}", **mine)) == "step_up_required"
    assert page.delete(f"/v1/passkeys/{text(device.credential_id)}", **strong).status_code == 204


def test_wallets__linked_over_http__signs_in(page: Page) -> None:
    from tests.backend.identity.test_wallets import KEY, message, signed

    mine = {"Authorization": f"Bearer {page.sign_in(page.house.person(Role.POLICYHOLDER)).json()['token']}"}
    asked = page.post("/v1/wallets/nonce", **mine).json()
    text = message(page.house, asked["nonce"]).text()
    linked = page.post("/v1/wallets", {"message": text, "signature": "0x" + signed(text).hex()}, **mine)
    assert linked.json()["address"] == KEY.address, linked.text

    nonce = page.post("/v1/sessions/wallet-nonce", {"tenant": page.house.slug}).json()["nonce"]
    text = message(page.house, nonce).text()
    body = {"tenant": page.house.slug, "message": text, "signature": "0x" + signed(text).hex(), "carrier": "bearer"}
    opened = page.post("/v1/sessions/wallet", body).json()

    bearer = {"Authorization": f"Bearer {opened['token']}"}
    assert page.client.get("/v1/sessions/current", headers=bearer).json()["address"] == KEY.address
    assert page.delete(f"/v1/wallets/{KEY.address}", **bearer).status_code == 204
    assert page.client.get("/v1/wallets", headers=mine).json() == {"wallets": []}
    assert code_of(page.client.get("/v1/wallets", headers=bearer)) == "session_expired"


def test_oidc__over_http__cookie_binds_the_browser(page: Page) -> None:
    from tests.backend.identity.openid_provider import Account, running_provider
    from tests.backend.identity.test_oidc import configure

    page.house.person(email="ada@example.org", password=None)
    with running_provider(page.house.clock) as provider:
        configure(page.house, provider)
        started = page.post("/v1/sessions/oidc-start", {"tenant": page.house.slug})
        state, code = provider.authorize(started.json()["url"], Account(groups=["claims-team"]))
        opened = page.post("/v1/sessions/oidc", {"state": state, "code": code})

    assert started.headers["set-cookie"].startswith("__Host-quittance_oidc=")
    assert opened.status_code == 201, opened.text
    assert page.client.get("/v1/sessions/current").json()["session"]["method"] == "oidc"


def test_identity__no_key_for_names__says_which_variable(page: Page) -> None:
    app: Any = page.client.app
    app.state.services = replace(app.state.services, identity=None)

    response = page.post("/v1/sessions", {"tenant": "acme", "email": "a@example.org", "password": "x"})

    assert code_of(response) == "key_missing"
    assert "QUITTANCE_IDENTITY_KEY_FILE" in response.json()["detail"]


def test_grants__role_used__last_use_is_known(page: Page) -> None:
    bearer = page.bearer(page.house.person(Role.ADMINISTRATOR))
    page.house.clock.now += 60

    page.client.get("/v1/people/me", headers=bearer)

    (grant,) = page.client.get("/v1/grants", headers=bearer).json()["grants"]
    assert grant["last_used_at"] == page.house.clock()


def test_authenticate__customer_became_staff__session_lasts_no_longer_than_staffs(page: Page) -> None:
    clock, rules = page.house.clock, page.house.desk.rules
    customer, colleague = page.house.person(Role.POLICYHOLDER), page.house.person(Role.POLICYHOLDER)
    bearers = [page.bearer(customer), page.bearer(colleague)]
    with page.house.desk.tenant_scope(page.house.tenant_id) as session:
        grants.make_by_operator(session, page.house.tenant_id, Asked(colleague, Role.ADJUSTER), now=clock())

    def codes() -> list[int]:
        return [page.client.get("/v1/people/me", headers=bearer).status_code for bearer in bearers]

    first, end = codes(), clock() + rules.staff_absolute_seconds
    while clock() < end:
        before, clock.now = codes(), clock() + rules.staff_idle_seconds
    after = codes()

    assert (first, before, after) == ([200, 200], [200, 200], [200, 401])
