"""One insurer's money in one token: what it owns, what it owes, what may leave. Twin of `Treasury.sol`.

Amounts are token units, times unix seconds. A step that raises may have done half its work: `domain.house.applied`
tries it on a copy, as a transaction does.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field

from domain.errors import StepRefused
from domain.money import BPS_WHOLE, Bps, TokenUnits
from domain.ranges import MAX_UINT64
from domain.token import Token
from domain.treasury_accounts import (
    DAY_SECONDS,
    MAX_HELD_BY_CAP_SECONDS,
    NOTHING,
    ClaimPayment,
    HeldPayout,
    ProductAccount,
)

MAX_PAUSE_SECONDS = 7 * DAY_SECONDS
PAUSE_INTERVAL_SECONDS = 30 * DAY_SECONDS
SHARES_OFFSET = 10**6
"""Virtual shares of the ERC-4626 vault: a first deposit cannot be used to rob the second."""
WHOLE = Bps(BPS_WHOLE)


@dataclass(slots=True)
class Treasury:
    """A treasury and its books.

    Attributes:
        address, token: Its own account, and the tokens there.
        booked: Tokens it owns by its own books.
        supply: Shares of its capital.
        payout_cap: Most that leaves as payouts in one UTC day; 0: no cap.
        pauses: Start and end of each, in their order.
    """

    address: str
    token: Token
    booked: TokenUnits = NOTHING
    supply: int = 0
    required_ratio_bps: Bps = WHOLE
    payout_cap: TokenUnits = NOTHING
    paid_today: TokenUnits = NOTHING
    day: int = 0
    pauses: list[tuple[int, int]] = field(default_factory=list)
    products: dict[str, ProductAccount] = field(default_factory=lambda: defaultdict(ProductAccount))
    held: dict[str, HeldPayout] = field(default_factory=dict)

    @property
    def paused_until(self) -> int:
        """Until when the last pause runs, or ran."""
        return self.pauses[-1][1] if self.pauses else 0

    @property
    def total_exposure(self) -> TokenUnits:
        """Exposure of all products, case reserves not counted."""
        return TokenUnits(sum(account.exposure for account in self.products.values()))

    @property
    def total_reserves(self) -> TokenUnits:
        """Case reserves of all open claims."""
        return TokenUnits(sum(account.reserves for account in self.products.values()))

    @property
    def total_unearned(self) -> TokenUnits:
        """Premium whose risk has not passed."""
        return TokenUnits(sum(account.unearned for account in self.products.values()))

    @property
    def total_held(self) -> TokenUnits:
        """Held for all payees."""
        return TokenUnits(sum(held.amount for held in self.held.values()))

    def committed(self) -> TokenUnits:
        """What the capital must leave alone: required capital, reserves, held payouts and unearned premium."""
        return TokenUnits(-(-self.total_exposure * self.required_ratio_bps // BPS_WHOLE) + self._set_aside())

    def total_assets(self) -> TokenUnits:
        """What is the capital's: assets less what is held, reserved or unearned."""
        return TokenUnits(max(self.booked - self._set_aside(), 0))

    def free_capital(self, now: int) -> TokenUnits:
        """What the capital providers could take out now, all of them together; nothing during a pause."""
        return NOTHING if now < self.paused_until else TokenUnits(max(self.booked - self.committed(), 0))

    def left_today(self, now: int) -> TokenUnits:
        """How much the day's cap still lets out."""
        if self.payout_cap == 0:
            return TokenUnits(MAX_UINT64)
        spent = self.paid_today if self.day == now // DAY_SECONDS else 0
        return TokenUnits(max(self.payout_cap - spent, 0))

    def paused_seconds_since(self, start: int, now: int) -> int:
        """How long pauses lasted between `start` and now."""
        return sum(max(min(now, ended) - max(started, start), 0) for started, ended in self.pauses)

    def deposit(self, provider: str, assets: TokenUnits) -> int:
        """Takes capital in; the shares given for it, rounded down."""
        self.token.move(provider, self.address, assets)
        shares = assets * (self.supply + SHARES_OFFSET) // (self.total_assets() + 1)
        self.booked = TokenUnits(self.booked + assets)
        self.supply += shares
        return shares

    def redeem(self, provider: str, shares: int) -> TokenUnits:
        """Gives capital back for shares, rounded down. Does not check who owns them, nor what is free."""
        assets = TokenUnits(shares * (self.total_assets() + 1) // (self.supply + SHARES_OFFSET))
        self.booked = TokenUnits(self.booked - assets)
        self.supply -= shares
        self.token.move(self.address, provider, assets)
        return assets

    def collect_premiums(
        self, product: str, dues: Sequence[tuple[str, TokenUnits]], exposure: TokenUnits, now: int
    ) -> None:
        """Takes premiums, each from its payer, and locks the exposure they pay for.

        Raises:
            StepRefused: `TreasuryPaused`, `CapitalTooSmall`, and what the token refuses with.
        """
        self.require_running(now)
        for payer, premium in dues:
            self.token.move(payer, self.address, premium)
        account, premiums = self.products[product], sum(premium for _, premium in dues)
        account.exposure = TokenUnits(account.exposure + exposure)
        account.unearned = TokenUnits(account.unearned + premiums)
        self.booked = TokenUnits(self.booked + premiums)
        if self.booked < self.committed():
            raise StepRefused("CapitalTooSmall", needed=self.committed(), held=self.booked)

    def change_reserve(self, product: str, before: TokenUnits, after: TokenUnits, paid: TokenUnits = NOTHING) -> None:
        """Moves exposure to a claim's reserve, or back, and takes `paid` out of both.

        Raises:
            StepRefused: `ReserveTooSmall`, `ExposureTooSmall`.
        """
        there = self._check_reserve(product, before, after + paid)
        account = self.products[product]
        account.exposure = TokenUnits(there - after - paid)
        account.reserves = TokenUnits(account.reserves - before + after)

    def pay_claim(self, product: str, payment: ClaimPayment, now: int) -> bool:
        """Pays a claim out of reserve and exposure, and sets its reserve anew.

        Returns:
            Whether the tokens have arrived; else they are held for the payee.
        Raises:
            StepRefused: `ReserveTooSmall`, `ExposureTooSmall`, `TreasuryPaused`.
        """
        amount = TokenUnits(payment.indemnity + payment.interest)
        self._check_reserve(product, payment.reserve_before, payment.reserve_after + amount)
        self.require_running(now)
        self.change_reserve(product, payment.reserve_before, payment.reserve_after, amount)
        return self._pay_or_hold(payment.payee, payment.via or payment.payee, amount, now)

    def run_off(self, product: str, exposure: TokenUnits, earned: TokenUnits) -> None:
        """Releases exposure and earns premium.

        Raises:
            StepRefused: `ExposureTooSmall`, `PremiumTooSmall`.
        """
        self._check_release(product, exposure, earned)
        account = self.products[product]
        account.exposure = TokenUnits(account.exposure - exposure)
        account.unearned = TokenUnits(account.unearned - earned)

    def return_premium(self, product: str, payee: str, amount: TokenUnits, earned: TokenUnits, now: int) -> bool:
        """Returns unearned premium to a policyholder; `earned` is earned at the same time.

        Raises:
            StepRefused: `PremiumTooSmall`, `TreasuryPaused`.
        """
        self._check_release(product, NOTHING, TokenUnits(amount + earned))
        self.require_running(now)
        self.run_off(product, NOTHING, TokenUnits(amount + earned))
        return self._pay_or_hold(payee, payee, amount, now)

    def push_held_payout(self, payee: str, now: int) -> TokenUnits:
        """Pays what is held for a payee: what is ripe, and as much more as the day's cap allows.

        Raises:
            StepRefused: `NothingHeld`, `PayoutCapReached`.
        """
        held = self.held.get(payee, HeldPayout()).at(now)
        if held.amount == 0:
            raise StepRefused("NothingHeld", payee=payee)
        capped = TokenUnits(min(held.ripening + held.fresh, self.left_today(now)))
        amount = TokenUnits(held.ripe + capped)
        if amount == 0:
            tomorrow = (now // DAY_SECONDS + 1) * DAY_SECONDS
            opens_at = min(tomorrow, held.ripening_since + MAX_HELD_BY_CAP_SECONDS)
            raise StepRefused("PayoutCapReached", cap=self.payout_cap, opens_at=opens_at)
        self.held[payee] = held.after_payment(capped)
        if amount == held.amount:
            del self.held[payee]
        self._take_off(amount, now)
        self.token.move(self.address, payee, amount)
        return amount

    def hold(self, payee: str, amount: TokenUnits, now: int) -> None:
        """Keeps money for a payee."""
        self.held[payee] = self.held.get(payee, HeldPayout()).with_more(amount, now)

    def pause(self, pause_seconds: int, now: int) -> None:
        """Stops new business and new payments, and every claim's clock.

        Raises:
            StepRefused: `PauseInvalid`, `PauseTooSoon`.
        """
        if not 0 < pause_seconds <= MAX_PAUSE_SECONDS:
            raise StepRefused("PauseInvalid", pause_seconds=pause_seconds, most=MAX_PAUSE_SECONDS)
        opens_at = self.paused_until + PAUSE_INTERVAL_SECONDS
        if self.pauses and now < opens_at:
            raise StepRefused("PauseTooSoon", opens_at=opens_at, now=now)
        self.pauses.append((now, now + pause_seconds))

    def unpause(self, now: int) -> None:
        """Ends a pause early.

        Raises:
            StepRefused: `NotPaused`.
        """
        if now >= self.paused_until:
            raise StepRefused("NotPaused")
        self.pauses[-1] = (self.pauses[-1][0], now)

    def require_running(self, now: int) -> None:
        """Refuses while a pause runs.

        Raises:
            StepRefused: `TreasuryPaused`.
        """
        if now < self.paused_until:
            raise StepRefused("TreasuryPaused", until=self.paused_until)

    def _check_reserve(self, product: str, before: TokenUnits, after_and_paid: int) -> int:
        """Exposure and reserve the claim can draw on."""
        account = self.products[product]
        if before > account.reserves:
            raise StepRefused("ReserveTooSmall", product=product, needed=before, reserved=account.reserves)
        there = account.exposure + before
        if there < after_and_paid:
            raise StepRefused("ExposureTooSmall", product=product, needed=after_and_paid, locked=there)
        return there

    def _check_release(self, product: str, exposure: TokenUnits, earned: TokenUnits) -> None:
        account = self.products[product]
        if exposure > account.exposure:
            raise StepRefused("ExposureTooSmall", product=product, needed=exposure, locked=account.exposure)
        if earned > account.unearned:
            raise StepRefused("PremiumTooSmall", product=product, needed=earned, unearned=account.unearned)

    def _set_aside(self) -> int:
        return self.total_reserves + self.total_held + self.total_unearned

    def _pay_or_hold(self, payee: str, to: str, amount: TokenUnits, now: int) -> bool:
        if amount <= self.left_today(now) and self.token.pays(self.address, to, amount):
            self._take_off(amount, now)
            return True
        self.hold(payee, amount, now)
        return False

    def _take_off(self, paid: TokenUnits, now: int) -> None:
        self.booked = TokenUnits(self.booked - paid)
        if self.payout_cap:
            today = now // DAY_SECONDS
            self.paid_today = TokenUnits((self.paid_today if self.day == today else 0) + paid)
            self.day = today
