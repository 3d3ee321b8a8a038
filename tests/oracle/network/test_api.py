"""What a node answers to statements and questions: problems by code, with a remedy."""

from dataclasses import replace
from pathlib import Path
from typing import cast

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from ledger.bindings import InsuredEvent
from oracle.network import event_book
from oracle.network.api import PROBLEM, add_network
from oracle.network.events import WatchedEvents
from oracle.network.gate import Gate
from oracle.network.wanted import claim_key
from oracle.rounds.messages import encode
from oracle.rounds.simulation import CONTRACT, QUORUM
from oracle.rounds.statements import SignedObservation, Statement, sign_observation
from oracle.sources.triggers import due_at
from scripts.source_samples import NAPA, RAIN
from tests.oracle.network.test_events import OPEN, OneProduct, watched
from tests.oracle.network.worlds import NODES, SEATS
from tests.oracle.rounds.worlds import request, seen

SAID = sign_observation(request(), NODES[1], seen(), SEATS[1].sign)


class Network:
    """A node's part in the network as the HTTP side sees it."""

    node, failed = NODES[0], None

    def __init__(self) -> None:
        self.taken: list[tuple[Statement, int]] = []
        self.full = False
        self.events: WatchedEvents | None = None

    def receive(self, statement: Statement, size: int) -> bool:
        Gate(NODES).check(statement, size)
        self.taken.append((statement, size))
        return not self.full

    def claim(self, claim_id: int) -> dict[str, object] | None:
        return {"claim_id": claim_key(claim_id), "seen": None, "rounds": []} if claim_id == 77 else None

    def event(self, product: str, event_id: int) -> dict[str, object] | None:
        told = None if self.events is None else self.events.told(product, event_id, due_at(RAIN))
        return None if told is None else {"product": product, **told}

    def scorecard(self) -> list[dict[str, object]]:
        return [{"node": NODES[0], "rounds": 3}]

    def peers(self) -> list[dict[str, object]]:
        return [{"node": NODES[1], "heard_seconds_ago": None, "failed_seconds_ago": 2, "refused": None}]

    def metrics(self) -> bytes:
        return b"quittance_rounds_open 0.0\n"


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


RAIN_PATH = f"/v1/insured-events/{CONTRACT}/0x{RAIN.event_id():064x}"


def tell(client: TestClient, *texts: str, product: str = CONTRACT) -> tuple[int, dict[str, object]]:
    answer = client.post("/v1/insured-events", json={"product": product, "insured_events": texts})
    return answer.status_code, answer.json()


@pytest.mark.parametrize("spelling", [CONTRACT, CONTRACT.lower()])
def test_tell__texts_new_and_known__counts_the_new_and_answers_for_them(
    network: Network, client: TestClient, tmp_path: Path, spelling: str
) -> None:
    network.events = watched(tmp_path)

    assert tell(client, RAIN.text(), product=spelling) == (200, {"new": 1, "told": 1})
    assert tell(client, RAIN.text(), NAPA.text()) == (200, {"new": 1, "told": 2})
    known = client.get(RAIN_PATH.replace(CONTRACT, spelling)).json()
    assert (known["product"], known["insured_event"], known["state"]) == (CONTRACT, RAIN.text(), "waiting")


@pytest.mark.parametrize(
    ("product", "texts", "status", "code"),
    [
        (QUORUM, (RAIN.text(),), 404, "product_not_followed"),
        ("0x77", (RAIN.text(),), 422, "events_malformed"),
        (CONTRACT, ("rainfall/somewhere",), 422, "event_text_invalid"),
        (CONTRACT, (RAIN.text(), RAIN.text().replace("rainfall", "hail")), 422, "event_text_invalid"),
    ],
)
def test_tell__not_to_be_followed__a_problem_with_a_remedy_and_nothing_kept(
    network: Network, client: TestClient, tmp_path: Path, product: str, texts: tuple[str, ...], status: int, code: str
) -> None:
    network.events = watched(tmp_path)

    told = tell(client, *texts, product=product)

    assert (told[0], told[1]["code"]) == (status, code)
    assert client.get(RAIN_PATH).json()["code"] == "event_not_seen"


@pytest.mark.parametrize(
    ("kept", "away", "status", "code"),
    [
        (replace(OPEN, policies=0), False, 422, "event_not_insured"),
        (replace(OPEN, occurs_at=RAIN.occurs_at + 1), False, 422, "event_time_differs"),
        (OPEN, True, 503, "chain_unread"),
    ],
)
def test_tell__not_so_on_chain_or_unread__a_problem_by_its_code(
    network: Network, client: TestClient, tmp_path: Path, kept: InsuredEvent, away: bool, status: int, code: str
) -> None:
    network.events = watched(tmp_path, kept=kept)
    cast("OneProduct", network.events._rpc).away = away

    told = tell(client, RAIN.text())

    assert (told[0], told[1]["code"]) == (status, code)
    assert client.get(RAIN_PATH).json()["code"] == "event_not_seen"


def test_tell__no_product_is_followed_or_the_book_is_full__says_so(
    network: Network, client: TestClient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert tell(client, RAIN.text())[1]["code"] == "product_not_followed"

    network.events = watched(tmp_path)
    monkeypatch.setattr(event_book, "MOST_OPEN", 1)
    status, told = tell(client, RAIN.text(), NAPA.text())
    assert (status, told["code"]) == (503, "too_many_events")


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        (RAIN_PATH, 404, "event_not_seen"),
        (RAIN_PATH.replace(CONTRACT, QUORUM), 404, "product_not_followed"),
        (RAIN_PATH.replace(CONTRACT, "0x77"), 422, "product_malformed"),
        (f"/v1/insured-events/{CONTRACT}/77", 422, "event_id_malformed"),
    ],
)
def test_event__unknown_or_none__a_problem_that_says_which(
    network: Network, client: TestClient, tmp_path: Path, path: str, status: int, code: str
) -> None:
    network.events = watched(tmp_path)
    answer = client.get(path)

    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert answer.headers["content-type"] == PROBLEM
