"""The steps of `make check`, `make test` and `make format`: run each, say how long it took, and sum up at the end.

Every step runs even when an earlier one fails, so that one run names everything there is to mend. Three rows take the
steps in the order they are listed: list the long ones first.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Final

from scripts.memory_folder import memory_folder

ROOT: Final = Path(__file__).resolve().parent.parent
PYTHON: Final = sys.executable
SOURCES: Final = ("domain", "ledger", "oracle", "backend", "scripts")
FORGE_SOURCES: Final = ("contracts", "tests/invariants", "tests/symbolic")
SOLHINT: Final = str(ROOT / "node_modules" / ".bin" / "solhint")
BANDIT_FLAGS: Final = ("--quiet", "--recursive", "--severity-level", "medium", "--configfile", "pyproject.toml")
ROWS: Final = 3
"""One more than a small machine has processors: the long steps wait now and then, for blocks and for processes."""
PYTEST_SECONDS: Final = "600"  # one test; a stuck one names itself instead of stopping the run


def _tool(name: str) -> str:
    return str(Path(PYTHON).parent / name)


def forge_binary() -> str:
    """Path of the forge binary of this platform; the npm wrapper would start Node each time."""
    found = sorted((ROOT / "node_modules" / "@foundry-rs").glob("forge-*/bin/forge*"))
    return str(found[0]) if found else str(ROOT / "node_modules" / ".bin" / "forge")


@dataclass(frozen=True)
class Step:
    """One command of a run.

    Args:
        name: What `--only` selects and the summary shows.
        command: Arguments, without a shell.
        folder: Where it runs, relative to the repository.
        environment: Variables added to the present ones.
        lane: Steps of one lane share a folder of theirs or one tool's cache: they run one after the other, as listed.
    """

    name: str
    command: tuple[str, ...]
    folder: str = "."
    environment: dict[str, str] = field(default_factory=dict)
    lane: str = ""


@dataclass(frozen=True)
class Outcome:
    """How a step ended: its exit code, how many seconds it took, and how many of a processor's it used.

    What a daemon used that outlived its parent, such as the tests' database, is not among these.
    """

    step: Step
    code: int
    seconds: float
    processor_seconds: float


def check_steps() -> tuple[Step, ...]:
    """What `make check` runs."""
    bandit = ("--quiet", "--recursive", "--severity-level", "medium", "--configfile", "pyproject.toml", *SOURCES)
    return (
        Step("mypy", (_tool("mypy"),)),
        Step("slither", (PYTHON, "-m", "scripts.slither")),
        Step("page", ("npm", "run", "--silent", "check"), folder="frontend"),
        Step("generated code", (PYTHON, "-m", "scripts.export_abi", "--check")),
        Step("API documents", (PYTHON, "-m", "scripts.api_documents", "--check")),
        Step("bandit", (_tool("bandit"), *bandit)),
        Step("solhint", (SOLHINT, "--noPoster", "--max-warnings", "0", "contracts/**/*.sol")),
        Step("house rules", (PYTHON, "-m", "scripts.house_rules")),
        Step("rooms", (_tool("lint-imports"),)),
        Step("forge fmt", (forge_binary(), "fmt", "--check", *FORGE_SOURCES)),
        Step("ruff", (_tool("ruff"), "check", ".")),
        Step("ruff format", (_tool("ruff"), "format", "--check", "--quiet", ".")),
    )


def test_steps() -> tuple[Step, ...]:
    """What `make test` runs."""
    pytest = (PYTHON, "-m", "pytest", "-p", "no:pytest-brownie", "--timeout", PYTEST_SECONDS, "--durations", "8", "-q")
    quiet = {"FOUNDRY_DISABLE_NIGHTLY_WARNING": "1"}
    return (
        Step("backend", (*pytest, "tests/backend")),
        Step("brownie install", ("bash", "scripts/setup_brownie.sh"), lane="brownie"),
        Step("brownie", (PYTHON, "-m", "scripts.test_contracts"), lane="brownie"),
        Step("oracle", (*pytest, "tests/oracle")),
        Step("invariants", (forge_binary(), "test"), environment=quiet, lane="forge"),
        Step("python", (*pytest, "tests/domain", "tests/ledger", "tests/parity", "tests/scripts")),
        Step("demo", (*pytest, "tests/demo")),
        Step("browser", ("npm", "run", "--silent", "e2e"), folder="frontend"),
        Step("symbolic", (PYTHON, "-m", "scripts.symbolic"), lane="forge"),
        Step("gas snapshot", (forge_binary(), "snapshot", "--check", "--match-contract", "GasTest"), lane="forge"),
        Step("page", ("npm", "run", "--silent", "test"), folder="frontend"),
    )


def format_steps() -> tuple[Step, ...]:
    """What `make format` runs."""
    return (
        Step("ruff", (_tool("ruff"), "check", "--fix", "--quiet", ".")),
        Step("ruff format", (_tool("ruff"), "format", "--quiet", ".")),
        Step("forge fmt", (forge_binary(), "fmt", *FORGE_SOURCES)),
        Step("page", ("npm", "run", "--silent", "format"), folder="frontend"),
    )


RUNS: Final[dict[str, Callable[[], tuple[Step, ...]]]] = {
    "check": check_steps,
    "test": test_steps,
    "format": format_steps,
}


def _say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def run_step(step: Step, *, kept: bool = False) -> Outcome:
    """Run one step. Its output is shown as it comes, or if `kept` in one piece when it has ended.

    A command that cannot be started fails with code 127.
    """
    title = f"\n-- {step.name}: {' '.join(step.command)}"
    if not kept:
        _say(title)
    started, used = time.monotonic(), 0.0
    try:
        with (
            tempfile.TemporaryDirectory(prefix="quittance-", dir=memory_folder()) as folder,
            tempfile.TemporaryFile(dir=folder) as out,
        ):
            # A pytest that starts closes the folder all pytests share to other users, also to another's database.
            os.chmod(folder, 0o711)  # nosec B103  # the embedded database runs as a user of its own, who has to get through
            code, used = _run(step, {"PYTEST_DEBUG_TEMPROOT": folder, "TMPDIR": folder}, out if kept else None)
            out.seek(0)
            output = out.read().decode(errors="replace")
    except OSError as error:
        code = 127
        output = f"{step.command[0]} could not be started ({error.strerror}): run `make setup`, then `make doctor`."
    seconds = time.monotonic() - started
    if kept:
        _say(f"{title}\n{output}")
    elif output:
        _say(output)
    return Outcome(step, code, seconds, used)


def _run(step: Step, own: dict[str, str], out: IO[bytes] | None) -> tuple[int, float]:
    """Exit code, and seconds of a processor used by the command and whatever it started and waited for."""
    process = subprocess.Popen(
        step.command, cwd=ROOT / step.folder, env=os.environ | own | step.environment, stdout=out,
        stderr=subprocess.STDOUT if out else None,
    )  # fmt: skip
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    return process.returncode, usage.ru_utime + usage.ru_stime


class _Rows:
    """The steps that wait, and the lanes that are taken. Every row asks it what to do next."""

    def __init__(self, steps: Sequence[Step]) -> None:
        self.outcomes: dict[str, Outcome] = {}
        self._waiting = list(steps)
        self._taken: set[str] = set()
        self._changed = threading.Condition()

    def work(self, *, kept: bool) -> None:
        """Run steps until none waits."""
        while (step := self._next()) is not None:
            try:
                outcome = run_step(step, kept=kept)
            finally:
                with self._changed:
                    self._taken.discard(step.lane)
                    self._changed.notify_all()
            self.outcomes[step.name] = outcome

    def _next(self) -> Step | None:
        with self._changed:
            while self._waiting:
                free = next((step for step in self._waiting if not step.lane or step.lane not in self._taken), None)
                if free is not None:
                    self._waiting.remove(free)
                    self._taken.add(free.lane)
                    return free
                self._changed.wait()
            return None


def run_steps(steps: Sequence[Step]) -> list[Outcome]:
    """Run steps in rows; what all but the first print is shown at each step's end. In the order they were given."""
    rows = _Rows(steps)
    with ThreadPoolExecutor(max_workers=ROWS - 1) as others:
        beside = [others.submit(rows.work, kept=True) for _ in range(ROWS - 1)]
        rows.work(kept=False)
        for row in beside:
            row.result()
    return [rows.outcomes[step.name] for step in steps]


