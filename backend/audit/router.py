"""HTTP for the audit log: for auditors, each of its own insurer's log."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import Path, Query

from backend.access.permit import Permit
from backend.access.principal import Principal
from backend.audit import proofs, service
from backend.audit.entries import HOUSE_TENANT
from backend.audit.schemas import ConsistencyView, EntryPage, EntryView, HeadPage, HeadView, InclusionView
from backend.dependencies import Transaction
from backend.http.pages import PageAsked
from backend.http.routes import api_router

router = api_router("audit", "/v1/audit")
Sequence = Annotated[int, Path(ge=0, lt=1 << 62, description="The entry's place, from 0.", examples=[7])]
Subject = Annotated[str | None, Query(max_length=200, pattern=r"^[A-Za-z0-9_.:/+=-]*$", examples=["claims/12"])]
RequestId = Annotated[
    str | None, Query(max_length=64, description="As in X-Request-Id.", examples=["8c1f2f6a0d5e4f0f"])
]


@router.get("/entries", operation_id="audit.list")
def list_entries(
    principal: Annotated[Principal, Permit("audit.list")], session: Transaction, page: PageAsked,
    subject: Subject = None, principal_id: UUID | None = None, request_id: RequestId = None,
) -> EntryPage:  # fmt: skip
    """Entries of your insurer's log in their order, all or those about one subject, by one principal, of a request."""
    after = int(page.position[0]) if page.position else -1
    found = service.page(
        session, _log(principal), after=after, limit=page.limit, subject=subject, principal_id=principal_id,
        request_id=request_id,
    )  # fmt: skip
    entries = [
        EntryView(
            sequence=e.sequence, entry_id=e.entry_id, recorded_at=e.recorded_at, operation=e.operation,
            outcome=e.outcome, subject=e.subject, principal_id=e.principal_id, leaf=e.leaf,
            request_id=e.request_id,
        )
        for e in found
    ]  # fmt: skip
    cursor = page.next_cursor(len(found), (found[-1].sequence,) if found else None)
    return EntryPage(entries=entries, next_cursor=cursor)


@router.get("/heads", operation_id="audit.heads")
def list_heads(
    principal: Annotated[Principal, Permit("audit.heads")], session: Transaction, page: PageAsked
) -> HeadPage:
    """Signed heads of your insurer's log by size."""
    after = int(page.position[0]) if page.position else 0
    found = service.heads(session, _log(principal), after=after, limit=page.limit)
    cursor = page.next_cursor(len(found), (found[-1].size,) if found else None)
    heads = [HeadView(size=h.size, made_at=h.made_at, note=h.note) for h in found]
    return HeadPage(heads=heads, next_cursor=cursor)


@router.get("/entries/{sequence}/proof", operation_id="audit.prove")
def prove_entry(
    sequence: Sequence, principal: Annotated[Principal, Permit("audit.prove")], session: Transaction
) -> InclusionView:
    """Proof that an entry stands in the log, against its newest signed head."""
    newest = service.newest_head(session, _log(principal))
    proof = service.prove_inclusion(session, _log(principal), sequence, newest.size)
    return InclusionView.model_validate(proofs.inclusion_document(proof, newest.note))


@router.get("/consistency", operation_id="audit.compare")
def prove_growth(
    principal: Annotated[Principal, Permit("audit.compare")], session: Transaction,
    first: Annotated[int, Query(ge=1, lt=1 << 62, description="Entries of a head you kept.", examples=[3])],
) -> ConsistencyView:  # fmt: skip
    """Proof that the log begins with the first so many entries, against its newest signed head."""
    newest = service.newest_head(session, _log(principal))
    proof = service.prove_consistency(session, _log(principal), first, newest.size)
    return ConsistencyView.model_validate(proofs.consistency_document(proof, newest.note))


def _log(principal: Principal) -> UUID:
    return principal.tenant_id or HOUSE_TENANT
