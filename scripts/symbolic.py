"""Proofs by symbolic execution, and the bugs that show each can fail: `python -m scripts.symbolic [--bugs] [check_…]`.

A proof is a function `check_…` in tests/symbolic. Halmos runs it for every input at once: it holds if no path breaks an
assertion, none timed out, none was cut short by a loop bound, and at least one reached the end. docs/proofs.md lists
proofs and bugs (`--write`); a test compares the two.
"""

from __future__ import annotations

import argparse
import json
import re
import shutil
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from scripts import ROOT
from scripts.forge_tree import PROOF_TOOLS, ProofToolsMissing, require_proof_tools, run_in, tree_for
from scripts.planted_bugs import PlantedBug, patched
from scripts.symbolic_bugs import BUGS

FOLDER: Final = ROOT / "tests" / "symbolic"
PAGE: Final = ROOT / "docs" / "proofs.md"
BEGIN: Final = "<!-- symbolic:begin -->"
END: Final = "<!-- symbolic:end -->"
PROFILE: Final = "symbolic"
SOLVER_SECONDS: Final = 120  # for one assertion on one path
SECONDS: Final = 1_800
LOOPS: Final = 8
_PROOF: Final = re.compile(r"((?:^ *///.*\n)+) *function (check_\w+)\(", re.MULTILINE)
_ENDS: Final = {0: "holds", 1: "counter-example", 2: "timed out", 3: "stuck", 4: "no path came to its end"}


class HalmosFailed(RuntimeError):
    """Halmos or the build before it did not run to its end; has their words."""


@dataclass(frozen=True)
class Proof:
    """A proof as it is written: its function and what it says."""

    name: str
    says: str
    file: str


@dataclass(frozen=True)
class Result:
    """How a proof ended: `holds`, or what stopped it; the paths it took and how long."""

    name: str
    end: str
    paths: int
    seconds: float

    @property
    def holds(self) -> bool:
        """Whether it is proven."""
        return self.end == _ENDS[0]


def written_proofs(folder: Path = FOLDER) -> list[Proof]:
    """Every proof in the folder, by file and place."""
    proofs = []
    for path in sorted(folder.glob("*.t.sol")):
        for comment, name in _PROOF.findall(path.read_text("utf-8")):
            said = " ".join(line.strip().removeprefix("///").strip() for line in comment.strip().splitlines())
            proofs.append(Proof(name, re.sub(r"@\w+ .*", "", said).strip(), path.name))
    return proofs


def results_of(report: Mapping[str, Any]) -> list[Result]:
    """Results in halmos's JSON."""
    results = []
    for tests in report["test_results"].values():
        for test in tests or []:
            end = _ENDS.get(test["exitcode"], "broke off")
            if end == _ENDS[0] and test["num_bounded_loops"]:
                end = "cut short by a loop bound"
            name = test["name"].split("(")[0]
            results.append(Result(name, end, test["num_paths"][0], test["time"][0]))
    return results


def prove(tree: Path, name: str = "", *, optimized: bool = True) -> list[Result]:
    """Run one proof, or all, on the code as it is deployed or, quicker to compile, without the optimizer.

    Raises:
        HalmosFailed
    """
    report = tree / "halmos.json"
    report.unlink(missing_ok=True)
    command = [str(PROOF_TOOLS / "halmos"), "--root", ".", "--forge-build-out", "build/symbolic", "--no-status"]
    command += [
        "--match-test",
        rf"^{name}\(" if name else "^check_",
        "--loop",
        str(LOOPS),
        "--solver-timeout-assertion",
        f"{SOLVER_SECONDS}s",
    ]
    command += ["--json-output", str(report)]
    variables = {"HOME": str(tree), "FOUNDRY_OPTIMIZER": str(optimized).lower()}
    done = run_in(tree, command, profile=PROFILE, seconds=SECONDS, variables=variables)
    if not report.exists():
        raise HalmosFailed(f"halmos says:\n{(done.stdout + done.stderr)[-3_000:]}")
    return results_of(json.loads(report.read_text("utf-8")))


