"""Figures are kept as measured, shown beside their limits, and a missed one stays visible."""

from __future__ import annotations

import json
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console

from scripts.figures import runner, store
from scripts.figures.figure import Figure

HOLDS = Figure("gas per policy", 30_123, "gas", 33_000, "<=", "quittance figures gas")
MISSED = Figure("policies in one transaction", 449, "policies", 450, ">=", "quittance figures gas", "below 2^24 gas")
TOLD = Figure("share of premium | paid", 0.61234, "", None, "<=", "quittance figures gas")
README = f"# Quittance\n\n{store.BEGIN}\nyesterday\n{store.END}\n\nThe rest.\n"


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    (tmp_path / "README.md").write_text(README, "utf-8")
    return tmp_path


def run(root: Path, figures: list[Figure], *, name: str = "gas", wanted: str = "gas") -> tuple[int, str]:
    """Run one set with these figures; exit code and what was printed."""
    out = StringIO()
    code = runner.run(
        wanted, Console(file=out, width=200), root=root, names=[name], measure_of=lambda _: lambda **_: figures
    )
    return code, out.getvalue()


def test_run__all_hold__exit_0_and_kept(repository: Path) -> None:
    code, out = run(repository, [HOLDS])

    assert code == 0
    assert "30,123 gas" in out
    kept = json.loads((repository / "docs/figures.json").read_text("utf-8"))
    assert kept["gas"]["figures"][0]["value"] == 30_123
    assert kept["gas"]["figures"][0]["holds"] is True


def test_run__one_missed__exit_1_and_stays_as_missed(repository: Path) -> None:
    code, out = run(repository, [HOLDS, MISSED])

    assert code == 1
    assert "Missed: policies in one transaction: 449 policies, at least 450" in out
    page = (repository / "docs/figures.md").read_text("utf-8")
    assert "| policies in one transaction | 449 policies | at least 450 | **missed** | below 2^24 gas |" in page
    assert "1 of 2 missed." in page


def test_run__figure_without_limit__told_and_never_missed(repository: Path) -> None:
    code, _ = run(repository, [TOLD])

    assert code == 0
    assert "| share of premium \\| paid | 0.612 |  |  |" in (repository / "docs/figures.md").read_text("utf-8")


def test_run__unknown_set__refused_by_name(repository: Path) -> None:
    with pytest.raises(runner.FigureSetUnknown, match="called 'speed': choose one of all, gas"):
        run(repository, [HOLDS], wanted="speed")

    assert not (repository / "docs").exists()


def test_run__all__measures_every_set_and_keeps_others(repository: Path) -> None:
    run(repository, [MISSED], name="throughput", wanted="all")
    run(repository, [HOLDS], name="gas", wanted="all")

    assert set(store.load(repository)) == {"gas", "throughput"}


def test_save__readme_with_markers__table_between_them(repository: Path) -> None:
    run(repository, [HOLDS])

    text = (repository / "README.md").read_text("utf-8")
    assert "| gas per policy | 30,123 gas | at most 33,000 | holds |" in text
    assert "yesterday" not in text
    assert text.startswith("# Quittance")
    assert text.endswith("The rest.\n")


def test_save__twice__nothing_changes(repository: Path) -> None:
    run(repository, [HOLDS])
    first = {path: path.read_text("utf-8") for path in store.rendered_files(store.load(repository), repository)}
    run(repository, [HOLDS])

    assert first == store.rendered_files(store.load(repository), repository)


def test_load__not_json__says_what_to_do(repository: Path) -> None:
    (repository / "docs").mkdir()
    (repository / store.SOURCE).write_text("{", "utf-8")

    with pytest.raises(store.FiguresUnreadable, match=r"docs/figures\.json is not JSON"):
        store.load(repository)


def test_from_json__field_missing__named() -> None:
    with pytest.raises(store.FiguresUnreadable, match="lacks 'unit'"):
        store.from_json([{"name": "x", "value": 1}])


def test_set_names__helpers_beside_sets__only_those_that_measure(tmp_path: Path) -> None:
    (tmp_path / "gas.py").write_text("def measure(*, full):\n    return []\n", "utf-8")
    (tmp_path / "insurer.py").write_text("def deploy():\n    pass\n", "utf-8")

    assert runner.set_names(tmp_path) == ["gas"]


def test_set_names__this_package__each_can_be_loaded() -> None:
    assert all(callable(runner.load_measure(name)) for name in runner.set_names())


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (16_777_216, "gas", "16,777,216"),
        (1.2, "x", "1.20"),
        (2, "x", "2.00"),
        (0.00123, "", "0.00123"),
        (0, "wei", "0"),
    ],
)
def test_number__values_of_all_sizes__readable(value: float, unit: str, text: str) -> None:
    assert store.number(value, unit) == text
