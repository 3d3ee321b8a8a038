"""What bills come to, line by line, in minor units. Missing is never zero: a bill without a figure stops everything."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from oracle.evidence.clues import ZONE_SLACK, ClaimDays, ReadFile, figures_of
from oracle.evidence.loss_words import LineOutcome
from oracle.evidence.nullifiers import InvoiceIdentity
from oracle.evidence.reading.result import Invoice
from oracle.evidence.refusals import LossUndetermined
from oracle.risk.fraud.facts import plain

TAX: str = "tax / 税额"
WHOLE_BILL: str = "whole bill / 整张票据"
ROUNDING: str = "difference / 差额"


@dataclass(frozen=True, slots=True)
class AssessedLine:
    """One line of a bill: what it says and what of it counts, minor units."""

    file: str
    text: str
    amount_minor: int
    accepted_minor: int
    outcome: LineOutcome


@dataclass(frozen=True, slots=True)
class Bill:
    """A bill with the file it came in."""

    file: str
    invoice: Invoice

    @property
    def identity(self) -> InvoiceIdentity | None:
        """Who issued which number; None: one of them cannot be read."""
        issuer, number = self.invoice.issuer_code or self.invoice.issuer, self.invoice.number
        if issuer is None or number is None or not plain(issuer) or not plain(number):
            return None
        return InvoiceIdentity(issuer, number)


def bills_of(files: Sequence[ReadFile]) -> tuple[Bill, ...]:
    """Bills among files, in their order."""
    return tuple(Bill(file.name, file.reading.invoice) for file in files if file.reading.invoice is not None)


def assessed_lines(bills: Sequence[Bill], days: ClaimDays, currency: str) -> tuple[AssessedLine, ...]:
    """What of every bill counts. What counts of a bill adds up to the lowest of the figures it states.

    Raises:
        LossUndetermined: `NO_INVOICE`, `CURRENCY_UNKNOWN`, `CURRENCY_DIFFERS`, `AMOUNT_MISSING`.
    """
    if not bills:
        raise LossUndetermined(
            "NO_INVOICE", "bills", 0, "no file shows what was lost", "Let a person look at the files"
        )
    known, found = set[tuple[str, str]](), list[AssessedLine]()
    for bill in bills:
        _check_currency(bill, currency)
        value = _value(bill)
        lines = _lines(bill, value)
        refused = _refusal(bill, known, days)
        if refused is not None:
            lines = tuple(AssessedLine(line.file, line.text, line.amount_minor, 0, refused) for line in lines)
        found += lines
    return tuple(found)


def _check_currency(bill: Bill, currency: str) -> None:
    named = bill.invoice.currency
    if named is None:
        raise LossUndetermined("CURRENCY_UNKNOWN", bill.file, None, "names no currency without doubt", "Ask for one")
    if named != currency:
        problem = f"the policy pays {currency}, and no rate of exchange is agreed"
        raise LossUndetermined("CURRENCY_DIFFERS", bill.file, named, problem, "Let a person convert it")


def _value(bill: Bill) -> int:
    figures = figures_of(bill.invoice)
    if not figures:
        raise LossUndetermined(
            "AMOUNT_MISSING", bill.file, None, "states no amount that can be read", "Let a person read it"
        )
    return min(figures.values())


def _lines(bill: Bill, value: int) -> tuple[AssessedLine, ...]:
    """The bill's lines, its tax, and what is missing to the value that counts."""
    told = [(line.text, line.amount_minor) for line in bill.invoice.lines] or [(WHOLE_BILL, value)]
    if bill.invoice.lines and bill.invoice.tax_minor and sum(amount for _, amount in told) != value:
        told.append((TAX, bill.invoice.tax_minor))
    lines = [AssessedLine(bill.file, text, amount, amount, LineOutcome.COUNTED) for text, amount in told]
    missing = value - sum(amount for _, amount in told)
    if missing:
        lines.append(AssessedLine(bill.file, ROUNDING, 0, missing, LineOutcome.DIFFERENCE))
    return tuple(lines)


def _refusal(bill: Bill, known: set[tuple[str, str]], days: ClaimDays) -> LineOutcome | None:
    identity, issued = bill.identity, bill.invoice.issued_on
    if identity is not None:
        key = (plain(identity.issuer), plain(identity.number))
        if key in known:
            return LineOutcome.BILLED_TWICE
        known.add(key)
    if issued is not None and issued < days.occurred - ZONE_SLACK:
        return LineOutcome.BEFORE_LOSS
    if issued is not None and issued > days.noticed + ZONE_SLACK:
        return LineOutcome.AFTER_NOTICE
    return None
