"""Fills every place of a request in which somebody could write about a person.

Operations come from the backend's own OpenAPI document, so those that are added later are planted as well.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

STEM: Final = "Kanari"
DIGITS: Final = 16
PUBLIC_FIELDS: Final = frozenset({"insured_event"})
"""Free texts that are public by design: the canonical name of an insured event stands on the chain."""

_BOUND: Final = frozenset({"pattern", "enum", "const", "format"})
"""A text with one of these is no free text."""

_DEEPEST: Final = 8


@dataclass
class Canaries:
    """Every value planted so far."""

    planted: list[str] = field(default_factory=list)

    def new(self) -> str:
        """A value nobody has."""
        value = STEM + secrets.token_hex(DIGITS // 2)
        self.planted.append(value)
        return value

    def person(self) -> dict[str, str]:
        """An applicant."""
        return {"name": self.new(), "contact": f"{self.new()}@example.org"}


@dataclass(frozen=True, slots=True)
class Request:
    """One request, ready to be sent."""

    operation: str
    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: Any


def requests(document: Mapping[str, Any], canaries: Canaries) -> Iterator[Request]:
    """Two requests for every operation, with a canary in each free text of path, query, headers and body.

    The second leaves out what may be left out: fewer of its kind are refused for an id that nobody has.
    """
    for path, item in document["paths"].items():
        for method, operation in item.items():
            if method not in ("get", "post", "put", "patch", "delete"):
                continue
            for bare in (False, True):
                yield _Planter(document, canaries, bare).request(path, method, operation)


@dataclass(frozen=True, slots=True)
class _Planter:
    """Fills one request.

    Attributes:
        bare: Leave out what may be.
    """

    document: Mapping[str, Any]
    canaries: Canaries
    bare: bool

    def request(self, path: str, method: str, operation: Mapping[str, Any]) -> Request:
        query: dict[str, str] = {}
        headers: dict[str, str] = {}
        for parameter in operation.get("parameters", []):
            name, where = parameter["name"], parameter["in"]
            optional = self.bare and not parameter.get("required")
            if optional or (where == "header" and name.lower() == "last-event-id"):
                continue
            value = str(self._value(name, parameter.get("schema", {}), 0))
            if where == "path":
                path = path.replace("{" + name + "}", value)
            elif where == "query":
                query[name] = value
            elif where == "header":
                headers[name] = value
        schema = operation.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema")
        body = None if schema is None else self._value("", schema, 0)
        return Request(operation.get("operationId", path), method.upper(), path, query, headers, body)

    def _value(self, name: str, schema: Mapping[str, Any], depth: int) -> Any:
        """A value that fits a schema as far as free texts need it; the rest may be refused, and is logged then."""
        while "$ref" in schema:
            schema = self.document["components"]["schemas"][schema["$ref"].rsplit("/", 1)[-1]]
        for choice in ("anyOf", "oneOf", "allOf"):
            if choice in schema:
                kinds = [kind for kind in schema[choice] if kind.get("type") != "null"]
                left_out = self.bare and len(kinds) < len(schema[choice])
                return None if left_out else self._value(name, kinds[0], depth)
        if depth > _DEEPEST:
            return None
        match schema.get("type"):
            case "object":
                fields = schema.get("properties", {})
                wanted = schema.get("required", fields) if self.bare else fields
                return {key: self._value(key, fields[key], depth + 1) for key in wanted}
            case "array":
                return [self._value(name, schema.get("items", {}), depth + 1)]
            case "integer" | "number":
                return schema.get("minimum", 1)
            case "boolean":
                return True
        return self._text(name, schema)

    def _text(self, name: str, schema: Mapping[str, Any]) -> str:
        if name in ("email", "contact"):
            return f"{self.canaries.new()}@example.org"
        if name in PUBLIC_FIELDS or _BOUND & set(schema):
            examples = schema.get("examples") or schema.get("enum") or ["0x" + "00" * 31 + "01"]
            return str(examples[0])
        longest = schema.get("maxLength", 1000)
        return self.canaries.new()[: max(int(longest), 1)]
