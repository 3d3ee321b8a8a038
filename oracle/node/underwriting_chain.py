"""Indemnity products as a node underwrites them, read at one block hash."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Protocol

from domain.hashing import checksum_address
from ledger.bindings import IndemnityProduct, OracleQuorum, ProductFactory
from ledger.deployment import Deployment
from ledger.rpc import Rpc, RpcError, RpcUnavailable
from oracle.claims.errors import ClaimUnfit
from oracle.claims.products import ProductShelf
from oracle.node.refusals import Refusal
from oracle.node.underwriting import ProductView
from oracle.risk.indicators import Line


class UnderwritingChain(Protocol):
    """What underwriting needs of the chain."""

    @property
    def chain_id(self) -> int:
        """Number of the chain."""
        ...

    @property
    def lines(self) -> Mapping[str, Line]:
        """Products served, by address."""
        ...

    def view(self, product: str) -> ProductView:
        """A product at the newest block. Raises `Refusal`."""
        ...


class RpcUnderwritingChain:
    """The chain over JSON-RPC, and the documents beside the deployment file.

    Args:
        folder: Of the deployment file.
        lines: Products served, by address.
    """

    def __init__(self, rpc: Rpc, deployment: Deployment, folder: Path, lines: Mapping[str, Line]) -> None:
        self._rpc = rpc
        self._factory = deployment.contracts["ProductFactory"]
        self._shelf = ProductShelf(deployment, folder)
        self.chain_id = deployment.chain_id
        self.lines = {checksum_address(product): line for product, line in lines.items()}

    def view(self, product: str) -> ProductView:
        """A product at the newest block.

        Raises:
            Refusal: `product_unknown`, `product_foreign`, `chain_unavailable`, or what its document is refused with.
        """
        line = self.lines.get(product)
        if line is None:
            known = ", ".join(sorted(self.lines)) or "none"
            raise Refusal("product_unknown", f"product is {product}, this node underwrites {known}: use one of them")
        try:
            return self._read(product, line)
        except (RpcUnavailable, RpcError) as error:
            raise Refusal("chain_unavailable", f"{error}: start the chain or mend rpc_url in the deployment") from error
        except ClaimUnfit as error:
            raise Refusal(error.code, str(error)) from error

    def _read(self, product: str, line: Line) -> ProductView:
        header = self._rpc.block("latest")
        block, now = str(header["hash"]), int(header["timestamp"], 16)
        vouched = self._rpc.eth_call(self._factory, ProductFactory.is_product(product), block)
        if not vouched:
            detail = f"product is {product}, none of factory {self._factory}"
            raise Refusal("product_foreign", f"{detail}: sell through a product it made")
        facts = self._shelf.facts(product, self._rpc.eth_call(product, IndemnityProduct.terms_hash(), block))
        epoch = self._rpc.eth_call(facts.quorum, OracleQuorum.current_epoch(), block)
        signers, _, _ = self._rpc.eth_call(facts.quorum, OracleQuorum.signer_set(epoch), block)
        return ProductView(now, int(epoch), tuple(signers), facts, line)
