"""The daily purge: what has been kept long enough is destroyed. Dry first, told in numbers, then done.

Restricted persons are left alone: their data may be needed for a legal claim.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import Final
from uuid import UUID

import structlog
from sqlalchemy.orm import Session

from backend.access.principal import Principal
from backend.database import Database
from backend.vault import erasure, repository, standing
from backend.vault.records import ContractTerms, SealedRecord
from backend.vault.retention import DAY_SECONDS, Category, Term, kept_until, purged_at
from backend.vault.sealing import Vault

log = structlog.get_logger()

POLL_SECONDS: Final = 60.0
_PAGE: Final = 500
_FIRST: Final = UUID(int=0)
Gone = Callable[[Session, Sequence[UUID]], None]
"""Told of records that were destroyed, in the transaction in which they were: what is derived of them goes too."""


@dataclass(frozen=True, slots=True)
class Purged:
    """Numbers of a purge by category: due (and destroyed unless dry), kept by duty or time, held by restriction."""

    dry: bool
    due: Mapping[str, int]
    kept: Mapping[str, int]
    held: Mapping[str, int]
    terms_noted: int


def purge(database: Database, vault: Vault, terms: ContractTerms, gone: Gone, *, dry: bool = True) -> Purged:
    """Look at every record, and destroy what is due unless `dry`. Each person's records go in one transaction."""
    noted = _note_terms(database, terms, dry=dry)
    with database.every_tenant() as session:
        restricted = standing.restricted(session)
    due: Counter[str] = Counter()
    kept: Counter[str] = Counter()
    held: Counter[str] = Counter()
    victims: dict[tuple[UUID, UUID], list[UUID]] = {}
    for found in _live(database):
        record = replace(found, term=noted.get(found.subject, found.term))
        whose = (record.label.tenant_id, record.label.person_id)
        if not is_due(vault, record):
            kept[record.label.category] += 1
        elif whose in restricted:
            held[record.label.category] += 1
        else:
            due[record.label.category] += 1
            victims.setdefault(whose, []).append(record.label.record_id)
    if not dry:
        for whose, record_ids in victims.items():
            _destroy(database, vault, gone, whose, set(record_ids))
    told = Purged(dry, dict(due), dict(kept), dict(held), len(noted))
    log.info("vault.purged", dry=dry, due=told.due, kept=told.kept, held=told.held, terms_noted=told.terms_noted)
    return told


def is_due(vault: Vault, record: SealedRecord) -> bool:
    """Whether a record has been kept long enough, and no duty runs."""
    rule, now = vault.rules.categories[Category(record.label.category)], vault.clock()
    duty = kept_until(rule, record.term)
    return purged_at(rule, record.term, record.sealed_at) <= now and (duty is None or duty <= now)


class DailyPurge:
    """A worker's step: dry run and purge, once a day.

    Args:
        terms: When contracts end, from what the chain tells.
        gone: Forgets what is derived of records.
    """

    def __init__(self, database: Database, vault: Vault, terms: ContractTerms, gone: Gone) -> None:
        self._database = database
        self._vault = vault
        self._terms = terms
        self._gone = gone
        self._next_at = 0

    def step(self) -> bool:
        """Purge when a day has passed. Returns whether there is nothing to do now."""
        now = self._vault.clock()
        if now < self._next_at:
            return True
        purge(self._database, self._vault, self._terms, self._gone, dry=True)
        purge(self._database, self._vault, self._terms, self._gone, dry=False)
        self._next_at = now + DAY_SECONDS
        return True


def _destroy(
    database: Database, vault: Vault, gone: Gone, whose: tuple[UUID, UUID], record_ids: set[UUID]
) -> None:  # fmt: skip
    tenant_id, person_id = whose
    with database.every_tenant() as session:
        found = [
            record
            for record in repository.of_person(session, tenant_id, person_id, lock=True)
            if record.label.record_id in record_ids and is_due(vault, record)
        ]
        if found and not standing.is_restricted(session, tenant_id, person_id):
            worker = Principal.worker(tenant_id)
            done = erasure.destroy(session, vault, worker, found, person_id=person_id, reason="retention_over")
            gone(session, done.record_ids)


def _note_terms(database: Database, terms: ContractTerms, *, dry: bool) -> dict[bytes, Term]:
    """Note when contracts end, where records say otherwise or nothing: contracts begin, are changed and cancelled.

    Returns:
        By subject, what was noted, or would be.
    """
    said: dict[bytes, set[Term]] = {}
    for record in _live(database):
        if record.subject:
            said.setdefault(record.subject, set()).add(record.term)
    noted: dict[bytes, Term] = {}
    subjects = iter(said)
    while part := list(islice(subjects, _PAGE)):
        with database.every_tenant() as session:
            changed = {s: term for s, term in terms(session, part).items() if said[s] != {term}}
            if not dry:
                for subject, term in changed.items():
                    repository.note_term(session, subject, term)
        noted |= changed
    return noted


def _live(database: Database) -> Iterator[SealedRecord]:
    after = _FIRST
    while True:
        with database.every_tenant() as session:
            page = repository.live(session, after=after, limit=_PAGE)
        yield from page
        if len(page) < _PAGE:
            return
        after = page[-1].label.record_id
