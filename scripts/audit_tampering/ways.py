"""The ways themselves. Each takes a generator of chance and gives an export that should not verify."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from typing import Any, Final

from sqlalchemy import text
from sqlalchemy.orm import Session

from domain.hashing import canonical_json
from scripts.audit_tampering.log import SIGNER, STRANGER, TamperLog, contents, export, rebuild, sign

Way = Callable[[random.Random, Session, TamperLog], list[bytes]]


def _edited(rng: random.Random, entry: dict[str, Any]) -> dict[str, Any]:
    """Say something else in an entry."""
    changed: dict[str, Any] = json.loads(json.dumps(entry))
    match rng.randrange(5):
        case 0:
            changed["content"]["subject"] = f"claims/{1000 + rng.randrange(1000)}"
        case 1:
            changed["content"]["operation"] = "claims.forget"
        case 2:
            changed["content"]["principal"]["id"] = None
        case 3:
            changed["recorded_at"] += 1 + rng.randrange(10**6)
        case _:
            changed["content"]["facts"]["number"] += 1
    return changed


def database_edit(rng: random.Random, session: Session, _log: TamperLog) -> list[bytes]:
    """Change what one entry says."""
    found = contents(session)
    number = rng.randrange(len(found))
    leaf = canonical_json(_edited(rng, found[number])).decode()
    session.execute(text("UPDATE audit_entries SET leaf = :leaf WHERE sequence = :n"), {"leaf": leaf, "n": number})
    return export(session)


def database_delete(rng: random.Random, session: Session, _log: TamperLog) -> list[bytes]:
    """Take one entry out and leave the gap."""
    number = rng.randrange(len(contents(session)))
    session.execute(text("DELETE FROM audit_entries WHERE sequence = :n"), {"n": number})
    return export(session)


def database_reorder(rng: random.Random, session: Session, _log: TamperLog) -> list[bytes]:
    """Exchange two entries."""
    a, b = rng.sample(range(len(contents(session))), 2)
    for old, new in ((a, -1), (b, a), (-1, b)):
        move = text("UPDATE audit_entries SET sequence = :new WHERE sequence = :old")
        session.execute(move, {"old": old, "new": new})
    return export(session)


def keeper_edit(rng: random.Random, session: Session, _log: TamperLog) -> list[bytes]:
    """Change one entry and mend the chain and the tree after it."""
    found = contents(session)
    number = rng.randrange(len(found))
    rebuild(session, [*found[:number], _edited(rng, found[number]), *found[number + 1 :]])
    return export(session)


def keeper_delete(rng: random.Random, session: Session, log: TamperLog) -> list[bytes]:
    """Take one entry out, close the gap, and sign the end anew with the log's own key."""
    found = contents(session)
    number = rng.randrange(len(found))
    rebuild(session, found[:number] + found[number + 1 :])
    session.execute(text("DELETE FROM audit_heads WHERE size >= :n"), {"n": number})
    sign(session, len(found) - 1)
    return _or_else(export(session), log)


def keeper_insert(rng: random.Random, session: Session, _log: TamperLog) -> list[bytes]:
    """Put an entry in between, mend the rest, and sign the end anew with the log's own key."""
    found = contents(session)
    number = rng.randrange(len(found))
    rebuild(session, [*found[:number], _edited(rng, found[number]), *found[number:]])
    session.execute(text("DELETE FROM audit_heads WHERE size > :n"), {"n": number})
    sign(session, len(found) + 1)
    return export(session)


def keeper_truncate(rng: random.Random, session: Session, log: TamperLog) -> list[bytes]:
    """Forget the end of the log, its heads with it."""
    kept = rng.randrange(log.heads - 1)
    size = log.kept[kept].size
    session.execute(text("DELETE FROM audit_heads WHERE size > :n"), {"n": size})
    rebuild(session, contents(session)[:size])
    return export(session)


