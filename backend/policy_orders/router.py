"""HTTP for orders about policies."""

from __future__ import annotations

import uuid
from typing import Annotated, Any

from fastapi import Query

from backend.access.authoriser import Resource
from backend.access.permit import Allowed, Permit
from backend.chain.simulation import Refusal
from backend.custody.holders import sign_for
from backend.dependencies import Asker, Services, ServiceSet, Transaction
from backend.fields import bytes_hex
from backend.http.filters import require_known
from backend.http.idempotency import IdempotencyKey
from backend.http.pages import PageAsked
from backend.http.routes import api_router
from backend.policy_orders import schemas as out
from backend.policy_orders import service
from backend.policy_orders.desk import Change, OrderDesk
from backend.policy_orders.models import CANCELLATION, STATES, PolicyOrderRow
from backend.problems import Problem
from ledger.typed_indemnity import CANCELLATION_TYPE, ENDORSEMENT_TYPE
from ledger.wallet_document import wallet_document

router = api_router("policy orders", "/v1/policy-orders")


@router.post(
    "/changes", status_code=201, operation_id="policy_orders.request_change",
    dependencies=[Permit("policy_orders.request_change"), IdempotencyKey],
)  # fmt: skip
def request_change(body: out.ChangeIn, session: Transaction, services: Services, asker: Asker) -> out.OrderView:
    """Ask for another sum insured, other exclusions or another beneficiary. An underwriter looks at it and prices are
    the terms'. What the contract would refuse is told at once."""
    desk = _desk(services)
    change = Change(body.sum_insured, body.exclusions, body.beneficiary, body.effective_at)
    return _view(service.request_change(session, asker, desk, body.product, body.policy_id, change), desk)


@router.post(
    "/ends", status_code=201, operation_id="policy_orders.prepare_end",
    dependencies=[Permit("policy_orders.prepare_end"), IdempotencyKey],
)  # fmt: skip
def prepare_end(body: out.EndIn, session: Transaction, services: Services, asker: Asker) -> out.OrderView:
    """Have a cancellation written out for the holder to sign, with what would go back now."""
    desk = _desk(services)
    row, returned = service.prepare_end(session, asker, desk, body.product, body.policy_id)
    return _view(row, desk, returned=returned)


@router.get("", operation_id="policy_orders.list", dependencies=[Permit("policy_orders.list")])
def list_orders(
    session: Transaction, services: Services, page: PageAsked,
    state: Annotated[str | None, Query(max_length=12, description="Only those that stand so.")] = None,
) -> out.OrderPage:  # fmt: skip
    """Orders, the oldest first: one's own, or the office's queue."""
    after = (int(page.position[0]), uuid.UUID(str(page.position[1]))) if page.position else None
    require_known("state", state, STATES)
    rows = service.page(session, state=state, after=after, limit=page.limit)
    last = (rows[-1].requested_at, str(rows[-1].order_id)) if rows else None
    desk = _desk(services)
    return out.OrderPage(orders=[_view(row, desk) for row in rows], next_cursor=page.next_cursor(len(rows), last))


@router.get("/{order_id}", operation_id="policy_orders.read", dependencies=[Permit("policy_orders.read")])
def get_order(order_id: uuid.UUID, session: Transaction, services: Services) -> out.OrderView:
    """One order, with what would stand in its way now."""
    desk, row = _desk(services), service.get(session, order_id)
    return _view(row, desk, obstacle=service.obstacle(session, desk, row))


@router.post(
    "/{order_id}/offer", operation_id="policy_orders.offer",
    dependencies=[Permit("policy_orders.offer"), IdempotencyKey],
)  # fmt: skip
def offer(
    order_id: uuid.UUID, session: Transaction, services: Services, asker: Asker, allowed: Allowed
) -> out.OrderView:
    """Offer a change that somebody else asked for: the insurer's key signs it."""
    desk = _desk(services)
    _require(allowed, service.get(session, order_id))
    return _view(service.offer(session, asker, desk, order_id), desk)


