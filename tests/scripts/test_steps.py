"""Steps of a run: all are tried, and the summary tells which failed."""

from __future__ import annotations

import sys
import tomllib
from pathlib import Path

import pytest

from scripts import steps
from scripts.steps import Step


def step(name: str, code: int) -> Step:
    """A step that ends with this exit code."""
    return Step(name, (sys.executable, "-c", f"raise SystemExit({code})"))


@pytest.fixture
def runs(monkeypatch: pytest.MonkeyPatch) -> dict[str, object]:
    """The runs there are, to be replaced."""
    runs: dict[str, object] = {}
    monkeypatch.setattr(steps, "RUNS", runs)
    return runs


def test_main__first_fails__second_still_runs(runs: dict[str, object], capsys: pytest.CaptureFixture[str]) -> None:
    runs["check"] = lambda: (step("one", 3), step("two", 0))

    assert steps.main(["check"]) == 1

    out = capsys.readouterr().out
    assert "FAILED  one" in out
    assert "ok      two" in out
    assert "1 of 2 failed: one" in out


def test_main__all_pass__exit_0(runs: dict[str, object], capsys: pytest.CaptureFixture[str]) -> None:
    runs["check"] = lambda: (step("one", 0),)

    assert steps.main(["check"]) == 0
    assert "all passed" in capsys.readouterr().out


def test_main__only_one_step__others_left_out(runs: dict[str, object], capsys: pytest.CaptureFixture[str]) -> None:
    runs["check"] = lambda: (step("one", 1), step("two", 0))

    assert steps.main(["check", "--only", "two"]) == 0
    assert "one" not in capsys.readouterr().out


def test_main__unknown_step__lists_the_known(runs: dict[str, object], capsys: pytest.CaptureFixture[str]) -> None:
    runs["check"] = lambda: (step("one", 0), step("two", 0))

    assert steps.main(["check", "--only", "three"]) == 2
    assert "has no step three. Its steps: one, two." in capsys.readouterr().out


def test_run_step__program_missing__fails_and_says_what_to_do(capsys: pytest.CaptureFixture[str]) -> None:
    outcome = steps.run_step(Step("gone", ("/nowhere/at/all",)))

    assert outcome.code == 127
    assert "run `make setup`" in capsys.readouterr().out


def test_run_steps__several_rows__all_ran_and_are_told_in_order(capfd: pytest.CaptureFixture[str]) -> None:
    listed = (
        Step("first", ("echo", "one")),
        Step("beside", ("sh", "-c", "echo two; exit 3")),
        Step("last", ("echo", "three")),
    )

    outcomes = steps.run_steps(listed)

    assert [(outcome.step.name, outcome.code) for outcome in outcomes] == [("first", 0), ("beside", 3), ("last", 0)]
    assert {"one", "two", "three"} <= set(capfd.readouterr().out.split())


def test_run_steps__without_lanes__as_many_run_at_the_same_time_as_there_are_rows(tmp_path: Path) -> None:
    """Each waits for what the others make: one row less would end none."""
    names = [str(tmp_path / str(number)) for number in range(steps.ROWS)]
    there = " && ".join(f"[ -e {name} ]" for name in names)
    wait = "touch {mine}; for i in $(seq 200); do {there} && exit 0; sleep 0.05; done; exit 1"
    listed = [Step(name, ("sh", "-c", wait.format(mine=name, there=there))) for name in names]

    assert [outcome.code for outcome in steps.run_steps(listed)] == [0] * steps.ROWS


def test_run_steps__one_lane__one_after_the_other(tmp_path: Path) -> None:
    alone = f"mkdir {tmp_path / 'busy'} && sleep 0.2 && rmdir {tmp_path / 'busy'}"
    listed = [Step(name, ("sh", "-c", alone), lane="forge") for name in ("one", "two", "three")]

    assert [outcome.code for outcome in steps.run_steps(listed)] == [0, 0, 0]


@pytest.mark.parametrize("run", sorted(steps.RUNS))
def test_runs__every_step__has_a_name_of_its_own(run: str) -> None:
    names = [step.name for step in steps.RUNS[run]()]

    assert names
    assert len(names) == len(set(names))


def test_runs__test__names_each_folder_of_python_tests_once() -> None:
    configured = tomllib.loads((steps.ROOT / "pyproject.toml").read_text("utf-8"))
    folders = configured["tool"]["pytest"]["ini_options"]["testpaths"]

    named = [word for step in steps.RUNS["test"]() for word in step.command if word.startswith("tests/")]

    assert sorted(named) == sorted([*folders, "tests/demo"])


@pytest.mark.parametrize("kept", [False, True])
def test_run_step__works_in_a_child__its_processor_time_is_told(kept: bool) -> None:
    work = "import time\nwhile time.process_time() < 0.2: pass"
    command = (sys.executable, "-c", f"import subprocess; subprocess.run([{sys.executable!r}, '-c', {work!r}])")

    outcome = steps.run_step(Step("work", command), kept=kept)

    assert outcome.code == 0
    assert outcome.processor_seconds >= 0.2


def test_run_step__killed__failed(capsys: pytest.CaptureFixture[str]) -> None:
    outcome = steps.run_step(Step("killed", ("sh", "-c", "echo last words; kill -9 $$")), kept=True)

    assert outcome.code == -9
    assert "last words" in capsys.readouterr().out
