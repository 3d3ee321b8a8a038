"""Hospital bills as a hospital prints them, English or Chinese, as PDF with a text layer. Amounts in US cents."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from fpdf import FPDF

from domain.evidence.sniff import PDF
from scripts import ROOT

FONT: Final = ROOT / "oracle" / "risk" / "fonts" / "NotoSansSC-Regular-subset.ttf"
ROW_MM: Final = 8
CURRENCY: Final = "USD"


@dataclass(frozen=True, slots=True)
class Bill:
    """What a bill says.

    Attributes:
        lines: What was done, and what it costs in cents.
        total_minor: As printed; an honest bill's lines add up to it.
        chinese: Printed in Chinese.
    """

    issuer: str
    number: str
    issued_on: dt.date
    lines: tuple[tuple[str, int], ...]
    total_minor: int
    chinese: bool = False

    @property
    def worth_minor(self) -> int:
        """What of it counts: the lowest of the figures it states."""
        return min(self.total_minor, sum(amount for _, amount in self.lines))

    def rows(self) -> list[str]:
        """Its rows of text, from top to bottom."""
        return _chinese(self) if self.chinese else _english(self)

    def pdf(self) -> bytes:
        """The bill on one page."""
        return rendered(self.rows(), dt.datetime.combine(self.issued_on, dt.time(10), dt.UTC))

    @property
    def media_type(self) -> str:
        """Of `pdf`."""
        return PDF


def rendered(rows: Sequence[str], made_at: dt.datetime) -> bytes:
    """One row of text under the other."""
    page = FPDF()
    page.add_page()
    if all(ord(sign) < 256 for row in rows for sign in row):
        page.set_font("Helvetica", size=11)
    else:
        page.add_font("Noto", fname=FONT)
        page.set_font("Noto", size=11)
    page.set_creation_date(made_at)
    for row in rows:
        page.cell(0, ROW_MM, row, new_x="LMARGIN", new_y="NEXT")
    return bytes(page.output())


def shown(minor: int) -> str:
    """Cents as people print them: `1,012.55`."""
    return f"{minor // 100:,}.{minor % 100:02d}"


def _english(bill: Bill) -> list[str]:
    head = ["INVOICE", f"Issuer: {bill.issuer}", f"Invoice No: {bill.number}", f"Date: {bill.issued_on.isoformat()}"]
    lines = [f"{what} {shown(amount)}" for what, amount in bill.lines]
    return [*head, *lines, f"Total due: {CURRENCY} {shown(bill.total_minor)}"]


def _chinese(bill: Bill) -> list[str]:
    day = f"{bill.issued_on.year}年{bill.issued_on.month:02d}月{bill.issued_on.day:02d}日"
    head = ["医疗收费票据", f"票据号码：{bill.number}", f"开票日期：{day}", f"收款单位：{bill.issuer}"]
    lines = [f"{what} {CURRENCY} {shown(amount)}" for what, amount in bill.lines]
    return [*head, *lines, f"金额合计（小写）：{CURRENCY} {shown(bill.total_minor)}"]
