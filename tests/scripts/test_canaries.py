"""Canaries are planted in every free text an operation takes, and found in whatever form they leaked."""

from __future__ import annotations

import base64
from pathlib import Path

import pytest

from scripts.canaries.planting import Canaries, requests
from scripts.canaries.searching import found_in, pieces

CANARY = Canaries().new()
DOCUMENT = {
    "paths": {
        "/v1/claims/{claim_id}": {
            "post": {
                "operationId": "claims.notify",
                "parameters": [
                    {"name": "claim_id", "in": "path", "required": True, "schema": {"type": "string"}},
                    {"name": "holder", "in": "query", "schema": {"anyOf": [{"type": "string"}, {"type": "null"}]}},
                    {"name": "kind", "in": "query", "schema": {"type": "string", "enum": ["loss"]}},
                ],
                "requestBody": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Claim"}}}},
            }
        }
    },
    "components": {
        "schemas": {
            "Claim": {
                "type": "object",
                "properties": {
                    "told": {"type": "string"}, "amount": {"type": "integer", "minimum": 0},
                    "witnesses": {"type": "array", "items": {"$ref": "#/components/schemas/Person"}},
                    "id": {"type": "string", "pattern": "^0x"}, "insured_event": {"type": "string"},
                },
            },
            "Person": {"type": "object", "properties": {"name": {"type": "string"}}},
        }
    },
}  # fmt: skip


def test_requests__an_operation_nobody_named_before__every_free_text_holds_a_canary_of_its_own() -> None:
    canaries = Canaries()

    request, bare = requests(DOCUMENT, canaries)

    texts = [
        request.path.rsplit("/", 1)[-1], request.query["holder"], request.body["told"],
        request.body["witnesses"][0]["name"],
    ]  # fmt: skip
    bare_texts = [bare.path.rsplit("/", 1)[-1], bare.body["told"], bare.body["witnesses"][0]["name"]]
    assert sorted(texts + bare_texts) == sorted(canaries.planted)
    assert len(set(texts + bare_texts)) == 7
    assert bare.query == {}  # nothing there is asked for
    assert request.query["kind"] == "loss"
    assert not set(canaries.planted) & {request.body["id"], request.body["insured_event"]}


@pytest.mark.parametrize(
    "leak",
    [
        CANARY.encode(), CANARY.upper().encode(), CANARY.lower().encode(), CANARY.encode().hex().encode(),
        CANARY.encode().hex().upper().encode(), *(base64.b64encode(b"x" * n + CANARY.encode()) for n in range(3)),
    ],
)  # fmt: skip
def test_found_in__any_form__found(leak: bytes) -> None:
    assert found_in([b"\x00before", b"in {" + leak + b"} a line", b"after"])


def test_found_in__random_bytes__nothing() -> None:
    assert not found_in([bytes(range(256)) * 1000, b"Kanari", b"a canary"])


def test_pieces__a_value_across_their_border__is_whole_in_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("scripts.canaries.searching._PAGE", 300)
    path = tmp_path / "log"
    path.write_bytes(b"." * 290 + CANARY.encode() + b"." * 290)

    assert found_in(pieces(path)) == {CANARY.encode()}
