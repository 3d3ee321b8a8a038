"""Letting a day pass on the chain: time moves on as flights end, and each report is followed until it is paid."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial

import httpx

from domain.policy import Outcome
from ledger.bindings import PolicySettled
from ledger.codec import checksum
from ledger.deployment import Deployment
from ledger.events import LogDecoder, fetch_logs
from ledger.replay import LedgerState
from ledger.rpc import Rpc
from scripts.anvil import chain_time, move_clock

STEP_SECONDS = 1_800
PATIENCE_SECONDS = 180.0
LOOK_SECONDS = 0.05


class DayStuck(RuntimeError):
    """Something did not happen in time; says what."""


@dataclass(slots=True)
class Follower:
    """Follows the chain's own events, and the backend only for how far it has indexed."""

    rpc: Rpc
    deployment: Deployment
    api: str
    state: LedgerState = field(init=False)
    settled_in: dict[int, str] = field(default_factory=dict)
    settling: set[str] = field(default_factory=set)
    _next: int = field(init=False)
    _decoder: LogDecoder = field(init=False)
    _client: httpx.Client = field(init=False)

    def __post_init__(self) -> None:
        self.state = LedgerState(self.deployment.contracts["Treasury"])
        self._next = self.deployment.block_number
        self._decoder = LogDecoder(self.deployment.contract_kinds())
        self._client = httpx.Client(base_url=self.api, timeout=30, trust_env=False)

    def look(self) -> int:
        """Take in new blocks; returns the head."""
        head = self.rpc.block_number()
        if head >= self._next:
            for log in fetch_logs(self.rpc, self._decoder.addresses, self._next, head):
                event = self._decoder.decode(log)
                if event is not None:
                    self.state.apply(event)
                if isinstance(event, PolicySettled):
                    where = "0x" + event.log.transaction_hash.hex()
                    self.settled_in[event.policy_id] = where
                    self.settling.add(where)
            self._next = head + 1
        return head

    def indexed(self) -> int:
        """Last block the backend has projected."""
        return int(self._client.get("/v1/status").json()["indexed_block"])

    def wait_until(self, done: Callable[[], bool], what: str) -> None:
        """Look until something holds of the chain and the backend has indexed that far.

        Raises:
            DayStuck
        """
        deadline = time.monotonic() + PATIENCE_SECONDS
        while True:
            head = self.look()
            if done() and self.indexed() >= head:
                return
            if time.monotonic() > deadline:
                raise DayStuck(f"{what} after {PATIENCE_SECONDS:.0f} s: see the logs of backend and nodes")
            time.sleep(LOOK_SECONDS)

    def all_settled(self, event_ids: set[int]) -> bool:
        """Whether all of these events are closed and every policy on them is settled."""
        found = [e for e in self.state.insured_events.values() if e.event_id in event_ids]
        return len(found) == len(event_ids) and all(
            e.outcome is not Outcome.OPEN and e.settled == e.policies for e in found
        )


def pass_day(follower: Follower, visible_at: dict[int, int], progress: Callable[[int, int], None]) -> list[float]:
    """Move the chain's clock through the day in half hours; after each, wait until what ended is paid.

    Args:
        visible_at: For every insured event, when its outcome can be known, unix seconds.
        progress: Told the chain's time and how many events are settled.
    Returns:
        Seconds each half hour's reports took from the clock's move until all was paid and indexed.
    Raises:
        DayStuck
    """
    waiting = dict(sorted(visible_at.items(), key=lambda item: item[1]))
    took: list[float] = []
    settled: set[int] = set()
    while waiting:
        now = max(next(iter(waiting.values())), chain_time(follower.rpc) + 1)
        now = -(-now // STEP_SECONDS) * STEP_SECONDS
        due = {event for event, at in waiting.items() if at <= now}
        waiting = {event: at for event, at in waiting.items() if event not in due}
        move_clock(follower.rpc, now)
        started = time.monotonic()
        follower.wait_until(partial(follower.all_settled, due), f"{len(due)} flights are not settled")
        took.append(time.monotonic() - started)
        settled |= due
        progress(now, len(settled))
    return took


def gas_per_payout(follower: Follower) -> int:
    """Gas of all transactions that paid policies, for each policy paid; reports and zero payouts are in it."""
    hashes = sorted(follower.settling)
    receipts = follower.rpc.batch([("eth_getTransactionReceipt", (h,)) for h in hashes])
    used = sum(int(receipt["gasUsed"], 16) for receipt in receipts)
    return used // len(follower.settled_in) if follower.settled_in else 0


def product_address(deployment: Deployment) -> str:
    """Address of the product that is sold."""
    return checksum(deployment.products[0].address)
