"""What a node reads from the chain, all of it at one block hash."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import structlog

from domain.hashing import checksum_address
from domain.parametric_terms import ParametricTerms
from domain.product_fields import PARAMETRIC
from ledger.bindings import InsuredEvent, OracleQuorum, ParametricProduct, ProductFactory
from ledger.deployment import Deployment
from ledger.rpc import Rpc, RpcError, RpcUnavailable
from oracle.node.refusals import Refusal

log: structlog.stdlib.BoundLogger = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class ChainView:
    """The chain at one block, as far as one product is concerned.

    Attributes:
        time: Of the block, unix seconds: what "now" means to a node.
        epoch: The signer set that speaks now; `signers` are its members.
        events: By event id; only those asked for.
    """

    block_number: int
    block_hash: str
    time: int
    terms: ParametricTerms
    epoch: int
    signers: tuple[str, ...]
    events: dict[int, InsuredEvent]


@dataclass(frozen=True, slots=True)
class Head:
    """The newest block."""

    block_number: int
    block_hash: str
    time: int


class Chain(Protocol):
    """What a node needs of the chain."""

    @property
    def chain_id(self) -> int:
        """Number of the chain."""
        ...

    def head(self) -> Head:
        """The newest block. Raises `Refusal` (`chain_unavailable`)."""
        ...

    def view(self, product: str, event_ids: Sequence[int] = ()) -> ChainView:
        """A product at the newest block. Raises `Refusal` (`product_unknown`, `chain_unavailable`)."""
        ...


class RpcChain:
    """The chain over JSON-RPC. Terms are immutable and kept; everything else is read each time.

    Products made after the node started are learnt when one is first asked for: the factory vouches for it, and it has
    to be a parametric one of this deployment's treasury and quorum.
    """

    def __init__(self, rpc: Rpc, deployment: Deployment) -> None:
        self._rpc = rpc
        priced = (product for product in deployment.products if product.kind == PARAMETRIC)
        self._products = {checksum_address(product.address) for product in priced}
        self._contracts = deployment.contracts
        self._terms: dict[str, ParametricTerms] = {}
        self._chain_id = deployment.chain_id

    @property
    def chain_id(self) -> int:
        """Number of the chain, from the deployment."""
        return self._chain_id

    def head(self) -> Head:
        """The newest block."""
        try:
            header = self._rpc.block("latest")
        except (RpcUnavailable, RpcError) as error:
            raise Refusal("chain_unavailable", f"{error}: start the chain or mend rpc_url in the deployment") from error
        return Head(int(header["number"], 16), str(header["hash"]), int(header["timestamp"], 16))

    def view(self, product: str, event_ids: Sequence[int] = ()) -> ChainView:
        """A product at the newest block."""
        head = self.head()
        try:
            if product not in self._products and not self._learnt(product, head.block_hash):
                known = ", ".join(sorted(self._products)) or "none"
                raise Refusal("product_unknown", f"product is {product}, this node knows {known}: use one of them")
            terms = self._terms_of(product, head.block_hash)
            first = [(terms.quorum, OracleQuorum.current_epoch())]
            events = [(product, ParametricProduct.insured_event(event_id)) for event_id in event_ids]
            epoch, *found = self._rpc.eth_calls([*first, *events], head.block_hash)
            signers, _, _ = self._rpc.eth_call(terms.quorum, OracleQuorum.signer_set(epoch), head.block_hash)
        except (RpcUnavailable, RpcError) as error:
            raise Refusal("chain_unavailable", f"{error}: start the chain or mend rpc_url in the deployment") from error
        by_id = dict(zip(event_ids, found, strict=True))
        return ChainView(head.block_number, head.block_hash, head.time, terms, epoch, signers, by_id)

    def _learnt(self, product: str, block_hash: str) -> bool:
        """Whether the factory made this product meanwhile, for this deployment. What it made stays made."""
        factory = self._contracts["ProductFactory"]
        vouched, parametric = self._rpc.eth_calls(
            [(factory, ProductFactory.is_product(product)), (factory, ProductFactory.parametric_implementation())],
            block_hash,
        )
        if not vouched or not self._runs(product, parametric, block_hash):
            return False
        terms = self._terms_of(product, block_hash)
        parties = (checksum_address(terms.treasury), checksum_address(terms.quorum))
        ours = tuple(checksum_address(self._contracts[name]) for name in ("Treasury", "OracleQuorum"))
        if parties != ours:
            return False
        self._products.add(product)
        log.info("product.learnt", product=product)
        return True

    def _runs(self, product: str, implementation: str, block_hash: str) -> bool:
        """Whether it is a clone of that contract. Source: ERC-1167, whose code names what it runs."""
        code = str(self._rpc.call("eth_getCode", product, {"blockHash": block_hash}))
        return implementation.removeprefix("0x").lower() in code.lower()

    def _terms_of(self, product: str, block_hash: str) -> ParametricTerms:
        if product not in self._terms:
            self._terms[product] = self._rpc.eth_call(product, ParametricProduct.terms(), block_hash)
        return self._terms[product]
