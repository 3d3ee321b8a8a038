"""Subjects, engines and altered tables for the tests of scoring and deciding."""

import json
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import strategies as st

from domain.hashing import canonical_json
from domain.tiers import RiskTier
from oracle.risk.assess import assess
from oracle.risk.assessment import Assessment, Subject
from oracle.risk.derived import coded_row
from oracle.risk.engine import Engine, load_engine
from oracle.risk.forms import history_mask
from oracle.risk.indicators import CASES, Case, IndicatorDefinition, Kind, Line, Party, Row, Source, Value
from oracle.risk.table_files import TABLES, TableFile, TableInvalid, read_table
from oracle.risk.tables import TABLE_NAMES, LineTable, RiskTables, tables_of
from oracle.risk.vocabulary import INDICATORS, asked
from tests.oracle.risk.applications import statements

Table = dict[str, Any]
"""A table as plain JSON, to be altered anywhere."""
Alteration = Callable[[Table], object]
EVERY_CASE = list(CASES)


@cache
def engine() -> Engine:
    """The engine with the tables of the project."""
    return load_engine()


def table_of(line: Line) -> LineTable:
    """The table of a line as it stands in the project."""
    return engine().tables.lines[line]


def row(line: Line, party: Party = Party.PERSONAL, /, **changes: Value) -> dict[str, Value]:
    """A standard risk as a row; `history` in `changes` is a list of illnesses."""
    stated = {**statements(line, party), **changes}
    history = stated.pop("history", None)
    if isinstance(history, list) and "history_mask" not in changes:
        stated["history_mask"] = history_mask(history)
    return {name: value for name, value in stated.items() if isinstance(value, int | str | bool)}


def subject(line: Line, party: Party = Party.PERSONAL, /, **changes: Value) -> Subject:
    """A standard risk to assess; every source was read and gave everything."""
    return Subject(7, Case(line, party), row(line, party, **changes), read=tuple(Source), confirmed=tuple(INDICATORS))


def priced_for(tier: RiskTier, line: Line, /, **changes: Value) -> Assessment:
    """The same applicant, assessed at the highest of some premiums that gives the tier."""
    premium = int(row(line, **changes)["sum_insured_minor"] or 0) // 2
    while (found := assess(subject(line, **{**changes, "premium_minor": premium}), engine())).tier is not tier:
        premium = premium * 19 // 20
        assert premium > 0, f"no premium makes this a {tier.name.lower()} risk"
    return found


def coded(line: Line, party: Party = Party.PERSONAL, /, **changes: Value) -> dict[str, int]:
    """A standard risk, coded."""
    return coded_row(row(line, party, **changes), line, party, engine().tables.grading)


def tables_with(name: str, change: Alteration, **others: Alteration) -> RiskTables:
    """The project's tables with one of them altered, and `others` by name."""
    changes = {name: change, **others}
    return tables_of({**_files(), **{each: altered(_files()[each], changes[each]) for each in changes}})


def refused(name: str, change: Alteration) -> TableInvalid:
    """Why the tables are refused with this alteration."""
    with pytest.raises(TableInvalid) as caught:
        tables_with(name, change)
    return caught.value


@cache
def _files() -> dict[str, TableFile]:
    return {each: read_table(TABLES / f"{each}.yaml") for each in TABLE_NAMES}


def altered(table: TableFile, change: Alteration) -> TableFile:
    """A table whose content `change` altered in place."""
    content = json.loads(table.content)
    change(content)
    return TableFile(table.name, table.version, canonical_json(content))


def copy_tables(folder: Path) -> Path:
    """The project's tables and their lock, copied to a folder."""
    for name in (*TABLE_NAMES, "lock"):
        (folder / f"{name}.yaml").write_bytes((TABLES / f"{name}.yaml").read_bytes())
    return folder


def values_of(about: IndicatorDefinition) -> st.SearchStrategy[Value]:
    """Every value an indicator can have, the ends and usual ones more often."""
    if about.kind is Kind.CHOICE:
        return st.sampled_from(about.choices)
    if about.kind is Kind.FLAG:
        return st.booleans()
    small = min(about.least + 10, about.most)
    return st.one_of(st.integers(about.least, about.most), st.integers(about.least, small), st.just(about.most))


def rows_of(case: Case) -> st.SearchStrategy[Row]:
    """Any row a form allows: required indicators given, the others given or not."""
    needed = {each.name: values_of(each) for each in asked(*case) if case in each.required}
    optional = {each.name: values_of(each) for each in asked(*case) if case not in each.required}
    return st.builds(_in_yuan, st.fixed_dictionaries(needed, optional=optional))


def _in_yuan(values: Mapping[str, Value]) -> Row:
    return {**values, "currency": "CNY"}


def sampled_rows(case: Case, count: int) -> list[Row]:
    """Rows spread over every range, absent values among them, the same in every run."""
    dice = Random(20_260_101)
    rows: list[Row] = []
    for _ in range(count):
        drawn: dict[str, Value] = {}
        for each in asked(*case):
            if case in each.required or dice.random() < 0.7:
                most = each.most if dice.random() < 0.3 else min(each.most, each.least + 50)
                drawn[each.name] = each.decoded(dice.randint(each.least, most))
        rows.append(_in_yuan(drawn))
    return rows
