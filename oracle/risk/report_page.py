"""What a page of a report is drawn with: its font, colours, lines, boxes, gauges and wrapped text in two languages."""

from functools import cache
from pathlib import Path
from typing import Final, Literal

from fontTools.ttLib import TTFont
from fpdf import FPDF
from fpdf.enums import MethodReturnValue, WrapMode, XPos, YPos
from fpdf.output import OutputProducer, PDFInfo

from domain.tiers import RiskTier

FONT: Final = Path(__file__).parent / "fonts" / "NotoSansSC-Regular-subset.ttf"
MARGIN_MM: Final = 15.0
WIDTH_MM: Final = 180.0
SMALLEST: Final = 5.0
"""Text size in points."""
LINE: Final = 0.53
"""Height of a line in mm for each point of text size."""
Colour = tuple[int, int, int]
INK: Final[Colour] = (28, 32, 38)
GREY: Final[Colour] = (108, 116, 126)
RULE: Final[Colour] = (214, 218, 223)
_PALE: Final[Colour] = (241, 243, 245)
TIERS: Final[dict[RiskTier, Colour]] = {
    RiskTier.LOW: (22, 121, 74),
    RiskTier.MEDIUM: (176, 112, 8),
    RiskTier.HIGH: (178, 38, 38),
}
Align = Literal["L", "R"]


class _Undated(OutputProducer):
    """Writes no time: the same report is the same file."""

    def _add_info(self) -> PDFInfo:
        info = super()._add_info()
        vars(info)["creation_date"] = None
        return info


class Page(FPDF):
    """One A4 page, drawn from the top down; lengths in mm, text sizes in points.

    Args:
        name: 32 bytes the file is named by.
    """

    def __init__(self, title: str, name: bytes) -> None:
        super().__init__(orientation="portrait", unit="mm", format="A4")
        self._name = name
        self.set_auto_page_break(False)
        self.set_margin(MARGIN_MM)
        self.c_margin = 0
        self.set_title(title)
        self.add_font("sc", fname=FONT)
        self.add_page()

    def file_id(self) -> str:
        """From the report, not from the time."""
        return f"<{self._name.hex()[:32]}><{self._name.hex()[32:64]}>"

    def content(self) -> bytes:
        """The page as PDF."""
        return bytes(self.output(output_producer_class=_Undated))

    def box(self, left: float, width: float, heading: str, value: str, colour: Colour) -> None:
        """A pale box with a heading and a large value."""
        self.set_fill_color(*_PALE)
        self.rect(left, 32, width, 27, style="F")
        self.set_fill_color(*colour)
        self.rect(left, 32, 1.2, 27, style="F")
        self.text_at(left + 4, 34, heading, 7.5, colour=GREY)
        self.text_at(left + 4, 39.5, value, 19, colour=colour, room=width - 6)

    def gauge(self, left: float, width: float, value: int, limits: tuple[int, int], most: int) -> None:
        """A bar in the colours of the tiers with a mark at the value; what exceeds the bar is marked at its end."""
        room = width - 8
        ends = (*limits, most)
        begin = 0
        for tier, end in zip(RiskTier, ends, strict=True):
            self.set_fill_color(*TIERS[tier])
            self.rect(left + 4 + room * begin / most, 52.6, room * (end - begin) / most - 0.4, 1.6, style="F")
            begin = end
        self.set_fill_color(*INK)
        self.rect(left + 4 + room * min(value, most) / most - 0.4, 51.6, 0.8, 3.6, style="F")
        for limit in limits:
            self.text_at(left + 4 + room * limit / most - 5, 55.2, f"{limit / 100:g}", 6, colour=GREY, room=10)

    def heading(self, words: str, size: float, left: float, width: float) -> None:
        """A heading on a line."""
        y = self.get_y()
        self.text_at(left, y, words, size + 1)
        below = y + (size + 1) * LINE + 0.6
        self.set_draw_color(*RULE)
        self.line(left, below, left + width, below)
        self.set_y(y + heading_height(size))

    def paragraph(self, words: str, language: str, size: float, left: float, width: float, *, item: bool) -> None:
        """Wrapped text; an item has a dot before it."""
        y, indent = self.get_y(), _indent(item)
        if item:
            self.set_fill_color(*GREY)
            self.ellipse(left + 0.6, y + size * LINE / 2 - 0.4, 0.8, 0.8, style="F")
        self._write(words, language, size, left + indent, width - indent, dry=False)
        self.set_y(y + self.paragraph_height(words, language, size, width, item=item))

    def paragraph_height(self, words: str, language: str, size: float, width: float, *, item: bool) -> float:
        """How high that is."""
        return self._write(words, language, size, MARGIN_MM, width - _indent(item), dry=True) + size * 0.08

    def _write(self, words: str, language: str, size: float, left: float, width: float, *, dry: bool) -> float:
        self.set_font("sc", size=size)
        self.set_text_color(*INK)
        self.set_x(left)
        found = self.multi_cell(
            width, size * LINE, words, align="L", dry_run=dry, output=MethodReturnValue.HEIGHT,
            wrapmode=WrapMode.CHAR if language == "zh" else WrapMode.WORD, new_x=XPos.LEFT, new_y=YPos.NEXT,
        )  # fmt: skip
        return float(str(found))

    def text_at(
        self, left: float, top: float, words: str, size: float,
        colour: Colour = INK, align: Align = "L", room: float = WIDTH_MM,
    ) -> None:  # fmt: skip
        """One line, made smaller if it does not fit its room; leaves the height of the page where it was."""
        before = self.get_y()
        self.set_font("sc", size=size)
        while self.get_string_width(words) > room and size > SMALLEST:
            size -= 0.5
            self.set_font("sc", size=size)
        self.set_text_color(*colour)
        self.set_xy(left, top)
        self.cell(room, size * LINE, words, align=align)
        self.set_y(before)


def heading_height(size: float) -> float:
    """Height of a heading, with its line and the space below."""
    return (size + 1) * LINE + 2.0


def _indent(item: bool) -> float:
    return 3.0 if item else 0.0


@cache
def printable() -> frozenset[int]:
    """Characters the font has a sign for."""
    with TTFont(FONT) as font:
        return frozenset(font.getBestCmap())
