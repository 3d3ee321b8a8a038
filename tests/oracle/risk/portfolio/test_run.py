"""A portfolio from file to files: nothing lost, the same bytes however it was run, and refusals that say why."""

import os
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from oracle.risk.engine import Engine, load_engine
from oracle.risk.portfolio.batch import Scored
from oracle.risk.portfolio.invented import invented, write_invented
from oracle.risk.portfolio.run import HereScorer, Summary, score_portfolio
from oracle.risk.portfolio.source import Batch, open_portfolio
from oracle.risk.portfolio.table import PortfolioInvalid
from tests.oracle.risk.portfolio.test_batch import spoilt

ROWS, BATCH = 1_000, 128


@pytest.fixture(scope="module")
def engine() -> Engine:
    return load_engine()


@pytest.fixture
def applications(tmp_path: Path) -> Path:
    """Row groups that do not end where batches do."""
    random = np.random.default_rng(3)
    pq.write_table(spoilt(invented(1, random, ROWS), random, 0.002), tmp_path / "in.parquet", row_group_size=300)
    return tmp_path / "in.parquet"


def run(applications: Path, out: Path, engine: Engine, scorer: object = None) -> tuple[Summary, bytes, bytes]:
    out.mkdir(exist_ok=True)
    reports, refused = out / "reports.parquet", out / "refused.parquet"
    portfolio = open_portfolio(applications, batch_rows=BATCH)
    summary = score_portfolio(portfolio, reports, refused, engine=engine, scorer=scorer or HereScorer(engine))
    assert [path.name for path in out.iterdir()] == [refused.name, reports.name] or len(list(out.iterdir())) == 2
    return summary, reports.read_bytes(), refused.read_bytes()


class Stopping:
    """Dies after so many batches, as if the power went."""

    def __init__(self, engine: Engine, after: int) -> None:
        self._here, self._after = HereScorer(engine), after

    def __call__(self, batches: Iterator[Batch]) -> Iterator[tuple[int, Scored]]:
        for done, found in enumerate(self._here(batches)):
            if done == self._after:
                raise KeyboardInterrupt
            yield found


class Backwards:
    """Hands results on in another order, as a cluster does."""

    def __init__(self, engine: Engine) -> None:
        self._here = HereScorer(engine)

    def __call__(self, batches: Iterator[Batch]) -> Iterator[tuple[int, Scored]]:
        yield from reversed(list(self._here(batches)))


def test_score_portfolio__some_rows_refused__every_row_is_in_one_of_the_files(applications, tmp_path, engine) -> None:
    summary, _, _ = run(applications, tmp_path / "out", engine)

    reports, refused = (pq.read_table(tmp_path / "out" / f"{name}.parquet") for name in ("reports", "refused"))
    assert summary == Summary(reports.num_rows, refused.num_rows, 0)
    assert summary.reported + summary.refused == ROWS
    assert summary.refused > 0
    assert {stat.S_IMODE(each.stat().st_mode) for each in (tmp_path / "out").iterdir()} == {0o600}
    set_aside = set(refused["row"].to_pylist())
    ids = pq.read_table(applications)["application_id"].to_pylist()
    assert reports["application_id"].to_pylist() == [each for row, each in enumerate(ids) if row not in set_aside]


@pytest.mark.parametrize("after", [0, 1, 4, 7])
def test_score_portfolio__stopped_and_started_again__goes_on_to_the_same_bytes(
    after: int, applications: Path, tmp_path: Path, engine: Engine
) -> None:
    _, *whole = run(applications, tmp_path / "whole", engine)
    with pytest.raises(KeyboardInterrupt):
        run(applications, tmp_path / "again", engine, Stopping(engine, after))

    summary, *resumed = run(applications, tmp_path / "again", engine)

    assert summary.resumed == after
    assert resumed == whole


def test_score_portfolio__batches_done_in_another_order__gives_the_same_bytes(applications, tmp_path, engine) -> None:
    _, *whole = run(applications, tmp_path / "whole", engine)

    _, *other = run(applications, tmp_path / "other", engine, Backwards(engine))

    assert other == whole


def test_score_portfolio__other_input_after_a_stop__begins_anew(applications, tmp_path, engine) -> None:
    with pytest.raises(KeyboardInterrupt):
        run(applications, tmp_path / "out", engine, Stopping(engine, 3))
    write_invented(applications, 400, seed=8)

    summary, *_ = run(applications, tmp_path / "out", engine)

    assert summary == Summary(400, 0, 0)


