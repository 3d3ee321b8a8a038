"""Deploy a network and its first insurer: the platform's contracts, then one registration, and its products.

Every step goes through the sender with a key of its own, so a deployment that is interrupted goes on where it
stopped when it is run again with the same journal.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from domain.terms import IndemnityFile, ProductFile
from ledger.atomic_file import write_atomically
from ledger.bindings import (
    AccessManager,
    DisputePanel,
    IncidentRegistry,
    IndemnityProductCreated,
    InsurerRegistered,
    InsurerRegistry,
    ProductCreated,
    Registration,
    RoleHolder,
    TestStablecoin,
    Treasury,
    TreasuryAdded,
)
from ledger.codec import ChainEvent, encode_constructor, selector
from ledger.deployment import DeployedProduct, Deployment
from ledger.events import LogDecoder
from ledger.journal import Receipt
from ledger.product_creation import creation_of
from ledger.rpc import Rpc
from ledger.sender import Sender

PRODUCT_MANAGER, UNDERWRITER, TREASURER, GUARDIAN, FACTORY, ORACLE_GOVERNOR = range(1, 7)
DESK, REGISTRAR, LOG_WRITER = 10, 11, 12
DAY = 24 * 3_600
ADMIN_DELAY_SECONDS = DAY
PANEL_WINDOWS = (5 * DAY, 3 * DAY, 7 * DAY)  # to commit, to reveal, to draw; seconds
DEPOSIT_CAP_BPS = 1_000  # of the disputed difference
PLATFORM_FUNCTIONS = (
    ("InsurerRegistry", REGISTRAR, ("admitFounder(address,bool)", "admitService(uint8,address,bool)")),
    ("OracleQuorum", ORACLE_GOVERNOR, ("rotateSigners(address[],uint8,uint40)",)),
    ("Disbursement", REGISTRAR, (
        "registerInstitution((address,address,uint64,uint64,uint32))", "rotateKeys(uint32,address,address)",
        "changeLimits(uint32,uint64,uint64,uint32)", "acceptToken(uint32,address,bool)", "suspendInstitution(uint32)",
        "resumeInstitution(uint32)",
    )),
    ("Disbursement", DESK, ("openPayout((uint256,address,uint32,address,uint64))",)),
    ("DisputePanel", REGISTRAR, ("admitArbitrator(address,bool)", "removeArbitrator(address)", "enrolCourt(address)")),
    ("DisputePanel", DESK, ("openDispute((uint256,address,address,uint64,uint64,address,bytes32))",)),
    ("IncidentRegistry", REGISTRAR, ("admitDesk(address,bool)",)),
    ("TransparencyAnchor", LOG_WRITER, ("anchor(bytes32,uint64,bytes32)",)),
)  # fmt: skip
"""Contract, role, functions: which role of the platform may call what."""
Event = TypeVar("Event", bound=ChainEvent)


class DeploymentFailed(RuntimeError):
    """A step of the deployment reverted."""


@dataclass(frozen=True, slots=True)
class Parties:
    """Who does what. The account that deploys governs the platform, and is the insurer's administrator (with a delay),
    product manager and treasurer.

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
        return self._send(step, to, data).contract

    def _send(self, step: str, to: str | None, data: bytes) -> Receipt:
        receipt = self._sender.send(f"deploy/{step}", to, data)
        if not receipt.succeeded:
            raise DeploymentFailed(f"deployment step {step} reverted in transaction 0x{receipt.hash.hex()}")
        return receipt

    def create(self, contract: str, *arguments: object) -> str:
        """Deploy a contract and return its address."""
        address = self.run(contract, None, encode_constructor(contract, *arguments))
        if address is None:
            raise DeploymentFailed(f"{contract} was not created")
        return address

    def house(self, parties: Parties) -> Deployment:
        """Everything but the products."""
        contracts = self._platform(parties)
        contracts |= self.insurer(contracts, parties, "Quittance Capital", "QCAP")
        block = self._rpc.block(self._first_block())
        return Deployment(
            chain_id=self._rpc.chain_id(), block_number=int(block["number"], 16), block_hash=block["hash"],
            rpc_url=self._rpc.url, contracts=contracts,
        )  # fmt: skip

    def insurer(self, contracts: dict[str, str], parties: Parties, name: str, symbol: str) -> dict[str, str]:
        """Admit and register an insurer, once for each name. Returns its AccessManager and Treasury."""
        registry, me = contracts["InsurerRegistry"], self._sender.address
        roles = [
            (PRODUCT_MANAGER, me), (TREASURER, me), (UNDERWRITER, parties.underwriter), (GUARDIAN, parties.guardian)
        ]  # fmt: skip
        registration = Registration(
            name=name, symbol=symbol, asset=contracts["TestStablecoin"], administrator=me,
            admin_delay_seconds=ADMIN_DELAY_SECONDS, holders=tuple(RoleHolder(role, who, 0) for role, who in roles),
        )  # fmt: skip
        self.run(f"founder/{name}", registry, InsurerRegistry.admit_founder(me, True).data)
        call = InsurerRegistry.register_insurer(registration)
        receipt = self._send(f"insurer/{name}", registry, call.data)
        kinds = {registry: "InsurerRegistry"}
        registered = self._emitted(receipt, kinds, InsurerRegistered)
        return {
            "AccessManager": registered.manager,
            "Treasury": self._emitted(receipt, kinds, TreasuryAdded).treasury,
        }

    def _platform(self, parties: Parties) -> dict[str, str]:
        """What all insurers share, with its services admitted. Its AccessManager is kept as `PlatformManager`."""
        me = self._sender.address
        signers = sorted(parties.signers, key=lambda address: int(address, 16))
        token, manager = self.create("TestStablecoin", me), self.create("AccessManager", me)
        quorum = self.create("OracleQuorum", manager, signers, parties.faults)
        contracts = {"TestStablecoin": token, "PlatformManager": manager, "OracleQuorum": quorum}
        contracts |= {part: self.create(part) for part in ("AccessManagerMaker", "TreasuryMaker", "ParametricProduct")}
        contracts["PolicyRules"] = self.create("PolicyRules")
        contracts["IndemnityProduct"] = self.create("IndemnityProduct", contracts["PolicyRules"])
        parts = ("AccessManagerMaker", "TreasuryMaker", "ParametricProduct", "IndemnityProduct")
        registry = self.create("InsurerRegistry", manager, *(contracts[part] for part in parts))
        contracts["InsurerRegistry"] = registry
        contracts["ProductFactory"] = self._rpc.eth_call(registry, InsurerRegistry.factory())
        contracts |= self._claims(manager, contracts["ProductFactory"])
        self._govern(contracts)
        return contracts

    def _claims(self, manager: str, factory: str) -> dict[str, str]:
        """Desk, panel and registers, for the claims of all insurers."""
        contracts = {
            name: self.create(name, manager) for name in ("IncidentRegistry", "Disbursement", "TransparencyAnchor")
        }
        contracts["DisputePanel"] = self.create("DisputePanel", manager, *PANEL_WINDOWS, DEPOSIT_CAP_BPS)
        desk = self.create("ClaimsDesk", factory, contracts["IncidentRegistry"], contracts["DisputePanel"])
        return contracts | {"ClaimsDesk": desk, "ClaimsLens": self.create("ClaimsLens")}

    def _govern(self, contracts: dict[str, str]) -> None:
        """Assign the platform's functions, give its roles to this account (the desk's to the desk), admit services."""
        me, manager, registry = self._sender.address, contracts["PlatformManager"], contracts["InsurerRegistry"]
        for contract, role, functions in PLATFORM_FUNCTIONS:
            call = AccessManager.set_target_function_role(contracts[contract], list(map(selector, functions)), role)
            self.run(f"function/{contract}/{role}", manager, call.data)
        for role, holder in ((REGISTRAR, me), (ORACLE_GOVERNOR, me), (LOG_WRITER, me), (DESK, contracts["ClaimsDesk"])):
            self.run(f"role/{role}", manager, AccessManager.grant_role(role, holder, 0).data)
        for kind, service in enumerate(("TestStablecoin", "OracleQuorum", "ClaimsDesk", "Disbursement")):
            call = InsurerRegistry.admit_service(kind, contracts[service], True)
            self.run(f"service/{service}", registry, call.data)
        self.run("court", contracts["DisputePanel"], DisputePanel.enrol_court(contracts["ClaimsDesk"]).data)
        call = IncidentRegistry.admit_desk(contracts["ClaimsDesk"], True)
        self.run("desk", contracts["IncidentRegistry"], call.data)

    def _first_block(self) -> int:
        """Block before the first contract's, also when the deployment is only gone on with."""
        data = encode_constructor("TestStablecoin", self._sender.address)
        return self._sender.send("deploy/TestStablecoin", None, data).block_number - 1

    def product(self, deployment: Deployment, file: ProductFile | IndemnityFile, folder: Path) -> Deployment:
        """Deploy a product of either kind and keep its document under `folder`.

        Raises:
            DeploymentFailed
        """
        contracts = deployment.contracts
        made = creation_of(file, contracts)
        terms_hash = f"0x{made.terms_hash.hex()}"
        receipt = self._sender.send(f"deploy/product/{terms_hash}", contracts["ProductFactory"], made.call.data)
        if not receipt.succeeded:
            raise DeploymentFailed(f"the factory refused product {file.product_id}")
        created = (ProductCreated, IndemnityProductCreated)
        found = (event for event in self._events(receipt, deployment.contract_kinds()) if isinstance(event, created))
        path = f"documents/{terms_hash}.json"
        write_atomically(folder / path, json.dumps(made.document, indent=1, ensure_ascii=False) + "\n")
        return deployment.with_product(
            DeployedProduct(next(found).product, terms_hash, file.product_id, path, made.kind)
        )

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

    def _emitted(self, receipt: Receipt, kinds: dict[str, str], event: type[Event]) -> Event:
        """The event of this kind in a transaction."""
        return next(found for found in self._events(receipt, kinds) if isinstance(found, event))

    def _events(self, receipt: Receipt, kinds: dict[str, str]) -> Iterator[ChainEvent | None]:
        """Events of a transaction; `kinds` says what contract stands at which address."""
        decoder = LogDecoder(kinds)
        logs = self._rpc.call("eth_getTransactionReceipt", "0x" + receipt.hash.hex())["logs"]
        return map(decoder.decode, logs)
