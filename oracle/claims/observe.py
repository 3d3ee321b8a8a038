"""What one node finds out about one noticed claim: from chain, evidence store and what it knows of earlier claims to an
observation for the round, or the reason why there is none."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Final

from domain.errors import DomainError
from domain.evidence.dossier import Dossier
from domain.evidence.refusals import EvidenceError
from domain.hashing import keccak256, word
from oracle.claims.chain import ClaimChain
from oracle.claims.errors import ClaimError, ClaimUnfit, DossierUnavailable, EarlierUnread, StatementInvalid
from oracle.claims.facts import Block, ChainClaim, NoticedAt
from oracle.claims.held import Held, Read
from oracle.claims.in_hand import InHand
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
CATCH_UP_SECONDS: Final = 30.0
"""So long a look reads earlier claims' dossiers itself where nobody else does."""
IN_HAND_SECONDS: Final = 1.0
"""So long a look waits for earlier claims' dossiers that others have in hand."""
LOOK_SECONDS: Final = 45.0
"""Most that the dossier of one claim may take, fetched and read, before others have their turn: less than a round."""
PAGE: Final = 128
EVERYTHING: Final = (1 << 62, 0)
"""A place after every notice there is."""


class Earlier(Enum):
    """What a look does about earlier claims this node has never asked for."""

    WITHOUT = "says what it sees without them, with fewer points"
    MEANWHILE = "says nothing without them; those that others have in hand are waited for once it has read its own"
    FIRST = "says nothing without them, and reads nothing before"


@dataclass(frozen=True)
class Seen:
    """What one look at a claim gave.

    Attributes:
        explained: For JSON and everybody's eyes: figures, codes and sentences in both languages. Nobody is named.
        assessment: With file names and lines of bills: for the insurer's eyes only, never for a log.
        passing: A later look may give an observation where there is none now, or a surer one: a dossier of an earlier
            claim could not be had yet.
        wants: Evidence roots of earlier claims that this node has to read before it says anything.
        detail: Why there is none, for this node's own log: it names no person.
    """

    claim_id: int
    block: Block
    observation: Observation | Unobserved
    explained: Mapping[str, object]
    assessment: LossAssessment | None = None
    passing: bool = False
    wants: frozenset[bytes] = frozenset()
    detail: str = ""


