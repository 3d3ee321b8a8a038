"""Dask: the same bytes as on one machine, and refusals that name what is wrong with the cluster."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest
from distributed import Client, LocalCluster

from oracle.risk.engine import Engine, load_engine
from oracle.risk.portfolio.cluster import cluster_scorer
from oracle.risk.portfolio.invented import invented
from oracle.risk.portfolio.run import HereScorer, Summary, score_portfolio
from oracle.risk.portfolio.source import Portfolio, open_portfolio
from oracle.risk.portfolio.table import PortfolioInvalid
from tests.oracle.risk.portfolio.test_batch import spoilt

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def engine() -> Engine:
    return load_engine()


@pytest.fixture(scope="module")
def scheduler() -> Iterator[str]:
    """Two processes of this machine, reached over TCP as any others would be."""
    with LocalCluster(
        n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None, silence_logs=40
    ) as cluster:
        yield cluster.scheduler_address


@pytest.fixture
def portfolio(tmp_path: Path) -> Portfolio:
    random = np.random.default_rng(11)
    pq.write_table(spoilt(invented(1, random, 2_000), random, 0.002), tmp_path / "in.parquet", row_group_size=700)
    return open_portfolio(tmp_path / "in.parquet", batch_rows=200)


def test_score_portfolio__two_processes__writes_the_bytes_of_one(portfolio, tmp_path, engine, scheduler) -> None:
    with cluster_scorer(scheduler, engine) as scorer:
        summary = score_portfolio(portfolio, tmp_path / "a", tmp_path / "b", engine=engine, scorer=scorer)
    score_portfolio(portfolio, tmp_path / "c", tmp_path / "d", engine=engine, scorer=HereScorer(engine))

    assert isinstance(summary, Summary)
    assert summary.reported + summary.refused == 2_000
    assert summary.refused > 0
    assert (tmp_path / "a").read_bytes() == (tmp_path / "c").read_bytes()
    assert (tmp_path / "b").read_bytes() == (tmp_path / "d").read_bytes()


def test_score_portfolio__worker_with_other_tables__refused_and_nothing_written(
    portfolio, tmp_path, engine, scheduler
) -> None:
    other = Engine(engine.tables, engine.models, {"claim": b"\x01" * 32})

    with (
        cluster_scorer(scheduler, other) as scorer,
        pytest.raises(PortfolioInvalid, match=f"0x{engine.hash.hex()}.*Install the same version"),
    ):
        score_portfolio(portfolio, tmp_path / "a", tmp_path / "b", engine=other, scorer=scorer)

    assert not (tmp_path / "a").exists()


def test_cluster_scorer__nobody_there__says_how_to_start_one(engine: Engine) -> None:
    with pytest.raises(PortfolioInvalid, match="dask scheduler"), cluster_scorer("tcp://127.0.0.1:9", engine):
        pass


def test_score_portfolio__scheduler_without_workers__refused(portfolio, tmp_path, engine) -> None:
    with (
        LocalCluster(n_workers=0, processes=False, dashboard_address=None) as cluster,
        Client(cluster),
        cluster_scorer(cluster.scheduler_address, engine) as scorer,
        pytest.raises(PortfolioInvalid, match="has no workers"),
    ):
        score_portfolio(portfolio, tmp_path / "a", tmp_path / "b", engine=engine, scorer=scorer)
