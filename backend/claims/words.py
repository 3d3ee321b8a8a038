"""Where a claim stands in words, in English and Chinese: whose turn it is, with what, until or from when."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from enum import IntEnum, StrEnum
from types import MappingProxyType
from typing import Final

from backend.claims.states import CaseState
from domain.claim import ClaimOutcome

Names = Mapping[str, str]
LANGUAGES: Final = ("en", "zh")


class StepOwner(StrEnum):
    """Whose turn it is. The contracts' own words (`LensTypes.sol`), in their order."""

    NOBODY = "nobody"
    INSURER = "insurer"
    CLAIMANT = "claimant"
    PANEL = "panel"
    ANYONE = "anyone"


class StepKind(IntEnum):
    """What comes next, numbered as in `LensTypes.sol`."""

    NONE = 0
    ACKNOWLEDGE = 1
    DECIDE = 2
    ESCALATE = 3
    DISPUTE = 4
    PAY_INSTALMENT = 5
    CLOSE = 6
    RULE = 7
    REOPEN = 8
    DELIVER = 9


def _said(en: str, zh: str) -> Names:
    return MappingProxyType({"en": en, "zh": zh})


STEPS: Final[Mapping[StepKind, Names]] = MappingProxyType(
    {
        StepKind.NONE: _said("Nothing more is to come.", "本案已终结，无后续步骤。"),
        StepKind.ACKNOWLEDGE: _said(
            "The insurer has to acknowledge your claim until {at}.", "保险公司须在{at}前确认收到您的报案。"
        ),
        StepKind.DECIDE: _said("The insurer has to decide until {at}.", "保险公司须在{at}前作出决定。"),
        StepKind.ESCALATE: _said(
            "The insurer's time ran out at {at}. You may bring the claim before the panel, free of charge.",
            "保险公司的期限已于{at}届满。您可以免费将本案提交评议小组。",
        ),
        StepKind.DISPUTE: _said(
            "You may bring what was not granted before the panel until {at}.",
            "对未获赔付的部分，您可在{at}前提交评议小组。",
        ),
        StepKind.PAY_INSTALMENT: _said("The next instalment is due at {at}.", "下一期赔款于{at}到期。"),
        StepKind.CLOSE: _said("The claim can be closed from {at} on.", "本案自{at}起可以结案。"),
        StepKind.RULE: _said("The panel has to rule until {at}.", "评议小组须在{at}前作出裁决。"),
        StepKind.REOPEN: _said(
            "The claim is closed. With new evidence you may reopen it until {at}.",
            "本案已结案。如有新证据，您可在{at}前申请重新审理。",
        ),
        StepKind.DELIVER: _said(
            "The panel has decided; its award is being delivered.", "评议小组已作出裁决，裁决正在交付执行。"
        ),
    }
)
"""By the contracts' step. `{at}` is a moment."""

DRAWING: Final = _said(
    "A panel is being drawn for what you disputed. If none can be drawn until {at}, all of it is awarded to you.",
    "正在为争议部分抽选评议小组。如至{at}仍无法组成评议小组，争议金额将全部判归您。",
)
"""Of a dispute whose panel is not drawn yet."""
LAPSED: Final = _said(
    "Your notice was to be signed until {at}, which has passed. Have it prepared again and sign it then.",
    "您的报案书应在{at}前签署，现已逾期。请重新准备报案书后再签署。",
)
"""Of a notice that was prepared and not signed in time."""
BEFORE: Final[Mapping[CaseState, Names]] = MappingProxyType(
    {
        CaseState.DRAFT: _said(
            "Your notice is a draft. Upload your evidence, then have the notice prepared.",
            "您的报案尚为草稿。请上传证明材料，然后生成报案书。",
        ),
        CaseState.PREPARED: _said("Your notice is ready. Sign it until {at}.", "您的报案书已备妥。请在{at}前签署。"),
        CaseState.HANDED_IN: _said(
            "Your notice is signed and on its way to the chain.", "您的报案书已签署，正在提交至链上。"
        ),
        CaseState.NOTICED: _said(
            "Your notice was on the chain and is being entered again.", "您的报案曾已上链，现正在重新登记。"
        ),
        CaseState.FAILED: _said(
            "The contract did not take your notice: {why} Have it prepared anew.",
            "合约未接受您的报案：{why} 请重新生成报案书。",
        ),
    }
)
"""By where the case stands before there is a claim."""

OUTCOMES: Final[Mapping[ClaimOutcome, Names]] = MappingProxyType(
    {
        ClaimOutcome.OPEN: _said("Nothing is decided yet.", "尚未作出决定。"),
        ClaimOutcome.PAID: _said("Granted as claimed, to the terms.", "已按条款全额赔付。"),
        ClaimOutcome.PART_PAID: _said("Granted in part.", "部分赔付。"),
        ClaimOutcome.DENIED: _said("Not granted.", "不予赔付。"),
        ClaimOutcome.WITHDRAWN: _said("Withdrawn by you.", "已由您撤回。"),
        ClaimOutcome.AWARDED: _said(
            "The panel granted something of what was disputed.", "评议小组支持了部分或全部争议金额。"
        ),
        ClaimOutcome.UPHELD: _said("The panel confirmed the insurer's decision.", "评议小组维持了保险公司的决定。"),
    }
)
"""By outcome."""

OWNERS: Final = tuple(StepOwner)


def moment(instant: int) -> str:
    """A moment, the same in both languages."""
    return f"{datetime.fromtimestamp(instant, UTC):%Y-%m-%d %H:%M} UTC"


def step_in_words(kind: StepKind, instant: int) -> dict[str, str]:
    """The next step, by language."""
    return {language: STEPS[kind][language].format(at=moment(instant)) for language in LANGUAGES}


def drawing_in_words(until: int) -> dict[str, str]:
    """That the panel is being drawn, by language."""
    return {language: DRAWING[language].format(at=moment(until)) for language in LANGUAGES}


def before_in_words(state: CaseState, *, deadline: int | None, why: Names) -> dict[str, str]:
    """What is to be done before there is a claim, by language."""
    at = moment(deadline or 0)
    return {language: BEFORE[state][language].format(at=at, why=why[language]) for language in LANGUAGES}


def lapsed_in_words(deadline: int) -> dict[str, str]:
    """What is to be done once the time to sign a notice has passed, by language."""
    return {language: LAPSED[language].format(at=moment(deadline)) for language in LANGUAGES}


def amount_in_words(units: int, decimals: int, symbol: str) -> str:
    """Token units as people read them, exact."""
    return f"{Decimal(units).scaleb(-decimals).normalize():,f} {symbol}"