def summary(outcomes: Sequence[Outcome]) -> str:
    """A line a step, failed ones marked, and what to do about them."""
    lines = [_line(outcome) for outcome in outcomes]
    failed = [outcome.step.name for outcome in outcomes if outcome.code != 0]
    total, used = (sum(o.seconds for o in outcomes), sum(o.processor_seconds for o in outcomes))
    verdict = f"{len(failed)} of {len(outcomes)} failed: {', '.join(failed)}" if failed else "all passed"
    return "\n".join([*lines, f"  {verdict}, {total:.0f} s of work, {used:.0f} s of a processor"])


def _line(outcome: Outcome) -> str:
    mark, name = "ok    " if outcome.code == 0 else "FAILED", outcome.step.name
    return f"  {mark}  {name:<16} {outcome.seconds:7.1f} s  {outcome.processor_seconds:7.1f} s used"


def main(arguments: Sequence[str]) -> int:
    """Run the steps of one run. Returns 0 when all passed, 1 when one failed, 2 for a name nobody knows."""
    parser = argparse.ArgumentParser(prog="python -m scripts.steps", description=__doc__)
    parser.add_argument("run", choices=sorted(RUNS))
    parser.add_argument("--only", action="append", default=[], metavar="STEP", help="run this step alone; may repeat")
    options = parser.parse_args(arguments)
    steps = RUNS[options.run]()
    unknown = sorted(set(options.only) - {step.name for step in steps})
    if unknown:
        known = ", ".join(step.name for step in steps)
        _say(f"`{options.run}` has no step {', '.join(unknown)}. Its steps: {known}.")
        return 2
    outcomes = run_steps([step for step in steps if not options.only or step.name in options.only])
    _say(f"\nmake {options.run}\n{summary(outcomes)}")
    return 1 if any(outcome.code for outcome in outcomes) else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
