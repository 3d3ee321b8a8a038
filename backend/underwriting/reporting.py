"""Reports of the quorum on cases: signed for a decision, signed again for the sale, kept with their explanation."""

from __future__ import annotations

from sqlalchemy.orm import Session

from backend.access.principal import Principal
from backend.chain import underwriting_quorum
from backend.chain.underwriting_quorum import HandedIn, Underwritten, risk_json
from backend.notices.ports import FileCategory, Recipient
from backend.underwriting import repository
from backend.underwriting.casebook import about
from backend.underwriting.desk import UnderwritingDesk
from backend.underwriting.models import CaseRow, RiskReportRow
from domain.indemnity_reports import UnderwritingReport
from ledger.typed_indemnity import underwriting_report_digest


def signed_report(
    desk: UnderwritingDesk, row: CaseRow, found: Underwritten, handed: HandedIn, valid_seconds: int
) -> tuple[UnderwritingReport, tuple[bytes, ...]]:
    """A report of one assessment, signed by the quorum.

    Raises:
        OracleUnavailable
    """
    product = desk.shelf.product(row.product)
    signers, now = desk.shelf.signers(product), desk.shelf.chain_time()
    report = UnderwritingReport(
        desk.chain_id, product.address, signers.epoch, now, now + valid_seconds, found.model_hash, (found.risk,)
    )
    return report, underwriting_quorum.sign_report(desk.nodes, report, [handed], signers)


def keep_report(
    session: Session, desk: UnderwritingDesk, row: CaseRow, report: UnderwritingReport,
    signatures: tuple[bytes, ...], found: Underwritten,
) -> RiskReportRow:  # fmt: skip
    """Keep a signed report with its explanation."""
    owner, worker = Recipient(row.tenant_id, row.person_id), Principal.worker(row.tenant_id)
    explanation: dict[str, object] = {language: list(lines) for language, lines in found.explanation.items()}
    kept = RiskReportRow(
        case_id=row.case_id, number=len(repository.reports(session, row.case_id)) + 1, chain_id=report.chain_id,
        signer_epoch=report.signer_epoch, observed_at=report.observed_at, valid_until=report.valid_until,
        model_hash=report.model_hash, risk=risk_json(found.risk), digest=underwriting_report_digest(report),
        signatures=list(signatures), tenant_id=row.tenant_id, person_id=row.person_id,
        explanation_record=desk.records.seal(session, worker, owner, FileCategory.ASSESSMENT, explanation, about(row)),
    )  # fmt: skip
    repository.add(session, kept)
    return kept
