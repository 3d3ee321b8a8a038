"""Places where a process may die, by name: between an effect and the note of it. Nothing happens there but a look.

Measurements of crashes (scripts/figures/bridge) end the process at each of them.
"""

from __future__ import annotations

from collections.abc import Callable

BOUNDARIES = (
    "chain.prepared",
    "chain.dispatched",
    "chain.convoy_started",
    "chain.examined",
    "chain.signed",
    "chain.broadcast",
    "chain.sent",
    "chain.mined_noted",
    "chain.final_noted",
    "chain.indexed",
)
_watchers: list[Callable[[str], None]] = []


def boundary(name: str) -> None:
    """This process is at a boundary."""
    for watcher in _watchers:
        watcher(name)


def watch(watcher: Callable[[str], None]) -> None:
    """Have every boundary told to `watcher`, in the thread that is there."""
    _watchers.append(watcher)
