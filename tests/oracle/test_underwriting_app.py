"""Underwriting over HTTP: four nodes, a relayer between them, and nobody's data in what goes wrong."""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from structlog.testing import capture_logs

import oracle.node.underwriting as underwriting
from ledger.deployment import DeployedProduct, Deployment
from ledger.typed_data import recover
from ledger.typed_indemnity import underwriting_report_digest
from oracle.node.app import MAX_BODY_BYTES
from oracle.node.underwriting_node import UnderwritingNode
from oracle.node.underwriting_process import UnderwritingMisconfigured, product_lines
from oracle.risk.indicators import Line
from tests.conftest import plain_logs
from tests.oracle.samples import CHAIN_ID, PRODUCT, SIGNERS
from tests.oracle.underwriting_samples import (
    PretendedUnderwritingChain,
    Relayer,
    applied,
    as_body,
    client_of,
    make_underwriter,
    other_engine,
    own_engine,
    product_view,
)

SECRET = "Ms Lin of 7 Garden Road"
ASSESS, SIGN = "/v1/underwriting-assessments", "/v1/underwriting-report-signatures"


@pytest.fixture(scope="module")
def chain(tmp_path_factory: pytest.TempPathFactory) -> PretendedUnderwritingChain:
    return PretendedUnderwritingChain(product_view(tmp_path_factory.mktemp("product")))


@pytest.fixture
def nodes(chain: PretendedUnderwritingChain, tmp_path: Path) -> list[UnderwritingNode]:
    return [make_underwriter(number, chain, tmp_path) for number in range(4)]


@pytest.fixture
def relayer(nodes: list[UnderwritingNode]) -> Relayer:
    return Relayer([client_of(node) for node in nodes], PRODUCT, CHAIN_ID)


@pytest.fixture
def client(nodes: list[UnderwritingNode]) -> TestClient:
    return client_of(nodes[0])


@pytest.fixture
def logs() -> Iterator[list[Any]]:
    plain_logs()
    with capture_logs() as found:
        yield found


def test_round__four_honest_nodes__same_bytes_and_four_signatures(relayer: Relayer) -> None:
    batch = [applied(1), applied(2, history=["hypertension"], premium_minor=200_000), applied(3, currency="USD")]

    answers = relayer.ask(batch)
    report = relayer.compose(answers)
    signed = relayer.collect(report, batch[:2])

    assert len({json.dumps(answer, sort_keys=True) for answer in answers}) == 1
    assert [each["code"] for each in answers[0]["refusals"]] == ["currency_differs"]
    assert answers[0]["assessments"][1]["case"]["recommended"] == {
        "measure": "exclusion", "loading_bps": 0, "cap_minor": None, "exclusions": ["hypertension-complications"]
    }  # fmt: skip
    assert set(answers[0]["assessments"][0]["explanation"]) == {"en", "zh"}
    digest = underwriting_report_digest(report)
    found = [recover(digest, bytes.fromhex(each["signature"][2:])) for each in signed]
    assert found == [each["signer"] for each in signed] == list(SIGNERS)


def test_round__one_node_with_other_tables__others_agree_and_it_refuses(
    nodes: list[UnderwritingNode], chain: PretendedUnderwritingChain, tmp_path: Path
) -> None:
    odd = make_underwriter(3, chain, tmp_path / "odd", engine=other_engine())
    relayer = Relayer([client_of(node) for node in (*nodes[:3], odd)], PRODUCT, CHAIN_ID)

    report = relayer.compose(relayer.ask([applied()]))
    signed = relayer.collect(report, [applied()])

    assert report.model_hash == own_engine().hash
    assert ["signature" in each for each in signed] == [True, True, True, False]
    assert signed[3]["code"] == "model_hash_differs"
    assert f"0x{other_engine().hash.hex()}" in signed[3]["detail"]


def test_round__lying_relayer__is_refused_by_every_node_by_field(relayer: Relayer) -> None:
    report = relayer.compose(relayer.ask([applied()]))
    better = replace(report, assessments=(replace(report.assessments[0], score=1),))

    signed = relayer.collect(better, [applied()])

    assert {each["code"] for each in signed} == {"score_differs"}
    assert all(each["status"] == 409 and "this node has 825" in each["detail"] for each in signed)


def test_about__asked__versions_of_tables_and_products(client: TestClient) -> None:
    told = client.get("/v1/underwriting").json()

    assert told["signer"] == SIGNERS[0]
    assert told["model_hash"] == f"0x{own_engine().hash.hex()}"
    assert told["tables"]["health"] == own_engine().tables.lines[Line.HEALTH].version
    assert told["products"] == {PRODUCT: "health"}
    assert client.get("/v1/node").json()["signer"] == SIGNERS[0]
    assert client.post("/v1/assessments", json={}).status_code == 404  # no flights here


