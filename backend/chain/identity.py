"""Keeps one database to one deployment."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from backend.chain.models import ChainIdentityRow
from ledger.deployment import Deployment
from ledger.rpc import Rpc


class WrongChain(Exception):
    """Node, deployment record and database do not speak of the same chain. The text says what to do."""


def require_same_chain(session: Session, rpc: Rpc, deployment: Deployment) -> None:
    """Pass when node and database are of this deployment; a new database becomes this deployment's.

    Raises:
        WrongChain
        RpcUnavailable
    """
    chain_id = rpc.chain_id()
    if chain_id != deployment.chain_id:
        raise WrongChain(
            f"The node at {rpc.place} is on chain {chain_id}, the deployment on chain {deployment.chain_id}. Start the "
            "right node, or name the right deployment file with QUITTANCE_DEPLOYMENT."
        )
    factory = deployment.contracts["ProductFactory"]
    if rpc.call("eth_getCode", factory, "latest") == "0x":
        raise WrongChain(
            f"There is no factory at {factory} on the node at {rpc.place}. The chain was started anew: deploy again."
        )
    known = session.scalars(select(ChainIdentityRow)).first()
    if known is None:
        session.add(ChainIdentityRow(chain_id=chain_id, factory=factory, block_hash=deployment.block_hash))
    elif (known.chain_id, known.factory, known.block_hash) != (chain_id, factory, deployment.block_hash):
        raise WrongChain(
            f"This database follows another deployment (factory {known.factory}, not {factory}). Set QUITTANCE_HOME "
            "or QUITTANCE_DATABASE_URL to a database of its own, or remove the old one."
        )
