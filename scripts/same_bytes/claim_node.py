"""Claims through a node's own observer. Chain and store are read from disk; everything after them is what runs."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final, cast

from domain.claim import ClaimState
from domain.claim_ids import claim_id as id_of
from domain.claim_ids import split_claim_id
from domain.evidence.dossier import Dossier, open_dossier
from domain.money import TokenUnits
from ledger.deployment import Deployment
from oracle.claims.book import ClaimsBook, id_text
from oracle.claims.chain import ClaimChain
from oracle.claims.facts import Block, ChainClaim, NoticedAt, PolicyFacts
from oracle.claims.folder import MANIFEST
from oracle.claims.held import Held
from oracle.claims.in_hand import InHand
from oracle.claims.known import KnownEvidence
from oracle.claims.observe import VALID_SECONDS, LossObserver
from oracle.claims.products import ProductShelf
from oracle.claims.reading import KeptReader
from oracle.claims.rules import field_rules
from oracle.claims.store import EvidenceStore
from oracle.evidence.nullifiers import NullifierKeys
from oracle.network.wanted import SignerSet, WaitingClaim, request_for
from oracle.rounds.statements import Observation
from scripts.same_bytes.names import CLAIMS, DEPLOYMENT, DESK, DOSSIERS, HOUR, PRODUCT, QUORUM
from scripts.same_bytes.told import NODES, Habits, agreed, plain

KEYS: Final = NullifierKeys({1: bytes(range(32)), 2: bytes(range(32, 64))})
_NOTE: Final = (
    "INSERT INTO notice (claim_id, block_number, log_index, noticed_at, claimant, peril, occurred_at, claimed, root, "
    "is_read) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, 0)"
)


class FiledChain:
    """Notices, policies and terms as a chain would tell them, all at one block."""

    def __init__(self, folder: Path) -> None:
        self._rows: dict[int, dict[str, Any]] = {
            row["policy"]: row for row in json.loads((folder / CLAIMS).read_text("utf-8"))
        }
        self.deployment = Deployment.load(folder / DEPLOYMENT)
        self._shelf = ProductShelf(self.deployment, folder)
        newest = max(row["noticed_at"] for row in self._rows.values())
        self.block = Block(10 + len(self._rows), "0x" + "cd" * 32, newest + HOUR)
        self.chain_id, self.desk, self.notices = self.deployment.chain_id, DESK, self

    def superseded_by(self, _claim_id: int) -> frozenset[int]:
        """No claim was reopened."""
        return frozenset()

    def open_claims(self, _block: Block) -> tuple[NoticedAt, ...]:
        """All of them."""
        return tuple(map(self.notice, self._rows))

    def notice(self, number: int) -> NoticedAt:
        """A claim's notice."""
        row = self._rows[number]
        return NoticedAt(
            id_of(PRODUCT, number, 0), row["block"], row["log"], row["noticed_at"], row["claimant"], row["peril"],
            row["occurred_at"], TokenUnits(row["claimed"]), bytes.fromhex(row["root"]),
        )  # fmt: skip

    def claim(self, claim_id: int, block: Block) -> ChainClaim:
        """A claim with its policy and terms."""
        _, number, _ = split_claim_id(claim_id)
        row, terms_hash = self._rows[number], bytes.fromhex(self.deployment.products[0].terms_hash[2:])
        policy = PolicyFacts(
            row["holder"], TokenUnits(row["sum_insured"]), row["cover_from"], row["sum_raised_at"], row["exclusions"]
        )
        facts = self._shelf.facts(PRODUCT, terms_hash)
        return ChainClaim(block, self.notice(number), ClaimState.NOTICED, facts, policy, 1)

    def holders(self, policies: Iterable[tuple[str, int]], _block: Block) -> dict[tuple[str, int], str]:
        """Who holds each policy."""
        return {key: str(self._rows[key[1]]["holder"]) for key in policies}


class DiskStore:
    """Dossiers of a folder, their files in whatever order the disk has them."""

    def __init__(self, folder: Path, habits: Habits) -> None:
        self._folder, self._habits = folder / DOSSIERS, habits

    def dossier(self, claim_id: int, root: bytes) -> Dossier:
        """The dossier behind a root, proven as one from a real store is."""
        place = self._folder / f"{claim_id:064x}"
        paths = [path for path in place.iterdir() if path.name != MANIFEST]
        if self._habits.backwards:
            paths.reverse()
        contents = {bytes.fromhex(path.name).decode("utf-8"): path.read_bytes() for path in paths}
        return open_dossier((place / MANIFEST).read_bytes(), contents, root)


class ClaimMind:
    """A node's observer, with a book and a reader of its own.

    Args:
        state: Folder for its book.
    """

    def __init__(self, folder: Path, state: Path, habits: Habits) -> None:
        self._chain, self._habits = FiledChain(folder), habits
        self._book = ClaimsBook(state, self._chain.deployment)
        self._reader = KeptReader()
        stores = {PRODUCT: cast(EvidenceStore, DiskStore(folder, habits))}
        known = KnownEvidence(self._book)
        self._observer = LossObserver(
            cast(ClaimChain, self._chain), stores, KEYS, known, self._reader, InHand(), Held()
        )
        self._note(self._chain.open_claims(self._chain.block))
        if habits.backwards:
            while (notice := self._observer.unread()) is not None:
                self._observer.learn(notice)

    def close(self) -> None:
        """Give book and reader back."""
        self._reader.close()
        self._book.close()

    def told(self, number: int) -> Mapping[str, object]:
        """What this node says of a claim, in a round and in words."""
        notice, block = self._chain.notice(number), self._chain.block
        seen = self._observer.observe(notice.claim_id, block)
        said: dict[str, object] = {"explained": seen.explained, "detail": seen.detail, "passing": seen.passing}
        if not isinstance(seen.observation, Observation):
            return {**said, "unobserved": list(seen.observation.fields)}
        assert seen.assessment is not None
        facts = self._chain.claim(notice.claim_id, block).product
        asked = WaitingClaim(
            notice.claim_id, DESK, QUORUM, notice.noticed_at, facts.min_signatures, facts.min_confidence_bps, PRODUCT
        )
        request = request_for(asked, self._chain.chain_id, SignerSet(QUORUM, 1, NODES), block.time, VALID_SECONDS)
        found = {"assessment": plain(asdict(seen.assessment))}
        return {**said, **found, **agreed(request, field_rules(), seen.observation, self._habits)}

    def _note(self, notices: Iterable[NoticedAt]) -> None:
        """What a node keeps of notices when it has read them off the chain."""
        with self._book.writing() as writer:
            for each in notices:
                place = (id_text(each.claim_id), *each.place, each.noticed_at, each.claimant)
                writer.write(_NOTE, (*place, each.peril, each.occurred_at, str(each.claimed), each.evidence_root))
