"""Hold the state rebuilt from events against the contracts' own getters, all at one block."""

from __future__ import annotations

from typing import Any

from faster_eth_abi.abi import encode

from domain.hashing import ZERO_ADDRESS
from domain.policy import Outcome
from ledger import bindings as b
from ledger.codec import Call, checksum, load_artefact, selector
from ledger.deployment import Deployment
from ledger.findings import Findings
from ledger.replay import InsuredEventState, LedgerState, PolicyState
from ledger.rpc import Rpc, RpcError, from_hex

ERC1271_MAGIC = selector("isValidSignature(bytes32,bytes)")


class ChainWitness:
    """Asks a chain what events do not tell; see `ledger.signature_check.Witness`."""

    def __init__(self, rpc: Rpc, block_hash: str) -> None:
        self._rpc = rpc
        self._block = block_hash

    def sender_of(self, transaction: bytes) -> str:
        """Who sent a transaction."""
        return checksum(self._rpc.call("eth_getTransactionByHash", "0x" + transaction.hex())["from"])

    def contract_accepts(self, wallet: str, digest: bytes, signature: bytes) -> bool:
        """ERC-1271, as the wallet answers at the block."""
        data = ERC1271_MAGIC + encode(["bytes32", "bytes"], [digest, signature])
        try:
            request = {"to": wallet, "data": "0x" + data.hex()}
            answer = from_hex(self._rpc.call("eth_call", request, {"blockHash": self._block}))
        except RpcError:
            return False
        return answer[:4] == ERC1271_MAGIC and len(answer) == 32


class ChainCheck:
    """Compares at one block, named by its hash so that a reorganisation cannot slip in between."""

    def __init__(self, rpc: Rpc, deployment: Deployment, block_hash: str, witness: ChainWitness) -> None:
        self.witness = witness
        self._rpc = rpc
        self._deployment = deployment
        self._block = block_hash

    def compare(self, state: LedgerState, findings: Findings) -> int:
        """Note every getter that says something else than the events. Returns how many were asked."""
        asked: list[tuple[str, str, Call[Any], Any]] = [
            *self._treasury(state),
            *(self._policy(policy) for policy in state.policies.values()),
            *(self._insured_event(insured) for insured in state.insured_events.values()),
        ]
        for product in state.products.values():
            call = b.ParametricProduct.terms_hash()
            asked.append((f"product {product.address} terms hash", product.address, call, product.terms_hash))
        answers = self._rpc.eth_calls([(to, call) for _, to, call, _ in asked], self._block)
        for (subject, _, _, expected), found in zip(asked, answers, strict=True):
            findings.expect(found == expected, "I7", subject, f"chain says {found}, events give {expected}")
        free = self._rpc.eth_call(state.treasury_address, b.Treasury.free_capital(), self._block)
        findings.expect(free == state.treasury.free_capital, "I8", "treasury free capital", f"chain says {free}")
        return len(asked) + 1 + self._code(findings)

    def _treasury(self, state: LedgerState) -> list[tuple[str, str, Call[Any], Any]]:
        treasury, books = state.treasury_address, state.treasury
        token = self._deployment.contracts["TestStablecoin"]
        asked: list[tuple[str, str, Call[Any], Any]] = [
            ("treasury assets", token, b.TestStablecoin.balance_of(treasury), books.assets),
            ("treasury exposure", treasury, b.Treasury.total_exposure(), books.total_exposure),
            ("treasury held payouts", treasury, b.Treasury.total_held_payouts(), books.total_held),
            ("treasury required ratio", treasury, b.Treasury.required_ratio_bps(), books.required_ratio_bps),
        ]
        for product, exposure in books.exposure.items():
            asked.append((f"exposure of {product}", treasury, b.Treasury.exposure_of(product), exposure))
        for payee, amount in books.held.items():
            asked.append((f"held for {payee}", treasury, b.Treasury.held_payout_of(payee), amount))
        return asked

    @staticmethod
    def _policy(policy: PolicyState) -> tuple[str, str, Call[Any], Any]:
        quote = policy.quote
        expected = b.Policy(policy.holder, quote.sum_insured, quote.premium)
        return (
            f"policy 0x{policy.policy_id:064x}",
            policy.product,
            b.ParametricProduct.policy(policy.policy_id),
            expected,
        )

    @staticmethod
    def _insured_event(insured: InsuredEventState) -> tuple[str, str, Call[Any], Any]:
        expected = b.InsuredEvent(
            policies=insured.policies, settled=insured.settled, exposure=insured.exposure,
            occurs_at=insured.occurs_at, outcome=Outcome(insured.outcome), share_bps=insured.share_bps,
            value=insured.value,
        )  # fmt: skip
        call = b.ParametricProduct.insured_event(insured.event_id)
        return f"event {insured.insured_event}", insured.product, call, expected

    def _code(self, findings: Findings) -> int:
        for name, address in self._deployment.contracts.items():
            built = from_hex(load_artefact(name)["deployed_bytecode"])
            found = from_hex(self._rpc.call("eth_getCode", address, {"blockHash": self._block}))
            # Immutables stand as zeros in what was built.
            same = len(built) == len(found) and all(x in (0, y) for x, y in zip(built, found, strict=True))
            findings.expect(same, "I15", f"contract {name} {address}", "its code is not the code in this repository")
        for product in self._deployment.products:
            found = self._rpc.call("eth_getCode", product.address, {"blockHash": self._block})
            implementation = self._deployment.contracts.get("ParametricProduct", ZERO_ADDRESS)[2:].lower()
            detail = "it is not a clone of the product implementation"
            findings.expect(implementation in found.lower()[:100], "I15", f"product {product.address}", detail)
        return len(self._deployment.contracts) + len(self._deployment.products)
