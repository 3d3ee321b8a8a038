"""The columnar path against the one-by-one path: the same numbers for every row, the same refusals for the others."""

from decimal import Decimal
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from domain.tiers import RiskTier
from oracle.risk.application import READ, parse_application
from oracle.risk.engine import Engine, load_engine
from oracle.risk.indicators import CASES, Case, Kind, Line, Source
from oracle.risk.portfolio.batch import score_batch
from oracle.risk.portfolio.invented import invented
from oracle.risk.portfolio.table import STATED
from oracle.risk.vocabulary import INDICATORS
from tests.oracle.risk.applications import document, statements
from tests.oracle.risk.portfolio.expected import report_or_problem

GARBAGE_WORDS = ("", "no-such-word", "x" * 100_000, "办公室", "0")
GARBAGE_NUMBERS = (-1, -2, -(2**63), 2**63 - 1, 10**12 + 1, 0)


@pytest.fixture(scope="module")
def engine() -> Engine:
    return load_engine()


def spoilt(table: pa.Table, random: np.random.Generator, share: float) -> pa.Table:
    """The same table with cells emptied, or filled with what may or may not be."""
    for place, field in enumerate(table.schema):
        values = table.column(place).to_pylist()
        for row in np.flatnonzero(random.random(len(values)) < share):
            values[row] = _other(field.name, field.type, random)
        table = table.set_column(place, field, pa.array(values, field.type))
    return table


def _other(name: str, kind: pa.DataType, random: np.random.Generator) -> object:
    if random.random() < 0.3:
        return None
    about = STATED.get(name)
    if pa.types.is_boolean(kind):
        return bool(random.integers(2))
    if pa.types.is_string(kind):
        words = (*GARBAGE_WORDS, *(about.choices if about else ("life", "motor", "corporate", "personal")))
        return words[random.integers(len(words))]
    if random.random() < 0.4:
        return GARBAGE_NUMBERS[random.integers(len(GARBAGE_NUMBERS))]
    most = about.most if about and about.kind is Kind.WHOLE else 40
    return int(random.integers(0, min(most, 2**62) + 2))


def hold_against_one_by_one(table: pa.Table, engine: Engine) -> tuple[int, int]:
    """Every row of both outputs is what the one-by-one path says. Returns how many were reported and set aside."""
    scored = score_batch(table, 1_000, engine)
    reports = {row["application_id"]: row for row in scored.reports.to_pylist()}
    refused = {row["row"]: row for row in scored.refused.to_pylist()}
    reported = [row for row in range(table.num_rows) if row + 1_000 not in refused]
    assert len(reported) == scored.reports.num_rows
    places = iter(scored.reports.to_pylist())
    for row, record in enumerate(table.to_pylist()):
        alone = report_or_problem(record, engine)
        if isinstance(alone, dict):
            assert next(places) == alone
        else:
            told = refused[row + 1_000]
            assert (told["field"], told["problem"]) == alone
    assert len(reports) <= len(reported)
    return len(reported), len(refused)


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.line}-{case.party}")
def test_score_batch__random_applications_of_each_form__equals_one_by_one(case: Case, engine: Engine) -> None:
    table = invented(1, np.random.default_rng(CASES.index(case)), 300, (case,))

    assert hold_against_one_by_one(table, engine) == (300, 0)


@pytest.mark.parametrize("seed", range(4))
def test_score_batch__cells_spoilt__sets_aside_exactly_what_is_refused_alone(seed: int, engine: Engine) -> None:
    random = np.random.default_rng(seed)
    table = spoilt(invented(1, random, 500), random, 0.01)

    reported, refused = hold_against_one_by_one(table, engine)

    assert reported > 100
    assert refused > 50


def test_score_batch__columns_of_what_was_read_left_out__equals_one_by_one(engine: Engine) -> None:
    table = invented(1, np.random.default_rng(11), 600).drop_columns(list(READ))

    assert hold_against_one_by_one(table, engine) == (600, 0)


@pytest.mark.parametrize("read", [True, False, None])
def test_score_batch__motor_and_the_traffic_record__is_fast_only_where_it_was_read(
    read: bool | None, engine: Engine
) -> None:
    stated = {
        **parse_application(document(Line.MOTOR, premium_minor=2_000_000)).record(), "read_traffic_authority": read,
    }  # fmt: skip

    (report,) = score_batch(pa.Table.from_pylist([stated]), 0, engine).reports.to_pylist()

    assert report["tier"] == "low"
    assert (report["fast_lane"], report["unconfirmed"]) == ((True, "") if read else (False, "traffic-authority"))


