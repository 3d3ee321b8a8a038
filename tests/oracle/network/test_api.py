"""What a node answers to statements and questions: problems by code, with a remedy."""

from typing import cast

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from oracle.network.api import PROBLEM, add_network
from oracle.network.events import EventNotTaken, WatchedEvents
from oracle.network.gate import Gate
from oracle.network.wanted import claim_key
from oracle.rounds.messages import encode
from oracle.rounds.statements import SignedObservation, Statement, sign_observation
from tests.oracle.network.worlds import NODES, SEATS
from tests.oracle.rounds.worlds import request, seen

SAID = sign_observation(request(), NODES[1], seen(), SEATS[1].sign)


class Network:
    """A node's part in the network as the HTTP side sees it."""

    node, failed = NODES[0], None

    def __init__(self) -> None:
        self.taken: list[tuple[Statement, int]] = []
        self.full = False
        self.told = Told()

    def receive(self, statement: Statement, size: int) -> bool:
        Gate(NODES).check(statement, size)
        self.taken.append((statement, size))
        return not self.full

    def claim(self, claim_id: int) -> dict[str, object] | None:
        return {"claim_id": claim_key(claim_id), "seen": None, "rounds": []} if claim_id == 77 else None

    def scorecard(self) -> list[dict[str, object]]:
        return [{"node": NODES[0], "rounds": 3}]

    def peers(self) -> list[dict[str, object]]:
        return [{"node": NODES[1], "heard_seconds_ago": None, "failed_seconds_ago": 2, "refused": None}]

    def metrics(self) -> bytes:
        return b"quittance_rounds_open 0.0\n"

    def event(self, _product: str, _event_id: int) -> dict[str, object] | None:
        return None

    @property
    def events(self) -> WatchedEvents | None:
        return cast("WatchedEvents", self.told)


@pytest.fixture
def network() -> Network:
    return Network()


@pytest.fixture
def client(network: Network) -> TestClient:
    app = FastAPI()
    add_network(app, network)
    return TestClient(app)


def test_receive__a_statement__taken_with_its_size(network: Network, client: TestClient) -> None:
    body = encode(SAID)

    assert client.post("/v1/round-messages", content=body).status_code == 202
    assert network.taken == [(SAID, len(body))]


FORGED = SignedObservation(SAID.request, NODES[2], SAID.observation, SAID.signature)
STRANGER = SignedObservation(SAID.request, "0x" + "99" * 20, SAID.observation, SAID.signature)


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (b"", 422, "message_malformed"),
        (b"\xff", 422, "message_malformed"),
        (b"[" * 100_000, 422, "message_malformed"),
        (encode(SAID).replace(b'"loss",', b'"Zhang Wei",'), 422, "message_malformed"),
        (encode(SAID).replace(b'"subjects":["77"]', b'"subjects":["77","77"]'), 422, "request_invalid"),
        (encode(FORGED), 403, "signature_wrong"),
        (encode(STRANGER), 403, "node_unknown"),
        (encode(SAID) + b" " * 40_000, 413, "statement_too_large"),
    ],
)
def test_receive__what_is_none__a_problem_that_quotes_nothing(
    network: Network, client: TestClient, body: bytes, status: int, code: str
) -> None:
    answer = client.post("/v1/round-messages", content=body)

    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert answer.headers["content-type"] == PROBLEM
    assert answer.json()["type"] == f"urn:quittance:oracle:{code}"
    assert ":" in answer.json()["detail"]
    assert "Zhang" not in answer.text
    assert network.taken == []


def test_receive__too_many_wait__503_and_when_to_say_it_again(network: Network, client: TestClient) -> None:
    network.full = True
    answer = client.post("/v1/round-messages", content=encode(SAID))

    assert (answer.status_code, answer.json()["code"]) == (503, "too_many_statements")
    assert "again" in answer.json()["detail"]


@pytest.mark.parametrize("known", [claim_key(77), "0x4d", "0x4D"])
def test_claim__known__told(client: TestClient, known: str) -> None:
    assert client.get(f"/v1/claims/{known}").json()["claim_id"] == claim_key(77)


@pytest.mark.parametrize(
    ("claim", "status", "code"),
    [("0x4e", 404, "claim_not_seen"), ("77", 422, "claim_id_malformed"), ("0x-4d", 422, "claim_id_malformed"),
     ("0x" + "f" * 65, 422, "claim_id_malformed"), ("0x4_d", 422, "claim_id_malformed")],
)  # fmt: skip
def test_claim__unknown_or_none__a_problem(client: TestClient, claim: str, status: int, code: str) -> None:
    answer = client.get(f"/v1/claims/{claim}")

    assert (answer.status_code, answer.json()["code"]) == (status, code)


def test_answers__scorecard_peers_metrics__as_documented(client: TestClient) -> None:
    assert client.get("/v1/scorecard").json() == {"seen_by": NODES[0], "nodes": [{"node": NODES[0], "rounds": 3}]}
    assert client.get("/v1/peers").json()["peers"][0]["node"] == NODES[1]
    metrics = client.get("/metrics")
    assert metrics.headers["content-type"].startswith("text/plain; version=0.0.4")
    assert metrics.text == "quittance_rounds_open 0.0\n"


class Told:
    """Takes events, or refuses them by a code."""

    refuses: str | None = None

    def tell(self, _product: str, texts: list[str]) -> int:
        if self.refuses is not None:
            raise EventNotTaken(self.refuses, "field, value and remedy")
        return len(texts)


@pytest.mark.parametrize(
    ("code", "status"),
    [
        (None, 200),
        ("event_not_insured", 422),
        ("event_time_differs", 422),
        ("event_text_invalid", 422),
        ("product_not_followed", 404),
        ("chain_unread", 503),
    ],
)
def test_tell__taken_or_refused__answered_by_its_code(
    network: Network, client: TestClient, code: str | None, status: int
) -> None:
    network.told.refuses = code
    answer = client.post("/v1/insured-events", json={"product": NODES[0], "insured_events": ["rainfall/…"]})

    assert answer.status_code == status
    assert answer.json().get("code") == code
