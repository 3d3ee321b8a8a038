"""The assessment report for the file (R9): one A4 page in English and Chinese, always the same bytes for the same.

On it is what the manual asks for: number of the application, score, expected loss ratio, tier, decision, and what they
follow from. What the applicant answered is not on it.
"""

from dataclasses import dataclass
from typing import Final

from domain.clauses import LANGUAGES
from domain.money import format_amount
from domain.tiers import MAX_SCORE, RiskTier
from oracle.risk.assessment import Assessment
from oracle.risk.derived import definition
from oracle.risk.explain import asked_lines, format_decimals, measure_lines, rule_words, told_value
from oracle.risk.indicators import RiskError
from oracle.risk.points import Contribution
from oracle.risk.report_page import (
    GREY,
    LINE,
    MARGIN_MM,
    RULE,
    SMALLEST,
    TIERS,
    WIDTH_MM,
    Page,
    heading_height,
    printable,
)
from oracle.risk.tables import RiskTables

BOTTOM_MM: Final = 268.0
"""Where text has to end; the foot is below."""
GUTTER_MM: Final = 8.0
SIZES: Final = (9.0, 8.5, 8.0, 7.5, 7.0, 6.5, 6.0, 5.5, SMALLEST)
"""Text sizes in points, tried in turn until everything fits."""
MOST_CONTRIBUTIONS: Final = 12
_CELLS: Final = (("points", 96.0), ("weight", 120.0), ("share", 148.0))
"""Right ends of the columns of numbers, mm from the margin."""
_BARS: Final = (152.0, 28.0)
_WORDS: Final = {
    "title": ("Risk assessment", "风险评估报告"),
    "application": ("Application", "投保申请编号"),
    "tier": ("Tier", "风险等级"),
    "score": ("Risk score, of 100", "风险评分（满分100）"),
    "ratio": ("Expected loss ratio", "预期赔付率"),
    "made_of": ("What the score is made of", "评分构成"),
    "points": ("points", "计分"),
    "weight": ("weight", "权重"),
    "share": ("in score", "计入评分"),
    "others": ("{count} further indicators", "其余{count}项"),
    "decision": ("Decision", "评估结论"),
    "changes": ("What would change the tier", "可改变等级的因素"),
    "objection": ("Objection", "异议"),
    "machine": (
        "Made by the risk engine from the tables named here; anyone with them can repeat it.",
        "由风险引擎依据所列评分表生成，凭同一评分表可复核。",
    ),
}


class TextUnprintable(RiskError):
    """The font of the report has no sign for a character of a table, or the page has no room for its texts."""


@dataclass(frozen=True, slots=True)
class _Section:
    """A heading, and lines below it; items have a dot before them."""

    heading: str
    lines: tuple[tuple[bool, str], ...]


def assessment_pdf(assessment: Assessment, tables: RiskTables) -> bytes:
    """The page as PDF.

    Raises:
        TextUnprintable: A table says something the font has no sign for, or more than there is room for.
    """
    columns = {language: _sections(assessment, tables, language) for language in LANGUAGES}
    _refuse_unprintable(assessment, columns)
    page = Page(f"Risk assessment {assessment.application_id}", assessment.digest)
    _head(page, assessment, tables)
    top = page.get_y() + 4
    size = next((size for size in SIZES if _fits(page, assessment, columns, size, top)), None)
    if size is None:
        problem = "has more to say than fits one page"
        raise TextUnprintable("assessment", assessment.application_id, problem, "Shorten the texts of its table")
    _contributions(page, assessment, size, top)
    _columns(page, columns, size, page.get_y() + 3)
    _foot(page, assessment)
    return page.content()


def _sections(assessment: Assessment, tables: RiskTables, language: str) -> tuple[_Section, ...]:
    texts, place = tables.texts, LANGUAGES.index(language)
    items = rule_words(assessment, language)
    decision = (
        *_raised(assessment, tables, language),
        *measure_lines(assessment, texts, language),
        *asked_lines(assessment, texts, language),
    )
    sections = [_Section(_WORDS["decision"][place], tuple((line in items, line) for line in decision))]
    if assessment.tier is not RiskTier.LOW:
        changes = _changes(assessment, tables, language)
        told = tuple((True, line) for line in changes) or ((False, texts.say("no_change", language)),)
        sections.append(_Section(_WORDS["changes"][place], told))
    sections.append(_Section(_WORDS["objection"][place], ((False, texts.say("objection", language)),)))
    return tuple(sections)


