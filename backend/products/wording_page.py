"""Draws a wording as PDF. The font is the one of assessment reports: Latin, and the common characters of GB 2312."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Final

from fontTools.ttLib import TTFont
from fpdf import FPDF
from fpdf.enums import WrapMode, XPos, YPos
from fpdf.output import OutputProducer, PDFInfo

from backend.products.wording import TextUnprintable, Wording

FONT: Final = Path(__file__).parents[2] / "oracle" / "risk" / "fonts" / "NotoSansSC-Regular-subset.ttf"
"""A file both rooms draw with; no code is shared."""
_MARGIN_MM: Final = 20.0
_BOTTOM_MM: Final = 22.0
_LINE: Final = 0.55
"""Height of a line in mm for each point of text size."""
_INK, _GREY = (28, 32, 38), (108, 116, 126)


class _Undated(OutputProducer):
    """Writes no time: the same wording is the same file."""

    def _add_info(self) -> PDFInfo:
        info = super()._add_info()
        vars(info)["creation_date"] = None
        return info


class _Pages(FPDF):
    """A4 pages with the terms hash and a page number at the foot."""

    def __init__(self, wording: Wording) -> None:
        super().__init__(orientation="portrait", unit="mm", format="A4")
        self._wording = wording
        self.set_margin(_MARGIN_MM)
        self.set_auto_page_break(True, margin=_BOTTOM_MM)
        self.set_title(wording.title)
        self.set_lang("zh-CN" if wording.language == "zh" else "en")
        self.add_font("sc", fname=FONT)
        self.add_page()

    def file_id(self) -> str:
        """From the terms, not from the time."""
        name = self._wording.terms_hash.removeprefix("0x")
        return f"<{name[:32]}><{name[32:64]}>"

    def footer(self) -> None:
        """What every page carries: pages that are parted still say what they belong to."""
        self.set_y(-14)
        self.set_font("sc", size=6.5)
        self.set_text_color(*_GREY)
        self.cell(0, 4, self._wording.terms_hash)
        self.set_x(-_MARGIN_MM - 20)
        self.cell(20, 4, str(self.page_no()), align="R")

    def write_words(self, words: str, size: float, colour: tuple[int, int, int], *, after: float = 0.0) -> None:
        """Wrapped text, and some room below it in mm."""
        self.set_font("sc", size=size)
        self.set_text_color(*colour)
        self.multi_cell(
            0, size * _LINE, words, align="L", new_x=XPos.LMARGIN, new_y=YPos.NEXT,
            wrapmode=WrapMode.CHAR if self._wording.language == "zh" else WrapMode.WORD,
        )  # fmt: skip
        self.ln(after)


def draw(wording: Wording) -> bytes:
    """The wording as PDF.

    Raises:
        TextUnprintable
    """
    missing = unprintable(wording.as_text())
    if missing:
        raise TextUnprintable(missing)
    pages = _Pages(wording)
    pages.write_words(wording.title, 17, _INK, after=1)
    pages.write_words(wording.subtitle, 9, _GREY, after=5)
    for section in wording.sections:
        if pages.will_page_break(22):
            pages.add_page()
        pages.write_words(section.heading, 10.5, _INK)
        if section.note:
            pages.write_words(section.note, 7, _GREY)
        pages.write_words(section.text, 9, _INK, after=3)
    for line in wording.closing:
        pages.write_words(line, 7.5, _GREY)
    return bytes(pages.output(output_producer_class=_Undated))


def unprintable(text: str) -> str:
    """Characters of a text that the font has no sign for, each once, in the order of their numbers."""
    return "".join(sorted({letter for letter in text if letter not in "\n\r" and ord(letter) not in _printable()}))


@cache
def _printable() -> frozenset[int]:
    with TTFont(FONT) as font:
        return frozenset(font.getBestCmap())
