"""Two nodes' processes over the same inputs, and where their bytes differ."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from scripts import ROOT
from scripts.same_bytes.applications import write_applications
from scripts.same_bytes.claim_inputs import write_claims
from scripts.same_bytes.events import write_events
from scripts.same_bytes.node import BACKWARDS, SURROUNDINGS

NODE: Final = (sys.executable, "-m", "scripts.same_bytes.node")
GERMAN: Final = "de_DE.UTF-8"
LINES_TOLD: Final = 20


class NodeFailed(RuntimeError):
    """A node's process ended otherwise than by itself. The message has the end of what it said."""


@dataclass(frozen=True, slots=True)
class Counts:
    """How many inputs of each kind."""

    claims: int
    events: int
    applications: int


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a node's process has around it.

    Attributes:
        hash_seed: Of sets and dictionaries of texts and bytes.
        time_zone: As POSIX writes it: hours to be added to local time for UTC.
        language: A locale's name; `locales` is the folder it lies in, where that is none of the system's.
        backwards: See `Habits`.
    """

    hash_seed: int
    time_zone: str
    language: str
    backwards: bool
    locales: Path | None = None


@dataclass(frozen=True, slots=True)
class Compared:
    """What came of it.

    Attributes:
        inputs: By kind.
        reports: Of them, those of which a report came, by kind.
        differing: Names of inputs two nodes say something else of, as in `claim 12`.
        around: What each process saw of its surroundings.
    """

    inputs: Counter[str]
    reports: Counter[str]
    differing: tuple[str, ...]
    around: tuple[dict[str, Any], dict[str, Any]]


def write_inputs(folder: Path, counts: Counts, seed: int) -> None:
    """The same inputs for the same arguments."""
    folder.mkdir(parents=True)
    draw = random.Random(seed)  # repeatable, guards nothing
    write_claims(folder, counts.claims, draw)
    write_events(folder, counts.events, draw)
    write_applications(folder, counts.applications, draw)


def unlike(folder: Path) -> tuple[Surroundings, Surroundings]:
    """Surroundings as far apart as this machine allows. A German locale is made in `folder` where that can be done."""
    plain = Surroundings(1, "UTC0", "C", backwards=False)
    made = _german(folder)
    language, locales = (GERMAN, folder) if made else ("C.UTF-8", None)
    return plain, Surroundings(4_242, "<+1245>-12:45", language, backwards=True, locales=locales)


def two_nodes(
    folder: Path, around: tuple[Surroundings, Surroundings], program: Sequence[str] = NODE, timeout: float = 14_400
) -> Compared:
    """Run both nodes, one after the other, over `folder/inputs`.

    Args:
        program: What a node is started with.
        timeout: Seconds one of them may take.
    Raises:
        NodeFailed, subprocess.TimeoutExpired
    """
    outs = []
    for name, each in zip(("first", "second"), around, strict=True):
        state = folder / name
        state.mkdir()
        _run(folder, state, each, program, timeout)
        outs.append(state / "said")
    return compared(*outs)


def compared(first: Path, second: Path) -> Compared:
    """What two processes wrote, line by line."""
    one, other = _lines(first), _lines(second)
    around = json.loads(one.pop(SURROUNDINGS)), json.loads(other.pop(SURROUNDINGS))
    differing = tuple(name for name in sorted(one.keys() | other.keys()) if one.get(name) != other.get(name))
    reported = [name for name, line in one.items() if "digest" in json.loads(line)]
    return Compared(Counter(map(_kind, one)), Counter(map(_kind, reported)), differing, around)


def _lines(path: Path) -> dict[str, bytes]:
    pairs = (line.split(b"\t", 1) for line in path.read_bytes().splitlines())
    return {name.decode("ascii"): said for name, said in pairs}


def _kind(name: str) -> str:
    return name.split(" ", 1)[0]


def _run(folder: Path, state: Path, around: Surroundings, program: Sequence[str], timeout: float) -> None:
    command = [*program, str(folder / "inputs"), str(state), str(state / "said")]
    command += [BACKWARDS] if around.backwards else []
    told = {
        "PYTHONHASHSEED": str(around.hash_seed), "TZ": around.time_zone, "LC_ALL": around.language,
        "PYTHONCOERCECLOCALE": "0", "PYTHONUTF8": "0",
        "PYTHONPATH": os.pathsep.join([str(ROOT), *filter(None, sys.path)]),
    }  # fmt: skip
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "OMP_NUM_THREADS") if name in os.environ}
    told |= {} if around.locales is None else {"LOCPATH": str(around.locales)}
    ran = subprocess.run(command, env=kept | told, cwd=state, capture_output=True, check=False, timeout=timeout)
    if ran.returncode != 0:
        end = "\n".join(ran.stderr.decode("utf-8", "replace").splitlines()[-LINES_TOLD:])
        raise NodeFailed(f"a node ended with {ran.returncode}; the last it said was:\n{end}")


def _german(folder: Path) -> bool:
    """Make a locale with a comma for a decimal point; False: this machine cannot."""
    command = ["localedef", "-i", "de_DE", "-f", "UTF-8", str(folder / GERMAN)]
    try:
        ran = subprocess.run(command, capture_output=True, check=False, timeout=60)
    except OSError:
        return False
    return ran.returncode in (0, 1) and (folder / GERMAN).is_dir()  # 1: made, with warnings
