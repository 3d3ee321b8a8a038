"""Signs that a document may be forged. Each is a reason to look, said in words; none decides anything."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Final

from oracle.evidence.check_digits import credit_code_holds, iban_holds, luhn_holds
from oracle.evidence.clue_words import CLUES, EDITORS, KINDS
from oracle.evidence.duplicates import SeenPicture, look_alikes
from oracle.evidence.reading.result import FileReading, Invoice, Provenance
from oracle.risk.fraud.facts import Finding

ZONE_SLACK: Final = timedelta(days=1)
"""Bills carry local days, chains UTC: a day's difference says nothing."""
CREDIT_CODE_LENGTH: Final = 18


@dataclass(frozen=True, slots=True)
class DocumentClue:
    """One sign.

    Attributes:
        code: Of `clue_words.CLUES`.
        finding: What the fraud score makes of it; None: told, not counted.
    """

    code: str
    file: str
    finding: Finding | None
    en: str
    zh: str


@dataclass(frozen=True, slots=True)
class ClaimDays:
    """Days of a claim, UTC."""

    cover_from: date
    occurred: date
    noticed: date

    @classmethod
    def of(cls, cover_from: int, occurred_at: int, noticed_at: int) -> ClaimDays:
        """From unix seconds."""
        return cls(*(datetime.fromtimestamp(at, UTC).date() for at in (cover_from, occurred_at, noticed_at)))


@dataclass(frozen=True, slots=True)
class ReadFile:
    """A file's name and what was read of it; `file_hash` names its bytes, empty where nobody asks."""

    name: str
    reading: FileReading
    file_hash: str = ""


def document_clues(
    files: Sequence[ReadFile], days: ClaimDays, seen: Sequence[SeenPicture], claim_id: int
) -> tuple[DocumentClue, ...]:
    """All signs in all files, ordered by file and code."""
    found: list[DocumentClue] = []
    for file in files:
        found += _making(file)
        if file.reading.invoice is not None:
            found += _dates(file, file.reading.invoice, days)
            found += _figures(file.name, file.reading.invoice)
            found += _numbers(file.name, file.reading.invoice)
        for _, other in look_alikes(file.reading.pictures, seen, claim_id):
            found.append(_clue("LOOKS_ALIKE", file.name, claim=other))
    return tuple(sorted(set(found), key=lambda clue: (clue.file, clue.code, clue.en)))


def figures_of(invoice: Invoice) -> dict[str, int]:
    """Every way the bill states what it comes to, by name, minor units. They agree on an honest bill.

    A figure that needs a tax which is printed but not known is left out: missing is never zero.
    """
    tax = None if invoice.tax_unclear else invoice.tax_minor or 0
    lines = sum(line.amount_minor for line in invoice.lines)
    told = {
        "total": invoice.total_minor,
        "net and tax": None if invoice.net_minor is None or tax is None else invoice.net_minor + tax,
        "lines and tax": lines + tax if invoice.lines and tax is not None else None,
        "words": invoice.words_minor,
    }
    figures = {name: value for name, value in told.items() if value is not None}
    if invoice.lines and lines == invoice.total_minor:
        figures["lines and tax"] = lines  # prices with tax inside
    return figures


def states_total(invoice: Invoice) -> bool:
    """Whether the bill itself says what it comes to: lines that we add up do not show that none is missing or twice."""
    both = invoice.net_minor is not None and invoice.tax_minor is not None and not invoice.tax_unclear
    return invoice.total_minor is not None or invoice.words_minor is not None or both


def _making(file: ReadFile) -> Iterator[DocumentClue]:
    """How the file was made: programs, times, revisions, provenance."""
    reading, metadata = file.reading, file.reading.metadata
    for software in metadata.software:
        if any(editor in software.lower() for editor in EDITORS):
            yield _clue("IMAGE_EDITOR", file.name, software=software)
    if metadata.revisions > 1:
        yield _clue("SAVED_AGAIN", file.name, times=metadata.revisions)
    if metadata.active:
        yield _clue("ACTIVE_CONTENT", file.name, parts=", ".join(metadata.active))
    if reading.provenance is Provenance.BROKEN:
        yield _clue("PROVENANCE_BROKEN", file.name)


def _dates(file: ReadFile, invoice: Invoice, days: ClaimDays) -> Iterator[DocumentClue]:
    issued, metadata = invoice.issued_on, file.reading.metadata
    if issued is None:
        return
    changed = metadata.modified_at
    if changed is not None and changed.date() > issued + ZONE_SLACK and changed != metadata.created_at:
        yield _clue("EDITED_AFTER_ISSUE", file.name, issued=issued, modified=changed.date())
    if issued < days.cover_from - ZONE_SLACK:
        yield _clue("BEFORE_COVER", file.name, issued=issued, limit=days.cover_from)
    elif issued < days.occurred - ZONE_SLACK:
        yield _clue("BEFORE_LOSS", file.name, issued=issued, limit=days.occurred)
    if issued > days.noticed + ZONE_SLACK:
        yield _clue("AFTER_NOTICE", file.name, issued=issued, limit=days.noticed)


def _figures(name: str, invoice: Invoice) -> Iterator[DocumentClue]:
    figures = figures_of(invoice)
    if len(set(figures.values())) > 1:
        told = ", ".join(f"{what} {value / 100:,.2f}" for what, value in figures.items())
        yield _clue("TOTALS_DISAGREE", name, figures=told)


def _numbers(name: str, invoice: Invoice) -> Iterator[DocumentClue]:
    wrong = [("IBAN", number) for number in invoice.ibans if not iban_holds(number)]
    wrong += [("CARD", number) for number in invoice.cards if not luhn_holds(number)]
    code = invoice.issuer_code
    if code is not None and len(code) == CREDIT_CODE_LENGTH and not credit_code_holds(code):
        wrong.append(("CREDIT_CODE", code))
    for kind, number in wrong:
        kind_en, kind_zh = KINDS[kind]
        yield _clue("CHECK_DIGIT_WRONG", name, kind_en=kind_en, kind_zh=kind_zh, number=number)


def _clue(code: str, file: str, **told: object) -> DocumentClue:
    finding, en, zh = CLUES[code]
    return DocumentClue(code, file, finding, en.format(file=file, **told), zh.format(file=file, **told))
