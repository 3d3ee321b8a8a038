"""Runs one round machine: what it wants kept is kept first, then what it wants said is said."""

from collections.abc import Callable, Sequence
from typing import Protocol

from domain.hashing import canonical_json
from oracle.rounds.journal import RoundJournal
from oracle.rounds.machine import RoundMachine
from oracle.rounds.messages import RequestBody
from oracle.rounds.outcome import Outcome
from oracle.rounds.quorum import Verifier
from oracle.rounds.refusals import RoundRefused
from oracle.rounds.reports import MadeReport, ReportMaker, make_report
from oracle.rounds.rules import Request, RoundRules
from oracle.rounds.statements import Observation, Statement
from oracle.rounds.steps import Finish, KeepProof, Output, Seat, Send, Store, Submit, Unobserved, require_seat, slot_of


class Outside(Protocol):
    """Where a round's outputs go."""

    def send(self, statement: Statement, to: str | None) -> None:
        """Tell one node, or all others. May fail or be late: it is said again."""
        ...

    def submit(self, made: MadeReport, signatures: Sequence[bytes]) -> None:
        """Hand a report in, or give it to the relayer. Doing it twice does no harm."""
        ...

    def finished(self, outcome: Outcome) -> None:
        """The round is over. Told again after a crash in between; the first word counts."""
        ...

    def chain_time(self) -> int:
        """Unix seconds of a final block."""
        ...


def no_harm(_label: str) -> None:
    """At a kill point in production: nothing."""


class RoundRunner:
    """One request at one node. Not for several threads at once.

    Args:
        kill_point: Called with a label before and after everything that is kept or leaves; a test kills there.
    """

    def __init__(
        self,
        request: Request,
        rules: RoundRules,
        seat: Seat,
        journal: RoundJournal,
        outside: Outside,
        *,
        now: int,
        verifier: Verifier | None = None,
        maker: ReportMaker = make_report,
        kill_point: Callable[[str], None] = no_harm,
    ) -> None:
        self.request, self._journal, self._outside, self._kill_point = request, journal, outside, kill_point
        require_seat(request, rules, seat)  # before it is opened: what is open keeps the subject's next request out
        kill_point("open.before")
        carrier = carrier_of(request)
        opened = journal.open(request, carrier, now=now, chain_time=outside.chain_time())
        kill_point("open.kept")
        self.ended = opened.ended
        self._failed = False
        self.machine = RoundMachine(
            request, rules, seat, started_at=min(opened.started_at, now), resumed_at=now, verifier=verifier,
            maker=maker, said=opened.said, closed=opened.ended is not None,
        )  # fmt: skip

    @property
    def is_open(self) -> bool:
        """Whether this node may still say something new."""
        return self.ended is None and self.machine.outcome is None

    @property
    def needs_observation(self) -> bool:
        """Whether this node has yet to look."""
        return not self.machine.observed

    def observe(self, seen: Observation | Unobserved, now: int) -> None:
        """This node has looked."""
        self._do(self.machine.observe(seen, now))

    def receive(self, statement: Statement, now: int) -> None:
        """Another node said something."""
        self._do(self.machine.receive(statement, now))

    def tick(self, now: int, *, repeat: bool = True) -> int:
        """Time has passed.

        Args:
            repeat: What was said may be said again, if it is due.
        Returns:
            How many statements were said again.
        """
        before = self.machine.repeated
        self._do(self.machine.tick(now, repeat=repeat))
        return self.machine.repeated - before

    def _do(self, outputs: Sequence[Output]) -> None:
        """If something cannot be kept, this runner is done for: its machine knows words that are not on disk."""
        if self._failed:
            raise RoundRefused("journal_failed", "an output was not kept or done: start anew from the journal")
        self._failed = True
        self._do_each(outputs)
        self._failed = False

    def _do_each(self, outputs: Sequence[Output]) -> None:
        for output in outputs:
            if isinstance(output, Store):
                self._store(output)
            elif isinstance(output, Send):
                label = slot_of(output.statement)
                self._kill_point(f"{label}.sending")
                self._outside.send(output.statement, output.to)
                self._kill_point(f"{label}.sent")
            elif isinstance(output, Submit):
                self._kill_point("submit.before")
                self._outside.submit(output.report, output.signatures)
                self._kill_point("submit.done")
            elif isinstance(output, KeepProof):
                self._journal.keep_proof(self.request, output.proof)
            else:
                self._finish(output)

    def _store(self, store: Store) -> None:
        self._kill_point(f"{store.slot}.keeping")
        self._journal.put(self.request, store, chain_time=self._outside.chain_time())
        self._kill_point(f"{store.slot}.kept")

    def _finish(self, finish: Finish) -> None:
        self._kill_point("end.before")
        # First: a round that is closed in the journal is not gone on with.
        self._outside.finished(finish.outcome)
        self._journal.end(self.request, finish.outcome.explained())
        self._kill_point("end.kept")


def carrier_of(request: Request) -> bytes:
    """A request as the journal keeps it."""
    return canonical_json(RequestBody.of(request).model_dump(mode="json"))


def request_of(carrier: bytes) -> Request:
    """A request from what the journal keeps."""
    return RequestBody.model_validate_json(carrier).to_domain()
