"""The manual's R4: classes of occupations and seriousness of illnesses."""

import pytest

from oracle.risk.codes import OCCUPATIONS
from oracle.risk.grading import Grade
from tests.oracle.risk.subjects import Alteration, engine, refused


@pytest.mark.parametrize(
    ("occupation", "grade"),
    [
        ("office-clerk", Grade.LOW),
        ("sales", Grade.MEDIUM),
        ("roofer", Grade.HIGH),
        ("scaffolder", Grade.HIGH),
        ("miner", Grade.HIGH),
    ],
)
def test_occupation_grades__the_manuals_examples__as_there(occupation: str, grade: Grade) -> None:
    grading = engine().tables.grading

    assert grading.occupation_grades[grading.classes.at(OCCUPATIONS.index(occupation))] is grade


@pytest.mark.parametrize(
    ("change", "field"),
    [
        (lambda table: table["occupations"].pop(), "occupations.occupations"),
        (lambda table: table["occupations"].reverse(), "occupations.occupations"),
        (lambda table: table["occupations"][0].update({"class": 7}), "occupations.occupations.0.class"),
        (lambda table: table["occupations"][0].update(hazards=["dragons"]), "occupations.office-clerk.hazards"),
        (lambda table: table["grades"].update({"6": "low"}), "occupations.grades"),
        (lambda table: table["grades"].pop("3"), "occupations.grades"),
    ],
)
def test_occupations__wrong__is_refused(change: Alteration, field: str) -> None:
    assert refused("occupations", change).field == field


@pytest.mark.parametrize(
    ("change", "field"),
    [
        (lambda table: table["illnesses"][0].update(bit=1), "illnesses.illnesses"),
        (lambda table: table["illnesses"][0].update(seriousness=5), "illnesses.illnesses.0.seriousness"),
        (lambda table: table["grades"].update({"0": "high"}), "illnesses.grades"),
    ],
)
def test_illnesses__wrong__is_refused(change: Alteration, field: str) -> None:
    assert refused("illnesses", change).field == field
