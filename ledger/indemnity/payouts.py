"""Payouts through institutions: never both legs, each receipt and order signed by who may. Rule S31."""

from __future__ import annotations

from domain.hashing import ZERO_ADDRESS
from domain.money import TokenUnits
from domain.payouts import PayoutInstruction, PayoutOrder, PayoutReceipt, PayoutState
from ledger import bindings as b
from ledger.indemnity.capital import Handlers
from ledger.indemnity.house import House
from ledger.indemnity.rail import NOT_TWICE, RailCheck
from ledger.indemnity.twins import opened
from ledger.signature_check import SignatureCheck
from ledger.typed_receipts import payout_receipt_digest, reroute_order_digest, take_order_digest


class Payouts(RailCheck):
    """Instructions of all insurers' claims, and payees' own."""

    def __init__(self, house: House, signatures: SignatureCheck) -> None:
        super().__init__(house, signatures)
        self._orders: dict[tuple[bytes, int], b.OrderUsed] = {}

    @property
    def handlers(self) -> Handlers:
        """Event → what to do about it."""
        return {
            b.PayoutOpened: self.opened, b.PayoutConfirmed: self.confirmed, b.PayoutRefused: self.refused,
            b.PayoutTaken: self.taken, b.PayoutRerouted: self.rerouted, b.OrderUsed: self.ordered,
        }  # fmt: skip

    def opened(self, event: b.PayoutOpened) -> None:
        """An instruction no claim of ours asked for: another insurer's, a payee's own, or one sent elsewhere."""
        effects, rail, now = self._house.effects, self._house.rail, self._house.now
        rerouted = effects.later(b.PayoutRerouted, successor=event.instruction_id) is not None
        if rerouted or self._house.is_ours(event.claim_id):
            effects.wait(event)
            return
        amount = TokenUnits(event.amount)
        order = PayoutOrder(event.claim_id, event.payee, event.institution, event.token, amount)

        def open_() -> int:
            if event.claim_id:
                number = rail.open_payout(order, now)
            else:
                number = rail.fund_payout(order.payee, order.institution, order.token, amount, now)
            effects.plan(opened(rail, number))
            return number

        if self._step(event, open_) is not None:
            effects.take(event)

    def confirmed(self, event: b.PayoutConfirmed) -> None:
        """The institution paid, by its receipt, and has the token."""
        kept = self._instruction(event)
        if kept is None:
            return
        order, now = kept.order, self._house.now
        words = (order.payee, order.token, TokenUnits(event.amount), event.currency, event.rate, event.reference_hash)
        receipt = PayoutReceipt(event.instruction_id, *words)
        digest = payout_receipt_digest(receipt, chain_id=self._signatures.chain_id, disbursement=event.log.address)
        signer = self._signer(event, order.institution, digest, event.signature)
        late = now > kept.receipt_due
        done = self._step(event, lambda: self._done(self._house.rail.confirm_payout, receipt, signer), NOT_TWICE)
        if done is not None:
            self._same(event, "institution", event.institution, order.institution)
            self._same(event, "lateness", event.late, late)

    def refused(self, event: b.PayoutRefused) -> None:
        """The institution will not pay. Which of its two accounts said so is not told."""
        kept = self._instruction(event)
        if kept is None:
            return
        number, rail = kept.order.institution, self._house.rail
        known = 1 <= number <= len(rail.book.institutions)
        caller = rail.book.institutions[number - 1].terms.signer if known else ZERO_ADDRESS
        refuse = rail.refuse_payout
        self._step(event, lambda: self._done(refuse, event.instruction_id, caller, event.reason_code), NOT_TWICE)
        self._same(event, "institution", event.institution, number)

    def ordered(self, event: b.OrderUsed) -> None:
        """A payee decided by signature; what was decided comes next."""
        self._orders[(event.log.transaction_hash, event.instruction_id)] = event

    def taken(self, event: b.PayoutTaken) -> None:
        """The payee has the token."""
        kept = self._instruction(event)
        if kept is None:
            return
        order = self._orders.pop((event.log.transaction_hash, event.instruction_id), None)
        chain_id, deadline = self._signatures.chain_id, order.deadline if order else 0
        digest = take_order_digest(
            event.instruction_id, event.to, deadline, chain_id=chain_id, disbursement=event.log.address
        )
        self._by_payee(event, kept, order, digest)
        payee, now, rail = kept.order.payee, self._house.now, self._house.rail
        self._step(event, lambda: self._done(rail.take_payout, event.instruction_id, payee, event.to, now), NOT_TWICE)
        self._same(event, "amount", event.amount, kept.order.amount)
        self._same(event, "payee", event.payee, payee)

    def rerouted(self, event: b.PayoutRerouted) -> None:
        """The payee sent a payout to another institution."""
        kept = self._instruction(event)
        if kept is None:
            return
        order = self._orders.pop((event.log.transaction_hash, event.instruction_id), None)
        chain_id, deadline = self._signatures.chain_id, order.deadline if order else 0
        digest = reroute_order_digest(
            event.instruction_id, event.institution, deadline, chain_id=chain_id, disbursement=event.log.address
        )
        self._by_payee(event, kept, order, digest)
        rail, payee, now = self._house.rail, kept.order.payee, self._house.now

        def reroute() -> int:
            number = rail.reroute_payout(event.instruction_id, payee, event.institution, now)
            self._house.effects.plan(opened(rail, number))
            return number

        successor = self._step(event, reroute, NOT_TWICE)
        if successor is not None:
            self._same(event, "successor", event.successor, successor)

    def _by_payee(
        self, event: b.PayoutTaken | b.PayoutRerouted, kept: PayoutInstruction, order: b.OrderUsed | None,
        digest: bytes,
    ) -> None:  # fmt: skip
        """Only the payee sends a payout anywhere: by signature, or in person."""
        payee, subject = kept.order.payee, self._name(event)
        if order is None:
            claim = f"{subject}: decided by {payee} calling the disbursement itself"
            self._expect(event, self._signatures.called(event.log, payee, claim), f"was not decided by {payee}", "I6")
            return
        good = self._signatures.signed_by(payee, digest, order.signature, subject)
        self._expect(event, good, f"{payee} did not sign the order", "I6")
        self._expect(event, event.log.block_time <= order.deadline, "its order came late", "I13")

    def _instruction(self, event: _OfInstruction) -> PayoutInstruction | None:
        number, rail = event.instruction_id, self._house.rail
        known = rail.state(number) is not PayoutState.NONE
        self._expect(event, known, "was never opened", "I7")
        return rail.instructions[number - 1] if known else None


_OfInstruction = b.PayoutConfirmed | b.PayoutRefused | b.PayoutTaken | b.PayoutRerouted
