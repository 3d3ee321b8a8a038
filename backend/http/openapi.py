"""The API's description: OpenAPI 3.1 with an example for every request and answer, and what holds for all operations.

Examples are put together from those of fields (`Field(examples=[…])`); a test validates each against its schema.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any, Final

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from backend.access.permit import Operation
from backend.access.permit import operations as served_operations
from backend.http.examples import Examples
from backend.http.idempotency import REPLAYED_HEADER
from backend.problems import MEDIA_TYPE, PROBLEM_SCHEMA, STATUS, Problem, documented

OPENAPI_VERSION: Final = "3.1.0"
METHODS: Final = ("get", "put", "post", "delete", "patch", "head", "options")
_REQUEST_ID: Final = "8c1f2f6a0d5e4f0f9f6f8f2c0a7b1d3e"
_DESCRIPTION: Final = """Insurance claims settlement. See docs/api.md for keys, pages, versions and webhooks.

Times are Unix seconds; amounts are whole token units. Every error is RFC 9457 problem+json with a stable `code`."""

_SCHEMES: Final = {
    "sessionBearer": {
        "type": "http", "scheme": "bearer", "bearerFormat": "qs_…",
        "description": "A session opened with `carrier: bearer`.",
    },
    "sessionCookie": {
        "type": "apiKey", "in": "cookie", "name": "__Host-quittance_session",
        "description": "A session opened with `carrier: cookie`, for pages; HttpOnly, Secure, SameSite=Strict.",
    },
    "csrfToken": {
        "type": "apiKey", "in": "header", "name": "X-CSRF-Token",
        "description": "Beside the cookie of every change: `csrf_token` of the session.",
    },
    "apiKey": {
        "type": "http", "scheme": "bearer", "bearerFormat": "qk_…",
        "description": "A machine's key, with its scopes; what only persons may do it may not.",
    },
}  # fmt: skip
_OF_A_SESSION: Final = frozenset({"sessions.step_up_options", "sessions.step_up", "sessions.close"})
"""Public at the door, because a session that waits for its second factor may; they look at it themselves."""

_ID_HEADER: Final = {
    "description": "Id of this request, yours when it was well formed.",
    "schema": {"type": "string", "examples": [_REQUEST_ID]},
}
_ETAG_HEADER: Final = {
    "description": "Version of what is read; for If-None-Match and If-Match.",
    "schema": {"type": "string", "examples": ['"3"']},
}
_REPLAYED: Final = {
    "description": "`true` when this is the kept answer to an earlier request with the same key.",
    "schema": {"type": "string", "const": "true"},
}
_LINK: Final = {
    "description": 'The next page, `rel="next"`; absent on the last.',
    "schema": {"type": "string", "examples": ['</v1/policies?limit=100&cursor=…>; rel="next"']},
}


def describe(app: FastAPI) -> dict[str, Any]:
    """The whole description."""
    schema = get_openapi(
        title=app.title, version=app.version, openapi_version=OPENAPI_VERSION, routes=app.routes,
        description=_DESCRIPTION,
    )  # fmt: skip
    components = schema.setdefault("components", {}).setdefault("schemas", {})
    components["Problem"] = PROBLEM_SCHEMA
    examples = Examples(components)
    for path, method, operation in operations(schema):
        _complete(method, operation, examples, conditional=path.startswith("/v1/"))
    _secure(schema, {(one.path, one.method.lower()): one for one in served_operations(app)})
    for unused in ("HTTPValidationError", "ValidationError"):
        components.pop(unused, None)
    _share_problems(schema)
    return schema


def operations(schema: Mapping[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Path, method and description of every operation."""
    for path, described in schema["paths"].items():
        for method in METHODS:
            if method in described:
                yield path, method, described[method]


