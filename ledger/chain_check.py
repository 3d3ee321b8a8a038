"""Hold the state rebuilt from events against the contracts' own getters, all at one block."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from faster_eth_abi.abi import encode

from domain.hashing import ZERO_ADDRESS
from domain.policy import Outcome
from domain.terms import ParametricTerms
from ledger import bindings as b
from ledger.codec import Call, checksum, load_artefact, selector
from ledger.deployment import Deployment, code_name
from ledger.findings import Findings
from ledger.replay import InsuredEventState, LedgerState, PolicyState
from ledger.rpc import Rpc, RpcError, from_hex

EMPTY_IMMUTABLE = b"\x7f" + bytes(32)
Question = tuple[str, str, Call[Any], Any]
"""Subject, contract, getter, and what it should say."""

NO_CLONES: Mapping[str, bytes] = {}
ERC1271_MAGIC = selector("isValidSignature(bytes32,bytes)")


class ChainWitness:
    """Asks a chain what events do not tell; see `ledger.signature_check.Witness`."""

    def __init__(self, rpc: Rpc, block_hash: str) -> None:
        self._rpc = rpc
        self._block = block_hash

    def called_by(self, transaction: bytes, account: str, product: str) -> bool | None:
        """Whether an account sent a transaction, or as a contract called the product in it.

        None where a contract may have called and the node keeps no traces.
        """
        name = "0x" + transaction.hex()
        found = self._rpc.call("eth_getTransactionByHash", name)
        if found is not None and checksum(found["from"]) == account:
            return True
        if self._rpc.call("eth_getCode", account, {"blockHash": self._block}) == "0x":
            return False
        try:
            trace = self._rpc.call("debug_traceTransaction", name, {"tracer": "callTracer"})
        except RpcError:
            return None
        return any(caller == account and called == product for caller, called in _calls(trace))

    def contract_accepts(self, wallet: str, digest: bytes, signature: bytes) -> bool:
        """ERC-1271, as the wallet answers at the block."""
        data = ERC1271_MAGIC + encode(["bytes32", "bytes"], [digest, signature])
        try:
            request = {"to": wallet, "data": "0x" + data.hex()}
            answer = from_hex(self._rpc.call("eth_call", request, {"blockHash": self._block}))
        except RpcError:
            return False
        return answer[:4] == ERC1271_MAGIC and len(answer) == 32

    def block_hash(self, number: int) -> bytes | None:
        """Hash of a block; None where the node has forgotten it."""
        try:
            return from_hex(self._rpc.block(number)["hash"])
        except RpcError:
            return None


class ChainCheck:
    """Compares at one block, named by its hash so that a reorganisation cannot slip in between."""

    def __init__(self, rpc: Rpc, deployment: Deployment, block_hash: str, witness: ChainWitness) -> None:
        self.witness = witness
        self._rpc = rpc
        self._deployment = deployment
        self._block = block_hash

    @property
    def contracts(self) -> dict[str, str]:
        """Name → address of the deployment's contracts, those included that others made."""
        return self._deployment.contracts | self._deployment.made_contracts()

    def block_time(self) -> int:
        """Time of the block, unix seconds."""
        return int(self._rpc.call("eth_getBlockByHash", self._block, False)["timestamp"], 16)

    def compare(
        self, state: LedgerState, findings: Findings, more: Iterable[Question] = (),
        clones: Mapping[str, bytes] = NO_CLONES,
    ) -> int:  # fmt: skip
        """Note every getter that says something else than the events. Returns how many were asked.

        Args:
            more: What else to ask.
            clones: Indemnity product → the arguments in its code.
        """
        asked = [
            *more,
            *self._treasury(state),
            *self._house(state),
            *(self._policy(policy) for policy in state.policies.values()),
            *(self._insured_event(insured) for insured in state.insured_events.values()),
        ]
        answers = self._rpc.eth_calls([(to, call) for _, to, call, _ in asked], self._block)
        for (subject, _, _, expected), found in zip(asked, answers, strict=True):
            findings.expect(found == expected, "I7", subject, f"chain says {found}, events give {expected}")
        return len(asked) + self._code(state, findings) + self._indemnity_code(clones, findings)

    def _treasury(self, state: LedgerState) -> list[Question]:
        treasury, books = state.treasury_address, state.treasury
        contracts = self._deployment.contracts
        asked: list[Question] = [
            ("treasury asset", treasury, b.Treasury.asset(), contracts["TestStablecoin"]),
            ("treasury authority", treasury, b.Treasury.authority(), contracts["AccessManager"]),
            ("treasury assets", contracts["TestStablecoin"], b.TestStablecoin.balance_of(treasury), books.assets),
            ("treasury exposure", treasury, b.Treasury.total_exposure(), books.total_exposure),
            ("treasury held payouts", treasury, b.Treasury.total_held_payouts(), books.total_held),
            ("treasury required ratio", treasury, b.Treasury.required_ratio_bps(), books.required_ratio_bps),
            ("treasury booked assets", treasury, b.Treasury.booked_assets(), books.booked),
            ("treasury reserves", treasury, b.Treasury.total_reserves(), books.total_reserves),
            ("treasury unearned premium", treasury, b.Treasury.total_unearned_premium(), books.total_unearned),
            ("treasury free capital", treasury, b.Treasury.free_capital(), books.free_capital(self.block_time())),
        ]
        for product, exposure in books.exposure.items():
            asked.append((f"exposure of {product}", treasury, b.Treasury.exposure_of(product), exposure))
        for product, reserves in books.reserves.items():
            asked.append((f"reserves of {product}", treasury, b.Treasury.reserves_of(product), reserves))
        for product, unearned in books.unearned.items():
            asked.append((f"unearned of {product}", treasury, b.Treasury.unearned_premium_of(product), unearned))
        for payee, amount in books.held.items():
            asked.append((f"held for {payee}", treasury, b.Treasury.held_payout_of(payee), amount))
        return asked

    def _house(self, state: LedgerState) -> list[Question]:
        contracts = self._deployment.contracts
        quorum, factory = contracts["OracleQuorum"], contracts["ProductFactory"]
        asked: list[Question] = [
            ("quorum epoch", quorum, b.OracleQuorum.current_epoch(), len(state.signer_sets)),
        ]
        if "ParametricProduct" in contracts:
            code = contracts["ParametricProduct"]
            asked.append(("product code", factory, b.ProductFactory.parametric_implementation(), code))
        asked += self._registry(state)
        for signers in state.signer_sets.values():
            expected = (tuple(sorted(signers.signers, key=str.lower)), signers.threshold, signers.retires_at)
            call = b.OracleQuorum.signer_set(signers.epoch)
            asked.append((f"signer set {signers.epoch}", quorum, call, expected))
        for product in state.products.values():
            name, to = f"product {product.address}", product.address
            asked.append((f"{name} terms", to, b.ParametricProduct.terms(), product.terms))
            asked.append((f"{name} terms hash", to, b.ParametricProduct.terms_hash(), product.terms.hash()))
            asked.append((f"{name} sale", to, b.ParametricProduct.sales_suspended(), product.sales_suspended))
        return asked

    def _registry(self, state: LedgerState) -> Iterator[Question]:
        """The network knows the treasury and made the factory; records from before there was one name none."""
        contracts = self._deployment.contracts
        registry = contracts.get("InsurerRegistry")
        if registry is None:
            return
        factory = contracts["ProductFactory"]
        yield "treasury is known", registry, b.InsurerRegistry.is_treasury(state.treasury_address), True
        yield "factory of the network", registry, b.InsurerRegistry.factory(), factory
        yield "network of the factory", factory, b.ProductFactory.registry(), registry

    @staticmethod
    def _policy(policy: PolicyState) -> Question:
        quote = policy.quote
        expected = b.Policy(policy.holder, quote.sum_insured, quote.premium)
        return (
            f"policy 0x{policy.policy_id:064x}",
            policy.product,
            b.ParametricProduct.policy(policy.policy_id),
            expected,
        )

    @staticmethod
    def _insured_event(insured: InsuredEventState) -> Question:
        expected = b.InsuredEvent(
            policies=insured.policies, settled=insured.settled, exposure=insured.exposure,
            occurs_at=insured.occurs_at, outcome=Outcome(insured.outcome), share_bps=insured.share_bps,
            value=insured.value,
        )  # fmt: skip
        call = b.ParametricProduct.insured_event(insured.event_id)
        return f"event {insured.insured_event}", insured.product, call, expected

    def _code(self, state: LedgerState, findings: Findings) -> int:
        for name, address in self.contracts.items():
            built = from_hex(load_artefact(code_name(name))["deployed_bytecode"])
            same = _is_built_from(self._code_at(address), built)
            findings.expect(same, "I15", f"contract {name} {address}", "its code is not the code in this repository")
        implementation = self._deployment.contracts.get("ParametricProduct", ZERO_ADDRESS)
        for product in state.products.values():
            expected = _clone_code(implementation, product.terms)
            detail = "its code is not that of a product with these terms"
            same = self._code_at(product.address) == expected
            findings.expect(same, "I15", f"product {product.address}", detail)
        return len(self.contracts) + len(state.products)

    def _indemnity_code(self, clones: Mapping[str, bytes], findings: Findings) -> int:
        implementation = self._deployment.contracts.get("IndemnityProduct", ZERO_ADDRESS)
        for product, arguments in clones.items():
            detail = "its code is not that of a product with these terms"
            same = self._code_at(product) == _proxy(implementation) + arguments
            findings.expect(same, "I15", f"product {product}", detail)
        return len(clones)

    def _code_at(self, address: str) -> bytes:
        return from_hex(self._rpc.call("eth_getCode", address, {"blockHash": self._block}))


def _is_built_from(found: bytes, built: bytes) -> bool:
    """Whether code is what was built. Immutables stand as `PUSH32 0` in what was built and hold anything."""
    if len(found) != len(built):
        return False
    place = built.find(EMPTY_IMMUTABLE)
    while place >= 0:
        start, end = place + 1, place + len(EMPTY_IMMUTABLE)
        found = found[:start] + bytes(32) + found[end:]
        place = built.find(EMPTY_IMMUTABLE, end)
    return found == built


def _clone_code(implementation: str, terms: ParametricTerms) -> bytes:
    """Code of a parametric product: a proxy that carries the terms behind it."""
    return _proxy(implementation) + b.ProductFactory.create_parametric_product(terms).data[4:]


def _proxy(implementation: str) -> bytes:
    """Code of a minimal proxy (ERC-1167)."""
    return bytes.fromhex("363d3d373d3d3d363d73" + implementation[2:] + "5af43d82803e903d91602b57fd5bf3")


def _calls(trace: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Caller and called of every call in a trace."""
    if trace.get("from") and trace.get("to"):
        yield checksum(trace["from"]), checksum(trace["to"])
    for inner in trace.get("calls", ()):
        yield from _calls(inner)
