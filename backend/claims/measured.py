"""Why the machine paid: what the quorum's report on the chain measured, and the terms that made it so much."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from backend.chain.models import ChainEventRow
from backend.chain.projections.claims_read import Claim
from backend.claims.models import CaseRow
from backend.claims.terms import CoveredProduct
from backend.claims.words import LANGUAGES, amount_in_words, moment
from domain.claim_reports import LossReport
from domain.clauses import Clause
from ledger.codec import decode_arguments
from ledger.indemnity.decisions import REPORT_LOSS

_AS_CLAIMED: Final = 1
"""Reason of a grant to the terms: its clauses are those that promise the coverages."""
_WORDS: Final = {
    "en": (
        "Paid by rule, no person decided. The oracle nodes' report of {at} found a loss of {loss} under “{coverage}” "
        "({peril}), {confidence} % sure, with {fraud} of 100 points for signs of fraud. Of this loss {deductible} is "
        "your deductible; of the rest the insurer bears {share} %, within the limits of your policy."
    ),
    "zh": (
        "本次赔付由规则自动作出，无人工决定。预言机节点于{at}出具的报告认定：“{coverage}”（{peril}）项下损失为{loss}，"
        "置信度{confidence}%，欺诈迹象{fraud}分（满分100分）。其中免赔额{deductible}由您承担；"
        "其余部分由保险公司在保单限额内承担{share}%。"
    ),
}


@dataclass(frozen=True, slots=True)
class Measured:
    """What a report said. Loss in token units; times in unix seconds of the chain.

    Attributes:
        fraud_score: Hundredths of a point, 0 to 10,000.
        confidence_bps: 0 to 10,000.
        digest: What the nodes signed; `transaction_hash` brought it to the chain.
        clauses: That promise the coverage.
    """

    loss: int
    fraud_score: int
    confidence_bps: int
    observed_at: int
    digest: bytes
    transaction_hash: bytes
    clauses: Sequence[Clause]
    words: dict[str, str]


def measured(session: Session, row: CaseRow, product: CoveredProduct, claim: Claim) -> Measured | None:
    """The last report on a claim, in words; None: there is none."""
    steps = [step for step in claim.steps if step.kind == "reported"]
    if not steps:
        return None
    last = steps[-1]
    query = select(ChainEventRow.body).where(
        ChainEventRow.block_number == last.block_number, ChainEventRow.log_index == last.log_index
    )
    body = session.scalars(query).one()
    report = decode_arguments("ClaimsDesk", REPORT_LOSS, bytes.fromhex(str(body["report"])[2:]))[0]
    assert isinstance(report, LossReport)  # the contract took it, so it is one
    return Measured(
        loss=int(report.loss), fraud_score=report.fraud_score, confidence_bps=int(report.confidence_bps),
        observed_at=report.observed_at, digest=bytes.fromhex(str(body["digest"])[2:]),
        transaction_hash=bytes(last.transaction_hash), clauses=_promises(row, product),
        words={language: _in_words(row, product, report, language) for language in LANGUAGES},
    )  # fmt: skip


def _promises(row: CaseRow, product: CoveredProduct) -> list[Clause]:
    """Clauses of the terms that promise this coverage; where none names it, all that promise one."""
    found = [product.clause(each) for each in product.reasons.get(_AS_CLAIMED, ())]
    name = product.coverages[row.coverage]["en"]
    return [clause for clause in found if name in clause.text("en")] or found


def _in_words(row: CaseRow, product: CoveredProduct, report: LossReport, language: str) -> str:
    terms = product.terms.coverages[row.coverage]
    return _WORDS[language].format(
        at=moment(report.observed_at), loss=amount_in_words(report.loss, product.decimals, product.symbol),
        coverage=product.coverages[row.coverage][language], peril=product.perils[row.peril][language],
        confidence=_hundredths(report.confidence_bps), fraud=_hundredths(report.fraud_score),
        deductible=amount_in_words(terms.deductible, product.decimals, product.symbol),
        share=_hundredths(terms.share_bps),
    )  # fmt: skip


def _hundredths(value: int) -> str:
    return f"{Decimal(value).scaleb(-2):f}"
