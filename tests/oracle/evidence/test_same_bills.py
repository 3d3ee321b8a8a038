"""One bill counts once, however often and under whichever name of its issuer it is handed in."""

import datetime as dt

import pytest

from domain.evidence.dossier import EvidenceFile, seal_dossier
from oracle.evidence.clues import ReadFile
from oracle.evidence.loss import KnownClaims, assess_loss
from oracle.evidence.loss_words import LineOutcome
from oracle.evidence.reading.result import Invoice, InvoiceLine
from oracle.evidence.valuation import Bill, bills_of, first_of, same_bill
from oracle.risk.fraud.facts import Invoice as Named
from tests.oracle.evidence.claims import KEYS, SIGNING, TERMS, VERSIONS, assessed, bill, claim, reading

CODE = "91350100M000100Y43"
TWICE = 2 * 1_012_550_000
AUTOMATIC = 9_000


@pytest.mark.parametrize(
    "other",
    [
        bill(issuer=None, issuer_code=CODE),
        bill(issuer="City Hospital Ltd.", issuer_code=CODE),
        bill(issuer=None, number="a 1001", lines=()),
        bill(number=None),
        bill(number=None, issuer=None, issued_on=None),
        bill(number="A-1001-COPY"),
        bill(number=None, lines=()),
    ],
)
def test_assess_loss__the_same_bill_told_otherwise__counts_once_and_is_for_a_person(other: Invoice) -> None:
    found = assessed({"a.pdf": reading(bill()), "b.json": reading(other)}, claimed=TWICE)

    assert found.found_minor == 101_255
    assert {line.outcome for line in found.lines if line.file == "b.json"} == {LineOutcome.BILLED_TWICE}
    assert found.report.confidence_bps < AUTOMATIC
    assert "invoice-twice" in {clue.code for clue in found.fraud.clues}


def test_assess_loss__one_file_twice_byte_for_byte__counts_once() -> None:
    files = [EvidenceFile(name, "text/plain", b"the bill") for name in ("a.txt", "b.txt")]
    sealed = seal_dossier(files, [bytes([1]) * 32, bytes([2]) * 32])
    unnamed = bill(number=None, issuer=None)

    found = assess_loss(
        sealed, {each.name: reading(unnamed) for each in files}, claim(sealed, claimed=TWICE), TERMS,
        known=KnownClaims(), keys=KEYS, signing=SIGNING, versions=VERSIONS,
    )  # fmt: skip

    assert found.found_minor == 101_255
    assert found.report.confidence_bps < AUTOMATIC


def test_bills_of__one_file_twice__is_told_by_its_bytes() -> None:
    other = bill(number="Z-9", total_minor=5, net_minor=None, tax_minor=None, lines=())
    files = [ReadFile("a", reading(bill()), "aa"), ReadFile("b", reading(other), "aa"), ReadFile("c", reading(other))]

    assert first_of(bills_of(files)) == (0, 0, 1)


@pytest.mark.parametrize(
    "other",
    [
        bill(number="A-1002", issued_on=dt.date(2026, 3, 5)),
        bill(number="A-1002", total_minor=100_000, net_minor=None, tax_minor=None, lines=()),
        bill(number="A-1002", lines=(InvoiceLine(text="Cast", amount_minor=92_050),)),
    ],
)
def test_same_bill__another_number_and_day_amount_or_lines__is_another(other: Invoice) -> None:
    assert not same_bill(Bill("a", bill()), Bill("b", other))


def test_assess_loss__bill_with_name_and_code__is_named_by_both() -> None:
    by_name = assessed({"a": reading(bill())}).report.nullifiers
    by_code = assessed({"a": reading(bill(issuer=None, issuer_code=CODE))}).report.nullifiers
    both = assessed({"a": reading(bill(issuer_code=CODE))}).report.nullifiers

    assert set(both) == {*by_name, *by_code}
    assert len(both) == 3


@pytest.mark.parametrize("issuer", ["City Hospital", CODE])
def test_assess_loss__earlier_claim_knew_the_issuer_by_one_of_its_names__is_found(issuer: str) -> None:
    known = KnownClaims(invoices={Named(issuer, "A-1001", 0).fingerprint: 5})

    found = assessed({"a": reading(bill(issuer_code=CODE)), "b": reading(bill(number=None, total_minor=None))}, known)

    assert "invoice-in-other-claim" in {clue.code for clue in found.fraud.clues}


@pytest.mark.parametrize("changes", [{"number": None}, {"number": "-"}, {"issuer": None}, {"issuer": "?"}])
def test_assess_loss__bill_that_cannot_be_told_from_others__is_never_automatic(changes: dict[str, object]) -> None:
    assert assessed({"a": reading(bill(**changes))}).report.confidence_bps < AUTOMATIC
