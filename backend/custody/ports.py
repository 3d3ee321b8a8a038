"""What custody asks of others."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from sqlalchemy.orm import Session

from backend.chain.contracts import contract_kinds
from backend.custody.kinds import TOKEN
from ledger.bindings import TestStablecoin
from ledger.codec import checksum
from ledger.deployment import Deployment
from ledger.rpc import Rpc


class Contracts(Protocol):
    """Knows our own contracts."""

    @property
    def chain_id(self) -> int:
        """The chain they are on."""
        ...

    def kind_of(self, session: Session, address: str) -> str | None:
        """Which contract stands at an address; None: none of ours."""
        ...

    def token_name(self) -> str:
        """The settlement token's own name, which its signing domain has.

        Raises:
            RpcUnavailable, RpcError: The chain does not say.
        """
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

    def kind_of(self, session: Session, address: str) -> str | None:
        """See `Contracts`."""
        if address == self.deployment.contracts.get(TOKEN):
            return TOKEN
        return contract_kinds(session, self.deployment).get(checksum(address))

    def token_name(self) -> str:
        """See `Contracts`."""
        return self.rpc.eth_call(self.deployment.contracts[TOKEN], TestStablecoin.name())
