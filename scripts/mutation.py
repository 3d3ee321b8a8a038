"""Run the forge tests against mutants of libraries and of functions that move money: `python -m scripts.mutation`.

A mutant is killed when a test fails or the tests no longer end; it survives when all pass. One that does not
compile, or compiles to the very same code, is no change and does not count. What is known to survive, and why that does
no harm, is in docs/mutants.yaml.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import random
import shutil
import signal
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from queue import Queue
from typing import Final, Literal

import yaml

from scripts import ROOT
from scripts.forge_tree import run_in, tree_for
from scripts.mutants import Mutant, mutants_of
from scripts.mutation_targets import TARGETS
from scripts.steps import forge_binary

COPIED: Final = ("contracts", "tests/invariants")
PROFILE: Final = "mutation"
SURVIVORS: Final = ROOT / "docs" / "mutants.yaml"
RESULTS: Final = ROOT / "build" / "mutation.json"
CPU_SECONDS: Final = 240  # of forge, for all tests; without a change it is a tenth of that
SECONDS: Final = 3_600  # by the clock: only a machine that stands still takes so long
# Processor time, not the clock, tells a test that no longer ends from a busy machine.
LIMITED: Final = (
    "import os, resource, sys; most = int(sys.argv[1]); resource.setrlimit(resource.RLIMIT_CPU, (most, most + 5)); "
    "os.execv(sys.argv[2], sys.argv[2:])"
)
WORKERS: Final = 2
SEED: Final = 20130912

End = Literal["killed", "survived", "timed out", "same code", "does not compile"]
KILLED: Final[frozenset[End]] = frozenset({"killed", "timed out"})
COUNTED: Final[frozenset[End]] = KILLED | {"survived"}


class TestsFail(RuntimeError):
    """The tests fail on the contracts as they are; has forge's words."""


@dataclass(frozen=True)
class Tried:
    """A mutant and how it ended."""

    mutant: Mutant
    end: End


def all_mutants(root: Path = ROOT) -> list[Mutant]:
    """Every mutant of what is named in scripts/mutation_targets.py."""
    found: list[Mutant] = []
    for file, target in TARGETS.items():
        found += mutants_of(file, (root / file).read_text("utf-8"), target.functions)
    return found


def sample(mutants: Sequence[Mutant], size: int | None, seed: int = SEED) -> list[Mutant]:
    """So many of them, drawn by a fixed seed, in their order; None: all."""
    if size is None or size >= len(mutants):
        return list(mutants)
    drawn = set(random.Random(seed).sample(range(len(mutants)), size))
    return [mutant for index, mutant in enumerate(mutants) if index in drawn]


def verdict(code: int, output: str) -> End:
    """How a run of forge ended, by its exit code and words."""
    if code == 0:
        return "survived"
    if code == -signal.SIGXCPU:
        return "timed out"
    return "killed" if "[FAIL" in output else "does not compile"


def _test(tree: Path) -> tuple[int, str]:
    command = [sys.executable, "-c", LIMITED, str(CPU_SECONDS), forge_binary(), "test", "--fail-fast"]
    done = run_in(tree, command, profile=PROFILE, seconds=SECONDS)
    return done.returncode, done.stdout + done.stderr


def code_digests(tree: Path) -> dict[str, str]:
    """Digest of each contract's code as compiled."""
    digests = {}
    for path in sorted((tree / "build" / "forge").glob("*.sol/*.json")):
        code = json.loads(path.read_text("utf-8")).get("deployedBytecode", {}).get("object", "")
        digests[f"{path.parent.name}/{path.name}"] = hashlib.sha256(code.encode()).hexdigest()
    return digests


def try_one(tree: Path, mutant: Mutant, unchanged: dict[str, str]) -> Tried:
    """Test one mutant in a tree, and leave the tree as it was.

    Raises:
        subprocess.TimeoutExpired: The machine stands still; nothing is said of the mutant.
    """
    path = tree / mutant.file
    source = path.read_text("utf-8")
    try:
        path.write_text(mutant.applied(source), "utf-8")
        end = verdict(*_test(tree))
        if end == "survived" and code_digests(tree) == unchanged:
            end = "same code"
    finally:
        path.write_text(source, "utf-8")
    return Tried(mutant, end)


