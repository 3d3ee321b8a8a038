"""Fields of bills: taken from behind their labels, None where they are missing or said twice."""

import pytest

from oracle.evidence.reading.invoice_text import invoice_of
from oracle.evidence.reading.result import Invoice
from tests.oracle.evidence.papers import CHINESE, ENGLISH


def bill(*rows: str) -> Invoice:
    found = invoice_of("\n".join(rows))
    assert found is not None
    return found


def test_invoice_of__no_bill__is_none() -> None:
    assert invoice_of("Dear Sir, thank you for your letter of 2026-03-04. Total: 12.00") is None


def test_invoice_of__without_a_field__leaves_it_out() -> None:
    found = bill("RECEIPT", "Tea 3.00")

    assert (found.issuer, found.number, found.issued_on, found.currency, found.total_minor) == (None,) * 5
    assert [line.amount_minor for line in found.lines] == [300]


def test_invoice_of__said_twice_differently__is_none() -> None:
    found = bill(*ENGLISH, "Invoice No: A-1002", "Issue date: 2026-03-05", "Total due: USD 1.00")

    assert (found.number, found.issued_on, found.total_minor) == (None, None, None)


def test_invoice_of__buyers_code_and_name__are_not_the_issuers() -> None:
    rows = [*CHINESE[:5], "统一社会信用代码/纳税人识别号：11111111111111111X", *CHINESE[5:]]

    found = bill(*rows)

    assert (found.issuer, found.issuer_code) == ("北京第一医院", "91350100M000100Y43")


@pytest.mark.parametrize("row", ["Policy no. 4", "Room 12", "Phone 555 0100", "2 High Street", "Date: 2026-03-04"])
def test_invoice_of__row_that_ends_in_a_number__is_no_line(row: str) -> None:
    assert bill("INVOICE", row).lines == ()


@pytest.mark.parametrize(
    "hostile", ["a" * 100_000, "1," * 50_000, "Total: " + "1" * 50_000, "金额合计（小写" * 5_000, " " * 100_000]
)
def test_invoice_of__hostile_text__ends_soon(hostile: str) -> None:
    bill("INVOICE", hostile)
