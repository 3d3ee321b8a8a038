"""Webhooks over HTTP, behind both walls."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any
from uuid import UUID

import pytest
from fastapi import FastAPI, Request
from fastapi.testclient import TestClient

from backend.access.authoriser import Authoriser
from backend.access.principal import Principal, PrincipalKind
from backend.access.roles import Role
from backend.http.answers import install_handlers
from backend.http.edge import Edge
from backend.webhooks.event_types import EventType
from backend.webhooks.events import emit
from backend.webhooks.router import router
from tests.backend.api import assert_problem, keyed
from tests.backend.webhooks.conftest import NOW, SERVER_KEY, TENANT, PostOffice, Receiver


def person(*roles: Role, tenant: UUID = TENANT, strong_at: int | None = NOW) -> Principal:
    return Principal(PrincipalKind.PERSON, UUID(int=9), tenant, frozenset(roles), strong_at=strong_at)


@dataclass
class Asking:
    """A client, and who it is just now."""

    client: TestClient
    principal: Principal

    def authenticate(self, _request: Request) -> Principal:
        return self.principal


@pytest.fixture
def asking(office: PostOffice) -> Iterator[Asking]:
    found = Asking(None, person(Role.ADMINISTRATOR))  # type: ignore[arg-type]  # set below: the app needs it first
    app = FastAPI()
    limits = SimpleNamespace(take_for_principal=lambda _: None, take_for_address=lambda _: None)
    app.state.services = SimpleNamespace(
        database=office.database, server_key=SERVER_KEY, settings=SimpleNamespace(webhooks_to_loopback=True),
        clock=lambda: NOW, authenticator=found, authoriser=Authoriser.load(), limits=limits,
    )  # fmt: skip
    install_handlers(app)
    app.add_middleware(Edge, page_policy="default-src 'self'")
    app.include_router(router)
    with TestClient(app, raise_server_exceptions=False) as client:
        found.client = client
        yield found


def registered(asking: Asking, url: str) -> Any:
    return asking.client.post("/v1/webhook-endpoints", json={"url": url}, headers=keyed())


def test_endpoint__whole_life__registered_tried_logged_changed_rotated_removed(
    asking: Asking, office: PostOffice, receiver: Receiver
) -> None:
    created = registered(asking, receiver.url).json()
    path = f"/v1/webhook-endpoints/{created['endpoint']['endpoint_id']}"
    tried = asking.client.post(f"{path}/tests", headers=keyed())
    office.run()
    assert len(receiver.verified(created["secret"])) == 1
    assert receiver.taken[0][0]["webhook-id"] == tried.json()["webhook_id"]

    (logged,) = asking.client.get(f"{path}/deliveries").json()["deliveries"]
    assert (logged["state"], [a["status"] for a in logged["attempts"]]) == ("delivered", [204])
    again = asking.client.post(f"/v1/webhook-deliveries/{logged['delivery_id']}/redeliveries", headers=keyed())
    assert again.json()["state"] == "waiting"

    tag = asking.client.get(path).headers["etag"]
    changed = asking.client.patch(path, json={"description": "desk"}, headers=keyed() | {"If-Match": tag})
    assert (changed.status_code, changed.json()["description"]) == (200, "desk")
    stale = asking.client.patch(path, json={"description": "late"}, headers=keyed() | {"If-Match": tag})
    assert_problem(stale, "precondition_failed")

    rotated = asking.client.post(f"{path}/secrets", json={"overlap_seconds": 60}, headers=keyed()).json()
    assert rotated["old_good_until"] == NOW + 60
    removed = asking.client.delete(path, headers=keyed() | {"If-Match": changed.headers["etag"]})
    assert removed.status_code == 204
    assert_problem(asking.client.get(path), "webhook_endpoint_unknown")


def test_register__repeated_with_its_key__one_endpoint_and_the_same_secret(asking: Asking, receiver: Receiver) -> None:
    headers = keyed("5a0e")

    both = [asking.client.post("/v1/webhook-endpoints", json={"url": receiver.url}, headers=headers) for _ in range(2)]

    assert both[0].content == both[1].content
    assert len(asking.client.get("/v1/webhook-endpoints").json()["endpoints"]) == 1


def test_register__private_address__refused(asking: Asking) -> None:
    assert_problem(registered(asking, "https://169.254.169.254/latest"), "webhook_url_refused", "public host")


@pytest.mark.parametrize(
    ("principal", "code"),
    [
        (Principal.anonymous(), "unauthenticated"),
        (person(Role.POLICYHOLDER), "forbidden"),
        (person(Role.MAINTENANCE_ENGINEER), "forbidden"),
        (person(Role.AUDITOR), "forbidden"),
    ],
)
def test_register__not_an_administrator__refused(asking: Asking, principal: Principal, code: str) -> None:
    asking.principal = principal

    assert_problem(registered(asking, "https://hooks.example.org/"), code)


def test_endpoint__second_factor_shown_long_ago__asked_for_before_secrets_and_addresses(
    asking: Asking, receiver: Receiver
) -> None:
    created = asking.client.post("/v1/webhook-endpoints", json={"url": receiver.url}, headers=keyed())
    path = f"/v1/webhook-endpoints/{created.json()['endpoint']['endpoint_id']}"
    match = keyed() | {"If-Match": created.headers["etag"]}
    for strong_at in (None, NOW - 301):
        asking.principal = person(Role.ADMINISTRATOR, strong_at=strong_at)

        assert_problem(registered(asking, receiver.url), "step_up_required")
        assert_problem(asking.client.patch(path, json={"description": "x"}, headers=match), "step_up_required")
        assert_problem(
            asking.client.post(f"{path}/secrets", json={"overlap_seconds": 60}, headers=keyed()), "step_up_required"
        )
        assert asking.client.get(path).status_code == 200


def test_endpoint__of_another_tenant__not_there(asking: Asking, receiver: Receiver) -> None:
    created = registered(asking, receiver.url).json()["endpoint"]
    asking.principal = person(Role.ADMINISTRATOR, tenant=UUID(int=8))

    assert_problem(asking.client.get(f"/v1/webhook-endpoints/{created['endpoint_id']}"), "webhook_endpoint_unknown")
    assert asking.client.get("/v1/webhook-endpoints").json() == {"endpoints": []}


def test_emit__by_a_policyholders_request__told_though_it_may_read_nothing_of_it(
    office: PostOffice, receiver: Receiver
) -> None:
    office.register(receiver.url)
    with office.database.scoped(person(Role.POLICYHOLDER)) as session:
        emit(session, TENANT, EventType.WEBHOOK_TEST, {}, now=NOW)

    office.run()

    assert len(receiver.taken) == 1


def test_event_types__anybody__every_one_with_its_meaning(asking: Asking) -> None:
    asking.principal = Principal.anonymous()

    found = asking.client.get("/v1/webhook-event-types").json()["event_types"]

    assert {entry["event_type"] for entry in found} == set(EventType)
    assert all(entry["meaning"] for entry in found)
