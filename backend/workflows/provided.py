"""What steps work with: the objects this process was started with, by their type."""

from __future__ import annotations

from typing import TypeVar

T = TypeVar("T")

_objects: dict[type[object], object] = {}


class NotProvided(LookupError):
    """No runtime with such an object is launched in this process."""


def provide(*objects: object) -> None:
    """Make objects reachable for steps, each by its class; a later one of a class takes an earlier one's place."""
    for item in objects:
        _objects[type(item)] = item


def withdraw() -> None:
    """Let go of all of them."""
    _objects.clear()


def provided(kind: type[T]) -> T:
    """The object of this class.

    Raises:
        NotProvided: Nobody gave one.
    """
    found = _objects.get(kind)
    if not isinstance(found, kind):
        raise NotProvided(f"This process runs no workflows that need {kind.__name__}. Give it to Runtime.")
    return found
