"""Claims outside decisions: noticed, reopened, acknowledged, re-estimated, withdrawn, closed, paid in instalments."""

from __future__ import annotations

from collections.abc import Callable

from domain.claim import ClaimOutcome, ClaimState
from domain.claim_ids import split_claim_id
from domain.claim_reports import Notice
from domain.money import TokenUnits
from ledger import bindings as b
from ledger.indemnity.capital import Handlers
from ledger.indemnity.effects import Effect, claim_name
from ledger.indemnity.house import House

NOT_OWED = {"ClaimNotInState": "I6", "NoInstalments": "I6", "InstalmentNotDue": "S24"}
"""Rules a payment breaks that no decision stands behind."""


class Claims:
    """What happens to claims on this insurer's policies; events of others' claims do not come here."""

    def __init__(self, house: House) -> None:
        self._house = house

    @property
    def handlers(self) -> Handlers:
        """Event → what to do about it."""
        return {
            b.ClaimNoticed: self.noticed, b.ClaimReopened: self.reopened, b.ClaimAcknowledged: self.acknowledged,
            b.ClaimReestimated: self.reestimated, b.InstitutionChosen: self.chosen, b.ClaimClosed: self.closed,
            b.ClaimPaid: self.paid,
        }  # fmt: skip

    def noticed(self, event: b.ClaimNoticed) -> None:
        """A loss was notified: covered, in time, by somebody who may, and reserved as the terms value it."""
        house, subject = self._house, claim_name(event.claim_id)
        product, policy_id, _ = split_claim_id(event.claim_id)
        place = (product, policy_id, event.coverage, event.peril, event.occurred_at)
        notice = Notice(*place, TokenUnits(event.claimed), event.evidence_root)
        house.treasury.payment = event.claim_id
        opened = house.step(
            subject,
            event.log,
            lambda: house.desk.notify(notice, event.notified_by, house.now),
            claims=[event.claim_id],
        )
        if opened is None:
            return
        self._same(event, "I7", "number", event.claim_id, opened)
        claim = house.desk.claims[opened]
        self._same(event, "I6", "claimant", event.claimant, claim.claimant)
        self._same(event, "I16", "reserve", event.reserve, claim.reserve)

    def reopened(self, event: b.ClaimReopened) -> None:
        """New evidence opened a claim that supersedes a final one."""
        house, subject = self._house, claim_name(event.claim_id)
        noticed = house.effects.later(b.ClaimNoticed, claim_id=event.claim_id)
        old = house.desk.claims.get(event.superseded)
        known = noticed is not None and old is not None
        if not self._expect(event, known, "I7", f"reopens {claim_name(event.superseded)}, which is not known"):
            return
        assert noticed is not None
        assert old is not None
        claimed, claimant = TokenUnits(noticed.claimed), old.claimant
        house.treasury.payment = event.claim_id
        paid_before, cause = old.paid, old.cause

        def reopen() -> int:
            successor = house.desk.reopen(event.superseded, claimant, claimed, house.now)
            figures = {
                "claimant": claimant, "coverage": cause.coverage, "peril": cause.peril, "notified_by": claimant,
                "occurred_at": cause.occurred_at, "reserve": house.desk.claims[successor].reserve,
            }  # fmt: skip
            rules = {"reserve": "I16"}
            house.effects.plan(Effect(b.ClaimNoticed, (event.claim_id,), figures, "S23", subject, rules=rules))
            return successor

        successor = house.step(subject, event.log, reopen, claims=[event.superseded, event.claim_id])
        if successor is not None:
            self._same(event, "I7", "number", event.claim_id, successor)
            self._same(event, "I5", "paid before", event.paid_before, paid_before)

    def acknowledged(self, event: b.ClaimAcknowledged) -> None:
        """The insurer has seen a claim."""
        desk, now = self._house.desk, self._house.now
        self._step(event, lambda: desk.acknowledge(event.claim_id, event.adjuster, now))

    def reestimated(self, event: b.ClaimReestimated) -> None:
        """A reserve was estimated anew."""
        desk, now = self._house.desk, self._house.now
        claim = desk.claims.get(event.claim_id)
        if claim is not None:
            self._same(event, "I16", "reserve before", event.from_, claim.reserve)
        to = TokenUnits(event.to)
        self._step(event, lambda: desk.reestimate(event.claim_id, event.adjuster, to, now))

    def chosen(self, event: b.InstitutionChosen) -> None:
        """The claimant wants to be paid through an institution."""
        desk = self._house.desk
        claim = desk.claims.get(event.claim_id)
        claimant = claim.claimant if claim else ""
        self._step(event, lambda: desk.choose_institution(event.claim_id, claimant, event.institution))

    def closed(self, event: b.ClaimClosed) -> None:
        """A claim closed and nothing before said why: it was withdrawn, ran out, or was paid its last instalment."""
        house, claim_id = self._house, event.claim_id
        if house.effects.is_refused(claim_name(claim_id)):
            return
        claim = house.desk.claims.get(claim_id)
        if event.outcome is ClaimOutcome.WITHDRAWN and claim is not None:
            claimant = claim.claimant
            done = self._step(event, lambda: house.desk.withdraw(claim_id, claimant, house.now))
        elif (payment := house.effects.later(b.ClaimPaid, claim_id=claim_id)) is not None:
            done = self._step(event, lambda: self._instalments(claim_id, payment.indemnity), NOT_OWED)
        else:
            done = self._step(event, lambda: house.desk.close(claim_id, house.now), {"ClaimNotInState": "I6"})
        if done:
            house.effects.take(event)

    def paid(self, event: b.ClaimPaid) -> None:
        """A claim was paid and nothing before said why: an instalment, or a payment nobody owes."""
        house, claim_id = self._house, event.claim_id
        if house.effects.is_refused(claim_name(claim_id)):
            return
        claim = house.desk.claims.get(claim_id)
        # What was granted is paid once: whatever comes after the end is paid again.
        ended = claim is not None and claim.state is ClaimState.CLOSED and claim.paid > 0
        rules = NOT_OWED | ({"ClaimNotInState": "I5"} if ended else {})
        if self._step(event, lambda: self._instalments(claim_id, event.indemnity), rules):
            house.effects.take(event)

    def _instalments(self, claim_id: int, indemnity: int) -> None:
        """The next instalment, or all that are left: only the claimant, who is paid, can ask for those."""
        desk, now = self._house.desk, self._house.now
        claim = desk.claims.get(claim_id)
        plan = claim.plan if claim else None
        if (
            claim
            and plan
            and plan.left
            and indemnity == claim.instalments_left
            and (plan.left > 1 or now < plan.next_due)
        ):
            desk.take_instalments(claim_id, claim.claimant, now)
        else:
            desk.pay_instalment(claim_id, now)

    def _step(self, event: _OfClaim, action: Callable[[], object], rules: dict[str, str] | None = None) -> bool:
        """Do a step that changes one claim; whether the twin took it."""

        def do() -> bool:
            action()
            return True

        subject = claim_name(event.claim_id)
        return bool(self._house.step(subject, event.log, do, claims=[event.claim_id], rules=rules or {}))

    def _same(self, event: _OfClaim, rule: str, what: str, found: object, due: object) -> None:
        self._expect(event, found == due, rule, f"{what} {found}, due is {due}")

    def _expect(self, event: _OfClaim, holds: bool, rule: str, detail: str) -> bool:
        where = event.log.transaction_hash
        return self._house.findings.expect(holds, rule, claim_name(event.claim_id), detail, where)


_OfClaim = (
    b.ClaimNoticed | b.ClaimReopened | b.ClaimAcknowledged | b.ClaimReestimated | b.InstitutionChosen | b.ClaimClosed
    | b.ClaimPaid
)  # fmt: skip