def answers_of(schema: Mapping[str, Any], operation: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Answers of an operation by status, those that are described once for many looked up."""
    shared = schema["components"]["responses"]
    found: dict[str, dict[str, Any]] = {}
    for status, answer in operation["responses"].items():
        place = answer.get("$ref")
        found[status] = shared[place.rpartition("/")[2]] if place else answer
    return found


def _secure(schema: dict[str, Any], served: Mapping[tuple[str, str], Operation]) -> None:
    """Say what each operation asks callers to show: one of the alternatives, nothing where anybody may."""
    schema["components"]["securitySchemes"] = _SCHEMES
    for path, method, operation in operations(schema):
        if served[(path, method)].door.public and operation["operationId"] not in _OF_A_SESSION:
            operation["security"] = []
            continue
        by_cookie: dict[str, list[str]] = {"sessionCookie": []}
        if method != "get":
            by_cookie["csrfToken"] = []
        operation["security"] = [{"sessionBearer": []}, by_cookie]
        if operation["operationId"] not in _OF_A_SESSION:
            operation["security"].append({"apiKey": []})


def _share_problems(schema: dict[str, Any]) -> None:
    """Describe each kind of error answer once, as `Problem409` or `Problem409_2`, however many operations give it."""
    shared: dict[str, Any] = {}
    names: dict[str, str] = {}
    for _, _, operation in operations(schema):
        answers = operation["responses"]
        for status, answer in answers.items():
            if MEDIA_TYPE not in answer.get("content", {}):
                continue
            text = json.dumps(answer, sort_keys=True)
            if text not in names:
                alike = sum(name.partition("_")[0] == f"Problem{status}" for name in shared)
                names[text] = f"Problem{status}" + (f"_{alike + 1}" if alike else "")
                shared[names[text]] = answer
            answers[status] = {"$ref": f"#/components/responses/{names[text]}"}
    schema["components"]["responses"] = shared


def _complete(method: str, operation: dict[str, Any], examples: Examples, *, conditional: bool) -> None:
    answers = operation["responses"]
    parameters = {parameter["name"].lower() for parameter in operation.get("parameters", [])}
    if "if-match" in parameters:
        answers |= {str(status): documented(status) for status in (412, 428)}
    if method == "get":
        answers.pop("413", None)
    for parameter in operation.get("parameters", []):
        parameter.setdefault("example", examples.of(parameter["schema"], parameter["name"]))
    body = operation.get("requestBody", {}).get("content", {})
    for content in body.values():
        content.setdefault("example", examples.of(content.get("schema", {}), "body"))
    for status, answer in answers.items():
        _complete_answer(method, int(status), answer, examples, keyed="idempotency-key" in parameters)
    if conditional and method == "get" and "application/json" in answers.get("200", {}).get("content", {}):
        _conditional(operation, answers)
    if "cursor" in parameters:
        answers["200"]["headers"]["Link"] = _LINK


def _complete_answer(method: str, status: int, answer: dict[str, Any], examples: Examples, *, keyed: bool) -> None:
    headers = answer.setdefault("headers", {})
    headers["X-Request-Id"] = _ID_HEADER
    if keyed and status < 500:
        headers[REPLAYED_HEADER] = _REPLAYED
    if status in (429, 503):
        headers["Retry-After"] = {"description": "Seconds.", "schema": {"type": "string", "examples": ["5"]}}
    for kind, content in answer.get("content", {}).items():
        if kind == MEDIA_TYPE:
            content.setdefault("example", problem_example(status))
        elif kind == "application/json":
            content.setdefault("example", examples.of(content.get("schema", {}), method))


def _conditional(operation: dict[str, Any], answers: dict[str, Any]) -> None:
    answers["200"]["headers"]["ETag"] = _ETAG_HEADER
    answers["304"] = {
        "description": "You have this version.", "headers": {"X-Request-Id": _ID_HEADER, "ETag": _ETAG_HEADER}
    }  # fmt: skip
    operation.setdefault("parameters", []).append(
        {
            "name": "If-None-Match", "in": "header", "required": False, "example": '"8f14e45fceea167a"',
            "description": "ETags you know.", "schema": {"type": "string", "maxLength": 1000},
        }
    )  # fmt: skip


def problem_example(status: int) -> dict[str, Any]:
    """A problem of this status, as it goes out."""
    code = min(code for code, number in STATUS.items() if number == status)
    problem = Problem(code)
    return {
        "type": f"urn:quittance:problem:{code}", "title": problem.title_in("en"), "status": status,
        "detail": problem.detail, "code": code, "request_id": _REQUEST_ID,
    }  # fmt: skip
