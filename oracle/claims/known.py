"""What the evidence of earlier claims showed: the same file, bill or picture again, and who is paid for whom.

An assessment of a claim uses exactly the claims noticed before it, so nodes agree whatever order they worked in. What
is kept belongs to an evidence root, not to a claim: a reorganisation of the chain cannot make it wrong.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from domain.evidence.dossier import Dossier
from oracle.claims.book import ClaimsBook
from oracle.claims.facts import NoticedAt
from oracle.claims.notices import NOTICE_COLUMNS, notices_of
from oracle.claims.statement import NAME
from oracle.evidence.clues import ReadFile
from oracle.evidence.duplicates import HASH_BITS, MOST_BITS_APART, SeenEvidence, SeenPicture, file_print
from oracle.evidence.loss import KnownClaims
from oracle.evidence.reading.result import FileReading
from oracle.evidence.valuation import bills_of
from oracle.risk.fraud.facts import ClaimFactsInvalid, Invoice
from oracle.risk.fraud.network import LinkedClaim, network_of
from oracle.risk.fraud.rulebook import rulebook

BANDS: Final = MOST_BITS_APART + 1
"""Two pictures at most 12 bits apart are alike in one of 13 bands, so only those with a band in common are compared."""
MOST_DAYS_BEFORE: Final = 3
"""A bill counts that is dated a day before the loss or later, and a claim's bills a day after its notice or earlier.
What was noticed longer before a loss shows no bill that counts for it, and is not missed where its dossier is gone."""
FIRST_WAIT_SECONDS: Final = 5.0
LONGEST_WAIT_SECONDS: Final = 3_600.0
_BEFORE: Final = "(notice.block_number, notice.log_index) < (?, ?)"
Policy = tuple[str, int]


@dataclass(frozen=True, slots=True)
class Shown:
    """What one dossier shows that may come again: hashes only.

    Attributes:
        files: SHA-256 of each file but the insurer's statement, which is alike for all claims of a person.
        invoices: Fingerprints of bills.
        pictures: Perceptual hashes.
    """

    files: tuple[str, ...]
    invoices: tuple[str, ...]
    pictures: tuple[str, ...]


def shown_by(dossier: Dossier, readings: Mapping[str, FileReading]) -> Shown:
    """What a dossier shows."""
    files = [file for file in dossier.files if file.name != NAME]
    read = [ReadFile(file.name, readings[file.name]) for file in files]
    pictures = {picture for file in read for picture in file.reading.pictures}
    named = (identity for bill in bills_of(read) for identity in bill.identities)
    invoices = {print_ for identity in named if (print_ := _fingerprint(identity)) is not None}
    return Shown(
        tuple(sorted({file_print(f.content) for f in files})), tuple(sorted(invoices)), tuple(sorted(pictures))
    )


class KnownEvidence:
    """Earlier claims of a node.

    Args:
        clock: Unix seconds, for when a dossier that could not be had is tried again; tests replace it.
    """

    def __init__(self, book: ClaimsBook, clock: Callable[[], float] = time.time) -> None:
        self._book, self._clock = book, clock

    def keep(self, root: bytes, shown: Shown) -> None:
        """Remember what a dossier showed."""
        with self._book.writing() as writer:
            writer.write("INSERT OR REPLACE INTO dossier VALUES (?, 1, '', 0, 0)", (root,))
            writer.write("UPDATE notice SET is_read = 1 WHERE root = ?", (root,))
            writer.write_all("INSERT OR IGNORE INTO file VALUES (?, ?)", [(each, root) for each in shown.files])
            writer.write_all("INSERT OR IGNORE INTO invoice VALUES (?, ?)", [(each, root) for each in shown.invoices])
            rows = [(*band, picture, root) for picture in shown.pictures for band in enumerate(_bands(picture))]
            writer.write_all("INSERT OR IGNORE INTO band VALUES (?, ?, ?, ?)", rows)

    def note_missing(self, root: bytes, code: str) -> None:
        """Note that a dossier could not be had, and when it is tried again: each time later, hourly in the end."""
        rows = self._book.rows("SELECT is_read, tries FROM dossier WHERE root = ?", (root,))
        if rows and rows[0][0]:
            return
        tries = (int(rows[0][1]) if rows else 0) + 1
        wait = min(FIRST_WAIT_SECONDS * 2 ** min(tries - 1, 16), LONGEST_WAIT_SECONDS)
        with self._book.writing() as writer:
            row = (root, code, tries, self._clock() + wait)
            writer.write("INSERT OR REPLACE INTO dossier VALUES (?, 0, ?, ?, ?)", row)

    def note_asked(self, root: bytes, code: str) -> None:
        """Note that a dossier could not be had when it was asked for, if nothing is noted yet."""
        with self._book.writing() as writer:
            row = (root, code, self._clock() + FIRST_WAIT_SECONDS)
            writer.write("INSERT OR IGNORE INTO dossier VALUES (?, 0, ?, 1, ?)", row)

    def due(self, before: tuple[int, int], limit: int, *, without: Collection[str] = ()) -> tuple[NoticedAt, ...]:
        """Earlier claims whose dossier was not read yet and may be tried now. The latest first: what is noticed next
        has most to do with them.

        Args:
            without: Addresses of products whose claims are left out.
        """
        products = [product.removeprefix("0x").lower() for product in without]
        left_out = f"substr(notice.claim_id, 1, 40) NOT IN ({', '.join('?' * len(products))})"
        found = self._book.rows(
            f"SELECT {NOTICE_COLUMNS} FROM notice LEFT JOIN dossier ON dossier.root = notice.root "  # nosec B608  # constants only
            f"WHERE notice.is_read = 0 AND {_BEFORE} AND coalesce(dossier.next_try, 0) <= ? AND {left_out} "
            "ORDER BY notice.block_number DESC, notice.log_index DESC LIMIT ?",
            (*before, self._clock(), *products, limit),
        )
        return notices_of(found)

    def unread(self, before: tuple[int, int]) -> int:
        """How many earlier claims' dossiers this node has not read."""
        rows = self._book.rows(f"SELECT count(*) FROM notice WHERE is_read = 0 AND {_BEFORE}", before)  # nosec B608  # constants only
        return int(rows[0][0])

    def unheld(self, notice: NoticedAt) -> tuple[Policy, ...]:
        """Policies of claims paid to the same party whose holder is not known yet; see `keep_holders`."""
        policies = {(each.product, each.policy_id) for each in self._paid_alike(notice)}
        return tuple(sorted(policies - set(self._holders(policies))))

    def keep_holders(self, holders: Mapping[Policy, str]) -> None:
        """Remember who holds policies. It is public and never changes."""
        with self._book.writing() as writer:
            rows = [(product, str(number), holder) for (product, number), holder in holders.items()]
            writer.write_all("INSERT OR REPLACE INTO holder VALUES (?, ?, ?)", rows)

    def before(self, notice: NoticedAt, shown: Shown, own: frozenset[int]) -> KnownClaims:
        """What the claims noticed before this one showed, as far as it has to do with this one.

        Args:
            shown: By this claim's dossier.
            own: Claims this one took the place of: their evidence is its own.
        """
        skipped = own | {notice.claim_id}
        files = self._first("file", "print", shown.files, notice, skipped)
        invoices = self._first("invoice", "fingerprint", shown.invoices, notice, skipped)
        evidence = SeenEvidence(files, self._pictures(shown.pictures, notice, skipped))
        linked = self._linked(notice)
        network = network_of(linked, rulebook().limits["hub_claims"])
        return KnownClaims(evidence, invoices, network, unread=len(self._unread_that_matter(notice, skipped)))

    def untried(self, notice: NoticedAt, own: frozenset[int]) -> frozenset[bytes]:
        """Evidence roots of earlier claims that matter to this one and that this node has never asked for.

        Args:
            own: As in `before`.
        """
        unread = self._unread_that_matter(notice, own | {notice.claim_id})
        return frozenset(root for root, was_asked_for in unread if not was_asked_for)

    def _unread_that_matter(self, notice: NoticedAt, skipped: frozenset[int]) -> list[tuple[bytes, bool]]:
        """Evidence not read of earlier claims, noticed when a bill of this loss can have existed: its root, and whether
        it was asked for."""
        rows = self._book.rows(
            "SELECT notice.claim_id, notice.root, dossier.root IS NOT NULL FROM notice "  # nosec B608  # constants only
            "LEFT JOIN dossier ON dossier.root = notice.root "
            f"WHERE notice.is_read = 0 AND {_BEFORE} AND noticed_at >= ? AND notice.root != ?",
            (*notice.place, notice.occurred_at - MOST_DAYS_BEFORE * 86_400, bytes(32)),
        )
        return [(bytes(root), bool(asked)) for text, root, asked in rows if int(text, 16) not in skipped]

    def _first(
        self, table: str, column: str, wanted: Sequence[str], notice: NoticedAt, skipped: frozenset[int]
    ) -> dict[str, int]:
        """Who showed each first."""
        query = (
            f"SELECT notice.claim_id FROM {table} JOIN notice ON notice.root = {table}.root "  # nosec B608  # constants only
            f"WHERE {table}.{column} = ? AND {_BEFORE} ORDER BY notice.block_number, notice.log_index LIMIT ?"
        )
        found: dict[str, int] = {}
        for each in wanted:
            rows = self._book.rows(query, (each, *notice.place, len(skipped) + 1))
            others = [claim for (text,) in rows if (claim := int(text, 16)) not in skipped]
            if others:
                found[each] = others[0]
        return found

    def _pictures(self, wanted: Sequence[str], notice: NoticedAt, skipped: frozenset[int]) -> tuple[SeenPicture, ...]:
        """Earlier pictures that have a band in common with one of these."""
        query = (
            "SELECT DISTINCT band.picture, notice.claim_id FROM band JOIN notice ON notice.root = band.root "  # nosec B608  # constants only
            f"WHERE band.place = ? AND band.bits = ? AND {_BEFORE}"
        )
        found = {
            (str(picture), int(text, 16))
            for each in wanted
            for band in enumerate(_bands(each))
            for picture, text in self._book.rows(query, (*band, *notice.place))
        }
        return tuple(SeenPicture(*each) for each in sorted(found) if each[1] not in skipped)

    def _linked(self, notice: NoticedAt) -> list[LinkedClaim]:
        """Claims paid to the same party, and who holds their policies. A dossier names no phone or account of the
        insured, so the payee is the one contact there is."""
        alike = self._paid_alike(notice)
        holders = self._holders({(each.product, each.policy_id) for each in alike})
        return [
            LinkedClaim(each.claim_id, holders[each.product, each.policy_id], (each.claimant,))
            for each in alike
            if (each.product, each.policy_id) in holders
        ]

    def _paid_alike(self, notice: NoticedAt) -> tuple[NoticedAt, ...]:
        """This claim and earlier ones with its claimant, no more than it takes to see that he is a hub."""
        rows = self._book.rows(
            f"SELECT {NOTICE_COLUMNS} FROM notice WHERE claimant = ? AND {_BEFORE} "  # nosec B608  # constants only
            "ORDER BY block_number, log_index LIMIT ?",
            (notice.claimant, *notice.place, rulebook().limits["hub_claims"]),
        )
        return (*notices_of(rows), notice)

    def _holders(self, policies: Iterable[Policy]) -> dict[Policy, str]:
        query = "SELECT holder FROM holder WHERE product = ? AND policy_id = ?"
        found = {key: self._book.rows(query, (key[0], str(key[1]))) for key in policies}
        return {key: str(rows[0][0]) for key, rows in found.items() if rows}


def _fingerprint(identity: object) -> str | None:
    try:
        issuer, number = getattr(identity, "issuer", None), getattr(identity, "number", None)
        return None if issuer is None or number is None else Invoice(issuer, number, 0).fingerprint
    except ClaimFactsInvalid:  # longer than any name once its signs are written out: no bill of the rules either
        return None


def _bands(picture: str) -> tuple[int, ...]:
    """The picture's bits in 13 parts."""
    value = int(picture, 16)
    edges = [HASH_BITS * place // BANDS for place in range(BANDS + 1)]
    return tuple(value >> low & (1 << (high - low)) - 1 for low, high in pairwise(edges))