@router.post(
    "/{order_id}/decline", operation_id="policy_orders.decline",
    dependencies=[Permit("policy_orders.decline"), IdempotencyKey],
)  # fmt: skip
def decline(
    order_id: uuid.UUID, body: out.DeclineIn, session: Transaction, services: Services, asker: Asker, allowed: Allowed
) -> out.OrderView:
    """Do not offer a change, and say why."""
    desk = _desk(services)
    _require(allowed, service.get(session, order_id))
    return _view(service.decline(session, asker, desk, order_id, body.ground), desk)


@router.post(
    "/{order_id}/withdrawal", operation_id="policy_orders.withdraw",
    dependencies=[Permit("policy_orders.withdraw"), IdempotencyKey],
)  # fmt: skip
def withdraw(order_id: uuid.UUID, session: Transaction, services: Services, asker: Asker) -> out.OrderView:
    """Take an order back before it is signed by the holder."""
    return _view(service.withdraw(session, asker, order_id), _desk(services))


@router.post(
    "/{order_id}/acceptance", status_code=202, operation_id="policy_orders.accept",
    dependencies=[Permit("policy_orders.accept"), IdempotencyKey],
)  # fmt: skip
def accept(
    order_id: uuid.UUID, body: out.SignatureIn, session: Transaction, services: Services, asker: Asker
) -> out.OrderView:
    """Sign an order as the holder, with a wallet or with the key kept here. It is carried out on the chain soon
    after."""
    desk = _desk(services)
    if body.signature is not None:
        signature = bytes.fromhex(body.signature[2:])
    else:
        document = _document(service.get(session, order_id), desk)
        signature = sign_for(session, services.custody, asker, document)
    return _view(service.accept(session, asker, desk, order_id, signature), desk)


def _desk(services: ServiceSet) -> OrderDesk:
    if services.underwriting is None:
        missing = "QUITTANCE_VAULT_KEY_FILE" if services.vault is None else "QUITTANCE_IDENTITY_KEY_FILE"
        raise Problem("key_missing", setting=missing)
    office = services.underwriting
    return OrderDesk(
        services.rpc, office.shelf, services.underwriter, services.deployment.chain_id, services.clock, office.notices
    )


def _require(allowed: Allowed, row: PolicyOrderRow) -> None:
    """Nobody signs what they asked for themselves, or in their own matter."""
    resource = Resource(row.tenant_id, owner_id=row.person_id, prepared_by=row.requested_by, state=row.state)
    allowed.require(resource, Problem("policy_order_unknown", f"order {row.order_id} is not known."))


def _view(
    row: PolicyOrderRow, desk: OrderDesk, *, obstacle: Refusal | None = None, returned: int | None = None
) -> out.OrderView:
    text = {"en": obstacle.detail, "zh": obstacle.detail_zh} if obstacle else {}
    return out.OrderView(
        order_id=row.order_id, product=row.product, policy_id=row.policy_id, kind=row.kind, state=row.state,
        order={name: str(value) for name, value in row.order.items()}, digest=bytes_hex(row.digest),
        typed_data=_document(row, desk), valid_until=row.valid_until, requested_at=row.requested_at, ground=row.ground,
        intent=row.intent_key, failure_code=row.failure_code, failure_detail=row.failure_detail,
        obstacle=out.ObstacleView(refusal=obstacle.code, text=text) if obstacle else None, premium_returned=returned,
    )  # fmt: skip


def _document(row: PolicyOrderRow, desk: OrderDesk) -> dict[str, Any]:
    """What the holder signs."""
    ends = row.kind == CANCELLATION
    struct = service.cancellation_of(row) if ends else service.endorsement_of(row)
    said = CANCELLATION_TYPE if ends else ENDORSEMENT_TYPE
    return wallet_document(said, struct, chain_id=desk.chain_id, contract=row.product)
