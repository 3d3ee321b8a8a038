"""One id, one application: what a portfolio says of an id a second time is refused, however the portfolio is run."""

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from oracle.risk.engine import Engine, load_engine
from oracle.risk.portfolio import repeats
from oracle.risk.portfolio.batch import Scored
from oracle.risk.portfolio.invented import invented
from oracle.risk.portfolio.repeats import repeats_of
from oracle.risk.portfolio.run import HereScorer, score_portfolio
from oracle.risk.portfolio.source import Batch, open_portfolio

LARGE = 2**128 - 1


@pytest.fixture(scope="module")
def engine() -> Engine:
    return load_engine()


def written(folder: Path, ids: pa.Array) -> Path:
    table = invented(1, np.random.default_rng(3), len(ids))
    pq.write_table(table.set_column(0, "application_id", ids), folder / "in.parquet", row_group_size=7)
    return folder / "in.parquet"


def found(folder: Path, ids: pa.Array, batch_rows: int = 5) -> dict[int, int]:
    """Rows whose id an earlier row has, and the earliest that has it."""
    portfolio = open_portfolio(written(folder, ids), batch_rows=batch_rows)
    told: dict[int, int] = {}
    with repeats_of(portfolio, folder) as known:
        for batch in portfolio.read(set(range(portfolio.batches))):
            for place, earlier in known.of(batch.first_row, batch.table.num_rows).items():
                told[batch.first_row + place] = earlier
    assert [path.name for path in folder.iterdir()] == ["in.parquet"]
    return told


def by_hand(ids: list[object]) -> dict[int, int]:
    first: dict[object, int] = {}
    return {row: first[each] for row, each in enumerate(ids) if first.setdefault(each, row) != row}


@pytest.mark.parametrize("batch", [2, 7, 1_000])
@pytest.mark.parametrize("kind", [pa.int64(), pa.string(), pa.decimal128(38, 0), pa.uint64()], ids=str)
def test_repeats_of__random_ids_of_each_type__are_those_a_dictionary_finds(
    kind: pa.DataType, batch: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(repeats, "_BATCH_ROWS", batch)
    base = 2**63 - 40 if pa.types.is_integer(kind) else 10**18 - 20
    numbers = [base + int(each) for each in np.random.default_rng(8).integers(0, 40, 60)]
    ids = [str(each) for each in numbers] if kind == pa.string() else [Decimal(each) for each in numbers]
    array = pa.array(ids, kind) if not pa.types.is_integer(kind) else pa.array(numbers, kind)

    assert found(tmp_path, array) == by_hand(numbers) != {}


def test_repeats_of__ids_that_differ_in_one_digit_only__do_not_repeat(tmp_path: Path) -> None:
    ids = [str(LARGE), *(str(LARGE - 10**place) for place in range(39)), *(str(10**place) for place in range(39))]

    assert found(tmp_path, pa.array([*ids, str(LARGE)])) == {len(ids): 0}


def test_repeats_of__ids_that_cannot_be__are_left_to_their_own_refusal(tmp_path: Path) -> None:
    assert found(tmp_path, pa.array([None, None, "0", "0", "x", "x", "007", "007", "7", "7"])) == {9: 8}


class Backwards:
    """Hands results on in another order, as a cluster does."""

    def __init__(self, engine: Engine) -> None:
        self._here = HereScorer(engine)

    def __call__(self, batches: Iterator[Batch]) -> Iterator[tuple[int, Scored]]:
        yield from reversed(list(self._here(batches)))


class Stopping(Backwards):
    """Dies after two batches."""

    def __call__(self, batches: Iterator[Batch]) -> Iterator[tuple[int, Scored]]:
        for done, scored in enumerate(self._here(batches)):
            if done == 2:
                raise KeyboardInterrupt
            yield scored


def run(path: Path, out: Path, engine: Engine, scorer: object) -> tuple[bytes, bytes]:
    out.mkdir(exist_ok=True)
    portfolio = open_portfolio(path, batch_rows=8)
    score_portfolio(portfolio, out / "a", out / "b", engine=engine, scorer=scorer)  # type: ignore[arg-type]  # by shape
    return (out / "a").read_bytes(), (out / "b").read_bytes()


def test_score_portfolio__id_in_another_batch__later_row_is_refused_and_names_the_first(tmp_path, engine) -> None:
    path = written(tmp_path, pa.array([*range(1, 30), 3, 3, 40]))

    run(path, tmp_path / "out", engine, HereScorer(engine))

    refused = pq.read_table(tmp_path / "out" / "b").to_pylist()
    assert [(each["row"], each["field"], each["value"], each["problem"]) for each in refused] == [
        (row, "application_id", "3", "already stands in row 2 of this file") for row in (29, 30)
    ]
    assert pq.read_table(tmp_path / "out" / "a")["application_id"].to_pylist() == [*range(1, 30), 40]


def test_score_portfolio__repeats_stopped_or_out_of_order__same_bytes(tmp_path, engine) -> None:
    path = written(tmp_path, pa.array([*range(1, 30), 3, 9, 29, 29]))
    whole = run(path, tmp_path / "whole", engine, HereScorer(engine))
    with pytest.raises(KeyboardInterrupt):
        run(path, tmp_path / "again", engine, Stopping(engine))

    assert run(path, tmp_path / "again", engine, HereScorer(engine)) == whole
    assert run(path, tmp_path / "other", engine, Backwards(engine)) == whole
