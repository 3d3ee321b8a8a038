"""Files, headers, health and documentation of the API."""

from __future__ import annotations

import json
from dataclasses import replace

from fastapi.testclient import TestClient

from backend.http.openapi import answers_of, operations
from backend.main import create_app
from tests.backend.api import Api, assert_problem
from tests.backend.conftest import index_all
from tests.backend.flights import flight


def test_products__document__is_served_and_hashes_to_the_terms(api: Api) -> None:
    (product,) = api.client.get("/v1/products").json()["products"]

    document = api.client.get(product["document"]).json()

    assert product["product_id"] == "flight-delay"
    assert document["terms_hash"] == product["terms_hash"]
    assert set(product["title"]) == {"en", "zh"}


def test_deployment__file__as_it_is_on_disk(api: Api) -> None:
    assert api.client.get("/deployment.json").json() == json.loads(api.services.settings.deployment.read_text())


def test_deployment__rpc_endpoint_for_the_public__the_one_with_our_key_never_leaves(api: Api) -> None:
    public = "https://rpc.example.org"
    settings = api.services.settings.model_copy(update={"public_rpc_url": public})
    private = replace(api.services.deployment, rpc_url="https://rpc.example.com/v1/our-key")
    record = api.services.settings.deployment
    record.write_text(json.dumps(json.loads(record.read_text()) | {"rpc_url": private.rpc_url}))
    app = create_app(replace(api.services, settings=settings, deployment=private), [])

    with TestClient(app) as client:
        told = client.get("/deployment.json")

    assert told.json()["rpc_url"] == public
    assert f"connect-src 'self' {public};" in told.headers["content-security-policy"]
    assert "our-key" not in told.text + str(told.headers)


def test_frontend__not_built__says_how(api: Api) -> None:
    assert "npm --prefix frontend" in api.client.get("/").text


def test_frontend__built__files_front_page_for_its_paths_and_nothing_outside(api: Api) -> None:
    dist = api.services.settings.frontend_dir
    (dist / "assets").mkdir(parents=True)
    (dist / "index.html").write_text("<html>front</html>")
    (dist / "assets" / "app.js").write_text("1")

    assert api.client.get("/policies/0x1").text == "<html>front</html>"
    assert "immutable" in api.client.get("/assets/app.js").headers["cache-control"]
    assert_problem(api.client.get("/assets/none.js"), "not_found")
    assert_problem(api.client.get("/..%2Fdeployment.json"), "not_found")


def test_docs__built__come_from_here_alone(api: Api) -> None:
    docs = api.services.settings.frontend_dir / "docs"
    docs.mkdir(parents=True)
    (docs.parent / "index.html").write_text("<html>front</html>")
    (docs / "index.html").write_text("<html>the API</html>")

    for path in ("/docs", "/docs/", "/docs/index.html"):
        answer = api.client.get(path)
        assert answer.text == "<html>the API</html>"
        assert "default-src 'self'" in answer.headers["content-security-policy"]


def test_headers__any_answer__scripts_from_here_only(api: Api) -> None:
    headers = api.client.get("/deployment.json").headers

    assert headers["x-content-type-options"] == "nosniff"
    assert f"connect-src 'self' {api.services.deployment.rpc_url}" in headers["content-security-policy"]


def test_status__indexed__no_lag_and_every_node_reachable(api: Api) -> None:
    api.backend.world.down = {2}
    index_all(api.backend.indexer)

    status = api.client.get("/v1/status").json()

    assert status["lag_blocks"] == 0
    assert status["indexed_block"] == status["head"]["number"]
    assert [n["reachable"] for n in status["nodes"]] == [True, True, False, True]


def test_ready__database_far_behind__not_ready(api: Api) -> None:
    assert api.client.get("/health/ready").status_code == 200
    api.backend.rehearsal.rpc.call("anvil_mine", "0x64")

    assert_problem(api.client.get("/v1/health/ready"), "not_ready", "blocks behind the chain")


def test_openapi__every_route__documents_every_problem_status_as_problem_json(api: Api) -> None:
    schema = api.client.get("/openapi.json").json()

    for path, method, operation in operations(schema):
        answers = answers_of(schema, operation)
        for status in ("400", "404", "409", "422", "429", "503"):
            content = answers[status]["content"]
            assert list(content) == ["application/problem+json"], (path, method, status)


def test_policies__pages__every_policy_once(api: Api) -> None:
    views = api.quote(*(flight(n).text() for n in range(1, 4))).json()["quotes"]
    for nonce, view in enumerate(views):
        assert api.accept(view, nonce=nonce).status_code == 202
        api.backend.settle_down()

    first = api.client.get("/v1/policies", params={"limit": 2}).json()
    second = api.client.get("/v1/policies", params={"limit": 2, "cursor": first["next_cursor"]}).json()

    ids = [p["policy_id"] for p in first["policies"] + second["policies"]]
    assert len(ids) == 3
    assert ids == sorted(set(ids))
    assert second["next_cursor"] is None
