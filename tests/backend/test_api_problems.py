"""Every problem of the API, by its code."""

from __future__ import annotations

from dataclasses import replace

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import text

from backend.main import create_app
from ledger.rpc import Rpc
from scripts.anvil import move_clock
from scripts.rehearsal import account
from tests.backend.api import HOLDER, Api, assert_problem, keyed
from tests.backend.flights import DEPARTURE, flight


def test_quotes__unknown_product__product_unknown(api: Api) -> None:
    body = {
        "product": HOLDER.address,
        "applications": [{"insured_event": "x", "holder": HOLDER.address, "sum_insured": 1}],
    }

    assert_problem(api.post("/v1/quotes", body), "product_unknown", HOLDER.address, "GET /v1/products")


def test_quotes__unknown_flight__flight_unknown(api: Api) -> None:
    api.backend.world.unknown.add(flight(9).text())

    assert_problem(api.quote(flight(9).text()), "flight_unknown", flight(9).text())


def test_quotes__not_the_text_of_a_flight__event_text_invalid(api: Api) -> None:
    assert_problem(
        api.quote("flight/united/1"), "event_text_invalid", "insured_event", "flight/united/1", "Write it as"
    )


def test_quotes__day_outside_the_data__event_outside_period(api: Api) -> None:
    later = replace(flight(1), departs_at_utc=DEPARTURE.replace(year=2015))

    assert_problem(api.quote(later.text()), "event_outside_period", "occurs_at", "Choose an event within it")


def test_quotes__departed__sale_closed(api: Api) -> None:
    move_clock(api.backend.rehearsal.rpc, flight(1).occurs_at + 60)

    assert_problem(api.quote(flight(1).text()), "sale_closed", "sale closed at", "Choose a later event")


@pytest.mark.parametrize("sum_insured", [1, 10**15])
def test_quotes__sum_outside_the_terms__sum_insured_out_of_range(api: Api, sum_insured: int) -> None:
    most = str(api.backend.rehearsal.terms.max_sum_insured)

    response = api.quote(flight(1).text(), sum_insured=sum_insured)

    assert_problem(response, "sum_insured_out_of_range", str(sum_insured), most, "Choose a sum in this range")
    assert response.json()["refusals"][0]["index"] == 0


@pytest.mark.parametrize(
    ("body", "code", "words"),
    [
        ("{", "json_malformed", ["character"]),
        ("[]", "request_invalid", ["body"]),
        ('{"product": "0x12", "applications": []}', "request_invalid", ["body.product"]),
        ('{"product": "0x00000000000000000000000000000000000000AA"}', "request_invalid", ["applications"]),
    ],
)
def test_quotes__malformed_body__says_where(api: Api, body: str, code: str, words: list[str]) -> None:
    response = api.client.post("/v1/quotes", content=body, headers={"content-type": "application/json"} | keyed())

    assert_problem(response, code, *words)


def test_quotes__unknown_field__request_invalid_and_the_value_is_not_repeated(api: Api) -> None:
    application = {"insured_event": "x", "holder": HOLDER.address, "sum_insured": 1, "passport": "P1234567"}

    response = api.post("/v1/quotes", {"product": api.product, "applications": [application]})

    assert_problem(response, "request_invalid", "passport")
    assert "P1234567" not in response.text


def test_quotes__fifty_one_applications__request_invalid(api: Api) -> None:
    assert_problem(api.quote(*[flight(1).text()] * 51), "request_invalid", "50")


def test_quotes__two_nodes_down__oracle_unavailable_and_nothing_is_kept(api: Api) -> None:
    api.backend.world.down = {0, 1}

    response = api.quote(flight(1).text())

    assert_problem(response, "oracle_unavailable", "2 oracle nodes answered and 3 must agree")
    assert response.headers["retry-after"] == "5"
    with api.backend.database.transaction() as session:
        assert session.scalar(text("SELECT count(*) FROM quotes")) == 0


def test_quotes__nodes_sign_with_other_keys__oracle_unavailable_and_nothing_is_kept(api: Api) -> None:
    api.backend.world.forging = {0, 1}

    assert_problem(api.quote(flight(1).text()), "oracle_unavailable", "2 of 3 signatures")


def test_quotes__no_key__key_missing(api: Api) -> None:
    without = replace(api.services, underwriter=None)
    with TestClient(create_app(without, []), headers=api.client.headers) as client:
        body = {
            "product": api.product,
            "applications": [{"insured_event": "x", "holder": HOLDER.address, "sum_insured": 1}],
        }
        assert_problem(
            client.post("/v1/quotes", json=body, headers=keyed()), "key_missing", "QUITTANCE_UNDERWRITER_KEYSTORE"
        )


