"""What underwriting works with, and how an office does: defaults where an insurer has set nothing."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from eth_account.signers.local import LocalAccount

from backend.calendars.files import Calendar, calendar
from backend.chain.nodes import OracleNodes
from backend.notices.ports import Consents, Records
from backend.notices.service import NoticeDesk
from backend.underwriting.ports import Shelf, ThirdParties, Transactions

QUEUE = "underwriting"
"""Of workflows."""
HOW_TO_OBJECT: Mapping[str, str] = MappingProxyType(
    {
        "en": "tell us by phone, by mail or at a branch. Somebody who had no part in the decision examines it again "
        "within 3 working days.",
        "zh": "请通过电话、信函或到营业网点提出。未参与原决定的人员将在三个工作日内重新审查。",
    }
)


@dataclass(frozen=True, slots=True)
class Office:
    """How an insurer's underwriting office works.

    Attributes:
        machine_accepts: Whether low risks in the fast lane are accepted without anybody looking.
        sample_bps: Part of the applications whose authenticity is checked (R17).
        how_to_object: In words, by language.
    """

    calendar_name: str = "china"
    machine_accepts: bool = True
    sample_bps: int = 1_000
    quote_valid_seconds: int = 86_400
    how_to_object: Mapping[str, str] = field(default_factory=lambda: HOW_TO_OBJECT)

    @property
    def calendar(self) -> Calendar:
        """Its working days."""
        return calendar(self.calendar_name)


@dataclass(frozen=True, slots=True)
class UnderwritingDesk:
    """Everything the use cases need. `clock` is the wall clock; money and reports go by chain time.

    Attributes:
        third_parties: None: no source is connected, and what customers authorised stays unasked.
        underwriter: Signs quotes; None: accepted cases wait for a key.
    """

    records: Records
    consents: Consents
    notices: NoticeDesk
    nodes: OracleNodes
    shelf: Shelf
    transactions: Transactions
    clock: Callable[[], int]
    chain_id: int
    third_parties: ThirdParties | None = None
    underwriter: LocalAccount | None = None
