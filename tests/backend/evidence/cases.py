"""A case book, a desk and files for tests of evidence."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from pathlib import Path
from uuid import UUID

from sqlalchemy.orm import Session

from backend.evidence.desk import EvidenceDesk
from backend.evidence.ports import CaseFacts, ClaimFacts
from backend.http.server_key import ServerKey
from backend.vault.sealing import Vault
from tests.backend.vault_room import ADA, START, TENANT, Clock, make_vault

PRODUCT = "0x00000000000000000000000000000000000000AA"
DAY = 86_400
FACTS = ClaimFacts(
    subject="E12345678", cover_from=START - 30 * DAY, cover_until=START + 300 * DAY, occurred_at=START - 2 * DAY,
    noticed_at=START, past_amounts_minor=(12_000,),
)  # fmt: skip


@dataclass
class Cases:
    """Implements `CaseBook` with cases in memory."""

    known: dict[UUID, CaseFacts] = field(default_factory=dict)

    def add(self, person_id: UUID = ADA, *, tenant_id: UUID = TENANT, opened: bool = True) -> UUID:
        case_id = uuid.uuid4()
        self.known[case_id] = CaseFacts(case_id, tenant_id, person_id, (PRODUCT, 1), None, opened)
        return case_id

    def find(self, _session: Session, case_id: UUID) -> CaseFacts | None:
        return self.known.get(case_id)


def make_desk(folder: Path) -> tuple[EvidenceDesk, Cases, Clock]:
    vault, clock = make_vault(folder)
    cases = Cases()
    return desk_of(vault, cases, clock), cases, clock


def desk_of(vault: Vault, cases: Cases, clock: Clock) -> EvidenceDesk:
    return EvidenceDesk(vault, ServerKey(b"s" * 32), cases, clock)
