"""The hospital-care product sold on a development chain, with real claims and the dossiers behind them."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from domain.claim_ids import claim_id as id_of
from domain.claim_ids import split_claim_id
from domain.claim_reports import LossReport, Notice
from domain.clauses import clause_proof
from domain.evidence.dossier import Dossier, EvidenceFile, seal_dossier
from domain.evidence.sniff import JSON, PDF
from domain.hashing import ZERO_ADDRESS, keccak256, word
from domain.indemnity import extra_premium, premium_due, return_premium
from domain.indemnity_reports import (
    Endorsement,
    IndemnityBinding,
    IndemnityQuote,
    Measure,
    RiskAssessment,
    UnderwritingReport,
)
from domain.money import Bps, Ppb, TokenUnits
from domain.terms import IndemnityFile
from domain.tiers import RiskTier
from ledger.bindings import ClaimsDesk, IndemnityProduct
from ledger.product_file import load_product_file
from ledger.rpc import Rpc
from ledger.typed_claims import loss_report_digest
from ledger.typed_indemnity import (
    endorsement_digest,
    indemnity_acceptance_digest,
    indemnity_quote_digest,
    underwriting_report_digest,
)
from oracle.claims.facts import Block
from oracle.claims.statement import NAME, ClaimStatement
from scripts.anvil import chain_time, move_clock
from tests.ledger.indemnity.claims_house import DAY, ClaimsHouse
from tests.oracle.evidence.papers import pdf

TUSD = 1_000_000
SUM_INSURED = TokenUnits(20_000 * TUSD)
RATE = Ppb(10_000_000)
PERILS = ("illness", "accident", "critical_illness", "childbirth")
FILE = Path(__file__).resolve().parents[3] / "products" / "hospital-care.yaml"


@dataclass(frozen=True)
class Filed:
    """A claim on chain and its dossier."""

    claim_id: int
    dossier: Dossier


class HospitalHouse(ClaimsHouse):
    """A network that sells hospital care; its deployment file and documents lie in `folder`."""

    def __init__(self, rpc: Rpc, folder: Path) -> None:
        self.folder = folder
        self.applications = 0
        self.bills = 0
        self.sealed = 0
        file = load_product_file(FILE)
        assert isinstance(file, IndemnityFile)
        self.file = file
        super().__init__(rpc)

    @property
    def path(self) -> Path:
        """The deployment file."""
        return self.folder / "deployment.json"

    def _product(self) -> str:
        self.deployment = self.deployer().product(self.deployment, self.file, self.folder)
        self.deployment.save(self.path)
        return self.deployment.products[-1].address

    def now(self) -> int:
        """Time of the newest block."""
        return chain_time(self.rpc)

    def head(self) -> Block:
        """The newest block."""
        header = self.rpc.block("latest")
        return Block(int(header["number"], 16), header["hash"], int(header["timestamp"], 16))

    def later(self, days: int) -> None:
        """Let days pass."""
        move_clock(self.rpc, self.now() + days * DAY)

    def sell(
        self, holder: str = "ann", *, sum_insured: TokenUnits = SUM_INSURED, beneficiary: str = ZERO_ADDRESS,
        renews: int = 0, exclusions: int = 0,
    ) -> int:  # fmt: skip
        """A policy that starts now, or where the one it renews ends; its number."""
        self.applications += 1
        now, product, chain_id = self.now(), self.product, self.deployment.chain_id
        assessment = RiskAssessment(
            self.applications,
            7_000 if exclusions else 2_000,
            Bps(3_000),
            RiskTier.MEDIUM if exclusions else RiskTier.LOW,
            RATE,
            TokenUnits(2_000_000 * TUSD),
            exclusions,
            bytes(32),
        )
        report = UnderwritingReport(chain_id, product, 1, now, now + DAY, bytes(32), (assessment,))
        terms = self.file.parameters
        factor = terms.tiers.medium_factor_bps if exclusions else terms.tiers.low_factor_bps
        premium = premium_due(sum_insured, RATE, factor, terms.min_premium)
        measure = Measure.EXCLUSION if exclusions else Measure.NONE
        starts_at = self.policy(renews).ends_at if renews else 0
        quote = IndemnityQuote(
            self.applications, self.address_of(holder), beneficiary, self.address_of(holder),
            self.address_of("underwriter"), keccak256(holder.encode()), sum_insured, premium, exclusions, measure,
            starts_at, now + DAY, renews,
        )  # fmt: skip
        offered = self.sign("underwriter", indemnity_quote_digest(quote, chain_id=chain_id, product=product))
        accepted = self.sign(holder, indemnity_acceptance_digest(quote, chain_id=chain_id, product=product))
        signatures = self.sign_quorum(underwriting_report_digest(report))
        binding = IndemnityBinding(0, quote, offered, accepted)
        self.send("relayer", product, IndemnityProduct.bind(report, signatures, [binding]))
        return int(self.rpc.eth_call(product, IndemnityProduct.policy_count()))

    def policy(self, number: int) -> Any:
        """A policy as it is."""
        return self.rpc.eth_call(self.product, IndemnityProduct.policy(number))

    def endorse(self, number: int, sum_insured: TokenUnits, holder: str = "ann") -> int:
        """Another sum insured from now on; when it took effect."""
        policy, effective_at, chain_id = self.policy(number), self.now() + 60, self.deployment.chain_id
        order = Endorsement(
            number, policy.sequence, sum_insured, TokenUnits(0), policy.exclusions, ZERO_ADDRESS,
            self.address_of("underwriter"), effective_at, effective_at + DAY,
        )  # fmt: skip
        order = replace(order, premium_change=_price(policy, order))
        digest = endorsement_digest(order, chain_id=chain_id, product=self.product)
        signed = self.sign("underwriter", digest), self.sign(holder, digest)
        self.send("relayer", self.product, IndemnityProduct.endorse(order, *signed))
        return effective_at

    def notify(
        self, number: int, dossier: Dossier, *, holder: str = "ann", days_ago: int = 3, claimed: int = 1_012_550_000,
        peril: str = "accident",
    ) -> Filed:  # fmt: skip
        """Notice of a loss some days ago, with this dossier."""
        ordinal = self.rpc.eth_call(self.product, IndemnityProduct.coverage_use(number))[1]
        occurred_at = self.now() - days_ago * DAY
        notice = Notice(
            self.product, number, 0, PERILS.index(peril), occurred_at, TokenUnits(claimed), dossier.root
        )  # fmt: skip
        self.send(holder, self.contracts["ClaimsDesk"], ClaimsDesk.notify(notice))
        return Filed(id_of(self.product, number, ordinal), dossier)

    def reopen(self, filed: Filed, dossier: Dossier, holder: str = "ann") -> Filed:
        """The closed claim anew; its next number on the policy."""
        _, number, _ = split_claim_id(filed.claim_id)
        ordinal = self.rpc.eth_call(self.product, IndemnityProduct.coverage_use(number))[1]
        call = ClaimsDesk.reopen(filed.claim_id, 1_012_550_000, dossier.root)
        self.send(holder, self.contracts["ClaimsDesk"], call)
        return Filed(id_of(self.product, number, ordinal), dossier)

    def pay(self, filed: Filed, *, loss: int = 1_012_550_000, confidence_bps: int = 10_000) -> None:
        """Three nodes' report, so that the machine pays, or leaves it to a person for want of confidence."""
        now = self.now()
        report = LossReport(
            self.deployment.chain_id, self.contracts["ClaimsDesk"], 1, now, now + 600, filed.claim_id,
            TokenUnits(loss), 0, Bps(confidence_bps), 0, filed.dossier.root, bytes(32),
            (keccak256(word(filed.claim_id)),),
        )  # fmt: skip
        signatures = self.sign_quorum(loss_report_digest(report))
        self.send("relayer", self.contracts["ClaimsDesk"], ClaimsDesk.report_loss(report, signatures))

    def withdraw(self, filed: Filed, holder: str = "ann") -> None:
        """The claimant takes it back."""
        self.send(holder, self.contracts["ClaimsDesk"], ClaimsDesk.withdraw(filed.claim_id))

    def bill(self, *, days_ago: int = 2, number: str = "", code: str = "", pages: int = 1) -> bytes:
        """A hospital's bill over 1,012.55 as PDF, of a number of its own."""
        self.bills += 1
        day = dt.datetime.fromtimestamp(self.now() - days_ago * DAY, dt.UTC)
        rows = [
            "INVOICE", "Issuer: City Hospital", f"Invoice No: {number or f'A-{self.bills:05d}'}",
            f"Date: {day.date().isoformat()}", "MRI scan 1 800.00", "Consultation 120.50", "Subtotal: 920.50",
            "VAT 10%: 92.05", "Total due: USD 1,012.55",
        ]  # fmt: skip
        rows += [f"ICD-10: {code}"] if code else []
        rows += [f"Page {page} note {line}" for page in range(1, pages) for line in range(36)]
        return pdf(*rows, modified=day)

    def dossier(
        self, *bills: bytes, subject: str = "E12345678", others: tuple[EvidenceFile, ...] = (), **said: Any
    ) -> Dossier:
        """These bills with the insurer's statement."""
        files = [EvidenceFile(f"bill {place}.pdf", PDF, each) for place, each in enumerate(bills, 1)]
        files += [*others, EvidenceFile(NAME, JSON, ClaimStatement(subject, **said).content())]
        self.sealed += 1
        salts = [keccak256(each.content + word(self.sealed * 64 + place)) for place, each in enumerate(files)]
        return seal_dossier(files, salts)

    def clause(self, clause_id: str) -> tuple[bytes, tuple[bytes, ...]]:
        """A clause and its proof, for decisions."""
        clause = next(each for each in self.file.clauses if each.id == clause_id)
        return clause.words_hash(), clause_proof(self.file.clauses, clause_id)

    def spoil_document(self) -> None:
        """Change one word of the product's document on disk."""
        path = self.folder / self.deployment.products[-1].document
        document = json.loads(path.read_text("utf-8"))
        document["settlement_token"]["currency"] = "EUR"
        path.write_text(json.dumps(document), "utf-8")


def _price(policy: Any, order: Endorsement) -> TokenUnits:
    price = extra_premium if order.sum_insured >= policy.sum_insured else return_premium
    times = (policy.starts_at, policy.ends_at, order.effective_at)
    return price(policy.premium, policy.sum_insured, order.sum_insured, *times)