def test_quotes__chain_gone__chain_unavailable(api: Api) -> None:
    broken = replace(api.services, rpc=Rpc("http://127.0.0.1:1", timeout_seconds=1))
    with TestClient(create_app(broken, []), headers=api.client.headers, raise_server_exceptions=False) as client:
        body = {
            "product": api.product,
            "applications": [{"insured_event": "x", "holder": HOLDER.address, "sum_insured": 1}],
        }
        assert_problem(client.post("/v1/quotes", json=body, headers=keyed()), "chain_unavailable", "Try again")
        told = client.get("/v1/status")
    assert_problem(told, "chain_unavailable", "Try again")
    assert "127.0.0.1" not in told.text


def test_policies__twice__quote_already_accepted_with_the_intent(api: Api) -> None:
    (view,) = api.quote(flight(1).text()).json()["quotes"]
    first = api.accept(view).json()["intents"][0]["intent_id"]

    second = api.accept(view)

    assert_problem(second, "quote_already_accepted", view["quote_id"], "accepted before")
    assert second.json()["intent_id"] == first


def test_policies__same_quote_twice_in_one_request__duplicate_in_request(api: Api) -> None:
    (view,) = api.quote(flight(1).text()).json()["quotes"]

    response = api.post("/v1/policies", {"acceptances": [api.acceptance(view)] * 2})

    assert_problem(response, "duplicate_in_request", "Accept each quote once")


def test_policies__one_of_two_bad__neither_is_taken(api: Api) -> None:
    first, second = api.quote(flight(1).text(), flight(2).text()).json()["quotes"]
    bad = {**api.acceptance(second), "quote_id": "0x" + "77" * 32}

    response = api.post("/v1/policies", {"acceptances": [api.acceptance(first), bad]})

    assert_problem(response, "quote_unknown", "acceptances.1.quote_id")
    assert api.client.get(f"/v1/quotes/{first['quote_id']}").json()["status"] == "offered"


def test_policies__time_is_past__quote_expired(api: Api) -> None:
    (view,) = api.quote(flight(1).text()).json()["quotes"]
    move_clock(api.backend.rehearsal.rpc, view["valid_until"] + 1)

    assert_problem(api.accept(view), "quote_expired", str(view["valid_until"]), "Ask for a new quote")


def test_policies__signed_by_somebody_else__acceptance_invalid(api: Api) -> None:
    (view,) = api.quote(flight(1).text()).json()["quotes"]

    assert_problem(api.accept(view, signer=account("thief")), "acceptance_invalid", HOLDER.address, "typed_data")


def test_policies__too_many_on_their_way__too_many_pending(api: Api) -> None:
    views = api.quote(*(flight(n).text() for n in range(1, 5))).json()["quotes"]
    for nonce, view in enumerate(views[:3]):
        assert api.accept(view, nonce=nonce).status_code == 202

    response = api.accept(views[3], nonce=3)

    assert_problem(response, "too_many_pending", "3 acceptances are on their way")
    assert response.headers["retry-after"] == "5"


@pytest.mark.parametrize(
    ("path", "code"),
    [
        (f"/v1/policies/0x{7:064x}", "policy_unknown"),
        (f"/v1/quotes/0x{7:064x}", "quote_unknown"),
        ("/v1/intents/00000000-0000-0000-0000-000000000000", "intent_unknown"),
        (f"/v1/products/{HOLDER.address}", "product_unknown"),
        ("/v1/nothing", "not_found"),
        ("/documents/0x12.json", "document_unknown"),
        ("/v1/policies/12", "request_invalid"),
        ("/v1/policies?limit=501", "request_invalid"),
        ("/v1/settlements?cursor=x", "cursor_invalid"),
        ("/v1/products/0x12", "request_invalid"),
    ],
)
def test_get__not_there_or_malformed__problem(api: Api, path: str, code: str) -> None:
    assert_problem(api.client.get(path), code)


def test_delete__not_a_method__method_not_allowed(api: Api) -> None:
    assert_problem(api.client.delete("/v1/products"), "method_not_allowed")


def test_post__body_too_large__refused_unread(api: Api) -> None:
    response = api.client.post("/v1/quotes", content=b" " * (1 << 20) + b"{}")

    assert_problem(response, "body_too_large", "at most 1048576")
