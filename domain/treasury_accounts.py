"""What a treasury keeps of its products and payees. Twin of the structs of `TreasuryBooks.sol`."""

from dataclasses import dataclass

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

    Attributes:
        ripe: Part of it that was held long enough to pass the cap before the last part came.
        since: When the last part of it came.
    """

    amount: TokenUnits = NOTHING
    ripe: TokenUnits = NOTHING
    since: int = 0

    def passes_cap(self, now: int) -> TokenUnits:
        """Part of it that passes the day's cap."""
        return self.amount if now >= self.since + MAX_HELD_BY_CAP_SECONDS else self.ripe


@dataclass(frozen=True, slots=True)
class ClaimPayment:
    """A change of a claim's reserve, with what is paid at the same time; `via` is where the tokens go instead."""

    payee: str
    reserve_before: TokenUnits
    reserve_after: TokenUnits
    indemnity: TokenUnits
    interest: TokenUnits = NOTHING
    via: str = ""
