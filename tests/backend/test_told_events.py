"""Nodes are told what is insured: by the real paths of a node, over rows the indexer would have written."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from sqlalchemy import text

from backend.database import Database
from backend.told_events.service import AFTER_REFUSAL_SECONDS, AGAIN_SECONDS, GIVEN_UP_SECONDS, EventTeller
from oracle.network.api import add_network
from oracle.rounds.simulation import CONTRACT
from scripts.source_samples import NAPA, RAIN
from tests.oracle.network.test_api import Network
from tests.oracle.network.test_events import OPEN, later, watched

NODE, OTHER = "http://node-1", "http://node-2"
NOW = RAIN.occurs_at
ELSEWHERE = "0x" + "22" * 20


class Wire(TestClient):
    """A real node's HTTP side for one address; other addresses answer as they are told to."""

    def __init__(self, network: Network) -> None:
        app = FastAPI()
        add_network(app, network)
        super().__init__(app)
        self.asked: list[tuple[str, int]] = []
        self.answers: dict[str, httpx.Response | httpx.HTTPError] = {}

    def request(self, method: str, url: httpx._types.URLTypes, **options: object) -> httpx.Response:
        """As the node at this address answers."""
        base = str(url).split("/v1/")[0]
        self.asked.append((base, len(options["json"]["insured_events"])))  # type: ignore[index]
        answer = self.answers.get(base)
        if isinstance(answer, httpx.HTTPError):
            raise answer
        return answer or super().request(method, url, **options)  # type: ignore[arg-type]


@pytest.fixture
def network(tmp_path: Path) -> Network:
    found = Network()
    found.events = watched(tmp_path)
    return found


@pytest.fixture
def wire(network: Network) -> Wire:
    return Wire(network)


def insure(database: Database, product: str, *events: str, occurs_at: int = NOW) -> None:
    """What the indexer writes when an event's first policy is bound."""
    with database.transaction() as session:
        session.execute(
            text("INSERT INTO blocks VALUES (1, :one, :two, :now) ON CONFLICT DO NOTHING"),
            {"one": b"\1" * 32, "two": b"\2" * 32, "now": NOW},
        )
        for index, event in enumerate(events):
            session.execute(
                text(
                    "INSERT INTO insured_events (product, event_id, insured_event, occurs_at, block_number, log_index,"
                    " transaction_hash) VALUES (:product, sha256(CAST(:event AS bytea)), :text, :occurs_at, 1,"
                    " (SELECT count(*) FROM insured_events), :hash)"
                ),
                {
                    "product": bytes.fromhex(product[2:]), "event": event.encode(), "text": event,
                    "occurs_at": occurs_at + index, "hash": b"\3" * 32,
                },
            )  # fmt: skip


def close(database: Database) -> None:
    """Close every event."""
    with database.transaction() as session:
        session.execute(
            text(
                "INSERT INTO event_closures (product, event_id, outcome, value, share_bps, closed_at, block_number,"
                " log_index, transaction_hash) SELECT product, event_id, 1, 0, 0, 0, 1, 1000 + log_index,"
                " transaction_hash FROM insured_events"
            )
        )


def kept(database: Database) -> list[tuple[str, str | None, int]]:
    with database.transaction() as session:
        rows = session.execute(text("SELECT node, refusal, tell_again_at FROM told_events ORDER BY node, event_id"))
        return [(row.node, row.refusal, row.tell_again_at) for row in rows]


class Clocks:
    """Chain time and seconds that pass, moved by hand."""

    chain, passed = NOW, 0.0


def teller(database: Database, wire: Wire, clocks: Clocks, *nodes: str) -> EventTeller:
    return EventTeller(
        database, nodes or (NODE,), chain_time=lambda: clocks.chain, timeout_seconds=1,
        monotonic=lambda: clocks.passed, client=wire,
    )  # fmt: skip


