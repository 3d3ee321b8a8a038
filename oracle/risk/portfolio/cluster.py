"""Batches scored on a Dask cluster. Rows travel to the workers and reports back, so no disk need be shared.

A worker whose tables are not those of this program refuses: one portfolio is scored with one engine.
"""

import io
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import lru_cache
from typing import Final, Protocol

import pyarrow as pa
from distributed import Client, LocalCluster, as_completed

from oracle.risk.engine import Engine, load_engine
from oracle.risk.indicators import RiskError
from oracle.risk.portfolio.batch import Scored, score_batch
from oracle.risk.portfolio.probability import LEARNED_NAME, Probability, probability_of
from oracle.risk.portfolio.source import Batch
from oracle.risk.portfolio.table import PortfolioInvalid

_CONNECT_SECONDS: Final = 10
_AHEAD: Final = 2
"""Batches sent ahead for each worker: it never waits, and this process never holds more."""

Sent = tuple[int, int, bytes, Mapping[int, int]]
"""A batch as it travels."""


class _Future(Protocol):
    def result(self) -> tuple[int, tuple[bytes, bytes] | tuple[str, str, str, str]]: ...


class ClusterScorer:
    """Scores on the workers of a cluster."""

    def __init__(self, client: Client, engine: Engine, probability: Probability | None = None) -> None:
        self._client = client
        self._engine_hash = engine.hash
        self._stored = probability.stored if probability else None

    def __call__(self, batches: Iterator[Batch]) -> Iterator[tuple[int, Scored]]:
        """Number and result of each batch, as they come.

        Raises:
            PortfolioInvalid: A worker has other tables, or there is none.
        """
        workers = len(self._client.scheduler_info(n_workers=-1)["workers"])
        if not workers:
            raise PortfolioInvalid("scheduler", str(self._client), "has no workers", "Start `dask worker` for it")
        stored = self._client.scatter(self._stored, broadcast=True) if self._stored else None
        under_way = as_completed(loop=self._client.loop)
        for batch in batches:
            under_way.add(self._client.submit(_score, _sent(batch), self._engine_hash, stored, pure=False))
            if under_way.count() >= workers * _AHEAD:
                yield _received(next(under_way))
        for future in under_way:
            yield _received(future)


@contextmanager
def cluster_scorer(scheduler: str, engine: Engine, probability: Probability | None = None) -> Iterator[ClusterScorer]:
    """A scorer on the cluster of this scheduler, as in tcp://10.0.0.1:8786.

    Raises:
        PortfolioInvalid: Nobody answers there.
    """
    try:
        client = Client(scheduler, timeout=_CONNECT_SECONDS, set_as_default=False)
    except (OSError, ValueError) as error:
        remedy = "Start `dask scheduler` there, or correct the address, as in tcp://10.0.0.1:8786"
        raise PortfolioInvalid("scheduler", scheduler, "cannot be reached", remedy) from error
    try:
        yield ClusterScorer(client, engine, probability)
    finally:
        client.close()


@contextmanager
def local_scorer(workers: int, engine: Engine, probability: Probability | None = None) -> Iterator[ClusterScorer]:
    """A scorer on so many processes of this machine."""
    with (
        LocalCluster(
            n_workers=workers, threads_per_worker=1, processes=True, dashboard_address=None, silence_logs=40
        ) as cluster,
        Client(cluster, set_as_default=False) as client,
    ):
        yield ClusterScorer(client, engine, probability)


def _score(
    sent: Sent, engine_hash: bytes, stored: bytes | None
) -> tuple[int, tuple[bytes, bytes] | tuple[str, str, str, str]]:
    """Runs on a worker. What is refused comes back as its parts, because errors of ours do not travel."""
    number, first_row, content, repeats = sent
    try:
        probability = _probability(stored) if stored else None
        engine = _engine(probability.digest if probability else None)
        if engine.hash != engine_hash:
            problem = "is not the engine this portfolio is scored with"
            raise PortfolioInvalid("worker", f"0x{engine.hash.hex()}", problem, "Install the same version there")
        scored = score_batch(_table(content), first_row, engine, probability, repeats)
    except RiskError as error:
        return number, (error.field, str(error.value), error.problem, error.remedy)
    return number, (_content(scored.reports), _content(scored.refused))


def _received(future: _Future) -> tuple[int, Scored]:
    number, found = future.result()
    if len(found) == 4:
        raise PortfolioInvalid(*found)
    reports, refused = found
    return number, Scored(_table(reports), _table(refused))


def _sent(batch: Batch) -> Sent:
    return batch.number, batch.first_row, _content(batch.table), batch.repeats


def _content(table: pa.Table) -> bytes:
    buffer = io.BytesIO()
    with pa.ipc.new_stream(buffer, table.schema) as writer:
        writer.write_table(table)
    return buffer.getvalue()


def _table(content: bytes) -> pa.Table:
    with pa.ipc.open_stream(content) as reader:
        return reader.read_all()


@lru_cache(maxsize=1)
def _engine(digest: bytes | None) -> Engine:
    return load_engine(learned={LEARNED_NAME: digest} if digest else None)


@lru_cache(maxsize=1)
def _probability(stored: bytes) -> Probability:
    return probability_of(stored)
