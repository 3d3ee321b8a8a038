"""Claims at random moments, with nodes that are killed or left in peace, until the desk has dealt with all."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Final

from ledger.bindings import LossReported
from ledger.events import LogDecoder, fetch_logs
from ledger.rpc import Rpc, RpcUnavailable
from scripts.claims_rehearsal.chaos import Chaos
from scripts.claims_rehearsal.desk import confirm, handled
from scripts.claims_rehearsal.evidence import MIX
from scripts.claims_rehearsal.findings import Findings, look
from scripts.claims_rehearsal.nodes import prepare_nodes, write_network
from scripts.claims_rehearsal.stack import Stack, claims_stack
from scripts.claims_rehearsal.tap import tapped
from scripts.oracle_nodes import running

PATIENCE_SECONDS: Final = 180.0
"""How long the last report may take: a node that died may have to come back for it."""
SECOND_REPORT_SECONDS: Final = 4.0
WATCH_SECONDS: Final = 0.02


@dataclass(frozen=True, slots=True)
class Ordeal:
    """What was done to the nodes, and what came of the claims.

    Attributes:
        unreached: Labels at which no node has died.
    """

    findings: Findings
    kills: int
    reached: tuple[str, ...]
    unreached: tuple[str, ...]
    seconds: float


@dataclass(frozen=True, slots=True)
class Latency:
    """From the block of a notice to that of its report: seconds by the wall clock, and by the blocks' own times."""

    wall: float
    block: int


def ordeal(*, rounds: int, gap_seconds: float, seed: int = 1) -> Ordeal:
    """Claims come while one node after another is killed.

    Args:
        gap_seconds: Between notices, on average.
    Raises:
        NodeFailed, StepFailed
    """
    began, chance = time.monotonic(), random.Random(seed)
    with claims_stack(policies=rounds, seed=seed) as stack:
        nodes = prepare_nodes(stack)
        with tapped(nodes) as (tap, urls):
            write_network(stack, nodes, urls)
            with running(nodes), ThreadPoolExecutor(1) as pool:
                chaos = Chaos(nodes, random.Random(seed + 1))
                at_work = pool.submit(chaos.run)
                try:
                    notify_all(stack, rounds, gap_seconds, chance)
                finally:
                    chaos.stop()
                at_work.result()
                wait_for_reports(stack)
                time.sleep(SECOND_REPORT_SECONDS)  # a second report, if there were one, would come now
        findings = look(stack, nodes, tap.statements())
    return Ordeal(findings, chaos.kills, tuple(chaos.reached), tuple(chaos.left), time.monotonic() - began)


def in_peace(*, claims: int, gap_seconds: float, seed: int = 1) -> tuple[list[Latency], Findings]:
    """Claims come at random moments while all nodes run; a latency for each that was reported.

    Raises:
        NodeFailed, StepFailed
    """
    chance = random.Random(seed)
    with claims_stack(policies=claims, seed=seed) as stack:
        nodes = prepare_nodes(stack)
        with running(nodes), watching(stack.rpc.url) as watch:
            notify_all(stack, claims, gap_seconds, chance)
            wait_for_reports(stack)
            time.sleep(SECOND_REPORT_SECONDS)
        return latencies(stack, watch.seen), look(stack, nodes, ())


def notify_all(stack: Stack, count: int, gap_seconds: float, chance: random.Random) -> None:
    """Notices of claims of every kind, at moments that nothing aligns with blocks; returns when all are mined."""
    for number in range(count):
        time.sleep(chance.uniform(0.0, 2 * gap_seconds))
        stack.notify(MIX[number % len(MIX)])
    for notified in stack.notified:
        confirm(stack.insurer, notified)


def wait_for_reports(stack: Stack, seconds: float = PATIENCE_SECONDS) -> bool:
    """Until every claim has a report; False: time was up before."""
    deadline = time.monotonic() + seconds
    wanted = {notified.claim_id for notified in stack.notified}
    while time.monotonic() < deadline:
        if wanted <= reported_claims(stack):
            return True
        time.sleep(0.5)
    return False


def reported_claims(stack: Stack) -> set[int]:
    """Claims with a report, by the desk's logs alone."""
    deployment, desk = stack.insurer.deployment, stack.insurer.contracts["ClaimsDesk"]
    decoder = LogDecoder({desk: "ClaimsDesk"})
    logs = fetch_logs(stack.rpc, [desk], deployment.block_number, stack.rpc.block_number())
    return {event.claim_id for event in map(decoder.decode, logs) if isinstance(event, LossReported)}


def latencies(stack: Stack, seen: dict[int, float]) -> list[Latency]:
    """Of every claim that has a report, in the order of notices."""
    found = handled(stack.insurer)
    measured = []
    for notified in stack.notified:
        done = found[notified.claim_id]
        if done.noticed is not None and done.reported:
            first, last = done.noticed.log, done.reported[0]
            wall = seen[last.block_number] - seen[first.block_number]
            measured.append(Latency(wall, last.block_time - first.block_time))
    return measured


def percentile(values: Sequence[float], share: float) -> float:
    """The smallest value that at least this share of all do not exceed; `share` above 0, at most 1."""
    ordered = sorted(values)
    return ordered[max(0, -(-len(ordered) * round(share * 1_000) // 1_000) - 1)]


@dataclass
class Watch:
    """When each block was first seen, monotonic seconds."""

    rpc: Rpc
    seen: dict[int, float] = field(default_factory=dict)
    stopping: threading.Event = field(default_factory=threading.Event)

    def run(self) -> None:
        """Look often, until told to stop."""
        last = self.rpc.block_number()
        while not self.stopping.wait(WATCH_SECONDS):
            try:
                newest = self.rpc.block_number()
            except RpcUnavailable:
                continue
            now = time.monotonic()
            for number in range(last + 1, newest + 1):
                self.seen[number] = now
            last = newest


@contextmanager
def watching(url: str) -> Iterator[Watch]:
    """A watch on a chain for the length of a `with` block, with a connection of its own."""
    watch = Watch(Rpc(url))
    thread = threading.Thread(target=watch.run, daemon=True)
    thread.start()
    try:
        yield watch
    finally:
        watch.stopping.set()
        thread.join(timeout=10)
        watch.rpc.close()