def prove_all(only: Sequence[str] = ()) -> list[Result]:
    """Run the proofs named, or all; one that halmos did not run counts as `not run`.

    Raises:
        ProofToolsMissing, HalmosFailed
    """
    require_proof_tools()
    wanted = [proof for proof in written_proofs() if not only or proof.name in only]
    with tree_for(sorted({_path(proof) for proof in wanted})) as tree:
        found = {result.name: result for result in prove(tree, only[0] if len(only) == 1 else "")}
    return [found.get(proof.name, Result(proof.name, "not run", 0, 0.0)) for proof in wanted]


def missed_bugs(bugs: Sequence[PlantedBug] = BUGS) -> list[tuple[PlantedBug, str]]:
    """Plant each bug alone and run its proof. Returns those that were not caught, with what happened instead.

    Raises:
        ProofToolsMissing, HalmosFailed, BugDoesNotFit
    """
    require_proof_tools()
    missed = []
    files = {proof.name: _path(proof) for proof in written_proofs()}
    for file in sorted({files[bug.invariant] for bug in bugs}):
        with tree_for([file]) as tree:
            missed += [
                (bug, end) for bug in bugs if files[bug.invariant] == file and (end := _find(tree, bug)) != _ENDS[1]
            ]
    return missed


def _find(tree: Path, bug: PlantedBug) -> str:
    """Plant one bug, run its proof, and leave the tree as it was. Returns how the proof ended."""
    for file, text in patched(bug).items():
        (tree / file).write_text(text, "utf-8")
    end = ", ".join(sorted({result.end for result in prove(tree, bug.invariant, optimized=False)}))
    _say(f"{bug.invariant}: {bug.story}: {'caught' if end == _ENDS[1] else f'not caught: {end}'}")
    for file in {patch.file for patch in bug.patches}:
        shutil.copy(ROOT / file, tree / file)
    return end


def _path(proof: Proof) -> str:
    return f"tests/symbolic/{proof.file}"


def table() -> str:
    """The Markdown table of docs/proofs.md."""
    stories = {bug.invariant: bug for bug in BUGS}
    rows = ["| proof | for every input | the bug it was shown to find | in |", "| --- | --- | --- | --- |"]
    for proof in written_proofs():
        bug = stories[proof.name]
        rows.append(f"| `{proof.name}` | {proof.says} | {bug.story} | `{bug.patches[0].file}` |")
    return "\n".join(rows)


def page_with(text: str) -> str:
    """docs/proofs.md with its table renewed."""
    before, rest = text.split(BEGIN, 1)
    return f"{before}{BEGIN}\n\n{table()}\n\n{END}{rest.split(END, 1)[1]}"


def _say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def main(arguments: Sequence[str] | None = None) -> int:
    """Prove, or plant the bugs. Returns the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", help="check_…; all when none is named")
    parser.add_argument("--bugs", action="store_true", help="plant the bugs instead of proving")
    parser.add_argument("--write", action="store_true", help="only renew the table in docs/proofs.md")
    given = parser.parse_args(arguments)
    if given.write:
        PAGE.write_text(page_with(PAGE.read_text("utf-8")), "utf-8")
        return 0
    unknown = sorted(set(given.names) - {proof.name for proof in written_proofs()})
    if unknown:
        parser.error(f"there is no proof called {', '.join(unknown)}")
    try:
        if given.bugs:
            return 1 if missed_bugs([b for b in BUGS if not given.names or b.invariant in given.names]) else 0
        results = prove_all(given.names)
    except (ProofToolsMissing, HalmosFailed) as problem:
        sys.stderr.write(f"{problem}\n")
        return 1
    for result in results:
        _say(f"{result.name}: {result.end} ({result.paths} paths, {result.seconds:.1f} s)")
    held = sum(result.holds for result in results)
    _say(f"{held} of {len(results)} hold")
    return 0 if held == len(results) else 1


if __name__ == "__main__":
    sys.exit(main())
