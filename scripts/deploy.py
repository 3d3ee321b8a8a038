"""Deploy one insurer's house: access manager, quorum, treasury, factory, and its products.

Every step goes through the sender with a key of its own, so a deployment that is interrupted goes on where it
stopped when it is run again with the same journal.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from domain.terms import ProductFile
from ledger.atomic_file import write_atomically
from ledger.bindings import AccessManager, ProductCreated, ProductFactory, TestStablecoin, Treasury
from ledger.codec import encode_constructor, selector
from ledger.deployment import DeployedProduct, Deployment
from ledger.events import LogDecoder
from ledger.rpc import Rpc
from ledger.sender import Sender

PRODUCT_MANAGER, UNDERWRITER, TREASURER, GUARDIAN, FACTORY, ORACLE_GOVERNOR = range(1, 7)


class DeploymentFailed(RuntimeError):
    """A step of the deployment reverted."""


@dataclass(frozen=True, slots=True)
class Parties:
    """Who does what. The account that deploys is administrator, product manager, treasurer and oracle governor.

    Args:
        underwriter: Signs quotes.
        guardian: May suspend sales.
        signers: Oracle nodes, in any order.
        faults: How many of them may fail.
    """

    underwriter: str
    guardian: str
    signers: Sequence[str]
    faults: int = 1


class Deployer:
    """Runs the steps for one account."""

    def __init__(self, rpc: Rpc, sender: Sender) -> None:
        self._rpc = rpc
        self._sender = sender

    def run(self, step: str, to: str | None, data: bytes) -> str | None:
        """One transaction; returns the address of the contract it created, if it did.

        Raises:
            DeploymentFailed
        """
        receipt = self._sender.send(f"deploy/{step}", to, data)
        if not receipt.succeeded:
            raise DeploymentFailed(f"deployment step {step} reverted in transaction 0x{receipt.hash.hex()}")
        return receipt.contract

    def create(self, contract: str, *arguments: object) -> str:
        """Deploy a contract and return its address."""
        address = self.run(contract, None, encode_constructor(contract, *arguments))
        if address is None:
            raise DeploymentFailed(f"{contract} was not created")
        return address

    def house(self, parties: Parties) -> Deployment:
        """Everything but the products."""
        me = self._sender.address
        signers = sorted(parties.signers, key=lambda address: int(address, 16))
        contracts = {
            "TestStablecoin": self.create("TestStablecoin", me),
            "AccessManager": self.create("AccessManager", me),
        }
        authority = contracts["AccessManager"]
        contracts["OracleQuorum"] = self.create("OracleQuorum", authority, signers, parties.faults)
        contracts["Treasury"] = self.create(
            "Treasury", contracts["TestStablecoin"], authority, "Quittance Capital", "QCAP"
        )
        contracts["ParametricProduct"] = self.create("ParametricProduct")
        contracts["ProductFactory"] = self.create("ProductFactory", contracts["ParametricProduct"])
        self._roles(contracts, parties)
        block = self._rpc.block(self._first_block())
        return Deployment(
            chain_id=self._rpc.chain_id(), block_number=int(block["number"], 16), block_hash=block["hash"],
            rpc_url=self._rpc.url, contracts=contracts,
        )  # fmt: skip

    def _first_block(self) -> int:
        """Block before the first contract's, also when the deployment is only gone on with."""
        data = encode_constructor("TestStablecoin", self._sender.address)
        return self._sender.send("deploy/TestStablecoin", None, data).block_number - 1

    def _roles(self, contracts: dict[str, str], parties: Parties) -> None:
        manager, treasury, me = contracts["AccessManager"], contracts["Treasury"], self._sender.address
        functions = [
            ("registerProduct", treasury, [selector("registerProduct(address)")], FACTORY),
            ("capital", treasury, [selector("deposit(uint256,address)"), selector("mint(uint256,address)")], TREASURER),
            ("rotate", contracts["OracleQuorum"], [selector("rotateSigners(address[],uint8,uint40)")], ORACLE_GOVERNOR),
        ]
        for name, target, selectors, role in functions:
            self.run(f"function/{name}", manager, AccessManager.set_target_function_role(target, selectors, role).data)
        holders = [
            (PRODUCT_MANAGER, me), (TREASURER, me), (ORACLE_GOVERNOR, me), (FACTORY, contracts["ProductFactory"]),
            (UNDERWRITER, parties.underwriter), (GUARDIAN, parties.guardian),
        ]  # fmt: skip
        for role, account in holders:
            self.run(f"role/{role}/{account}", manager, AccessManager.grant_role(role, account, 0).data)

    def product(self, deployment: Deployment, file: ProductFile, folder: Path) -> Deployment:
        """Deploy a product, keep its document under `folder`, and let the guardian suspend its sale."""
        contracts = deployment.contracts
        terms = file.terms(treasury=contracts["Treasury"], quorum=contracts["OracleQuorum"])
        terms_hash = "0x" + terms.hash().hex()
        key = f"deploy/product/{terms_hash}"
        receipt = self._sender.send(
            key, contracts["ProductFactory"], ProductFactory.create_parametric_product(terms).data
        )
        if not receipt.succeeded:
            raise DeploymentFailed(f"the factory refused product {file.product_id}")
        address = self._created(deployment, receipt.hash)
        call = AccessManager.set_target_function_role(address, [selector("suspendSales(bool)")], GUARDIAN)
        self.run(f"suspend/{address}", contracts["AccessManager"], call.data)
        document = f"documents/{terms_hash}.json"
        write_atomically(folder / document, json.dumps(file.document(terms), indent=1, ensure_ascii=False) + "\n")
        return deployment.with_product(DeployedProduct(address, terms_hash, file.product_id, document))

    def capital(self, deployment: Deployment, amount: int) -> None:
        """Issue test tokens to the treasurer and deposit them as capital; `amount` in token units."""
        token, treasury, me = (
            deployment.contracts["TestStablecoin"],
            deployment.contracts["Treasury"],
            self._sender.address,
        )
        self.run("capital/mint", token, TestStablecoin.mint(me, amount).data)
        self.run("capital/approve", token, TestStablecoin.approve(treasury, amount).data)
        self.run("capital/deposit", treasury, Treasury.deposit(amount, me).data)

    def _created(self, deployment: Deployment, transaction: bytes) -> str:
        decoder = LogDecoder(deployment.contract_kinds())
        receipt = self._rpc.call("eth_getTransactionReceipt", "0x" + transaction.hex())
        events = [decoder.decode(log) for log in receipt["logs"]]
        created = next(event for event in events if isinstance(event, ProductCreated))
        return created.product
