"""What a bill comes to: totals under many labels, payments that are no lines, taxes that add up or are not known."""

import pytest

from oracle.evidence.clues import figures_of, states_total
from oracle.evidence.reading.invoice_text import invoice_of
from oracle.evidence.reading.result import Invoice
from tests.oracle.evidence.papers import ENGLISH

HEAD = ("INVOICE", "Issuer: City Hospital", "Invoice No: A-1", "Date: 2026-03-04", "MRI USD 100.00", "Visit USD 126.00")


def bill(*rows: str) -> Invoice:
    found = invoice_of("\n".join((*HEAD, *rows)))
    assert found is not None
    return found


@pytest.mark.parametrize(
    "rows",
    [
        ["To pay: USD 226.00"],
        ["Payable: USD 226.00"],
        ["Amount payable USD 226.00"],
        ["Sum: USD 226.00"],
        ["Please pay USD 226.00"],
        ["Total due 226.00 USD incl. VAT", "Paid by card USD 226.00"],
        ["Total USD 226.00 incl. 7% VAT", "Visa USD 226.00"],
        ["TOTAL (USD): 226.00 PAID", "Cash 300.00", "Change: 74.00"],
        ["Amount: USD 226.00", "Amount paid: USD 300.00"],
        ["应付金额：226.00", "现金 300.00", "找零 74.00"],
        ["总费用：226.00", "微信支付 226.00"],
    ],
)
def test_invoice_of__total_under_another_label__is_the_total_and_no_line(rows: list[str]) -> None:
    found = bill(*rows)

    assert set(figures_of(found).values()) == {22_600}
    assert found.total_minor == 22_600
    assert [line.amount_minor for line in found.lines] == [10_000, 12_600]


def test_invoice_of__total_under_no_label_we_know__is_no_line_and_no_total() -> None:
    found = bill("Zahlbetrag: USD 226.00", "Betrag: USD 226.00")

    assert [line.amount_minor for line in found.lines] == [10_000, 12_600]
    assert not states_total(found)


def test_invoice_of__equal_lines_that_add_up_to_the_total__all_count() -> None:
    found = invoice_of("INVOICE\nWard day 1 USD 300.00\nWard day 2 USD 300.00\nTotal: USD 600.00")

    assert found is not None
    assert [line.amount_minor for line in found.lines] == [30_000, 30_000]


@pytest.mark.parametrize(
    ("rows", "tax"),
    [
        (["VAT 7%: 7.00", "VAT 19%: 19.00"], 2_600),
        (["7% VAT 7.00", "19% VAT 19.00", "Total VAT: 26.00"], 2_600),
        (["Sales tax (8.25%) 18.65"], 1_865),
        (["VAT 22.60"], 2_260),
    ],
)
def test_invoice_of__tax_rows__add_up(rows: list[str], tax: int) -> None:
    found = bill("Subtotal: 226.00", *rows)

    assert (found.tax_minor, found.tax_unclear) == (tax, False)
    assert figures_of(found) == {"net and tax": 22_600 + tax, "lines and tax": 22_600 + tax}


@pytest.mark.parametrize(
    "rows",
    [
        ["VAT 22.60 A"],
        ["VAT 7%: 7.00", "VAT 7%: 7.00"],
        ["VAT 7%: 7.00", "Total VAT: 26.00"],
        ["VAT 7% of 100.00 is 7.00"],
    ],
)
def test_invoice_of__tax_that_can_be_read_two_ways__leaves_out_what_needs_it(rows: list[str]) -> None:
    found = bill("Subtotal: 226.00", *rows)

    assert (found.tax_minor, found.tax_unclear) == (None, True)
    assert figures_of(found) == {}


def test_invoice_of__no_tax_row__is_no_tax() -> None:
    found = bill("VAT No: GB 123456789", "Tax ID: 12-3456789", "Total: USD 226.00")

    assert (found.tax_minor, found.tax_unclear, set(figures_of(found).values())) == (None, False, {22_600})


@pytest.mark.parametrize(
    ("row", "codes"),
    [
        ("Diagnosis: J18.9", ("J18.9",)),
        ("ICD-10-CM: J18.9", ("J18.9",)),
        ("ICD-10: I10, J18.9", ("I10", "J18.9")),
        ("icd10 j189; s72.001A", ("J18.9", "S72.0")),
        ("Diagnosis: pneumonia (J18.9)", ("J18.9",)),
        ("诊断：肺炎 J18.900", ("J18.9",)),
        ("Diagnoses:\nI10", ("I10",)),
    ],
)
def test_invoice_of__codes_behind_a_label__all_of_them(row: str, codes: tuple[str, ...]) -> None:
    assert bill("Total: USD 226.00", row).codes == codes


@pytest.mark.parametrize("rows", [["1% " * 20_000], ["VAT " + "9" * 390], ["diagnosis " * 40], ["Change " * 50]])
def test_invoice_of__hostile_rows__end_soon(rows: list[str]) -> None:
    bill(*ENGLISH, *rows * 200)
