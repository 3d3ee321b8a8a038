"""A whole house on a local chain, played by one process: for tests and measurements.

All parties' keys are at hand, so policies can be bound and events reported without nodes or backend. What the
contracts check is real: every signature is made and every transaction is mined.
"""

from __future__ import annotations

import itertools
import shutil
import weakref
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import mkdtemp

from eth_account import Account
from eth_account.signers.local import LocalAccount

from domain.hashing import keccak256
from domain.money import Ppb, TokenUnits
from domain.policy import Outcome, event_id
from domain.premium import premium_due
from domain.reports import NO_PERMIT, Assessment, Binding, EventReport, Measurement, Permit, Quote, RiskReport
from domain.terms import ParametricTerms
from ledger.bindings import OracleQuorum, ParametricProduct, TestStablecoin
from ledger.deployment import Deployment
from ledger.journal import Receipt, SenderJournal, SqliteJournal
from ledger.product_file import load_product
from ledger.rpc import Rpc
from ledger.sender import Sender
from ledger.typed_data import (
    acceptance_digest,
    event_report_digest,
    permit_digest,
    quote_digest,
    risk_report_digest,
    sign_digest,
    sort_signatures,
)
from scripts import ROOT
from scripts.anvil import chain_time, give_gas_money
from scripts.deploy import Deployer, Parties

FLIGHT_DELAY = ROOT / "products" / "flight-delay.yaml"
CAPITAL = 10_000_000_000_000
EXPECTED_SHARE = Ppb(20_000_000)
REPORT_SECONDS = 86_400
TOKEN_NAME = "Test Dollar"


def account(name: str) -> LocalAccount:
    """A key that everyone can derive from a name: for chains on which nothing is worth anything."""
    found: LocalAccount = Account.from_key(keccak256(f"quittance rehearsal {name}".encode()))
    return found


@dataclass(frozen=True, slots=True)
class Sale:
    """One policy to be sold. `sum_insured` in token units, `occurs_at` in unix seconds, expected share as assessed."""

    holder: LocalAccount
    insured_event: str
    occurs_at: int
    sum_insured: int = 100_000_000
    expected_share: Ppb = EXPECTED_SHARE


