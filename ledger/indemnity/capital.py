"""The treasury's own events: capital, pauses, the day's cap, held money, and what other products do with it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from domain.money import Bps, TokenUnits
from domain.treasury import SHARES_OFFSET
from ledger import bindings as b
from ledger.codec import ChainEvent
from ledger.indemnity.house import House

Handlers = dict[type[ChainEvent], Callable[[Any], None]]


class Capital:
    """Keeps the twin's treasury in step with what is not done by indemnity products."""

    def __init__(self, house: House) -> None:
        self._house = house

    @property
    def handlers(self) -> Handlers:
        """Event → what to do about it."""
        return {
            b.Deposit: self.came, b.Withdraw: self.left, b.SurplusAbsorbed: self.absorbed,
            b.RequiredRatioChanged: self.ratio, b.PayoutCapChanged: self.cap, b.Paused: self.paused,
            b.Unpaused: self.unpaused, b.HeldPayoutPaid: self.held_paid,
        }  # fmt: skip

    @property
    def of_others(self) -> Handlers:
        """The same for events that name a product of another kind."""
        return {
            b.ExposureLocked: self.locked, b.ExposureReleased: self.released, b.PremiumEarned: self.earned,
            b.PayoutHeld: self.held,
        }  # fmt: skip

    def came(self, event: b.Deposit) -> None:
        """Capital came in, at the price of its shares, rounded for those who were there before."""
        treasury, assets = self._house.treasury, event.assets
        supply, worth = treasury.supply + SHARES_OFFSET, treasury.total_assets() + 1
        minted = -(-event.shares * worth // supply) == assets
        fair = minted or event.shares == assets * supply // worth
        self._expect(fair, event, f"{event.shares} shares for {assets} token units, of {supply} worth {worth}")
        treasury.booked = TokenUnits(treasury.booked + assets)
        treasury.supply += event.shares

    def left(self, event: b.Withdraw) -> None:
        """Capital left, at the price of its shares, rounded for those who stay."""
        treasury, assets = self._house.treasury, event.assets
        supply, worth = treasury.supply + SHARES_OFFSET, treasury.total_assets() + 1
        redeemed = event.shares * worth // supply == assets
        fair = redeemed or event.shares == -(-assets * supply // worth)
        self._expect(fair, event, f"{assets} token units for {event.shares} shares, of {supply} worth {worth}")
        treasury.booked = TokenUnits(treasury.booked - assets)
        treasury.supply -= event.shares

    def absorbed(self, event: b.SurplusAbsorbed) -> None:
        """Tokens sent without being asked became capital."""
        treasury = self._house.treasury
        there = self._house.state.treasury.assets - treasury.booked
        self._expect(event.amount == there, event, f"absorbs {event.amount}, {there} were there beside the books")
        treasury.booked = TokenUnits(treasury.booked + event.amount)

    def ratio(self, event: b.RequiredRatioChanged) -> None:
        """Capital must cover another share of the exposure."""
        self._house.treasury.required_ratio_bps = Bps(event.ratio_bps)

    def cap(self, event: b.PayoutCapChanged) -> None:
        """Another amount leaves as payouts in one day at most."""
        self._house.treasury.payout_cap = TokenUnits(event.cap)

    def paused(self, event: b.Paused) -> None:
        """Nothing is bound or paid for a while, and clocks stop."""
        now = self._house.now
        self._house.step("treasury", event.log, lambda: self._house.treasury.pause(event.until - now, now))

    def unpaused(self, event: b.Unpaused) -> None:
        """A pause ended early."""
        house = self._house

        def end() -> int:
            house.treasury.unpause(house.now)
            started, ended = house.treasury.pauses[-1]
            return ended - started

        lasted = house.step("treasury", event.log, end)
        if lasted is not None:
            self._expect(event.paused_seconds == lasted, event, f"says {event.paused_seconds}, lasted {lasted}", "S23")

    def held_paid(self, event: b.HeldPayoutPaid) -> None:
        """Held money left: as much as was held and the day's cap allowed."""
        house = self._house

        def pay() -> TokenUnits:
            amount = house.treasury.push_held_payout(event.payee, house.now)
            house.token.moved.pop()  # where to is the payee's choice: `ledger.money_check` follows the event
            return amount

        amount = house.step("treasury", event.log, pay, rules={"NothingHeld": "I5", "PayoutCapReached": "I8"})
        if amount is not None:
            detail = f"pays {event.amount} of what is held for {event.payee}, {amount} is due"
            self._expect(event.amount == amount, event, detail, "I11")

    def locked(self, event: b.ExposureLocked) -> None:
        """Another product sold."""
        account, treasury = self._house.treasury.products[event.product], self._house.treasury
        account.exposure = TokenUnits(account.exposure + event.exposure)
        account.unearned = TokenUnits(account.unearned + event.premiums)
        treasury.booked = TokenUnits(treasury.booked + event.premiums)

    def released(self, event: b.ExposureReleased) -> None:
        """Another product settled. What it held was said before."""
        account = self._house.treasury.products[event.product]
        account.exposure = TokenUnits(account.exposure - event.exposure)
        self._house.treasury.take_off(event.paid, self._house.now)

    def earned(self, event: b.PremiumEarned) -> None:
        """Another product's premium became the capital's."""
        self._house.treasury.products[event.product].unearned = TokenUnits(event.unearned)

    def held(self, event: b.PayoutHeld) -> None:
        """Another product's payment is held."""
        self._house.treasury.hold(event.payee, TokenUnits(event.amount), self._house.now)

    def _expect(self, holds: bool, event: ChainEvent, detail: str, rule: str = "I2") -> None:
        self._house.findings.expect(holds, rule, "treasury", detail, event.log.transaction_hash)
