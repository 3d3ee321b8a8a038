"""Doors of routes: who comes in, what those outside are told, and applications that forgot one."""

from __future__ import annotations

from collections.abc import Iterator
from types import SimpleNamespace
from typing import Annotated
from uuid import UUID

import pytest
from fastapi import APIRouter, FastAPI, Request
from fastapi.testclient import TestClient
from sqlalchemy import text
from starlette.responses import PlainTextResponse
from starlette.routing import Mount

from backend.access.authoriser import Authoriser, Resource
from backend.access.permit import Allowed, DoorMissing, Permit, Public, operations, require_doors
from backend.access.principal import Principal
from backend.access.rates import Rate, RateLimits
from backend.access.roles import Role
from backend.database import Database
from backend.dependencies import Transaction
from backend.http.answers import install_handlers
from backend.problems import Problem
from tests.backend.access.principals import ACME, ADA, BEN, NOW, OTHER, person
from tests.backend.conftest import database_from_template

AUTHORISER = Authoriser.load()
PEOPLE = {
    "holder": person(Role.POLICYHOLDER),
    "clerk": person(Role.CUSTOMER_SERVICE, person_id=UUID(int=13)),
    "engineer": person(Role.MAINTENANCE_ENGINEER, person_id=UUID(int=14)),
    "auditor": person(Role.AUDITOR, person_id=UUID(int=15)),
    "insured treasurer": person(Role.TREASURER, Role.POLICYHOLDER),
    "insured clerk": person(Role.CUSTOMER_SERVICE, Role.POLICYHOLDER),
}
PLENTY = Rate(10_000, 10_000)


class Named:
    """Believes whoever gives a name; tests only."""

    def authenticate(self, request: Request) -> Principal:
        name = request.headers.get("x-name")
        return PEOPLE[name] if name else Principal.anonymous()


router = APIRouter(prefix="/v1")


@router.get("/mine", operation_id="quotes.read")
def mine(principal: Annotated[Principal, Permit("quotes.read")], session: Transaction) -> list[str]:
    """Who asks, and what the database was told of it."""
    told = session.scalar(text("SELECT current_user || ' ' || current_setting('quittance.tenant')"))
    return [str(principal.principal_id), str(told)]


@router.get("/rows/{tenant}/{owner}", operation_id="acceptances.read", dependencies=[Permit("acceptances.read")])
def row(tenant: int, owner: int, access: Allowed) -> str:
    """A row of somebody."""
    access.require(Resource(UUID(int=tenant), UUID(int=owner)), Problem("intent_unknown", "It is not known."))
    return "here"


@router.get("/taken-back", operation_id="policy_orders.withdraw")
def taken_back(principal: Annotated[Principal, Permit("policy_orders.withdraw")], session: Transaction) -> list[str]:
    """Something customers do with their own rows, and customer service with everybody's."""
    return [str(session.scalar(text("SELECT current_setting('quittance.own_only')"))), *sorted(principal.roles)]


@router.get("/open", operation_id="policies.read", dependencies=[Public("policies.read")])
def everybody(session: Transaction) -> str:
    """For all."""
    return str(session.scalar(text("SELECT current_user")))


@router.get("/probe", operation_id="health.live", dependencies=[Public("health.live", counted=False)])
def probe() -> str:
    """For probes."""
    return "alive"


@pytest.fixture(scope="module")
def database(template: str) -> Iterator[Database]:
    with database_from_template(template) as found:
        yield found


def client_of(database: Database, rate: Rate = PLENTY) -> TestClient:
    app = FastAPI(docs_url=None, redoc_url=None)
    app.include_router(router)
    app.state.services = SimpleNamespace(
        database=database, authenticator=Named(), authoriser=AUTHORISER, clock=lambda: NOW,
        limits=RateLimits(database, per_address=PLENTY, per_principal=rate),
    )  # fmt: skip
    install_handlers(app)
    require_doors(app, AUTHORISER)
    return TestClient(app)


def answer(client: TestClient, path: str, name: str | None) -> tuple[int, object]:
    response = client.get(path, headers={"x-name": name} if name else {})
    return response.status_code, response.json().get("code", "") if response.is_error else response.json()


def test_permit__allowed__the_route_and_the_database_know_who_asks(database: Database) -> None:
    assert answer(client_of(database), "/v1/mine", "holder") == (200, [str(ADA), f"quittance_app {ACME}"])


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("holder", ["on", "policyholder"]),
        ("insured treasurer", ["on", "policyholder"]),
        ("insured clerk", ["off", "customer_service", "policyholder"]),
        ("clerk", ["off", "customer_service"]),
    ],
)
def test_permit__staff_who_may_it_as_customers_only__see_their_own_rows_only(
    database: Database, name: str, expected: list[str]
) -> None:
    assert answer(client_of(database), "/v1/taken-back", name) == (200, expected)


