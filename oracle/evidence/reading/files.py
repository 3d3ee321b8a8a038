"""One file by its type. Runs in the sealed process only."""

from __future__ import annotations

from domain.evidence.sniff import IMAGES, JSON, PDF
from oracle.evidence.limits import ReadingLimits
from oracle.evidence.reading.invoice_json import invoice_in
from oracle.evidence.reading.invoice_text import invoice_of
from oracle.evidence.reading.pdf import printable, read_pdf
from oracle.evidence.reading.pictures import read_picture
from oracle.evidence.reading.provenance import provenance_of
from oracle.evidence.reading.result import FileReading, Outcome, Unreadable


def read_file(content: bytes, media_type: str, limits: ReadingLimits) -> FileReading:
    """What one file says. A file that cannot be read is a result too; running out of memory is none.

    Raises:
        MemoryError
    """
    try:
        return _read(content, media_type, limits)
    except Unreadable as error:
        return FileReading(outcome=Outcome.UNREADABLE, problem=error.problem)
    except MemoryError:
        raise
    except Exception:  # whatever a parser trips over, the file is malformed, and on every machine alike
        return FileReading(outcome=Outcome.UNREADABLE, problem="MALFORMED")


def _read(content: bytes, media_type: str, limits: ReadingLimits) -> FileReading:
    if media_type == PDF:
        reading = read_pdf(content, limits)
    elif media_type in IMAGES:
        reading = read_picture(content, media_type, limits)
    else:
        return _read_text(content, media_type, limits)
    provenance, trusted = provenance_of(content, media_type)
    added = {"provenance": provenance, "provenance_trusted": trusted, "invoice": invoice_of(reading.text)}
    return reading.model_copy(update=added)


def _read_text(content: bytes, media_type: str, limits: ReadingLimits) -> FileReading:
    try:
        text = printable(content.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise Unreadable("NOT_UTF8") from error
    if len(text) > limits.text_chars:
        raise Unreadable("TEXT_TOO_LONG")
    invoice = invoice_in(content) if media_type == JSON else invoice_of(text)
    return FileReading(outcome=Outcome.READ, pages=1, text=text, invoice=invoice)
