"""How dangerous an occupation and how serious an illness is, after their tables (R4).

Codes are numbered by `oracle.risk.codes`, which reads the same files.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum, StrEnum
from typing import Annotated, Literal

import numpy as np
from pydantic import Field

from oracle.risk.codes import ILLNESSES, OCCUPATIONS
from oracle.risk.indicators import ABSENT
from oracle.risk.rounding import Ints
from oracle.risk.steps import Steps
from oracle.risk.table_files import Strict, TableFile, TableInvalid

MOST_CLASS = 6
MOST_SERIOUS = 4
Text = Annotated[str, Field(min_length=1, max_length=1_000)]
Code = Annotated[str, Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=60)]


class Grade(IntEnum):
    """What an underwriter says of one aspect without calculating."""

    LOW = 0
    MEDIUM = 1
    HIGH = 2


class GradeName(StrEnum):
    """A grade as a table writes it."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"

    @property
    def grade(self) -> Grade:
        """The grade of this name."""
        return Grade[self.name]


class Words(Strict):
    """The same in both languages."""

    en: Text
    zh: Text


class OccupationEntry(Words):
    """One occupation: its class of danger and what is dangerous about it."""

    code: Code
    danger: Annotated[int, Field(alias="class", ge=1, le=MOST_CLASS)]
    hazards: tuple[Code, ...]


class OccupationTable(Strict):
    """`tables/occupations.yaml`."""

    table: Literal["occupations"]
    version: Text
    grades: dict[int, GradeName]
    hazards: dict[Code, Words]
    occupations: tuple[OccupationEntry, ...]


class IllnessEntry(Words):
    """One illness: its place in the column and its seriousness."""

    code: Code
    bit: Annotated[int, Field(ge=0, lt=62)]
    seriousness: Annotated[int, Field(ge=1, le=MOST_SERIOUS)]


class IllnessTable(Strict):
    """`tables/illnesses.yaml`."""

    table: Literal["illnesses"]
    version: Text
    grades: dict[int, GradeName]
    illnesses: tuple[IllnessEntry, ...]


@dataclass(frozen=True)
class Grading:
    """The two tables, ready to be asked.

    Attributes:
        classes: Class of danger, 1 to 6, by the place of the occupation.
        hazards: By hazard, the places of the occupations that have it.
        occupation_grades: By class.
        illness_masks: `illness_masks[n]`: bits of the illnesses of seriousness n.
        illness_grades: By seriousness.
        names: What hazards, occupations and illnesses are called, by code.
    """

    classes: Steps
    hazards: Mapping[str, frozenset[int]]
    occupation_grades: Mapping[int, Grade]
    illness_masks: tuple[int, ...]
    illness_grades: Mapping[int, Grade]
    names: Mapping[str, Words]

    def seriousness(self, history_mask: int) -> int:
        """Seriousness of the worst illness of a history, 0 to 4; `ABSENT` for an absent history."""
        if history_mask == ABSENT:
            return ABSENT
        return max((level for level, mask in enumerate(self.illness_masks) if mask & history_mask), default=0)

    def seriousness_each(self, history_masks: Ints) -> Ints:
        """The same for a column of histories."""
        worst = np.zeros(len(history_masks), dtype=np.int64)
        for level, mask in enumerate(self.illness_masks):
            worst = np.where(history_masks & mask != 0, level, worst)
        return np.where(history_masks == ABSENT, ABSENT, worst)


def grading_of(occupations: TableFile, illnesses: TableFile) -> Grading:
    """The two tables, checked.

    Raises:
        TableInvalid
    """
    work, ills = occupations.parsed(OccupationTable), illnesses.parsed(IllnessTable)
    _check_codes("occupations", [entry.code for entry in work.occupations], OCCUPATIONS)
    by_bit = {entry.bit: entry.code for entry in ills.illnesses}
    _check_codes("illnesses", [by_bit.get(bit, "") for bit in range(len(ills.illnesses))], ILLNESSES)
    _check_hazards(work)
    masks = [0] * (MOST_SERIOUS + 1)
    for entry in ills.illnesses:
        masks[entry.seriousness] |= 1 << entry.bit
    return Grading(
        classes=Steps(range(-1, len(OCCUPATIONS)), [ABSENT, *(entry.danger for entry in work.occupations)]),
        hazards={hazard: _places(work, hazard) for hazard in work.hazards},
        occupation_grades=_grades("occupations", work.grades, 1, MOST_CLASS),
        illness_masks=tuple(masks),
        illness_grades=_grades("illnesses", ills.grades, 0, MOST_SERIOUS),
        names={**work.hazards, **_named(work.occupations), **_named(ills.illnesses)},
    )


def _named(entries: Sequence[OccupationEntry | IllnessEntry]) -> dict[str, Words]:
    return {entry.code: Words(en=entry.en, zh=entry.zh) for entry in entries}


def _places(table: OccupationTable, hazard: str) -> frozenset[int]:
    return frozenset(place for place, entry in enumerate(table.occupations) if hazard in entry.hazards)


def _check_codes(table: str, given: Sequence[str], counted: Sequence[str]) -> None:
    if tuple(given) != tuple(counted):
        differing = sorted(set(given) ^ set(counted)) or [code for code in given if given.count(code) > 1]
        raise TableInvalid(f"{table}.{table}", differing, "differ from the codes counted by", "Append, never reorder")


def _check_hazards(table: OccupationTable) -> None:
    for entry in table.occupations:
        unknown = sorted(set(entry.hazards) - set(table.hazards))
        if unknown:
            field = f"occupations.{entry.code}.hazards"
            raise TableInvalid(field, unknown[0], "is no hazard", "List it under `hazards`")


def _grades(table: str, written: Mapping[int, GradeName], least: int, most: int) -> dict[int, Grade]:
    levels = range(least, most + 1)
    if sorted(written) != list(levels):
        raise TableInvalid(f"{table}.grades", sorted(written), f"do not grade {least} to {most}", "Grade each once")
    grades = {level: written[level].grade for level in levels}
    if any(grades[level] > grades[level + 1] for level in levels[:-1]):
        raise TableInvalid(f"{table}.grades", list(grades.values()), "fall as danger rises", "Order them upwards")
    return grades
