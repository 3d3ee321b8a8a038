"""What is signed, as plain data: the structs of `contracts/types/ParametricTypes.sol` in snake case.

Ids and amounts are ints, times unix seconds, bytes32 and signatures bytes, addresses checksummed text.
"""

from dataclasses import dataclass

from domain.money import Ppb, TokenUnits
from domain.policy import Outcome

MAX_REPORT_SIZE = 400
"""Subjects of one report at most."""


@dataclass(frozen=True, slots=True)
class Assessment:
    """One application as the oracle sees it."""

    application_id: int
    event_id: int
    occurs_at: int
    expected_share_ppb: Ppb
    sum_insured_cap: TokenUnits
    commitment: bytes


@dataclass(frozen=True, slots=True)
class RiskReport:
    """What a quorum of oracle nodes says of a batch of applications."""

    chain_id: int
    product: str
    signer_epoch: int
    observed_at: int
    valid_until: int
    model_hash: bytes
    assessments: tuple[Assessment, ...]


@dataclass(frozen=True, slots=True)
class Quote:
    """What the underwriter offers, and the holder accepts word for word."""

    application_id: int
    holder: str
    underwriter: str
    insured_event: str
    occurs_at: int
    sum_insured: TokenUnits
    premium: TokenUnits
    valid_until: int


@dataclass(frozen=True, slots=True)
class Permit:
    """EIP-2612 permit for the premium, spender the treasury. Deadline 0: an allowance is there already."""

    value: int
    deadline: int
    v: int
    r: bytes
    s: bytes


NO_PERMIT = Permit(value=0, deadline=0, v=0, r=bytes(32), s=bytes(32))


@dataclass(frozen=True, slots=True)
class Binding:
    """One policy to be bound; `assessment` is an index into the risk report's assessments."""

    assessment: int
    quote: Quote
    underwriter_signature: bytes
    acceptance: bytes
    permit: Permit


@dataclass(frozen=True, slots=True)
class Measurement:
    """What was measured of one event; `value` in the unit of the terms' thresholds, 0 unless measured."""

    event_id: int
    outcome: Outcome
    value: int


@dataclass(frozen=True, slots=True)
class EventReport:
    """What a quorum of oracle nodes saw."""

    chain_id: int
    product: str
    signer_epoch: int
    observed_at: int
    valid_until: int
    source_hash: bytes
    measurements: tuple[Measurement, ...]
