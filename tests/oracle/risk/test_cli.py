"""`quittance risk` as a person runs it: what it prints, what it writes, and one sentence where it refuses."""

import json
import stat
from pathlib import Path

import pyarrow.parquet as pq
import pytest
import yaml
from typer.testing import CliRunner, Result

from domain.hashing import keccak256
from oracle.risk.application import load_application
from oracle.risk.assess import assess, subject_of
from oracle.risk.cli import app
from oracle.risk.indicators import CASES, Line
from oracle.risk.portfolio.table import PARTIES
from tests.oracle.risk.applications import document
from tests.oracle.risk.subjects import engine

EXAMPLES = Path(__file__).parents[3] / "docs" / "examples" / "applications"


def run(*arguments: object) -> Result:
    return CliRunner(env={"COLUMNS": "160", "TERM": "dumb"}).invoke(app, [str(each) for each in arguments])


def refused(result: Result) -> str:
    assert result.exit_code == 1
    assert "Traceback" not in result.output
    return " ".join(result.stderr.split())


@pytest.mark.parametrize("path", sorted(EXAMPLES.glob("*.yaml")), ids=lambda path: path.stem)
def test_assess__every_example__is_assessed_and_written(path: Path, tmp_path: Path) -> None:
    result = run("assess", path, "--out", tmp_path)

    assert result.exit_code == 0, result.output
    found = assess(subject_of(load_application(path)), engine())
    written = tmp_path / f"assessment-{found.application_id}.json"
    assert written.read_bytes() == found.canonical_bytes
    assert f"0x{keccak256(written.read_bytes()).hex()}" in result.stdout
    page = written.with_suffix(".pdf")
    assert page.read_bytes().startswith(b"%PDF")
    assert {stat.S_IMODE(each.stat().st_mode) for each in tmp_path.iterdir()} == {0o600}
    assert sorted(each.name for each in tmp_path.iterdir()) == [written.name, page.name]


def test_examples__together__there_is_one_for_every_line_and_both_parties() -> None:
    cases = {load_application(path).case for path in EXAMPLES.glob("*.yaml")}

    assert {case.line for case in cases} == set(Line)
    assert {case.party.value for case in cases} == set(PARTIES)


def test_assess__life_example__tells_tier_numbers_rules_changes_and_what_was_not_read(tmp_path: Path) -> None:
    said = run("assess", EXAMPLES / "life.yaml", "--out", tmp_path, "--language", "en").stdout

    for words in (
        "medium risk", "75.56 %", "systolic blood pressure", "146 mmHg", "Stroke caused by hypertension",
        "Blood pressure is measured", "policy surrendered", "smoking at former instead of current",
        "we did not read: records of commerce and payment, records of other insurers", "read: ",
    ):  # fmt: skip
        assert words in " ".join(said.replace("│", " ").split())
    assert "中风险" not in said


@pytest.mark.parametrize(("language", "there"), [("zh", (False, True)), ("both", (True, True)), ("en", (True, False))])
def test_assess__language__prints_that_and_no_other(language: str, there: tuple[bool, bool], tmp_path: Path) -> None:
    said = run("assess", EXAMPLES / "health.yaml", "--out", tmp_path, "--language", language).stdout

    assert ("low risk" in said, "低风险" in said) == there


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"age_years": -3}, "age_years is -3"),
        ({"occupation": "astronaut"}, "occupation is 'astronaut'"),
        ({"occupation": None}, "occupation"),
        ({"currency": "USD"}, "currency is 'USD'"),
        ({"diastolic_mmhg": 190}, "systolic_mmhg"),
        ({"systolic_mmhg": float("nan")}, "systolic_mmhg"),
    ],
)
def test_assess__field_that_cannot_be__names_it_and_writes_nothing(
    change: dict[str, object], told: str, tmp_path: Path
) -> None:
    document = yaml.safe_load((EXAMPLES / "life.yaml").read_text("utf-8"))
    document["reports"] = []
    document["statements"].update(change)
    (tmp_path / "application.yaml").write_text(yaml.safe_dump(document), "utf-8")

    result = run("assess", tmp_path / "application.yaml", "--out", tmp_path / "out")

    assert told in refused(result)
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(("length", "named"), [(900_000, "occupation"), (10_000_000, "application.json")])
def test_assess__word_of_megabytes__names_the_field_or_the_file_and_writes_nothing(
    length: int, named: str, tmp_path: Path
) -> None:
    given = document(Line.LIFE, occupation="x" * length)
    (tmp_path / "application.json").write_text(json.dumps(given), "utf-8")

    result = run("assess", tmp_path / "application.json", "--out", tmp_path / "out")

    assert named in refused(result)
    assert len(result.stderr) < 1_000
    assert not (tmp_path / "out").exists()


