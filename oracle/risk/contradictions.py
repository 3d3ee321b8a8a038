"""Answers of one person that cannot all be true. Every rule works on one applicant and on columns alike.

What a third party says otherwise than the customer is no contradiction but a mismatch: see `oracle.risk.quality`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from oracle.risk.codes import MARITAL_STATUSES, OCCUPATIONS, SMOKING
from oracle.risk.forms import ApplicationContradictory, Problem
from oracle.risk.indicators import Row, Value
from oracle.risk.rounding import Ints
from oracle.risk.vocabulary import INDICATORS

DRIVING_AGE = 16
WORKING_AGE = 16
"""Of the Labour Law of the PRC, article 15. Nobody is married below it either."""
_NEVER, _CURRENT = SMOKING.index("never"), SMOKING.index("current")
_WITHOUT_WORK = tuple(OCCUPATIONS.index(code) for code in ("student", "unemployed"))
_SINGLE = MARITAL_STATUSES.index("single")
Column = Ints
Columns = Mapping[str, Column]


@dataclass(frozen=True, slots=True)
class Contradiction:
    """Two indicators that contradict each other, and when.

    Attributes:
        holds: From the columns of both, coded and nowhere absent, the rows that contradict themselves.
    """

    field: str
    other: str
    holds: Callable[[Column, Column], np.ndarray[tuple[int, ...], np.dtype[np.bool_]]]
    problem: str
    remedy: str


CONTRADICTIONS = (
    Contradiction(
        "cigarettes_per_day", "smoking", lambda cigarettes, smoking: (smoking == _NEVER) & (cigarettes > 0),
        "contradicts smoking: never", "Correct the one or the other",
    ),
    Contradiction(
        "cigarettes_per_day", "smoking", lambda cigarettes, smoking: (smoking == _CURRENT) & (cigarettes == 0),
        "contradicts smoking: current", "Correct the one or the other",
    ),
    Contradiction(
        "systolic_mmhg", "diastolic_mmhg", lambda systolic, diastolic: systolic <= diastolic,
        "is not above the diastolic pressure", "Write the higher value as systolic",
    ),
    Contradiction(
        "ldl_umol", "cholesterol_umol", lambda ldl, cholesterol: ldl > cholesterol,
        "exceeds total cholesterol, of which it is a part", "Look at the laboratory's report again",
    ),
    Contradiction(
        "driving_years", "age_years", lambda years, age: years > np.maximum(age - DRIVING_AGE, 0),
        f"means a licence before the age of {DRIVING_AGE}", "Count the years since the licence",
    ),
    Contradiction(
        "occupation", "age_years", lambda work, age: (age < WORKING_AGE) & ~np.isin(work, _WITHOUT_WORK),
        f"means work before the age of {WORKING_AGE}", "Write student or unemployed, or correct the age",
    ),
    Contradiction(
        "marital_status", "age_years", lambda status, age: (age < WORKING_AGE) & (status != _SINGLE),
        f"means a marriage before the age of {WORKING_AGE}", "Correct the one or the other",
    ),
    Contradiction(
        "past_claims_amount_minor", "past_claims_36m", lambda amount, claims: (claims == 0) & (amount > 0),
        "is claimed with no claim", "Count the claims of 36 months, or leave the amount out",
    ),
)  # fmt: skip


def refuse_contradictions(row: Row, place: str = "") -> None:
    """Refuse what contradicts itself.

    Args:
        place: Prefix of fields in errors.
    Raises:
        ApplicationContradictory: With all contradictions.
    """
    found = []
    for rule in CONTRADICTIONS:
        value, other = row.get(rule.field), row.get(rule.other)
        if value is None or other is None:
            continue
        left, right = (np.array([INDICATORS[name].coded(row[name])]) for name in (rule.field, rule.other))
        if rule.holds(left, right)[0]:
            problem = f"{rule.problem} ({rule.other} is {other})"
            found.append(Problem(place + rule.field, value, problem, rule.remedy))
    if found:
        raise ApplicationContradictory(found)


def contradictory(columns: Columns) -> dict[tuple[str, str], np.ndarray[tuple[int, ...], np.dtype[np.bool_]]]:
    """Rows that contradict themselves, by the two indicators; pairs of which a column is missing are left out."""
    found: dict[tuple[str, str], np.ndarray[tuple[int, ...], np.dtype[np.bool_]]] = {}
    for rule in CONTRADICTIONS:
        if rule.field not in columns or rule.other not in columns:
            continue
        left, right = columns[rule.field], columns[rule.other]
        rows = (left >= 0) & (right >= 0) & rule.holds(left, right)
        pair = (rule.field, rule.other)
        found[pair] = found[pair] | rows if pair in found else rows
    return found


def reconciled(row: dict[str, Value]) -> dict[str, Value]:
    """A row of several sources, each of which agrees with itself, freed of contradictions between them.

    The answer that means more risk stands, and the other becomes the least that is possible beside it.
    """
    if _above(row, "cigarettes_per_day", 0) and row.get("smoking") == "never":
        row["smoking"] = "current"
    if row.get("smoking") == "current" and row.get("cigarettes_per_day") == 0:
        row["cigarettes_per_day"] = None
    if _above(row, "past_claims_amount_minor", 0) and row.get("past_claims_36m") == 0:
        row["past_claims_36m"] = 1
    _raise_to(row, "systolic_mmhg", "diastolic_mmhg", 1)
    _raise_to(row, "cholesterol_umol", "ldl_umol", 0)
    return row


def _above(row: Row, name: str, least: int) -> bool:
    value = row.get(name)
    return isinstance(value, int) and value > least


def _raise_to(row: dict[str, Value], name: str, other: str, above: int) -> None:
    value, least = row.get(name), row.get(other)
    if isinstance(value, int) and isinstance(least, int):
        row[name] = max(value, least + above)
