"""What is said of documents, by code, in English and Chinese. {names} are filled in. Part of the model hash."""

from typing import Final

from oracle.risk.fraud.facts import Finding

CLUES: Final[dict[str, tuple[Finding | None, str, str]]] = {
    "EDITED_AFTER_ISSUE": (
        Finding.ALTERED,
        "{file} is dated {issued}, but was changed on {modified}.",
        "{file}的开具日期为{issued}，但文件在{modified}被修改过。",
    ),
    "IMAGE_EDITOR": (
        Finding.ALTERED,
        "{file} was made or saved with {software}, a program for editing pictures.",
        "{file}由图像编辑软件{software}制作或保存。",
    ),
    "TOTALS_DISAGREE": (
        Finding.AMOUNTS_DISAGREE,
        "The figures of {file} do not add up: {figures}.",
        "{file}中的金额不一致：{figures}。",
    ),
    "CHECK_DIGIT_WRONG": (
        Finding.NUMBER_IMPOSSIBLE,
        "The {kind_en} {number} in {file} fails its check digit.",
        "{file}中的{kind_zh}{number}未通过校验位检验。",
    ),
    "BEFORE_COVER": (
        Finding.BEFORE_COVER,
        "{file} is dated {issued}, before the cover began on {limit}.",
        "{file}的日期{issued}早于保险责任开始日{limit}。",
    ),
    "BEFORE_LOSS": (
        Finding.DATES_DISAGREE,
        "{file} is dated {issued}, before the loss of {limit}.",
        "{file}的日期{issued}早于出险日{limit}。",
    ),
    "AFTER_NOTICE": (
        Finding.AFTER_NOTICE,
        "{file} is dated {issued}, after the notice of {limit}.",
        "{file}的日期{issued}晚于报案日{limit}。",
    ),
    "PROVENANCE_BROKEN": (
        Finding.ALTERED,
        "{file} carries a signed account of its origin (C2PA) that no longer fits it.",
        "{file}带有来源签名记录（C2PA），但与文件内容不符。",
    ),
    "LOOKS_ALIKE": (
        Finding.LOOKS_ALIKE,
        "A picture in {file} looks like one of claim {claim}.",
        "{file}中的图片与理赔案件{claim}中的图片高度相似。",
    ),
    "SAVED_AGAIN": (
        None,
        "{file} was saved {times} times on top of itself. Signing does that as well.",
        "{file}被增量保存了{times}次。电子签名也会产生这种情况。",
    ),
    "ACTIVE_CONTENT": (
        None,
        "{file} holds parts that would act when opened: {parts}. None was run.",
        "{file}含有打开时会执行的内容：{parts}。均未执行。",
    ),
}

KINDS: Final = {
    "IBAN": ("IBAN", "国际银行账号"),
    "CARD": ("card number", "卡号"),
    "CREDIT_CODE": ("unified social credit code", "统一社会信用代码"),
}

EDITORS: Final = (
    "photoshop", "gimp", "affinity photo", "paint.net", "pixelmator", "photopea", "picsart", "snapseed", "canva",
    "lightroom", "coreldraw", "illustrator", "inkscape", "meitu", "美图", "facetune", "krita", "pixlr",
)  # fmt: skip
"""Programs that change pictures, lower case. A scanner, camera or billing program is none of them."""
