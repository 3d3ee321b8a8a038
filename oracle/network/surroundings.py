"""Where the outputs of a node's rounds go: reports to be handed in, outcomes to be kept."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import structlog

from domain.claim_reports import LossReport
from domain.reports import EventReport
from ledger.bindings import ClaimsDesk, ParametricProduct
from oracle.claims.facts import Block
from oracle.network import told
from oracle.network.memory import HandIn, Memory
from oracle.network.metrics import Metrics
from oracle.network.wanted import SignerSet, subject_key
from oracle.rounds.outcome import Outcome
from oracle.rounds.reports import MadeReport
from oracle.rounds.rules import FieldRule, Request, RoundRules, Timing
from oracle.rounds.scorecard import events_of

log: structlog.stdlib.BoundLogger = structlog.get_logger()


_BEGAN_NS = time.time_ns() - time.monotonic_ns()


def steady_ms() -> int:
    """Milliseconds since 1970 as this machine's clock had it when the process began; never back from there."""
    return (_BEGAN_NS + time.monotonic_ns()) // 1_000_000


@dataclass(frozen=True)
class RoundSettings:
    """How rounds are run here; the same at every node.

    Attributes:
        fields: What is near enough, by number.
        valid_seconds: How long a report counts.
        hand_in_after_ms: Between the turns of the nodes that hand in.
    """

    chain_id: int
    fields: Mapping[str, FieldRule]
    valid_seconds: int
    hand_in_after_ms: int
    poll_ms: int
    timing: Timing


class NodeSurroundings:
    """Keeps reports and outcomes of the engine's rounds.

    Args:
        wake: Called when a report is to be handed in.
    """

    def __init__(
        self, node: str, memory: Memory, metrics: Metrics, settings: RoundSettings, *,
        wake: Callable[[], None], clock_ms: Callable[[], int] = steady_ms,
    ) -> None:  # fmt: skip
        self._node, self._memory, self._metrics, self._settings = node, memory, metrics, settings
        self._wake, self._clock_ms = wake, clock_ms
        self._time = 0
        self._block: Block | None = None
        self._signers: dict[tuple[str, int], SignerSet] = {}

    def seen(self, block: Block) -> None:
        """The newest final block. Its time never goes back here, whatever a chain does."""
        self._time = max(self._time, block.time)
        self._block = block

    def newest(self) -> Block | None:
        """The newest final block, as last seen; None: none was."""
        return self._block

    def final_block(self) -> int:
        """Its number, 0 before the first."""
        return 0 if self._block is None else self._block.number

    def chain_time(self) -> int:
        """Unix seconds of the newest final block."""
        return self._time

    def remember(self, request: Request, signers: SignerSet) -> None:
        """Who takes part in a request."""
        self._signers[request.quorum, request.signer_epoch] = signers

    def hand_in(self, request: Request, made: MadeReport, signatures: tuple[bytes, ...], attempt: int | None) -> None:
        """Keep the call; nodes take turns from the leader of the attempt on."""
        data = _call(made, signatures)
        turn = self._turn(request, attempt or 0)
        due = self._clock_ms() + turn * self._settings.hand_in_after_ms
        self._memory.keep_hand_in(
            HandIn(request.id, request.signer_epoch, request.contract, data, made.valid_until, due)
        )
        self._wake()

    def ended(self, outcome: Outcome) -> None:
        """Keep how a round ended, and tell of nodes that disagreed."""
        subject = subject_key(outcome.request)
        self._memory.keep_outcome(
            subject, outcome.request.id, outcome.request.signer_epoch, self._time, told.told_of(outcome),
            events_of(outcome),
        )  # fmt: skip
        for reason in outcome.reasons:
            self._metrics.objected(reason.node, reason.code.value)
        log.info(
            "round.ended", subject=subject, path=outcome.path.value, took_ms=outcome.took_ms,
            explained=outcome.explained(),
        )  # fmt: skip

    def _turn(self, request: Request, attempt: int) -> int:
        signers = self._signers[request.quorum, request.signer_epoch].signers
        rules = RoundRules(signers, self._settings.fields, self._settings.timing)
        first = signers.index(rules.leader(request, attempt))
        return (signers.index(self._node) - first) % len(signers)


def _call(made: MadeReport, signatures: tuple[bytes, ...]) -> bytes:
    report = made.report
    if isinstance(report, LossReport):
        return ClaimsDesk.report_loss(report, signatures).data
    if isinstance(report, EventReport):
        return ParametricProduct.report_events(report, signatures).data
    raise TypeError(f"{type(report).__name__} goes into a quote, nobody hands it in")
