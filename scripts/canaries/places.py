"""Where data of a backend ends up, read anew each time it is searched."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import text

from backend.backups.making import Maker
from backend.backups.manifest import DATABASE
from backend.backups.postgres import programs, written
from backend.backups.restoring import extract_documents
from backend.backups.sealing import make_identity, read_identity, read_recipient, unseal
from backend.database import Database
from backend.dependencies import wall_clock
from ledger.rpc import Rpc
from scripts.canaries.searching import chain, files_below, pieces
from scripts.figures.dumps import dump


@dataclass(frozen=True, slots=True)
class Place:
    """Somewhere data ends up."""

    name: str
    read: Callable[[], Iterable[bytes]]


def places(database: Database, home: Path, pgdata: Path, deployment: Path, rpc: Rpc) -> list[Place]:
    """Of a backend that works in `home`: `backend.log` and `traces` are there."""

    def flushed() -> Iterable[bytes]:
        with database.transaction() as session:
            session.execute(text("CHECKPOINT"))
        return files_below(pgdata)

    return [
        Place("database's dump", lambda: [dump(database)]),
        Place("database's files and write-ahead log", flushed),
        Place("back-ups, as they lie and opened", lambda: _backups(database, home, deployment)),
        Place("backend's log", lambda: pieces(home / "backend.log")),
        Place("traces", lambda: pieces(home / "traces")),
        Place("call data and events", lambda: chain(rpc)),
    ]


def _backups(database: Database, home: Path, deployment: Path) -> Iterator[bytes]:
    """A back-up made now: its files, then what they hold."""
    with tempfile.TemporaryDirectory(dir=home) as name:
        folder = Path(name)
        identity_file = folder / "identity"
        recipient = read_recipient(make_identity(identity_file))
        identity, found = read_identity(identity_file), programs(None)
        made = Maker(database, folder / "backups", recipient, deployment, found, None, wall_clock).make()
        yield from files_below(made)
        with (made / DATABASE).open("rb") as sealed, (folder / "dump").open("wb") as opened:
            unseal(sealed, opened, identity)
        with written(found, folder / "dump") as script, (folder / "script").open("wb") as plain:
            shutil.copyfileobj(script, plain)
        yield from pieces(folder / "script")
        extract_documents(made, identity, folder / "documents")
        yield from files_below(folder / "documents")
