"""Every finding of slither in our contracts has a reason in docs/slither.yaml: `python -m scripts.slither`.

A reason holds for one detector, one function and the very expressions found there: whatever is new, also in a function
that has reasons already, is untriaged. A reason whose finding is gone is stale and has to go too.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import yaml

from scripts import ROOT
from scripts.forge_tree import PROOF_TOOLS, ProofToolsMissing, copied_tree, require_proof_tools, run_in

TRIAGE: Final = ROOT / "docs" / "slither.yaml"
PROFILE: Final = "slither"
OUT: Final = "build/slither"
LEFT_OUT: Final = r"node_modules|contracts/mocks|tests/"
SECONDS: Final = 600
SHORTEST_REASON: Final = 30  # characters


class SlitherFailed(RuntimeError):
    """Slither or the build before it did not run to its end; has their words."""


class TriageUnreadable(ValueError):
    """docs/slither.yaml is not a list of reasons with their findings, each finding once."""


@dataclass(frozen=True, order=True)
class Finding:
    """What slither found, without line numbers, which move.

    Args:
        check: The detector.
        impact: `High`, `Medium`, `Low`, `Informational` or `Optimization`.
        where: `Contract.function(types)`, or whatever is the finding's first subject.
        what: The expressions found there, each once, sorted.
    """

    check: str
    impact: str
    where: str
    what: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.impact}: {self.check}: {self.where}: {'; '.join(self.what) or '-'}"


@dataclass(frozen=True)
class Triage:
    """What the reasons cover.

    Args:
        untriaged: Findings without a reason.
        stale: Reasons without a finding.
        triaged: Findings with one.
    """

    untriaged: tuple[str, ...]
    stale: tuple[str, ...]
    triaged: tuple[str, ...]


def _subject(element: Mapping[str, Any]) -> str:
    fields = element.get("type_specific_fields", {})
    name = fields.get("signature") or element["name"]
    parent = fields.get("parent")
    return f"{_subject(parent)}.{name}" if parent and parent["type"] != "file" else str(name)


def findings_of(report: Mapping[str, Any]) -> list[Finding]:
    """The findings in slither's JSON, each once, in order."""
    found = set()
    for detected in report["results"].get("detectors", []):
        first, *others = detected["elements"]
        # Sorted, because slither's own order of nodes and functions may change from run to run.
        named = {re.sub(r"\s+", " ", e["name"]) if e["type"] == "node" else _subject(e) for e in others}
        what = tuple(sorted(named))
        found.add(Finding(detected["check"], detected["impact"], _subject(first), what))
    return sorted(found)


def read_triage(path: Path = TRIAGE) -> dict[str, str]:
    """Finding, in slither's own words without line numbers → why it stands.

    Raises:
        TriageUnreadable
    """
    reasons: dict[str, str] = {}
    for number, entry in enumerate(yaml.safe_load(path.read_text("utf-8")) or [], start=1):
        try:
            reason, findings = " ".join(str(entry["reason"]).split()), [str(finding) for finding in entry["findings"]]
        except (KeyError, TypeError) as error:
            raise TriageUnreadable(f"entry {number} of {path.name} lacks {error}") from error
        if len(reason) < SHORTEST_REASON:
            raise TriageUnreadable(f"entry {number} of {path.name} gives no reason: {reason!r}")
        for finding in findings:
            if finding in reasons:
                raise TriageUnreadable(f"entry {number} of {path.name} repeats: {finding}")
            reasons[finding] = reason
    return reasons


def compare(found: Iterable[Finding], reasons: Mapping[str, str]) -> Triage:
    """Hold findings against reasons."""
    seen = {str(finding) for finding in found}
    return Triage(
        untriaged=tuple(sorted(seen - set(reasons))),
        stale=tuple(sorted(set(reasons) - seen)),
        triaged=tuple(sorted(seen & set(reasons))),
    )


def analyse(tree: Path) -> tuple[list[Finding], int]:
    """Build and analyse a tree. Returns the findings and how many detectors looked.

    Raises:
        SlitherFailed
    """
    build = run_in(tree, ("forge", "build", "contracts"), profile=PROFILE, seconds=SECONDS)
    if build.returncode != 0:
        raise SlitherFailed(f"forge says:\n{(build.stdout + build.stderr)[-3_000:]}")
    report = tree / "slither.json"
    command = [str(PROOF_TOOLS / "slither"), ".", "--ignore-compile", "--foundry-out-directory", OUT, "--fail-none"]
    command += ["--exclude-dependencies", "--filter-paths", LEFT_OUT, "--json", str(report)]
    done = run_in(tree, command, profile=PROFILE, seconds=SECONDS)
    detectors = re.search(r"with (\d+) detectors", done.stderr + done.stdout)
    if done.returncode != 0 or not report.exists() or detectors is None:
        raise SlitherFailed(f"slither says:\n{(done.stdout + done.stderr)[-3_000:]}")
    read = json.loads(report.read_text("utf-8"))
    if not read["success"]:
        raise SlitherFailed(f"slither says:\n{read['error']}")
    return findings_of(read), int(detectors[1])


def look() -> tuple[Triage, int]:
    """Analyse the contracts as they are. Returns what the reasons cover, and how many detectors looked.

    Raises:
        ProofToolsMissing, SlitherFailed, TriageUnreadable
    """
    require_proof_tools()
    reasons = read_triage()
    with copied_tree(("contracts",)) as tree:
        found, detectors = analyse(tree)
    return compare(found, reasons), detectors


def main() -> int:
    """Print what has no reason and what is stale; 1 if there is any."""
    try:
        triage, detectors = look()
    except (ProofToolsMissing, SlitherFailed, TriageUnreadable) as problem:
        sys.stderr.write(f"{problem}\n")
        return 1
    for finding in triage.untriaged:
        sys.stdout.write(f"untriaged: {finding}\n")
    for finding in triage.stale:
        sys.stdout.write(f"stale: {finding}\n")
    if triage.untriaged:
        sys.stdout.write("Mend what is untriaged, or give the reason why it stands in docs/slither.yaml.\n")
    sys.stdout.write(
        f"{detectors} detectors: {len(triage.untriaged)} untriaged, {len(triage.triaged)} with a reason, "
        f"{len(triage.stale)} stale\n"
    )
    return 1 if triage.untriaged or triage.stale else 0


if __name__ == "__main__":
    sys.exit(main())
