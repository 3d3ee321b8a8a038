"""Each sign of forgery is found where it is, said in both languages, and not found on an honest bill."""

import datetime as dt

import pytest

from oracle.evidence.clue_words import CLUES
from oracle.evidence.clues import ClaimDays, DocumentClue, ReadFile, document_clues
from oracle.evidence.duplicates import SeenPicture
from oracle.evidence.reading.result import FileReading, Metadata, Provenance
from tests.oracle.evidence.claims import at, bill, reading

DAYS = ClaimDays.of(at("2025-06-01"), at("2026-03-02"), at("2026-03-06"))
NOON = dt.datetime(2026, 3, 4, 12, tzinfo=dt.UTC)


def found(file: FileReading) -> tuple[DocumentClue, ...]:
    return document_clues([ReadFile("bill.pdf", file)], DAYS, [SeenPicture("0" * 63 + "1", 3)], 9)


def test_document_clues__honest_bill__has_none() -> None:
    made = Metadata(software=("Acme Billing 4",), created_at=NOON, modified_at=NOON, revisions=1)

    assert found(reading(bill(), metadata=made)) == ()


@pytest.mark.parametrize(
    ("file", "code"),
    [
        (
            reading(bill(), metadata=Metadata(created_at=NOON, modified_at=NOON + dt.timedelta(days=9))),
            "EDITED_AFTER_ISSUE",
        ),
        (reading(bill(), metadata=Metadata(software=("Adobe Photoshop 2025",))), "IMAGE_EDITOR"),
        (reading(bill(total_minor=201_255)), "TOTALS_DISAGREE"),
        (reading(bill(words_minor=1)), "TOTALS_DISAGREE"),
        (reading(bill(ibans=("GB83WEST12345698765432",))), "CHECK_DIGIT_WRONG"),
        (reading(bill(cards=("4111111111111112",))), "CHECK_DIGIT_WRONG"),
        (reading(bill(issuer_code="91350100M000100Y44")), "CHECK_DIGIT_WRONG"),
        (reading(bill(issued_on=dt.date(2025, 5, 1))), "BEFORE_COVER"),
        (reading(bill(issued_on=dt.date(2026, 2, 1))), "BEFORE_LOSS"),
        (reading(bill(issued_on=dt.date(2026, 3, 9))), "AFTER_NOTICE"),
        (reading(provenance=Provenance.BROKEN), "PROVENANCE_BROKEN"),
        (reading(pictures=("0" * 64,)), "LOOKS_ALIKE"),
        (reading(metadata=Metadata(revisions=3)), "SAVED_AGAIN"),
        (reading(metadata=Metadata(active=("JavaScript",))), "ACTIVE_CONTENT"),
    ],
)
def test_document_clues__one_sign__is_named(file: FileReading, code: str) -> None:
    (clue,) = found(file)

    assert (clue.code, clue.finding) == (code, CLUES[code][0])
    assert all("bill.pdf" in words and "{" not in words for words in (clue.en, clue.zh))


@pytest.mark.parametrize("provenance", [Provenance.ABSENT, Provenance.VALID])
def test_document_clues__provenance_absent_or_valid__is_no_clue(provenance: Provenance) -> None:
    assert found(reading(bill(), provenance=provenance)) == ()


@pytest.mark.parametrize("day", [dt.date(2026, 3, 1), dt.date(2026, 3, 7)])
def test_document_clues__a_days_difference__says_nothing(day: dt.date) -> None:
    assert found(reading(bill(issued_on=day))) == ()


def test_document_clues__prices_with_tax_inside__add_up() -> None:
    assert found(reading(bill(net_minor=None, tax_minor=8_000, total_minor=92_050))) == ()
