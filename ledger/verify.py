"""Prove the ledger, or find where it does not hold.

Every policy's price, every outcome, every payment is computed again from terms, reports and signatures, by the
twin in `domain/`, and held against what the events say happened and what the token really moved. Indemnity insurance
is `ledger.indemnity`'s part, parametric products are done here. With a chain at
hand the rebuilt state is also held against the contracts' own getters at one block. Neither the backend nor the
insurer is asked anything.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import groupby
from typing import Any

from domain.errors import DomainError, QuoteRefused
from domain.policy import Outcome, event_id, policy_id
from domain.reports import Assessment, Measurement
from domain.settlement import InsuredEvent, amount_owed, share_owed
from domain.terms import check_document
from domain.underwriting import check_quote
from ledger import bindings as b
from ledger.chain_check import ChainCheck, ChainWitness
from ledger.codec import ChainEvent
from ledger.deployment import Deployment
from ledger.events import fetch_events
from ledger.findings import Findings, Verification
from ledger.indemnity.chain_questions import questions
from ledger.indemnity.terms_code import clone_arguments
from ledger.indemnity.verify import IndemnityVerifier
from ledger.money_check import MoneyMoved
from ledger.replay import InsuredEventState, LedgerState, PolicyState, ReplayError
from ledger.rpc import Rpc, RpcError
from ledger.signature_check import SignatureCheck, Witness

READS = 5


class WrongChain(ValueError):
    """The node has another chain than the deployment's."""


