"""One claim done again from the events that concern it, without the rest of its ledger.

The same twin does it that does the whole ledger. What only the whole ledger tells it takes as the events say:
the books of the treasury, numbers that count everybody's policies, first claims of an incident, and the panel's word.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import groupby

from domain.claim import Claim
from domain.errors import DomainError
from domain.indemnity_policy import NOTHING, IndemnityPolicy
from domain.indemnity_reports import IndemnityQuote
from domain.institutions import DAY_SECONDS
from domain.money import TokenUnits
from domain.tiers import RiskTier
from domain.treasury_accounts import HeldPayout
from ledger import bindings as b
from ledger.claim_scope import Scope, concerning
from ledger.codec import ChainEvent
from ledger.findings import Findings
from ledger.indemnity.effects import Effect, Effects, claim_name, policy_name
from ledger.indemnity.house import House
from ledger.indemnity.sales import quotes_of
from ledger.indemnity.verify import IndemnityVerifier
from ledger.replay import LedgerState, ReplayError
from ledger.signature_check import SignatureCheck, Witness

ENOUGH = TokenUnits(1 << 120)
NOTHING_HELD = HeldPayout()
_OF_EVERYBODY: dict[type[ChainEvent], frozenset[str]] = {
    b.ExposureLocked: frozenset({"total"}), b.ReserveChanged: frozenset({"total"}),
    b.ExposureReleased: frozenset({"total"}), b.PayoutOpened: frozenset({"instruction_id"}),
    b.DisputeOpened: frozenset({"dispute_id"}), b.ArbitratorSilent: frozenset({"strikes"}),
}  # fmt: skip
"""Figures that count everybody's: nothing in one claim's events says what they must be."""
_NOT_HERE = (b.PremiumEarned,)


class PartEffects(Effects):
    """Expects of the events what follows from one claim alone."""

    def plan(self, effect: Effect) -> None:
        """As `Effects`, without the figures that count everybody's."""
        if effect.kind in _NOT_HERE:
            return
        left_out = _OF_EVERYBODY.get(effect.kind, frozenset())
        figures = {name: value for name, value in effect.figures.items() if name not in left_out}
        super().plan(replace(effect, figures=figures))


class NumberedPolicies(dict[int, IndemnityPolicy]):
    """Policies of a product of which some are not at hand; they count all the same."""

    before = 0

    def __len__(self) -> int:
        return super().__len__() + self.before


@dataclass(frozen=True, slots=True)
class ClaimChecked:
    """A claim as it was done again.

    Attributes:
        claim: None where its events do not lead to one.
        paid: Token units that left the treasury for it or were held, interest included, by the events.
        held: Token units that are held at the end for those whose money of the policy was.
    """

    claim: Claim | None
    events: int
    paid: int
    held: int


