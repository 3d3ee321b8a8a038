"""HTTP for claims: notice of loss, orders of the claimant, where each claim stands."""

from __future__ import annotations

import uuid
from typing import Annotated

from fastapi import Depends, Query, Response

from backend.access.authoriser import Resource
from backend.access.permit import Allowed, Permit
from backend.claims import drafts, orders, repository, service, status
from backend.claims import schemas as s
from backend.claims import shown as out
from backend.claims.desk import ClaimsOffice
from backend.claims.states import CaseState
from backend.claims.views import case_view, order_view, proof_view, status_view
from backend.dependencies import Asker, Services, ServiceSet, Transaction
from backend.fields import bytes_hex, parse_bytes
from backend.http.filters import require_known
from backend.http.idempotency import IdempotencyKey
from backend.http.pages import PageAsked
from backend.http.preconditions import set_etag
from backend.http.routes import api_router
from backend.problems import Problem

router = api_router("claims", "/v1")


def office_of(services: ServiceSet) -> ClaimsOffice:
    """What claims work with here.

    Raises:
        Problem: `key_missing`.
    """
    if services.claims is None:
        missing = "QUITTANCE_VAULT_KEY_FILE" if services.vault is None else "QUITTANCE_IDENTITY_KEY_FILE"
        raise Problem("key_missing", setting=missing)
    return services.claims


def _reached(case_id: uuid.UUID, session: Transaction, access: Allowed) -> None:
    """What may be done to cases at all was asked at the door; this asks for this very case."""
    row = repository.case(session, case_id)
    unknown = Problem("case_unknown", f"case_id {case_id} is not known. Take it from your list of cases.")
    if row is None:
        raise unknown
    access.require(Resource(row.tenant_id, row.person_id), unknown)


Reached = Depends(_reached)
"""For routes of one case."""


def _order_reached(order_id: uuid.UUID, session: Transaction, access: Allowed) -> None:
    row = repository.order(session, order_id)
    unknown = Problem("order_unknown", f"order_id {order_id} is not known. Take it from the case.")
    if row is None:
        raise unknown
    access.require(Resource(row.tenant_id, row.person_id), unknown)


@router.post(
    "/cases", status_code=201, operation_id="claims.draft", dependencies=[Permit("claims.draft"), IdempotencyKey]
)
def draft(body: s.CaseIn, session: Transaction, services: Services, asker: Asker) -> out.CaseView:
    """Begin a notice of loss. What the contract would refuse is refused here, naming field, value and remedy."""
    row = drafts.draft(session, office_of(services), asker, body.to_domain())
    return case_view(row, staff=not asker.own_only)


@router.get("/cases", operation_id="claims.list", dependencies=[Permit("claims.list")])
def list_cases(
    session: Transaction, page: PageAsked, asker: Asker, access: Allowed,
    state: Annotated[str | None, Query(max_length=16, description="Only those that stand so.")] = None,
    person_id: Annotated[uuid.UUID | None, Query(description="Only of this person.")] = None,
) -> out.CasePage:  # fmt: skip
    """Cases, newest first: one's own, or all of the insurer's."""
    after = (int(page.position[0]), uuid.UUID(str(page.position[1]))) if page.position else None
    require_known("state", state, CaseState)
    own = access.only_of
    if own is not None and person_id not in (None, own):
        return out.CasePage(cases=[], next_cursor=None)
    rows = repository.cases(session, after=after, limit=page.limit, state=state, person_id=own or person_id)
    last = (rows[-1].created_at, str(rows[-1].case_id)) if rows else None
    shown = [case_view(row, staff=not asker.own_only) for row in rows]
    return out.CasePage(cases=shown, next_cursor=page.next_cursor(len(rows), last))


@router.get("/cases/{case_id}", operation_id="claims.read", dependencies=[Permit("claims.read"), Reached])
def get_case(case_id: uuid.UUID, session: Transaction, asker: Asker, response: Response) -> out.CaseView:
    """One case. Its ETag is its version, for assignments."""
    row = service.get(session, asker, case_id)
    set_etag(response, row.version)
    return case_view(row, staff=not asker.own_only)


@router.post(
    "/cases/{case_id}/notice", operation_id="claims.prepare_notice",
    dependencies=[Permit("claims.prepare_notice"), Reached, IdempotencyKey],
)  # fmt: skip
def prepare_notice(
    case_id: uuid.UUID, body: s.NoticeIn, session: Transaction, services: Services, asker: Asker
) -> out.NoticeView:
    """Seal what was uploaded and write the notice to be signed. Again: with the files there are now."""
    found = service.prepare(session, office_of(services), asker, case_id, subject=body.subject)
    return out.NoticeView(
        case=case_view(found.row, staff=not asker.own_only), digest=bytes_hex(found.row.digest or b""),
        typed_data=found.document,
    )  # fmt: skip


