"""The twin's token, treasury and desk, each telling what a step makes the contracts say.

The token's balances are the chain's business: here every transfer is possible, and noted. Whether the token refused
one is what `PayoutHeld` says.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence

from domain.claim import Claim, ClaimState, Referral
from domain.claim_reports import LossReport
from domain.claims_desk import ClaimsDesk
from domain.disbursement import Disbursement
from domain.indemnity_product import IndemnityProduct
from domain.money import Bps, TokenUnits
from domain.payouts import PayoutOrder
from domain.token import Token
from domain.treasury import Treasury
from domain.treasury_accounts import NOTHING, ClaimPayment
from ledger import bindings as b
from ledger.indemnity.effects import Effect, Effects, Key, Kind, claim_name, policy_name

PLENTY = 1 << 255
MAX_POLICIES = 1 << 64
PAYMENTS = (b.ReserveChanged, b.ClaimPaid, b.PayoutHeld, b.PremiumReturned)
Move = tuple[str, str, int]
"""Sender, recipient, token units."""


class TokenOnChain(Token):
    """A token whose transfers are noted. Those of a step count once it is done."""

    def __init__(self, address: str = "") -> None:
        super().__init__(balances=defaultdict(lambda: PLENTY))
        self.address = address
        self.moved: list[Move] = []

    def move(self, sender: str, to: str, amount: TokenUnits) -> None:
        """Notes a transfer."""
        self.moved.append((sender, to, amount))

    def pays(self, sender: str, to: str, amount: TokenUnits) -> bool:
        """Notes a transfer."""
        self.move(sender, to, amount)
        return True


class TreasuryOnChain(Treasury):
    """A treasury that says what the contract has to say.

    Attributes:
        payment, product: Claim or policy that money moves for at present, and its product.
        delivered: Whether the last payment arrived.
        collectors: Contracts whose premiums come through the product that binds.
    """

    def __init__(self, address: str, token: TokenOnChain, effects: Effects) -> None:
        super().__init__(address, token)
        self._effects = effects
        self.payment, self.product = 0, ""
        self.delivered = True
        self.collectors: set[str] = set()

    def collect_premiums(
        self, product: str, dues: Sequence[tuple[str, TokenUnits]], exposure: TokenUnits, now: int
    ) -> None:
        """As `Treasury`; an institution's premium comes from the product, which was given it."""
        self.product = product
        paid_by = [(product if payer in self.collectors else payer, premium) for payer, premium in dues]
        super().collect_premiums(product, paid_by, exposure, now)
        total, premiums = self.products[product].exposure, sum(premium for _, premium in dues)
        figures = {"exposure": exposure, "total": total, "premiums": premiums}
        self._plan(b.ExposureLocked, (product,), figures, "I17", {"premiums": "S13"})

    def change_reserve(self, product: str, before: TokenUnits, after: TokenUnits, paid: TokenUnits = NOTHING) -> None:
        """As `Treasury`."""
        super().change_reserve(product, before, after, paid)
        if not paid:
            figures = {"product": product, "from_": before, "to": after, "total": self.products[product].reserves}
            self._plan(b.ReserveChanged, (self.payment,), figures, "I16")

    def pay_claim(self, product: str, payment: ClaimPayment, now: int) -> bool:
        """As `Treasury`."""
        figures = {
            "product": product, "payee": payment.payee, "indemnity": payment.indemnity, "interest": payment.interest,
            "reserve_before": payment.reserve_before, "reserve_after": payment.reserve_after,
        }  # fmt: skip
        self.product = product
        rules = {"indemnity": "S11", "interest": "S17", "payee": "I6"}
        self._plan(b.ClaimPaid, (self.payment,), figures, "I16", rules, missing="I11")
        self.delivered = super().pay_claim(product, payment, now)
        return self.delivered

    def run_off(self, product: str, exposure: TokenUnits, earned: TokenUnits) -> None:
        """As `Treasury`; the contract says nothing of nothing."""
        self.product = product
        super().run_off(product, exposure, earned)
        account = self.products[product]
        if exposure:
            figures = {"exposure": exposure, "total": account.exposure, "paid": 0, "held": 0}
            self._plan(b.ExposureReleased, (product,), figures, "I17")
        if earned:
            self._plan_earned(product, earned)

    def return_premium(self, product: str, payee: str, amount: TokenUnits, earned: TokenUnits, now: int) -> bool:
        """As `Treasury`; the contract is not asked to return nothing."""
        if not amount and not earned:
            return True
        self.product = product
        self._check_release(product, NOTHING, TokenUnits(amount + earned))
        self.require_running(now)
        super().run_off(product, NOTHING, TokenUnits(amount + earned))
        figures = {"payee": payee, "amount": amount}
        self._plan(b.PremiumReturned, (product, self.payment), figures, "S14")
        self._plan_earned(product, earned)
        return self._pay_or_hold(payee, payee, amount, now)

    def take_off(self, paid: int, now: int) -> None:
        """Money has left, and counts against the day's cap."""
        self._take_off(TokenUnits(paid), now)

    def _pay_or_hold(self, payee: str, to: str, amount: TokenUnits, now: int) -> bool:
        if amount <= self.left_today(now) and not self._effects.is_held(self.product, self.payment):
            self.token.move(self.address, to, amount)
            self._take_off(amount, now)
            return True
        self.hold(payee, amount, now)
        figures = {"payee": payee, "amount": amount}
        self._plan(b.PayoutHeld, (self.product, self.payment), figures, "I2", missing="I8")
        return False

    def _plan_earned(self, product: str, earned: TokenUnits) -> None:
        figures = {"earned": earned, "unearned": self.products[product].unearned}
        self._plan(b.PremiumEarned, (product,), figures, "S14")

    def _plan(
        self, kind: Kind, key: Key, figures: Mapping[str, object], rule: str, rules: Mapping[str, str] | None = None, *,
        missing: str = "",
    ) -> None:  # fmt: skip
        subject = f"product {self.product}"
        if kind in PAYMENTS:
            is_policy = self.payment < MAX_POLICIES
            subject = policy_name(self.product, self.payment) if is_policy else claim_name(self.payment)
        self._effects.plan(Effect(kind, key, figures, rule, subject, missing, rules or {}))


