"""What decides a claim: the machine's report, a person's word, the panel's; and how a claim gets before the panel."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from faster_eth_abi.exceptions import DecodingError

from domain.claim import Claim
from domain.claim_ids import split_claim_id
from domain.claim_reports import Decision, LossReport
from domain.indemnity_product import IndemnityProduct
from domain.money import BPS_WHOLE, Bps, TokenUnits
from ledger import bindings as b
from ledger.codec import decode_arguments
from ledger.indemnity.capital import Handlers
from ledger.indemnity.disputes import Panels
from ledger.indemnity.effects import Effect, claim_name
from ledger.indemnity.house import House
from ledger.indemnity.parties import PartyCheck

REPORT_LOSS = (
    "reportLoss((uint256,address,uint32,uint40,uint40,uint256,uint64,uint16,uint16,uint32,bytes32,bytes32,bytes32[]),"
    "bytes[])"
)
DECIDE = "decide((uint256,uint64,uint16,bytes32,bytes32[],bytes32,uint8,uint32,uint40),address,bytes)"
MAX_INCIDENTS = 16


@dataclass(slots=True)
class DepositCap:
    """What the panel allows of a deposit: a share no event names, and which each deposit narrows down.

    Attributes:
        least, most: It lies between these, basis points of what is disputed.
    """

    least: int = 0
    most: int = BPS_WHOLE

    def learn(self, disputed: int, uncapped: int, deposit: int) -> bool:
        """Narrow the share down by a deposit; whether any share explains this one and all before."""
        least = max(self.least, -(-deposit * BPS_WHOLE // disputed))
        most = self.most
        if deposit < uncapped:
            most = min(most, -(-(deposit + 1) * BPS_WHOLE // disputed) - 1)
        if deposit > uncapped or least > most:
            return False
        self.least, self.most = least, most
        return True


class Decisions:
    """Reports, decisions and awards on claims of this insurer."""

    def __init__(self, house: House, parties: PartyCheck, panels: Panels) -> None:
        self._house, self._parties, self._panels = house, parties, panels
        self.deposit_cap = DepositCap()
        self.reports = 0

    @property
    def handlers(self) -> Handlers:
        """Event → what to do about it."""
        return {
            b.LossReported: self.reported, b.ClaimDecided: self.decided, b.ClaimDisputed: self.disputed,
            b.ClaimAwarded: self.awarded,
        }  # fmt: skip

    def reported(self, event: b.LossReported) -> None:
        """A quorum's report: signed, and paid or referred as the terms say."""
        self.reports += 1
        house, subject = self._house, claim_name(event.claim_id)
        read = self._read(event, subject, REPORT_LOSS, event.report)
        if read is None:
            return
        report, signatures = read
        assert isinstance(report, LossReport)
        self._parties.loss(event, report, signatures, self._product(event.claim_id))
        self._expect(event, report.claim_id == event.claim_id, "I13", f"its report is on {report.claim_id}")
        self._expect(event, len(report.nullifiers) <= MAX_INCIDENTS, "I13", "its report names too many incidents")
        house.step(subject, event.log, lambda: house.desk.report_loss(report, house.now), claims=[event.claim_id])

    def decided(self, event: b.ClaimDecided) -> None:
        """A person's decision: by an adjuster within authority, with reason and clause, worth what the terms say."""
        house, subject = self._house, claim_name(event.claim_id)
        read = self._read(event, subject, DECIDE, event.decision)
        claim = house.desk.claims.get(event.claim_id)
        if read is None or not self._expect(event, claim is not None, "I7", "was never noticed"):
            return
        assert claim is not None
        decision, second, signature = read
        assert isinstance(decision, Decision)
        self._expect(event, decision.claim_id == event.claim_id, "I13", f"the decision is on {decision.claim_id}")
        worth = house.desk.worth_apart(claim)
        if worth + claim.paid > house.desk.rules(claim).second_signature_above:
            self._parties.second(event, decision, second, signature)

        def decide() -> TokenUnits:
            return house.desk.decide(decision, event.adjuster, house.now, second=second)

        granted = house.step(subject, event.log, decide, claims=[event.claim_id])
        if granted is None:
            return
        self._same(event, "S11", "granted", event.granted, granted)
        self._same(event, "S24", "disputable", event.disputable, worth - granted)
        outcome = house.desk.claims[event.claim_id].outcome
        self._same(event, "S24", "outcome", event.outcome.name, outcome.name)

    def disputed(self, event: b.ClaimDisputed) -> None:
        """The claimant went to the panel: in time, with what was not granted, for the deposit the terms ask for."""
        house, desk, claim_id = self._house, self._house.desk, event.claim_id
        claim = desk.claims.get(claim_id)
        if not self._expect(event, claim is not None, "I7", "was never noticed"):
            return
        assert claim is not None
        desk.panel = self._panels.address
        if not event.escalated:
            self._learn_cap(event, claim)
        claimant, product = claim.claimant, self._product(claim_id)
        go = desk.escalate if event.escalated else desk.dispute

        def dispute() -> TokenUnits:
            disputed = go(claim_id, claimant, house.now)
            figures = {
                "dispute_id": event.dispute_id, "claimant": claimant, "token": house.token.address,
                "disputed": disputed, "deposit": desk.disputes[claim_id].deposit,
                "deposit_to": product.terms.treasury, "clause_root": product.terms.clause_root,
            }  # fmt: skip
            key = (desk.address, claim_id)
            house.effects.plan(Effect(b.DisputeOpened, key, figures, "S25", claim_name(claim_id)))
            return disputed

        disputed = house.step(claim_name(claim_id), event.log, dispute, claims=[claim_id])
        if disputed is not None:
            self._same(event, "S25", "disputed", event.disputed, disputed)
            self._same(event, "S25", "deposit", event.deposit, desk.disputes[claim_id].deposit)

    def awarded(self, event: b.ClaimAwarded) -> None:
        """The panel's word, as the panel decided it."""
        house, claim_id = self._house, event.claim_id
        dispute = self._panels.of_claim(event.log.address, claim_id)
        decision = dispute.decision if dispute else None
        if not self._expect(event, decision is not None, "I6", "is awarded what no panel decided"):
            return
        assert decision is not None
        assert dispute is not None
        self._same(event, "S30", "reason", event.reason_code, decision.reason_code)
        self._same(event, "S30", "clause", event.clause.hex(), decision.clause.hex())

        def award() -> TokenUnits:
            granted = house.desk.award(claim_id, decision.award, decision.reason_code, house.now)
            house.effects.plan(Effect(b.AwardDelivered, (dispute.number,), {}, "S25", claim_name(claim_id)))
            return granted

        granted = house.step(claim_name(claim_id), event.log, award, claims=[claim_id])
        if granted is not None:
            self._same(event, "S25", "granted", event.granted, granted)

    def _learn_cap(self, event: b.ClaimDisputed, claim: Claim) -> None:
        """What the panel allows follows from the deposits it took; the twin asks for no other."""
        desk = self._house.desk
        disputed, rules = desk.disputed(claim), desk.rules(claim)
        uncapped = min(disputed * rules.deposit_bps // BPS_WHOLE, rules.deposit_cap)
        explained = disputed == 0 or self.deposit_cap.learn(disputed, uncapped, event.deposit)
        detail = f"deposit {event.deposit} for {disputed}, terms ask for {uncapped}, and no panel's cap explains it"
        self._expect(event, explained, "S25", detail)
        desk.deposit_cap_bps = Bps(self.deposit_cap.least)

    def _read(self, event: _OfDecision, subject: str, call: str, data: bytes) -> tuple[Any, ...] | None:
        try:
            return decode_arguments("ClaimsDesk", call, data)
        except (DecodingError, ValueError, OverflowError) as error:
            detail = f"what was handed in cannot be read: {error}"
            self._house.findings.expect(False, "I13", subject, detail, event.log.transaction_hash)
            self._house.effects.drop(subject)
            return None

    def _product(self, claim_id: int) -> IndemnityProduct:
        return self._house.products[split_claim_id(claim_id)[0]]

    def _same(self, event: _OfDecision, rule: str, what: str, found: object, due: object) -> None:
        self._expect(event, found == due, rule, f"{what} {found}, due is {due}")

    def _expect(self, event: _OfDecision, holds: bool, rule: str, detail: str) -> bool:
        where = event.log.transaction_hash
        return self._house.findings.expect(holds, rule, claim_name(event.claim_id), detail, where)


_OfDecision = b.LossReported | b.ClaimDecided | b.ClaimDisputed | b.ClaimAwarded
