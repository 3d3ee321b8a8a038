"""Cards and the command that makes them."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from oracle.risk.learned.card import PLOT_FILE, TEXT_FILE, write_model
from oracle.risk.learned.command import train_command
from oracle.risk.learned.metrics import Bin
from oracle.risk.learned.pipeline import Algorithm
from oracle.risk.learned.plot import calibration_png
from oracle.risk.learned.store import CARD_FILE, load_model
from oracle.risk.learned.train import Trained, train_task
from tests.oracle.risk.learned.made_up import TASK, applicants

APP = typer.Typer()
APP.command()(train_command)


@pytest.fixture(scope="module")
def trained() -> Trained:
    return train_task(TASK, applicants(1_500), "ab" * 32)


def test_write_model__twice__same_bytes_of_every_file(trained: Trained, tmp_path: Path) -> None:
    for folder in ("one", "two"):
        write_model(trained, tmp_path / folder)

    one, two = ({p.name: p.read_bytes() for p in (tmp_path / folder).iterdir()} for folder in ("one", "two"))
    assert one == two
    assert set(one) == {"model.skops", CARD_FILE, TEXT_FILE, PLOT_FILE}


def test_card_of__a_model__says_all_a_reader_must_know(trained: Trained, tmp_path: Path) -> None:
    card = json.loads(write_model(trained, tmp_path).read_text("utf-8"))

    assert card["data"] == {"rows": 1_500, "sha256": "ab" * 32}
    assert card["features"] == {"categorical": ["smoking", "sex"], "numeric": ["age_years", "systolic_mmhg"]}
    assert set(card["metrics"]["recall"]) == {"value", "low", "high"}
    assert set(card["naive"]) == set(card["metrics"])
    assert sum(row["rows"] for row in card["calibration"]) == card["split"]["parts"]["test"]
    assert {row["group"] for row in card["fairness"]} >= {"sex female", "sex male", "25 to 39 years"}
    assert set(card["drift_reference"]) == set(TASK.features)
    assert len(card["permutation_importance"]) == 4
    assert set(card["libraries"]) == {"python", "numpy", "pandas", "scikit-learn", "skops"}
    assert len(card["other_algorithms"]) == 1


def test_markdown__a_model__figures_of_the_judgement(trained: Trained, tmp_path: Path) -> None:
    write_model(trained, tmp_path)

    text = (tmp_path / TEXT_FILE).read_text("utf-8")

    assert f"{trained.judgement.metrics['auc'].value:.3f} (" in text
    assert f"![Predicted against observed]({PLOT_FILE})" in text
    assert all(f"## {title}\n" in text for title in ("Quality", "Calibration", "Fairness", "Drift", "Limits"))


def test_markdown__no_sex_in_the_table__says_so(tmp_path: Path) -> None:
    task = replace(TASK, sex=None, categorical=("smoking",))
    write_model(train_task(task, applicants(1_200), "", algorithms=(Algorithm.BOOSTING,)), tmp_path)

    assert "The table has no sex" in (tmp_path / TEXT_FILE).read_text("utf-8")


def test_calibration_png__other_figures__another_picture() -> None:
    bins = tuple(Bin(10, step / 20, step / 20) for step in range(10))

    assert calibration_png(bins, "x").startswith(b"\x89PNG")
    assert calibration_png(bins, "x") == calibration_png(bins, "x") != calibration_png(bins[:5], "x")


def test_train_command__own_table__model_that_loads(tmp_path: Path) -> None:
    applicants(1_500).to_csv(tmp_path / "a.csv", index=False)

    done = CliRunner().invoke(APP, [
        "--line", "life", "--data", str(tmp_path / "a.csv"), "--target", "ill", "--out", str(tmp_path / "m"),
        "--time", "month", "--algorithm", "gradient-boosting", "--feature", "age_years", "--feature", "smoking",
    ])  # fmt: skip

    assert done.exit_code == 0, done.output
    model = load_model(tmp_path / "m")
    assert (model.numeric, model.categorical) == (("age_years",), ("smoking",))
    assert model.probability_bps(model.frame_of([{"age_years": 70, "smoking": "current"}]))[0] > 1_000
    assert "naive" in done.output


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--target", "dead"], "target"),
        (["--target", "ill", "--time", "quarter"], "time"),
        (["--target", "ill", "--feature", "height"], "height"),
    ],
)
def test_train_command__what_cannot_be__one_sentence_and_exit_code_1(
    tmp_path: Path, arguments: list[str], told: str
) -> None:
    applicants(100).to_csv(tmp_path / "a.csv", index=False)
    fixed = ["--line", "life", "--data", str(tmp_path / "a.csv"), "--out", str(tmp_path / "m")]

    done = CliRunner().invoke(APP, [*fixed, *arguments])

    assert done.exit_code == 1
    assert told in done.output
    assert "Traceback" not in done.output
    assert not (tmp_path / "m" / CARD_FILE).exists()
