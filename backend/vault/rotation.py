"""New keys without a pause: what is new is sealed under the new key at once, the rest is wrapped anew in small batches.

A rotation may stop anywhere and be gone on with: what it has left to do is what the database says. Old keys are
destroyed in a step of its own, when nothing needs them and they have been retired for longer than a request lasts.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final
from uuid import UUID

import structlog
from sqlalchemy.orm import Session

from backend.access.principal import Principal
from backend.audit import service as audit
from backend.audit.entries import HOUSE_TENANT
from backend.database import Database
from backend.vault import repository, standing
from backend.vault.envelopes import RecordUnreadable
from backend.vault.keys import KeyUnknown
from backend.vault.records import LEGACY_SCHEME, SealedRecord
from backend.vault.sealing import Vault, content_of, read_content, served

log = structlog.get_logger()

BATCH: Final = 100
GRACE_SECONDS: Final = 3600
"""A key that was retired for shorter may still be in the hands of a request on its way."""

_FIRST: Final = UUID(int=0)


class KeysInUse(Exception):
    """Keys cannot be destroyed yet. The text says why and what to do."""


@dataclass(frozen=True, slots=True)
class Rewrapped:
    """What a rotation did: records wrapped anew, and ids of those no key here opens."""

    done: int
    unreadable: tuple[UUID, ...]


@dataclass(frozen=True, slots=True)
class VaultStatus:
    """Records under each key, the current one, the keys held, and certificates that wait for keys to be destroyed."""

    current: str
    held: frozenset[str]
    records: dict[str, int]
    open_certificates: int

    @property
    def behind(self) -> int:
        """Records not yet under the current key."""
        return sum(count for key_id, count in self.records.items() if key_id != self.current)


def new_key(database: Database, vault: Vault) -> str:
    """Make a new key current. Returns its id."""
    key_id = served(vault.keys.rotate)
    with database.every_tenant() as session:
        _tell(session, "vault.rotate", f"keys/{key_id}", {})
    log.info("vault_key.rotated", key_id=key_id)
    return key_id


def rewrap_all(
    database: Database, vault: Vault, *, batch: int = BATCH, pause: Callable[[], None] = lambda: None
) -> Rewrapped:
    """Wrap everything under the current key, a batch each transaction, `pause` between them."""
    done, unreadable, after = 0, set[UUID](), _FIRST
    while True:
        with database.every_tenant() as session:
            found = repository.not_under(session, served(vault.keys.current_id), after=after, limit=batch)
            for record in found:
                try:
                    repository.rewrap(session, _rewrapped(vault, record))
                    done += 1
                except (KeyUnknown, RecordUnreadable):
                    log.error("vault_record.unreadable", record_id=str(record.label.record_id))
                    unreadable.add(record.label.record_id)
        if not found:
            break
        after = found[-1].label.record_id
        pause()
    return Rewrapped(done, tuple(sorted(unreadable)))


def destroy_old_keys(database: Database, vault: Vault, *, grace_seconds: int = GRACE_SECONDS) -> frozenset[str]:
    """Destroy every key but the current one, and close the certificates that waited for it. Returns their ids.

    Args:
        grace_seconds: Keys retired for shorter are kept.
    Raises:
        KeysInUse: Records are still wrapped under one of them; nothing was destroyed.
    """
    now = vault.clock()
    found = status(database, vault)
    if found.behind:
        raise KeysInUse(f"{found.behind} records are not under key {found.current}. Run: quittance vault rewrap")
    gone = served(lambda: vault.keys.destroy(now - grace_seconds))
    held = served(vault.keys.ids)
    with database.every_tenant() as session:
        closed = [c for c in standing.open_certificates(session) if not set(c.key_ids) & held]
        standing.note_keys_destroyed(session, [c.certificate_id for c in closed], now)
        for certificate in closed:
            _tell(session, "vault.seal_backups", f"erasures/{certificate.certificate_id}", {"keys_destroyed_at": now})
        if gone:
            _tell(session, "vault.destroy_keys", f"keys/{found.current}", {"keys": sorted(gone)})
    return gone


def status(database: Database, vault: Vault) -> VaultStatus:
    """Where the vault stands."""
    with database.every_tenant() as session:
        records = repository.counts_by_key(session)
        waiting = len(standing.open_certificates(session))
    return VaultStatus(served(vault.keys.current_id), served(vault.keys.ids), records, waiting)


def try_keys(database: Database, vault: Vault, limit: int) -> int:
    """Open the newest records of every key and look at none: shows that these are the keys. Returns how many.

    Args:
        limit: Of each key, at most.
    Raises:
        KeyUnknown, RecordUnreadable
    """
    opened = 0
    with database.every_tenant() as session:
        for key_id in repository.counts_by_key(session):
            for record in repository.newest(session, key_id, limit):
                vault.unseal(record)
                opened += 1
    return opened


def _rewrapped(vault: Vault, record: SealedRecord) -> SealedRecord:
    """The record under the current key; one of the first version is sealed anew, in today's form.

    Raises:
        KeyUnknown, RecordUnreadable
    """
    if record.scheme == LEGACY_SCHEME:
        data, salt = read_content(record, vault.unseal(record))
        fresh = vault.seal(record.label, content_of(data, salt), subject=record.subject, commitment=record.commitment)
        return replace(fresh, sealed_at=record.sealed_at, term=record.term)
    data_key = vault.data_key(record)
    return replace(record, wrapped_key=served(lambda: vault.keys.wrap(data_key, record.label.bytes())))


def _tell(session: Session, operation: str, subject: str, facts: dict[str, int | list[str]]) -> None:
    audit.record(session, Principal.worker(HOUSE_TENANT), operation=operation, subject=subject, facts=dict(facts))
