"""One node in a process of its own that can be killed at any label. Statements go through pipes as JSON."""

import os
import signal
import struct
from collections.abc import Sequence
from pathlib import Path

from oracle.rounds.journal import RoundJournal
from oracle.rounds.messages import decode, encode
from oracle.rounds.outcome import Outcome
from oracle.rounds.reports import MadeReport
from oracle.rounds.rules import Request
from oracle.rounds.runner import RoundRunner
from oracle.rounds.simulation import START, seats_of
from oracle.rounds.statements import Statement
from tests.oracle.rounds.worlds import rules, seen

LEDGER = "31337:0xaa"


class Pipe:
    """What the node says to the test: a kind and a body."""

    def __init__(self, out: int) -> None:
        self._out = out

    def say(self, kind: bytes, body: bytes = b"") -> None:
        os.write(self._out, struct.pack(">cI", kind, len(body)) + body)

    def send(self, statement: Statement, to: str | None) -> None:  # noqa: ARG002  # the test tells everybody
        self.say(b"S", encode(statement))

    def submit(self, made: MadeReport, signatures: Sequence[bytes]) -> None:
        self.say(b"R", made.digest + b"".join(signatures))

    def finished(self, outcome: Outcome) -> None:
        self.say(b"F", outcome.explained().encode())

    def chain_time(self) -> int:
        return START


def serve(
    journal: Path, request: Request, number: int, to_node: int, from_node: int, label: str | None, looks_again: bool
) -> None:
    """Answer until the pipe closes. At the label: killed by the kernel, or gone at once."""
    pipe = Pipe(from_node)

    def kill_point(reached: str) -> None:
        pipe.say(b"L", reached.encode())
        if reached == label:
            if len(reached) % 2:
                os.kill(os.getpid(), signal.SIGKILL)
            os._exit(137)

    kept = RoundJournal(journal, LEDGER)
    now = int.from_bytes(_exactly(to_node, 8), "big")
    runner = RoundRunner(request, rules(), seats_of(4)[number], kept, pipe, now=now, kill_point=kill_point)
    if runner.needs_observation:
        runner.observe(seen(1_001 + number if looks_again else 1_000 + number), now)
    pipe.say(b"D")
    while True:
        now, size = struct.unpack(">QI", _exactly(to_node, 12))
        if size:
            runner.receive(decode(_exactly(to_node, size)), now)
        else:
            runner.tick(now)
        pipe.say(b"D")


def _exactly(source: int, size: int) -> bytes:
    found = b""
    while len(found) < size:
        part = os.read(source, size - len(found))
        if not part:
            os._exit(0)
        found += part
    return found


class NodeProcess:
    """The test's end: a child that is started, spoken to, and found dead."""

    def __init__(
        self, journal: Path, request: Request, number: int, now: int, label: str | None, *, looks_again: bool = False
    ) -> None:
        down_read, self._down = os.pipe()
        self._up, up_write = os.pipe()
        self.labels: list[str] = []
        self.said: list[Statement] = []
        self.submitted: list[bytes] = []
        self.finished = False
        self.pid = os.fork()
        if self.pid == 0:
            os.close(self._down)
            os.close(self._up)
            try:
                serve(journal, request, number, down_read, up_write, label, looks_again)
            finally:
                os._exit(1)
        os.close(down_read)
        os.close(up_write)
        os.write(self._down, now.to_bytes(8, "big"))
        self.alive = True
        self._listen()

    def tell(self, statement: Statement | None, now: int) -> None:
        """A statement, or None for a tick. Returns when the node has dealt with it or is dead."""
        if not self.alive:
            return
        body = encode(statement) if statement else b""
        try:
            os.write(self._down, struct.pack(">QI", now, len(body)) + body)
        except BrokenPipeError:
            self._bury()
            return
        self._listen()

    def close(self) -> None:
        """End it in peace."""
        if self.alive:
            os.close(self._down)
            os.close(self._up)
            os.waitpid(self.pid, 0)
            self.alive = False

    def _listen(self) -> None:
        while True:
            head = self._read(5)
            if head is None:
                return
            kind, size = struct.unpack(">cI", head)
            body = self._read(size) if size else b""
            if body is None:
                return
            if kind == b"D":
                return
            self._note(kind, body)

    def _note(self, kind: bytes, body: bytes) -> None:
        if kind == b"L":
            self.labels.append(body.decode())
        elif kind == b"S":
            self.said.append(decode(body))
        elif kind == b"R":
            self.submitted.append(body)
        else:
            self.finished = True

    def _read(self, size: int) -> bytes | None:
        found = b""
        while len(found) < size:
            part = os.read(self._up, size - len(found))
            if not part:
                self._bury()
                return None
            found += part
        return found

    def _bury(self) -> None:
        self.alive = False
        self.status = os.waitpid(self.pid, 0)[1]
        os.close(self._up)
        os.close(self._down)
