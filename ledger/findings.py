"""What a verification found."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Discrepancy:
    """Something that does not agree.

    Args:
        rule: The invariant (I1…) or settlement rule (S1…) that is broken.
        subject: What it is about: a policy, an event, a report, the treasury.
        detail: What was expected and what was found, as a sentence.
        transaction: Where, 0x-hex, empty if nowhere in particular.
    """

    rule: str
    subject: str
    detail: str
    transaction: str = ""


@dataclass(slots=True)
class Findings:
    """Discrepancies as they are found, and what could not be proved from what was at hand."""

    discrepancies: list[Discrepancy] = field(default_factory=list)
    unproven: list[str] = field(default_factory=list)

    def expect(self, holds: bool, rule: str, subject: str, detail: str, transaction: bytes = b"") -> bool:
        """Note a discrepancy unless something holds; returns whether it does."""
        if not holds:
            where = f"0x{transaction.hex()}" if transaction else ""
            self.discrepancies.append(Discrepancy(rule, subject, detail, where))
        return holds


@dataclass(frozen=True, slots=True)
class Verification:
    """Result of a verification. Amounts in token units.

    Attributes:
        products, policies, payments: Parametric and indemnity together.
        disputes, payouts: Of the whole network: panel and disbursement serve all insurers.
        notified, reestimated, settled, reserved: The roll-forward of case reserves; they began at 0.
    """

    events: int
    products: int
    policies: int
    reports: int
    payments: int
    paid: int
    held: int
    chain_checks: int
    discrepancies: tuple[Discrepancy, ...]
    unproven: tuple[str, ...]
    claims: int = 0
    disputes: int = 0
    payouts: int = 0
    notified: int = 0
    reestimated: int = 0
    settled: int = 0
    reserved: int = 0

    def summary(self) -> str:
        """One line."""
        return f"ledger verified: {self.events} events, {len(self.discrepancies)} discrepancies"
