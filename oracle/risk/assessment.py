"""Who is assessed, what is known of them once they are, and the one form of it as bytes.

Whole numbers, text and nothing else: the same application gives the same bytes on every node.
"""

from dataclasses import dataclass, fields, is_dataclass
from enum import IntEnum, StrEnum
from functools import cached_property

from domain.hashing import canonical_json, keccak256
from domain.money import Bps
from domain.tiers import RiskTier
from oracle.risk.changes import Change
from oracle.risk.decision import Decided, Review
from oracle.risk.derived import definition
from oracle.risk.engine import Measured
from oracle.risk.indicators import Case, Row, Source
from oracle.risk.points import Contribution
from oracle.risk.qualitative import Qualitative
from oracle.risk.rules import Rule
from oracle.risk.segments import Segment

FORMAT = "quittance-risk-assessment/3"


@dataclass(frozen=True, slots=True)
class Subject:
    """Who is assessed.

    Attributes:
        row: Indicators by name.
        read: Sources it comes from.
        unread: Sources not read for want of the customer's authorisation.
        outdated: Sources not read because their reports are too old.
        confirmed: Indicators some report gave.
    """

    application_id: int
    case: Case
    row: Row
    read: tuple[Source, ...] = (Source.CUSTOMER,)
    unread: tuple[Source, ...] = ()
    outdated: tuple[Source, ...] = ()
    confirmed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Asked:
    """What was asked for: amounts in minor units of the currency, the premium a year at the standard rate."""

    sum_insured_minor: int
    premium_minor: int
    currency: str


@dataclass(frozen=True)
class Assessment:
    """One application, assessed.

    Attributes:
        table_version, table_hash: Of the line's table.
        model_hash: Of everything the numbers come from, `Engine.hash`.
        factor_bps: On the standard rate; None where a person decides first.
        cap_minor: Most that can be insured on this assessment, minor units.
        changes: What would lower the tier, one change at a time.
    """

    application_id: int
    case: Case
    asked: Asked
    table_version: str
    table_hash: bytes
    model_hash: bytes
    measured: Measured
    qualitative: Qualitative
    decided: Decided
    factor_bps: Bps | None
    cap_minor: int
    review: Review
    segment: Segment
    changes: tuple[Change, ...]
    read: tuple[Source, ...]
    unread: tuple[Source, ...]
    outdated: tuple[Source, ...]
    confirmed: tuple[str, ...]

    @property
    def score(self) -> int:
        """Hundredths of a point, 0 to 10_000."""
        return self.measured.score

    @property
    def tier(self) -> RiskTier:
        """What score and loss ratio say together."""
        return self.measured.tiers.together

    @cached_property
    def canonical_bytes(self) -> bytes:
        """Canonical JSON of everything above."""
        return canonical_json(self.as_json())

    @cached_property
    def digest(self) -> bytes:
        """32 bytes: keccak of the canonical bytes."""
        return keccak256(self.canonical_bytes)

    def as_json(self) -> dict[str, object]:
        """Everything above as plain values: enums by name, hashes as hex, rules as code and words."""
        plain = {each.name: _plain(getattr(self, each.name)) for each in fields(self) if each.name != "case"}
        return {"format": FORMAT, "line": self.case.line.value, "party": self.case.party.value, **plain}


def _plain(value: object) -> object:
    if isinstance(value, Rule):
        return {"code": value.code, "en": value.en, "zh": value.zh}
    if isinstance(value, Contribution):
        shown = definition(value.indicator).decoded(value.coded)
        numbers = {"points": value.points, "weight_bps": value.weight_bps, "millionths": value.millionths}
        return {"indicator": value.indicator, "value": shown, **numbers}
    if isinstance(value, IntEnum):
        return value.name.lower()
    if isinstance(value, StrEnum):
        return value.value
    if isinstance(value, bytes):
        return f"0x{value.hex()}"
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    if is_dataclass(value):
        return {each.name: _plain(getattr(value, each.name)) for each in fields(value)}
    return value
