"""The description is current, complete, and its examples fit their schemas."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import jsonschema_rs
import pytest
from fastapi.routing import APIRoute, iter_route_contexts
from pydantic import TypeAdapter

from backend.http.openapi import answers_of, operations
from backend.main import describe, routed
from backend.problems import MEDIA_TYPE
from scripts.api_documents import expected_files

SCHEMA = describe()


@dataclass(frozen=True)
class Shown:
    """An example and the schema it has to fit."""

    place: str
    schema: Any
    example: Any


def _shown() -> Iterator[Shown]:
    for path, method, operation in operations(SCHEMA):
        place = f"{method} {path}"
        for parameter in operation.get("parameters", []):
            yield Shown(f"{place} {parameter['name']}", parameter["schema"], parameter.get("example"))
        answers = [("request", operation.get("requestBody", {})), *operation["responses"].items()]
        for name, answer in answers:
            yield from _contents(f"{place} {name}", answer)
    for name, answer in SCHEMA["components"]["responses"].items():
        yield from _contents(name, answer)


def _contents(place: str, answer: dict[str, Any]) -> Iterator[Shown]:
    for kind, content in answer.get("content", {}).items():
        yield Shown(f"{place} {kind}", content.get("schema", {}), content.get("example"))


SHOWN = list(_shown())


@pytest.mark.parametrize("shown", SHOWN, ids=lambda shown: shown.place)
def test_example__every_parameter_request_and_answer__fits_its_schema(shown: Shown) -> None:
    whole = {**shown.schema, "components": SCHEMA["components"]}

    validator = jsonschema_rs.Draft202012Validator(whole, validate_formats=True)

    problems = [f"{'/'.join(map(str, e.instance_path))}: {e.message}" for e in validator.iter_errors(shown.example)]
    assert problems == [], f"give the field an example that fits: Field(examples=[...]). {problems}"


def test_operations__every_one__has_an_id_of_its_own_and_a_summary() -> None:
    ids = [operation["operationId"] for _, _, operation in operations(SCHEMA)]

    assert len(ids) == len(set(ids))
    assert all(operation.get("description") for _, _, operation in operations(SCHEMA))


def test_operations__every_one__documents_problems_as_problem_json() -> None:
    for path, method, operation in operations(SCHEMA):
        for status, answer in answers_of(SCHEMA, operation).items():
            if int(status) >= 400:
                assert list(answer["content"]) == [MEDIA_TYPE], (path, method, status)
                assert answer["content"][MEDIA_TYPE]["example"]["status"] == int(status)


def test_describe__error_answers__stand_once_however_many_operations_give_them() -> None:
    shared = list(SCHEMA["components"]["responses"].values())

    assert len(shared) < 60
    assert all(shared.count(answer) == 1 for answer in shared)


def test_operations__writes__ask_for_a_key_or_say_nothing_of_it() -> None:
    keyed = {
        operation["operationId"]
        for _, method, operation in operations(SCHEMA)
        if method != "get"
        and any(p["name"] == "Idempotency-Key" and p["required"] for p in operation.get("parameters", []))
    }

    assert len(keyed) >= 2


def test_documents__committed__are_what_the_code_says() -> None:
    for path, text in expected_files().items():
        assert path.read_text("utf-8") == text, f"{path.name} is old: run python -m scripts.api_documents"


def test_operations__every_one__says_what_callers_show() -> None:
    found = {operation["operationId"]: operation["security"] for _, _, operation in operations(SCHEMA)}

    assert found["products.list"] == found["sessions.open"] == []
    assert found["quotes.read"] == [{"sessionBearer": []}, {"sessionCookie": []}, {"apiKey": []}]
    by_cookie = {"sessionCookie": [], "csrfToken": []}
    assert found["quotes.make"] == [{"sessionBearer": []}, by_cookie, {"apiKey": []}]
    assert found["sessions.step_up"] == [{"sessionBearer": []}, by_cookie]
    named = {name for security in found.values() for way in security for name in way}
    assert named == set(SCHEMA["components"]["securitySchemes"])


def test_example__every_request__is_taken_as_the_body_it_stands_for() -> None:
    """Bodies are read from parsed JSON, where a strict list of names is refused although its schema allows it."""
    examples = {
        operation["operationId"]: content["example"]
        for _, _, operation in operations(SCHEMA)
        for media, content in operation.get("requestBody", {}).get("content", {}).items()
        if media == "application/json"
    }
    read = 0
    for context in iter_route_contexts(routed().routes):
        route = context.original_route
        if isinstance(route, APIRoute) and route.body_field is not None and route.operation_id in examples:
            body: Any = route.body_field.field_info.annotation
            TypeAdapter(body).validate_python(examples[route.operation_id])
            read += 1

    assert read == len(examples) > 50
