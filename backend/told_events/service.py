"""Tells every node of every open insured event, again and again while it is open, so that a node set up anew learns it.

Telling twice changes nothing at a node, and a node keeps only what it finds insured on the chain: nobody has to be
believed here, and nothing has to be exactly once.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from itertools import groupby
from typing import Final

import httpx
import structlog

from backend.database import Database
from backend.told_events import repository
from backend.told_events.repository import Untold

log = structlog.get_logger()

TELLER_POLL_SECONDS: Final = 2.0
AT_ONCE: Final = 200
"""A node takes up to 400 in one request."""
GIVEN_UP_SECONDS: Final = 31 * 86_400
"""Nodes give an event up 30 days after its record was final."""
AGAIN_SECONDS: Final = 3_600
AFTER_REFUSAL_SECONDS: Final = 60
FIRST_PAUSE_SECONDS: Final = 5.0
LONGEST_PAUSE_SECONDS: Final = 300.0
PRODUCT_NOT_FOLLOWED: Final = "product_not_followed"


class EventTeller:
    """Tells nodes. One may run at a time: the caller holds the lock.

    Args:
        chain_time: Unix seconds of the newest block.
        monotonic: Seconds of a clock that never goes back; tests replace it, and `client`.
    """

    def __init__(
        self, database: Database, nodes: Sequence[str], *, chain_time: Callable[[], int], timeout_seconds: float,
        monotonic: Callable[[], float] = time.monotonic, client: httpx.Client | None = None,
    ) -> None:  # fmt: skip
        self._database, self._nodes = database, tuple(nodes)
        self._chain_time, self._monotonic = chain_time, monotonic
        self._client = client or httpx.Client(timeout=timeout_seconds, trust_env=False)
        self._pauses: dict[str, tuple[float, float]] = {}

    def close(self) -> None:
        """Close connections."""
        self._client.close()

    def step(self) -> bool:
        """Tell each node of some events. Returns whether there was nothing to tell anybody."""
        now = self._chain_time()
        with self._database.transaction() as session:
            repository.forget_closed(session)
        # Every node has its turn, whatever the others say.
        return not any([self._tell_some(node, now) for node in self._nodes if self._may_be_asked(node)])

    def _tell_some(self, node: str, now: int) -> bool:
        since = now - GIVEN_UP_SECONDS
        with self._database.transaction() as session:
            events = repository.untold(session, node, now=now, since=since, limit=AT_ONCE)
        in_order = sorted(events, key=lambda event: event.product)
        for product, group in groupby(in_order, key=lambda event: event.product):
            if not self._tell(node, product, list(group), now):
                return False
        return bool(events)

    def _tell(self, node: str, product: str, events: Sequence[Untold], now: int) -> bool:
        """Tell one node. A refused batch is halved until what is refused stands alone. False: the node is silent."""
        found = self._post(node, product, events)
        if found is None:
            return False
        refusal = found or None
        if refusal is not None and refusal != PRODUCT_NOT_FOLLOWED and len(events) > 1:
            half = len(events) // 2
            return self._tell(node, product, events[:half], now) and self._tell(node, product, events[half:], now)
        again = AGAIN_SECONDS if refusal in (None, PRODUCT_NOT_FOLLOWED) else AFTER_REFUSAL_SECONDS
        with self._database.transaction() as session:
            repository.keep(session, node, events, refusal=refusal, tell_again_at=now + again)
        log.info("events.told", node=node, product=product, events=len(events), refusal=refusal)
        return True

    def _post(self, node: str, product: str, events: Sequence[Untold]) -> str | None:
        """The code of a node's refusal, empty when it took all; None when it gave no answer that can be read."""
        body = {"product": product, "insured_events": [event.insured_event for event in events]}
        try:
            response = self._client.post(f"{node}/v1/insured-events", json=body)
            told = response.json()
        except (httpx.HTTPError, ValueError) as error:
            self._fell_silent(node, type(error).__name__)
            return None
        said = told if isinstance(told, dict) else {}
        code = said.get("code")
        if response.is_success and said.get("told") == len(events):
            found = ""
        elif response.status_code in (404, 422) and isinstance(code, str) and code:
            found = code[:80]
        else:
            self._fell_silent(node, str(code or response.status_code))
            return None
        self._pauses.pop(node, None)
        return found

    def _fell_silent(self, node: str, reason: str) -> None:
        last, _ = self._pauses.get(node, (0.0, 0.0))
        pause = min(max(FIRST_PAUSE_SECONDS, last * 2), LONGEST_PAUSE_SECONDS)
        self._pauses[node] = (pause, self._monotonic() + pause)
        log.warning("events.not_told", node=node, reason=reason, pause_seconds=pause)

    def _may_be_asked(self, node: str) -> bool:
        return self._monotonic() >= self._pauses.get(node, (0.0, 0.0))[1]
