"""Processes are remembered on disk and only those are ever stopped."""

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import psutil
import pytest

from scripts.anvil import PortBusy, require_free
from scripts.machine import ROOT
from scripts.processes import ProcessFailed, ProcessFolder
from scripts.stack import Stack, StackFailed, StackOptions, clear

SLEEPER = [sys.executable, "-c", "import time; print('up', flush=True); time.sleep(60)"]


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[ProcessFolder]:
    found = ProcessFolder(tmp_path / "run")
    yield found
    found.stop_all()


def test_start__then_stop_all__stops_exactly_what_was_started(folder: ProcessFolder) -> None:
    stranger = subprocess.Popen(SLEEPER, stdout=subprocess.DEVNULL)
    try:
        record = folder.start("sleeper", SLEEPER)

        names = folder.stop_all()

        assert names == ["sleeper"]
        assert not psutil.pid_exists(record.pid) or psutil.Process(record.pid).status() == psutil.STATUS_ZOMBIE
        assert stranger.poll() is None
        assert folder.records() == []
    finally:
        stranger.kill()
        stranger.wait()


def test_stop_all__number_given_to_somebody_else__leaves_them_alone(folder: ProcessFolder, tmp_path: Path) -> None:
    record = folder.start("sleeper", SLEEPER)
    path = tmp_path / "run" / "sleeper.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), "created": record.created - 100}))

    names = folder.stop_all()

    assert names == []
    assert psutil.pid_exists(record.pid)
    psutil.Process(record.pid).kill()


def test_stop_all__child_of_what_was_started__is_stopped_too(folder: ProcessFolder) -> None:
    nested = f"import subprocess, sys, time; subprocess.Popen({SLEEPER!r}); print('up', flush=True); time.sleep(60)"
    record = folder.start("parent", [sys.executable, "-c", nested])
    process = psutil.Process(record.pid)
    while not process.children():
        assert process.is_running()
    (child,) = process.children()

    folder.stop_all()

    assert not child.is_running() or child.status() == psutil.STATUS_ZOMBIE


def test_require_running__ended__says_what_it_wrote_last(folder: ProcessFolder) -> None:
    record = folder.start("short", [sys.executable, "-c", "print('the disk is on fire'); raise SystemExit(3)"])
    psutil.wait_procs([psutil.Process(record.pid)] if psutil.pid_exists(record.pid) else [], timeout=20)

    with pytest.raises(ProcessFailed, match=r"short has ended(.|\n)*the disk is on fire"):
        folder.require_running(record)


def test_records__file_that_is_no_record__is_passed_over(folder: ProcessFolder, tmp_path: Path) -> None:
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "broken.json").write_text("{")

    assert folder.records() == []


def test_require_free__taken_port__names_port_and_option(listening_port: int) -> None:
    with pytest.raises(PortBusy, match=rf"port {listening_port} is busy: .* --chain-port"):
        require_free(listening_port, "--chain-port")


def test_clear__folder_with_other_files__is_not_touched(tmp_path: Path) -> None:
    (tmp_path / "letter.txt").write_text("dear")

    with pytest.raises(StackFailed, match="holds other files"):
        clear(tmp_path)

    assert (tmp_path / "letter.txt").read_text() == "dear"


def test_start__disk_full__says_how_much_is_missing_and_starts_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Usage(NamedTuple):
        total: int
        used: int
        free: int

    monkeypatch.setattr(shutil, "disk_usage", lambda _path: Usage(10**9, 10**9 - 5, 5 * 2**20))
    stack = Stack(StackOptions(tmp_path / "home", ROOT / "no-model", 1_378_864_800, 10**12))

    with pytest.raises(StackFailed, match=r"has 5 MiB free; the database needs 500: make room there, or set"):
        stack.start(lambda _step: None)

    assert stack.processes.records() == []
