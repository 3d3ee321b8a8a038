"""Codes of diagnoses: found wherever they stand, and held to the codes of the terms."""

import pytest

from oracle.evidence.reading.diagnoses import codes_anywhere, labelled_codes, plain_code, touches


@pytest.mark.parametrize(
    ("written", "plain"),
    [("j18.9", "J18.9"), ("J189", "J18.9"), ("J18.900", "J18.9"), ("I10.x00", "I10"), ("J18", "J18")],
)
def test_plain_code__however_it_is_written__is_one(written: str, plain: str) -> None:
    assert plain_code(written) == plain


def test_codes_anywhere__in_a_sentence__are_found() -> None:
    assert codes_anywhere("The patient was treated for pneumonia (J18.9) and Ｉ１０ .") == {"J18.9", "I10"}


@pytest.mark.parametrize("text", ["Passport E12345678", "Invoice J18-22", "AJ18.9", "Room 12"])
def test_codes_anywhere__other_numbers__are_none(text: str) -> None:
    assert codes_anywhere(text) == frozenset()


def test_labelled_codes__without_a_label__are_none() -> None:
    assert labelled_codes("Vitamin B12 20.00") == ()


@pytest.mark.parametrize(
    ("named", "code", "held"),
    [
        ("J18", "J18.9", True),
        ("I67.4", "I67.4", True),
        ("I67.4", "I67", True),
        ("I67.4", "I67.5", False),
        ("J18", "J19", False),
    ],
)
def test_touches__code_of_the_terms__takes_in_its_own(named: str, code: str, held: bool) -> None:
    assert touches(named, [code]) is held
