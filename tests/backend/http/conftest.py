"""A small application on a real database: writes into a ledger of its own, so that effects can be counted."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Annotated, Any
from uuid import uuid4

import pytest
from fastapi import FastAPI, Request
from fastapi.testclient import TestClient
from pydantic import Field
from sqlalchemy import text

from backend.access.authoriser import Authoriser
from backend.access.principal import Principal
from backend.access.rates import Rate, RateLimits
from backend.database import Database
from backend.dependencies import Services, Transaction
from backend.fields import Input, View
from backend.http.answers import install_handlers
from backend.http.edge import Edge
from backend.http.idempotency import IdempotencyKey
from backend.http.pages import PageAsked
from backend.http.preconditions import IfMatch, require_match
from backend.http.routes import api_router
from backend.http.server_key import ServerKey
from backend.problems import Problem

PLENTY = Rate(100_000, 100_000)


class Entry(Input):
    """What is written. `behave` chooses what goes wrong after the write."""

    amount: Annotated[int, Field(ge=0, le=10**9)]
    behave: str = "well"


class EntryView(View):
    """What was written."""

    number: int
    amount: int


class EntryPage(View):
    """A page."""

    entries: list[EntryView]
    next_cursor: str | None


@dataclass
class House:
    """The application, its client, and what a test can turn: who asks, and a gate the route waits at."""

    client: TestClient
    database: Database
    app: FastAPI
    state: SimpleNamespace

    def write(self, amount: int = 7, *, key: str | None = None, behave: str = "well", **headers: str) -> Any:
        body = {"amount": amount, "behave": behave}
        return self.client.post("/v1/entries", json=body, headers={"Idempotency-Key": key or str(uuid4())} | headers)

    @property
    def entries(self) -> int:
        with self.database.transaction() as session:
            return int(session.scalar(text("SELECT count(*) FROM entries")) or 0)

    def change(self, statement: str) -> None:
        with self.database.transaction() as session:
            session.execute(text(statement))

    def rows(self, query: str) -> list[Any]:
        with self.database.transaction() as session:
            return list(session.execute(text(query)))


class Known:
    """Takes everybody for whom the test says."""

    def __init__(self, state: SimpleNamespace) -> None:
        self._state = state

    def authenticate(self, _request: Request) -> Principal:
        found: Principal = self._state.principal
        return found


def make_house(database: Database, server_key: ServerKey) -> tuple[FastAPI, SimpleNamespace]:
    """The application and what a test can turn."""
    state = SimpleNamespace(principal=Principal.anonymous(), gate=threading.Event(), inside=threading.Event())
    state.gate.set()
    app = FastAPI()
    app.state.services = SimpleNamespace(
        database=database, server_key=server_key, authenticator=Known(state),
        limits=RateLimits(database, per_address=PLENTY, per_principal=PLENTY),
        authoriser=Authoriser.load(), clock=lambda: 1_800_000_000,
    )  # fmt: skip
    install_handlers(app)
    app.add_middleware(Edge, page_policy="default-src 'self'")

    app.include_router(_router(state))
    return app, state


def _router(state: SimpleNamespace) -> Any:
    router = api_router("entries")

    @router.post("/entries", status_code=201, operation_id="entries.write", dependencies=[IdempotencyKey])
    def write(body: Entry, session: Transaction) -> EntryView:
        number = session.scalar(text("INSERT INTO entries (amount) VALUES (:a) RETURNING number"), {"a": body.amount})
        state.inside.set()
        state.gate.wait(20)
        _behave(body.behave)
        return EntryView(number=int(number or 0), amount=body.amount)

    @router.get("/entries", operation_id="entries.list")
    def list_entries(session: Transaction, page: PageAsked, least: int = 0) -> EntryPage:
        after = page.position[0] if page.position else 0
        query = text("SELECT number, amount FROM entries WHERE number > :n AND amount >= :l ORDER BY 1 LIMIT :m")
        rows = session.execute(query, {"n": after, "l": least, "m": page.limit}).all()
        found = [EntryView(number=row.number, amount=row.amount) for row in rows]
        cursor = page.next_cursor(len(found), [found[-1].number] if found else None)
        return EntryPage(entries=found, next_cursor=cursor)

    @router.put("/entries/{number}", operation_id="entries.change", dependencies=[IdempotencyKey])
    def change(number: int, body: Entry, if_match: IfMatch, services: Services) -> EntryView:  # noqa: ARG001
        require_match(if_match, 3)
        return EntryView(number=number, amount=body.amount)

    @router.get("/entries/failing", operation_id="entries.fail")
    def fail() -> EntryView:
        raise RuntimeError("nobody foresaw this")

    return router


def _behave(how: str) -> None:
    match how:
        case "refused":
            raise Problem("sale_suspended")
        case "forbidden":
            raise Problem("forbidden")
        case "busy":
            raise Problem("oracle_unavailable")
        case "broken":
            raise RuntimeError("nobody foresaw this")


@pytest.fixture
def house(database: Database) -> Iterator[House]:
    with database.transaction() as session:
        session.execute(
            text("CREATE TABLE entries (number INT GENERATED ALWAYS AS IDENTITY PRIMARY KEY, amount BIGINT NOT NULL)")
        )
        session.execute(text("GRANT SELECT, INSERT ON entries TO quittance_app"))
    app, state = make_house(database, ServerKey(b"s" * 32))
    with TestClient(app, raise_server_exceptions=False) as client:
        yield House(client, database, app, state)
