"""Use cases of orders. The caller owns the transaction."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

import structlog
from sqlalchemy.orm import Session

from backend.access.principal import Principal
from backend.audit import service as audit
from backend.chain.intents import service as intents
from backend.chain.simulation import Refusal, named, simulate
from backend.policy_orders import repository
from backend.policy_orders.desk import Change, Ground, OrderDesk
from backend.policy_orders.kind import KINDS_OF
from backend.policy_orders.models import (
    ACCEPTED,
    CANCELLATION,
    DECLINED,
    ENDORSEMENT,
    EXPIRED,
    OFFERED,
    REQUESTED,
    WITHDRAWN,
    PolicyOrderRow,
)
from backend.policy_orders.standing import Held, held, refusal, unpaid
from backend.policy_orders.telling import tell_holder
from backend.problems import Problem
from domain.hashing import checksum_address
from domain.indemnity_reports import Cancellation, Endorsement
from domain.money import TokenUnits
from ledger.bindings import IndemnityProduct
from ledger.typed_data import SignatureInvalid, recover, sign_digest
from ledger.typed_indemnity import cancellation_digest, endorsement_digest

log = structlog.get_logger()

LEAST_LEAD_SECONDS = 3_600
"""Before a change takes effect it has to be looked at, signed twice and mined."""
LEAD_SECONDS = 2 * 86_400
CANCELLATION_SECONDS = 86_400


def request_change(
    session: Session, principal: Principal, desk: OrderDesk, product: str, policy_id: int, change: Change
) -> PolicyOrderRow:
    """Ask for a change; an underwriter looks at it.

    Raises:
        Problem: `policy_unknown`, `product_unknown`, `policy_order_refused`, `policy_order_open`, `key_missing`.
    """
    if desk.underwriter is None:
        raise Problem("key_missing", setting="QUITTANCE_UNDERWRITER_KEYSTORE")
    found = held(session, desk.rpc, desk.shelf.product(product), policy_id)
    order = _endorsement(found, change, desk.underwriter.address)
    earliest = found.now + LEAST_LEAD_SECONDS
    if order.effective_at < earliest:
        times = [("effectiveAt", order.effective_at), ("earliest", earliest), ("latest", found.twin.ends_at)]
        _pass(named("EffectiveTimeInvalid", times))
    _pass(refusal(found, order))
    digest = endorsement_digest(order, chain_id=desk.chain_id, product=product)
    return _keep(session, principal, desk, found, ENDORSEMENT, REQUESTED, asdict(order), digest, order.valid_until)


def prepare_end(
    session: Session, principal: Principal, desk: OrderDesk, product: str, policy_id: int
) -> tuple[PolicyOrderRow, int]:
    """Write out a cancellation for the holder to sign. Returns it, and what would go back now, token units.

    Raises:
        Problem: `policy_unknown`, `product_unknown`, `policy_order_refused`, `policy_order_open`.
    """
    found = held(session, desk.rpc, desk.shelf.product(product), policy_id)
    order = Cancellation(policy_id, found.twin.sequence, found.now + CANCELLATION_SECONDS)
    # A holder who sends it needs no signature: the whole of it can be tried in the holder's name.
    _pass(simulate(desk.rpc, found.twin.holder, product, IndemnityProduct.cancel(order, b"").data))
    digest = cancellation_digest(order, chain_id=desk.chain_id, product=product)
    row = _keep(session, principal, desk, found, CANCELLATION, OFFERED, asdict(order), digest, order.valid_until)
    return row, returned_now(desk, row, found.twin.holder)


def offer(session: Session, principal: Principal, desk: OrderDesk, order_id: uuid.UUID) -> PolicyOrderRow:
    """An underwriter offers a change: it is signed by the insurer's key, and waits for the holder.

    Raises:
        Problem: `policy_order_unknown`, `policy_order_not_in_state`, `policy_order_refused`, `key_missing`.
    """
    if desk.underwriter is None:
        raise Problem("key_missing", setting="QUITTANCE_UNDERWRITER_KEYSTORE")
    row = _in_state(get(session, order_id, lock=True), REQUESTED)
    found = held(session, desk.rpc, desk.shelf.product(row.product), row.policy_id)
    order = endorsement_of(row)
    _pass(refusal(found, order))
    signature = sign_digest(bytes(desk.underwriter.key), bytes(row.digest))
    tried = simulate(desk.rpc, found.twin.holder, row.product, IndemnityProduct.endorse(order, signature, b"").data)
    if tried is not None and tried.code != "acceptance_invalid":  # only the holder's signature is missing
        _pass(tried)
    row.underwriter_signature, row.state = signature, OFFERED
    row.signed_by, row.signed_at = principal.principal_id, desk.clock()
    _tell(session, principal, "policy_orders.offer", row)
    tell_holder(session, principal, desk, row)
    return row


def decline(
    session: Session, principal: Principal, desk: OrderDesk, order_id: uuid.UUID, ground: Ground
) -> PolicyOrderRow:
    """An underwriter does not offer a change.

    Raises:
        Problem: `policy_order_unknown`, `policy_order_not_in_state`.
    """
    row = _in_state(get(session, order_id, lock=True), REQUESTED)
    row.state, row.ground = DECLINED, ground.value
    _tell(session, principal, "policy_orders.decline", row)
    tell_holder(session, principal, desk, row)
    return row


def withdraw(session: Session, principal: Principal, order_id: uuid.UUID) -> PolicyOrderRow:
    """Take an order back that is not signed by the holder yet.

    Raises:
        Problem: `policy_order_unknown`, `policy_order_not_in_state`.
    """
    row = _in_state(get(session, order_id, lock=True), REQUESTED, OFFERED)
    row.state = WITHDRAWN
    _tell(session, principal, "policy_orders.withdraw", row)
    return row


def accept(
    session: Session, principal: Principal, desk: OrderDesk, order_id: uuid.UUID, signature: bytes
) -> PolicyOrderRow:
    """The holder signs; it is carried out on the chain soon after. Signing again changes nothing.

    Raises:
        Problem: `policy_order_unknown`, `policy_order_not_in_state`, `acceptance_invalid`, `policy_order_refused`.
    """
    row = get(session, order_id, lock=True)
    if row.state == ACCEPTED:
        return row
    _in_state(row, OFFERED)
    found = held(session, desk.rpc, desk.shelf.product(row.product), row.policy_id)
    if _signer(bytes(row.digest), signature) != found.twin.holder:
        detail = f"signature is not of {found.twin.holder}. Sign 0x{bytes(row.digest).hex()}."
        raise Problem("acceptance_invalid", detail, field="signature")
    calldata = _calldata(row, signature)
    _pass(obstacle(session, desk, row))
    _pass(simulate(desk.rpc, found.twin.holder, row.product, calldata))
    row.acceptance, row.accepted_at, row.state = signature, desk.clock(), ACCEPTED
    kind = KINDS_OF[row.kind]
    row.intent_key = intents.next_key(session, f"{kind}:{row.order_id.hex}")
    intents.submit(
        session, key=row.intent_key, tenant_id=row.tenant_id, kind=kind, to=row.product, calldata=calldata,
        asked_by=str(principal.principal_id),
    )  # fmt: skip
    _tell(session, principal, "policy_orders.accept", row)
    tell_holder(session, principal, desk, row)
    log.info("policy_order.accepted", order_id=str(row.order_id), kind=row.kind)
    return row


def obstacle(session: Session, desk: OrderDesk, row: PolicyOrderRow) -> Refusal | None:
    """Why the contract would refuse an offered order now, told before the holder signs; None: it would not."""
    if row.state != OFFERED:
        return None
    found = held(session, desk.rpc, desk.shelf.product(row.product), row.policy_id)
    if row.kind == CANCELLATION:
        return simulate(desk.rpc, found.twin.holder, row.product, _calldata(row, b""))
    order = endorsement_of(row)
    refused = refusal(found, order)
    if refused is None and order.sum_insured > found.twin.sum_insured:
        refused = unpaid(desk.rpc, found, order.premium_change)
    return refused


def returned_now(desk: OrderDesk, row: PolicyOrderRow, holder: str) -> int:
    """What a cancellation would give back at this moment, token units."""
    call = {"from": holder, "to": row.product, "data": "0x" + _calldata(row, b"").hex()}
    return int(desk.rpc.call("eth_call", call, "latest"), 16)


def get(session: Session, order_id: uuid.UUID, *, lock: bool = False) -> PolicyOrderRow:
    """One order.

    Raises:
        Problem: `policy_order_unknown`.
    """
    row = repository.get(session, order_id, lock=lock)
    if row is None:
        raise Problem("policy_order_unknown", f"order {order_id} is not known. See GET /v1/policy-orders.")
    return row


def page(
    session: Session, *, state: str | None, after: tuple[int, uuid.UUID] | None, limit: int
) -> Sequence[PolicyOrderRow]:
    """Orders, the oldest first."""
    return repository.page(session, state=state, after=after, limit=limit)


def endorsement_of(row: PolicyOrderRow) -> Endorsement:
    """A change as it is signed."""
    return Endorsement(**row.order)


def cancellation_of(row: PolicyOrderRow) -> Cancellation:
    """An end as it is signed."""
    return Cancellation(**row.order)


def _endorsement(found: Held, change: Change, underwriter: str) -> Endorsement:
    twin = found.twin
    first = max(twin.starts_at, twin.versions[-1].ended_at if twin.versions else 0, found.now + LEAD_SECONDS)
    effective = first if change.effective_at is None else change.effective_at
    beneficiary = twin.beneficiary if change.beneficiary is None else checksum_address(change.beneficiary)

    def order(price: int) -> Endorsement:
        return Endorsement(
            policy_id=twin.policy_id, sequence=twin.sequence, premium_change=TokenUnits(price),
            sum_insured=TokenUnits(twin.sum_insured if change.sum_insured is None else change.sum_insured),
            exclusions=twin.exclusions if change.exclusions is None else change.exclusions, beneficiary=beneficiary,
            underwriter=underwriter, effective_at=effective, valid_until=effective,
        )  # fmt: skip

    return order(twin.price_change(order(0)))


def _keep(
    session: Session, principal: Principal, desk: OrderDesk, found: Held, kind: str, state: str,
    order: dict[str, Any], digest: bytes, valid_until: int,
) -> PolicyOrderRow:  # fmt: skip
    product, policy_id = found.product.address, found.twin.policy_id
    repository.lock_policy(session, product, policy_id)
    repository.expire(session, product, policy_id, found.now)
    other = repository.open_order(session, product, policy_id)
    if other is not None:
        detail = f"order {other.order_id} of policy {policy_id} is {other.state}. Finish or withdraw that one first."
        raise Problem("policy_order_open", detail, order_id=str(other.order_id))
    row = PolicyOrderRow(
        order_id=uuid.uuid4(), tenant_id=found.case.tenant_id, person_id=found.case.person_id, product=product,
        policy_id=policy_id, kind=kind, order=order, digest=digest, valid_until=valid_until, state=state,
        requested_by=principal.principal_id, requested_at=desk.clock(),
    )  # fmt: skip
    repository.add(session, row)
    _tell(session, principal, "policy_orders.request", row)
    return row


def _calldata(row: PolicyOrderRow, signature: bytes) -> bytes:
    if row.kind == CANCELLATION:
        return IndemnityProduct.cancel(cancellation_of(row), signature).data
    return IndemnityProduct.endorse(endorsement_of(row), bytes(row.underwriter_signature or b""), signature).data


def _in_state(row: PolicyOrderRow, *states: str) -> PolicyOrderRow:
    if row.state in states:
        return row
    ended = "It is over; ask anew." if row.state in (EXPIRED, DECLINED, WITHDRAWN) else "Look it up."
    raise Problem("policy_order_not_in_state", f"order {row.order_id} is {row.state}. {ended}", found=row.state)


def _pass(refused: Refusal | None) -> None:
    if refused is not None:
        raise Problem("policy_order_refused", refused.detail, detail_zh=refused.detail_zh, refusal=refused.code)


def _signer(digest: bytes, signature: bytes) -> str:
    try:
        return recover(digest, signature)
    except SignatureInvalid:
        return ""


def _tell(session: Session, principal: Principal, operation: str, row: PolicyOrderRow) -> None:
    audit.record(
        session, principal, operation=operation, subject=f"policy_orders/{row.order_id}",
        facts={"kind": row.kind, "policy": row.policy_id, "state": row.state},
    )  # fmt: skip
