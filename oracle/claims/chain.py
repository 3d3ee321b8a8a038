"""Claims on chain, each read at one block hash."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from domain.claim import ClaimState
from domain.claim_ids import split_claim_id
from domain.errors import IdentifierInvalid
from ledger.bindings import ClaimsDesk, IndemnityProduct, OracleQuorum, ProductFactory
from ledger.codec import Call
from ledger.deployment import Deployment
from ledger.rpc import Rpc, RpcError, RpcUnavailable
from oracle.claims.book import ClaimsBook
from oracle.claims.errors import ChainUnread, ClaimUnfit
from oracle.claims.facts import Block, ChainClaim, NoticedAt
from oracle.claims.notices import NoticeIndex
from oracle.claims.policies import PolicyReader
from oracle.claims.products import ProductShelf


class ClaimChain:
    """The claims of a deployment's desk.

    Args:
        folder: Of the deployment file.
    """

    def __init__(self, rpc: Rpc, deployment: Deployment, folder: Path, book: ClaimsBook) -> None:
        self._rpc, self._deployment = rpc, deployment
        self._factory = deployment.contracts["ProductFactory"]
        self._products = ProductShelf(deployment, folder)
        self.notices = NoticeIndex(rpc, deployment, book)

    @property
    def chain_id(self) -> int:
        """Number of the chain, from the deployment."""
        return self._deployment.chain_id

    @property
    def desk(self) -> str:
        """Address of the desk."""
        return self.notices.desk

    def newest(self, confirmations: int = 1) -> Block:
        """The block that has so many confirmations, itself counted: 1 is the newest.

        Raises:
            ChainUnread
        """
        with _told():
            header = self._rpc.block("latest")
            if confirmations > 1:
                header = self._rpc.block(max(int(header["number"], 16) - confirmations + 1, 0))
            return Block(int(header["number"], 16), str(header["hash"]), int(header["timestamp"], 16))

    def open_claims(self, block: Block) -> tuple[NoticedAt, ...]:
        """Claims that wait for a report at a block, in the order of their notices.

        Raises:
            ChainUnread
        """
        with _told():
            return self.notices.open_claims(block)

    def claim(self, claim_id: int, block: Block) -> ChainClaim:
        """All that chain and terms say of a claim at a block.

        Raises:
            ChainUnread
            ClaimUnfit: `claim_unknown`, `product_foreign`, `policy_history`, or as `ProductShelf.facts`.
        """
        with _told():
            try:
                product, policy_id, _ = split_claim_id(claim_id)
            except IdentifierInvalid as error:
                raise ClaimUnfit("claim_unknown", "claim", claim_id, error.problem, error.remedy) from error
            notice = self.notices.notice(claim_id, block)
            calls: list[tuple[str, Call[Any]]] = [
                (self.desk, ClaimsDesk.claim(claim_id)),
                (self._factory, ProductFactory.is_product(product)),
                (product, IndemnityProduct.terms_hash()),
                (product, IndemnityProduct.policy(policy_id)),
            ]
            kept, vouched, terms_hash, policy = self._rpc.eth_calls(calls, block.hash)
            if not vouched:
                remedy = "Sell through a product the factory made"
                raise ClaimUnfit("product_foreign", "product", product, f"is none of factory {self._factory}", remedy)
            facts = self._products.facts(product, terms_hash)
            epoch = self._rpc.eth_call(facts.quorum, OracleQuorum.current_epoch(), block.hash)
            reader = PolicyReader(
                self._rpc, product, block,
                first_block=self._deployment.block_number, waiting_seconds=facts.waiting_seconds,
            )  # fmt: skip
            settled_on = reader.facts(policy_id, policy, notice.peril, notice.occurred_at)
        return ChainClaim(block, notice, ClaimState(kept.state), facts, settled_on, int(epoch))

    def holders(self, policies: Iterable[tuple[str, int]], block: Block) -> dict[tuple[str, int], str]:
        """Who holds each policy, by product and number. Policies are locked: it never changes.

        Raises:
            ChainUnread
        """
        wanted = list(policies)
        with _told():
            calls = [(product, IndemnityProduct.policy(number)) for product, number in wanted]
            found = self._rpc.eth_calls(calls, block.hash) if calls else []
        return {key: policy.holder for key, policy in zip(wanted, found, strict=True)}


@contextmanager
def _told() -> Iterator[None]:
    """What the chain's node says, as an error with a remedy."""
    try:
        yield
    except RpcUnavailable as error:
        remedy = "Start the chain's node, or mend rpc_url in the deployment file"
        raise ChainUnread("chain_unavailable", "chain", str(error), "gave no answer", remedy) from error
    except RpcError as error:
        remedy = "Ask for a newer block, or use a node that keeps the history of calls"
        raise ChainUnread("chain_refused", "chain", str(error), "refused to answer", remedy) from error
