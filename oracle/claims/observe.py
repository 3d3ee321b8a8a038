"""What one node finds out about one noticed claim: from chain, evidence store and what it knows of earlier claims to an
observation for the round, or the reason why there is none."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from domain.errors import DomainError
from domain.evidence.dossier import Dossier
from domain.evidence.refusals import EvidenceError
from domain.hashing import keccak256, word
from oracle.claims.chain import ClaimChain
from oracle.claims.errors import ClaimError, ClaimUnfit, DossierUnavailable, StatementInvalid
from oracle.claims.facts import Block, ChainClaim, NoticedAt
from oracle.claims.known import KnownEvidence, shown_by
from oracle.claims.reading import KeptReader
from oracle.claims.statement import statement_in
from oracle.claims.store import EvidenceStore
from oracle.claims.told import explain_seen, explain_unseen
from oracle.evidence.loss import LossAssessment, Signing, assess_loss
from oracle.evidence.nullifiers import NullifierKeys
from oracle.evidence.refusals import EvidenceUnread, LossUndetermined, NullifierKeyInvalid
from oracle.rounds.statements import Observation
from oracle.rounds.steps import Unobserved
from oracle.sources import http_deadline

SCHEME: Final = keccak256(b"quittance claims 2")
"""What this room does with a claim before `assess_loss`; another one is another version."""
VALID_SECONDS: Final = 600
CATCH_UP_SECONDS: Final = 1.0
"""Most that an observation waits for earlier claims' dossiers; `catch_up` fetches the others in quiet times."""
LOOK_SECONDS: Final = 45.0
"""Most that the dossier of one claim may take, fetched and read, before others have their turn: less than a round."""
PAGE: Final = 64


@dataclass(frozen=True)
class Seen:
    """What one look at a claim gave.

    Attributes:
        explained: For JSON and everybody's eyes: figures, codes and sentences in both languages. Nobody is named.
        assessment: With file names and lines of bills: for the insurer's eyes only, never for a log.
        passing: A later look may give an observation where there is none now, or a surer one: a dossier of an earlier
            claim could not be had yet.
        detail: Why there is none, for this node's own log: it names no person.
    """

    claim_id: int
    block: Block
    observation: Observation | Unobserved
    explained: Mapping[str, object]
    assessment: LossAssessment | None = None
    passing: bool = False
    detail: str = ""


@dataclass(frozen=True, slots=True)
class CaughtUp:
    """Earlier claims: how many dossiers were read now, could not be had now, and are not read yet in all."""

    read: int
    missing: int
    unread: int


