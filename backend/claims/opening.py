"""Where claims are handled, as a process has it: with its evidence, keys, wallets, notices and chain."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from backend.access.principal import Principal
from backend.chain.workers import Background, Worker
from backend.claims.announcing import ANNOUNCING_POLL_SECONDS, Announcer
from backend.claims.chain import DeployedClaims
from backend.claims.desk import ClaimsOffice
from backend.claims.due import DUE_POLL_SECONDS, DueSteps
from backend.claims.follower import POLL_SECONDS, Follower
from backend.claims.ports import LossFacts, Postage
from backend.claims.terms import TermsShelf
from backend.custody import service as custody
from backend.custody.kinds import KeyKind
from backend.custody.service import CustodyDesk
from backend.custody.transactions import Envelope, sign_decision
from backend.dependencies import ServiceSet
from backend.evidence import service as evidence
from backend.evidence.desk import EvidenceDesk
from backend.evidence.ports import ClaimFacts
from backend.identity.wallets import service as wallets
from backend.locks import Lock
from domain.claim_reports import Decision


@dataclass(frozen=True, slots=True)
class SealedEvidence:
    """Implements `Evidence` on the room that keeps it."""

    desk: EvidenceDesk

    def seal(self, session: Session, principal: Principal, case_id: uuid.UUID, facts: LossFacts, /) -> bytes:
        """See `Evidence`."""
        told = ClaimFacts(
            subject=facts.subject, cover_from=facts.cover_from, cover_until=facts.cover_until,
            occurred_at=facts.occurred_at, noticed_at=facts.noticed_at, sum_raised_at=facts.sum_raised_at,
            past_amounts_minor=facts.past_amounts_minor,
        )  # fmt: skip
        return evidence.seal(session, self.desk, principal, case_id, told).evidence_root

    def attach(self, session: Session, principal: Principal, case_id: uuid.UUID, claim_id: int, root: bytes, /) -> None:
        """See `Evidence`."""
        evidence.attach_claim(session, self.desk, principal, case_id, claim_id, evidence_root=root)


@dataclass(frozen=True, slots=True)
class KeptKeys:
    """Implements `Custody` on the room that keeps keys."""

    desk: CustodyDesk

    def address_of(self, session: Session, tenant_id: uuid.UUID, person_id: uuid.UUID, /, *, staff: bool) -> str | None:
        """See `Custody`."""
        return custody.address_of(session, tenant_id, person_id, kind=KeyKind.STAFF if staff else KeyKind.HOLDER)

    def sign(
        self, session: Session, principal: Principal, person_id: uuid.UUID, document: Mapping[str, Any], /, *,
        staff: bool, authority: uuid.UUID | None,
    ) -> bytes:  # fmt: skip
        """See `Custody`."""
        kind = KeyKind.STAFF if staff else KeyKind.HOLDER
        return custody.sign(session, self.desk, principal, person_id, document, kind=kind, authority=authority)

    def send_decision(
        self, session: Session, principal: Principal, to: str, decision: Decision, second: str, signature: bytes,
        postage: Postage, /,
    ) -> bytes:  # fmt: skip
        """See `Custody`."""
        envelope = Envelope(postage.nonce, postage.gas, postage.max_fee, postage.priority_fee)
        return sign_decision(session, self.desk, principal, to, decision, second, signature, envelope)


class LinkedWallets:
    """Implements `Wallets` on identity."""

    def addresses(self, session: Session, tenant_id: uuid.UUID, person_id: uuid.UUID, /) -> Sequence[str]:
        """See `Wallets`."""
        return [each.address for each in wallets.of_person(session, tenant_id, person_id)]

    def person_of(self, session: Session, tenant_id: uuid.UUID, address: str, /) -> uuid.UUID | None:
        """See `Wallets`."""
        return wallets.person_of(session, tenant_id, address)


def open_claims(services: ServiceSet) -> ClaimsOffice | None:
    """The office of a process; None without keys for records."""
    if services.vault is None or services.evidence is None:
        return None
    return ClaimsOffice(
        vault=services.vault, shelf=TermsShelf(services.documents.find), evidence=SealedEvidence(services.evidence),
        wallets=LinkedWallets(), chain=DeployedClaims(services.rpc, services.deployment), clock=services.clock,
        custody=None if services.custody is None else KeptKeys(services.custody),
        notices=None if services.underwriting is None else services.underwriting.notices,
    )  # fmt: skip


def claims_workers(services: ServiceSet) -> list[Background]:
    """What keeps cases in step with the chain."""
    if services.claims is None:
        return []
    announcer = Announcer(services.database, services.claims, confirmations=services.settings.confirmations)
    follower, due = (
        Follower(services.database, services.claims, confirmations=services.settings.confirmations),
        DueSteps(services.database, services.claims),
    )
    return [
        Worker("claims", services.database, Lock.CLAIMS, lambda: follower.step() == 0, poll_seconds=POLL_SECONDS),
        Worker(
            "claims-due", services.database, Lock.CLAIMS_DUE, lambda: due.step() == 0, poll_seconds=DUE_POLL_SECONDS
        ),
        Worker(
            "claims-announced", services.database, Lock.CLAIMS_ANNOUNCED, lambda: announcer.step() == 0,
            poll_seconds=ANNOUNCING_POLL_SECONDS,
        ),
    ]  # fmt: skip
