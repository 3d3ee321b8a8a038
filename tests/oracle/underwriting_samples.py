"""Hospital care in yuan, applications for it, nodes that underwrite it, and a relayer that asks them."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

from fastapi.testclient import TestClient

from domain.hashing import checksum_address, keccak256
from domain.indemnity_file import IndemnityFile
from domain.indemnity_reports import UnderwritingReport
from domain.product_fields import INDEMNITY
from ledger.deployment import DeployedProduct, Deployment
from ledger.product_file import load_product_file
from oracle.claims.products import ProductShelf
from oracle.node.app import create_app
from oracle.node.refusals import Refusal
from oracle.node.signer import ReportSigner
from oracle.node.underwriting import HandedIn, ProductView, assess_applications
from oracle.node.underwriting_chain import UnderwritingChain
from oracle.node.underwriting_journal import UnderwritingJournal
from oracle.node.underwriting_messages import RiskAssessmentBody, UnderwritingReportIn
from oracle.node.underwriting_node import UnderwritingNode
from oracle.risk.engine import Engine, load_engine
from oracle.risk.indicators import Line
from oracle.risk.report import underwriting_report
from tests.oracle.risk import applications as forms
from tests.oracle.risk.subjects import tables_with
from tests.oracle.samples import CHAIN_ID, EPOCH, KEYS, PRODUCT, SIGNERS

NOW = forms.NOW + 600
NEEDED = 3
HOUR = 3_600
FILE = Path(__file__).parents[2] / "products" / "hospital-care.yaml"
CONTRACTS = {
    name: checksum_address("0x" + f"{number:02x}" * 20)
    for number, name in enumerate(("treasury", "quorum", "desk", "disbursement"), 0x31)
}


def in_yuan(folder: Path) -> IndemnityFile:
    """The hospital-care product settled in a token that stands for yuan, the currency of the tables."""
    path = folder / "hospital-care-yuan.yaml"
    path.write_text(FILE.read_text("utf-8").replace("currency: USD", "currency: CNY"), "utf-8")
    file = load_product_file(path)
    assert isinstance(file, IndemnityFile)
    return file


def product_view(folder: Path) -> ProductView:
    """The product as its document and a pretended chain have it."""
    file = in_yuan(folder)
    terms = file.terms(**CONTRACTS)
    (folder / "document.json").write_text(json.dumps(file.document(terms), ensure_ascii=False), "utf-8")
    sold = DeployedProduct(PRODUCT, f"0x{terms.hash().hex()}", file.product_id, "document.json", INDEMNITY)
    deployment = Deployment(CHAIN_ID, 0, "0x00", "", {"ClaimsDesk": CONTRACTS["desk"]}, (sold,))
    return ProductView(NOW, EPOCH, SIGNERS, ProductShelf(deployment, folder).facts(PRODUCT, terms.hash()), Line.HEALTH)


class PretendedUnderwritingChain:
    """A chain that is where the test says."""

    def __init__(self, view: ProductView) -> None:
        self.chain_id = CHAIN_ID
        self.lines: Mapping[str, Line] = {PRODUCT: Line.HEALTH}
        self.seen = view

    def view(self, product: str) -> ProductView:
        if product not in self.lines:
            raise Refusal("product_unknown", f"product is {product}: use {PRODUCT}")
        return self.seen

    def later(self, seconds: int) -> None:
        self.seen = replace(self.seen, time=self.seen.time + seconds)


@cache
def own_engine() -> Engine:
    """The engine with the tables of the project."""
    return load_engine()


@cache
def other_engine() -> Engine:
    """One with another version of the health table, which asks for the same and weighs it the same."""

    def renamed(table: dict[str, Any]) -> None:
        table["outliers"] = table["outliers"][:1]

    return replace(own_engine(), tables=tables_with("health", renamed))


def make_underwriter(
    number: int, chain: UnderwritingChain, folder: Path, *, engine: Engine | None = None
) -> UnderwritingNode:
    """A node like the real one."""
    return UnderwritingNode(
        chain=chain,
        engine=engine or own_engine(),
        signer=ReportSigner.of_key(KEYS[number]),
        journal=UnderwritingJournal(folder / f"underwriting-{number}.sqlite", "31337:0x00"),
    )


def applied(number: int = 1, **changes: Any) -> HandedIn:
    """A healthy clerk's application for which the premium suffices; `changes` as `forms.document` takes them."""
    document = forms.document(Line.HEALTH, **{"premium_minor": 300_000, **changes})
    return HandedIn({**document, "application_id": (99 << 8) | number}, keccak256(bytes([number])))


def composed(
    node: UnderwritingNode, handed: Sequence[HandedIn], product: str = PRODUCT, chain_id: int = CHAIN_ID
) -> UnderwritingReport:
    """What an honest relayer makes of one node's assessments."""
    view, assessed, refused = node.assess(product, handed)
    assert not refused, refused
    return underwriting_report(
        [each.risk for each in assessed], chain_id=chain_id, product=product, signer_epoch=view.epoch,
        observed_at=view.time, valid_until=view.time + HOUR, model_hash=node.engine.hash,
    )  # fmt: skip


def as_body(handed: Sequence[HandedIn]) -> list[dict[str, Any]]:
    """Applications as the API takes them."""
    return [{"application": dict(each.document), "salt": f"0x{each.salt.hex()}"} for each in handed]


@dataclass
class Relayer:
    """Asks every node, and takes for an application what as many as needed say in the same words."""

    clients: Sequence[TestClient]
    product: str
    chain_id: int

    def ask(self, handed: Sequence[HandedIn]) -> list[dict[str, Any]]:
        """Each node's answer."""
        body = {"product": self.product, "applications": as_body(handed)}
        answers = [client.post("/v1/underwriting-assessments", json=body) for client in self.clients]
        assert [answer.status_code for answer in answers] == [200] * len(self.clients), answers[0].text
        return [answer.json() for answer in answers]

    def compose(self, answers: Sequence[dict[str, Any]]) -> UnderwritingReport:
        """The report of what is agreed: the same figures by the same engine, as of the earliest chain time."""
        said = Counter(
            (answer["model_hash"], json.dumps(each["risk"], sort_keys=True))
            for answer in answers
            for each in answer["assessments"]
        )
        agreed = [words for words, count in said.items() if count >= NEEDED]
        model_hash, *others = {model for model, _ in agreed}
        assert not others
        observed_at = min(answer["observed_at"] for answer in answers)
        return underwriting_report(
            [RiskAssessmentBody.model_validate_json(risk).to_domain() for _, risk in agreed],
            chain_id=self.chain_id, product=self.product, signer_epoch=answers[0]["signer_epoch"],
            observed_at=observed_at, valid_until=observed_at + HOUR, model_hash=bytes.fromhex(model_hash[2:]),
        )  # fmt: skip

    def collect(self, report: UnderwritingReport, handed: Sequence[HandedIn]) -> list[dict[str, Any]]:
        """Each node's signature or refusal."""
        body = {
            "report": UnderwritingReportIn.of(report).model_dump(mode="json"),
            "applications": as_body(handed),
        }
        return [client.post("/v1/underwriting-report-signatures", json=body).json() for client in self.clients]


def client_of(node: UnderwritingNode) -> TestClient:
    """The node over HTTP, without a socket."""
    return TestClient(create_app(None, underwriting=node), raise_server_exceptions=False)


def assessed_by(view: ProductView, *handed: HandedIn) -> Callable[[], list[str]]:
    """Codes of refusal, when called."""
    return lambda: [each.refusal.code for each in assess_applications(handed, view, own_engine())[1]]
