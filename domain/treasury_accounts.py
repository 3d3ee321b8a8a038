"""What a treasury keeps of its products and payees. Twin of the structs of `TreasuryBooks.sol`."""

from dataclasses import dataclass, replace

from domain.money import TokenUnits

DAY_SECONDS = 86_400
MAX_HELD_BY_CAP_SECONDS = 30 * DAY_SECONDS
NOTHING = TokenUnits(0)


@dataclass(slots=True)
class ProductAccount:
    """What one product has locked, reserved and not yet earned."""

    exposure: TokenUnits = NOTHING
    reserves: TokenUnits = NOTHING
    unearned: TokenUnits = NOTHING


@dataclass(frozen=True, slots=True)
class HeldPayout:
    """Money of a payee that a transfer or the day's cap held back.

    What comes while something ripens is fresh, and takes its place when that is ripe or paid. So nothing that is added
    puts off what ripens. Without `ripening` there is no `fresh`.

    Attributes:
        ripe: Part of it that was held long enough to pass the cap.
        ripening, ripening_since: What is ripe 30 days later, and when its last part came.
        fresh, fresh_since: What came after that, and when its last part did.
    """

    ripe: TokenUnits = NOTHING
    ripening: TokenUnits = NOTHING
    fresh: TokenUnits = NOTHING
    ripening_since: int = 0
    fresh_since: int = 0

    @property
    def amount(self) -> TokenUnits:
        """All that is held."""
        return TokenUnits(self.ripe + self.ripening + self.fresh)

    def at(self, now: int) -> "HeldPayout":
        """The same as of now: what waited long enough is ripe."""
        if not self.ripening or now < self.ripening_since + MAX_HELD_BY_CAP_SECONDS:
            return self
        ripe = TokenUnits(self.ripe + self.ripening)
        return HeldPayout(ripe, self.fresh, ripening_since=self.fresh_since).at(now)

    def with_more(self, amount: TokenUnits, now: int) -> "HeldPayout":
        """The same after an addition: it ripens if nothing does, else it is fresh."""
        held = self.at(now)
        if held.ripening:
            return replace(held, fresh=TokenUnits(held.fresh + amount), fresh_since=now)
        return replace(held, ripening=amount, ripening_since=now)

    def after_payment(self, capped: TokenUnits) -> "HeldPayout":
        """The same without what is ripe, and without as much of what ripens, then of what is fresh.

        Args:
            capped: Token units that do not pass the cap, at most what is not ripe.
        """
        if capped < self.ripening:
            return replace(self, ripe=NOTHING, ripening=TokenUnits(self.ripening - capped))
        fresh = TokenUnits(self.ripening + self.fresh - capped)
        return HeldPayout(ripening=fresh, ripening_since=self.fresh_since) if fresh else HeldPayout()


@dataclass(frozen=True, slots=True)
class ClaimPayment:
    """A change of a claim's reserve, with what is paid at the same time; `via` is where the tokens go instead."""

    payee: str
    reserve_before: TokenUnits
    reserve_after: TokenUnits
    indemnity: TokenUnits
    interest: TokenUnits = NOTHING
    via: str = ""
