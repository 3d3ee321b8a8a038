"""What underwriting needs of others: products and signers, third parties, and a way to the chain."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol
from uuid import UUID

from sqlalchemy.orm import Session

from backend.chain.quorum import SignerSet
from backend.chain.simulation import Refusal
from domain.indemnity_terms import IndemnityTerms
from ledger.bindings import IndemnityPolicy


@dataclass(frozen=True, slots=True)
class SoldProduct:
    """An indemnity product as underwriting sells it.

    Attributes:
        currency: ISO 4217, of applications.
        units_per_minor: Token units of one minor unit of that currency.
        exclusions: Texts of the clauses that can be excluded, by code and language.
    """

    address: str
    terms: IndemnityTerms
    currency: str
    units_per_minor: int
    exclusions: Mapping[str, Mapping[str, str]]


class Shelf(Protocol):
    """Indemnity products, and who signs reports for them now."""

    def product(self, address: str) -> SoldProduct:
        """One product. Raises `Problem`: `product_unknown`."""
        ...

    def signers(self, product: SoldProduct) -> SignerSet:
        """The signer set that speaks now, with as many as the terms need."""
        ...

    def chain_time(self) -> int:
        """Time of the last block, unix seconds."""
        ...

    def policy(self, product: SoldProduct, policy_id: int) -> IndemnityPolicy | None:
        """A policy as the chain has it now; None: there is none of this number."""
        ...


@dataclass(frozen=True, slots=True, repr=False)
class SourceAnswer:
    """What a third party reported. Personal data: sealed at once."""

    obtained_at: int
    reference: str
    values: Mapping[str, object]

    def __repr__(self) -> str:
        return "SourceAnswer(…)"


class SourceFailed(Exception):
    """A third party did not answer. `final`: asking again is of no use, such as a person it does not know."""

    def __init__(self, code: str, *, final: bool) -> None:
        self.code, self.final = code, final
        super().__init__(code)


class ThirdParties(Protocol):
    """Credit bureau, hospitals, traffic authority and others, asked with the customer's authorisation (R3, R11)."""

    def ask(self, source: str, request_id: UUID, person: Mapping[str, object], evidence_hash: bytes) -> SourceAnswer:
        """A report about a person. The same request again is answered the same.

        Raises:
            SourceFailed
        """
        ...


class Transactions(Protocol):
    """The backend's way to the chain."""

    def foresee(self, sender: str, to: str, calldata: bytes) -> Refusal | None:
        """Why a call would be refused now; None: it would not."""
        ...

    def submit(self, session: Session, *, stem: str, tenant_id: UUID, to: str, calldata: bytes) -> str:
        """Have a transaction sent once the caller's transaction has committed.

        Args:
            stem: What it is for. While one for it is on its way no other is sent; one that came to nothing is.
        Returns:
            Its key.
        """
        ...
