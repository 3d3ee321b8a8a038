"""Pauses of workers: short while there is something to do, longer while there is nothing."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import cast

import pytest

from backend.chain.workers import Worker
from backend.database import Database


class Free:
    """A database whose locks nobody else holds."""

    @contextmanager
    def try_lock(self, _number: int) -> Iterator[bool]:
        yield True


class Watch(threading.Event):
    """Ends the worker after some pauses, and does not wait for them."""

    def __init__(self, last: int) -> None:
        super().__init__()
        self.pauses: list[float] = []
        self._last = last

    def wait(self, timeout: float | None = None) -> bool:
        self.pauses.append(timeout or 0.0)
        if len(self.pauses) == self._last:
            self.set()
        return self.is_set()


def pauses(idle: list[bool], poll_seconds: float, monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """How long a worker pauses whose steps find that."""
    watch, found = Watch(idle.count(True)), iter(idle)
    with monkeypatch.context() as patched:
        patched.setattr(threading, "Event", lambda: watch)
        worker = Worker("tried", cast(Database, Free()), 1, lambda: next(found), poll_seconds=poll_seconds)
    worker._run()  # in this thread
    return watch.pauses[: idle.count(True)]


def test_run__nothing_to_do__pauses_double_up_to_the_longest(monkeypatch: pytest.MonkeyPatch) -> None:
    assert pauses([True] * 5, 0.1, monkeypatch) == [0.1, 0.2, 0.4, 0.4, 0.4]


def test_run__something_to_do_again__short_pauses_again(monkeypatch: pytest.MonkeyPatch) -> None:
    assert pauses([True, True, False, True, True], 0.1, monkeypatch) == [0.1, 0.2, 0.1, 0.2]


def test_run__looks_seldom_anyway__as_often_as_it_says(monkeypatch: pytest.MonkeyPatch) -> None:
    assert pauses([True, True, True], 30.0, monkeypatch) == [30.0, 30.0, 30.0]
