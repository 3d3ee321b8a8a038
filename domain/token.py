"""The settlement token as the twin sees it: who has how much, and whom it refuses to pay."""

from collections import defaultdict
from dataclasses import dataclass, field

from domain.errors import StepRefused
from domain.money import TokenUnits


@dataclass(slots=True)
class Token:
    """An ERC-20 without fees.

    Attributes:
        balances: Token units by account.
        refuses: Accounts it does not pay, as a blocked address of a stablecoin.
    """

    balances: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    refuses: set[str] = field(default_factory=set)

    def move(self, sender: str, to: str, amount: TokenUnits) -> None:
        """Moves tokens that must arrive.

        Raises:
            StepRefused: `ERC20InsufficientBalance`.
        """
        if self.balances[sender] < amount:
            raise StepRefused("ERC20InsufficientBalance", sender=sender, balance=self.balances[sender], needed=amount)
        self.balances[sender] -= amount
        self.balances[to] += amount

    def pays(self, sender: str, to: str, amount: TokenUnits) -> bool:
        """Moves tokens unless the token refuses; whether they arrived."""
        if to in self.refuses:
            return False
        self.move(sender, to, amount)
        return True
