"""What claims ask of others: evidence, keys kept for people, addresses of people, and the chain."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from sqlalchemy.orm import Session

from backend.access.principal import Principal
from backend.chain.simulation import Refusal
from domain.claim_reports import Decision
from ledger.bindings import NextStep


@dataclass(frozen=True, slots=True)
class LossFacts:
    """What nodes have to know of a loss and only the insurer can say. Times in unix seconds of the chain.

    Args:
        subject: What the loss befell, as every insurer writes it. Never shown.
        sum_raised_at: When the sum insured was last raised; None: never.
        past_amounts_minor: What the claimant claimed within 36 months, minor units.
    """

    subject: str = field(repr=False)
    cover_from: int
    cover_until: int
    occurred_at: int
    noticed_at: int
    sum_raised_at: int | None
    past_amounts_minor: tuple[int, ...]


class Evidence(Protocol):
    """Files of cases."""

    def seal(self, session: Session, principal: Principal, case_id: uuid.UUID, facts: LossFacts, /) -> bytes:
        """Put all files of a case under one root. Raises `Problem` where they cannot be."""
        ...

    def attach(self, session: Session, principal: Principal, case_id: uuid.UUID, claim_id: int, root: bytes, /) -> None:
        """Give nodes the files of this root under the claim's id. Raises `Problem` where there are none."""
        ...


class Custody(Protocol):
    """Keys kept for people without wallets, and for staff."""

    def address_of(self, session: Session, tenant_id: uuid.UUID, person_id: uuid.UUID, /, *, staff: bool) -> str | None:
        """Address of a person's key; None: none is kept."""
        ...

    def sign(
        self, session: Session, principal: Principal, person_id: uuid.UUID, document: Mapping[str, Any], /, *,
        staff: bool, authority: uuid.UUID | None,
    ) -> bytes:  # fmt: skip
        """A person's signature under one of our documents. Raises `Problem` where they may not sign it."""
        ...

    def send_decision(
        self, session: Session, principal: Principal, to: str, decision: Decision, second: str, signature: bytes,
        postage: Postage, /,
    ) -> bytes:  # fmt: skip
        """The asker's own decision as a signed transaction. Raises `Problem` where they may not send it."""
        ...


@dataclass(frozen=True, slots=True)
class Postage:
    """What it takes to send a call now: nonce, gas limit, fee and tip a gas at most, and what the sender has; wei."""

    nonce: int
    gas: int
    max_fee: int
    priority_fee: int
    balance: int


class Wallets(Protocol):
    """Addresses people have shown to be theirs."""

    def addresses(self, session: Session, tenant_id: uuid.UUID, person_id: uuid.UUID, /) -> Sequence[str]:
        """Of one person."""
        ...

    def person_of(self, session: Session, tenant_id: uuid.UUID, address: str, /) -> uuid.UUID | None:
        """Whose address it is."""
        ...


@dataclass(frozen=True, slots=True)
class Token:
    """A settlement token, as permits name it, and what its holder has allowed and permitted so far."""

    address: str
    name: str
    allowance: int
    balance: int
    nonce: int


class ClaimChain(Protocol):
    """What claims ask of the chain itself, where rows of the projections are not enough."""

    @property
    def chain_id(self) -> int:
        """Number of the chain."""
        ...

    @property
    def desk(self) -> str:
        """Address of the claims desk."""
        ...

    def time(self) -> int:
        """Of the last block, unix seconds."""
        ...

    def nonce(self, signer: str) -> int:
        """The next one of a signer at the desk."""
        ...

    def next_step(self, claim_id: int) -> NextStep:
        """Whose turn it is, by the contracts' own clock."""
        ...

    def draw_until(self, claim_id: int) -> int:
        """Until when a panel is to be drawn for a dispute that waits for it, unix seconds."""
        ...

    def deposit_for(self, claim_id: int) -> tuple[int, int]:
        """What could be disputed now, and the deposit it takes; token units."""
        ...

    def refusal(self, sender: str, calldata: bytes, to: str = "") -> Refusal | None:
        """Why a contract would refuse a call of somebody's now; None: it would not. `to`: the desk, if nothing else."""
        ...

    def draws_in_vain(self, claimant: str, calldata: bytes) -> bool:
        """Whether a draw for a claimant would seat nobody, and the next one neither: too few are on the bench."""
        ...

    def granted(self, adjuster: str, calldata: bytes) -> int:
        """What a decision would grant, run without sending it. Raises `RpcError` where it reverts."""
        ...

    def is_signed(self, signer: str, digest: bytes, signature: bytes) -> bool:
        """Whether an address signed, by its key or as a contract (ERC-1271)."""
        ...

    def token_of(self, treasury: str, holder: str) -> Token:
        """The token of a treasury, and a holder's standing with it towards the dispute panel."""
        ...

    @property
    def panel(self) -> str:
        """Address of the dispute panel."""
        ...

    def postage(self, sender: str, calldata: bytes) -> Postage:
        """What it takes to send the desk a call. Raises `RpcError` where it reverts, `FeeTooHigh` in dear times."""
        ...

    def reverted(self, transaction_hash: bytes) -> int | None:
        """The block a transaction was mined in and came to nothing; None: it was not mined, or did what it should."""
        ...

    def broadcast(self, raw: bytes) -> None:
        """Hand over a transaction somebody signed. Raises `RpcError` where the node does not take it."""
        ...