def test_assess__no_such_file__says_so_in_one_sentence(tmp_path: Path) -> None:
    assert "absent.yaml" in refused(run("assess", tmp_path / "absent.yaml"))


def test_assess__folder_that_is_a_file__says_where_it_cannot_write(tmp_path: Path) -> None:
    (tmp_path / "out").write_text("")

    told = refused(run("assess", EXAMPLES / "life.yaml", "--out", tmp_path / "out"))

    assert f"--out is '{tmp_path / 'out'}': cannot be written (file exists). Name a folder" in told


def test_score__invented_portfolio__reports_every_row_with_the_engine_it_was_made_with(tmp_path: Path) -> None:
    assert run("invent", "--out", tmp_path / "in.parquet", "--rows", 500, "--seed", 3).exit_code == 0

    result = run("score", "--in", tmp_path / "in.parquet", "--out", tmp_path / "reports.parquet")

    assert result.exit_code == 0, result.output
    assert "500 reports" in result.stdout
    reports = pq.read_table(tmp_path / "reports.parquet")
    assert reports.num_rows == 500
    assert reports.schema.metadata[b"engine"].decode() == f"0x{engine().hash.hex()}"
    assert pq.read_table(tmp_path / "reports.refused.parquet").num_rows == 0
    assert len(set(zip(reports["line"].to_pylist(), reports["party"].to_pylist(), strict=True))) == len(CASES)


def test_invent__same_seed__same_file(tmp_path: Path) -> None:
    for name in ("a", "b"):
        run("invent", "--out", tmp_path / name, "--rows", 200, "--seed", 9)

    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


def test_score__no_parquet__says_so_in_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "in.csv").write_text("application_id\n1\n")

    result = run("score", "--in", tmp_path / "in.csv", "--out", tmp_path / "out.parquet")

    assert "is no Parquet file" in refused(result)


def test_score__out_is_in__says_so_before_any_progress(tmp_path: Path) -> None:
    run("invent", "--out", tmp_path / "in.parquet", "--rows", 5)
    before = (tmp_path / "in.parquet").read_bytes()

    result = run("score", "--in", tmp_path / "in.parquet", "--out", tmp_path / "in.parquet")

    assert refused(result).startswith("--in is ")
    assert result.stdout == ""
    assert (tmp_path / "in.parquet").read_bytes() == before


def test_assess__folder_instead_of_a_file__says_that(tmp_path: Path) -> None:
    assert "is a folder" in refused(run("assess", tmp_path))


def test_questionnaire__every_form__asks_in_the_language_wanted() -> None:
    for case in CASES:
        result = run("questionnaire", case.line.value, "--party", case.party.value, "--language", "zh")
        assert result.exit_code == 0
        assert "sum_insured_minor" in result.stdout
        assert "身份证件号码" in result.stdout or "统一社会信用代码" in result.stdout
        assert "？" in result.stdout


def test_tables__printed__are_those_reports_carry() -> None:
    said = run("tables").stdout

    for file in engine().tables.files:
        assert f"0x{file.hash.hex()}" in said
    assert f"0x{engine().hash.hex()}" in said


def test_train__help__is_mounted() -> None:
    assert "--target" in run("train", "--help").stdout


def test_assess__json__is_plain_json(tmp_path: Path) -> None:
    run("assess", EXAMPLES / "motor.yaml", "--out", tmp_path)

    assert json.loads((tmp_path / "assessment-1004.json").read_text("utf-8"))["line"] == "motor"


@pytest.mark.parametrize("place", ["", "absent/in.parquet"])
def test_invent__folder_or_a_file_in_none__names_option_place_and_remedy(place: str, tmp_path: Path) -> None:
    told = refused(run("invent", "--out", tmp_path / place, "--rows", 2))

    assert f"--out is '{tmp_path / place}': cannot be written" in told
    assert "Name a file, in a folder that is there" in told


@pytest.mark.parametrize(("rows", "told"), [(1, "1 invented application in"), (2, "2 invented applications in")])
def test_invent__rows__are_told_with_their_noun(rows: int, told: str, tmp_path: Path) -> None:
    assert told in run("invent", "--out", tmp_path / "in.parquet", "--rows", rows).stdout