class DeskOnChain(ClaimsDesk):
    """A desk that says what the contract has to say, and hands payouts to institutions.

    Attributes:
        reasons: Why the last report was referred.
        admitted: Desks the register of incidents takes.
    """

    def __init__(
        self,
        products: Mapping[str, IndemnityProduct],
        oracle: Collection[str],
        *,
        effects: Effects,
        rail: Disbursement,
        token: TokenOnChain,
    ) -> None:
        super().__init__("", "", Bps(0), products, oracle)
        self._effects, self._rail, self._token = effects, rail, token
        self.reasons = Referral.NONE
        self.admitted: set[str] = set()

    def report_loss(self, report: LossReport, now: int) -> TokenUnits:
        """As `ClaimsDesk`."""
        known = dict.fromkeys(report.nullifiers)
        firsts = {nullifier: self.incidents.get(nullifier, report.claim_id) for nullifier in known}
        self.may_register = self.address in self.admitted
        fresh = {nullifier for nullifier in known if nullifier not in self.incidents}
        subject = claim_name(report.claim_id)
        paid = super().report_loss(report, now)
        for nullifier, first in firsts.items() if self.may_register else ():
            key = (nullifier, report.claim_id)
            if nullifier in fresh:
                self._effects.plan(Effect(b.IncidentRegistered, key, {}, "I13", subject))
            elif first != report.claim_id:
                figures = {"first_claim_id": first}
                self._effects.plan(Effect(b.IncidentDuplicate, key, figures, "I13", subject))
        claim = self.claims[report.claim_id]
        if claim.state is ClaimState.REFERRED:
            figures = {"reasons": (self.reasons or Referral.PART_ONLY).value, "reserve": claim.reserve}
            self._effects.plan(
                Effect(b.ClaimReferred, (report.claim_id,), figures, "S22", subject, rules={"reserve": "I16"})
            )
        return paid

    def pay(
        self, claim: Claim, state: ClaimState, indemnity: TokenUnits, interest: TokenUnits, reserve: TokenUnits,
        now: int,
    ) -> None:  # fmt: skip
        """As `ClaimFiles`; the institution is asked whether it takes the amount now."""
        product, _ = self.place(claim.claim_id)
        treasury, amount = product.treasury, TokenUnits(indemnity + interest)
        assert isinstance(treasury, TreasuryOnChain)  # the house makes no other
        treasury.payment = claim.claim_id
        via = self._takes(product, claim.institution, amount, now) and not self._is_straight(claim, treasury, amount)
        self.institutions = {claim.institution} if via else set()
        super().pay(claim, state, indemnity, interest, reserve, now)
        if claim.state is ClaimState.CLOSED:
            figures = {"outcome": claim.outcome, "paid": claim.paid}
            self._effects.plan(Effect(b.ClaimClosed, (claim.claim_id,), figures, "I7", claim_name(claim.claim_id)))
        if via and treasury.delivered:
            order = PayoutOrder(claim.claim_id, claim.claimant, claim.institution, self._token.address, amount)
            self._open_payout(order, now)

    def _takes(self, product: IndemnityProduct, institution: int, amount: TokenUnits, now: int) -> bool:
        if not institution or not amount or product.terms.disbursement != self._rail.address:
            return False
        return self._rail.book.accepts(institution, self._token.address, amount, now)

    def _is_straight(self, claim: Claim, treasury: TreasuryOnChain, amount: TokenUnits) -> bool:
        """Whether the tokens go to the claimant and no instruction is given: the rail no longer takes the desk's word.

        That it does not is the network's decision, and in none of the events that are replayed.
        """
        sent = {"from_": treasury.address, "to": claim.claimant, "value": amount}
        opened_ = self._effects.later(b.PayoutOpened, claim_id=claim.claim_id)
        return opened_ is None and self._effects.later(b.TestStablecoinTransfer, **sent) is not None

    def _open_payout(self, order: PayoutOrder, now: int) -> None:
        number = self._rail.open_payout(order, now)
        self._effects.plan(opened(self._rail, number))

    def _referral_reasons(self, claim: Claim, report: LossReport, worth: TokenUnits) -> Referral:
        self.reasons = super()._referral_reasons(claim, report, worth)
        return self.reasons


def opened(rail: Disbursement, number: int) -> Effect:
    """What the disbursement says of an instruction it has just been given."""
    kept = rail.instructions[number - 1]
    order = kept.order
    figures = {
        "instruction_id": number, "institution": order.institution, "payee": order.payee, "token": order.token,
        "amount": order.amount, "receipt_due": kept.receipt_due,
    }  # fmt: skip
    subject = claim_name(order.claim_id) if order.claim_id else f"payout {number}"
    return Effect(b.PayoutOpened, (order.claim_id,), figures, "S31", subject)
