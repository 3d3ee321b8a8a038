"""Finished batches on disk, so that a run that was killed goes on where it stopped; and the result made of them.

A part appears under its name whole or not at all. The folder carries the plan it belongs to; parts of another input,
engine or model are thrown away.
"""

import fcntl
import json
import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import pyarrow as pa
import pyarrow.parquet as pq

from oracle.risk.portfolio.batch import Scored
from oracle.risk.portfolio.reports import REFUSAL
from oracle.risk.portfolio.table import PortfolioInvalid

Plan = Mapping[str, str | int]
PLAN_FILE: Final = "plan.json"
_REPORTS, _REFUSED = "reports", "refused"
_READABLE_BY_OWNER: Final = 0o600


class Parts:
    """The folder of parts beside the output; made by `parts_of`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def done(self, batches: int) -> set[int]:
        """Batches that need not be done again."""
        names = (_REPORTS, _REFUSED)
        return {number for number in range(batches) if all(self._path(number, name).exists() for name in names)}

    def keep(self, number: int, scored: Scored) -> None:
        """Keep a batch. The reports come last and say that both are there."""
        for name, table in ((_REFUSED, scored.refused), (_REPORTS, scored.reports)):
            with _appearing(self._path(number, name)) as path, pa.ipc.new_file(path, table.schema) as writer:
                writer.write_table(table)

    def merge(self, batches: int, schema: pa.Schema, reports: Path, refused: Path) -> tuple[int, int]:
        """Put all parts together into two Parquet files, each appearing whole.

        Returns:
            How many applications were reported and refused.
        """
        set_aside = self._merged(batches, _REFUSED, REFUSAL, refused)
        return self._merged(batches, _REPORTS, schema, reports), set_aside

    def clear(self) -> None:
        """Remove the folder."""
        shutil.rmtree(self.folder)

    def _merged(self, batches: int, name: str, schema: pa.Schema, target: Path) -> int:
        rows = 0
        with _appearing(target) as path, pq.ParquetWriter(path, schema, compression="zstd") as writer:
            for number in range(batches):
                table = self._read(number, name)
                rows += table.num_rows
                if table.num_rows:
                    writer.write_table(table.replace_schema_metadata(schema.metadata))
        return rows

    def _read(self, number: int, name: str) -> pa.Table:
        with pa.OSFile(str(self._path(number, name))) as source:
            return pa.ipc.open_file(source).read_all()

    def _path(self, number: int, name: str) -> Path:
        return self.folder / f"{number:06d}.{name}.arrow"


@contextmanager
def parts_of(reports: Path, plan: Plan) -> Iterator[Parts]:
    """The parts of a run that writes `reports`; those of an earlier run with the same plan are still there.

    Raises:
        PortfolioInvalid: Another run writes the same output, or the folder cannot be made.
    """
    folder = reports.with_name(reports.name + ".parts")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock = os.open(folder, os.O_RDONLY)
    except OSError as error:
        raise PortfolioInvalid("--out", str(reports), "cannot be written", "Name a place you may write to") from error
    try:
        _lock(lock, reports)
        written = json.dumps(dict(plan), sort_keys=True)
        if _plan_in(folder) != written:
            _empty(folder)
            with _appearing(folder / PLAN_FILE) as path:
                path.write_text(written, "utf-8")
        yield Parts(folder)
    finally:
        os.close(lock)


def _lock(lock: int, reports: Path) -> None:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        raise PortfolioInvalid("--out", str(reports), "is being written by another run", "Wait for it") from error


def _plan_in(folder: Path) -> str | None:
    try:
        return (folder / PLAN_FILE).read_text("utf-8")
    except (OSError, UnicodeDecodeError):
        return None


def _empty(folder: Path) -> None:
    for path in folder.iterdir():
        path.unlink()


@contextmanager
def _appearing(path: Path) -> Iterator[Path]:
    """A path to write to; what is written appears at `path` whole and on disk, or not at all.

    Readable by its owner alone: it says how people were assessed.
    """
    partial = path.with_name(path.name + ".partial")
    os.close(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, _READABLE_BY_OWNER))
    partial.chmod(_READABLE_BY_OWNER)
    yield partial
    with partial.open("rb+") as content:
        os.fsync(content.fileno())
    partial.replace(path)