class Rehearsal:
    """Deploys everything on a fresh development chain and acts for all parties."""

    def __init__(
        self, rpc: Rpc, *, journal: SenderJournal | None = None, capital: int = CAPITAL, file: Path = FLIGHT_DELAY
    ) -> None:
        self.rpc = rpc
        self.administrator = account("administrator")
        self.underwriter = account("underwriter")
        self.guardian = account("guardian")
        self.nodes = node_accounts("node")
        self.epoch = 1
        give_gas_money(rpc, self.administrator.address, 1_000_000)
        self.chain_id = rpc.chain_id()
        journal = journal or SqliteJournal(":memory:")
        self.sender = Sender(rpc, self.administrator, journal, chain_id=self.chain_id)
        self.deployment = self._deploy(capital, file)
        self.product = self.deployment.products[0].address
        self.terms: ParametricTerms = rpc.eth_call(self.product, ParametricProduct.terms())
        self._steps = itertools.count(1)

    def _deploy(self, capital: int, file: Path) -> Deployment:
        self.folder = self._made_folder()
        deployer = Deployer(self.rpc, self.sender)
        signers = [node.address for node in self.nodes]
        house = deployer.house(Parties(self.underwriter.address, self.guardian.address, signers))
        deployer.capital(house, capital)
        return deployer.product(house, load_product(file), self.folder)

    def _made_folder(self) -> Path:
        """A folder of its own, which is gone when nobody has the rehearsal any more."""
        folder = Path(mkdtemp(prefix="quittance-rehearsal-"))
        weakref.finalize(self, shutil.rmtree, folder, ignore_errors=True)
        return folder

    def send(self, to: str, data: bytes, *, gas: int | None = None) -> Receipt:
        """One transaction by the administrator."""
        return self.sender.send(f"rehearsal/{next(self._steps)}", to, data, gas=gas)

    def fund(self, holders: Sequence[LocalAccount], amount: int) -> None:
        """Issue test tokens to holders, `amount` token units each."""
        addresses = [holder.address for holder in holders]
        for start in range(0, len(addresses), 200):
            call = TestStablecoin.mint_each(addresses[start : start + 200], amount)
            self.send(self.deployment.contracts["TestStablecoin"], call.data)

    def offer(self, sales: Sequence[Sale], batch: int) -> tuple[RiskReport, list[bytes], list[Binding]]:
        """Assess, quote and accept sales as one batch; `batch` must not repeat."""
        now = chain_time(self.rpc)
        ids = [(batch + 1) << 8 | index for index in range(len(sales))]
        assessments = tuple(
            Assessment(
                i, event_id(s.insured_event), s.occurs_at, s.expected_share, self.terms.max_sum_insured, bytes(32)
            )
            for i, s in zip(ids, sales, strict=True)
        )
        until, model = now + REPORT_SECONDS, keccak256(b"model")
        report = RiskReport(self.chain_id, self.product, self.epoch, now, until, model, assessments)
        bindings = [self._binding(n, i, sale, now) for n, (i, sale) in enumerate(zip(ids, sales, strict=True))]
        return report, self.sign_all(risk_report_digest(report)), bindings

    def _binding(self, index: int, application_id: int, sale: Sale, now: int) -> Binding:
        amount, terms = TokenUnits(sale.sum_insured), self.terms
        premium = premium_due(amount, sale.expected_share, terms.loading_bps, terms.min_premium)
        quote = Quote(
            application_id=application_id, holder=sale.holder.address, underwriter=self.underwriter.address,
            insured_event=sale.insured_event, occurs_at=sale.occurs_at, sum_insured=amount, premium=premium,
            valid_until=now + REPORT_SECONDS,
        )  # fmt: skip
        chain_id, product = self.chain_id, self.product
        offered = sign_digest(bytes(self.underwriter.key), quote_digest(quote, chain_id=chain_id, product=product))
        accepted = sign_digest(bytes(sale.holder.key), acceptance_digest(quote, chain_id=chain_id, product=product))
        return Binding(index, quote, offered, accepted, self.permit(sale.holder, premium, now))

    def permit(self, holder: LocalAccount, value: int, now: int, nonce: int = 0) -> Permit:
        """EIP-2612 permit for the treasury, `value` in token units."""
        digest = permit_digest(
            token=self.deployment.contracts["TestStablecoin"], token_name=TOKEN_NAME, chain_id=self.chain_id,
            owner=holder.address, spender=self.deployment.contracts["Treasury"], value=value, nonce=nonce,
            deadline=now + REPORT_SECONDS,
        )  # fmt: skip
        signature = sign_digest(bytes(holder.key), digest)
        return replace(
            NO_PERMIT, value=value, deadline=now + REPORT_SECONDS, v=signature[64], r=signature[:32], s=signature[32:64]
        )

    def bind(self, sales: Sequence[Sale], batch: int) -> Receipt:
        """Sell policies in one transaction. Holders need tokens."""
        report, signatures, bindings = self.offer(sales, batch)
        return self.send(self.product, ParametricProduct.bind(report, signatures, bindings).data)

    def event_report(self, measurements: Sequence[Measurement], *, observed_at: int | None = None) -> EventReport:
        """An event report dated now, or when said."""
        now = chain_time(self.rpc)
        seen = now if observed_at is None else observed_at
        return EventReport(
            self.chain_id, self.product, self.epoch, seen, now + REPORT_SECONDS, keccak256(b"source"),
            tuple(measurements),
        )  # fmt: skip

    def sign_all(self, digest: bytes, count: int = 3) -> list[bytes]:
        """Signatures of the first `count` nodes over a digest, in the order the quorum wants."""
        return sort_signatures(digest, [sign_digest(bytes(node.key), digest) for node in self.nodes[:count]])

    def settle(self, measurements: Sequence[Measurement], max_policies: int = 400) -> Receipt:
        """Report and settle in one transaction."""
        report = self.event_report(measurements)
        signatures = self.sign_all(event_report_digest(report))
        call = ParametricProduct.report_and_settle(report, signatures, max_policies)
        return self.send(self.product, call.data)

    def rotate(self, name: str, overlap_seconds: int) -> Receipt:
        """Replace the nodes by four others, named after `name`; the old ones are heard for the overlap."""
        self.nodes = node_accounts(name)
        self.epoch += 1
        call = OracleQuorum.rotate_signers([node.address for node in self.nodes], 1, overlap_seconds)
        return self.send(self.deployment.contracts["OracleQuorum"], call.data)


def node_accounts(name: str) -> list[LocalAccount]:
    """Four oracle keys in the order of their addresses."""
    return sorted((account(f"{name} {n}") for n in range(4)), key=lambda node: int(node.address, 16))


def measured(insured_event: str, value: int) -> Measurement:
    """A measurement of an event, by its text."""
    return Measurement(event_id(insured_event), Outcome.MEASURED, value)
