"""What custody asks of others."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Final, Protocol

from sqlalchemy.orm import Session

from backend.chain.contracts import contract_kinds, treasury_of
from backend.custody.kinds import TOKEN
from backend.products.sellers import sells
from domain.hashing import ZERO_ADDRESS
from ledger.bindings import TestStablecoin
from ledger.codec import checksum
from ledger.deployment import Deployment
from ledger.rpc import Rpc

_PRODUCTS: Final = frozenset({"IndemnityProduct", "ParametricProduct"})


class Contracts(Protocol):
    """Knows our own contracts."""

    @property
    def chain_id(self) -> int:
        """The chain they are on."""
        ...

    def kind_of(self, session: Session, tenant_id: uuid.UUID, address: str) -> str | None:
        """Which contract stands at an address; None: none of this insurer's. The platform's are everybody's."""
        ...

    def token_name(self) -> str:
        """The settlement token's own name, which its signing domain has.

        Raises:
            RpcUnavailable, RpcError: The chain does not say.
        """
        ...


class Authorities(Protocol):
    """Knows by whose word somebody acts for somebody else."""

    def covers(
        self, session: Session, authority: uuid.UUID, *, tenant_id: uuid.UUID, person_id: uuid.UUID, signer: str,
        digest: bytes,
    ) -> bool:  # fmt: skip
        """Whether this record is a person's own word that exactly this document is signed for them at this address."""
        ...


@dataclass(frozen=True, slots=True)
class DeployedContracts:
    """Implements `Contracts` for a deployment and what was made since."""

    deployment: Deployment
    rpc: Rpc

    @property
    def chain_id(self) -> int:
        """See `Contracts`."""
        return self.deployment.chain_id

    def kind_of(self, session: Session, tenant_id: uuid.UUID, address: str) -> str | None:
        """See `Contracts`. A treasury is its insurer's, a product is whose treasury it pays from."""
        if address == self.deployment.contracts.get(TOKEN):
            return TOKEN
        found = checksum(address)
        kind, treasury = contract_kinds(session, self.deployment).get(found), None
        if kind in _PRODUCTS:
            treasury = treasury_of(session, found) or ZERO_ADDRESS  # not taken in yet: nobody's
        elif kind == "Treasury":
            treasury = found
        return kind if treasury is None or sells(session, tenant_id, treasury) else None

    def token_name(self) -> str:
        """See `Contracts`."""
        return self.rpc.eth_call(self.deployment.contracts[TOKEN], TestStablecoin.name())
