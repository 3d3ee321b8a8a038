"""Disputes before the panel: drawn, ruled, decided and delivered, done again from the panel's events. Rule S30."""

from __future__ import annotations

from collections import defaultdict

from domain.claim_files import OpenDispute as ClaimsOpenDispute
from domain.errors import DomainError
from domain.money import TokenUnits
from domain.panel import (
    DRAW_DELAY_BLOCKS,
    SEATS,
    PanelDecision,
    PanelRuling,
    award_by_default,
    check_ruling,
    decide,
    deposit_returns,
    draw,
    draw_seed,
)
from ledger import bindings as b
from ledger.codec import ChainEvent
from ledger.indemnity.bench import Bench
from ledger.indemnity.capital import Handlers
from ledger.indemnity.dispute_books import OpenDispute, Sitting
from ledger.indemnity.effects import Effect
from ledger.indemnity.house import House
from ledger.signature_check import SignatureCheck


class Panels:
    """The panel of all insurers. What concerns claims of this insurer is held against the desk in `decisions`."""

    def __init__(self, house: House, signatures: SignatureCheck) -> None:
        self._house, self._signatures = house, signatures
        self.address = ""
        self.bench = Bench()
        self.disputes: list[OpenDispute] = []
        self.windows: tuple[int, int] | None = None
        self.held: dict[tuple[str, str], int] = defaultdict(int)
        self._by_claim: dict[tuple[str, int], OpenDispute] = {}

    @property
    def handlers(self) -> Handlers:
        """Event → what to do about it."""
        return {
            b.ArbitratorAdmitted: self.admitted, b.ArbitratorRemoved: self.removed, b.DisputeOpened: self.opened,
            b.DrawPostponed: self.postponed, b.PanelDrawn: self.drawn, b.RulingCommitted: self.committed,
            b.RulingRevealed: self.revealed, b.PanelSilent: self.silent, b.DisputeDecided: self.decided,
            b.HeldDepositTaken: self.taken,
        }  # fmt: skip

    def of_claim(self, court: str, claim_id: int) -> OpenDispute | None:
        """The dispute a court opened on a claim."""
        return self._by_claim.get((court, claim_id))

    def admitted(self, event: b.ArbitratorAdmitted) -> None:
        """Somebody came onto the bench."""
        advocate, block = event.consumer_advocate, event.log.block_number
        fresh = self.bench.admit(event.arbitrator, advocate=advocate, block=block)
        self._expect(event, fresh, "bench", f"{event.arbitrator} was on it already")

    def removed(self, event: b.ArbitratorRemoved) -> None:
        """Somebody left the bench. Who is struck off was silent: the outcome that comes next takes them off."""
        if event.struck_off:
            self._house.effects.wait(event)
            return
        known = self.bench.remove(event.arbitrator, event.log.block_number)
        self._expect(event, known, "bench", f"{event.arbitrator} was not on it")

    def opened(self, event: b.DisputeOpened) -> None:
        """A court opened a dispute."""
        self.address, number, block = event.log.address, len(self.disputes) + 1, event.log.block_number
        dispute = OpenDispute(number, event, block, event.hash_block, event.log.block_time)
        self._same(event, "number", event.dispute_id, number)
        self._same(event, "block it is drawn by", event.hash_block, block + DRAW_DELAY_BLOCKS)
        again = (event.court, event.claim_id) in self._by_claim
        self._expect(event, not again, self._name(event), "is on a claim that was disputed before")
        self.disputes.append(dispute)
        self._by_claim[(event.court, event.claim_id)] = dispute
        if event.court == self._house.desk.address and self._house.is_ours(event.claim_id):
            self._house.effects.wait(event)
        elif event.deposit and event.token == self._house.token.address:
            self._house.token.move(event.claimant, self.address, TokenUnits(event.deposit))

    def postponed(self, event: b.DrawPostponed) -> None:
        """No panel could be drawn: another block draws."""
        dispute = self._dispute(event)
        if dispute is not None:
            self._fix(event, dispute, event.hash_block)

    def drawn(self, event: b.PanelDrawn) -> None:
        """A panel sits: those whom the hash drew, for the panel's windows."""
        dispute = self._dispute(event)
        if dispute is None:
            return
        self._expect(event, dispute.awaits_draw, self._name(event), "is drawn while no draw is awaited")
        self._same(event, "panel", event.panel, len(dispute.sittings) + 1)
        self._expect(event, event.log.block_number > dispute.hash_block, self._name(event), "is drawn too early")
        self._check_draw(event, dispute)
        drawn_at = event.log.block_time
        windows = (event.commit_until - drawn_at, event.reveal_until - event.commit_until)
        self.windows = self.windows or windows
        self._expect(event, windows == self.windows, self._name(event), f"windows {windows}, were {self.windows}")
        dispute.awaits_draw = False
        dispute.sittings.append(Sitting(event.arbitrators, drawn_at, event.commit_until, event.reveal_until))

    def committed(self, event: b.RulingCommitted) -> None:
        """An arbitrator has ruled, unseen."""
        sitting = self._sitting(event)
        if sitting is None:
            return
        name, who = self._name(event), event.arbitrator
        self._expect(event, who in sitting.arbitrators, name, f"{who} is not on its panel")
        self._expect(event, who not in sitting.committed, name, f"{who} commits twice")
        self._expect(event, event.log.block_time < sitting.commit_until, name, f"{who} commits late")
        sitting.committed[who] = event.commitment

    def revealed(self, event: b.RulingRevealed) -> None:
        """An arbitrator has shown a ruling."""
        sitting, dispute = self._sitting(event), self._dispute(event)
        if sitting is None or dispute is None:
            return
        name, who, now = self._name(event), event.arbitrator, event.log.block_time
        ruling = PanelRuling(TokenUnits(event.award), event.reason_code, event.clause)
        self._expect(event, who in sitting.committed, name, f"{who} reveals what was not committed")
        self._expect(event, who not in sitting.rulings, name, f"{who} reveals twice")
        all_in = len(sitting.committed) == SEATS or now >= sitting.commit_until
        self._expect(event, all_in and now < sitting.reveal_until, name, f"{who} reveals out of time")
        try:
            check_ruling(ruling, disputed=TokenUnits(dispute.opening.disputed))
        except DomainError as error:
            self._expect(event, False, name, str(error))
            return
        sitting.rulings[who] = ruling

    def silent(self, event: b.PanelSilent) -> None:
        """Nobody revealed: a second panel is drawn."""
        dispute, sitting = self._dispute(event), self._sitting(event)
        if dispute is None or sitting is None:
            return
        first = len(dispute.sittings) == 1 and not sitting.rulings
        self._expect(event, first, self._name(event), "draws a second panel where none is due")
        self._end_sitting(event, dispute, sitting)
        self._fix(event, dispute, event.hash_block)
        dispute.awaits_draw, dispute.waiting_since = True, event.log.block_time
        if (known := self._at_desk(dispute)) is not None:
            known.since = dispute.waiting_since
        self._house.effects.keep()

    def decided(self, event: b.DisputeDecided) -> None:
        """The outcome: what the rulings make it, or all that is disputed where nobody ruled."""
        dispute = self._dispute(event)
        if dispute is None or not self._expect(event, dispute.decision is None, self._name(event), "is decided twice"):
            return
        opening = dispute.opening
        due = self._decision(event, dispute)
        self._same(event, "claim", event.claim_id, opening.claim_id)
        found = PanelDecision(TokenUnits(event.award), event.reason_code, event.clause, event.revealed)
        self._expect(event, found == due, self._name(event), f"is decided as {found}, the rulings make it {due}")
        dispute.decision = due
        if (known := self._at_desk(dispute)) is not None:
            known.award, known.reason_code = due.award, due.reason_code
        self._plan_deposit(dispute, due)
        self._house.effects.keep()

    def delivered(self, event: b.AwardDelivered) -> None:
        """The court took the decision: once."""
        dispute = self._dispute(event)
        if dispute is not None:
            fit = dispute.decision is not None and not dispute.is_delivered
            self._expect(event, fit, self._name(event), "is delivered twice, or before it is decided")
            self._same(event, "claim", event.claim_id, dispute.opening.claim_id)
            dispute.is_delivered = True

    def taken(self, event: b.HeldDepositTaken) -> None:
        """A held deposit left."""
        place = (event.account, event.token)
        detail = f"{event.amount} is taken by {event.account}, {self.held[place]} is held"
        self._expect(event, event.amount == self.held[place], "deposits", detail)
        self.held[place] = 0
        if event.token == self._house.token.address:
            self._house.token.move(self.address, event.to, TokenUnits(event.amount))

    def _decision(self, event: b.DisputeDecided, dispute: OpenDispute) -> PanelDecision:
        """What is decided: of a panel that sat, or by default where none could be drawn."""
        disputed = TokenUnits(dispute.opening.disputed)
        if dispute.awaits_draw:
            can = self.bench.suffices(dispute.opening.claimant)
            self._expect(event, not can, self._name(event), "is decided without a panel, and one can be drawn")
            return award_by_default(disputed)
        sitting = dispute.sittings[-1]
        self._end_sitting(event, dispute, sitting)
        rulings = [sitting.rulings.get(who) for who in sitting.arbitrators]
        second = len(dispute.sittings) > 1
        due = decide(rulings, disputed=disputed, second_panel=second)
        self._expect(event, due is not None, self._name(event), "is decided while a second panel is due")
        return due or award_by_default(disputed)

    def _end_sitting(self, event: ChainEvent, dispute: OpenDispute, sitting: Sitting) -> None:
        """A sitting ends when all have ruled or time is up; who was silent is told so, before the outcome is."""
        over = len(sitting.rulings) == SEATS or event.log.block_time >= sitting.reveal_until
        self._expect(event, over, f"dispute {dispute.number}", "ends while its panel still sits")
        subject = f"dispute {dispute.number}"
        for who in sitting.arbitrators:
            if who in sitting.rulings:
                continue
            strikes, leaves = self.bench.strike(who)
            figures = {"strikes": strikes}
            self._house.effects.plan(Effect(b.ArbitratorSilent, (dispute.number, who), figures, "S30", subject))
            if leaves:
                self.bench.remove(who, event.log.block_number)
                self._house.effects.plan(Effect(b.ArbitratorRemoved, (who,), {"struck_off": True}, "S30", subject))

    def _plan_deposit(self, dispute: OpenDispute, decision: PanelDecision) -> None:
        opening, effects = dispute.opening, self._house.effects
        if not opening.deposit:
            return
        to = opening.claimant if deposit_returns(decision) else opening.deposit_to
        subject, key = f"dispute {dispute.number}", (dispute.number,)
        if effects.later(b.DepositHeld, dispute_id=dispute.number) is not None:
            self.held[(to, opening.token)] += opening.deposit
            effects.plan(Effect(b.DepositHeld, key, {"account": to, "amount": opening.deposit}, "S30", subject))
            return
        effects.plan(Effect(b.DepositPaid, key, {"to": to, "amount": opening.deposit}, "S30", subject))
        if opening.token == self._house.token.address:
            self._house.token.move(self.address, to, TokenUnits(opening.deposit))

    def _check_draw(self, event: b.PanelDrawn, dispute: OpenDispute) -> None:
        subject, number = self._name(event), dispute.hash_block
        block_hash = self._signatures.witness.block_hash(number)
        if block_hash is None:
            self._house.findings.unproven.append(f"{subject}: its panel, drawn by block {number}, which is not at hand")
            return
        before = dispute.sittings[0].arbitrators if dispute.sittings else ()
        seed, claimant = draw_seed(block_hash, dispute.number), dispute.opening.claimant
        try:
            due = draw(self.bench.members, seed=seed, bench_block=dispute.bench_block, claimant=claimant, before=before)
        except DomainError as error:
            self._expect(event, False, subject, str(error))
            return
        self._expect(event, event.arbitrators == due, subject, f"seats {event.arbitrators}, the hash draws {due}")

    def _fix(self, event: b.DrawPostponed | b.PanelSilent, dispute: OpenDispute, hash_block: int) -> None:
        dispute.bench_block, dispute.hash_block = event.log.block_number, hash_block
        self._same(event, "block it is drawn by", hash_block, dispute.bench_block + DRAW_DELAY_BLOCKS)

    def _at_desk(self, dispute: OpenDispute) -> ClaimsOpenDispute | None:
        """The dispute as the twin's desk has it, if it is about a claim of this insurer."""
        desk = self._house.desk
        return desk.disputes.get(dispute.opening.claim_id) if dispute.opening.court == desk.address else None

    def _dispute(self, event: _OfDispute) -> OpenDispute | None:
        known = 1 <= event.dispute_id <= len(self.disputes)
        self._expect(event, known, self._name(event), "was never opened", rule="I7")
        return self.disputes[event.dispute_id - 1] if known else None

    def _sitting(self, event: _OfDispute) -> Sitting | None:
        dispute = self._dispute(event)
        sits = dispute is not None and not dispute.awaits_draw and dispute.decision is None and dispute.sittings
        self._expect(event, bool(sits), self._name(event), "has no panel that sits")
        return dispute.sittings[-1] if dispute is not None and sits else None

    @staticmethod
    def _name(event: _OfDispute) -> str:
        return f"dispute {event.dispute_id}"

    def _same(self, event: _OfDispute, what: str, found: int, due: int) -> None:
        self._expect(event, found == due, self._name(event), f"{what} {found}, due is {due}")

    def _expect(self, event: ChainEvent, holds: bool, subject: str, detail: str, *, rule: str = "S30") -> bool:
        return self._house.findings.expect(holds, rule, subject, detail, event.log.transaction_hash)


_OfDispute = (
    b.DisputeOpened | b.DrawPostponed | b.PanelDrawn | b.RulingCommitted | b.RulingRevealed | b.PanelSilent
    | b.DisputeDecided | b.AwardDelivered
)  # fmt: skip
