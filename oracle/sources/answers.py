"""Reading a source's JSON: exactly its documented form, or a refusal that names the field."""

import json
from decimal import Decimal
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from oracle.sources.errors import SourceAnswerInvalid


class Message(BaseModel):
    """What a source sends. Fields added later are passed over; those we read must have their documented type."""

    model_config = ConfigDict(extra="ignore", frozen=True, strict=True, allow_inf_nan=False)


Model = TypeVar("Model", bound=BaseModel)


def read_answer(name: str, model: type[Model], body: bytes) -> Model:
    """A body as its documented form.

    Raises:
        SourceAnswerInvalid: Not JSON, a name stands twice, or a field is not as documented.
    """
    try:
        json.loads(body, object_pairs_hook=_unique)
    except (ValueError, RecursionError) as error:
        text = " ".join(str(error).split())[:120] or type(error).__name__
        raise SourceAnswerInvalid(f"{name}'s answer is not in its documented form: the body: {text}") from None
    try:
        return model.model_validate_json(body)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(map(str, first["loc"])) or "the body"
        told = f"{name}'s answer is not in its documented form: {where}: {first['msg']}"
        raise SourceAnswerInvalid(told) from None


def decimal_of(value: float) -> Decimal:
    """The number as it stood in the JSON: the shortest decimal that means this float."""
    return Decimal(repr(value))


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise ValueError(f"{twice[:40]!r} stands twice")
    return found
