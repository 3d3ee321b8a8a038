"""The claims room as the network asks for it."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from queue import LifoQueue
from typing import Final

import structlog

from oracle.claims.errors import ChainUnread, ClaimError
from oracle.claims.facts import Block, NoticedAt
from oracle.claims.observe import Earlier, LossObserver
from oracle.network.wanted import Seen, WaitingClaim, claim_key
from oracle.rounds.steps import Unobserved

log: structlog.stdlib.BoundLogger = structlog.get_logger()

MOST_KNOWN: Final = 10_000
"""Claims whose terms are kept in memory; with more, all are asked for again."""
FRESH_SECONDS: Final = 5.0
"""Between a claim's notice and the look at it, on a busy machine."""
HELD_BACK_SECONDS: Final = 60.0
"""So long a claim waits until this node has caught up with those before it; a flood of claims that cannot be read stops
no other for longer. It is half as long as nodes wait for the word of one that is missing (`Timing.wide_ms`)."""


class ObservedClaims:
    """A `ClaimSource` over observers that share all but their readers. `waiting` is for one thread; claims are observed
    and learned in as many threads as there are observers.

    What waits at a block is worked out once; blocks are told apart by their hashes.

    Args:
        holds_back: Somebody calls `learn`: a claim is not observed before those before it were read or asked for, so
            long as `HELD_BACK_SECONDS`. False: each look catches up by itself.
    """

    def __init__(
        self, observers: Sequence[LossObserver], *, holds_back: bool, clock: Callable[[], float] = time.monotonic
    ) -> None:  # fmt: skip
        self._chain, self._holds_back, self._clock = observers[0].chain, holds_back, clock
        self._free: LifoQueue[LossObserver] = LifoQueue()  # the one that was used last is warm
        for each in reversed(observers):
            self._free.put(each)
        self._held: dict[int, float] = {}
        self._wanted: dict[int, frozenset[bytes]] = {}
        self._since: dict[int, float] = {}
        self._known: dict[NoticedAt, WaitingClaim | None] = {}
        self._unread: set[int] = set()
        self._at: tuple[str, tuple[WaitingClaim, ...]] | None = None

    def waiting(self, block: Block) -> Sequence[WaitingClaim]:
        """Claims that wait for a report at a block, oldest first. Raises `ChainUnread`."""
        if self._at is not None and self._at[0] == block.hash:
            return self._at[1]
        if len(self._known) > MOST_KNOWN:
            self._known.clear()
            self._unread.clear()
        notices = self._chain.open_claims(block)
        now = self._clock()
        self._since = {each.claim_id: self._since.get(each.claim_id, now) for each in notices}
        found = tuple(claim for notice in notices if (claim := self._waiting(notice, block)) is not None)
        if all(notice in self._known for notice in notices):  # one that could not be read is asked for again at once
            self._at = block.hash, found
        return found

    def observe(self, claim: WaitingClaim, block: Block) -> Seen:
        """Look at one claim."""
        with self._observer() as observer:
            seen = observer.observe(claim.claim_id, block, self._earlier(claim.claim_id))
        if seen.wants:
            self._wanted[claim.claim_id] = seen.wants
        else:
            self._held.pop(claim.claim_id, None)
            self._wanted.pop(claim.claim_id, None)
        if isinstance(seen.observation, Unobserved):
            log.info("claim.unseen", claim=claim_key(claim.claim_id), detail=seen.detail, passing=seen.passing)
        return Seen(seen.observation, seen.explained, seen.passing, bool(seen.wants))

    def unread(self, *, without: Collection[str], but: Collection[int]) -> NoticedAt | None:
        """The latest noticed claim this node has still to read, leaving out those of some products and some claims.

        One that waits for a report is looked at for its own sake first, unless another look wants it.
        """
        wanted = frozenset().union(*list(self._wanted.values()))
        since, fresh = self._since, self._clock() - FRESH_SECONDS

        def leave(notice: NoticedAt) -> bool:
            is_fresh = since.get(notice.claim_id, fresh) > fresh and notice.evidence_root not in wanted
            return is_fresh or notice.claim_id in but

        with self._observer() as observer:
            return observer.unread(without=without, leave=leave)

    def learn(self, notice: NoticedAt) -> None:
        """Read a claim's evidence, as later ones are compared with it."""
        with self._observer() as observer:
            observer.learn(notice)

    @contextmanager
    def _observer(self) -> Iterator[LossObserver]:
        observer = self._free.get()
        try:
            yield observer
        finally:
            self._free.put(observer)

    def _earlier(self, claim_id: int) -> Earlier:
        if not self._holds_back:
            return Earlier.WITHOUT
        held_since = self._held.get(claim_id)
        if held_since is None:
            self._held[claim_id] = self._clock()
            return Earlier.MEANWHILE
        return Earlier.FIRST if self._clock() < held_since + HELD_BACK_SECONDS else Earlier.WITHOUT

    def _waiting(self, notice: NoticedAt, block: Block) -> WaitingClaim | None:
        """None: not a claim this node can report on, told once."""
        if notice not in self._known:  # mined anew in another block it is another notice
            try:
                self._known[notice] = self._read(notice, block)
            except ChainUnread as error:
                if error.code != "chain_refused":
                    raise
                self._tell_unread(notice.claim_id, error)  # one claim that cannot be read holds up no other
                return None
            except ClaimError as error:
                log.warning("claim.not_followed", claim=claim_key(notice.claim_id), code=error.code, detail=str(error))
                self._known[notice] = None
        return self._known[notice]

    def _tell_unread(self, claim_id: int, error: ChainUnread) -> None:
        if claim_id not in self._unread:
            self._unread.add(claim_id)
            log.warning("claim.not_read", claim=claim_key(claim_id), detail=str(error))

    def _read(self, notice: NoticedAt, block: Block) -> WaitingClaim:
        product = self._chain.claim(notice.claim_id, block).product
        return WaitingClaim(
            claim_id=notice.claim_id,
            desk=product.desk,
            quorum=product.quorum,
            noticed_at=notice.noticed_at,
            min_signatures=product.min_signatures,
            refers_below_bps=product.min_confidence_bps,
            product=product.address,
        )