class LossObserver:
    """Looks at claims, one after the other. Several may share all but the reader, each in a thread of its own.

    Args:
        stores: By address of the product.
        reader: Of its own. Whoever made it closes it.
        in_hand: What all observers of this node are reading now.
        held: What all of them have read, and say nothing of yet.
        look_seconds: After this long a dossier is left, no other file of it is begun, and it is looked at again later.
        catch_up_seconds: So long a look reads earlier claims itself; 0 where others do.
    """

    def __init__(
        self,
        chain: ClaimChain,
        stores: Mapping[str, EvidenceStore],
        keys: NullifierKeys,
        known: KnownEvidence,
        reader: KeptReader,
        in_hand: InHand,
        held: Held,
        *,
        valid_seconds: int = VALID_SECONDS,
        look_seconds: float = LOOK_SECONDS,
        catch_up_seconds: float = CATCH_UP_SECONDS,
    ) -> None:
        self.chain = chain
        self._stores, self._keys, self._known = stores, keys, known
        self._reader, self._in_hand, self._held = reader, in_hand, held
        self._valid_seconds, self._look_seconds = valid_seconds, look_seconds
        self._catch_up_seconds = catch_up_seconds

    def observe(self, claim_id: int, block: Block, earlier: Earlier = Earlier.WITHOUT) -> Seen:
        """What a claim shows, as of a block. What is wrong with claim or store is an `Unobserved`, never an error."""
        try:
            return self._observe(claim_id, block, earlier)
        except DomainError as error:
            field = _field_of(error)
            passing = error.passing if isinstance(error, ClaimError) else isinstance(error, EvidenceUnread)
            told = explain_unseen(claim_id, block.number, field)
            wants = error.roots if isinstance(error, EarlierUnread) else frozenset()
            detail = _detail(error)
            return Seen(claim_id, block, Unobserved((field,)), told, passing=passing, wants=wants, detail=detail)

    def unread(
        self, *, without: Collection[str] = (), leave: Callable[[NoticedAt], bool] = lambda _: False
    ) -> NoticedAt | None:
        """The latest noticed claim, settled or not, whose dossier was not read yet and nobody has in hand.

        Args:
            without: Addresses of products whose claims are left out.
            leave: Says which others are.
        """
        due = self._known.due(EVERYTHING, PAGE, without=without)
        free = (each for each in due if not self._in_hand.holds(each.evidence_root) and not leave(each))
        return next(free, None)

    def learn(self, notice: NoticedAt) -> None:
        """Read a claim's dossier for the sake of later claims, within `look_seconds`; or note that it cannot be had."""
        with self._in_hand.alone(notice.evidence_root) as mine:
            if mine:
                self._learn(notice, time.monotonic() + self._look_seconds)

    def _catch_up(self, notice: NoticedAt) -> None:
        """Read earlier claims. What time runs out on stays to be read."""
        ends_at = time.monotonic() + self._catch_up_seconds
        tried: set[bytes] = set()
        while time.monotonic() < ends_at:
            due = (each for each in self._known.due(notice.place, PAGE) if each.evidence_root not in tried)
            if (each := next(due, None)) is None:
                return
            tried.add(each.evidence_root)
            with self._in_hand.alone(each.evidence_root) as mine:
                if mine:
                    self._learn(each, ends_at, leave=True)

    def _require_caught_up(self, notice: NoticedAt, own: frozenset[int], *, in_hand: bool) -> None:
        """Every earlier claim that matters was read, or asked for in vain.

        Args:
            in_hand: Those that another thread has in hand count as read.
        Raises:
            EarlierUnread
        """
        left = self._known.untried(notice, own)
        if missing := frozenset(root for root in left if not (in_hand and self._in_hand.holds(root))):
            raise EarlierUnread(missing)

    def _observe(self, claim_id: int, block: Block, earlier: Earlier) -> Seen:
        claim = self.chain.claim(claim_id, block)
        if not claim.is_waiting:
            remedy = "Nothing need be done"
            raise ClaimUnfit("not_waiting", "state", claim.state.name, "takes no report any more", remedy)
        own = self.chain.notices.superseded_by(claim_id)
        self._catch_up(claim.notice)
        if earlier is not Earlier.WITHOUT:
            self._require_caught_up(claim.notice, own, in_hand=earlier is Earlier.MEANWHILE)
        read = self._held.take(claim.notice.evidence_root) or self._read(claim.notice)
        dossier, statement = read.dossier, statement_in(read.dossier)
        if earlier is not Earlier.WITHOUT:
            self._wait_for_others(claim.notice, own, read)
        self._known.keep_holders(self.chain.holders(self._known.unheld(claim.notice), block))
        known = self._known.before(claim.notice, read.shown, own)
        found = assess_loss(
            dossier,
            read.readings,
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

    def _wait_for_others(self, notice: NoticedAt, own: frozenset[int], read: Read) -> None:
        """For a while, until earlier claims that other threads have in hand are read. Raises `EarlierUnread`."""
        self._in_hand.wait(self._known.untried(notice, own), IN_HAND_SECONDS)
        try:
            self._require_caught_up(notice, own, in_hand=False)
        except EarlierUnread:
            self._held.put(read)
            raise

    def _read(self, notice: NoticedAt) -> Read:
        """The claim's own dossier, and what it shows, kept for later claims."""
        with self._in_hand.reading(notice.evidence_root):
            try:
                return self._read_by(notice, time.monotonic() + self._look_seconds)
            except (ClaimError, EvidenceError) as error:
                self._known.note_asked(notice.evidence_root, _code_of(error))
                raise

    def _read_by(self, notice: NoticedAt, ends_at: float) -> Read:
        with http_deadline.until(ends_at):
            dossier = self._dossier(notice)
        readings = self._reader.read(dossier, ends_at=ends_at)
        shown = shown_by(dossier, readings)
        self._known.keep(notice.evidence_root, shown)
        return Read(dossier, readings, shown)

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

    def _learn(self, notice: NoticedAt, ends_at: float, *, leave: bool = False) -> None:
        """Read one earlier claim's dossier, or note that it cannot be had now.

        Args:
            leave: Where it was this time limit that ended it, nothing is noted: it was not asked for long enough.
        """
        try:
            self._read_by(notice, ends_at)
        except (ClaimError, EvidenceError) as error:
            if not (leave and time.monotonic() >= ends_at):
                self._known.note_missing(notice.evidence_root, _code_of(error))


def _code_of(error: DomainError) -> str:
    return str(getattr(error, "code", "unread"))


def _field_of(error: DomainError) -> str:
    """What was missing, as it is signed in a vote: a word of ours and a code, nothing of the claim's contents."""
    if isinstance(error, ClaimUnfit):
        return f"claim.{error.code}"
    if isinstance(error, DossierUnavailable):
        return f"evidence.{error.code}"
    if isinstance(error, EarlierUnread):
        return f"earlier.{error.code}"
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
