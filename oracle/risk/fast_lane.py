"""What must be known before nobody needs to look: facts the fast lane needs, by sum insured (R3, R7)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from oracle.risk.derived import definition
from oracle.risk.indicators import ABSENT, IndicatorUnknown, Line, Party
from oracle.risk.rounding import Ints
from oracle.risk.rules import Flags
from oracle.risk.table_files import TableInvalid
from oracle.risk.table_schema import NeedEntry


@dataclass(frozen=True, slots=True)
class Need:
    """Facts that must be known where more than `above_minor` is insured."""

    above_minor: int
    facts: tuple[str, ...]


def needs_of(line: Line, entries: Sequence[NeedEntry]) -> tuple[Need, ...]:
    """Needs of a line.

    Raises:
        TableInvalid: A fact is no indicator, or no form of the line asks for it.
    """
    for entry in entries:
        for name in entry.facts:
            _check_asked(line, name)
    return tuple(Need(entry.above_sum_minor, entry.facts) for entry in entries)


def lacking(needs: Sequence[Need], coded: Mapping[str, int]) -> tuple[str, ...]:
    """Facts one application needs for the fast lane and does not give, in the order of the table, each once.

    A fact its form does not ask for is not needed.
    """
    asked_for = [name for need in needs if coded["sum_insured_minor"] > need.above_minor for name in need.facts]
    return tuple(dict.fromkeys(name for name in asked_for if coded.get(name, 0) == ABSENT))


def lacking_each(needs: Sequence[Need], coded: Mapping[str, Ints]) -> Flags:
    """Of which applications of a column anything is lacking."""
    found = np.zeros(len(coded["sum_insured_minor"]), dtype=np.bool_)
    for need in needs:
        concerned = coded["sum_insured_minor"] > need.above_minor
        for name in need.facts:
            if name in coded:
                found |= concerned & (coded[name] == ABSENT)
    return found


def _check_asked(line: Line, name: str) -> None:
    field = f"{line.value}.fast_lane.needs"
    try:
        about = definition(name)
    except IndicatorUnknown as error:
        raise TableInvalid(field, name, error.problem, error.remedy) from error
    if not any(about.applies_to(line, party) for party in Party):
        raise TableInvalid(field, name, f"is not asked for in {line.value}", "Need what the form asks for")
