"""One effect a key, the same answer again, and what is not kept."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Annotated
from uuid import UUID, uuid4

import pytest
from fastapi import APIRouter
from fastapi.testclient import TestClient

from backend.access.permit import Permit
from backend.access.principal import Principal, PrincipalKind
from backend.access.roles import Role
from backend.http import repository
from backend.http.idempotency import REPLAYED_HEADER, IdempotencyKey
from backend.http.routes import WriteWithoutKey, api_router, require_keys, without_key
from backend.http.server_key import ServerKey
from tests.backend.api import assert_problem
from tests.backend.http.conftest import House, make_house

KEY = "8e03978e-40d5-43e8-bc93-6894a57f9324"


def person(tenant: str = "a" * 32, number: str = "b" * 32) -> Principal:
    return Principal(PrincipalKind.PERSON, UUID(number), UUID(tenant), frozenset({Role.CUSTOMER_SERVICE}))


def test_write__same_key_same_request__one_effect_and_the_same_bytes(house: House) -> None:
    first, again = house.write(key=KEY), house.write(key=KEY)

    assert (first.status_code, again.status_code) == (201, 201)
    assert again.content == first.content
    assert again.headers["content-type"] == first.headers["content-type"]
    assert (first.headers.get(REPLAYED_HEADER), again.headers[REPLAYED_HEADER]) == (None, "true")
    assert house.entries == 1


def test_write__same_json_otherwise_spaced__replayed(house: House) -> None:
    house.write(7, key=KEY)
    headers = {"Idempotency-Key": KEY, "content-type": "application/json"}

    again = house.client.post("/v1/entries", content=b'{ "behave":"well",\n"amount":7}', headers=headers)

    assert again.headers[REPLAYED_HEADER] == "true"


def test_write__same_key_other_parameters__reused_and_no_effect(house: House) -> None:
    house.write(7, key=KEY)

    assert_problem(house.write(8, key=KEY), "idempotency_key_reused", "new key")
    assert house.entries == 1


def test_write__first_still_running__in_flight_then_its_answer(house: House) -> None:
    house.state.gate.clear()
    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(house.write, key=KEY)
        house.state.inside.wait(20)
        meanwhile = house.write(key=KEY)
        house.state.gate.set()
        answer = first.result(timeout=20)

    assert_problem(meanwhile, "idempotency_key_in_flight", "still running")
    assert meanwhile.headers["retry-after"] == "1"
    assert house.write(key=KEY).content == answer.content
    assert house.entries == 1


@pytest.mark.parametrize("principal", [person(number="c" * 32), person(tenant="d" * 32), Principal.anonymous()])
def test_write__same_key_of_somebody_else__an_effect_of_its_own(house: House, principal: Principal) -> None:
    house.state.principal = person()
    first = house.write(key=KEY)
    house.state.principal = principal

    other = house.write(key=KEY)

    assert other.status_code == 201
    assert other.content != first.content
    assert REPLAYED_HEADER not in other.headers


def test_write__refused__effect_undone_and_the_refusal_kept(house: House) -> None:
    first = house.write(key=KEY, behave="refused")
    again = house.write(key=KEY, behave="refused")

    assert_problem(first, "sale_suspended")
    assert again.content == first.content
    assert again.headers[REPLAYED_HEADER] == "true"
    assert house.entries == 0


@pytest.mark.parametrize("behave", ["forbidden", "busy", "broken"])
def test_write__failed_in_a_way_that_may_pass__nothing_kept(house: House, behave: str) -> None:
    first = house.write(key=KEY, behave=behave)
    again = house.write(key=KEY, behave=behave)

    assert first.status_code == again.status_code >= 403
    assert REPLAYED_HEADER not in again.headers
    assert house.entries == 0
    assert house.rows("SELECT * FROM idempotent_answers") == []


def test_write__not_as_described__nothing_kept_and_the_key_is_free(house: House) -> None:
    assert_problem(house.write(-1, key=KEY), "request_invalid", "body.amount")

    assert house.write(1, key=KEY).status_code == 201


@pytest.mark.parametrize("key", ["", "two words", "x" * 256])
def test_write__key_malformed__request_invalid(house: House, key: str) -> None:
    response = house.client.post("/v1/entries", json={"amount": 1}, headers={"Idempotency-Key": key})

    assert_problem(response, "request_invalid", "header.Idempotency-Key")


def test_write__no_key__says_what_to_send(house: House) -> None:
    response = house.client.post("/v1/entries", json={"amount": 1})

    assert_problem(response, "idempotency_key_missing", "UUID")
    assert house.entries == 0


def test_write__answer_cannot_be_kept__no_effect_either(house: House) -> None:
    house.change("ALTER TABLE idempotent_answers ADD CHECK (octet_length(sealed) < 8)")

    assert house.write(key=KEY).status_code == 500
    assert house.entries == 0


def test_write__thirty_days_later__the_key_counts_as_new(house: House) -> None:
    first = house.write(key=KEY)
    house.change("UPDATE idempotent_answers SET created_at = now() - interval '30 days 1 second'")

    again = house.write(key=KEY)

    assert again.content != first.content
    assert len(house.rows("SELECT * FROM idempotent_answers")) == 1


def test_write__kept__neither_key_nor_answer_lie_open(house: House) -> None:
    house.write(123_456_789, key=KEY)

    kept = repr(house.rows("SELECT * FROM idempotent_answers"))

    assert KEY not in kept
    assert "123456789" not in kept


def test_write__server_key_changed__no_second_effect(house: House) -> None:
    house.write(key=KEY)
    app, _ = make_house(house.database, ServerKey(b"t" * 32))

    with TestClient(app) as client:
        response = client.post("/v1/entries", json={"amount": 7, "behave": "well"}, headers={"Idempotency-Key": KEY})

    assert_problem(response, "idempotency_answer_unreadable", "was carried out")
    assert house.entries == 1


def test_forget__old_and_a_persons__only_these_go(house: House) -> None:
    house.write(key="old")
    house.change("UPDATE idempotent_answers SET created_at = now() - interval '31 days'")
    house.state.principal = person()
    house.write(key="theirs")
    house.state.principal = person(number="e" * 32)
    house.write(key="kept")

    with house.database.transaction() as session:
        gone = repository.forget_old(session, 100)
        erased = repository.forget_principal(session, person().tenant_id or uuid4(), person().principal_id or uuid4())

    assert (gone, erased) == (1, 1)
    assert len(house.rows("SELECT * FROM idempotent_answers")) == 1


def test_require_keys__write_without_a_key__refused_by_name() -> None:
    router = api_router("things")

    @router.delete("/things")
    def remove() -> None: ...

    with pytest.raises(WriteWithoutKey, match="/v1/things changes something"):
        require_keys(router.routes)


def test_require_keys__key_asked_for_before_the_door__refused_by_name() -> None:
    router = api_router("things")

    @router.delete("/things", operation_id="quotes.make", dependencies=[IdempotencyKey])
    def remove(_principal: Annotated[Principal, Permit("quotes.make")]) -> None: ...

    with pytest.raises(WriteWithoutKey, match="/v1/things would give a kept answer before its door"):
        require_keys(router.routes)


def test_require_keys__exempt_with_a_reason_and_reads__pass() -> None:
    router = APIRouter()

    @router.post("/sessions", dependencies=[without_key("the answer is a secret")])
    def sign_in() -> None: ...

    @router.get("/sessions")
    def read() -> None: ...

    require_keys(router.routes)
