"""Did every token that moved answer to something the books say, and the other way round? (I2, I8, I12)"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Sequence

from ledger import bindings as b
from ledger.codec import ChainEvent
from ledger.findings import Findings
from ledger.replay import LedgerState

Payment = tuple[str, int]
"""Somebody and an amount, token units."""


class MoneyMoved:
    """What the events of one transaction say of one treasury's money.

    What came in answers to a premium or a deposit; more than that may have come, as a gift. What went out answers
    to a payment that was not held, a held one that left, or a withdrawal; nothing else may go.

    Args:
        products: Parametric ones.
        moved: Sender, recipient, token units of what indemnity insurance had to move: see `ledger.indemnity`.
    """

    def __init__(
        self, events: Sequence[ChainEvent], treasury: str, products: Collection[str],
        moved: Iterable[tuple[str, str, int]] = (),
    ) -> None:  # fmt: skip
        self._treasury = treasury
        self._products = products
        self.left, self.owed, self.came, self.due = (Counter[Payment]() for _ in range(4))
        self.bound = self.premiums = 0
        self.locks_or_withdraws = False
        for event in events:
            if isinstance(event, b.TestStablecoinTransfer):
                self.left[(event.to, event.value)] += event.from_ == treasury
                self.came[(event.from_, event.value)] += event.to == treasury
            elif event.log.address == treasury:
                self._of_treasury(event)
            elif event.log.address in products:
                self._of_product(event)
        for sender, to, amount in moved:
            self.owed[(to, amount)] += sender == treasury
            self.due[(sender, amount)] += to == treasury

    def _of_treasury(self, event: ChainEvent) -> None:
        if isinstance(event, b.PayoutHeld) and event.product in self._products:
            self.owed[(event.payee, event.amount)] -= 1
        elif isinstance(event, b.HeldPayoutPaid):
            self.owed[(event.to, event.amount)] += 1
        elif isinstance(event, b.Withdraw):
            self.owed[(event.receiver, event.assets)] += 1
            self.locks_or_withdraws = True
        elif isinstance(event, b.Deposit):
            self.due[(event.sender, event.assets)] += 1
        elif isinstance(event, b.ExposureLocked):
            self.premiums += event.premiums if event.product in self._products else 0
            self.locks_or_withdraws = True

    def _of_product(self, event: ChainEvent) -> None:
        if isinstance(event, b.PolicySettled):
            self.owed[(event.payee, event.amount)] += 1
        elif isinstance(event, b.PolicyBound):
            self.bound += event.quote.premium
            self.due[(event.quote.holder, event.quote.premium)] += 1

    def check(self, state: LedgerState, findings: Findings, transaction: bytes) -> None:
        """Note what does not agree. `state` is the state after the transaction."""

        def wrong(rule: str, detail: str) -> None:
            findings.expect(False, rule, "treasury", detail, transaction)

        for to, amount in sorted(self.left.keys() | self.owed.keys()):
            left, payments = self.left[(to, amount)], self.owed[(to, amount)]
            if left != payments:
                wrong("I2", f"{amount} token units to {to}: {left} transfers, {payments} payments")
        for payer, amount in sorted(self.due):
            if self.came[(payer, amount)] < self.due[(payer, amount)]:
                wrong("I2", f"{amount} token units from {payer} are in the books and did not arrive")
        if self.bound != self.premiums:
            wrong("I2", f"{self.premiums} token units of premiums are in the books for policies that cost {self.bound}")
        books = state.treasury
        if self.locks_or_withdraws and books.booked < books.committed:
            wrong("I8", f"{books.booked} token units are left where {books.committed} are required")
        if books.assets < books.booked:
            wrong("I2", f"{books.booked} token units are in the books and {books.assets} are there")