class LossObserver:
    """Looks at claims, one after the other.

    Args:
        stores: By address of the product.
        reader: For claims that are observed.
        quiet_reader: For earlier claims in quiet times, so that no claim waits for them. Whoever made them closes both.
        look_seconds: After this long a dossier is left, no other file of it is begun, and it is looked at again later.
    """

    def __init__(
        self,
        chain: ClaimChain,
        stores: Mapping[str, EvidenceStore],
        keys: NullifierKeys,
        known: KnownEvidence,
        reader: KeptReader,
        quiet_reader: KeptReader,
        *,
        valid_seconds: int = VALID_SECONDS,
        look_seconds: float = LOOK_SECONDS,
    ) -> None:
        self.chain = chain
        self._stores, self._keys, self._known = stores, keys, known
        self._reader, self._quiet_reader = reader, quiet_reader
        self._valid_seconds, self._look_seconds = valid_seconds, look_seconds

    def observe(self, claim_id: int, block: Block) -> Seen:
        """What a claim shows, as of a block. What is wrong with claim or store is an `Unobserved`, never an error."""
        try:
            return self._observe(claim_id, block)
        except DomainError as error:
            field = _field_of(error)
            passing = error.passing if isinstance(error, ClaimError) else isinstance(error, EvidenceUnread)
            told = explain_unseen(claim_id, block.number, field)
            return Seen(claim_id, block, Unobserved((field,)), told, passing=passing, detail=_detail(error))

    def catch_up(self, block: Block, *, before: tuple[int, int] | None = None, seconds: float = 60.0) -> CaughtUp:
        """Read the dossiers of noticed claims that were not read yet, settled ones too, oldest first.

        Args:
            before: Only claims noticed before this place; left out: all up to the block.
            seconds: After this long nothing more is asked for, and no other file is begun.
        Raises:
            ChainUnread
        """
        self.chain.open_claims(block)
        return self._catch_up(before or (block.number + 1, 0), seconds, self._quiet_reader)

    def _catch_up(self, place: tuple[int, int], seconds: float, reader: KeptReader) -> CaughtUp:
        ends_at, read, missing = time.monotonic() + seconds, 0, 0
        while time.monotonic() < ends_at and (due := self._known.due(place, PAGE)):
            for notice in due:
                if time.monotonic() >= ends_at:
                    break
                if self._learn(notice, reader, ends_at):
                    read += 1
                else:
                    missing += 1
        return CaughtUp(read, missing, self._known.unread(place))

    def _observe(self, claim_id: int, block: Block) -> Seen:
        claim = self.chain.claim(claim_id, block)
        if not claim.is_waiting:
            remedy = "Nothing need be done"
            raise ClaimUnfit("not_waiting", "state", claim.state.name, "takes no report any more", remedy)
        ends_at = time.monotonic() + self._look_seconds
        with http_deadline.until(ends_at):
            dossier = self._dossier(claim.notice)
        statement = statement_in(dossier)
        readings = self._reader.read(dossier, ends_at=ends_at)
        shown = shown_by(dossier, readings)
        self._known.keep(dossier.root, shown)
        self._catch_up(claim.notice.place, CATCH_UP_SECONDS, self._reader)
        self._known.keep_holders(self.chain.holders(self._known.unheld(claim.notice), block))
        own = self.chain.notices.superseded_by(claim_id)
        known = self._known.before(claim.notice, shown, own)
        found = assess_loss(
            dossier,
            readings,
            claim.noticed(statement),
            claim.product.loss_terms,
            known=known,
            keys=self._keys,
            signing=self._signing(claim),
            versions=self._reader.versions(),
        )
        files = {entry.name: number for number, entry in enumerate(dossier.entries, 1)}
        told = explain_seen(found, claim, files, known.unread)
        return Seen(claim_id, block, self._said(found, claim), told, found, passing=known.unread > 0)

    def _signing(self, claim: ChainClaim) -> Signing:
        now = claim.block.time
        return Signing(self.chain.chain_id, self.chain.desk, claim.signer_epoch, now, now + self._valid_seconds)

    def _said(self, found: LossAssessment, claim: ChainClaim) -> Observation:
        report = found.report
        numbers = {
            "loss": int(report.loss),
            "fraud_score": report.fraud_score,
            "confidence_bps": int(report.confidence_bps),
            "observed_at": report.observed_at,
        }
        decisions = {"evidence": report.evidence_root, "exclusions": word(report.exclusions)}
        decisions |= {f"nullifiers.{place}": each for place, each in enumerate(report.nullifiers)}
        versions = {
            "claims": SCHEME,
            "document": claim.product.document_hash,
            "fraud_rules": bytes.fromhex(found.fraud.rules_hash),
            "model": report.model_hash,
            "nullifier_keys": self._keys.fingerprint(),
        }
        return Observation(
            tuple(sorted(numbers.items())), tuple(sorted(decisions.items())), tuple(sorted(versions.items()))
        )

    def _dossier(self, notice: NoticedAt) -> Dossier:
        store = self._stores.get(notice.product)
        if store is None:
            remedy = "Name the insurer's store under `stores` in the network file"
            raise DossierUnavailable("store_unknown", "product", notice.product, "has no evidence store here", remedy)
        if notice.evidence_root == bytes(32):
            remedy = "Let the claimant reopen the claim with evidence"
            raise ClaimUnfit("no_evidence", "evidence root", "0", "was notified: there is no evidence", remedy)
        return store.dossier(notice.claim_id, notice.evidence_root)

    def _learn(self, notice: NoticedAt, reader: KeptReader, ends_at: float) -> bool:
        """Read one earlier claim's dossier; False: it cannot be had now, which is noted."""
        try:
            with http_deadline.until(ends_at):
                dossier = self._dossier(notice)
            readings = reader.read(dossier, ends_at=ends_at)
        except (ClaimError, EvidenceError) as error:
            self._known.note_missing(notice.evidence_root, getattr(error, "code", "unread"))
            return False
        self._known.keep(notice.evidence_root, shown_by(dossier, readings))
        return True


def _field_of(error: DomainError) -> str:
    """What was missing, as it is signed in a vote: a word of ours and a code, nothing of the claim's contents."""
    if isinstance(error, ClaimUnfit):
        return f"claim.{error.code}"
    if isinstance(error, DossierUnavailable):
        return f"evidence.{error.code}"
    if isinstance(error, StatementInvalid):
        return f"statement.{error.code}"
    if isinstance(error, ClaimError):
        return f"chain.{error.code}"
    if isinstance(error, LossUndetermined):
        return f"loss.{error.code.lower()}"
    kinds = ((EvidenceUnread, "reading"), (NullifierKeyInvalid, "nullifiers"), (EvidenceError, "evidence"))
    return next((field for kind, field in kinds if isinstance(error, kind)), "facts")


def _detail(error: DomainError) -> str:
    """For the log. Errors of evidence and of facts name files, bills and dates: of them only the kind is told."""
    return str(error) if isinstance(error, ClaimError) else f"{type(error).__name__}: {_field_of(error)}"
