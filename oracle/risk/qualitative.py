"""Qualitative analysis: grades of occupation, illness and behaviour, and what they ask of the customer (R4, R6).

A grade attaches conditions. It never moves the tier, which score and loss ratio alone decide.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from oracle.risk.grading import Grade, Grading
from oracle.risk.indicators import ABSENT
from oracle.risk.rules import Rule, fired
from oracle.risk.tables import LineTable


@dataclass(frozen=True, slots=True)
class Qualitative:
    """Grades by aspect, None where nothing is known or the line does not ask; and what follows.

    Attributes:
        findings: Rules the grade of behaviour rests on.
        conditions: What the customer must do or hand in.
    """

    occupation: Grade | None
    illness: Grade | None
    behaviour: Grade | None
    findings: tuple[Rule, ...]
    conditions: tuple[Rule, ...]

    @property
    def overall(self) -> Grade:
        """The worst of the grades."""
        return max(
            (each for each in (self.occupation, self.illness, self.behaviour) if each is not None), default=Grade.LOW
        )


def qualify(coded: Mapping[str, int], table: LineTable, grading: Grading) -> Qualitative:
    """Grade one application.

    Args:
        coded: Every indicator of the form, from `coded_row`.
    """
    seen = [(grade, rule) for grade, rule in table.behaviour if rule.holds(coded)]
    return Qualitative(
        occupation=_grade(coded, "occupation_class", grading.occupation_grades),
        illness=_grade(coded, "illness_seriousness", grading.illness_grades),
        behaviour=max((grade for grade, _ in seen), default=Grade.LOW),
        findings=tuple(rule for _, rule in seen),
        conditions=fired(table.conditions, coded),
    )


def _grade(coded: Mapping[str, int], name: str, grades: Mapping[int, Grade]) -> Grade | None:
    level = coded.get(name, ABSENT)
    return None if level == ABSENT else grades[level]
