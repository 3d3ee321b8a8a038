"""A log to tamper with: recorded, placed and signed as in service, with its heads kept elsewhere."""

from __future__ import annotations

import json
import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import text
from sqlalchemy.orm import Session

from backend.access.principal import Principal, PrincipalKind
from backend.access.roles import Role
from backend.audit import exports, merkle, repository, sequencer, service
from backend.audit.checkpoints import Head, HeadSigner
from backend.audit.entries import FIRST_PREVIOUS
from backend.audit.repository import KeptHead
from backend.audit.verify import TrustedHead
from backend.database import Database
from domain.hashing import canonical_json

TENANT: Final = UUID(int=1)
ANCHOR: Final = "0x" + "11" * 20
SIGNER: Final = HeadSigner(Ed25519PrivateKey.from_private_bytes(bytes(range(32))))
STRANGER: Final = HeadSigner(Ed25519PrivateKey.from_private_bytes(bytes(range(1, 33))))
OPERATIONS: Final = ("claims.read", "claims.decide", "quotes.make", "vault.open", "consents.give")


@dataclass(frozen=True, slots=True)
class TamperLog:
    """The log's export as it should be, and the heads the chain has of it."""

    lines: tuple[bytes, ...]
    kept: tuple[TrustedHead, ...]

    @property
    def heads(self) -> int:
        """Signed heads in the export."""
        return len(self.kept)


def make_log(database: Database, entries: int, heads: int, seed: int) -> TamperLog:
    """Record `entries`, sign `heads` of it at random sizes, the last over all."""
    rng = random.Random(seed)
    staff = [
        Principal(PrincipalKind.PERSON, UUID(int=100 + n), TENANT, frozenset({role}))
        for n, role in enumerate((Role.ADJUSTER, Role.JUNIOR_UNDERWRITER, Role.AUDITOR))
    ]
    with database.every_tenant() as session:
        for number in range(entries):
            service.record(
                session, rng.choice(staff), operation=rng.choice(OPERATIONS), subject=f"claims/{rng.randrange(50)}",
                facts={"number": number, "hash": rng.randbytes(32).hex()},
            )  # fmt: skip
    while sequencer.Sequencer(database).step():
        pass
    kept = []
    with database.every_tenant() as session:
        for size in sorted([*rng.sample(range(2, entries), heads - 1), entries]):
            head = sign(session, size)
            kept.append(TrustedHead(head.size, head.root))
        return TamperLog(tuple(export(session)), tuple(kept))


def sign(session: Session, size: int, signer: HeadSigner = SIGNER) -> Head:
    """Sign and keep a head over what the database says now."""
    head = Head(TENANT, size, service.root_at(session, TENANT, size), 1_800_000_000, 31_337, ANCHOR)
    repository.add_head(session, TENANT, KeptHead(size, head.at, signer.sign(head)))
    return head


def export(session: Session) -> list[bytes]:
    """The log as the database has it now."""
    return list(exports.lines(session, TENANT, SIGNER.public_key, exports.extent(session, TENANT).size))


def rebuild(session: Session, contents: Sequence[dict[str, object]]) -> None:
    """Write the whole log anew over these entries, as its keeper could: places, chain and tree all right again."""
    nodes: dict[merkle.Node, bytes] = {}
    frontier = merkle.Frontier(keep=nodes.__setitem__)
    previous = FIRST_PREVIOUS
    rows = []
    for sequence, entry in enumerate(contents):
        leaf = canonical_json(entry | {"sequence": sequence, "previous": previous.hex()})
        previous = merkle.leaf_hash(leaf)
        frontier.append(previous)
        entry_id = str(UUID(int=10**9 + sequence))
        rows.append({"tenant": TENANT, "sequence": sequence, "entry": entry_id, "leaf": leaf.decode()})
    session.execute(text("DELETE FROM audit_entries; DELETE FROM audit_nodes"))
    session.execute(
        text(
            "INSERT INTO audit_entries VALUES (:tenant, :sequence, :entry, 0, 'x.y', 'done', 'x', NULL, :leaf)"
        ),
        rows,
    )  # fmt: skip
    session.execute(
        text("INSERT INTO audit_nodes VALUES (:tenant, :level, :index, :hash)"),
        [{"tenant": TENANT, "level": level, "index": index, "hash": h} for (level, index), h in nodes.items()],
    )


def contents(session: Session) -> list[dict[str, object]]:
    """Every entry as it is written, in order."""
    rows = session.scalars(text("SELECT leaf FROM audit_entries ORDER BY sequence"))
    return [json.loads(leaf) for leaf in rows]
