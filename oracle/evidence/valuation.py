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
    file_hash: str = ""

    @property
    def identities(self) -> tuple[InvoiceIdentity, ...]:
        """Who issued which number, by every name the bill gives its issuer: tax id or code first. None: not known."""
        number = self.invoice.number
        if number is None or not plain(number):
            return ()
        issuers = {
            plain(each): each for each in (self.invoice.issuer, self.invoice.issuer_code) if each and plain(each)
        }
        return tuple(InvoiceIdentity(each, number) for each in reversed(issuers.values()))

    @property
    def identity(self) -> InvoiceIdentity | None:
        """The strongest of them; None: issuer or number cannot be read."""
        return next(iter(self.identities), None)

    @property
    def has_number(self) -> bool:
        """Whether there is a number that tells bills apart."""
        return bool(self.invoice.number and plain(self.invoice.number))

    @property
    def has_issuer(self) -> bool:
        """Whether there is an issuer that tells bills apart."""
        return any(each and plain(each) for each in (self.invoice.issuer, self.invoice.issuer_code))


def bills_of(files: Sequence[ReadFile]) -> tuple[Bill, ...]:
    """Bills among files, in their order."""
    return tuple(
        Bill(file.name, file.reading.invoice, file.file_hash) for file in files if file.reading.invoice is not None
    )


def same_bill(one: Bill, other: Bill) -> bool:
    """Whether two files show one bill: the same bytes, the same issuer and number, the same number and amount, or the
    same day, amount and lines. Two visits alike on one day pass for one; a person can tell them apart."""
    if one.file_hash and one.file_hash == other.file_hash:
        return True
    if {_key(each) for each in one.identities} & {_key(each) for each in other.identities}:
        return True
    here, there = one.invoice, other.invoice
    if not set(figures_of(here).values()) & set(figures_of(there).values()):
        return False
    if one.has_number and other.has_number and plain(str(here.number)) == plain(str(there.number)):
        return True
    days_differ = here.issued_on is not None and there.issued_on is not None and here.issued_on != there.issued_on
    known = one.has_number and other.has_number
    return not days_differ and (_amounts(here) == _amounts(there) or (not known and not (here.lines and there.lines)))


def _key(identity: InvoiceIdentity) -> tuple[str, str]:
    return plain(identity.issuer), plain(identity.number)


def _amounts(invoice: Invoice) -> list[int]:
    return sorted(line.amount_minor for line in invoice.lines)


def first_of(bills: Sequence[Bill]) -> tuple[int, ...]:
    """For each bill the place of the first that is the same; its own where there is none before."""
    return tuple(
        next(place for place, each in enumerate(bills[: at + 1]) if place == at or same_bill(each, bill))
        for at, bill in enumerate(bills)
    )


def assessed_lines(bills: Sequence[Bill], days: ClaimDays, currency: str) -> tuple[AssessedLine, ...]:
    """What of every bill counts. What counts of a bill adds up to the lowest of the figures it states.

    Raises:
        LossUndetermined: `NO_INVOICE`, `CURRENCY_UNKNOWN`, `CURRENCY_DIFFERS`, `AMOUNT_MISSING`.
    """
    if not bills:
        raise LossUndetermined(
            "NO_INVOICE", "bills", 0, "no file shows what was lost", "Let a person look at the files"
        )
    found = list[AssessedLine]()
    for place, (first, bill) in enumerate(zip(first_of(bills), bills, strict=True)):
        _check_currency(bill, currency)
        value = _value(bill)
        lines = _lines(bill, value)
        refused = LineOutcome.BILLED_TWICE if first != place else _refusal(bill, days)
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


def _refusal(bill: Bill, days: ClaimDays) -> LineOutcome | None:
    issued = bill.invoice.issued_on
    if issued is not None and issued < days.occurred - ZONE_SLACK:
        return LineOutcome.BEFORE_LOSS
    if issued is not None and issued > days.noticed + ZONE_SLACK:
        return LineOutcome.AFTER_NOTICE
    return None
