"""Grounds on which a person may decline an application (manual R7): one table, each with its basis, in both languages.

The underwriter's own reason says what is so in this case; the ground says why that decides, its basis by what right. A
number is never given a second meaning: a ground no longer used stays in the table.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from domain.errors import CaseStepRefused


@dataclass(frozen=True, slots=True)
class Ground:
    """A ground, as the customer reads it.

    Attributes:
        code: 1 to 99; 0 stands for none.
        texts, bases: By language, "en" and "zh".
    """

    code: int
    texts: Mapping[str, str]
    bases: Mapping[str, str]


def _ground(code: int, text: tuple[str, str], basis: tuple[str, str]) -> Ground:
    return Ground(code, dict(zip(("en", "zh"), text, strict=True)), dict(zip(("en", "zh"), basis, strict=True)))


_RULES = ("our acceptance rules for high risks", "本公司高风险业务承保规则")
_DISCLOSURE = ("the duty to answer truthfully when applying", "投保时的如实告知义务")
_TABLE = (
    _ground(1, ("An illness is too serious for us to insure.", "所患疾病超出本公司可承保的范围。"), _RULES),
    _ground(2, ("There are several records of drinking and driving.", "存在多次酒后驾驶记录。"), _RULES),
    _ground(3, ("We expect more losses than a premium can bear.", "预期赔付超出保费所能承担的范围。"), _RULES),
    _ground(4, ("The occupation or use is one we do not insure.", "该职业或用途不在本公司承保范围内。"), _RULES),
    _ground(5, ("What the application says was found to be untrue.", "经核实，投保资料与事实不符。"), _DISCLOSURE),
    _ground(6, ("Facts we must know could not be confirmed.", "承保所必需的事实无法核实。"), _DISCLOSURE),
    _ground(
        7,
        ("The sum insured is out of proportion to what is at stake.", "所申请的保险金额与保险利益不相称。"),
        ("the rule that cover needs an insurable interest", "保险利益原则"),
    ),
    _ground(
        8,
        ("The law forbids us to conclude this contract.", "依照法律规定，本公司不得订立该合同。"),
        ("the law on money laundering and sanctions", "反洗钱及制裁相关法律规定"),
    ),
    _ground(
        9,
        ("The underwriting committee does not accept the risk.", "核保委员会决定不予承保。"),
        ("the committee's mandate for scores above 90", "核保委员会对评分超过90分业务的审议权"),
    ),
)
GROUNDS: Mapping[int, Ground] = {each.code: each for each in _TABLE}
"""By number."""


def ground_of(code: int) -> Ground:
    """A ground of the table.

    Raises:
        CaseStepRefused: `GroundMissing`.
    """
    if type(code) is not int or code not in GROUNDS:
        remedy = f"Choose one of {', '.join(map(str, GROUNDS))} (domain/underwriting_grounds.py)"
        raise CaseStepRefused("GroundMissing", "ground", code, "is no ground to decline on", remedy)
    return GROUNDS[code]


def check_ground(code: int, *, needed: bool) -> None:
    """Refuse a refusal without a ground of the table, and a ground where nothing is refused.

    Raises:
        CaseStepRefused: `GroundMissing`, `GroundWithoutRefusal`.
    """
    if needed:
        ground_of(code)
    elif code != 0:
        problem = "is a ground to decline on, and nothing is declined"
        raise CaseStepRefused("GroundWithoutRefusal", "ground", code, problem, "Decline, or give no ground")