class Verifier:
    """Goes through the events of one treasury's products, one transaction at a time."""

    def __init__(self, treasury: str, chain_id: int, witness: Witness | None = None) -> None:
        self.state = LedgerState(treasury)
        self.findings = Findings()
        self.reports = 0
        self.payments = 0
        self._signatures = SignatureCheck(self.state, self.findings, chain_id, witness)
        self.indemnity = IndemnityVerifier(self.state, self.findings, self._signatures)
        self._applications: set[tuple[str, int]] = set()
        self._assessments: dict[tuple[str, int], list[Assessment]] = {}
        self._measurements: dict[tuple[str, int], tuple[Measurement, int]] = {}

    def run(self, events: Iterable[ChainEvent]) -> None:
        """Check all events, given in chain order."""
        for _, transaction in groupby(events, key=lambda e: e.log.transaction_hash):
            self._transaction(list(transaction))
        self._books()

    def _transaction(self, events: list[ChainEvent]) -> None:
        self._assessments.clear()
        self._measurements.clear()
        self.indemnity.begin(events)
        for event in events:
            check = _CHECKS.get(type(event))
            try:
                if check is not None and event.log.address in self.state.products:
                    check(self, event)
                self.indemnity.take(event)
                self.state.apply(event)
            except (ReplayError, DomainError) as error:
                self.findings.expect(False, "I7", type(event).__name__, str(error), event.log.transaction_hash)
        where = events[0].log.transaction_hash
        due = self.indemnity.end(where)
        moved = MoneyMoved(events, self.state.treasury_address, self.state.products, due)
        moved.check(self.state, self.findings, where)

    def risks_reported(self, event: b.RisksReported) -> None:
        """A risk report: its signatures; its assessments serve the policies bound in the same transaction."""
        self.reports += 1
        self._signatures.risk_report(event)
        for assessment in event.report.assessments:
            self._assessments.setdefault((event.log.address, assessment.application_id), []).append(assessment)

    def policy_bound(self, event: b.PolicyBound) -> None:
        """A policy: assessed, priced by the terms, offered, accepted, and its application used once."""
        product, quote = event.log.address, event.quote
        subject, where = f"policy 0x{event.policy_id:064x}", event.log.transaction_hash
        self._signatures.quote(event)
        used = (product, quote.application_id) in self._applications
        self.findings.expect(not used, "I13", subject, f"application {quote.application_id} was used before", where)
        self._applications.add((product, quote.application_id))
        assessed = self._assessments.get((product, quote.application_id), [])
        if not self.findings.expect(bool(assessed), "I6", subject, "no risk report speaks of it", where):
            return
        self.findings.expect(event.holder == quote.holder, "I6", subject, f"belongs to {event.holder}", where)
        self._price(event, assessed, subject)

    def _price(self, event: b.PolicyBound, assessed: list[Assessment], subject: str) -> None:
        """One of the assessments of the application must allow the quote, by everything S9 asks."""
        product, refusals = event.log.address, []
        known = self.state.insured_events.get((product, event_id(event.quote.insured_event)))
        insured = known.as_domain() if known else InsuredEvent()
        for assessment in assessed:
            try:
                terms = self.state.products[product].terms
                check_quote(terms, assessment, event.quote, insured, now=event.log.block_time)
                return
            except QuoteRefused as error:
                refusals.append(error)
        rule = _RULES.get(refusals[0].code, "S9")
        self.findings.expect(False, rule, subject, f"{refusals[0].code}: {refusals[0]}", event.log.transaction_hash)

    def events_reported(self, event: b.EventsReported) -> None:
        """An event report: its signatures; its measurements close events in the same transaction."""
        self.reports += 1
        self._signatures.event_report(event)
        for measurement in event.report.measurements:
            self._measurements[(event.log.address, measurement.event_id)] = (measurement, event.report.observed_at)

    def event_closed(self, event: b.EventClosed) -> None:
        """An outcome: as the quorum reported it, worth what the curve says; or unreported for long enough."""
        insured = self.state.insured_events.get((event.log.address, event.event_id))
        subject, where = f"event 0x{event.event_id:064x}", event.log.transaction_hash
        if not self.findings.expect(insured is not None, "I7", subject, "has no policies", where):
            return
        assert insured is not None
        terms = self.state.products[event.log.address].terms
        if event.outcome is Outcome.NOT_REPORTED:
            closes_at = insured.occurs_at + terms.report_window_seconds
            late = event.log.block_time > closes_at
            self.findings.expect(late, "S4", subject, f"closed before {closes_at}, while it could be reported", where)
            return
        reported = self._measurements.get((event.log.address, event.event_id))
        if not self.findings.expect(reported is not None, "I6", subject, "closed without a report", where):
            return
        assert reported is not None
        measurement, observed_at = reported
        same = (measurement.outcome, measurement.value) == (event.outcome, event.value)
        self.findings.expect(same, "I6", subject, f"reported {measurement}, closed as {event.outcome.name}", where)
        self.findings.expect(observed_at >= insured.occurs_at, "I13", subject, "reported before it was due", where)
        share = share_owed(terms, event.outcome, event.value)
        self.findings.expect(share == event.share_bps, "S1", subject, f"share {event.share_bps}, owed {share}", where)

    def policy_settled(self, event: b.PolicySettled) -> None:
        """A payment: to the holder, of what is owed, never above the sum insured."""
        self.payments += 1
        policy = self.state.policies.get((event.log.address, event.policy_id))
        subject, where = f"policy 0x{event.policy_id:064x}", event.log.transaction_hash
        if not self.findings.expect(policy is not None, "I7", subject, "was never bound", where):
            return
        assert policy is not None
        insured = self.state.insured_events[(event.log.address, policy.event_id)]
        self.findings.expect(insured.outcome is not Outcome.OPEN, "I6", subject, "paid without an outcome", where)
        self.findings.expect(policy.ordinal >= insured.settled, "I5", subject, "was settled before", where)
        if insured.outcome is not Outcome.OPEN:
            owed = _owed(policy, insured)
            self.findings.expect(event.amount == owed, "S2", subject, f"paid {event.amount}, owed {owed}", where)
        self.findings.expect(event.amount <= policy.quote.sum_insured, "I3", subject, "paid above its sum", where)
        self.findings.expect(event.payee == policy.holder, "I6", subject, f"paid to {event.payee}", where)

    def policies_settled(self, event: b.PoliciesSettled) -> None:
        """A step of settlement: nobody passed over, exposure and payments add up."""
        product = event.log.address
        subject, where = f"event 0x{event.event_id:064x}", event.log.transaction_hash
        insured = self.state.insured_events.get((product, event.event_id))
        known = insured is not None and 0 <= event.from_ < event.to <= insured.policies
        if not self.findings.expect(known, "I7", subject, "settles policies it has not", where):
            return
        assert insured is not None
        ids = [policy_id(event.event_id, ordinal) for ordinal in range(event.from_, event.to)]
        policies = [self.state.policies[(product, pid)] for pid in ids]
        exposure = sum(policy.quote.sum_insured for policy in policies)
        paid = sum(policy.indemnity for policy in policies)
        self.findings.expect(event.exposure == exposure, "I8", subject, f"released {event.exposure}", where)
        self.findings.expect(event.paid == paid, "I2", subject, f"says paid {event.paid}, paid {paid}", where)
        closed = insured.outcome is not Outcome.OPEN
        if not self.findings.expect(closed, "I6", subject, "is settled without an outcome", where):
            return
        skipped = [policy for policy in policies if policy.indemnity == 0 and _owed(policy, insured) > 0]
        self.findings.expect(not skipped, "I11", subject, f"passed over {len(skipped)} policies", where)

    def _books(self) -> None:
        """What must hold of the state as a whole."""
        books = self.state.treasury
        self.indemnity.finish()
        exposure = sum(insured.exposure for insured in self.state.insured_events.values()) + self.indemnity.exposure()
        detail = f"exposure {books.total_exposure}, open policies insure {exposure}"
        self.findings.expect(books.total_exposure == exposure, "I8", "treasury", detail)
        bound = books.total_held + books.total_reserves + books.total_exposure
        detail = f"assets {books.assets}, held, reserved and insured {bound}"
        self.findings.expect(books.assets >= bound, "I1", "treasury", detail)


