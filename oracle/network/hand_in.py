"""Hands reports in. Any node may, the contract takes each once; so nodes take turns, and look before they send."""

from __future__ import annotations

from collections.abc import Callable
from threading import Event, Thread
from typing import Protocol

import structlog

from ledger.rpc import Rpc, RpcError, RpcUnavailable
from ledger.send_errors import BroadcastRefused, FeeTooHigh, GasTooHigh
from ledger.sender import Sender
from oracle.network.memory import HandIn, Memory

log: structlog.stdlib.BoundLogger = structlog.get_logger()

FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS = 0.2, 10.0
"""After chain or fees were in the way; doubled each time, until the report's time is over."""
DONE_ERRORS = frozenset({"ClaimNotInState", "EventAlreadyClosed"})
"""What a contract says of a report that came after another."""
QUIET = frozenset({"no_gas_key", "not_final"})
"""Reasons to wait that are no trouble."""
LOOK_MS = 150
"""Between looks at what was sent."""


class Counter(Protocol):
    """What is counted."""

    def handed_in(self, result: str) -> None:
        """How handing in a report ended."""
        ...


class HandInWorker:
    """One thread that works off `Memory.due`.

    Args:
        sender: Of this node's gas account; None: reports are kept for others, and end with their time.
        chain_time: Unix seconds of the newest final block.
        final_block: Its number; what was mined later may still be taken back.
        clock_ms: This node's clock.
    """

    def __init__(
        self,
        memory: Memory,
        rpc: Rpc,
        sender: Sender | None,
        counter: Counter,
        *,
        chain_time: Callable[[], int],
        final_block: Callable[[], int],
        clock_ms: Callable[[], int],
    ) -> None:
        self._memory, self._rpc, self._sender, self._counter = memory, rpc, sender, counter
        self._chain_time, self._final_block, self._clock_ms = chain_time, final_block, clock_ms
        self._left = {hand_in.key for hand_in in memory.due()}
        self._displaced: dict[str, int] = {}
        self._woken, self._stopped = Event(), Event()
        self._pauses: dict[str, tuple[float, int]] = {}
        self._sent: dict[str, HandIn] = {}
        self._thread = Thread(target=self._work, name="hand in", daemon=True)

    @property
    def is_alive(self) -> bool:
        """Whether it works."""
        return self._thread.is_alive()

    def start(self) -> None:
        """Begin; what a restart left undone is due at once, whatever the clock says now."""
        self._thread.start()

    def wake(self) -> None:
        """Something new is due."""
        self._woken.set()

    def stop(self) -> None:
        """End after the report in hand."""
        self._stopped.set()
        self._woken.set()
        self._thread.join(timeout=10)

    def work_once(self) -> float:
        """Send everything whose turn it is, and look what was mined.

        Returns:
            Seconds until it is worth looking again, at most one.
        """
        now = self._clock_ms()
        next_turn = now + 1_000
        for hand_in in self._memory.due():
            first = 0 if hand_in.key in self._left else hand_in.not_before_ms
            turn = max(first, self._pauses.get(hand_in.key, (0.0, 0))[1])
            if hand_in.key in self._sent:
                next_turn = min(next_turn, now + LOOK_MS)
            elif turn > now:
                next_turn = min(next_turn, turn)
            else:
                self._try(hand_in)
                next_turn = min(next_turn, now + LOOK_MS)
        if self._sent and self._sender is not None:
            self._look(self._sender)
        return max(0.01, (next_turn - self._clock_ms()) / 1_000)

    def _work(self) -> None:
        while not self._stopped.is_set():
            try:
                pause = self.work_once()
            except Exception:  # the thread must outlive what nobody thought of
                log.exception("hand_in.failed")
                pause = 1.0
            self._woken.wait(timeout=pause)
            self._woken.clear()

    def _try(self, hand_in: HandIn) -> None:
        """One that cannot be sent holds up no other."""
        try:
            if hand_in.valid_until < self._chain_time():
                self._end(hand_in, self._too_late(hand_in))
            elif self._sender is None:
                self._later(hand_in, "no_gas_key")
            else:
                self._send(hand_in, self._sender)
        except BroadcastRefused as error:
            self._later(hand_in, type(error).__name__, str(error))
        except RpcError as error:
            self._refused(hand_in, error)
        except (RpcUnavailable, FeeTooHigh, GasTooHigh) as error:
            self._later(hand_in, type(error).__name__, str(error))
        except Exception as error:
            log.exception("hand_in.failed", request=hand_in.request.hex())
            self._later(hand_in, type(error).__name__)

    def _send(self, hand_in: HandIn, sender: Sender) -> None:
        """Its gas is estimated first, which simulates it: a report that another node handed in costs nothing."""
        sender.submit(self._key(hand_in), hand_in.contract, hand_in.data)
        self._sent[hand_in.key] = hand_in

    def _key(self, hand_in: HandIn) -> str:
        """Idempotency key of the transaction: another one, where one can never be mined any more."""
        times = self._displaced.get(hand_in.key, 0)
        return f"{hand_in.key} {times}" if times else hand_in.key

    def _too_late(self, hand_in: HandIn) -> str:
        """A restart may have come between sending and seeing it mined."""
        if self._sender is None:
            return "expired"
        self._sender.poll()
        receipt = self._sender.receipt(self._key(hand_in))
        return "mined" if receipt is not None and receipt.succeeded else "expired"

    def _look(self, sender: Sender) -> None:
        try:
            sender.poll()
        except (RpcError, RpcUnavailable) as error:
            log.warning("hand_in.not_looked", reason=type(error).__name__)
            return
        lost = {displaced.key for displaced in sender.displaced}
        for hand_in in list(self._sent.values()):
            receipt = sender.receipt(self._key(hand_in))
            if receipt is not None and receipt.block_number <= self._final_block():
                self._end(hand_in, "mined" if receipt.succeeded else self._why_reverted(hand_in, sender))
            elif self._key(hand_in) in lost:
                self._displaced[hand_in.key] = self._displaced.get(hand_in.key, 0) + 1
                del self._sent[hand_in.key]
                self._later(hand_in, "displaced", "this node's gas key is used elsewhere as well: give each its own")
            elif receipt is None and hand_in.valid_until < self._chain_time():
                self._end(hand_in, "expired")

    def _why_reverted(self, hand_in: HandIn, sender: Sender) -> str:
        """Nearly always another node was in the block before."""
        return "by_another" if self._is_done(hand_in, sender, "latest") else "reverted"

    def _is_done(self, hand_in: HandIn, sender: Sender, block: str) -> bool:
        """Whether the contract needs this report no more, as of a block."""
        try:
            request = {"from": sender.address, "to": hand_in.contract, "data": "0x" + hand_in.data.hex()}
            self._rpc.call("eth_call", request, block)
        except RpcError as error:
            found = error.contract_error
            return found is not None and found.name in DONE_ERRORS
        except RpcUnavailable:
            return False
        return False

    def _refused(self, hand_in: HandIn, error: RpcError) -> None:
        """Done with only as of a final block: what was seen in a newer one may be taken back."""
        found = error.contract_error
        if found is None:
            self._later(hand_in, "RpcError", str(error))
        elif found.name not in DONE_ERRORS:
            self._later(hand_in, found.name)
        elif self._sender is not None and self._is_done(hand_in, self._sender, hex(self._final_block())):
            self._end(hand_in, "by_another")
        else:
            self._later(hand_in, "not_final")

    def _later(self, hand_in: HandIn, reason: str, detail: str = "") -> None:
        before = self._pauses.get(hand_in.key, (0.0, 0))[0]
        pause = min(2 * before, LONGEST_PAUSE_SECONDS) if before else FIRST_PAUSE_SECONDS
        if reason not in QUIET:
            log.warning(
                "hand_in.later", request=hand_in.request.hex(), reason=reason, detail=detail, pause_seconds=pause
            )
        self._pauses[hand_in.key] = (pause, self._clock_ms() + int(pause * 1_000))

    def _end(self, hand_in: HandIn, result: str) -> None:
        self._memory.end_hand_in(hand_in, result)
        self._pauses.pop(hand_in.key, None)
        self._sent.pop(hand_in.key, None)
        self._displaced.pop(hand_in.key, None)
        self._left.discard(hand_in.key)
        self._counter.handed_in(result)
        log.info("hand_in.ended", request=hand_in.request.hex(), contract=hand_in.contract, result=result)
