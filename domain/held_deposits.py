"""Deposits of disputes that the token refused: each stays its owner's, for ever. Twin of a part of `DisputePanel`."""

from collections import defaultdict
from dataclasses import dataclass, field

from domain.errors import StepRefused
from domain.money import TokenUnits
from domain.token import Token


@dataclass(slots=True)
class HeldDeposits:
    """What the panel holds in one token.

    Attributes:
        panel, token: The panel's own account, and the tokens there.
        asset: The token's address.
        amounts: Token units by owner.
    """

    panel: str
    token: Token
    asset: str
    amounts: dict[str, int] = field(default_factory=lambda: defaultdict(int))

    def pay_or_hold(self, to: str, deposit: TokenUnits) -> bool:
        """A dispute has ended: its deposit goes to whom it is due; False: the token refuses, and it is held."""
        if self.token.pays(self.panel, to, deposit):
            return True
        self.amounts[to] += deposit
        return False

    def push(self, account: str) -> TokenUnits:
        """Pays what is held for an account to that account. Anybody may ask.

        Raises:
            StepRefused: `NoDepositHeld`, and what the token refuses with.
        """
        return self._pay(account, account)

    def take(self, owner: str, to: str) -> TokenUnits:
        """Pays what is held for an account to where it says.

        Raises:
            StepRefused: `NoDepositHeld`, and what the token refuses with.
        """
        return self._pay(owner, to)

    def _pay(self, account: str, to: str) -> TokenUnits:
        amount = TokenUnits(self.amounts.get(account, 0))
        if amount == 0:
            raise StepRefused("NoDepositHeld", account=account, token=self.asset)
        self.token.move(self.panel, to, amount)
        del self.amounts[account]
        return amount