MALFORMED: list[tuple[str, object]] = [
    ("product", {"product": SECRET, "applications": as_body([applied()])}),
    ("?", {"product": PRODUCT, "applications": as_body([applied()]), SECRET: 1}),
    ("applications.0.salt", {"product": PRODUCT, "applications": [{"application": {}, "salt": SECRET}]}),
    ("applications.0.?", {"product": PRODUCT, "applications": [{**as_body([applied()])[0], SECRET: 1}]}),
    ("applications", {"product": PRODUCT, "applications": []}),
    ("body", [SECRET]),
]


@pytest.mark.parametrize(("field", "body"), MALFORMED)
def test_assess__malformed__names_the_field_and_quotes_nothing(
    client: TestClient, logs: list[Any], field: str, body: object
) -> None:
    answer = client.post(ASSESS, json=body)

    assert (answer.status_code, answer.json()["code"]) == (422, "body_malformed")
    assert answer.json()["detail"].startswith(f"{field} is wrong (")
    assert SECRET not in answer.text + json.dumps(logs)


@pytest.mark.parametrize("body", [b"{", b"\xff", b'{"a": ' + b"[" * 100_000, b"9" * 5_000])
def test_assess__not_json__is_refused(client: TestClient, body: bytes) -> None:
    answer = client.post(ASSESS, content=body, headers={"Content-Type": "application/json"})

    assert (answer.status_code, answer.json()["code"]) == (422, "body_malformed")


def test_assess__bodies_over_the_limit__are_refused_while_they_arrive(client: TestClient) -> None:
    answer = client.post(ASSESS, content=b" " * (MAX_BODY_BYTES + 1))

    assert (answer.status_code, answer.json()["code"]) == (413, "body_too_large")


def test_assess__engine_fails_with_somebodys_data__told_and_logged_without_it(
    client: TestClient, logs: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_: object) -> None:
        raise RuntimeError(SECRET)

    monkeypatch.setattr(underwriting, "subject_of", fail)
    answer = client.post(ASSESS, json={"product": PRODUCT, "applications": as_body([applied()])})

    assert (answer.status_code, answer.json()["code"]) == (500, "node_failed")
    assert SECRET not in answer.text + json.dumps(logs)
    failed = next(each for each in logs if each["event"] == "underwriting.failed")
    assert failed["kind"] == "RuntimeError"
    assert failed["at"].startswith("test_underwriting_app.py:")


def test_round__whatever_is_handed_in__is_in_no_log_and_on_no_disk(
    relayer: Relayer, logs: list[Any], tmp_path: Path
) -> None:
    batch = [
        applied(1, reports={"hospital": {"systolic_mmhg": 187}}, authorised=("hospital",)),
        applied(2, bmi_tenths=SECRET),
    ]

    answers = relayer.ask(batch)
    relayer.collect(relayer.compose(answers), batch[:1])

    kept = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
    told = json.dumps(logs)
    assert "underwriting_report.signed" in told
    for each in (SECRET, "187", "office-clerk", "systolic", batch[0].salt.hex()):
        assert each not in told
        assert each.encode() not in kept
    assert batch[0].salt not in kept
    assert all(SECRET not in json.dumps(answer) for answer in answers)


def test_answers__hold_peoples_data__are_not_to_be_stored(client: TestClient) -> None:
    answer = client.post(ASSESS, json={"product": PRODUCT, "applications": as_body([applied()])})

    assert answer.headers["Cache-Control"] == "no-store"
    assert "statements" not in answer.text


def test_product_lines__options__are_addresses_of_what_is_deployed() -> None:
    sold = (
        DeployedProduct(PRODUCT, "0x00", "hospital-care", "a.json", "indemnity"),
        DeployedProduct(SIGNERS[0], "0x00", "flight-delay", "b.json"),
    )
    deployment = Deployment(CHAIN_ID, 0, "0x00", "", {}, sold)

    assert product_lines(["hospital-care=health"], deployment) == {PRODUCT: Line.HEALTH}
    for wrong, told in (
        (["flight-delay=health"], "indemnity products: hospital-care"),
        (["hospital-care"], "give product and line, as in hospital-care=health"),
        (["hospital-care=sea"], "life, health, accident, motor, property"),
        (["hospital-care=health", "hospital-care=life"], "two lines"),
    ):
        with pytest.raises(UnderwritingMisconfigured, match=told):
            product_lines(wrong, deployment)