def keeper_rewrite(rng: random.Random, session: Session, _log: TamperLog) -> list[bytes]:
    """Write everything anew after an edit and sign every head again, with a key of the keeper's or the log's own."""
    found = contents(session)
    number = rng.randrange(len(found))
    sizes = list(session.scalars(text("SELECT size FROM audit_heads ORDER BY size")))
    rebuild(session, [*found[:number], _edited(rng, found[number]), *found[number + 1 :]])
    session.execute(text("DELETE FROM audit_heads"))
    signer = rng.choice((SIGNER, STRANGER))
    for size in sizes:
        sign(session, size, signer)
    return export(session)


def head_edit(rng: random.Random, session: Session, _log: TamperLog) -> list[bytes]:
    """Change a character of a head's note."""
    size, note = rng.choice(session.execute(text("SELECT size, note FROM audit_heads")).all())
    place = rng.randrange(len(note))
    changed = note[:place] + ("A" if note[place] != "A" else "B") + note[place + 1 :]
    session.execute(text("UPDATE audit_heads SET note = :note WHERE size = :n"), {"note": changed, "n": size})
    return export(session)


def head_delete(rng: random.Random, session: Session, log: TamperLog) -> list[bytes]:
    """Take a head out."""
    size = rng.choice(log.kept).size
    session.execute(text("DELETE FROM audit_heads WHERE size = :n"), {"n": size})
    return export(session)


def head_forge(rng: random.Random, session: Session, log: TamperLog) -> list[bytes]:
    """Replace a head by one that somebody else signed."""
    size = rng.choice(log.kept).size
    session.execute(text("DELETE FROM audit_heads WHERE size = :n"), {"n": size})
    sign(session, size, STRANGER)
    return export(session)


def export_byte(rng: random.Random, _session: Session, log: TamperLog) -> list[bytes]:
    """Change one byte of the file."""
    whole = bytearray(b"".join(log.lines))
    whole[rng.randrange(len(whole))] ^= 1 << rng.randrange(8)
    return bytes(whole).splitlines(keepends=True)


def export_delete(rng: random.Random, _session: Session, log: TamperLog) -> list[bytes]:
    """Take a line out."""
    number = rng.randrange(len(log.lines))
    return [*log.lines[:number], *log.lines[number + 1 :]]


def export_insert(rng: random.Random, _session: Session, log: TamperLog) -> list[bytes]:
    """Put a line in, one that is there already."""
    number = rng.randrange(len(log.lines) + 1)
    return [*log.lines[:number], rng.choice(log.lines), *log.lines[number:]]


def export_reorder(rng: random.Random, _session: Session, log: TamperLog) -> list[bytes]:
    """Exchange two lines."""
    lines = list(log.lines)
    a, b = rng.sample(range(len(lines)), 2)
    lines[a], lines[b] = lines[b], lines[a]
    return lines


def export_truncate(rng: random.Random, _session: Session, log: TamperLog) -> list[bytes]:
    """Cut the file off: anywhere, or cleanly after a head with the heads beyond it."""
    whole = b"".join(log.lines)
    if rng.random() < 0.5:
        return whole[: rng.randrange(len(whole))].splitlines(keepends=True)
    kept = rng.randrange(log.heads - 1) + 1
    first = 1 + log.heads
    return [*log.lines[: 1 + kept], *log.lines[first : first + log.kept[kept - 1].size]]


def _or_else(lines: list[bytes], log: TamperLog) -> list[bytes]:
    """An export, which must differ from the true one for the case to count."""
    if tuple(lines) == log.lines:
        raise AssertionError("this tampering changed nothing")
    return lines


WAYS: Final[tuple[Way, ...]] = (
    database_edit, database_delete, database_reorder, keeper_edit, keeper_delete, keeper_insert, keeper_truncate,
    keeper_rewrite, head_edit, head_delete, head_forge, export_byte, export_delete, export_insert, export_reorder,
    export_truncate,
)  # fmt: skip
