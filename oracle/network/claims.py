"""The claims room as the network asks for it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import structlog

from oracle.claims.errors import ChainUnread, ClaimError
from oracle.claims.facts import Block, NoticedAt
from oracle.claims.observe import LossObserver
from oracle.network.wanted import Seen, WaitingClaim, claim_key
from oracle.rounds.steps import Unobserved

log: structlog.stdlib.BoundLogger = structlog.get_logger()

MOST_KNOWN: Final = 10_000
"""Claims whose terms are kept in memory; with more, all are asked for again."""


class ObservedClaims:
    """A `ClaimSource` over one observer. `waiting` and `observe` may be called from two threads.

    What waits at a block is worked out once; blocks are told apart by their hashes.
    """

    def __init__(self, observer: LossObserver) -> None:
        self._observer = observer
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
        notices = self._observer.chain.open_claims(block)
        found = tuple(claim for notice in notices if (claim := self._waiting(notice, block)) is not None)
        if all(notice in self._known for notice in notices):  # one that could not be read is asked for again at once
            self._at = block.hash, found
        return found

    def observe(self, claim: WaitingClaim, block: Block) -> Seen:
        """Look at one claim."""
        seen = self._observer.observe(claim.claim_id, block)
        if isinstance(seen.observation, Unobserved):
            log.info("claim.unseen", claim=claim_key(claim.claim_id), detail=seen.detail, passing=seen.passing)
        return Seen(seen.observation, seen.explained, seen.passing)

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
        product = self._observer.chain.claim(notice.claim_id, block).product
        return WaitingClaim(
            claim_id=notice.claim_id,
            desk=product.desk,
            quorum=product.quorum,
            noticed_at=notice.noticed_at,
            min_signatures=product.min_signatures,
            refers_below_bps=product.min_confidence_bps,
            product=product.address,
        )
