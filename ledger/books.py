"""What is known of each thing on the ledger: products, signer sets, policies, insured events, the treasury."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field

from domain.money import Bps, TokenUnits
from domain.policy import Outcome
from domain.reports import Quote
from domain.settlement import NO_SHARE, InsuredEvent
from domain.terms import ParametricTerms
from ledger.codec import LogRef


@dataclass(slots=True)
class ProductState:
    """A product: its terms, and whether its sale is suspended."""

    address: str
    terms: ParametricTerms
    terms_hash: bytes
    sales_suspended: bool = False


@dataclass(slots=True)
class SignerSetState:
    """One signer set of the quorum. `retires_at` in unix seconds, from then on it is silent; 0 while it is current."""

    epoch: int
    signers: frozenset[str]
    threshold: int
    retires_at: int = 0

    def is_heard(self, now: int) -> bool:
        """Whether its signatures count at this time, unix seconds."""
        return self.retires_at == 0 or now < self.retires_at


@dataclass(slots=True)
class PolicyState:
    """A policy. Amounts in token units; `indemnity` is what settlement gave it, 0 before."""

    product: str
    policy_id: int
    event_id: int
    ordinal: int
    holder: str
    quote: Quote
    bound_at: int
    log: LogRef
    indemnity: int = 0


@dataclass(slots=True)
class InsuredEventState:
    """An insured event as `ParametricProduct.insuredEvent` gives it, with its text."""

    product: str
    event_id: int
    insured_event: str
    occurs_at: int
    policies: int = 0
    settled: int = 0
    exposure: int = 0
    outcome: Outcome = Outcome.OPEN
    value: int = 0
    share_bps: Bps = NO_SHARE

    def as_domain(self) -> InsuredEvent:
        """The same, as the twin in `domain/` has it."""
        amounts = TokenUnits(self.exposure), self.occurs_at, self.outcome, self.share_bps, self.value
        return InsuredEvent(self.policies, self.settled, *amounts)


@dataclass(slots=True)
class TreasuryState:
    """Money of one treasury, token units. `assets` counts the token's own transfers in and out, `booked` what the
    treasury's events say it owns: tokens sent without being asked are in the first only.

    Attributes:
        unearned: Premium of each product whose risk has not passed.
        straight: What claims and returned premiums last sent straight away, by product and id: a `PayoutHeld` that
            follows takes it back.
        paused_until: Unix seconds.
    """

    assets: int = 0
    booked: int = 0
    premiums: int = 0
    paid: int = 0
    required_ratio_bps: int = 10_000
    paused_until: int = 0
    exposure: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    reserves: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    unearned: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    held: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    straight: dict[tuple[str, int], int] = field(default_factory=dict)

    def pay(self, amount: int) -> None:
        """An amount has left for whom it was owed to."""
        self.paid += amount
        self.booked -= amount

    def send_straight(self, product: str, payment: int, amount: int) -> None:
        """A claim, or a premium returned, is paid on the spot unless `PayoutHeld` follows."""
        self.pay(amount)
        self.straight[(product, payment)] = amount

    def hold(self, product: str, payment: int, payee: str, amount: int) -> None:
        """A payment stays here for its payee."""
        self.held[payee] += amount
        self.pay(-self.straight.pop((product, payment), 0))

    @property
    def total_exposure(self) -> int:
        """Exposure of all products."""
        return sum(self.exposure.values())

    @property
    def total_reserves(self) -> int:
        """Reserved for notified claims, of all products."""
        return sum(self.reserves.values())

    @property
    def total_unearned(self) -> int:
        """Unearned premium of all products."""
        return sum(self.unearned.values())

    @property
    def total_held(self) -> int:
        """Held for all payees."""
        return sum(self.held.values())

    @property
    def required_capital(self) -> int:
        """What must stay for the policies in force, rounded up."""
        return -(-self.total_exposure * self.required_ratio_bps // 10_000)

    @property
    def committed(self) -> int:
        """What the capital must leave alone: required capital, reserves, held payouts and unearned premium."""
        return self.required_capital + self.total_reserves + self.total_held + self.total_unearned

    def free_capital(self, now: int) -> int:
        """What is left of the assets, at least 0; nothing while paused. `now` in unix seconds."""
        if now < self.paused_until:
            return 0
        return max(0, min(self.booked, self.assets) - self.committed)
