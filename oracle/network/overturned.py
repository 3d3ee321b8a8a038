"""Reports that people overturned: an adjuster or a panel came to another loss than the nodes did."""

from __future__ import annotations

import structlog
from faster_eth_abi.exceptions import DecodingError

from ledger.bindings import ClaimAwarded, ClaimDecided
from ledger.codec import decode_arguments
from ledger.events import LogDecoder, fetch_logs
from ledger.rpc import Rpc
from oracle.claims.facts import Block
from oracle.network.memory import Memory
from oracle.network.wanted import claim_key
from oracle.rounds.scorecard import OutcomeOverturned

log: structlog.stdlib.BoundLogger = structlog.get_logger()

DECIDE = "decide((uint256,uint64,uint16,bytes32,bytes32[],bytes32,uint8,uint32,uint40),address,bytes)"
CURSOR = "decisions"
MOST_BLOCKS = 2_000
"""Read at one look: catching up with a long chain holds up nothing."""
AGAIN_BLOCKS = 64
"""Read once more at each look: a chain may have put other blocks there since."""


class OverturnedWatch:
    """Reads the desk's decisions once each, up to a final block.

    Args:
        first: Block the deployment began with.
    """

    def __init__(self, rpc: Rpc, desk: str, first: int, memory: Memory) -> None:
        self._rpc, self._desk, self._first, self._memory = rpc, desk, first, memory
        self._decoder = LogDecoder({desk: "ClaimsDesk"})

    def look(self, block: Block) -> int:
        """Note what was overturned since the last look. Raises `RpcError`, `RpcUnavailable`.

        Returns:
            How many reports.
        """
        done = self._memory.cursor(CURSOR)
        if done == block.number:
            return 0
        first = self._first if done is None else max(self._first, min(done, block.number) + 1 - AGAIN_BLOCKS)
        last = min(block.number, first + MOST_BLOCKS - 1)
        found = 0
        for raw in fetch_logs(self._rpc, [self._desk], first, last):
            event = self._decoder.decode(raw, None if "blockTimestamp" in raw else block.time)
            if isinstance(event, ClaimDecided | ClaimAwarded):
                found += self._note_if_read(event)
        self._memory.move_cursor(CURSOR, last)
        return found

    def _note_if_read(self, event: ClaimDecided | ClaimAwarded) -> int:
        """One that cannot be read holds up no other."""
        try:
            return self._note(event)
        except (DecodingError, ValueError, AttributeError) as error:
            log.warning("decision.not_read", claim=claim_key(event.claim_id), reason=type(error).__name__)
            return 0

    def _note(self, event: ClaimDecided | ClaimAwarded) -> int:
        reports = [told for told in self._memory.outcomes(claim_key(event.claim_id)) if told["loss"] is not None]
        if not reports or not _differs(event, int(str(reports[-1]["loss"]))):
            return 0
        request = bytes.fromhex(str(reports[-1]["request"]))
        return int(self._memory.keep_overturned(OutcomeOverturned(request, event.log.block_time)))


def _differs(event: ClaimDecided | ClaimAwarded, reported: int) -> bool:
    """A panel that grants something finds more than was granted; an adjuster states the loss anew."""
    if isinstance(event, ClaimAwarded):
        return event.granted > 0
    decision, _, _ = decode_arguments("ClaimsDesk", DECIDE, event.decision)
    return int(decision.loss) != reported
