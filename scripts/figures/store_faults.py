"""An insurer's evidence store against every fault of the network and every lie: no report, or the one the root binds.

A claim is looked at by a node's own observer, its dossier fetched over HTTP. What counts is the observation a node
would sign: the one an honest store gives, or none with the reason. Anything else is wrong.
"""

from __future__ import annotations

import random
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field, replace
from enum import StrEnum
from itertools import product
from pathlib import Path
from typing import Final, cast

from domain.evidence.dossier import Dossier, Entry, EvidenceFile, manifest_bytes, open_dossier, seal_dossier
from domain.evidence.sniff import TEXT
from domain.hashing import keccak256
from ledger.deployment import Deployment
from oracle.claims.book import ClaimsBook
from oracle.claims.chain import ClaimChain
from oracle.claims.folder import MANIFEST
from oracle.claims.held import Held
from oracle.claims.in_hand import InHand
from oracle.claims.known import KnownEvidence
from oracle.claims.observe import LossObserver
from oracle.claims.reading import KeptReader
from oracle.claims.store import TOTAL_SECONDS, EvidenceStore
from oracle.rounds.statements import Observation
from scripts.same_bytes.claim_inputs import write_claims
from scripts.same_bytes.claim_node import KEYS, FiledChain
from scripts.same_bytes.names import DEPLOYMENT, DOSSIERS, PRODUCT
from scripts.source_replay import Fault, Replay, replaying

MANIFEST_PART: Final = "manifest"
KEY: Final = "key-of-a-store-that-nobody-runs"
SEED: Final = 7
CLAIMS: Final = 2
Bodies = Mapping[str, bytes]


class Came(StrEnum):
    """What came of looking at a claim."""

    CORRECT = "the honest report"
    REFUSED = "none, with the reason"
    WRONG = "another report"
    CRASH = "crash"


@dataclass
class Tally:
    """All looks.

    Attributes:
        honest: At a store without fault.
        faults, lies: Under a fault of the network; at a store that tells something else.
        slowest: Seconds of the longest dossier under a fault.
    """

    honest: Counter[Came] = field(default_factory=Counter)
    faults: Counter[Came] = field(default_factory=Counter)
    lies: Counter[Came] = field(default_factory=Counter)
    slowest: float = 0.0


class TimedStore(EvidenceStore):
    """A node's client of a store, which notes how long the last dossier took, seconds."""

    took: float = 0.0

    def dossier(self, claim_id: int, root: bytes) -> Dossier:
        """As any client."""
        started = time.monotonic()
        try:
            return super().dossier(claim_id, root)
        finally:
            self.took = time.monotonic() - started


class Room:
    """A chain with some claims, a node's observer, and a store that can be spoilt."""

    def __init__(self, folder: Path, replay: Replay, book: ClaimsBook, reader: KeptReader) -> None:
        self._folder, self._chain, self.replay = folder, FiledChain(folder), replay
        self.longest = 0.0
        self._stores: dict[str, EvidenceStore] = {}
        chain = cast(ClaimChain, self._chain)
        self._observer = LossObserver(chain, self._stores, KEYS, KnownEvidence(book), reader, InHand(), Held())
        self._honest: dict[int, Observation] = {}

    def dossier(self, number: int) -> Dossier:
        """The dossier of a claim as it was sealed."""
        notice = self._chain.notice(number)
        place = self._folder / DOSSIERS / f"{notice.claim_id:064x}"
        files = [path for path in place.iterdir() if path.name != MANIFEST]
        contents = {bytes.fromhex(path.name).decode(): path.read_bytes() for path in files}
        return open_dossier((place / MANIFEST).read_bytes(), contents, notice.evidence_root)

    def look(self, number: int, total_seconds: float = TOTAL_SECONDS) -> Came:
        """Look at a claim with the store as it is now; the first look is taken for the honest one.

        Each look is a client's first: one that was told to wait a minute would not ask again.
        """
        store = TimedStore(self.replay.url, KEY, total_seconds=total_seconds, sleep=lambda _: None)
        with closing(store):
            self._stores[PRODUCT] = store
            try:
                seen = self._observer.observe(self._chain.notice(number).claim_id, self._chain.block)
            except Exception:  # whatever else comes out is what this counts
                return Came.CRASH
            finally:
                self.longest = max(self.longest, store.took)
        if isinstance(seen.observation, Observation):
            honest = self._honest.setdefault(number, seen.observation)
            return Came.CORRECT if seen.observation == honest else Came.WRONG
        explained = seen.observation.fields[0].startswith("evidence.") and len(seen.detail) > 20
        return Came.REFUSED if explained else Came.CRASH


