"""Workflows on a real PostgreSQL: asked for with a transaction, run once, taken over from workers that die."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import pytest
from dbos import DBOS
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from backend.database import Database
from backend.workflows.provided import NotProvided, provided
from backend.workflows.requests import request, waiting
from backend.workflows.runtime import Queue, Runtime

QUEUE = Queue("tests", polling_seconds=0.05)
PATIENCE_SECONDS = 60.0


@dataclass
class Bell:
    """What a step can reach: rings are counted."""

    rings: list[str] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)


@DBOS.step(name="tests.ring_step")
def ring_step(name: str) -> int:
    bell = provided(Bell)
    with bell.lock:
        bell.rings.append(name)
        return len(bell.rings)


@DBOS.workflow(name="tests.ring")
def ring(name: str) -> int:
    return ring_step(name)


@DBOS.step(name="tests.note_step")
def note_step(name: str) -> None:
    with provided(Database).transaction() as session:
        session.execute(text("INSERT INTO notes (name) VALUES (:n) ON CONFLICT DO NOTHING"), {"n": name})


@DBOS.workflow(name="tests.slow")
def slow(name: str) -> None:
    note_step(f"{name} begun")
    DBOS.sleep(1.0)
    note_step(f"{name} done")


@contextmanager
def launched(database: Database, *objects: object) -> Iterator[Runtime]:
    runtime = Runtime(database, queues=[QUEUE], objects=objects)
    runtime.launch()
    try:
        yield runtime
    finally:
        runtime.stop()


def until(done: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not done():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.02)


def test_request__committed__the_workflow_runs_once_however_often_it_is_asked_for(database: Database) -> None:
    bell = Bell()
    with launched(database, bell) as runtime:
        for _ in range(3):
            with database.transaction() as session:
                request(session, queue="tests", workflow="tests.ring", workflow_id="ring:1", arguments=["one"])
        until(lambda: bool(bell.rings) and runtime.running() == 0)

        with database.transaction() as session:
            request(session, queue="tests", workflow="tests.ring", workflow_id="ring:1", arguments=["one"])
        until(lambda: not _waiting(database))
        assert runtime.running() == 0

    assert bell.rings == ["one"]


def test_request__rolled_back__nothing_runs(database: Database) -> None:
    bell = Bell()
    with launched(database, bell):
        with database.transaction() as session:
            request(session, queue="tests", workflow="tests.ring", workflow_id="ring:1", arguments=["one"])
            session.rollback()
        with database.transaction() as session:
            request(session, queue="tests", workflow="tests.ring", workflow_id="ring:2", arguments=["two"])
        until(lambda: bool(bell.rings))

    assert bell.rings == ["two"]


def test_provided__nothing_launched__says_what_is_missing() -> None:
    with pytest.raises(NotProvided, match="Bell"):
        provided(Bell)


def test_launch__two_runtimes_on_one_database__each_has_a_name_of_its_own(database: Database) -> None:
    with launched(database, Bell()) as runtime:
        assert runtime.worker == "worker-0"
        assert _other_worker(database.url) == "worker-1"

    assert _other_worker(database.url) == "worker-0"


def test_launch__worker_killed__the_next_one_finishes_its_workflows(database: Database) -> None:
    _make_notes(database)
    with database.transaction() as session:
        request(session, queue="tests", workflow="tests.slow", workflow_id="slow:1", arguments=["first"])
    child = _spawn(_work, database.url)
    until(lambda: "first begun" in _notes(database))
    _kill(child)

    with launched(database, database):
        until(lambda: "first done" in _notes(database))

    assert _notes(database) == {"first begun", "first done"}


def test_slot__other_worker_killed_while_this_one_lives__its_workflows_are_taken_over(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("backend.workflows.slots.KEEP_SECONDS", 0.2)
    monkeypatch.setattr("backend.workflows.slots.LOOK_SECONDS", 0.2)
    _make_notes(database)
    with database.transaction() as session:
        request(session, queue="tests", workflow="tests.slow", workflow_id="slow:1", arguments=["first"])
    child = _spawn(_work, database.url)
    until(lambda: "first begun" in _notes(database))

    with launched(database, database) as runtime:
        assert runtime.worker == "worker-1"
        _kill(child)
        until(lambda: "first done" in _notes(database))


def _waiting(database: Database) -> int:
    with database.transaction() as session:
        return waiting(session)


def _make_notes(database: Database) -> None:
    with database.transaction() as session:
        session.execute(text("CREATE TABLE notes (name TEXT PRIMARY KEY)"))


def _notes(database: Database) -> set[str]:
    with database.transaction() as session:
        return set(session.scalars(text("SELECT name FROM notes")))


def _work(url: str) -> None:
    database = Database(url)
    with launched(database, database):
        time.sleep(PATIENCE_SECONDS)


def _name_of_worker(url: str, answers: multiprocessing.Queue[str]) -> None:
    with launched(Database(url), Bell()) as runtime:
        answers.put(runtime.worker)


def _spawn(target: Callable[..., None], *arguments: object) -> multiprocessing.process.BaseProcess:
    child = multiprocessing.get_context("spawn").Process(target=target, args=arguments, daemon=True)
    child.start()
    return child


def _other_worker(url: str) -> str:
    answers: multiprocessing.Queue[str] = multiprocessing.get_context("spawn").Queue()
    child = _spawn(_name_of_worker, url, answers)
    name = answers.get(timeout=PATIENCE_SECONDS)
    child.join(timeout=PATIENCE_SECONDS)
    return name


def _kill(child: multiprocessing.process.BaseProcess) -> None:
    assert child.pid is not None
    os.kill(child.pid, signal.SIGKILL)
    child.join()


def test_start__database_away_at_first__launches_once_it_is_there(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    tries: list[str] = []
    real = Runtime.launch

    def launch(runtime: Runtime) -> None:
        tries.append(runtime.failure or "")
        if len(tries) == 1:
            raise OperationalError("SELECT 1", {}, Exception("the server is away"))
        real(runtime)

    monkeypatch.setattr(Runtime, "launch", launch)
    runtime = Runtime(database, queues=[QUEUE], objects=[Bell()])
    runtime.start()
    try:
        until(lambda: runtime.failure is None)
        assert runtime.worker == "worker-0"
    finally:
        runtime.stop()

    assert tries[0] == "workflows are being launched"
    assert tries[1].startswith("workflows are not launched: OperationalError")
