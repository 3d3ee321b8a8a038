"""What the audit log hears of requests: all of them, however they end, each under its request's id."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from backend.access.roles import Role
from backend.audit import service as audit
from backend.audit.entries import HOUSE_TENANT, told_request_id
from backend.audit.sequencer import Sequencer
from backend.database import Database
from backend.products import service as products
from tests.backend.identity.house import ORIGIN, House, make_house
from tests.backend.identity.test_identity_api import Page, code_of, make_app

QUOTE = "0x" + "07" * 32
REQUEST = uuid.uuid4().hex


@pytest.fixture
def page(database: Database, tmp_path: Path) -> Iterator[Page]:
    house: House = make_house(database)
    with TestClient(make_app(house, database, tmp_path), base_url=ORIGIN, raise_server_exceptions=False) as client:
        yield Page(client, house)


def told(database: Database, tenant_id: uuid.UUID, operation: str) -> list[dict[str, Any]]:
    """What a log says of an operation, once the writer has been there."""
    Sequencer(database).step()
    with database.every_tenant() as session:
        entries = audit.page(session, tenant_id, after=-1, limit=500)
    return [json.loads(entry.leaf)["content"] for entry in entries if entry.operation == operation]


def test_request__row_is_not_there__told_as_refused_with_its_id(page: Page, database: Database) -> None:
    person_id = page.house.person(Role.POLICYHOLDER)
    bearer = page.bearer(person_id) | {"X-Request-Id": REQUEST}

    response = page.client.get(f"/v1/quotes/{QUOTE}", headers=bearer)

    assert code_of(response) == "quote_unknown"
    (entry,) = told(database, page.house.tenant_id, "quotes.read")
    assert (entry["outcome"], entry["facts"]) == ("refused", {"why": "quote_unknown"})
    assert (entry["subject"], entry["request_id"]) == (f"v1/quotes/{QUOTE}", REQUEST)
    assert entry["principal"] == {"kind": "person", "id": str(person_id), "roles": ["policyholder"]}


def test_request__found_by_its_id__every_entry_written_in_it(page: Page, database: Database) -> None:
    bearer = page.bearer(page.house.person(Role.AUDITOR))
    page.client.get("/v1/audit/entries", headers=bearer | {"X-Request-Id": "order-4711.retry_2"})
    page.client.get("/v1/audit/heads", headers=bearer)
    Sequencer(database).step()

    query = {"request_id": "order-4711.retry_2"}
    found = page.client.get("/v1/audit/entries", params=query, headers=bearer).json()["entries"]

    assert [entry["operation"] for entry in found] == ["audit.list"]
    assert found[0]["request_id"] == told_request_id("order-4711.retry_2") != "order-4711.retry_2"


def test_request__not_as_described__told(page: Page, database: Database) -> None:
    response = page.post("/v1/quotes", {}, **page.bearer(page.house.person(Role.POLICYHOLDER)))

    assert code_of(response) == "request_invalid"
    (entry,) = told(database, page.house.tenant_id, "quotes.make")
    assert (entry["outcome"], entry["facts"]) == ("refused", {"why": "request_invalid"})


def test_request__role_may_not__told_once(page: Page, database: Database) -> None:
    response = page.client.get("/v1/audit/entries", headers=page.bearer(page.house.person(Role.POLICYHOLDER)))

    assert code_of(response) == "forbidden"
    (entry,) = told(database, page.house.tenant_id, "audit.list")
    assert (entry["outcome"], entry["facts"]) == ("refused", {"why": "forbidden"})


def test_visitor__reads_what_is_public_and_what_is_not__told_in_the_houses_log(page: Page, database: Database) -> None:
    assert page.client.get("/v1/products").status_code == 200
    assert page.client.get("/v1/webhook-event-types").status_code == 200
    assert code_of(page.client.get(f"/v1/quotes/{QUOTE}")) == "unauthenticated"

    nobody = {"kind": "anonymous", "id": None, "roles": []}
    (listed,) = told(database, HOUSE_TENANT, "products.list")
    (types,) = told(database, HOUSE_TENANT, "webhooks.event_types")
    (refused,) = told(database, HOUSE_TENANT, "quotes.read")
    assert [entry["outcome"] for entry in (listed, types, refused)] == ["done", "done", "refused"]
    assert listed["principal"] == types["principal"] == refused["principal"] == nobody


def test_sign_in__wrong_password__told_without_saying_who(page: Page, database: Database) -> None:
    person_id = page.house.person(Role.POLICYHOLDER)

    assert code_of(page.sign_in(person_id, password="wrong horse battery")) == "sign_in_refused"

    (entry,) = told(database, HOUSE_TENANT, "sessions.open")
    assert (entry["outcome"], entry["facts"]) == ("refused", {"why": "sign_in_refused"})
    assert page.house.email_of(person_id) not in json.dumps(entry)


def test_step_up__wrong_code__told_as_the_sessions_person(page: Page, database: Database) -> None:
    person_id = page.house.person(Role.POLICYHOLDER)
    page.house.app_of(person_id)
    token = page.sign_in(person_id).json()["token"]

    shown = {"method": "totp", "code": "000000"}
    page.post("/v1/sessions/current/step-up", shown, Authorization=f"Bearer {token}")

    (entry,) = told(database, page.house.tenant_id, "sessions.step_up")
    assert (entry["outcome"], entry["principal"]["id"]) == ("refused", str(person_id))


def test_write__refused_and_repeated_with_its_key__told_both_times(page: Page, database: Database) -> None:
    bearer = page.bearer(page.house.person(Role.ADMINISTRATOR)) | {"Idempotency-Key": "once"}
    for _ in range(2):
        page.client.post(f"/v1/webhook-deliveries/{uuid.UUID(int=7)}/redeliveries", headers=bearer)

    first, second = told(database, page.house.tenant_id, "webhooks.redeliver")
    assert (first["outcome"], first["facts"]) == ("refused", {"why": "webhook_delivery_unknown"})
    assert (second["outcome"], second["facts"]) == ("refused", {"replayed": True})


def test_probes_and_pages__asked__not_told(page: Page, database: Database) -> None:
    for path in ("/v1/health/live", "/v1/health/ready", "/", "/deployment.json", "/v1/nothing"):
        page.client.get(path)

    with database.every_tenant() as session:
        assert session.scalar(text("SELECT count(*) FROM audit_inbox")) == 0


def test_request__fails__told_as_failed(page: Page, database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise RuntimeError("nobody foresaw")

    monkeypatch.setattr(products, "list_products", fail)

    assert code_of(page.client.get("/v1/products")) == "internal_error"
    (entry,) = told(database, HOUSE_TENANT, "products.list")
    assert entry["outcome"] == "failed"


def test_log_cannot_be_told__reading_is_not_answered_and_a_refusal_is(
    page: Page, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise OperationalError("INSERT", {}, Exception("the server is gone"))

    monkeypatch.setattr(audit, "record_apart", fail)

    reading = page.client.get("/v1/webhook-event-types")
    assert (reading.status_code, code_of(reading)) == (503, "database_unavailable")
    assert code_of(page.client.get(f"/v1/quotes/{QUOTE}")) == "unauthenticated"