def test_step__an_insured_event__a_real_node_follows_it_and_is_not_told_twice(
    database: Database, network: Network, wire: Wire
) -> None:
    insure(database, CONTRACT, RAIN.text())
    telling = teller(database, wire, Clocks())

    assert telling.step() is False
    assert network.event(CONTRACT, RAIN.event_id()) is not None
    assert kept(database) == [(NODE, None, NOW + AGAIN_SECONDS)]
    assert telling.step() is True
    assert wire.asked == [(NODE, 1)]


def test_step__an_hour_later__told_again_for_a_node_that_began_anew(database: Database, wire: Wire) -> None:
    insure(database, CONTRACT, RAIN.text())
    clocks = Clocks()
    telling = teller(database, wire, clocks)
    telling.step()
    clocks.chain += AGAIN_SECONDS

    assert telling.step() is False
    assert len(wire.asked) == 2


def test_step__one_of_several_refused__the_others_are_taken_and_it_is_tried_again(
    database: Database, network: Network, wire: Wire
) -> None:
    insure(database, CONTRACT, RAIN.text(), NAPA.text())
    assert network.events is not None
    later(network.events, replace(OPEN, policies=0))
    clocks = Clocks()

    teller(database, wire, clocks).step()

    assert network.event(CONTRACT, NAPA.event_id()) is not None
    assert network.event(CONTRACT, RAIN.event_id()) is None
    refusals = {(refusal, again - NOW) for _, refusal, again in kept(database)}
    assert refusals == {("event_not_insured", AFTER_REFUSAL_SECONDS), (None, AGAIN_SECONDS)}
    later(network.events, OPEN)
    clocks.chain += AFTER_REFUSAL_SECONDS
    teller(database, wire, clocks).step()
    assert network.event(CONTRACT, RAIN.event_id()) is not None


def test_step__a_product_no_node_follows_by_rounds__asked_once_an_hour_without_halving(
    database: Database, wire: Wire
) -> None:
    insure(database, ELSEWHERE, "one", "two", "three")

    teller(database, wire, Clocks()).step()

    assert wire.asked == [(NODE, 3)]
    assert {(refusal, again) for _, refusal, again in kept(database)} == {("product_not_followed", NOW + AGAIN_SECONDS)}


@pytest.mark.parametrize(
    "answer",
    [
        httpx.ConnectError("refused"),
        httpx.ReadTimeout("slow"),
        httpx.Response(503, json={"code": "chain_unread"}),
        httpx.Response(500, text="<html>"),
        httpx.Response(200, json=[]),
        httpx.Response(200, json={"new": 0, "told": 7}),
    ],
    ids=["refused", "slow", "unread", "page", "list", "counts-wrong"],
)
def test_step__one_node_gives_no_answer__the_other_is_told_and_the_silent_one_later(
    answer: httpx.Response | httpx.HTTPError, database: Database, wire: Wire
) -> None:
    insure(database, CONTRACT, RAIN.text())
    clocks = Clocks()
    telling = teller(database, wire, clocks, OTHER, NODE)
    wire.answers[OTHER] = answer

    telling.step()
    telling.step()

    assert wire.asked == [(OTHER, 1), (NODE, 1)], "the silent node has a pause"
    assert [node for node, _, _ in kept(database)] == [NODE]
    del wire.answers[OTHER]
    clocks.passed += 5
    telling.step()
    assert [node for node, _, _ in kept(database)] == [NODE, OTHER]


def test_step__closed_or_long_past__left_alone_and_forgotten(database: Database, wire: Wire) -> None:
    insure(database, CONTRACT, RAIN.text())
    insure(database, ELSEWHERE, "long ago", occurs_at=NOW - GIVEN_UP_SECONDS - 1)
    telling = teller(database, wire, Clocks())
    telling.step()
    assert len(kept(database)) == 1

    close(database)

    assert telling.step() is True
    assert kept(database) == []
    assert wire.asked == [(NODE, 1)]
