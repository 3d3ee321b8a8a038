"""Reasons that decisions and rulings give: one table for all products, each in both languages.

A reason says why; the clause that goes with it says by what right. Contracts keep the number and refuse 0. A number is
never given a second meaning: a reason that is no longer used stays in the table. A product lists those it uses, with
the clauses each may rest on, and its document carries their words, bound by its hash.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from domain.errors import TermsInvalid
from domain.panel import REASON_PANEL_SILENT


class ReasonUse(StrEnum):
    """What a reason is given for."""

    GRANT = "grant"
    REDUCE = "reduce"
    DENY = "deny"
    SILENCE = "silence"


@dataclass(frozen=True, slots=True)
class Reason:
    """A reason, as the claimant reads it.

    Attributes:
        code: 1 to 65,535, as on chain.
    """

    code: int
    use: ReasonUse
    text_en: str
    text_zh: str

    def text(self, language: str) -> str:
        """The reason in "en" or "zh"."""
        return {"en": self.text_en, "zh": self.text_zh}[language]


_GRANT, _REDUCE, _DENY = ReasonUse.GRANT, ReasonUse.REDUCE, ReasonUse.DENY
_TABLE = (
    # 1 to 19: what was claimed is granted.
    Reason(1, _GRANT, "The loss is insured and proven as claimed.", "损失属于保险责任，且与申请相符。"),
    Reason(2, _GRANT, "Your objection was right; the decision is corrected.", "您的异议成立，原决定已予更正。"),
    Reason(3, _GRANT, "New evidence proves the loss.", "新提交的证据足以证明损失。"),
    # 20 to 39: less than was claimed.
    Reason(20, _REDUCE, "Part of the loss is not proven.", "部分损失缺乏证明。"),
    Reason(21, _REDUCE, "Part of the loss has another cause than an insured peril.", "部分损失并非由承保风险造成。"),
    Reason(22, _REDUCE, "Part of the loss was made good by somebody else.", "部分损失已由他方赔付。"),
    Reason(23, _REDUCE, "Part of the cost was not necessary.", "部分费用并非必要。"),
    Reason(24, _REDUCE, "Part of the cost is above what is customary.", "部分费用超出合理且惯常的水平。"),
    Reason(25, _REDUCE, "Part of the loss could reasonably have been avoided.", "部分损失本可合理避免。"),
    Reason(26, _REDUCE, "Both sides agreed on this amount.", "双方已就该金额达成一致。"),
    # 40 to 69: nothing is granted.
    Reason(40, _DENY, "The cause is not an insured peril.", "损失原因不属于承保风险。"),
    Reason(41, _DENY, "A general exclusion of the terms applies.", "损失属于条款约定的责任免除。"),
    Reason(42, _DENY, "An exclusion that your policy names applies.", "损失属于您的保单特别约定的除外责任。"),
    Reason(43, _DENY, "The loss occurred before cover began.", "损失发生在保险责任开始之前。"),
    Reason(44, _DENY, "The loss occurred within the waiting period.", "损失发生在等待期内。"),
    Reason(45, _DENY, "The loss occurred after cover had ended.", "损失发生在保险责任终止之后。"),
    Reason(46, _DENY, "The person or thing is not the one insured.", "受损的人或物并非本保单的保险标的。"),
    Reason(47, _DENY, "The loss is not proven.", "损失缺乏证明。"),
    Reason(48, _DENY, "A proof is forged or altered.", "证明材料系伪造或经篡改。"),
    Reason(49, _DENY, "This incident was already paid.", "同一事故已获赔付。"),
    Reason(50, _DENY, "A fact that decided on cover was kept from us.", "投保时未如实告知足以影响承保的重要事实。"),
    Reason(51, _DENY, "The loss was brought about on purpose.", "损失系故意造成。"),
    Reason(52, _DENY, "The loss does not exceed the deductible.", "损失未超过免赔额。"),
    Reason(53, _DENY, "The limit is used up.", "赔付限额已用尽。"),
    Reason(
        REASON_PANEL_SILENT, ReasonUse.SILENCE, "The panel was silent: all that was disputed is awarded.",
        "评议小组未作出裁决：争议金额全部支持。",
    ),
)  # fmt: skip
REASONS: Mapping[int, Reason] = {reason.code: reason for reason in _TABLE}
"""By number."""


def reason(code: int, field: str = "reason_code") -> Reason:
    """A reason of the table.

    Raises:
        TermsInvalid: There is none with this number.
    """
    if code not in REASONS:
        remedy = f"Choose one of {', '.join(map(str, REASONS))} (domain/reasons.py)"
        raise TermsInvalid(field, code, "is no reason of the table", remedy)
    return REASONS[code]