def test_permit__visitor__401_with_a_challenge(database: Database) -> None:
    response = client_of(database).get("/v1/mine")

    assert (response.status_code, response.json()["code"]) == (401, "unauthenticated")
    assert response.headers["www-authenticate"] == 'Bearer realm="quittance"'


def test_permit__not_ones_work__403(database: Database) -> None:
    assert answer(client_of(database), "/v1/mine", "engineer") == (403, "forbidden")


@pytest.mark.parametrize(
    ("name", "tenant", "owner", "expected"),
    [
        ("holder", ACME, ADA, (200, "here")),
        ("holder", ACME, BEN, (403, "forbidden")),
        ("clerk", ACME, BEN, (200, "here")),
        ("clerk", OTHER, BEN, (404, "intent_unknown")),
        ("auditor", OTHER, ADA, (404, "intent_unknown")),
    ],
)
def test_require__row_found__asked_again_and_a_foreign_one_is_not_there(
    database: Database, name: str, tenant: UUID, owner: UUID, expected: tuple[int, object]
) -> None:
    assert answer(client_of(database), f"/v1/rows/{tenant.int}/{owner.int}", name) == expected


def test_public__visitor__let_in_and_scoped_to_nothing(database: Database) -> None:
    assert answer(client_of(database), "/v1/open", None) == (200, "quittance_app")


def test_doors__too_many_requests__429_with_the_wait_and_the_probe_still_answers(database: Database) -> None:
    client = client_of(database, Rate(0.01, 2))
    for _ in range(2):
        client.get("/v1/mine", headers={"x-name": "auditor"})

    response = client.get("/v1/mine", headers={"x-name": "auditor"})

    assert (response.status_code, response.json()["code"]) == (429, "rate_limited")
    assert 1 <= int(response.headers["retry-after"]) <= 100
    assert answer(client, "/v1/mine", "clerk")[0] == 200
    assert answer(client, "/v1/probe", "auditor") == (200, "alive")


def test_probe__database_gone__still_answers() -> None:
    gone = Database("postgresql+psycopg://nobody@127.0.0.1:1/none")

    assert answer(client_of(gone), "/v1/probe", "holder") == (200, "alive")


def test_operations__routers_included__every_route_with_its_whole_path(database: Database) -> None:
    found = operations(client_of(database).app)  # type: ignore[arg-type]  # the app given to the client

    assert {(o.name, o.method, o.path) for o in found} == {
        ("quotes.read", "GET", "/v1/mine"),
        ("acceptances.read", "GET", "/v1/rows/{tenant}/{owner}"),
        ("policy_orders.withdraw", "GET", "/v1/taken-back"),
        ("policies.read", "GET", "/v1/open"),
        ("health.live", "GET", "/v1/probe"),
    }


def _bare() -> FastAPI:
    return FastAPI(docs_url=None, redoc_url=None)


def _without(app: FastAPI) -> None:
    @app.get("/v1/x", operation_id="quotes.read")
    def route() -> None: ...


def _twice(app: FastAPI) -> None:
    @app.get("/v1/x", operation_id="quotes.read", dependencies=[Permit("quotes.read"), Permit("quotes.make")])
    def route() -> None: ...


def _misnamed(app: FastAPI) -> None:
    @app.get("/v1/x", operation_id="quotes.make", dependencies=[Permit("quotes.read")])
    def route() -> None: ...


def _not_public(app: FastAPI) -> None:
    @app.get("/v1/x", operation_id="quotes.read", dependencies=[Public("quotes.read")])
    def route() -> None: ...


def _open_after_all(app: FastAPI) -> None:
    @app.get("/v1/x", operation_id="policies.read", dependencies=[Permit("policies.read")])
    def route() -> None: ...


def _mounted(app: FastAPI) -> None:
    app.router.routes.append(Mount("/files", app=PlainTextResponse("everything")))


def _in_a_router(app: FastAPI) -> None:
    inner = APIRouter()
    _without(inner)  # type: ignore[arg-type]  # a router declares routes as an application does
    outer = APIRouter()
    outer.include_router(inner, prefix="/deep")
    app.include_router(outer)


@pytest.mark.parametrize(
    ("forgotten", "words"),
    [
        (_without, "/v1/x has 0 doors"),
        (_twice, "/v1/x has 2 doors"),
        (_misnamed, "Set operation_id"),
        (_not_public, "policies do not say so"),
        (_open_after_all, "declare it Public"),
        (_mounted, "/files is no API route"),
        (_in_a_router, "/deep/v1/x has 0 doors"),
    ],
)
def test_require_doors__one_is_missing__the_application_does_not_start(forgotten: object, words: str) -> None:
    app = _bare()
    forgotten(app)  # type: ignore[operator]  # one of the functions above

    with pytest.raises(DoorMissing, match=words):
        require_doors(app, AUTHORISER)
