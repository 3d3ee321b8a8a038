"""Garbage in a portfolio, as a person runs it: each row is refused by its field, and nothing of it is scored."""

from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from typer.testing import CliRunner, Result

from oracle.risk.application import parse_application
from oracle.risk.cli import app
from oracle.risk.indicators import Line
from tests.oracle.risk.applications import document


def score(folder: Path, table: pa.Table) -> Result:
    pq.write_table(table, folder / "in.parquet")
    arguments = ["score", "--in", str(folder / "in.parquet"), "--out", str(folder / "out.parquet")]
    return CliRunner(env={"COLUMNS": "160", "TERM": "dumb"}).invoke(app, arguments)


def records(**changes: Any) -> list[dict[str, Any]]:
    """A sound application, then the same with something changed."""
    sound = {**dict.fromkeys(changes), **parse_application(document(Line.LIFE)).record()}
    return [sound, {**sound, "application_id": 8, **changes}]


@pytest.mark.parametrize(
    ("changes", "field", "problem"),
    [
        ({"age_years": -3}, "age_years", "greater than or equal to 0"),
        ({"age_years": 2**62}, "age_years", "less than or equal to 120"),
        ({"occupation": "astronaut"}, "occupation", "is not one of the choices"),
        ({"occupation": None}, "occupation", "is required and missing"),
        ({"occupation": "x" * 10_000_000}, "occupation", "is not one of the choices"),
        ({"currency": "USD"}, "currency", "CNY"),
        ({"currency": "XXX"}, "currency", "is not one of the choices"),
        ({"smoking": "never", "cigarettes_per_day": 10}, "cigarettes_per_day", ""),
        ({"systolic_mmhg": 70, "diastolic_mmhg": 80}, "systolic_mmhg", ""),
        ({"ldl_umol": 5_000, "cholesterol_umol": 4_999}, "ldl_umol", ""),
        ({"driving_years": 3}, "driving_years", "is not asked for in this form"),
        ({"line": "pets"}, "line", ""),
        ({"credit_score": 700, "read_credit_report": False}, "credit_score", "not to have been read"),
    ],
    ids=lambda value: value if isinstance(value, str) and len(value) < 30 else "",
)
def test_score__one_row_of_garbage__is_refused_by_its_field_and_the_other_scored(
    changes: dict[str, Any], field: str, problem: str, tmp_path: Path
) -> None:
    result = score(tmp_path, pa.Table.from_pylist(records(**changes)))

    assert result.exit_code == 0, result.output
    assert pq.read_table(tmp_path / "out.parquet")["application_id"].to_pylist() == [7]
    (refused,) = pq.read_table(tmp_path / "out.refused.parquet").to_pylist()
    assert (refused["row"], refused["application_id"], refused["field"]) == (1, "8", field)
    assert problem in f"{refused['value']} {refused['problem']} {refused['remedy']}"
    assert len(refused["value"]) <= 100


@pytest.mark.parametrize("value", [float("nan"), 30.0, "30", True])
def test_score__ages_of_another_type__file_is_refused_by_the_column_and_nothing_scored(
    value: object, tmp_path: Path
) -> None:
    rows = [{**row, "age_years": value} for row in records()]

    result = score(tmp_path, pa.Table.from_pylist(rows))

    assert result.exit_code == 1
    assert "age_years" in result.stderr
    assert "Traceback" not in result.output
    assert [path.name for path in tmp_path.iterdir()] == ["in.parquet"]


def test_score__a_flag_of_reading_that_is_no_flag__file_is_refused_by_the_column(tmp_path: Path) -> None:
    rows = [{**row, "read_hospital": "yes"} for row in records()]

    result = score(tmp_path, pa.Table.from_pylist(rows))

    assert result.exit_code == 1
    assert "read_hospital" in result.stderr
