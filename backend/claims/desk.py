"""What the use cases of claims work with."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from backend.claims.ports import ClaimChain, Custody, Evidence, Wallets
from backend.claims.terms import TermsShelf
from backend.notices.service import NoticeDesk
from backend.vault.service import Vault

NOTICE_VALID_SECONDS = 86_400
"""How long a prepared notice or order can be signed and handed in, chain time."""


@dataclass(frozen=True, slots=True)
class ClaimsOffice:
    """Everything the use cases need. `clock`: wall clock, unix seconds; what is about money goes by the chain's time.

    Args:
        custody: None: no keys are kept here, people sign with their own wallets.
        notices: None: nobody is written to; where each claim stands can still be asked.
    """

    vault: Vault
    shelf: TermsShelf
    evidence: Evidence
    wallets: Wallets
    chain: ClaimChain
    clock: Callable[[], int]
    custody: Custody | None = None
    notices: NoticeDesk | None = None
