"""Applications nobody made, and what a node's engine says of each: assessment, notice, and the report signed of it."""

from __future__ import annotations

import json
import random
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from domain.errors import DomainError
from domain.indemnity_reports import UnderwritingReport
from domain.terms import IndemnityFile
from ledger.product_file import load_product_file
from ledger.typed_indemnity import underwriting_report_digest
from oracle.risk.application import Application, parse_application
from oracle.risk.assess import assess, subject_of
from oracle.risk.assessment import Assessment
from oracle.risk.documents import read_document
from oracle.risk.engine import load_engine
from oracle.risk.explain import notice
from oracle.risk.forms import stated_name
from oracle.risk.indicators import Kind
from oracle.risk.report import application_commitment, risk_assessment, underwriting_report
from oracle.risk.vocabulary import INDICATORS
from scripts import ROOT
from scripts.same_bytes.names import APPLICATIONS, CHAIN_ID, DAY, FILE, PRODUCT, UNITS_PER_MINOR
from scripts.same_bytes.told import plain

EXAMPLES: Final = ROOT / "docs" / "examples" / "applications"
_BY_STATED_NAME: Final = {stated_name(name): about for name, about in INDICATORS.items()}


def write_applications(folder: Path, count: int, draw: random.Random) -> None:
    """The documented examples of all lines, with about half of their values drawn anew."""
    examples = [read_document(path) for path in sorted(EXAMPLES.glob("*.yaml"))]
    told = []
    for number in range(1, count + 1):
        document: dict[str, Any] = json.loads(json.dumps(draw.choice(examples)))
        document["application_id"] = number
        document["statements"] = _redrawn(document["statements"], draw)
        reports = [{**each, "values": _redrawn(each["values"], draw)} for each in document.get("reports", [])]
        document["reports"] = draw.sample(reports, draw.randrange(len(reports) + 1))
        told.append({"document": document, "salt": draw.randbytes(32).hex()})
    (folder / APPLICATIONS).write_text(json.dumps(told), "utf-8")


def _redrawn(values: Mapping[str, Any], draw: random.Random) -> dict[str, Any]:
    return {name: _other(name, value, draw) if draw.random() < 0.5 else value for name, value in values.items()}


def _other(name: str, value: Any, draw: random.Random) -> Any:
    about = _BY_STATED_NAME[name]
    if name == "currency":
        return value
    if about.kind is Kind.FLAG:
        return draw.random() < 0.5
    if about.kind is Kind.CHOICE:
        return draw.choice(about.choices)
    if about.kind is Kind.SET:
        return draw.sample(about.choices, draw.randrange(min(4, len(about.choices))))
    return min(about.most, max(about.least, int(value * draw.uniform(0.5, 1.7)) + draw.randrange(2)))


class ApplicationMind:
    """A node's engine with the tables it ships."""

    def __init__(self, folder: Path) -> None:
        self._told: list[dict[str, Any]] = json.loads((folder / APPLICATIONS).read_text("utf-8"))
        self._engine = load_engine()
        product = load_product_file(FILE)
        assert isinstance(product, IndemnityFile)
        self._product = product

    def told(self, number: int) -> Mapping[str, object]:
        """What this node says of an application; what it refuses, by the field."""
        each = self._told[number - 1]
        try:
            application = parse_application(each["document"])
            found = assess(subject_of(application), self._engine)
        except DomainError as error:
            return {"refused": type(error).__name__, "words": str(error)}
        said: dict[str, object] = {
            "assessment": found.canonical_bytes.decode("utf-8"),
            "notice": plain(notice(found, self._engine.tables)),
        }
        try:
            report = self._report(found, application, bytes.fromhex(each["salt"]))
        except DomainError as error:  # the product has no clause for an exclusion of another line of insurance
            return {**said, "refused": type(error).__name__, "words": str(error)}
        return {**said, "digest": underwriting_report_digest(report).hex()}

    def _report(self, found: Assessment, application: Application, salt: bytes) -> UnderwritingReport:
        risk = risk_assessment(
            found,
            commitment=application_commitment(application, salt),
            exclusion_bitmap=self._product.exclusion_bitmap,
            units_per_minor=UNITS_PER_MINOR,
        )
        now = application.received_at
        return underwriting_report(
            [risk], chain_id=CHAIN_ID, product=PRODUCT, signer_epoch=1, observed_at=now, valid_until=now + DAY,
            model_hash=self._engine.hash,
        )  # fmt: skip
