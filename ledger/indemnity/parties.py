"""Were sales, changes, reports and decisions of indemnity insurance signed by those who may?"""

from __future__ import annotations

from domain.claim_reports import Decision, LossReport
from domain.indemnity_product import IndemnityProduct
from domain.indemnity_reports import IndemnityBinding, UnderwritingReport
from ledger import bindings as b
from ledger.codec import ChainEvent
from ledger.findings import Findings
from ledger.indemnity.effects import claim_name, policy_name
from ledger.signature_check import ReportHead, SignatureCheck
from ledger.typed_claims import decision_digest, loss_report_digest
from ledger.typed_indemnity import (
    cancellation_digest,
    endorsement_digest,
    indemnity_acceptance_digest,
    indemnity_quote_digest,
    underwriting_report_digest,
)


class PartyCheck:
    """Checks signatures of parties and quorum. Who holds which role is asked by the twin."""

    def __init__(self, signatures: SignatureCheck, findings: Findings) -> None:
        self._signatures = signatures
        self._findings = findings
        self._chain_id = signatures.chain_id

    def underwriting(
        self, event: b.ApplicationsAssessed, report: UnderwritingReport, signatures: tuple[bytes, ...],
        product: IndemnityProduct,
    ) -> None:  # fmt: skip
        """Quorum over an underwriting report (I13)."""
        head = ReportHead(report.chain_id, report.product, report.observed_at, report.signer_epoch)
        subject = f"report 0x{event.digest.hex()}"
        digest = underwriting_report_digest(report)
        self._signatures.quorum(
            event.log, subject, head, signatures, claimed=event.digest, digest=digest, wanted=product.terms
        )

    def loss(
        self, event: b.LossReported, report: LossReport, signatures: tuple[bytes, ...], product: IndemnityProduct
    ) -> None:
        """Quorum over a loss report (I6, I13)."""
        head = ReportHead(report.chain_id, report.desk, report.observed_at, report.signer_epoch)
        subject, digest = f"report 0x{event.digest.hex()}", loss_report_digest(report)
        self._signatures.quorum(
            event.log, subject, head, signatures, claimed=event.digest, digest=digest, wanted=product.terms
        )

    def binding(self, event: b.ApplicationsAssessed, binding: IndemnityBinding, *, with_committee: bool) -> None:
        """The underwriter offered, the committee agreed where it has to, the holder accepted the very same words."""
        quote, product = binding.quote, event.log.address
        subject = f"application {quote.application_id} at {product}"
        offered = indemnity_quote_digest(quote, chain_id=self._chain_id, product=product)
        signed = [(quote.underwriter, binding.underwriter_signature)]
        if with_committee:
            signed += zip(binding.committee, binding.committee_signatures, strict=False)
        for signer, signature in signed:
            self._signed(event, signer, offered, signature, subject, "the quote")
        if binding.acceptance:
            accepted = indemnity_acceptance_digest(quote, chain_id=self._chain_id, product=product)
            self._signed(event, quote.holder, accepted, binding.acceptance, subject, "the acceptance")
            return
        claim = f"{subject}: accepted by {quote.holder} calling the product itself"
        self._expect(self._signatures.called(event.log, quote.holder, claim), event, subject, quote.holder, "the quote")

    def endorsement(self, event: b.PolicyEndorsed, holder: str) -> None:
        """Underwriter and holder signed the change."""
        product, order = event.log.address, event.order
        digest = endorsement_digest(order, chain_id=self._chain_id, product=product)
        subject = policy_name(product, event.policy_id)
        self._signed(event, order.underwriter, digest, event.underwriter_signature, subject, "the endorsement")
        self._signed(event, holder, digest, event.acceptance, subject, "the endorsement")

    def cancellation(self, event: b.PolicyCancelled, holder: str) -> None:
        """The holder signed the order, or gave it in person."""
        product, subject = event.log.address, policy_name(event.log.address, event.policy_id)
        if event.signature:
            digest = cancellation_digest(event.order, chain_id=self._chain_id, product=product)
            self._signed(event, holder, digest, event.signature, subject, "the cancellation")
            return
        claim = f"{subject}: cancelled by {holder} calling the product itself"
        self._expect(self._signatures.called(event.log, holder, claim), event, subject, holder, "the cancellation")

    def second(self, event: b.ClaimDecided, decision: Decision, second: str, signature: bytes) -> None:
        """Another adjuster signed under a decision."""
        desk = event.log.address
        digest = decision_digest(decision, adjuster=event.adjuster, chain_id=self._chain_id, desk=desk)
        self._signed(event, second, digest, signature, claim_name(event.claim_id), "the decision", rule="S24")

    def _signed(
        self, event: ChainEvent, signer: str, digest: bytes, signature: bytes, subject: str, what: str, *,
        rule: str = "I6",
    ) -> None:  # fmt: skip
        holds = self._signatures.signed_by(signer, digest, signature, subject)
        self._expect(holds, event, subject, signer, what, rule)

    def _expect(self, holds: bool, event: ChainEvent, subject: str, signer: str, what: str, rule: str = "I6") -> None:
        self._findings.expect(holds, rule, subject, f"{signer} did not sign {what}", event.log.transaction_hash)
