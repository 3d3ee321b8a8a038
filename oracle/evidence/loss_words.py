"""What a loss assessment says, by code, in English and Chinese. {names} are filled in. Part of the model hash."""

from enum import StrEnum
from typing import Final


class LineOutcome(StrEnum):
    """What became of a line of a bill."""

    COUNTED = "COUNTED"
    DIFFERENCE = "DIFFERENCE"
    BILLED_TWICE = "BILLED_TWICE"
    BEFORE_LOSS = "BEFORE_LOSS"
    AFTER_NOTICE = "AFTER_NOTICE"


LINES: Final[dict[LineOutcome, tuple[str, str]]] = {
    LineOutcome.COUNTED: ("counted", "计入"),
    LineOutcome.DIFFERENCE: (
        "the bill's own figures differ; the lowest of them counts",
        "票据自身金额不一致，按其中最低者计算",
    ),
    LineOutcome.BILLED_TWICE: (
        "the same bill is in the dossier already and counts once",
        "同一票据已在材料中，仅计一次",
    ),
    LineOutcome.BEFORE_LOSS: ("dated before the loss, so not of it", "日期早于出险日，与本次损失无关"),
    LineOutcome.AFTER_NOTICE: ("dated after the notice it came with", "日期晚于随附的报案时间"),
}

DEDUCTIONS: Final[dict[str, tuple[int, str, str]]] = {
    "ISSUER_MISSING": (2_000, "A bill names no issuer that can be read.", "有票据未能读出开具单位。"),
    "NUMBER_MISSING": (2_000, "A bill has no number that can be read.", "有票据未能读出号码。"),
    "DATE_MISSING": (1_500, "A bill has no date that can be read without doubt.", "有票据未能明确读出日期。"),
    "LINES_MISSING": (1_000, "A bill shows no lines to add up.", "有票据没有可供核算的明细。"),
    "TOTAL_MISSING": (4_000, "A bill states no total that can be read.", "有票据未能读出总额。"),
    "TAX_UNCLEAR": (2_000, "A bill names a tax that cannot be read without doubt.", "有票据的税额未能明确读出。"),
    "CODE_MISSING": (
        2_000,
        "The policy excludes diagnoses, and no code of a diagnosis could be read.",
        "保单除外了特定诊断，而材料中未能读出诊断编码。",
    ),
    "EARLIER_UNREAD": (
        4_000,
        "The evidence of an earlier claim that may show the same bills could not be compared.",
        "有可能含相同票据的较早理赔案件材料未能比对。",
    ),
    "TOTALS_DISAGREE": (4_000, "The figures of a bill do not add up.", "有票据金额核算不一致。"),
    "NOT_READ": (1_500, "A file could not be read and may show more.", "有文件无法读取，可能包含更多内容。"),
    "PICTURE_ONLY": (1_000, "A picture or scan has no text to read.", "有图片或扫描件没有可读取的文字。"),
    "MORE_CLAIMED": (1_500, "More is claimed than the bills show.", "索赔金额高于票据所示。"),
    "LINE_NOT_COUNTED": (2_000, "A line of a bill was not counted.", "有票据明细未计入。"),
    "PROVENANCE_BROKEN": (3_000, "A file no longer fits its signed account of origin.", "有文件与其来源签名记录不符。"),
}
"""Basis points each takes off the confidence, once, however many files it holds for. Expert settings. What could hide
that a bill counts twice, too high, or is excluded takes more than 1,000: products pay by machine from 9,000."""

SUMMARY: Final = (
    "The evidence shows a loss of {loss} {currency} in {bills} bills; {claimed} {currency} was claimed. Fraud score "
    "{fraud} of 100, confidence {confidence} %. This is a finding, not a decision: only a person can deny a claim.",
    "材料显示损失为{loss} {currency}，共{bills}张票据；索赔金额为{claimed} {currency}。欺诈评分{fraud}（满分100），"
    "置信度{confidence}%。本结果仅为认定意见，不构成决定；只有工作人员可以拒赔。",
)
LINE: Final = (
    "{file}: {text}: {accepted} of {amount} {currency}, {why}.",
    "{file}：{text}：{amount} {currency}，认定{accepted}，{why}。",
)
EXCLUSION: Final = ("The evidence names {code}, which the terms can exclude.", "材料中出现{code}，条款可将其除外。")
CAPPED: Final = ("No more is found than was claimed.", "认定金额以索赔金额为限。")
