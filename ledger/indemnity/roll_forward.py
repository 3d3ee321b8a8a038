"""Liabilities roll forward: opening + notified ± re-estimated − paid = closing (I16)."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

from domain.claim_ids import split_claim_id
from ledger import bindings as b
from ledger.findings import Findings
from ledger.indemnity.effects import claim_name


@dataclass(slots=True)
class Liabilities:
    """What became of one product's case reserves, token units. They were 0 when the product was made.

    Attributes:
        notified: Reserved at notices and reopenings.
        reestimated: Reserved more later, or less: below 0.
        paid: Indemnity; interest is never reserved.
    """

    notified: int = 0
    reestimated: int = 0
    paid: int = 0

    @property
    def closing(self) -> int:
        """What must be reserved now."""
        return self.notified + self.reestimated - self.paid


class RollForward:
    """Follows every claim's reserve by the treasury's events alone."""

    def __init__(self, findings: Findings) -> None:
        self._findings = findings
        self._reserves: dict[int, int] = {}
        self.products: dict[str, Liabilities] = defaultdict(Liabilities)

    def changed(self, event: b.ReserveChanged) -> None:
        """A reserve was set up, or changed without payment."""
        known = event.claim_id in self._reserves
        self._follow(event, event.from_, event.to)
        account = self.products[event.product]
        if known:
            account.reestimated += event.to - event.from_
        else:
            account.notified += event.to

    def paid(self, event: b.ClaimPaid) -> None:
        """A reserve changed with a payment."""
        self._follow(event, event.reserve_before, event.reserve_after)
        account = self.products[event.product]
        account.paid += event.indemnity
        account.reestimated += event.reserve_after - event.reserve_before + event.indemnity

    def total(self) -> Liabilities:
        """Of all products."""
        all_ = self.products.values()
        return Liabilities(
            sum(one.notified for one in all_), sum(one.reestimated for one in all_), sum(one.paid for one in all_)
        )

    def _follow(self, event: b.ReserveChanged | b.ClaimPaid, before: int, after: int) -> None:
        subject, where = claim_name(event.claim_id), event.log.transaction_hash
        last = self._reserves.get(event.claim_id, 0)
        self._findings.expect(before == last, "I16", subject, f"reserve {before} before, it was {last}", where)
        own = split_claim_id(event.claim_id)[0] == event.product
        self._findings.expect(own, "I14", subject, f"is reserved by product {event.product}", where)
        self._reserves[event.claim_id] = after