def test_score_portfolio__two_runs_at_once__the_second_is_refused(applications, tmp_path, engine) -> None:
    class Twice:
        def __call__(self, batches: Iterator[Batch]) -> Iterator[tuple[int, Scored]]:
            run(applications, tmp_path / "out", engine)
            yield from HereScorer(engine)(batches)

    with pytest.raises(PortfolioInvalid, match="another run"):
        run(applications, tmp_path / "out", engine, Twice())


def test_score_portfolio__out_is_in__refused_before_anything_is_written(applications, engine) -> None:
    before = applications.read_bytes()

    with pytest.raises(PortfolioInvalid, match="is also --out"):
        score_portfolio(
            open_portfolio(applications), applications, applications.with_name("refused"),
            engine=engine, scorer=HereScorer(engine),
        )  # fmt: skip

    assert applications.read_bytes() == before


def test_score_portfolio__empty_portfolio__writes_two_empty_files(applications, tmp_path, engine) -> None:
    pq.write_table(pq.read_table(applications).slice(0, 0), applications)

    assert run(applications, tmp_path / "out", engine)[0] == Summary(0, 0, 0)


@pytest.mark.parametrize(
    ("column", "values", "told"),
    [
        ("age_years", pa.array([30.0]), "double"),
        ("smokin", pa.array([1]), "smokin"),
        ("flood_zone", pa.array(["yes"]), "flood_zone"),
        ("occupation_class", pa.array([1]), "occupation_class"),
    ],
)
def test_open_portfolio__column_that_cannot_be__names_it(column, values, told, tmp_path) -> None:
    table = invented(1, np.random.default_rng(0), 1)
    place = table.schema.get_field_index(column)
    table = table.append_column(column, values) if place < 0 else table.set_column(place, column, values)
    pq.write_table(table, tmp_path / "in.parquet")

    with pytest.raises(PortfolioInvalid, match=told):
        open_portfolio(tmp_path / "in.parquet")


def test_open_portfolio__no_parquet__says_so(tmp_path: Path) -> None:
    (tmp_path / "in.parquet").write_text("application_id,line\n1,life\n")

    with pytest.raises(PortfolioInvalid, match="is no Parquet file"):
        open_portfolio(tmp_path / "in.parquet")
    with pytest.raises(PortfolioInvalid, match="cannot be read"):
        open_portfolio(tmp_path / "absent.parquet")


def test_read__some_batches_wanted__gives_exactly_their_rows(applications: Path) -> None:
    portfolio = open_portfolio(applications, batch_rows=BATCH)

    found = list(portfolio.read({1, 2, 5, 7}))

    table = pq.read_table(applications)
    assert [(batch.number, batch.first_row) for batch in found] == [(1, 128), (2, 256), (5, 640), (7, 896)]
    assert [batch.table.num_rows for batch in found] == [128, 128, 128, 104]
    for batch in found:
        assert batch.table.to_pylist() == table.slice(batch.first_row, batch.table.num_rows).to_pylist()


KILLED_RUN = """
import sys
from pathlib import Path
from oracle.risk.engine import load_engine
from oracle.risk.portfolio.run import HereScorer, score_portfolio
from oracle.risk.portfolio.source import open_portfolio
engine, folder = load_engine(), Path(sys.argv[1])
portfolio = open_portfolio(folder / "in.parquet", batch_rows=32)
score_portfolio(portfolio, folder / "a", folder / "b", engine=engine, scorer=HereScorer(engine))
"""


@pytest.mark.slow
def test_score_portfolio__killed_at_random_moments__comes_to_the_same_bytes(applications, tmp_path, engine) -> None:
    portfolio = open_portfolio(applications, batch_rows=32)
    whole = tmp_path / "whole"
    whole.mkdir()
    score_portfolio(portfolio, whole / "a", whole / "b", engine=engine, scorer=HereScorer(engine))
    kills, random = 0, np.random.default_rng(1)
    while True:
        process = subprocess.Popen([sys.executable, "-c", KILLED_RUN, str(tmp_path)], cwd=Path(__file__).parents[4])
        parts = tmp_path / "a.parts"
        while process.poll() is None and not parts.exists():
            time.sleep(0.005)
        time.sleep(float(random.uniform(0, 0.4)))
        if process.poll() is None and kills < 8:
            os.kill(process.pid, signal.SIGKILL)
            kills += 1
        if process.wait() == 0:
            break

    assert kills > 0
    assert (tmp_path / "a").read_bytes() == (whole / "a").read_bytes()
    assert (tmp_path / "b").read_bytes() == (whole / "b").read_bytes()
    assert not parts.exists()