@contextmanager
def room(claims: int = CLAIMS) -> Iterator[Room]:
    """Everything for the length of a `with` block."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="quittance-store-")))
        write_claims(folder, claims, random.Random(SEED))  # repeatable, guards nothing
        replay = stack.enter_context(replaying(b""))
        replay.key = KEY
        book = stack.enter_context(closing(ClaimsBook(folder, Deployment.load(folder / DEPLOYMENT))))
        reader = stack.enter_context(closing(KeptReader()))
        reader.start()
        yield Room(folder, replay, book, reader)


def bodies_of(dossier: Dossier) -> dict[str, bytes]:
    """What an honest store serves, by the last part of the path."""
    return {MANIFEST_PART: dossier.manifest(), **{file.name: file.content for file in dossier.files}}


def tallied(total_seconds: float) -> Tally:
    """Every claim without fault, under every fault at manifest, one file and everywhere, and at every lie.

    Args:
        total_seconds: Longest a dossier may take under a fault. Otherwise it is as in use, so that no lie is refused
            for being late.
    """
    found = Tally()
    with room() as made:
        for number in range(1, CLAIMS + 1):
            dossier = made.dossier(number)
            made.replay.bodies = bodies_of(dossier)
            found.honest[made.look(number)] += 1
            made.longest = 0.0
            for part, fault in product((MANIFEST_PART, dossier.files[0].name, None), list(Fault)[1:]):
                made.replay.faulty, made.replay.fault = part, fault
                found.faults[made.look(number, total_seconds)] += 1
            found.slowest = max(found.slowest, made.longest)
            made.replay.faulty, made.replay.fault = None, Fault.NONE
            for bodies in lies(dossier, made.dossier(CLAIMS + 1 - number)):
                made.replay.bodies = bodies
                found.lies[made.look(number)] += 1
            made.replay.bodies = bodies_of(dossier)
            found.honest[made.look(number)] += 1
    return found


def lies(dossier: Dossier, other: Dossier) -> Iterator[Bodies]:
    """What a store may serve in place of a dossier: stale, of another claim, or contradicting itself."""
    honest, salts = bodies_of(dossier), [entry.salt for entry in dossier.entries]
    first, last = dossier.files[0], dossier.files[-1]
    yield bodies_of(other)
    yield {**bodies_of(other), MANIFEST_PART: honest[MANIFEST_PART]}
    yield {**honest, MANIFEST_PART: other.manifest()}
    yield bodies_of(_before(dossier))
    yield {**honest, MANIFEST_PART: _before(dossier).manifest()}
    yield {**bodies_of(_before(dossier)), MANIFEST_PART: honest[MANIFEST_PART]}
    yield {**honest, MANIFEST_PART: seal_dossier(dossier.files, [keccak256(salt) for salt in salts]).manifest()}
    yield {**honest, MANIFEST_PART: honest[MANIFEST_PART].replace(b":", b": ", 1)}
    yield {**honest, MANIFEST_PART: manifest_bytes(dossier.entries[::-1])}
    yield {**honest, MANIFEST_PART: manifest_bytes([*dossier.entries, dossier.entries[0]])}
    yield {**honest, MANIFEST_PART: manifest_bytes([*dossier.entries, _named("../../manifest")])}
    yield {**honest, MANIFEST_PART: manifest_bytes([])}
    yield {**honest, MANIFEST_PART: manifest_bytes([replace(dossier.entries[0], size=2**40), *dossier.entries[1:]])}
    yield {**honest, first.name: last.content, last.name: first.content}
    for file in dossier.files:
        yield {name: content for name, content in honest.items() if name != file.name}
        for changed in (b"", file.content[:-1], file.content + b" ", _one_bit(file.content), other.files[0].content):
            yield {**honest, file.name: changed}
        forged = [replace(each, content=_one_bit(each.content)) if each is file else each for each in dossier.files]
        yield bodies_of(Dossier(tuple(map(_entry, forged, salts)), tuple(forged)))


def _before(dossier: Dossier) -> Dossier:
    """The dossier as it stood before its last paper came in."""
    files = dossier.files[:-1]
    return seal_dossier(files, [entry.salt for entry in dossier.entries[:-1]])


def _entry(file: EvidenceFile, salt: bytes) -> Entry:
    return Entry(file.name, file.media_type, len(file.content), keccak256(file.content), salt)


def _named(name: str) -> Entry:
    return _entry(EvidenceFile(name, TEXT, b"x"), bytes(32))


def _one_bit(content: bytes) -> bytes:
    return content[:-1] + bytes([content[-1] ^ 1])
