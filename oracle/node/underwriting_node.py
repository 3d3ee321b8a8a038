"""The node's part in underwriting: assess applications, and sign reports of them that say what it says itself."""

from __future__ import annotations

from collections.abc import Sequence

import structlog

from domain.indemnity_reports import UnderwritingReport
from ledger.typed_indemnity import underwriting_report_digest
from oracle.node.refusals import Refusal
from oracle.node.signer import ReportSigner
from oracle.node.underwriting import (
    HandedIn,
    ProductView,
    RefusedApplication,
    Underwritten,
    assess_applications,
    check_underwriting_report,
)
from oracle.node.underwriting_chain import UnderwritingChain
from oracle.node.underwriting_journal import UnderwritingJournal
from oracle.risk.engine import Engine
from oracle.rounds.refusals import SigningFailed

log: structlog.stdlib.BoundLogger = structlog.get_logger()


class UnderwritingNode:
    """One honest node. Safe to share between threads; of an application it keeps what the journal says, no more."""

    def __init__(
        self, *, chain: UnderwritingChain, engine: Engine, signer: ReportSigner, journal: UnderwritingJournal
    ) -> None:
        self._chain = chain
        self._signer = signer
        self._journal = journal
        self.engine = engine
        self.signer = signer.address
        self.lines = chain.lines

    def assess(
        self, product: str, handed: Sequence[HandedIn]
    ) -> tuple[ProductView, list[Underwritten], list[RefusedApplication]]:
        """What the node thinks of applications at chain time.

        Raises:
            Refusal
        """
        view = self._chain.view(product)
        assessed, refused = assess_applications(handed, view, self.engine)
        log.info("underwriting.assessed", product=product, assessed=len(assessed), refused=len(refused))
        return view, assessed, refused

    def sign(self, report: UnderwritingReport, handed: Sequence[HandedIn]) -> bytes:
        """Sign a report this node agrees with, and remember what it said before the signature leaves.

        Raises:
            Refusal
        """
        view = self._chain.view(report.product)
        check_underwriting_report(
            report, handed, chain_id=self._chain.chain_id, view=view, signer=self.signer, engine=self.engine
        )
        self._journal.commit_to(report, view.time)
        try:
            signature = self._signer.sign(underwriting_report_digest(report))
        except SigningFailed as error:
            raise Refusal("signer_unavailable", str(error)) from error
        log.info("underwriting_report.signed", product=report.product, assessments=len(report.assessments))
        return signature
