"""A house to be watched: a database, a chain that says what it is told to, workers that are stuck or not."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from prometheus_client import generate_latest
from sqlalchemy import text

from backend.database import Database
from backend.observability.house import House
from backend.observability.server import registry_of
from ledger.rpc import Rpc, RpcUnavailable
from tests.backend.observability.promql import Vector, scraped

NOW = 1_800_000_000
DAY = 86_400


class PretendedChain(Rpc):
    """Has a last block, or does not answer."""

    def __init__(self) -> None:
        super().__init__("http://127.0.0.1:9")
        self.head: int | None = 0

    def block_number(self) -> int:
        if self.head is None:
            raise RpcUnavailable("http://127.0.0.1:9 does not answer")
        return self.head


@dataclass
class PretendedWorker:
    """A worker."""

    name: str = "indexer"
    failure: str | None = None
    at_work: bool = True

    def start(self) -> None: ...

    def stop(self) -> None: ...


@dataclass
class PretendedKeys:
    """A vault's current key."""

    current: str = "one"

    def current_id(self) -> str:
        return self.current


@dataclass
class Watched:
    """The house and what a test can change of it."""

    database: Database
    chain: PretendedChain = field(default_factory=PretendedChain)
    worker: PretendedWorker = field(default_factory=PretendedWorker)
    keys: PretendedKeys = field(default_factory=PretendedKeys)
    backups: Path | None = None

    def scrape(self) -> Vector:
        return scraped(self.exposition())

    def exposition(self) -> str:
        house = House(self.database, self.chain, [self.worker], self.keys, lambda: NOW, self.backups)
        return generate_latest(registry_of(house)).decode()

    def run(self, *statements: str) -> None:
        with self.database.every_tenant() as session:
            session.execute(text("SET LOCAL session_replication_role = replica"))
            for statement in statements:
                session.execute(text(statement))