def test_score_batch__a_thousand_of_every_form__meets_every_tier_and_measure(engine: Engine) -> None:
    reports = score_batch(invented(1, np.random.default_rng(9), 10_000), 0, engine).reports

    assert set(reports["tier"].to_pylist()) == {tier.name.lower() for tier in RiskTier}
    assert set(reports["measure"].to_pylist()) == {"none", "loading", "cap", "exclusion"}
    assert len(set(reports["decision"].to_pylist())) == 4
    assert any(reports["committee"].to_pylist()) or max(reports["score"].to_pylist()) <= 9_000


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        (pa.string(), str(2**128 - 1)),
        (pa.decimal256(39), Decimal(2**128 - 1)),
        (pa.uint64(), 2**64 - 1),
        (pa.int8(), 7),
    ],
)
def test_score_batch__ids_of_other_types__keeps_type_and_value(
    kind: pa.DataType, value: object, engine: Engine
) -> None:
    table = invented(1, np.random.default_rng(0), 1)
    table = table.set_column(0, "application_id", pa.array([value], kind))

    reports = score_batch(table, 0, engine).reports

    assert reports.schema.field("application_id").type == kind
    assert reports["application_id"].to_pylist() == [value]


@pytest.mark.parametrize("value", ["0", "01", "-1", str(2**128), "1e3", " 7", "", "七"])
def test_score_batch__id_that_is_none__sets_the_row_aside_naming_it(value: str, engine: Engine) -> None:
    table = invented(1, np.random.default_rng(0), 1).set_column(0, "application_id", pa.array([value]))

    refused = score_batch(table, 0, engine).refused.to_pylist()

    assert [row["field"] for row in refused] == ["application_id"]


def test_score_batch__text_that_is_not_utf_8__sets_that_row_aside_only(engine: Engine) -> None:
    table = invented(1, np.random.default_rng(0), 3)
    words = table["region"].to_pylist()
    raw = pa.array([b"\xff\xfe", *((w or "").encode() for w in words[1:])], pa.binary())
    broken = pa.StringArray.from_buffers(3, raw.buffers()[1], raw.buffers()[2])
    place = table.schema.get_field_index("region")

    scored = score_batch(table.set_column(place, "region", broken), 0, engine)

    assert [row["field"] for row in scored.refused.to_pylist()] == ["region"]
    assert scored.reports.num_rows == 2


def test_score_batch__no_rows__gives_empty_tables_of_the_same_schema(engine: Engine) -> None:
    table = invented(1, np.random.default_rng(0), 5)

    empty, some = score_batch(table.slice(0, 0), 0, engine), score_batch(table, 0, engine)

    assert empty.reports.schema.equals(some.reports.schema, check_metadata=True)
    assert empty.reports.num_rows == empty.refused.num_rows == 0


def test_score_batch__a_word_of_ten_megabytes__is_set_aside_with_its_length(engine: Engine) -> None:
    table = invented(1, np.random.default_rng(5), 1)
    place = table.schema.get_field_index("region")

    refused = score_batch(table.set_column(place, "region", pa.array(["x" * 10_000_000])), 0, engine).refused

    (row,) = refused.to_pylist()
    assert (row["field"], row["value"]) == ("region", f"{'x' * 60}... (10000000 characters)")


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.line}-{case.party}")
def test_score_batch__reports_that_lack_one_thing_each__equal_one_by_one(case: Case, engine: Engine) -> None:
    records: list[dict[str, object]] = []
    for source in {each.source for each in engine.tables.lines[case.line].counted_on}:
        stated: dict[str, Any] = {"sum_insured_minor": 250_000_000, "premium_minor": 12_500_000, **_valued(case)}
        full = {name: value for name, value in {**statements(*case), **stated}.items() if source in _sources(name)}
        for missing in (*full, None, ""):
            report = {} if missing is None else {name: value for name, value in full.items() if name != missing}
            written = document(*case, reports={source.value: report}, authorised=(source.value,), **stated)
            records.append({**parse_application(written).record(), "application_id": len(records) + 1})
    table = pa.Table.from_pylist(records)

    assert hold_against_one_by_one(table, engine) == (len(records), 0)
    assert len(set(score_batch(table, 0, engine).reports["unconfirmed"].to_pylist())) >= 2


def _valued(case: Case) -> dict[str, Any]:
    return {"property_value_minor": 250_000_000} if case.line is Line.PROPERTY else {}


def _sources(name: str) -> tuple[Source, ...]:
    return INDICATORS["history_mask" if name == "history" else name].sources
