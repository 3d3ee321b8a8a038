"""Which requests a node takes part in: worked out from the chain alone, so every node asks for the same."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar, Protocol, TypeAlias

from domain.insured_period import InsuredPeriod
from oracle.claims.facts import Block
from oracle.rounds.rules import Request, RequestKind
from oracle.rounds.statements import Observation
from oracle.rounds.steps import Unobserved
from oracle.sources.triggers import due_at

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

    kind: ClassVar[RequestKind] = RequestKind.LOSS

    @property
    def contract(self) -> str:
        """Takes the report."""
        return self.desk

    @property
    def subject(self) -> int:
        """What the report is about."""
        return self.claim_id

    @property
    def since(self) -> int:
        """From when on a report is asked for, unix seconds."""
        return self.noticed_at

    @property
    def key(self) -> str:
        """As `subject_key` has it of its requests."""
        return claim_key(self.claim_id)


@dataclass(frozen=True, slots=True)
class Seen:
    """What this node saw of a claim.

    Attributes:
        explained: JSON without personal data: figures, clues, deductions, words.
        passing: Nothing was seen now, or less than a later look may see.
        early: This node is still reading earlier claims: it was no try.
    """

    observation: Observation | Unobserved
    explained: Mapping[str, object]
    passing: bool = False
    early: bool = False


@dataclass(frozen=True, slots=True)
class WaitingEvent:
    """An event whose period is over and settled, and that is open on chain."""

    product: str
    insured: InsuredPeriod
    quorum: str
    min_signatures: int

    kind: ClassVar[RequestKind] = RequestKind.EVENT
    refers_below_bps: ClassVar[int] = 0

    @property
    def contract(self) -> str:
        """Takes the report."""
        return self.product

    @property
    def subject(self) -> int:
        """The event's id, as on chain."""
        return self.insured.event_id()

    @property
    def since(self) -> int:
        """From when its record can be final, unix seconds."""
        return due_at(self.insured)

    @property
    def key(self) -> str:
        """As `subject_key` has it of its requests."""
        return event_key(self.product, self.subject)


Waiting: TypeAlias = WaitingClaim | WaitingEvent


class ClaimSource(Protocol):
    """The claims of the chain, and what this node finds out about them."""

    def waiting(self, block: Block) -> Sequence[WaitingClaim]:
        """Claims that wait for a report at a block. Raises `ChainUnread`."""
        ...

    def observe(self, claim: WaitingClaim, block: Block) -> Seen:
        """Look at one claim. What cannot be seen is `Unobserved`, never an exception."""
        ...


def sequence_at(since: int, now: int, valid_seconds: int) -> int:
    """How often a report was asked for before, by chain time: 0 at once, then after 1, 3, 7, … periods."""
    period = valid_seconds + RETRY_MARGIN_SECONDS
    return min((max(0, now - since) // period + 1).bit_length() - 1, LAST_SEQUENCE)


def request_for(asked: Waiting, chain_id: int, signers: SignerSet, now: int, valid_seconds: int) -> Request:
    """The request for the report of what waits, at a chain time.

    Raises:
        RoundRefused: `request_invalid`.
    """
    return Request(
        kind=asked.kind,
        chain_id=chain_id,
        quorum=signers.quorum,
        contract=asked.contract,
        subjects=(asked.subject,),
        signer_epoch=signers.epoch,
        sequence=sequence_at(asked.since, now, valid_seconds),
        valid_seconds=valid_seconds,
        refers_below_bps=asked.refers_below_bps,
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


def subject_key(request: Request) -> str:
    """What a request is about."""
    if request.kind is RequestKind.EVENT:
        return event_key(request.contract, request.subjects[0])
    return claim_key(request.subjects[0])