def _owed(policy: PolicyState, insured: InsuredEventState) -> int:
    """Token units a policy of a closed event is owed."""
    return amount_owed(policy.quote.sum_insured, policy.quote.premium, insured.outcome, insured.share_bps)


_RULES = {
    "PremiumNotAsPriced": "S3", "PremiumTooHigh": "S3", "SumInsuredOutOfRange": "I3", "EventExposureTooLarge": "I3",
    "ApplicationMismatch": "I13", "EventMismatch": "I13", "OccursAtMismatch": "I13",
}  # fmt: skip
"""Rule that a refused quote breaks, by the contract's own error; S9 for all others."""

_CHECKS: dict[type[ChainEvent], Any] = {
    b.RisksReported: Verifier.risks_reported,
    b.PolicyBound: Verifier.policy_bound,
    b.EventsReported: Verifier.events_reported,
    b.EventClosed: Verifier.event_closed,
    b.PolicySettled: Verifier.policy_settled,
    b.PoliciesSettled: Verifier.policies_settled,
}


def verify_events(
    events: list[ChainEvent],
    *,
    treasury: str,
    chain_id: int,
    documents: Mapping[str, Mapping[str, object]] | None = None,
    chain: ChainCheck | None = None,
    witness: Witness | None = None,
) -> Verification:
    """Verify events, and with `chain` the state they give.

    Args:
        documents: Product documents by terms hash (0x-hex): their words are held against the terms on chain.
        witness: Answers what events do not tell; the chain's own where there is a chain.
    """
    verifier = Verifier(treasury, chain_id, chain.witness if chain else witness)
    verifier.run(events)
    state, findings, indemnity = verifier.state, verifier.findings, verifier.indemnity
    hashes = [product.terms_hash for product in state.products.values()]
    for terms_hash in (*hashes, *indemnity.house.hashes.values()):
        check_words(terms_hash, documents or {}, findings)
    checks = _held_against(chain, verifier) if chain else 0
    counts, liabilities = indemnity.counts(), indemnity.roll_forward.total()
    return Verification(
        events=len(events), products=len(state.products) + counts.products,
        policies=len(state.policies) + counts.policies, reports=verifier.reports + counts.reports,
        payments=verifier.payments + counts.payments, paid=state.treasury.paid, held=state.treasury.total_held,
        chain_checks=checks, discrepancies=tuple(findings.discrepancies), unproven=tuple(findings.unproven),
        claims=counts.claims, disputes=counts.disputes, payouts=counts.payouts, notified=liabilities.notified,
        reestimated=liabilities.reestimated, settled=liabilities.paid, reserved=liabilities.closing,
    )  # fmt: skip


def _held_against(chain: ChainCheck, verifier: Verifier) -> int:
    """Compare the rebuilt state with a chain; how many getters were asked."""
    indemnity = verifier.indemnity
    more = questions(indemnity, chain.contracts, chain.block_time())
    clones = {product.address: clone_arguments(product.terms) for product in indemnity.house.products.values()}
    return chain.compare(verifier.state, verifier.findings, more, clones)


def verify(rpc: Rpc, deployment: Deployment, documents: Mapping[str, Mapping[str, object]]) -> Verification:
    """Verify a deployment against its chain, at the latest block.

    Raises:
        WrongChain: The node has another chain than the deployment's.
        RpcError, RpcUnavailable
    """
    begin = rpc.block(deployment.block_number)["hash"]
    if begin != deployment.block_hash:
        raise WrongChain(
            f"{rpc.url} has another chain: block {deployment.block_number} is {begin} there, "
            f"the deployment's is {deployment.block_hash}. Name a node of that chain"
        )
    head, events = _read(rpc, deployment)
    chain = ChainCheck(rpc, deployment, head["hash"], ChainWitness(rpc, head["hash"]))
    treasury = deployment.contracts["Treasury"]
    return verify_events(events, treasury=treasury, chain_id=rpc.chain_id(), documents=documents, chain=chain)


def _read(rpc: Rpc, deployment: Deployment) -> tuple[dict[str, Any], list[ChainEvent]]:
    """The latest block, and all events up to it; read again when a reorganisation came between."""
    for _ in range(READS):
        head = rpc.block("latest")
        number = int(head["number"], 16)
        events = fetch_events(rpc, deployment, deployment.block_number, number)
        if rpc.block(number)["hash"] == head["hash"]:
            return head, events
    raise RpcError(-32001, f"the chain was reorganised {READS} times while it was read: try again")


def check_words(terms_hash: bytes, documents: Mapping[str, Mapping[str, object]], findings: Findings) -> None:
    """Note where a product's words are not those of the terms on chain, or are not at hand."""
    name = f"0x{terms_hash.hex()}"
    document = documents.get(name)
    if document is None:
        findings.unproven.append(f"product {name}: its document is not at hand, so its words are not checked")
        return
    try:
        check_document(document, terms_hash=terms_hash)
    except DomainError as error:
        findings.expect(False, "S6", f"product {name}", str(error))
