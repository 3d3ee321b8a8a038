"""Asking for a transaction, and where it stands."""

from __future__ import annotations

import uuid
from collections.abc import Iterable

from sqlalchemy.orm import Session

from backend.chain.intents import repository
from backend.chain.intents.models import WAITING, IntentRow, IntentStatus
from backend.observability.carried import Carried, current
from domain.hashing import keccak256

MAX_KEY_LENGTH = 112
"""A further try adds a mark to the sender's key, which has 120 characters."""


class IntentKeyReused(ValueError):
    """The key already stands for another call. Derive keys from what the call does."""


def submit(
    session: Session, *, key: str, tenant_id: uuid.UUID | None, kind: str, to: str, calldata: bytes,
    gas: int | None = None, asked_by: str | None = None, after: str | None = None, simulated: bool = False,
    event_ids: Iterable[int] = (), carried: Carried | None = None,
) -> bool:  # fmt: skip
    """Ask for a transaction, in the caller's own transaction: it goes out once that has committed.

    Args:
        key: Derived from what the call does, so that the same thing is asked for once; at most 112 characters.
        tenant_id: Whose it is; None for the house itself.
        kind: What it is, as `backend.chain.kinds` knows it or a name of its own.
        gas: Gas limit; estimated when left out.
        asked_by: Who asked: an id, never a name.
        after: Key of an intent that must be in a block first.
        simulated: The caller has run the call itself; it is not run again before it first goes out.
        event_ids: Insured events it deals with: no other intent may while this one is on its way.
        carried: Where it comes from; left out: the work at hand.
    Returns:
        Whether it is new. False: it was asked for before, or one of its events is being dealt with.
    Raises:
        IntentKeyReused: The key stands for another call.
        ValueError: The key is too long.
    """
    if len(key) > MAX_KEY_LENGTH:
        raise ValueError(f"key {key!r} has {len(key)} characters, at most {MAX_KEY_LENGTH} are taken. Hash it.")
    digest = keccak256(calldata)
    values = {
        "key": key, "tenant_id": tenant_id, "kind": kind, "contract": to, "calldata": calldata,
        "calldata_hash": digest, "gas": gas, "simulated": simulated, "asked_by": asked_by, "after_key": after,
        "status": IntentStatus.PREPARED, "sender_key": key, "carried": (carried or current()).as_json(),
    }  # fmt: skip
    added = repository.add(session, values, event_ids)
    if not added:
        found = repository.get(session, key)
        if found is not None and (found.contract, found.calldata_hash) != (to, digest):
            raise IntentKeyReused(f"key {key!r} stands for another call already. Derive keys from what a call does.")
    return added


def find(session: Session, key: str) -> IntentRow | None:
    """Where an intent stands; None: nobody asked for it."""
    return repository.get(session, key)


def is_waiting(session: Session, key: str) -> bool:
    """Whether an intent is still expected to be mined."""
    found = repository.get(session, key)
    return found is not None and found.status in WAITING


def next_key(session: Session, stem: str) -> str:
    """`stem` with the number of times this was tried before and came to nothing."""
    return f"{stem}:{repository.tried(session, stem)}"


def counts(session: Session) -> dict[str, int]:
    """How many intents stand how."""
    return repository.counts(session)
