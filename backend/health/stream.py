"""The stream of what happens, as server-sent events: resumable by id, and silent only while nothing happens."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from fastapi.sse import ServerSentEvent

from backend.access.principal import Principal
from backend.database import Database
from backend.fields import bytes_hex
from backend.health import repository
from backend.health.repository import Happening
from backend.health.schemas import StreamEvent
from backend.problems import Problem

PAGE = 500
MAX_STREAMS = 100
MAX_STREAMS_EACH = 20
"""Of one address: nobody takes all places."""
RESTARTED = "StreamRestarted"
LASTING_SECONDS = 3600.0
"""After that a stream ends, and browsers open another where it ended: none outlives what let it in for long."""


@dataclass(slots=True)
class Streams:
    """How many streams are open, in all and by network: each costs a query every poll."""

    open: int = 0
    each: Counter[str] = field(default_factory=Counter)

    def require_room(self, network: str = "") -> None:
        """Raises: Problem `too_many_streams`."""
        if self.open >= MAX_STREAMS or self.each[network] >= MAX_STREAMS_EACH:
            raise Problem("too_many_streams")

    @contextmanager
    def place(self, network: str) -> Iterator[None]:
        """Take a place while a stream lasts."""
        self.open += 1
        self.each[network] += 1
        try:
            yield
        finally:
            self.open -= 1
            self.each[network] -= 1
            self.each += Counter[str]()  # forgets who has none


async def follow(
    database: Database,
    streams: Streams,
    *,
    after: int | None,
    poll_seconds: float,
    lasting_seconds: float = LASTING_SECONDS,
    network: str = "",
) -> AsyncIterator[ServerSentEvent]:
    """Happenings after number `after`, or from now on, until the client leaves or its time is over.

    After a reorganisation a `ChainRolledBack` comes first, then what the chain has instead. A number nothing has yet
    is of another database's counting: `StreamRestarted` says so, and what happens from now on follows.
    """
    until = time.monotonic() + lasting_seconds
    with streams.place(network):
        newest = await asyncio.to_thread(_last, database)
        position = newest if after is None else min(after, newest)
        # An id without data is not shown to anybody, but sent again after a break: nothing is missed meanwhile.
        yield ServerSentEvent(comment="quittance", id=str(position), retry=2_000)
        if after is not None and after > newest:
            yield _event(Happening(newest, RESTARTED, {"asked": after, "newest": newest}))
        while time.monotonic() < until:
            found = await asyncio.to_thread(_page, database, position)
            for happening in found:
                position = happening.sequence
                yield _event(happening)
            if len(found) < PAGE:
                await asyncio.sleep(poll_seconds)


def _last(database: Database) -> int:
    with database.scoped(Principal.anonymous()) as session:
        return repository.last_sequence(session)


def _page(database: Database, after: int) -> list[Happening]:
    with database.scoped(Principal.anonymous()) as session:
        return list(repository.happenings(session, after=after, limit=PAGE))


def _event(h: Happening) -> ServerSentEvent:
    view = StreamEvent(
        name=h.name, block_number=h.block_number, log_index=h.log_index,
        transaction_hash=bytes_hex(h.transaction_hash) if h.transaction_hash else None, address=h.address, body=h.body,
    )  # fmt: skip
    return ServerSentEvent(data=view, event=h.name, id=str(h.sequence))
