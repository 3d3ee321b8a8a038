"""Which requests a node takes part in: worked out from the chain alone, so every node asks for the same."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from domain.insured_period import InsuredPeriod
from oracle.claims.facts import Block
from oracle.rounds.rules import Request, RequestKind
from oracle.rounds.statements import Observation
from oracle.rounds.steps import Unobserved

RETRY_MARGIN_SECONDS = 300
"""A request is asked anew this long after its report would have stopped counting: more than a round's own deadline."""
LAST_SEQUENCE = 9
"""Asked ten times, each time after twice as long; with 600 seconds of validity about five days. Then people go on."""


@dataclass(frozen=True, slots=True)
class SignerSet:
    """The set that speaks at a block, ascending."""

    quorum: str
    epoch: int
    signers: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class WaitingClaim:
    """A claim that waits for a report.

    Attributes:
        noticed_at: Unix seconds.
        min_signatures: What the product's terms ask for.
        refers_below_bps: The terms' least confidence for the automatic path.
        product: Whose store has the evidence.
    """

    claim_id: int
    desk: str
    quorum: str
    noticed_at: int
    min_signatures: int
    refers_below_bps: int
    product: str


@dataclass(frozen=True, slots=True)
class Seen:
    """What this node saw of a claim.

    Attributes:
        explained: JSON without personal data: figures, clues, deductions, words.
        passing: Nothing was seen now, or less than a later look may see.
    """

    observation: Observation | Unobserved
    explained: Mapping[str, object]
    passing: bool = False


@dataclass(frozen=True, slots=True)
class WaitingEvent:
    """An event whose period is over and settled, and that is open on chain."""

    product: str
    insured: InsuredPeriod
    quorum: str
    min_signatures: int

    @property
    def event_id(self) -> int:
        """As on chain."""
        return self.insured.event_id()


class ClaimSource(Protocol):
    """The claims of the chain, and what this node finds out about them."""

    def waiting(self, block: Block) -> Sequence[WaitingClaim]:
        """Claims that wait for a report at a block. Raises `ChainUnread`."""
        ...

    def observe(self, claim: WaitingClaim, block: Block) -> Seen:
        """Look at one claim. What cannot be seen is `Unobserved`, never an exception."""
        ...


def sequence_at(noticed_at: int, now: int, valid_seconds: int) -> int:
    """How often a claim was asked before, by chain time: 0 at once, then after 1, 3, 7, … periods."""
    period = valid_seconds + RETRY_MARGIN_SECONDS
    return min((max(0, now - noticed_at) // period + 1).bit_length() - 1, LAST_SEQUENCE)


def loss_request(claim: WaitingClaim, chain_id: int, signers: SignerSet, now: int, valid_seconds: int) -> Request:
    """The request for a claim's loss report at a chain time.

    Raises:
        RoundRefused: `request_invalid`.
    """
    return Request(
        kind=RequestKind.LOSS,
        chain_id=chain_id,
        quorum=signers.quorum,
        contract=claim.desk,
        subjects=(claim.claim_id,),
        signer_epoch=signers.epoch,
        sequence=sequence_at(claim.noticed_at, now, valid_seconds),
        valid_seconds=valid_seconds,
        refers_below_bps=claim.refers_below_bps,
    )


def claim_key(claim_id: int) -> str:
    """A claim's id as it is written everywhere: 0x and 64 hex digits."""
    return f"0x{claim_id:064x}"


def claim_id_of(text: str) -> int | None:
    """A claim's id from how it is written; leading zeros may be missing. None: it is none."""
    return int(text[2:], 16) if re.fullmatch(r"0x[0-9a-fA-F]{1,64}", text) else None


def event_key(product: str, event_id: int) -> str:
    """An event as a node keeps what it knows of it: one event may be insured by several products."""
    return f"{product}/0x{event_id:064x}"


def key_of(asked: WaitingClaim | WaitingEvent) -> str:
    """What waits, as `subject_key` has it of its requests."""
    if isinstance(asked, WaitingEvent):
        return event_key(asked.product, asked.event_id)
    return claim_key(asked.claim_id)


def subject_key(request: Request) -> str:
    """What a request is about."""
    if request.kind is RequestKind.EVENT:
        return event_key(request.contract, request.subjects[0])
    return claim_key(request.subjects[0])