def _raised(assessment: Assessment, tables: RiskTables, language: str) -> tuple[str, ...]:
    """Why the score is not the sum of the contributions, where it is not."""
    scored, score = assessment.measured.scored, assessment.measured.score
    if score == scored:
        return ()
    shown = {"scored": format_amount(scored, 2), "score": format_amount(score, 2)}
    return (tables.texts.say("basis_floor", language, **shown),)


def _changes(assessment: Assessment, tables: RiskTables, language: str) -> tuple[str, ...]:
    """Targets alone: what the applicant answered stays off the page."""
    texts, colon, arrow = tables.texts, ": " if language == "en" else "：", " → "
    return tuple(
        _named(each.indicator, language)
        + colon
        + told_value(each.indicator, each.after, texts, language)
        + arrow
        + texts.tiers[each.tier][language]
        for each in assessment.changes
    )


def _both(words: str) -> str:
    return "  ".join(_WORDS[words])


def _named(indicator: str, language: str) -> str:
    about = definition(indicator)
    return about.en if language == "en" else about.zh


def _head(page: Page, assessment: Assessment, tables: RiskTables) -> None:
    """Title, number and line, and three boxes: tier, score, loss ratio."""
    texts, bounds = tables.texts, tables.lines[assessment.case.line].bounds
    page.text_at(MARGIN_MM, 15, _both("title"), 17)
    line = "  ".join(texts.lines[assessment.case.line][language] for language in LANGUAGES)
    page.text_at(MARGIN_MM, 15, line, 10, colour=GREY, align="R", room=WIDTH_MM)
    number = f"{_both('application')}  {assessment.application_id}"
    page.text_at(MARGIN_MM, 24, number, 9, colour=GREY)
    third = (WIDTH_MM - 2 * GUTTER_MM) / 3
    places = [MARGIN_MM + (third + GUTTER_MM) * place for place in range(3)]
    colour = TIERS[assessment.tier]
    page.box(places[0], third, _both("tier"), texts.tiers[assessment.tier]["zh"], colour)
    page.text_at(places[0] + 4, 50, texts.tiers[assessment.tier]["en"], 10, colour=colour)
    measured = assessment.measured
    limits = (bounds.medium_from_score, bounds.high_above_score)
    page.box(places[1], third, _both("score"), format_amount(measured.score, 2), TIERS[measured.tiers.by_score])
    page.gauge(places[1], third, measured.score, limits, MAX_SCORE)
    ratio = f"{format_amount(measured.loss_ratio_bps, 2, grouped=True)} %"
    limits = (bounds.medium_from_ratio_bps, bounds.high_above_ratio_bps)
    page.box(places[2], third, _both("ratio"), ratio, TIERS[measured.tiers.by_ratio])
    page.gauge(places[2], third, measured.loss_ratio_bps, limits, limits[1] * 5 // 4)
    page.set_y(60)


def _contributions(page: Page, assessment: Assessment, size: float, top: float) -> None:
    """A table of the largest contributions, with bars, and one line for the others."""
    height = size * LINE
    page.set_y(top)
    page.heading(_both("made_of"), size, MARGIN_MM, WIDTH_MM)
    for words, right in _CELLS:
        page.text_at(MARGIN_MM, page.get_y(), _both(words), size - 1.5, GREY, "R", right)
    page.set_y(page.get_y() + height)
    most = max((each.millionths for each in assessment.measured.contributions), default=0)
    for each in _largest(assessment):
        _contribution(page, each, size, most)
    others = _others(assessment)
    if others:
        words = "  ".join(words.format(count=len(others)) for words in _WORDS["others"])
        page.text_at(MARGIN_MM, page.get_y(), words, size, GREY)
        shared = format_decimals(sum(each.millionths for each in others), 6)
        page.text_at(MARGIN_MM, page.get_y(), shared, size, GREY, "R", _CELLS[-1][1])
        page.set_y(page.get_y() + height)


def _contribution(page: Page, each: Contribution, size: float, most: int) -> None:
    y, height = page.get_y(), size * LINE
    name = "  ".join(_named(each.indicator, language) for language in LANGUAGES)
    page.text_at(MARGIN_MM, y, name, size)
    weight = f"{format_decimals(each.weight_bps, 2)} %"
    numbers = (format_decimals(each.points, 2), weight, format_decimals(each.millionths, 6))
    for (_, right), number in zip(_CELLS, numbers, strict=True):
        page.text_at(MARGIN_MM, y, number, size, align="R", room=right)
    left, room = _BARS
    page.set_fill_color(*GREY)
    page.rect(MARGIN_MM + left, y + height * 0.3, room * each.millionths / most, height * 0.4, style="F")
    page.set_y(y + height)


def _columns(page: Page, columns: dict[str, tuple[_Section, ...]], size: float, top: float) -> None:
    """English on the left, Chinese on the right."""
    width = (WIDTH_MM - GUTTER_MM) / 2
    for place, (language, sections) in enumerate(columns.items()):
        left = MARGIN_MM + (width + GUTTER_MM) * place
        page.set_y(top)
        for section in sections:
            page.heading(section.heading, size, left, width)
            for item, line in section.lines:
                page.paragraph(line, language, size, left, width, item=item)
            page.set_y(page.get_y() + size * 0.2)


def _fits(
    page: Page, assessment: Assessment, columns: dict[str, tuple[_Section, ...]], size: float, top: float
) -> bool:
    """Whether everything ends above the foot at this text size."""
    shown = len(_largest(assessment)) + bool(_others(assessment)) + 1
    table = heading_height(size) + shown * size * LINE + 3
    width = (WIDTH_MM - GUTTER_MM) / 2
    heights = [
        sum(
            heading_height(size)
            + size * 0.2
            + sum(page.paragraph_height(line, language, size, width, item=item) for item, line in section.lines)
            for section in sections
        )
        for language, sections in columns.items()
    ]
    return top + table + max(heights) <= BOTTOM_MM


def _foot(page: Page, assessment: Assessment) -> None:
    """What was used, and the hash that names this assessment."""
    page.set_draw_color(*RULE)
    page.line(MARGIN_MM, 272, MARGIN_MM + WIDTH_MM, 272)
    lines = [
        f"{assessment.case.line.value} {assessment.table_version}  0x{assessment.table_hash.hex()}",
        f"engine  0x{assessment.model_hash.hex()}",
        f"digest  0x{assessment.digest.hex()}",
    ]
    page.text_at(MARGIN_MM, 273.5, _both("machine"), 6.5, colour=GREY)
    for place, line in enumerate(lines):
        page.text_at(MARGIN_MM, 277.5 + 3.6 * place, line, 6.5, colour=GREY)


def _ranked(assessment: Assessment) -> list[Contribution]:
    given = [each for each in assessment.measured.contributions if each.millionths]
    return sorted(given, key=lambda each: (-each.millionths, each.indicator))


def _largest(assessment: Assessment) -> list[Contribution]:
    return _ranked(assessment)[:MOST_CONTRIBUTIONS]


def _others(assessment: Assessment) -> list[Contribution]:
    return _ranked(assessment)[MOST_CONTRIBUTIONS:]


def _refuse_unprintable(assessment: Assessment, columns: dict[str, tuple[_Section, ...]]) -> None:
    said = [line for sections in columns.values() for section in sections for _, line in section.lines]
    said += [_named(each.indicator, language) for each in _largest(assessment) for language in LANGUAGES]
    unknown = sorted({character for line in said for character in line if ord(character) not in printable()})
    if unknown:
        code = f"U+{ord(unknown[0]):04X}"
        remedy = "Say it with other characters, or add them with scripts/make_font.py"
        raise TextUnprintable("text", unknown[0], f"({code}) is not in the font of the report", remedy)