@router.post(
    "/cases/{case_id}/notice/signature", operation_id="claims.notify",
    dependencies=[Permit("claims.notify"), Reached, IdempotencyKey],
)  # fmt: skip
def notify(
    case_id: uuid.UUID, body: s.SignatureIn, session: Transaction, services: Services, asker: Asker
) -> out.CaseView:
    """Hand in the signed notice; it goes to the chain. Without a signature the key kept for the claimant signs."""
    signature = parse_bytes(body.signature) if body.signature else None
    row = service.hand_in(session, office_of(services), asker, case_id, signature)
    return case_view(row, staff=not asker.own_only)


@router.get("/cases/{case_id}/status", operation_id="claims.status", dependencies=[Permit("claims.status"), Reached])
def get_status(case_id: uuid.UUID, session: Transaction, services: Services, asker: Asker) -> out.StatusView:
    """Whose turn it is, until when, how much, what was paid and why, in English and Chinese."""
    found = status.of_case(session, office_of(services), asker, case_id)
    return status_view(found, staff=not asker.own_only)


@router.get("/cases/{case_id}/proof", operation_id="claims.prove", dependencies=[Permit("claims.prove"), Reached])
def get_proof(case_id: uuid.UUID, session: Transaction, services: Services, asker: Asker) -> out.ProofView:
    """Transactions and report digests of a claim, to be checked with any node of the chain."""
    office, row = office_of(services), service.get(session, asker, case_id)
    claim_id = orders.claim_id_of(row)
    return proof_view(office, case_id, claim_id, status.of_claim(session, services.rpc, office.chain.desk, claim_id))


@router.get(
    "/cases/{case_id}/claim-file", operation_id="claims.export", dependencies=[Permit("claims.export"), Reached]
)
def get_claim_file(case_id: uuid.UUID, session: Transaction, services: Services, asker: Asker) -> out.ClaimFileView:
    """The claim in one file that proves itself offline: `quittance verify --claim-file`."""
    product = office_of(services).shelf.product(session, service.get(session, asker, case_id).product)
    terms_hash = product.terms.hash()
    _, document = services.documents.find(terms_hash) or (None, {})
    words = {f"0x{terms_hash.hex()}": document} if document else {}
    found = status.file_of_claim(session, asker, case_id, services.rpc, services.deployment, words)
    return out.ClaimFileView.model_validate(found.content())


@router.post(
    "/cases/{case_id}/orders", status_code=201, operation_id="claims.prepare_order",
    dependencies=[Permit("claims.prepare_order"), Reached, IdempotencyKey],
)  # fmt: skip
def prepare_order(
    case_id: uuid.UUID, body: s.OrderIn, session: Transaction, services: Services, asker: Asker
) -> out.OrderView:
    """Write an order for the claimant to sign: withdraw, escalate, dispute, reopen, choose how to be paid."""
    office = office_of(services)
    found = orders.prepare(
        session, office, asker, case_id, body.of_contract, amount=body.amount, institution=body.institution,
        subject=body.subject,
    )  # fmt: skip
    return order_view(office, found.row, service.get(session, asker, case_id).claimant, found.deposit)


@router.get(
    "/cases/{case_id}/orders", operation_id="claims.list_orders", dependencies=[Permit("claims.list_orders"), Reached]
)
def list_orders(case_id: uuid.UUID, session: Transaction, services: Services, asker: Asker) -> out.OrderList:
    """A case's orders, oldest first."""
    office, row = office_of(services), service.get(session, asker, case_id)
    found = repository.orders(session, case_id)
    return out.OrderList(orders=[order_view(office, each, row.claimant, None) for each in found])


@router.post(
    "/claim-orders/{order_id}/signature", operation_id="claims.order",
    dependencies=[Permit("claims.order"), Depends(_order_reached), IdempotencyKey],
)  # fmt: skip
def hand_in_order(
    order_id: uuid.UUID, body: s.SignatureIn, session: Transaction, services: Services, asker: Asker
) -> out.OrderView:
    """Hand in a signed order; it goes to the chain. Of a dispute, with the permit of its deposit."""
    office = office_of(services)
    signature = parse_bytes(body.signature) if body.signature else None
    permit = parse_bytes(body.permit_signature) if body.permit_signature else None
    kept = orders.hand_in(session, office, asker, order_id, signature, permit)
    return order_view(office, kept, service.get(session, asker, kept.case_id).claimant, None)


@router.post(
    "/cases/{case_id}/steps", status_code=202, operation_id="claims.push",
    dependencies=[Permit("claims.push"), Reached, IdempotencyKey],
)  # fmt: skip
def push(
    case_id: uuid.UUID, body: s.PushIn, session: Transaction, services: Services, asker: Asker
) -> out.PushView:  # fmt: skip
    """Have done what the contracts let anybody do: pay an instalment that is due, close, draw a panel, conclude."""
    return out.PushView(intent=orders.push(session, office_of(services), asker, case_id, body.what))
