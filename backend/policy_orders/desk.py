"""What orders are made with, what can be asked for, and why it may be declined."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from eth_account.signers.local import LocalAccount

from backend.notices.service import NoticeDesk
from backend.underwriting.ports import Shelf
from ledger.rpc import Rpc


class Ground(StrEnum):
    """Why an underwriter does not offer a change."""

    RISK_CHANGED = "risk_changed"
    NEEDS_REPORT = "needs_report"
    NO_INTEREST = "no_insurable_interest"
    NOT_ASKED_FOR = "not_asked_for"


@dataclass(frozen=True, slots=True)
class OrderDesk:
    """Where orders are made. `clock` is the wall clock; what is signed goes by chain time."""

    rpc: Rpc
    shelf: Shelf
    underwriter: LocalAccount | None
    chain_id: int
    clock: Callable[[], int]
    notices: NoticeDesk


@dataclass(frozen=True, slots=True)
class Change:
    """What shall be otherwise; None: as it is."""

    sum_insured: int | None = None
    exclusions: int | None = None
    beneficiary: str | None = None
    effective_at: int | None = None
