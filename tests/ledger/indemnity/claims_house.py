"""A network with one insurer and its household product on a development chain; everybody's keys are at hand."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from copy import copy
from dataclasses import replace
from typing import Any

from eth_account.signers.local import LocalAccount

from domain.hashing import keccak256
from domain.institutions import InstitutionTerms
from domain.money import TokenUnits
from ledger.bindings import (
    AccessManager,
    AdjusterAuthority,
    Disbursement,
    DisputePanel,
    IndemnityProductCreated,
    ProductFactory,
    TestStablecoin,
)
from ledger.codec import Call, ChainEvent
from ledger.deployment import Deployment
from ledger.events import LogDecoder, fetch_events
from ledger.journal import SqliteJournal
from ledger.rpc import Rpc
from ledger.sender import Sender
from ledger.typed_data import sign_digest, sort_signatures
from scripts.anvil import chain_time, give_gas_money, move_clock
from scripts.deploy import Deployer, Parties
from scripts.rehearsal import account, node_accounts
from tests.scenarios.household import TUSD, household_terms
from tests.scenarios.twin import ADJUSTERS, CAPITAL, COMMITTEE, HOLDERS, NODES, PER_DAY, PER_DECISION, PURSE, Place

GENESIS = 1_378_864_800  # 2013-09-11 02:00 UTC
DAY = 86_400
ADMINISTRATOR_ROLE, COMMITTEE_ROLE, ADJUSTER_ROLE = 0, 7, 8
ADVOCATES = tuple(f"advocate {n}" for n in range(2))
ARBITRATORS = tuple(f"arbitrator {n}" for n in range(4))
OTHERS = ("administrator", "underwriter", "guardian", "relayer", "bank", "vault", "bank 2", "vault 2")
RECEIPT_SECONDS = 2 * DAY
GAS = hex(12_000_000)
WAITS = 500


class Reverted(AssertionError):
    """A transaction that had to go through did not."""


class ClaimsHouse:
    """Deploys everything and sends for anybody."""

    def __init__(self, rpc: Rpc) -> None:
        self.rpc = rpc
        rpc.call("anvil_autoImpersonateAccount", True)
        self.nodes = node_accounts("node")
        names = (*HOLDERS, *ADJUSTERS, *COMMITTEE, *NODES, *ADVOCATES, *ARBITRATORS, *OTHERS)
        self.people = {name: account(name) for name in names}
        for person in self.people.values():
            give_gas_money(rpc, person.address, 1_000_000)
        self.deployment = self._deploy()
        self._appoint()
        self.product = self._product()
        self._equip()

    def address_of(self, name: str) -> str:
        """Address of a person."""
        return account(name).address

    @property
    def contracts(self) -> dict[str, str]:
        """Name → address."""
        return self.deployment.contracts

    @property
    def place(self) -> Place:
        """Where the stories are played."""
        c = self.contracts
        return Place(
            self.deployment.chain_id, treasury=c["Treasury"], product=self.product, desk=c["ClaimsDesk"],
            panel=c["DisputePanel"], quorum=c["OracleQuorum"], disbursement=c["Disbursement"],
            token=c["TestStablecoin"], address_of=self.address_of,
        )  # fmt: skip

    def send(self, who: str, to: str, call: Call[Any], *, at: int | None = None) -> str:
        """One transaction, in a block of its own; `at` is the block's time. Returns its hash.

        Raises:
            Reverted
        """
        if at is not None:
            self.rpc.call("evm_setNextBlockTimestamp", at)
        transaction = {"from": self.address_of(who), "to": to, "data": "0x" + call.data.hex(), "gas": GAS}
        sent: str = self.rpc.call("eth_sendTransaction", transaction)
        receipt = self._receipt(sent)
        if int(receipt["status"], 16) != 1:
            raise Reverted(f"{who} at {at}: {self.rpc.call('debug_traceTransaction', sent, {'tracer': 'callTracer'})}")
        return sent

    def send_signed(self, who: str, to: str, call: Call[Any], *, at: int | None = None) -> None:
        """The same with a signature of the sender's own, as a chain that impersonates nobody wants it."""
        if at is not None:
            self.rpc.call("evm_setNextBlockTimestamp", at)
        sender = Sender(self.rpc, account(who), SqliteJournal(":memory:"), chain_id=self.deployment.chain_id)
        if not sender.send("in person", to, call.data).succeeded:
            raise Reverted(f"{who} at {at}")

    def _receipt(self, sent: str) -> dict[str, Any]:
        """The chain mines by itself, and may take a moment to say so."""
        for _ in range(WAITS):
            receipt: dict[str, Any] | None = self.rpc.call("eth_getTransactionReceipt", sent)
            if receipt is not None:
                return receipt
            time.sleep(0.01)
        raise Reverted(f"{sent} was not mined")

    def sign(self, who: str, digest: bytes) -> bytes:
        """A person's signature."""
        return sign_digest(bytes(account(who).key), digest)

    def sign_as(self, address: str, digest: bytes) -> bytes:
        """The signature of whoever has this address."""
        found = next(person for person in self.people.values() if person.address == address)
        return sign_digest(bytes(found.key), digest)

    def sign_quorum(self, digest: bytes, nodes: Sequence[LocalAccount] = ()) -> list[bytes]:
        """Signatures of three nodes, in the order the quorum wants."""
        return sort_signatures(digest, [sign_digest(bytes(node.key), digest) for node in nodes or self.nodes[:3]])

    def events(self) -> list[ChainEvent]:
        """All events so far."""
        return fetch_events(self.rpc, self.deployment, self.deployment.block_number, self.rpc.block_number())

    @contextmanager
    def undone(self) -> Iterator[None]:
        """Whatever happens inside has not happened afterwards."""
        snapshot = self.rpc.call("evm_snapshot")
        try:
            yield
        finally:
            self.rpc.call("evm_revert", snapshot)

    def beside(self) -> ClaimsHouse:
        """Another insurer on the same network, with the same people."""
        other = copy(self)
        deployer = self.deployer()
        contracts = self.contracts | deployer.insurer(self.contracts, self._parties(), "Other Capital", "OCAP")
        other.deployment = replace(self.deployment, contracts=contracts)
        deployer.capital(other.deployment, CAPITAL)
        other._appoint()
        other.product = other._product()
        for name in HOLDERS:
            token, treasury = contracts["TestStablecoin"], contracts["Treasury"]
            self.send(name, token, TestStablecoin.approve(treasury, PURSE))
        return other

    def deployer(self) -> Deployer:
        """Deploys for the administrator."""
        administrator = self.people["administrator"]
        sender = Sender(self.rpc, administrator, SqliteJournal(":memory:"), chain_id=self.rpc.chain_id())
        return Deployer(self.rpc, sender)

    def _parties(self) -> Parties:
        signers = [node.address for node in self.nodes]
        return Parties(self.address_of("underwriter"), self.address_of("guardian"), signers)

    def _deploy(self) -> Deployment:
        deployer = self.deployer()
        house = deployer.house(self._parties())
        deployer.capital(house, CAPITAL)
        return house

    def _appoint(self) -> None:
        """The administrator gives its role to somebody who need not wait, and to everybody else what they need."""
        manager = self.contracts["AccessManager"]
        grant = AccessManager.grant_role(ADMINISTRATOR_ROLE, self.address_of("relayer"), 0)
        self.send("administrator", manager, AccessManager.schedule(manager, grant.data, 0))
        move_clock(self.rpc, chain_time(self.rpc) + DAY + 60)
        self.send("administrator", manager, AccessManager.execute(manager, grant.data))
        staff = [(ADJUSTER_ROLE, name) for name in (*ADJUSTERS, *NODES)]
        for role, name in (*staff, *((COMMITTEE_ROLE, name) for name in COMMITTEE)):
            self.send("relayer", manager, AccessManager.grant_role(role, self.address_of(name), 0))
        authority, treasury = self.deployment.made_contracts()["AdjusterAuthority"], self.contracts["Treasury"]
        for name in (*ADJUSTERS, *NODES):
            limit = AdjusterAuthority.set_adjuster_limit(treasury, self.address_of(name), PER_DECISION, PER_DAY)
            self.send("relayer", authority, limit)

    def _product(self) -> str:
        c = self.contracts
        terms = household_terms(
            treasury=c["Treasury"], quorum=c["OracleQuorum"], desk=c["ClaimsDesk"], disbursement=c["Disbursement"]
        )
        made = self.send("administrator", c["ProductFactory"], ProductFactory.create_indemnity_product(terms))
        decoder = LogDecoder(self.deployment.contract_kinds())
        logs = self.rpc.call("eth_getTransactionReceipt", made)["logs"]
        created = next(e for e in map(decoder.decode, logs) if isinstance(e, IndemnityProductCreated))
        return created.product

    def _equip(self) -> None:
        """Purses, allowances, institutions and a bench."""
        c, me = self.contracts, "administrator"
        token = c["TestStablecoin"]
        for name in (*HOLDERS, "vault", "vault 2"):
            self.send(me, token, TestStablecoin.mint(self.address_of(name), PURSE))
            for spender in ("Treasury", "DisputePanel", "Disbursement"):
                self.send(name, token, TestStablecoin.approve(c[spender], PURSE))
        for number, bank in ((1, "bank"), (2, "bank 2")):
            keys = self.address_of(bank), self.address_of(bank.replace("bank", "vault"))
            terms = InstitutionTerms(*keys, TokenUnits(5_000 * TUSD), TokenUnits(20_000 * TUSD), RECEIPT_SECONDS)
            self.send(me, c["Disbursement"], Disbursement.register_institution(terms))
            self.send(me, c["Disbursement"], Disbursement.accept_token(number, token, True))
        for name in (*ADVOCATES, *ARBITRATORS):
            call = DisputePanel.admit_arbitrator(self.address_of(name), name in ADVOCATES)
            self.send(me, c["DisputePanel"], call)


def reference(text: str) -> bytes:
    """A salted hash of a payment's reference."""
    return keccak256(text.encode())
