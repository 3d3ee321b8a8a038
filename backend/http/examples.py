"""Examples of requests and answers, put together from what fields and types say of themselves."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

_BY_FORMAT: Final[Mapping[str, str]] = {
    "uuid": "3f0b6c1e-2a1d-4c5e-9b7a-0d1e2f3a4b5c",
    "date": "2026-09-21",
    "date-time": "2026-09-21T14:13:20Z",
    "duration": "P1D",
    "email": "ada@example.org",
    "uri": "https://example.org/",
    "time": "14:13:20Z",
    "binary": "…",
}
_DEPTH: Final = 12


class Examples:
    """Makes values that fit schemas; `components` are the schemas `$ref` leads to."""

    def __init__(self, components: Mapping[str, Any]) -> None:
        self._components = components

    def of(self, schema: Mapping[str, Any], name: str, depth: int = _DEPTH) -> Any:
        """An example of what a schema describes: its own, else one put together. `name` is a word for plain text."""
        if depth == 0:
            return None
        for said in ("const", "example"):
            if said in schema:
                return schema[said]
        if schema.get("examples"):
            return schema["examples"][0]
        if "$ref" in schema:
            return self.of(self._components[schema["$ref"].rsplit("/", 1)[-1]], name, depth - 1)
        for choice in ("anyOf", "oneOf", "allOf"):
            if choice in schema:
                return self._first(schema[choice], name, depth)
        if "enum" in schema:
            return schema["enum"][0]
        return self._of_type(schema, name, depth)

    def _first(self, choices: list[Mapping[str, Any]], name: str, depth: int) -> Any:
        telling = [choice for choice in choices if choice.get("type") != "null"]
        return self.of(telling[0], name, depth - 1) if telling else None

    def _of_type(self, schema: Mapping[str, Any], name: str, depth: int) -> Any:
        match schema.get("type"):
            case "object":
                return self._object(schema, depth)
            case "array":
                tuple_items = schema.get("prefixItems")
                if tuple_items:
                    return [self.of(item, name, depth - 1) for item in tuple_items]
                count = max(1, schema.get("minItems", 1)) if "items" in schema else 0
                return [self.of(schema["items"], name, depth - 1)] * count
            case "integer" | "number":
                least = schema.get("minimum", schema.get("exclusiveMinimum", 0) + 1)
                return int(least) if least == int(least) else least
            case "boolean":
                return schema.get("default", True)
            case "string":
                return _text(schema, name)
        return schema.get("default", {})

    def _object(self, schema: Mapping[str, Any], depth: int) -> dict[str, Any]:
        found = {name: self.of(part, name, depth - 1) for name, part in schema.get("properties", {}).items()}
        more = schema.get("additionalProperties")
        if not found and isinstance(more, Mapping):
            found["name"] = self.of(more, "value", depth - 1)
        return found


def _text(schema: Mapping[str, Any], name: str) -> str:
    known = _BY_FORMAT.get(schema.get("format", ""))
    if known is not None:
        return known
    text = str(schema.get("default") or name.replace("_", " "))
    repeated = text * (1 + int(schema.get("minLength", 0)) // len(text))
    return repeated[: int(schema.get("maxLength", 10_000))]