def state_digest(root: Path = ROOT) -> str:
    """Digest of everything a result depends on."""
    digest = hashlib.sha256((root / "foundry.toml").read_bytes())
    for name in COPIED:
        for path in sorted((root / name).rglob("*.sol")):
            digest.update(f"{path.relative_to(root)}\0".encode() + path.read_bytes())
    return digest.hexdigest()


def _kept(digest: str) -> dict[str, End]:
    if not RESULTS.exists():
        return {}
    read = json.loads(RESULTS.read_text("utf-8"))
    return dict(read["ends"]) if read["digest"] == digest else {}


def _keep(digest: str, ends: dict[str, End]) -> None:
    RESULTS.parent.mkdir(exist_ok=True)
    RESULTS.write_text(json.dumps({"digest": digest, "ends": ends}, indent=1, ensure_ascii=False), "utf-8")


def _name(mutant: Mutant) -> str:
    return f"{mutant} @{mutant.start}"


def try_all(mutants: Sequence[Mutant], say: Callable[[str], None] = lambda _: None) -> list[Tried]:
    """Test each mutant, two at a time. What an interrupted run of the same contracts and tests found is taken over.

    Raises:
        TestsFail
    """
    digest = state_digest()
    ends = _kept(digest)
    waiting: dict[tuple[str, ...], list[Mutant]] = {}
    for mutant in mutants:
        if _name(mutant) not in ends:
            waiting.setdefault(TARGETS[mutant.file].tests, []).append(mutant)
    for tests, group in waiting.items():
        for tried in _try_group(tests, group):
            ends[_name(tried.mutant)] = tried.end
            _keep(digest, ends)
            say(f"{tried.end}: {tried.mutant}")
    return [Tried(mutant, ends[_name(mutant)]) for mutant in mutants]


def _try_group(tests: tuple[str, ...], mutants: Sequence[Mutant]) -> Iterator[Tried]:
    """Test mutants that the same tests meet, in trees of their own."""
    with ExitStack() as stack:
        trees: Queue[Path] = Queue()
        first = stack.enter_context(tree_for(tests))
        code, output = _test(first)
        if code != 0:
            raise TestsFail(f"forge says:\n{output[-3_000:]}")
        unchanged = code_digests(first)
        trees.put(first)
        for _ in range(WORKERS - 1):
            other = stack.enter_context(tree_for(tests))
            shutil.copytree(first / "build", other / "build")
            trees.put(other)

        def run(mutant: Mutant) -> Tried:
            tree = trees.get()
            try:
                return try_one(tree, mutant, unchanged)
            finally:
                trees.put(tree)

        with ThreadPoolExecutor(WORKERS) as pool:
            yield from pool.map(run, mutants)


def known_survivors(path: Path = SURVIVORS) -> dict[str, str]:
    """Mutant, without its line number → why its survival does no harm."""
    reasons: dict[str, str] = {}
    for entry in yaml.safe_load(path.read_text("utf-8")) or []:
        for mutant in entry["mutants"]:
            reasons[mutant] = " ".join(entry["reason"].split())
    return reasons


def unnumbered(mutant: Mutant) -> str:
    """A mutant's words without its line, which moves."""
    return str(mutant).replace(f":{mutant.line} ", " ", 1)


def unexplained(tried: Iterable[Tried], reasons: dict[str, str]) -> list[Mutant]:
    """Survivors docs/mutants.yaml does not speak of."""
    return [t.mutant for t in tried if t.end == "survived" and unnumbered(t.mutant) not in reasons]


def _say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def main(arguments: Sequence[str] | None = None) -> int:
    """Try mutants; 1 if one survives unexplained."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sample", type=int, help="so many, drawn by a fixed seed; all when left out")
    parser.add_argument("--file", action="append", help="only mutants of files whose path contains this")
    parser.add_argument("--list", action="store_true", help="only list them")
    given = parser.parse_args(arguments)
    mutants = [m for m in all_mutants() if not given.file or any(part in m.file for part in given.file)]
    mutants = sample(mutants, given.sample)
    if given.list:
        for mutant in mutants:
            _say(str(mutant))
        return 0
    try:
        tried = try_all(mutants, _say)
    except TestsFail as problem:
        sys.stderr.write(f"{problem}\n")
        return 1
    counts = Counter(t.end for t in tried)
    missing = unexplained(tried, known_survivors())
    for mutant in missing:
        _say(f"survives unexplained: {mutant}")
    _say(", ".join(f"{count} {end}" for end, count in sorted(counts.items())))
    return 1 if missing else 0


if __name__ == "__main__":
    sys.exit(main())
