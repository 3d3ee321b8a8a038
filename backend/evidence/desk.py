"""What evidence works with."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from backend.evidence.ports import CaseBook
from backend.evidence.scanning import Scanner
from backend.http.server_key import ServerKey
from backend.vault.service import Vault
from domain.evidence.limits import LIMITS, Limits


@dataclass(frozen=True, slots=True)
class EvidenceDesk:
    """Everything the use cases need.

    Args:
        clock: Wall clock, unix seconds.
        limits: What is taken; nodes take no more than theirs.
        scanner: Looks for malware in files that come; None: nobody does.
    """

    vault: Vault
    server_key: ServerKey
    cases: CaseBook
    clock: Callable[[], int]
    limits: Limits = LIMITS
    scanner: Scanner | None = None
