"""Figures and cards of learned models: held against the manual, and made by the command they name."""

from pathlib import Path

import pytest

from oracle.risk.learned.errors import DataUnusable
from oracle.risk.learned.train import Trained, train_task
from scripts.figures import risk_models
from scripts.figures.store import verdict
from tests.oracle.risk.learned.made_up import TASK, applicants, fewer_trees


@pytest.fixture(scope="module")
def trained() -> Trained:
    with fewer_trees():
        return train_task(TASK, applicants(1_500), "ab" * 32)


def test_of_public_set__a_model_short_of_the_manual__missed_with_the_naive_figure_beside(trained: Trained) -> None:
    found = {figure.name: figure for figure in risk_models.of_public_set(trained, "x")}

    accuracy = found["life-ill: accuracy"]
    assert accuracy.value == trained.judgement.metrics["accuracy"].value
    assert (accuracy.limit, verdict(accuracy)) == (0.90, "missed")
    assert f"naive {trained.judgement.naive['accuracy']:.3f}" in accuracy.note
    assert found["life-ill: recall"].limit == 0.85
    assert verdict(found["life-ill: AUC"]) == "holds"


def test_write_card__into_a_folder__text_names_the_command_and_its_plot(trained: Trained, tmp_path: Path) -> None:
    risk_models.write_card(trained, tmp_path, risk_models.COMMAND)

    text = (tmp_path / "life-ill.md").read_text("utf-8")
    assert f"Made by `{risk_models.COMMAND}`" in text
    assert "(life-ill.png)" in text
    assert (tmp_path / "life-ill.png").read_bytes().startswith(b"\x89PNG")


def test_measure__no_data__says_which_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QUITTANCE_DATA", str(tmp_path))
    monkeypatch.setattr(risk_models, "CARDS", tmp_path / "cards")

    with pytest.raises(DataUnusable, match="QUITTANCE_DATA"):
        risk_models.measure()
