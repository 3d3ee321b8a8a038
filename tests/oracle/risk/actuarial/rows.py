"""Rows of coded indicators: references of the tables, and any row a form can give."""

from functools import cache
from typing import Any

from hypothesis import strategies as st

from oracle.risk.actuarial.models import Models, load_models
from oracle.risk.application import parse_application
from oracle.risk.derived import coded_row, derived
from oracle.risk.grading import Grading, grading_of
from oracle.risk.indicators import ABSENT, IndicatorDefinition, Line, Party
from oracle.risk.table_files import TABLES, read_table
from oracle.risk.vocabulary import asked
from tests.oracle.risk.applications import document

PERSONAL = Party.PERSONAL
NEVER_ABSENT = ("sum_insured_minor", "currency", "age_years", "sex", "term_years")
YUAN = 0


@cache
def models() -> Models:
    return load_models()


@cache
def grading() -> Grading:
    return grading_of(read_table(TABLES / "occupations.yaml"), read_table(TABLES / "illnesses.yaml"))


def reference(line: Line, **changes: Any) -> dict[str, int]:
    """The tables' reference (tests/oracle/risk/applications.py), changed."""
    row = parse_application(document(line, **changes)).row()
    return coded_row(row, line, PERSONAL, grading())


@st.composite
def rows(draw: st.DrawFn, line: Line) -> dict[str, int]:
    """Any row of a form, whatever may be absent at times absent."""
    stated = {each.name: draw(_codes(each)) for each in asked(line, PERSONAL)}
    stated["currency"] = YUAN
    return {**stated, **derived(stated, line, PERSONAL, grading())}


def _codes(about: IndicatorDefinition) -> st.SearchStrategy[int]:
    given = st.integers(about.least, about.most)
    return given if about.name in NEVER_ABSENT else given | st.just(ABSENT)
