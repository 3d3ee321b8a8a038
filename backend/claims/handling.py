"""How adjusters handle cases: who has which, what they note, and calls their own wallets send."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import replace

from sqlalchemy.orm import Session

from backend.access.principal import Principal
from backend.access.roles import Role
from backend.audit import service as audit
from backend.claims import decisions, repository, service
from backend.claims.desk import ClaimsOffice
from backend.claims.models import CaseNoteRow, CaseRow
from backend.claims.orders import claim_id_of
from backend.claims.sealed import purpose_of
from backend.database import as_worker
from backend.http.preconditions import require_match
from backend.identity.grants import service as grants
from backend.problems import Problem
from backend.vault import service as vault
from ledger.bindings import ClaimsDesk


def assign(
    session: Session, office: ClaimsOffice, principal: Principal, case_id: uuid.UUID, adjuster: uuid.UUID | None,
    if_match: str,
) -> CaseRow:  # fmt: skip
    """Give a case to an adjuster, or to nobody.

    Raises:
        Problem: `case_unknown`, `precondition_failed`, `adjuster_invalid`, `own_claim`.
    """
    row = service.get(session, principal, case_id, lock=True)
    require_match(if_match, row.version)
    if adjuster is not None:
        decisions.refuse_own(session, office, replace(principal, principal_id=adjuster, address=None), row)
        _require_adjuster(session, office, principal, row, adjuster)
    row.adjuster, row.assigned_at, row.version = adjuster, office.clock(), row.version + 1
    session.flush()
    facts = {"adjuster": str(adjuster)}
    audit.record(session, principal, operation="claims.assign", subject=f"cases/{case_id}", facts=facts)
    return row


def _require_adjuster(
    session: Session, office: ClaimsOffice, principal: Principal, row: CaseRow, adjuster: uuid.UUID
) -> None:
    with as_worker(session, row.tenant_id, principal):
        known = grants.holders(session, row.tenant_id, Role.ADJUSTER, now=office.clock())
    if adjuster not in known:
        sentence = (
            f"adjuster {adjuster} is nobody who has the role {Role.ADJUSTER.value} here now. Name a colleague who "
            "has it (GET /v1/grants), or have it granted first."
        )
        raise Problem("adjuster_invalid", sentence, field="adjuster")


def write_note(
    session: Session, office: ClaimsOffice, principal: Principal, case_id: uuid.UUID, words: str
) -> CaseNoteRow:  # fmt: skip
    """Note something on a case, sealed.

    Raises:
        Problem: `case_unknown`, `case_without_person`.
    """
    assert principal.principal_id is not None
    row = service.get(session, principal, case_id)
    note = CaseNoteRow(
        note_id=uuid.uuid4(), tenant_id=row.tenant_id, case_id=case_id, author=principal.principal_id,
        record_id=service.seal(session, office, principal, row, {"words": words}), written_at=office.clock(),
    )  # fmt: skip
    repository.add(session, note)
    return note


def notes(
    session: Session, office: ClaimsOffice, principal: Principal, case_id: uuid.UUID
) -> Sequence[tuple[CaseNoteRow, str]]:
    """Notes on a case with their words.

    Raises:
        Problem: `case_unknown`, and why a record may not be opened.
    """
    row = service.get(session, principal, case_id)
    purpose, found = purpose_of(principal), []
    for note in repository.notes(session, row.case_id):
        told = vault.open_record(session, office.vault, principal, note.record_id, purpose=purpose)
        found.append((note, str(told["words"])))
    return found


def call(
    session: Session, office: ClaimsOffice, principal: Principal, case_id: uuid.UUID, what: str, reserve: int
) -> tuple[str, bytes]:
    """Sender and call data of what only an adjuster's own wallet can do.

    Raises:
        Problem: `case_unknown`, `claim_not_noticed`, `own_claim`, `adjuster_without_key`, `claim_order_refused`.
    """
    row = service.get(session, principal, case_id)
    decisions.refuse_own(session, office, principal, row)
    claim_id = claim_id_of(row)
    asked = ClaimsDesk.acknowledge(claim_id) if what == "acknowledge" else ClaimsDesk.reestimate(claim_id, reserve)
    sender = decisions.key_of(session, office, principal)
    refused = office.chain.refusal(sender, asked.data)
    if refused is not None:
        raise Problem(
            "claim_order_refused", f"{what} is not possible now. {refused.detail}",
            detail_zh=f"目前无法办理。{refused.detail_zh}", refusal=refused.code,
        )  # fmt: skip
    return sender, bytes(asked.data)
