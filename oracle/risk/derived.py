"""Indicators computed from others: class of danger, seriousness of illness, and shares of one amount in another.

Shares instead of amounts, so that one table serves every currency. What is computed from something absent is absent.
"""

from collections.abc import Mapping

import numpy as np

from domain.money import BPS_WHOLE
from oracle.risk.grading import Grading
from oracle.risk.indicators import (
    ABSENT,
    CASES,
    Case,
    Dimension,
    IndicatorDefinition,
    IndicatorUnknown,
    Kind,
    Line,
    Party,
    Row,
    Source,
)
from oracle.risk.rounding import Ints, at_most, divided_up
from oracle.risk.vocabulary import INDICATORS, asked

MOST_SHARE_BPS = 1_000_000
"""A hundredfold: nothing is told apart beyond."""
_FINANCED = frozenset(case for case in CASES if case.line in (Line.LIFE, Line.PROPERTY))
_LIFE = frozenset(case for case in CASES if case.line is Line.LIFE)
_PROPERTY = frozenset(case for case in CASES if case.line is Line.PROPERTY)
_BODY = frozenset(case for case in CASES if case.line in (Line.LIFE, Line.HEALTH))
_SHARES = {
    "debt_to_income_bps": (("liabilities_minor",), "income_minor"),
    "debt_to_assets_bps": (("liabilities_minor",), "assets_minor"),
    "cover_to_income_bps": (("sum_insured_minor", "past_sum_insured_minor"), "income_minor"),
    "claims_to_cover_bps": (("past_claims_amount_minor",), "sum_insured_minor"),
    "insured_to_value_bps": (("sum_insured_minor",), "property_value_minor"),
}
"""Share: the sum of what is above the line, and what is below it."""
_MADE_OF = {
    "occupation_class": ("occupation",),
    "illness_seriousness": ("history_mask",),
    **{name: (*parts, whole) for name, (parts, whole) in _SHARES.items()},
}


def _share(name: str, dimension: Dimension, en: str, zh: str, applies: frozenset[Case]) -> IndicatorDefinition:
    return IndicatorDefinition(
        name, dimension, Kind.WHOLE, en, zh, applies, frozenset(), (), 0, MOST_SHARE_BPS, "basis points",
        direction=1, directed_lines=frozenset(Line), derived=True,
    )  # fmt: skip


_FINANCIAL = Dimension.FINANCIAL
DERIVED: dict[str, IndicatorDefinition] = {
    "occupation_class": INDICATORS["occupation_class"],
    "illness_seriousness": IndicatorDefinition(
        "illness_seriousness", Dimension.HEALTH, Kind.WHOLE, "most serious illness", "病史严重程度", _BODY,
        frozenset(), (), 0, 4, "grade", direction=1, directed_lines=frozenset(Line), derived=True,
    ),
    **{
        each.name: each
        for each in (
            _share("debt_to_income_bps", _FINANCIAL, "debt to yearly income", "负债收入比", _FINANCED),
            _share("debt_to_assets_bps", _FINANCIAL, "debt to assets", "资产负债率", _FINANCED),
            _share("cover_to_income_bps", _FINANCIAL, "cover to yearly income", "保额收入比", _LIFE),
            _share("claims_to_cover_bps", Dimension.HISTORY, "past claims to sum insured", "既往赔款保额比",
                   frozenset(CASES)),
            _share("insured_to_value_bps", Dimension.OBJECT, "sum insured to value", "保额价值比", _PROPERTY),
        )
    },
}  # fmt: skip


def definition(name: str) -> IndicatorDefinition:
    """The indicator of this name, stated or derived.

    Raises:
        IndicatorUnknown
    """
    found = DERIVED.get(name) or INDICATORS.get(name)
    if found is None:
        raise IndicatorUnknown(name, name, "is no indicator", "Use a name of oracle/risk/vocabulary.py or derived.py")
    return found


def sources_of(name: str) -> frozenset[Source]:
    """Who may say an indicator; of a derived one, who may say anything it is made of.

    Raises:
        IndicatorUnknown
    """
    made_of = _MADE_OF.get(name)
    return frozenset(definition(name).sources).union(*(sources_of(each) for each in made_of or ()))


def parts_of(name: str, source: Source) -> tuple[str, ...]:
    """What a source can say of an indicator: itself, or of a derived one what it is made of.

    Raises:
        IndicatorUnknown
    """
    return tuple(each for each in _MADE_OF.get(name, (name,)) if source in definition(each).sources)


def coded_row(row: Row, line: Line, party: Party, grading: Grading) -> dict[str, int]:
    """Every indicator of a form by name, checked, coded as in columns, with the derived ones.

    Raises:
        IndicatorUnknown: The row names something that is no indicator.
        IndicatorInvalid: A value is of the wrong kind, out of range, or not one of the choices.
    """
    for name, value in row.items():
        if name in DERIVED or name not in INDICATORS:
            raise IndicatorUnknown(name, value, "is no indicator that can be stated", "Leave it out")
        INDICATORS[name].check(value)
    stated = {each.name: each.coded(row.get(each.name)) for each in asked(line, party)}
    return {**stated, **derived(stated, line, party, grading)}


def derived(stated: Mapping[str, int], line: Line, party: Party, grading: Grading) -> dict[str, int]:
    """The derived indicators of a form, from the stated ones."""
    found = {}
    if DERIVED["occupation_class"].applies_to(line, party):
        found["occupation_class"] = grading.classes.at(stated["occupation"])
    if DERIVED["illness_seriousness"].applies_to(line, party):
        found["illness_seriousness"] = grading.seriousness(stated["history_mask"])
    for name, (parts, whole) in _SHARES.items():
        if DERIVED[name].applies_to(line, party):
            found[name] = _share_of([stated[part] for part in parts], stated[whole])
    return found


def derived_each(stated: Mapping[str, Ints], line: Line, party: Party, grading: Grading) -> dict[str, Ints]:
    """The same for columns."""
    found = {}
    if DERIVED["occupation_class"].applies_to(line, party):
        found["occupation_class"] = grading.classes.at_each(stated["occupation"])
    if DERIVED["illness_seriousness"].applies_to(line, party):
        found["illness_seriousness"] = grading.seriousness_each(stated["history_mask"])
    for name, (parts, whole) in _SHARES.items():
        if DERIVED[name].applies_to(line, party):
            found[name] = _share_of_each([stated[part] for part in parts], stated[whole])
    return found


def _share_of(parts: list[int], whole: int) -> int:
    """Basis points, rounded up."""
    if ABSENT in (*parts, whole):
        return ABSENT
    return at_most(divided_up(sum(parts) * BPS_WHOLE, max(whole, 1)), MOST_SHARE_BPS)


def _share_of_each(parts: list[Ints], whole: Ints) -> Ints:
    share = at_most(divided_up(np.sum(parts, axis=0) * BPS_WHOLE, np.maximum(whole, 1)), MOST_SHARE_BPS)
    return np.where(np.min([*parts, whole], axis=0) == ABSENT, ABSENT, share)
