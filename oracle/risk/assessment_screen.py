"""An assessment as a person reads it on a screen, in one language."""

from collections.abc import Mapping
from typing import Final

from rich.box import SIMPLE_HEAD
from rich.console import Group, RenderableType
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from domain.money import format_amount
from domain.tiers import RiskTier
from oracle.risk.assessment import Assessment
from oracle.risk.derived import definition
from oracle.risk.explain import (
    asked_lines,
    change_lines,
    format_decimals,
    measure_lines,
    rule_words,
    service_lines,
    told_value,
)
from oracle.risk.grading import Grade
from oracle.risk.points import Contribution
from oracle.risk.tables import RiskTables

_COLOURS: Final = {RiskTier.LOW: "green", RiskTier.MEDIUM: "yellow", RiskTier.HIGH: "red"}
_WORDS: Final[Mapping[str, tuple[str, str]]] = {
    "application": ("Application {id}", "投保申请{id}"),
    "score": ("risk score, of 100", "风险评分（满分100）"),
    "ratio": ("expected loss ratio", "预期赔付率"),
    "loss": ("expected loss a year", "预期年赔款"),
    "premium": ("premium offered", "年保费"),
    "factor": ("factor on the standard rate", "费率系数"),
    "person": ("a person decides first", "由核保人先行决定"),
    "cap": ("most that can be insured", "最高保额"),
    "grade": ("qualitative grade", "定性等级"),
    "indicator": ("indicator", "指标"),
    "value": ("value", "取值"),
    "points": ("points", "计分"),
    "weight": ("weight", "权重"),
    "share": ("in score", "计入评分"),
    "product": ("product: {name}, rate × {factor}", "产品：{name}，费率×{factor}"),
    "sources": ("read: {names}", "已查询：{names}"),
}
_GRADES: Final = {Grade.LOW: ("low", "低"), Grade.MEDIUM: ("medium", "中"), Grade.HIGH: ("high", "高")}


def assessment_screen(assessment: Assessment, tables: RiskTables, language: str) -> RenderableType:
    """Tier, numbers, contributions, what fired, what is asked, what would change, what was not read."""
    texts, colour = tables.texts, _COLOURS[assessment.tier]
    line = texts.lines[assessment.case.line][language]
    title = f"{_say('application', language, id=assessment.application_id)} · {line}"
    tier = Text(texts.tiers[assessment.tier][language], style=f"bold {colour}")
    lines = (
        *measure_lines(assessment, texts, language),
        *asked_lines(assessment, texts, language),
        *change_lines(assessment, texts, language),
        *service_lines(assessment, texts, language),
        *_products(assessment, language),
        _sources(assessment, tables, language),
    )
    tabled = (_numbers(assessment, language), _contributions(assessment, tables, language))
    rules = rule_words(assessment, language)
    told = (Text(f"  • {line}" if line in rules else line) for line in lines)
    parts: tuple[RenderableType, ...] = (tier, *tabled, *told)
    return Panel(Group(*parts), title=title, title_align="left", border_style=colour)


def _numbers(assessment: Assessment, language: str) -> Table:
    measured, currency = assessment.measured, assessment.asked.currency
    person = _say("person", language)
    factor = person if assessment.factor_bps is None else f"× {format_decimals(assessment.factor_bps, 4)}"
    shown = Table(box=None, show_header=False, pad_edge=False)
    rows = {
        "score": format_amount(measured.score, 2),
        "ratio": f"{format_amount(measured.loss_ratio_bps, 2)} %",
        "loss": f"{format_amount(measured.expected_loss_minor, 2, grouped=True)} {currency}",
        "premium": f"{format_amount(assessment.asked.premium_minor, 2, grouped=True)} {currency}",
        "factor": factor,
        "cap": f"{format_amount(assessment.cap_minor, 2, grouped=True)} {currency}",
        "grade": _GRADES[assessment.qualitative.overall][_place(language)],
    }
    for name, value in rows.items():
        shown.add_row(_say(name, language), Text(value, style="bold"))
    return shown


def _contributions(assessment: Assessment, tables: RiskTables, language: str) -> Table:
    shown = Table(box=SIMPLE_HEAD, pad_edge=False)
    for name in ("indicator", "value", "points", "weight", "share"):
        shown.add_column(_say(name, language), justify="left" if name in ("indicator", "value") else "right")
    for each in sorted(assessment.measured.contributions, key=_largest_first):
        about = definition(each.indicator)
        shown.add_row(
            about.en if language == "en" else about.zh,
            told_value(each.indicator, about.decoded(each.coded), tables.texts, language),
            format_decimals(each.points, 2),
            f"{format_decimals(each.weight_bps, 2)} %",
            format_decimals(each.millionths, 6),
        )
    return shown


def _largest_first(each: Contribution) -> tuple[int, str]:
    return -each.millionths, each.indicator


def _products(assessment: Assessment, language: str) -> tuple[str, ...]:
    return tuple(
        _say(
            "product",
            language,
            name=offer.rule.en if language == "en" else offer.rule.zh,
            factor=format_decimals(offer.rate_factor_bps, 4),
        )
        for offer in assessment.segment.products
    )


def _sources(assessment: Assessment, tables: RiskTables, language: str) -> str:
    between = ", " if language == "en" else "、"
    return _say("sources", language, names=between.join(tables.texts.sources[s][language] for s in assessment.read))


def _say(words: str, language: str, **filled: object) -> str:
    return _WORDS[words][_place(language)].format(**filled)


def _place(language: str) -> int:
    return 0 if language == "en" else 1
