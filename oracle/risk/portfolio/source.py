"""A portfolio's file, read in batches of bounded size: the file may be larger than memory."""

import hashlib
from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import pyarrow as pa
import pyarrow.parquet as pq

from oracle.risk.application import STATED_ONLY
from oracle.risk.indicators import Kind
from oracle.risk.portfolio.table import STATED, PortfolioInvalid, check_columns, flat, identified

BATCH_ROWS: Final = 65_536
_READ_BYTES: Final = 1 << 20
_CHOICES: Final = [name for name, about in STATED.items() if about.kind is Kind.CHOICE] + ["line", "party", STATED_ONLY]


@dataclass(frozen=True, slots=True)
class Batch:
    """Consecutive rows of a portfolio; batch n begins at row n times the size of a batch.

    Attributes:
        repeats: Places in the batch whose application id an earlier row of the portfolio has, and which row.
    """

    number: int
    first_row: int
    table: pa.Table
    repeats: Mapping[int, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Portfolio:
    """A file of applications whose columns are those of applications.

    Attributes:
        sha256: Of the file.
    """

    path: Path
    rows: int
    sha256: str
    application_id: pa.DataType
    batch_rows: int = BATCH_ROWS

    @property
    def batches(self) -> int:
        """How many batches there are."""
        return -(-self.rows // self.batch_rows)

    def read(self, wanted: Set[int]) -> Iterator[Batch]:
        """The wanted batches in order. Groups of rows with nothing wanted in them are not read."""
        with _opened(self.path) as file:
            pending: list[pa.Table] = []
            for first_row, piece in self._pieces(file, wanted):
                number = first_row // self.batch_rows
                pending.append(piece)
                end = first_row + piece.num_rows
                if end == self.rows or end % self.batch_rows == 0:
                    yield Batch(number, number * self.batch_rows, pa.concat_tables(pending).combine_chunks())
                    pending = []

    def ids(self) -> Iterator[list[int]]:
        """Application ids in order, so many rows at a time.

        Raises:
            PortfolioInvalid: One is no application id.
        """
        row = 0
        with _opened(self.path) as file:
            for found in file.iter_batches(self.batch_rows, columns=["application_id"]):
                ids = flat(pa.Table.from_batches([found]), "application_id")
                for place in (~identified(ids)).nonzero()[0].tolist():
                    problem = f"is no application id (row {row + place})"
                    raise PortfolioInvalid("application_id", ids[place].as_py(), problem, "Give 1 to 2^128 - 1")
                yield [int(each) for each in ids.to_pylist()]
                row += len(found)

    def _pieces(self, file: pq.ParquetFile, wanted: Set[int]) -> Iterator[tuple[int, pa.Table]]:
        """Rows of wanted batches, in order, none across the border of a batch."""
        row = 0
        for group in range(file.metadata.num_row_groups):
            end = row + file.metadata.row_group(group).num_rows
            if wanted.isdisjoint(range(row // self.batch_rows, -(-end // self.batch_rows))):
                row = end
                continue
            for found in file.iter_batches(self.batch_rows, row_groups=[group]):
                piece = pa.Table.from_batches([found])
                while piece.num_rows:
                    room = self.batch_rows - row % self.batch_rows
                    if row // self.batch_rows in wanted:
                        yield row, piece.slice(0, room)
                    row += min(room, piece.num_rows)
                    piece = piece.slice(room)


def open_portfolio(path: Path, extras: Sequence[str] = (), batch_rows: int = BATCH_ROWS) -> Portfolio:
    """A portfolio from its Parquet file.

    Args:
        extras: Further columns a learned model asks for.
    Raises:
        PortfolioInvalid: No such file, not Parquet, or wrong columns.
    """
    try:
        with path.open("rb") as content:
            sha256 = hashlib.file_digest(content, "sha256").hexdigest()
        with pq.ParquetFile(path) as file:
            check_columns(file.schema_arrow, extras)
            rows, id_type = file.metadata.num_rows, file.schema_arrow.field("application_id").type
    except OSError as error:
        problem = f"cannot be read ({(error.strerror or 'damaged').lower()})"
        raise PortfolioInvalid("--in", str(path), problem, "Name a Parquet file of applications") from error
    except pa.ArrowException as error:
        problem = "is no Parquet file"
        raise PortfolioInvalid("--in", str(path), problem, "Write the applications as Parquet") from error
    return Portfolio(path, rows, sha256, id_type, batch_rows)


def _opened(path: Path) -> pq.ParquetFile:
    """With repeated words as dictionaries, and no more of a column in memory than is being read."""
    there = pq.read_schema(path).names
    words = [name for name in _CHOICES if name in there]
    return pq.ParquetFile(path, read_dictionary=words, buffer_size=_READ_BYTES, pre_buffer=False)
