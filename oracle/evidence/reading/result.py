"""What was read of one file. The sealed process writes these models as JSON, the node validates them anew."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Annotated, Final

from pydantic import BaseModel, ConfigDict, Field

MOST_MINOR: Final = 2**53 - 1
MOST_LINES: Final = 500
Short = Annotated[str, Field(max_length=200)]
Minor = Annotated[int, Field(ge=-MOST_MINOR, le=MOST_MINOR)]


class Outcome(StrEnum):
    """How reading ended. `UNREADABLE` is the same on every machine."""

    READ = "read"
    UNREADABLE = "unreadable"


class Provenance(StrEnum):
    """What C2PA says: nothing is there, what is there holds, or does not. Absence is no clue."""

    ABSENT = "absent"
    VALID = "valid"
    BROKEN = "broken"


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class InvoiceLine(_Model):
    """One line of a bill, minor units."""

    text: Short
    amount_minor: Minor


class Invoice(_Model):
    """What a bill says of itself; None: it does not say, or not without doubt. Nothing is guessed.

    Attributes:
        issuer_code: Tax id or unified social credit code of the issuer.
        currency: ISO 4217.
        net_minor, tax_minor, total_minor: As printed; taxes of several rates added up. A tax of None is none
            printed, unless `tax_unclear`.
        tax_unclear: A tax is printed whose amount is not known.
        words_minor: The total as written in Chinese numerals.
        codes: Of diagnoses and procedures, upper case.
        ibans, cards: Account numbers named, compact.
    """

    issuer: Short | None = None
    issuer_code: Short | None = None
    number: Short | None = None
    issued_on: date | None = None
    currency: Annotated[str, Field(pattern="^[A-Z]{3}$")] | None = None
    lines: Annotated[tuple[InvoiceLine, ...], Field(max_length=MOST_LINES)] = ()
    net_minor: Minor | None = None
    tax_minor: Minor | None = None
    tax_unclear: bool = False
    total_minor: Minor | None = None
    words_minor: Minor | None = None
    codes: Annotated[tuple[Short, ...], Field(max_length=50)] = ()
    ibans: Annotated[tuple[Short, ...], Field(max_length=20)] = ()
    cards: Annotated[tuple[Short, ...], Field(max_length=20)] = ()


class Metadata(_Model):
    """What a file says about how it was made.

    Attributes:
        software: Producer, creator or editing program as named.
        created_at, modified_at: As named, UTC.
        camera: Maker and model.
        revisions: How often a PDF was saved on top of itself, 1 for once; 0: no PDF.
        active: Scripts, launches or attachments in a PDF, by name. Never run.
    """

    software: Annotated[tuple[Short, ...], Field(max_length=8)] = ()
    created_at: datetime | None = None
    modified_at: datetime | None = None
    camera: Short | None = None
    revisions: Annotated[int, Field(ge=0, le=10_000)] = 0
    active: Annotated[tuple[Short, ...], Field(max_length=16)] = ()


class FileReading(_Model):
    """One file, read.

    Attributes:
        problem: Code why it is unreadable, empty if it was read.
        pages: Of a PDF; 1 for a picture.
        text: Its text layer; empty for a scan or picture.
        invoice: If it is a bill with a text layer.
        pictures: Perceptual hashes (256 bits, hex) of pictures in it that show something.
        provenance_trusted: The signer is on a list of trust. No list is shipped, so it stays False without one.
    """

    outcome: Outcome
    problem: Short = ""
    pages: Annotated[int, Field(ge=0, le=100_000)] = 0
    text: Annotated[str, Field(max_length=1_000_000)] = ""
    invoice: Invoice | None = None
    metadata: Metadata = Metadata()
    pictures: Annotated[tuple[Annotated[str, Field(pattern="^[0-9a-f]{64}$")], ...], Field(max_length=64)] = ()
    provenance: Provenance = Provenance.ABSENT
    provenance_trusted: bool = False

    @property
    def has_text(self) -> bool:
        """Whether there is anything to read in words."""
        return bool(self.text.strip())


class Unreadable(Exception):
    """Raised inside the sealed process; `problem` becomes the reading's."""

    def __init__(self, problem: str) -> None:
        self.problem = problem
        super().__init__(problem)
