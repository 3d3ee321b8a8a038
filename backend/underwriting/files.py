"""The file of a case: what was applied for, what may be asked of whom, and what sources said, put together for the
nodes. Everything here is personal data and stays in memory."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast
from uuid import UUID

from sqlalchemy.orm import Session

from backend.access.principal import Principal
from backend.chain.underwriting_quorum import HandedIn
from backend.notices.ports import FileCategory, Recipient, RecordGone
from backend.underwriting import repository
from backend.underwriting.casebook import about
from backend.underwriting.desk import UnderwritingDesk
from backend.underwriting.models import CaseRow
from domain.hashing import ZERO_ADDRESS

_MISSING = re.compile(r"([A-Za-z_][A-Za-z0-9_.]*) is required and missing")


@dataclass(frozen=True, slots=True, repr=False)
class Applied:
    """What was applied for.

    Attributes:
        document: As the nodes take it, but for consents and reports.
        salt: Of the commitment on chain, 32 bytes.
        holder, beneficiary: Accounts; the zero address as beneficiary means the holder.
        person: What third parties find the person by.
        renews: Number of the policy this one is to go on from; 0: none.
    """

    document: Mapping[str, Any]
    salt: bytes
    holder: str
    beneficiary: str = ZERO_ADDRESS
    person: Mapping[str, object] | None = None
    renews: int = 0

    def __repr__(self) -> str:
        return "Applied(…)"

    def as_record(self) -> dict[str, object]:
        """As it is sealed."""
        return {
            "document": dict(self.document), "salt": self.salt.hex(), "holder": self.holder,
            "beneficiary": self.beneficiary, "person": dict(self.person or {}), "renews": self.renews,
        }  # fmt: skip

    @classmethod
    def of(cls, record: Mapping[str, Any]) -> Applied:
        """As it was sealed."""
        return cls(
            record["document"], bytes.fromhex(record["salt"]), record["holder"], record["beneficiary"],
            record["person"], record.get("renews", 0),
        )  # fmt: skip


def seal(session: Session, desk: UnderwritingDesk, row: CaseRow, applied: Applied) -> UUID:
    """Keep what was applied for."""
    owner, worker = Recipient(row.tenant_id, row.person_id), Principal.worker(row.tenant_id)
    return desk.records.seal(session, worker, owner, FileCategory.APPLICATION, applied.as_record(), about(row))


def applied_for(session: Session, desk: UnderwritingDesk, row: CaseRow) -> Applied:
    """What was applied for.

    Raises:
        RecordGone
    """
    return Applied.of(_opened(session, desk, row, row.record_id))


def handed_in(session: Session, desk: UnderwritingDesk, row: CaseRow) -> HandedIn:
    """The application with consents that were given and reports that were obtained, as the nodes take it.

    A report whose record is gone was purged: it is as if the source had not been asked.
    """
    applied = applied_for(session, desk, row)
    consents = [
        {"source": each.source, "signed_at": each.signed_at, "withdrawn_at": each.withdrawn_at}
        for each in repository.authorisations(session, row.case_id)
    ]
    reports = []
    for each in repository.source_reports(session, row.case_id):
        if each.record_id is None:
            continue
        try:
            said = _opened(session, desk, row, each.record_id)
        except RecordGone:
            continue
        reports.append(
            {
                "source": each.source, "obtained_at": each.obtained_at, "reference": said["reference"],
                "values": said["values"],
            }
        )  # fmt: skip
    return HandedIn({**applied.document, "consents": consents, "reports": reports}, applied.salt)


def missing_fields(detail: str) -> tuple[str, ...]:
    """Names of required fields, of what a node says is missing."""
    return tuple(dict.fromkeys(name.removeprefix("statements.") for name in _MISSING.findall(detail)))


def mismatches(document: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Fields where a source says something else than the customer, and the source (R17)."""
    stated = cast("Mapping[str, object]", document["statements"])
    found = []
    for report in document["reports"]:
        for name, said in report["values"].items():
            told = stated.get(name)
            if told is not None and said is not None and _plain(told) != _plain(said):
                found.append((name, str(report["source"])))
    return sorted(set(found))


def _plain(value: object) -> object:
    return sorted(map(str, value)) if isinstance(value, list) else value


def _opened(session: Session, desk: UnderwritingDesk, row: CaseRow, record_id: UUID) -> Mapping[str, Any]:
    owner = Recipient(row.tenant_id, row.person_id)
    return desk.records.open(session, Principal.worker(row.tenant_id), owner, record_id)
