"""Rounds among honest and faulty nodes, with real signatures: `quittance figures rounds`.

For n of 4, 7, 10 and 13: rounds with f nodes that fail or lie in every way there is, one way for all of them or mixed,
and rounds with f + 1 to 2f that lie together. Wrong: a report was accepted that no honest node would stand by, or two
were. Not live: with f faults or fewer, an honest node ended without report.
"""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from itertools import cycle, islice
from multiprocessing import get_context
from typing import Final

from oracle.rounds.adversaries import Fault
from oracle.rounds.simulation import Simulation
from scripts.figures.figure import Figure

COMMAND: Final = "quittance figures rounds"
SIZES: Final = (4, 7, 10, 13)
ROUNDS: Final = 800
FULL_ROUNDS: Final = 100_000
COLLUDING_SHARE: Final = 10
"""One round in so many is for colluders beyond f, on top of the others."""
DEADLINE_MS: Final = 30_000
COLLUDING_DEADLINE_MS: Final = 3_000
"""Rounds with too many liars mostly last until the deadline: a short one plays more of them."""
CHUNK: Final = 250
"""Rounds that one simulation plays before the next begins anew."""
SEED: Final = 20_130_912
FAULTS: Final = tuple(fault for fault in Fault if fault is not Fault.COLLUDING)


@dataclass(frozen=True, slots=True)
class Tally:
    """What rounds came to; `latest_ms` of simulated time, `seconds` of a core's."""

    rounds: int = 0
    wrong: int = 0
    not_live: int = 0
    twice: int = 0
    refused: int = 0
    latest_ms: int = 0
    seconds: float = 0.0

    def __add__(self, other: Tally) -> Tally:
        return Tally(
            self.rounds + other.rounds, self.wrong + other.wrong, self.not_live + other.not_live,
            self.twice + other.twice, self.refused + other.refused, max(self.latest_ms, other.latest_ms),
            self.seconds + other.seconds,
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Chunk:
    """Rounds one process plays."""

    nodes: int
    seed: int
    rounds: int
    colluding: bool


def measure(*, full: bool = False) -> list[Figure]:
    """Play `ROUNDS` rounds with f faults, or 100,000 with `full`, a quarter for each n; and a tenth with colluders."""
    command = f"{COMMAND} --full" if full else COMMAND
    rounds = FULL_ROUNDS if full else ROUNDS
    workers = min(2, os.cpu_count() or 1) if full else 1
    faulty = {n: played(chunks(n, rounds // len(SIZES), colluding=False), workers) for n in SIZES}
    colluding = {n: played(chunks(n, rounds // len(SIZES) // COLLUDING_SHARE, colluding=True), workers) for n in SIZES}
    figures = [each for n in SIZES for each in of_faults(n, faulty[n], command)]
    figures += [each for n in SIZES for each in of_colluders(n, colluding[n], command)]
    total = sum((*faulty.values(), *colluding.values()), start=Tally())
    note = f"{total.rounds:,} rounds, {workers} process{'es' if workers > 1 else ''}; clock and network are simulated"
    figures.append(
        Figure("rounds played on one core", total.rounds / total.seconds, "rounds/s", None, ">=", command, note)
    )
    return figures


def chunks(nodes: int, rounds: int, *, colluding: bool) -> list[Chunk]:
    """The same rounds in the same parts on any machine."""
    seed = SEED + nodes * 1_000_000 + colluding * 500_000
    starts = range(0, rounds, CHUNK)
    return [Chunk(nodes, seed + start, min(CHUNK, rounds - start), colluding) for start in starts]


def played(parts: Sequence[Chunk], workers: int) -> Tally:
    """All of them, on several processes if asked."""
    if workers == 1:
        return sum(map(play, parts), start=Tally())
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        return sum(pool.map(play, parts), start=Tally())


def play(part: Chunk) -> Tally:
    """One part: every fault in turn, and after them all mixed."""
    simulation = Simulation(part.nodes, part.seed, deadline_ms=COLLUDING_DEADLINE_MS if part.colluding else DEADLINE_MS)
    most = (part.nodes - 1) // 3
    tally, started = Tally(), time.process_time()
    for number in range(part.rounds):
        faults = colluders(number, most) if part.colluding else faulty(number, most)
        result = simulation.play(faults)
        wrong, twice = len(result.wrong), len(result.accepted) > 1 and not part.colluding
        tally += Tally(1, wrong, not result.live, int(twice), result.refused, result.took_ms)
    return tally + Tally(seconds=time.process_time() - started)


def faulty(number: int, most: int) -> list[Fault]:
    """f faults: all of one kind in most rounds, of several in every tenth."""
    kind = number % (len(FAULTS) + 1)
    if kind == len(FAULTS):
        return list(islice(cycle(FAULTS), number // len(FAULTS), number // len(FAULTS) + most))
    return [FAULTS[kind]] * most


def colluders(number: int, most: int) -> list[Fault]:
    """f + 1 to 2f that lie together."""
    return [Fault.COLLUDING] * (most + 1 + number % most)


def of_faults(nodes: int, tally: Tally, command: str) -> list[Figure]:
    """0 wrong, 0 twice, 0 not live."""
    most = (nodes - 1) // 3
    note = f"{tally.rounds:,} rounds with {most} faulty; {tally.refused:,} bundles refused"
    return [
        Figure(f"n = {nodes}, f faulty: wrong reports accepted", tally.wrong, "reports", 0, "==", command, note),
        Figure(f"n = {nodes}, f faulty: rounds with two reports", tally.twice, "rounds", 0, "==", command),
        Figure(f"n = {nodes}, f faulty: rounds not live", tally.not_live, "rounds", 0, "==", command),
        Figure(f"n = {nodes}, f faulty: longest round", tally.latest_ms, "ms", None, "<=", command, "simulated time"),
    ]


def of_colluders(nodes: int, tally: Tally, command: str) -> list[Figure]:
    """0 wrong; no promise that there is a report."""
    most = (nodes - 1) // 3
    note = f"{tally.rounds:,} rounds; {tally.not_live:,} of them ended without report"
    name = f"n = {nodes}, {most + 1} to {2 * most} colluding: wrong reports accepted"
    return [Figure(name, tally.wrong, "reports", 0, "==", command, note)]
