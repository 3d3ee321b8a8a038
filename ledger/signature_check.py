"""Were the reports, quotes and acceptances really signed by those who may?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from domain.reports import EventReport, Quote, RiskReport
from ledger import bindings as b
from ledger.codec import LogRef
from ledger.findings import Findings
from ledger.replay import LedgerState
from ledger.typed_data import (
    SignatureInvalid,
    acceptance_digest,
    event_report_digest,
    quote_digest,
    recover,
    risk_report_digest,
)

UNDERWRITER = 2


class Witness(Protocol):
    """Answers what events alone cannot. None means: not known here."""

    def called_by(self, transaction: bytes, account: str, product: str) -> bool | None:
        """Whether an account itself called a product in a transaction."""

    def contract_accepts(self, wallet: str, digest: bytes, signature: bytes) -> bool | None:
        """ERC-1271: whether a contract wallet calls the signature its own. False where there is no contract."""

    def block_hash(self, number: int) -> bytes | None:
        """Hash of a block of the chain."""


@dataclass(frozen=True, slots=True)
class ReportHead:
    """What every report says of itself; `contract` is the one it is made for."""

    chain_id: int
    contract: str
    observed_at: int
    signer_epoch: int


class QuorumTerms(Protocol):
    """What a product's terms ask of a quorum."""

    @property
    def quorum(self) -> str:
        """Address of the `OracleQuorum` that counts."""

    @property
    def min_signatures(self) -> int:
        """At least so many, whatever the set's own threshold."""


class NoWitness:
    """Knows nothing: for when only the events are at hand."""

    def called_by(self, transaction: bytes, account: str, product: str) -> bool | None:  # noqa: ARG002  # see Witness
        """Not known."""
        return None

    def contract_accepts(self, wallet: str, digest: bytes, signature: bytes) -> bool | None:  # noqa: ARG002  # see Witness
        """Not known."""
        return None

    def block_hash(self, number: int) -> bytes | None:  # noqa: ARG002  # see Witness
        """Not known."""
        return None


