"""The settlement token as the twin sees it: who has how much, and who is blocked."""

from collections import defaultdict
from dataclasses import dataclass, field

from domain.errors import StepRefused
from domain.money import TokenUnits


@dataclass(slots=True)
class Token:
    """An ERC-20 without fees.

    Attributes:
        balances: Token units by account.
        blocked: Accounts whose issuer lets them neither send nor receive.
    """

    balances: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    blocked: set[str] = field(default_factory=set)

    def move(self, sender: str, to: str, amount: TokenUnits) -> None:
        """Moves tokens that must arrive.

        Raises:
            StepRefused: `AccountBlocked`, `ERC20InsufficientBalance`.
        """
        if sender in self.blocked:
            raise StepRefused("AccountBlocked", account=sender)
        if self.balances[sender] < amount:
            raise StepRefused("ERC20InsufficientBalance", sender=sender, balance=self.balances[sender], needed=amount)
        if to in self.blocked:
            raise StepRefused("AccountBlocked", account=to)
        self.balances[sender] -= amount
        self.balances[to] += amount

    def pays(self, sender: str, to: str, amount: TokenUnits) -> bool:
        """Moves tokens unless the token refuses; whether they arrived."""
        if to in self.blocked:
            return False
        self.move(sender, to, amount)
        return True
