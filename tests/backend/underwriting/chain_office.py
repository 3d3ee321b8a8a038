"""An underwriting office whose product, money and policies stand on a real chain; four real nodes read that chain."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from backend.access.principal import Principal
from backend.chain.indexer import Indexer
from backend.chain.relayer import Relayer
from backend.database import Database
from backend.products.service import Documents
from backend.underwriting import acceptance
from backend.underwriting.assembly import Intents
from backend.underwriting.codec import decode
from backend.underwriting.models import CaseQuoteRow
from backend.underwriting.service import Application
from backend.underwriting.shelf import ChainShelf
from domain.indemnity_reports import IndemnityQuote
from domain.indemnity_terms import IndemnityTerms
from ledger.bindings import AccessManager, TestStablecoin
from ledger.codec import Call
from ledger.deployment import Deployment
from ledger.rpc import Rpc
from ledger.typed_data import sign_digest
from ledger.typed_indemnity import indemnity_acceptance_digest
from oracle.node.underwriting_chain import RpcUnderwritingChain
from oracle.risk.indicators import Line
from scripts.anvil import chain_time, give_gas_money, move_clock, running_anvil
from scripts.claims_rehearsal.insurer import CAPITAL, People
from scripts.deploy import ADMIN_DELAY_SECONDS, Deployer, Parties
from scripts.rehearsal import account
from tests.backend.conftest import index_all, pending
from tests.backend.underwriting.nodes import RealNodes
from tests.backend.underwriting.office import ADA, HOLDER, UnderwritingOffice, who
from tests.oracle.samples import KEYS, SIGNERS
from tests.oracle.underwriting_samples import (
    NOW,
    PretendedUnderwritingChain,
    client_of,
    in_yuan,
    make_underwriter,
    product_view,
)

DAY = 86_400
COMMITTEE_ROLE = 7  # contracts/types/Roles.sol
MEMBERS = ("committee general", "committee underwriting", "committee legal")
_days = itertools.count()


class ChainHouse:
    """Chain, contracts, product and nodes: made once, and put back after each test."""

    def __init__(self, rpc: Rpc, folder: Path) -> None:
        self.rpc, self.folder = rpc, folder
        self.people = People(rpc, rpc.chain_id())
        deployer = Deployer(rpc, self.people.sender("administrator"))
        house = deployer.house(Parties(account("underwriter").address, account("guardian").address, SIGNERS))
        deployer.capital(house, CAPITAL)
        file = in_yuan(folder)
        self.deployment: Deployment = deployer.product(house, file, folder)
        self.product = self.deployment.products[0].address
        c = self.deployment.contracts
        self.terms: IndemnityTerms = file.terms(
            treasury=c["Treasury"], quorum=c["OracleQuorum"], desk=c["ClaimsDesk"], disbursement=c["Disbursement"]
        )
        self._appoint()
        chain = RpcUnderwritingChain(rpc, self.deployment, folder, {self.product: Line.HEALTH})
        self.nodes = RealNodes([client_of(make_underwriter(n, chain, folder)) for n in range(len(KEYS))])

    def _appoint(self) -> None:
        """Three of the committee; the administrator has to wait for it."""
        manager = self.deployment.contracts["AccessManager"]
        calls = [AccessManager.grant_role(COMMITTEE_ROLE, account(name).address, 0) for name in MEMBERS]
        for call in calls:
            self.people.send("administrator", manager, AccessManager.schedule(manager, call.data, 0))
        move_clock(self.rpc, chain_time(self.rpc) + ADMIN_DELAY_SECONDS + 60)
        for call in calls:
            self.people.send("administrator", manager, AccessManager.execute(manager, call.data))

    def send(self, name: str, contract: str, call: Call[Any]) -> None:
        """One transaction to a contract of the deployment, or to an address."""
        self.people.send(name, self.deployment.contracts.get(contract, contract), call)

    @contextmanager
    def undone(self) -> Iterator[None]:
        """The chain is as before afterwards."""
        before = self.rpc.call("evm_snapshot")
        yield
        self.rpc.call("evm_revert", before)
        self.people = People(self.rpc, self.people.chain_id)


@contextmanager
def running_house(folder: Path) -> Iterator[ChainHouse]:
    """A house on a chain whose clock is a little behind the office's."""
    with running_anvil(timestamp=NOW - 3 * DAY) as rpc:
        house = ChainHouse(rpc, folder)
        move_clock(rpc, NOW)
        yield house


class ChainOffice(UnderwritingOffice):
    """The office of `office.py` with its own way to the chain."""

    def __init__(self, database: Database, house: ChainHouse) -> None:
        self.house = house
        super().__init__(database, house.folder, house.nodes, PretendedUnderwritingChain(product_view(house.folder)))
        shelf = ChainShelf(house.rpc, house.deployment, Documents(house.folder / "documents", database))
        self.desk = replace(
            self.desk, shelf=shelf, transactions=Intents(house.rpc), chain_id=house.rpc.chain_id(),
        )  # fmt: skip
        payer = account(f"relayer {next(_days)}")
        give_gas_money(house.rpc, payer.address)
        self.indexer = Indexer(database, house.rpc, house.deployment)
        self.relayer = Relayer(
            database, house.rpc, house.nodes, house.deployment, payer, report_valid_seconds=3_600
        )  # fmt: skip
        index_all(self.indexer)

    def application(self, number: int = 1, *, sources: tuple[str, ...] = (), **changes: Any) -> Application:
        return replace(super().application(number, sources=sources, **changes), product=self.house.product)

    def quoted(self, asked: Application | None = None) -> int:
        """A case the machine accepted and quoted."""
        case_id = self.apply(asked)
        self.work()
        return case_id

    def quote(self, case_id: int) -> IndemnityQuote:
        return decode(IndemnityQuote, self.current(case_id).quote)

    def current(self, case_id: int) -> CaseQuoteRow:
        with self.database.scoped(who(ADA)) as session:
            return acceptance.current(session, self.desk, case_id)

    def pay_in(self, amount: int, *, allowed: int | None = None) -> None:
        """Tokens for the holder, and the treasury's allowance."""
        self.house.send("administrator", "TestStablecoin", TestStablecoin.mint(HOLDER.address, amount))
        self.allow(amount if allowed is None else allowed)

    def allow(self, amount: int) -> None:
        treasury = self.house.deployment.contracts["Treasury"]
        self.house.send("policyholder", "TestStablecoin", TestStablecoin.approve(treasury, amount))

    def accept(self, case_id: int, by: Principal | None = None) -> CaseQuoteRow:
        digest = indemnity_acceptance_digest(
            self.quote(case_id), chain_id=self.desk.chain_id, product=self.house.product
        )
        principal = by or who(ADA)
        with self.database.scoped(principal) as session:
            return acceptance.accept(
                session, self.desk, principal, case_id, sign_digest(bytes(HOLDER.key), digest)
            )  # fmt: skip

    def bound(self, asked: Application | None = None) -> int:
        """A case whose quote became a policy."""
        case_id = self.quoted(asked)
        self.pay_in(self.quote(case_id).premium)
        self.accept(case_id)
        self.settle()
        return case_id

    def settle(self) -> None:
        """Carry everything to its end."""
        for _ in range(20):
            self.relayer.step()
            index_all(self.indexer)
            if not pending(self.database):
                self.relayer.step()
                return
        raise AssertionError("intents do not come to an end")

    def later(self, seconds: int) -> None:
        """Both clocks."""
        move_clock(self.house.rpc, chain_time(self.house.rpc) + seconds)
        self.clock.now += seconds