class SignatureCheck:
    """Checks signatures against the state before the event.

    Args:
        witness: None when only the events are at hand; what it would have answered is then noted as unproven.
    """

    def __init__(self, state: LedgerState, findings: Findings, chain_id: int, witness: Witness | None) -> None:
        self._state = state
        self._findings = findings
        self._chain_id = chain_id
        self._witness = witness or NoWitness()

    @property
    def witness(self) -> Witness:
        """Who answers what events do not tell."""
        return self._witness

    @property
    def chain_id(self) -> int:
        """Of the chain that was signed for."""
        return self._chain_id

    def risk_report(self, event: b.RisksReported) -> None:
        """Quorum over a risk report (I13)."""
        self._report(event.log, event.report, event.digest, risk_report_digest(event.report), event.signatures)

    def event_report(self, event: b.EventsReported) -> None:
        """Quorum over an event report (I6, I13)."""
        self._report(event.log, event.report, event.digest, event_report_digest(event.report), event.signatures)

    def _report(
        self,
        log: LogRef,
        report: RiskReport | EventReport,
        claimed: bytes,
        digest: bytes,
        signatures: tuple[bytes, ...],
    ) -> None:
        subject = f"report 0x{claimed.hex()}"
        terms = self._state.products[log.address].terms
        head = ReportHead(report.chain_id, report.product, report.observed_at, report.signer_epoch)
        self.quorum(log, subject, head, signatures, claimed=claimed, digest=digest, wanted=terms)

    def quorum(
        self,
        log: LogRef,
        subject: str,
        report: ReportHead,
        signatures: tuple[bytes, ...],
        *,
        claimed: bytes,
        digest: bytes,
        wanted: QuorumTerms,
    ) -> None:
        """A report, made for the contract that took it, has the signatures its product's terms want (I13).

        Args:
            claimed: Digest as the event names it.
            digest: Recomputed from the report's words.
            wanted: Terms of the product.
        """

        def expect(holds: bool, detail: str) -> bool:
            return self._findings.expect(holds, "I13", subject, detail, log.transaction_hash)

        expect(digest == claimed, f"hashes to 0x{digest.hex()}")
        expect(report.chain_id == self._chain_id, f"is for chain {report.chain_id}")
        expect(report.contract == log.address, f"is for {report.contract}")
        expect(report.observed_at <= log.block_time, f"observed at {report.observed_at}, taken at {log.block_time}")
        if wanted.quorum != self._state.quorum_address:
            expect(False, f"counts on quorum {wanted.quorum}, which is not the one of this deployment")
            return
        signers = self._state.signer_sets.get(report.signer_epoch)
        if signers is None:
            expect(False, f"names signer set {report.signer_epoch}, which does not exist")
            return
        expect(signers.is_heard(log.block_time), f"is signed by set {signers.epoch}, retired at {signers.retires_at}")
        found = self._signers(digest, signatures, subject, log.transaction_hash)
        needed = max(signers.threshold, wanted.min_signatures)
        expect(found <= signers.signers, f"is signed by strangers: {sorted(found - signers.signers)}")
        good = len(found & signers.signers)
        expect(good >= needed, f"has {good} good signatures, {needed} are needed")

    def _signers(self, digest: bytes, signatures: tuple[bytes, ...], subject: str, transaction: bytes) -> set[str]:
        found = set()
        for signature in signatures:
            try:
                found.add(recover(digest, signature))
            except SignatureInvalid as error:
                self._findings.expect(False, "I13", subject, f"has a bad signature: {error}", transaction)
        return found

    def quote(self, event: b.PolicyBound) -> None:
        """The underwriter offered, the holder accepted, the very same words."""
        quote, product = event.quote, event.log.address
        subject, where = f"policy 0x{event.policy_id:064x}", event.log.transaction_hash
        offered = quote_digest(quote, chain_id=self._chain_id, product=product)
        by_underwriter = self.signed_by(quote.underwriter, offered, event.underwriter_signature, subject)
        self._findings.expect(by_underwriter, "I6", subject, f"{quote.underwriter} did not sign the quote", where)
        since = self._state.roles.get((UNDERWRITER, quote.underwriter))
        holds_role = since is not None and since <= event.log.block_time
        self._findings.expect(holds_role, "I14", subject, f"{quote.underwriter} was no underwriter", where)
        accepted = self._accepted(event, quote, subject)
        self._findings.expect(accepted, "I6", subject, f"{quote.holder} did not accept the quote", where)

    def _accepted(self, event: b.PolicyBound, quote: Quote, subject: str) -> bool:
        if event.acceptance:
            digest = acceptance_digest(quote, chain_id=self._chain_id, product=event.log.address)
            return self.signed_by(quote.holder, digest, event.acceptance, subject)
        return self.called(event.log, quote.holder, f"{subject}: accepted by {quote.holder} calling the product itself")

    def called(self, log: LogRef, account: str, claim: str) -> bool:
        """Whether an account itself called the contract an event comes from. What nobody knows is noted as `claim`."""
        return self._known(self._witness.called_by(log.transaction_hash, account, log.address), claim)

    def signed_by(self, signer: str, digest: bytes, signature: bytes, subject: str) -> bool:
        """Whether a signature is the signer's own, by key or (ERC-1271) by contract."""
        try:
            if recover(digest, signature) == signer:
                return True
        except SignatureInvalid:
            pass  # a contract wallet's signature may have any form: asked below
        answer = self._witness.contract_accepts(signer, digest, signature)
        return self._known(answer, f"{subject}: signature of {signer}, perhaps a contract wallet")

    def _known(self, answer: bool | None, claim: str) -> bool:
        if answer is None:
            self._findings.unproven.append(claim)
        return answer is not False
