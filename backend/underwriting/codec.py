"""Frozen dataclasses of the domain as JSON, and back: what is kept of a step is the step itself.

A dataclass is an object of its fields, with `type` where a field may hold several; bytes are 0x-hex, dates ISO text,
sets sorted lists. What was written is read back equal (tested over random histories).
"""

from __future__ import annotations

import dataclasses
import types
from collections.abc import Mapping
from datetime import date
from enum import Enum
from functools import cache
from typing import Any, TypeVar, Union, cast, get_args, get_origin, get_type_hints

from domain.objection_steps import ObjectionEvent, ObjectionStep
from domain.underwriting_people import Actor
from domain.underwriting_steps import CaseEvent, Event, Step

T = TypeVar("T")
Json = None | bool | int | str | list["Json"] | dict[str, "Json"]


class FileUnreadable(Exception):
    """What is kept is not what this version writes. The text names the type."""


def encode(value: object) -> Json:
    """A value of the domain as JSON."""
    match value:
        case Enum():
            return cast(Json, value.value)
        case None | bool() | int() | str():
            return value
        case bytes():
            return f"0x{value.hex()}"
        case date():
            return value.isoformat()
        case frozenset():
            return sorted((encode(each) for each in value), key=str)
        case tuple():
            return [encode(each) for each in value]
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        fields = {each.name: encode(getattr(value, each.name)) for each in dataclasses.fields(value)}
        return {"type": type(value).__name__, **fields}
    raise FileUnreadable(f"{type(value).__name__} is no part of a file.")


def encode_event(event: Event[Any]) -> dict[str, Json]:
    """A step with who took it and when."""
    return cast("dict[str, Json]", encode(event))


def decode_case_event(written: Mapping[str, object]) -> CaseEvent:
    """A step of a case.

    Raises:
        FileUnreadable
        DomainError: What is written breaks a rule of today.
    """
    at, by, what = _event_parts(written)
    return Event(at, by, cast(Step, _decode(Step, what)))


def decode_objection_event(written: Mapping[str, object]) -> ObjectionEvent:
    """A step of an objection.

    Raises:
        FileUnreadable
        DomainError: What is written breaks a rule of today.
    """
    at, by, what = _event_parts(written)
    return Event(at, by, cast(ObjectionStep, _decode(ObjectionStep, what)))


def decode(kind: type[T], written: object) -> T:
    """A dataclass of the domain.

    Raises:
        FileUnreadable
    """
    return cast(T, _decode(kind, written))


def _event_parts(written: Mapping[str, object]) -> tuple[int, Actor, object]:
    if written.get("type") != "Event":
        raise FileUnreadable("an event is expected.")
    return cast(int, _decode(int, written.get("at"))), cast(Actor, _decode(Actor, written.get("by"))), written["what"]


def _decode(kind: Any, written: object) -> object:
    origin = get_origin(kind)
    if origin in (Union, types.UnionType):
        return _one_of(get_args(kind), written)
    if origin in (tuple, frozenset):
        return _several(kind, origin, written)
    if hasattr(kind, "__supertype__"):
        return _decode(kind.__supertype__, written)
    if dataclasses.is_dataclass(kind):
        return _dataclass(cast(type, kind), written)
    return _single(kind, written)


def _single(kind: Any, written: object) -> object:
    if kind is type(None) and written is None:
        return None
    if isinstance(kind, type):
        if issubclass(kind, Enum):
            return kind(written)
        if kind is bytes and isinstance(written, str):
            return bytes.fromhex(written.removeprefix("0x"))
        if kind is date and isinstance(written, str):
            return date.fromisoformat(written)
        if type(written) is kind and kind in (bool, int, str):
            return written
    raise FileUnreadable(f"{type(written).__name__} stands where {getattr(kind, '__name__', kind)} is expected.")


def _several(kind: Any, origin: Any, written: object) -> object:
    if not isinstance(written, list):
        raise FileUnreadable(f"a list is expected, {type(written).__name__} is there.")
    kinds = get_args(kind)
    if origin is tuple and kinds[-1] is not Ellipsis:
        return tuple(_decode(each, value) for each, value in zip(kinds, written, strict=True))
    return origin(_decode(kinds[0], value) for value in written)


def _one_of(kinds: tuple[Any, ...], written: object) -> object:
    if written is None and type(None) in kinds:
        return None
    named = {str(each.__name__): each for each in kinds if isinstance(each, type) and dataclasses.is_dataclass(each)}
    if isinstance(written, dict) and written.get("type") in named:
        return _decode(named[written["type"]], written)
    plain = [each for each in kinds if each is not type(None) and not dataclasses.is_dataclass(each)]
    if len(plain) == 1:
        return _decode(plain[0], written)
    raise FileUnreadable(f"none of {', '.join(named) or 'the kinds expected'} is there.")


def _dataclass(kind: type, written: object) -> object:
    if not isinstance(written, dict) or written.get("type") != kind.__name__:
        raise FileUnreadable(f"{kind.__name__} is expected.")
    hints = _hints(kind)
    known = {name: _decode(hint, written[name]) for name, hint in hints.items() if name in written}
    return kind(**known)


@cache
def _hints(kind: type) -> dict[str, Any]:
    """Types of the fields; a field that older files lack has a default."""
    hints = get_type_hints(kind)
    return {each.name: hints[each.name] for each in dataclasses.fields(kind)}
