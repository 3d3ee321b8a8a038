"""Custody on a database, and somebody to ask it."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text

from backend.access.principal import Principal, PrincipalKind
from backend.access.roles import Role
from backend.custody import service
from backend.custody.kinds import KeyKind
from backend.custody.service import CustodyDesk
from backend.database import Database
from backend.problems import Problem
from tests.backend.conftest import database_from_template
from tests.backend.custody.documents import (
    PRODUCT,
    OurAuthorities,
    OurContracts,
    document,
)
from tests.backend.vault_room import START, TENANT, Clock, make_vault


def strong(principal: Principal, at: int = START) -> Principal:
    return replace(principal, strong_at=at)


def customer() -> Principal:
    return Principal(PrincipalKind.PERSON, uuid.uuid4(), TENANT, frozenset({Role.POLICYHOLDER}), None, START)


@dataclass
class Room:
    """Custody on a database, and somebody to ask it."""

    database: Database
    desk: CustodyDesk
    clock: Clock
    ada: Principal
    authorities: OurAuthorities

    @property
    def ada_id(self) -> UUID:
        assert self.ada.principal_id is not None
        return self.ada.principal_id

    def make(self, who: Principal | None = None, kind: KeyKind = KeyKind.HOLDER) -> str:
        who = who or self.ada
        assert who.principal_id is not None
        with self.database.scoped(who) as session:
            return service.ensure_key(session, self.desk, who, who.principal_id, kind=kind).address

    def sign(self, what: Any, who: Principal | None = None, **how: Any) -> bytes:
        who = who or self.ada
        with self.database.scoped(who) as session:
            return service.sign(session, self.desk, who, how.pop("person", self.ada_id), what, **how)

    def refused(self, what: Any, who: Principal | None = None, **how: Any) -> Problem:
        with pytest.raises(Problem) as refused:
            self.sign(what, who, **how)
        return refused.value

    def audited(self, word: str) -> list[str]:
        with self.database.every_tenant() as session:
            found = session.scalars(text("SELECT content::text FROM audit_inbox ORDER BY arrival"))
            return [content for content in found if word in content]


@pytest.fixture(scope="module")
def own_database(template: str) -> Iterator[Database]:
    with database_from_template(template) as found:
        yield found


@pytest.fixture
def room(own_database: Database, tmp_path: Path) -> Room:
    found, clock = make_vault(tmp_path)
    given = OurAuthorities()
    desk = CustodyDesk(found, OurContracts(), own_database, clock, given)
    return Room(own_database, desk, clock, customer(), given)


def notice(address: str, **said: Any) -> Any:
    return document("LossNotice", {"product": PRODUCT, "policyId": 7, "claimed": 500, "signer": address} | said)
