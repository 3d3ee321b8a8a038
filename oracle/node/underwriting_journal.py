"""What this node has signed about applications. On disk before a signature leaves, so no restart makes it say another
thing while the first still counts. Only ids, hashes over a salted commitment, and times are kept."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from dataclasses import astuple
from pathlib import Path
from typing import Final

from domain.hashing import keccak256
from domain.indemnity_reports import RiskAssessment, UnderwritingReport
from ledger.typed_indemnity import RISK_ASSESSMENT_TYPE, struct_hash
from oracle.node.refusals import Refusal
from oracle.sqlite_file import Durability, SqliteFile

LATE_BLOCKS_SECONDS: Final = 120
"""So long an expired report still binds: a short reorganisation may bring an earlier block back."""

_SCHEMA = """
CREATE TABLE IF NOT EXISTS signed_assessment (
    ledger TEXT NOT NULL, product TEXT NOT NULL, application_id TEXT NOT NULL,
    said BLOB NOT NULL, valid_until INTEGER NOT NULL,
    PRIMARY KEY (ledger, product, application_id)
) WITHOUT ROWID
"""


class UnderwritingJournal:
    """The sign-once rule: of one application for one product, a node signs one assessment while that one counts.

    Args:
        path: SQLite file; made if missing.
        ledger: Which chain this is: its number and the hash of the block the deployment began with.
    """

    def __init__(self, path: Path, ledger: str) -> None:
        self._ledger = ledger
        self._file = SqliteFile(path, _SCHEMA, Durability.FULL)

    def close(self) -> None:
        """Give the file back."""
        self._file.close()

    def commit_to(self, report: UnderwritingReport, now: int) -> None:
        """Bind this node to a report's assessments until it expires. On disk when it returns; all of them or none.

        Args:
            now: Chain time, unix seconds.
        Raises:
            Refusal: `already_assessed_otherwise`.
        """
        forget = "DELETE FROM signed_assessment WHERE ledger = ? AND valid_until < ?"
        with self._file.writing() as cursor:
            cursor.execute(forget, (self._ledger, now - LATE_BLOCKS_SECONDS))
            for assessment in report.assessments:
                self._commit_one(cursor, report, assessment, now)

    def count(self) -> int:
        """To how many assessments this node is bound on this ledger, as of the last report it signed."""
        (found,) = self._file.rows("SELECT count(*) FROM signed_assessment WHERE ledger = ?", (self._ledger,))
        return int(found[0])

    def _commit_one(
        self, cursor: sqlite3.Cursor, report: UnderwritingReport, assessment: RiskAssessment, now: int
    ) -> None:
        key = (self._ledger, report.product.lower(), f"{assessment.application_id:064x}")
        said = _said(assessment, report.model_hash)
        query = (
            "SELECT said, valid_until FROM signed_assessment WHERE ledger = ? AND product = ? AND application_id = ?"
        )
        row: Sequence[object] | None = cursor.execute(query, key).fetchone()
        until = report.valid_until
        if row is not None:
            if row[0] != said:
                detail = f"application 0x{key[2]} has been assessed otherwise in a report that counts until {row[1]}"
                remedy = f"take the one signed, or ask again {LATE_BLOCKS_SECONDS} seconds after it has expired"
                raise Refusal("already_assessed_otherwise", f"{detail}, chain time is {now}: {remedy}")
            until = max(until, int(str(row[1])))
        cursor.execute("INSERT OR REPLACE INTO signed_assessment VALUES (?, ?, ?, ?, ?)", (*key, said, until))


def _said(assessment: RiskAssessment, model_hash: bytes) -> bytes:
    """32 bytes that name an assessment and the engine it is of."""
    return keccak256(struct_hash(RISK_ASSESSMENT_TYPE, *astuple(assessment)) + model_hash)