class ClaimVerifier:
    """Goes through the events that concern one claim."""

    def __init__(self, scope: Scope, treasury: str, chain_id: int, witness: Witness, findings: Findings) -> None:
        self._scope, self._findings = scope, findings
        self._state = LedgerState(treasury)
        self._payees: set[str] = set()
        self._signatures = SignatureCheck(self._state, findings, chain_id, witness)
        self._house = House(self._state, findings, PartEffects(findings))
        self._house.treasury.booked = ENOUGH
        self._indemnity = IndemnityVerifier(self._state, findings, self._signatures, self._house)

    def run(self, events: Sequence[ChainEvent], *, token: str = "") -> ClaimChecked:
        """Check the events, given in chain order; those that do not concern the claim are passed over.

        Args:
            token: Address of the settlement token.
        """
        kept, treasury = concerning(self._scope, events), self._house.treasury
        self._payees, self._house.token.address = self._scope.payees(kept), token
        paid = 0
        for where, transaction in groupby(kept, key=lambda e: e.log.transaction_hash):
            found = list(transaction)
            self._prepare(found)
            self._indemnity.begin(found)
            for event in found:
                try:
                    self._take(event)
                except (ReplayError, DomainError) as error:
                    self._findings.expect(False, "I7", type(event).__name__, str(error), where)
                if isinstance(event, b.ClaimPaid) and event.claim_id == self._scope.claim_id:
                    paid += event.indemnity + event.interest
            self._check_money(found, self._indemnity.end(where), where)
        claim = self._house.desk.claims.get(self._scope.claim_id)
        name = claim_name(self._scope.claim_id)
        self._findings.expect(claim is not None, "I7", name, "its events do not lead to a claim: it has no notice")
        held = sum(treasury.held[payee].amount for payee in self._payees if payee in treasury.held)
        return ClaimChecked(claim, len(kept), paid, held)

    def _take(self, event: ChainEvent) -> None:
        treasury = self._house.treasury
        if isinstance(event, b.PayoutHeld) and not self._scope.is_own(event):
            treasury.hold(event.payee, TokenUnits(event.amount), event.log.block_time)  # for another reason
        elif not isinstance(event, b.HeldPayoutPaid):
            self._indemnity.take(event)
            self._state.apply(event)
        elif event.payee in self._payees:
            left_before = treasury.left_today(event.log.block_time)
            self._learn_cap(event)
            self._indemnity.take(event)
            if treasury.payout_cap:
                treasury.paid_today = TokenUnits(treasury.payout_cap - max(left_before - event.amount, 0))

    def _learn_cap(self, event: b.HeldPayoutPaid) -> None:
        """How much the day's cap let through, where it was not all: what others were paid is not at hand."""
        treasury, now = self._house.treasury, event.log.block_time
        held = treasury.held.get(event.payee, NOTHING_HELD).at(now)
        through = TokenUnits(event.amount - held.ripe)
        if treasury.payout_cap and 0 <= through <= treasury.left_today(now):
            treasury.paid_today, treasury.day = TokenUnits(treasury.payout_cap - through), _day(event)

    def _prepare(self, found: Sequence[ChainEvent]) -> None:
        """Learn from a transaction what the rest of the ledger would have told."""
        sold = [e.policy_id for e in found if isinstance(e, b.IndemnityPolicyBound)]
        product = self._house.products.get(self._scope.product)
        if sold and product is not None:
            product.policies = policies = NumberedPolicies(product.policies)
            for quote in (quote for event in found for quote in quotes_of(event)):
                if quote.renews and quote.renews not in policies and quote.renews < min(sold):
                    policies[quote.renews] = _renewed(quote)
                    note = "whose it was and when it ended, other than by the sale that renews it"
                    self._findings.unproven.append(f"{policy_name(product.address, quote.renews)}: {note}")
            policies.before = min(sold) - 1 - len(policies)
        for event in found:
            if isinstance(event, b.IncidentDuplicate):
                self._house.desk.incidents.setdefault(event.nullifier, event.first_claim_id)

    def _check_money(self, found: Sequence[ChainEvent], due: Sequence[tuple[str, str, int]], where: bytes) -> None:
        """Tokens that left the treasury are those the claim's rules sent, and the other way round."""
        treasury = self._state.treasury_address
        left = Counter(
            (e.to, e.value) for e in found if isinstance(e, b.TestStablecoinTransfer) and e.from_ == treasury
        )
        left.subtract((e.to, e.amount) for e in found if isinstance(e, b.HeldPayoutPaid))
        owed = Counter((to, amount) for sender, to, amount in due if sender == treasury)
        for to, amount in sorted(left.keys() | owed.keys()):
            moved, payments = left[(to, amount)], owed[(to, amount)]
            detail = f"{amount} token units to {to}: {moved} transfers, {payments} payments"
            self._findings.expect(moved == payments, "I2", claim_name(self._scope.claim_id), detail, where)


def _day(event: ChainEvent) -> int:
    return event.log.block_time // DAY_SECONDS


def _renewed(quote: IndemnityQuote) -> IndemnityPolicy:
    """The policy that a sale goes on from, as far as the sale tells."""
    return IndemnityPolicy(
        policy_id=quote.renews, holder=quote.holder, starts_at=0, ends_at=quote.starts_at, sum_insured=NOTHING,
        premium=NOTHING, unearned=NOTHING, exclusions=0, tier=next(iter(RiskTier)),
    )  # fmt: skip
