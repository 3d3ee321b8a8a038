"""What a claimant orders about a claim: take it back, go to the panel, reopen, choose how to be paid, take instalments.

Each is an EIP-712 `ClaimOrder` of the claimant's, which anybody may hand in; what none of them is, the contract lets
anybody do: paying an instalment that is due, closing a claim whose time for dispute is over.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Any, Final

import structlog
from sqlalchemy.orm import Session

from backend.access.principal import Principal
from backend.audit import service as audit
from backend.chain.intents import service as intents
from backend.chain.projections import claims_read
from backend.chain.simulation import Refusal
from backend.claims import repository, service
from backend.claims.desk import NOTICE_VALID_SECONDS, ClaimsOffice
from backend.claims.documents import Document, order_document, permit_document
from backend.claims.kinds import moves
from backend.claims.models import CaseOrderRow, CaseRow
from backend.claims.ports import Token
from backend.claims.states import OrderState
from backend.problems import Problem
from domain.claim_reports import ClaimAction, ClaimOrder
from domain.money import TokenUnits
from ledger.bindings import ClaimsDesk, DisputePanel, TestStablecoin
from ledger.typed_claims import claim_order_digest
from ledger.typed_data import permit_digest

log = structlog.get_logger()
ORDER: Final = "claim-order"
PERMIT: Final = "claim-permit"
CONCLUDING_GAS: Final = 3_000_000
"""Gas limit of a panel's word. The panel survives a desk that runs out of gas, so an estimate finds the least with
which the award is *not* delivered; decision record 0068."""
_ROOT: Final = bytes(32)
_NOBODY_TO_DRAW: Final = Refusal(
    "nobody_to_draw",
    "Too few arbitrators are on the bench for a panel. The platform's registrar has to admit some.",
    "仲裁员名册人数不足，无法组成评议小组。须由平台登记员增补仲裁员。",
)


@dataclass(frozen=True, slots=True)
class Deposit:
    """What a dispute takes: by allowance to the panel, given by a signed permit or by a transaction of one's own."""

    token: Token
    amount: int
    disputed: int
    permit: Document | None


@dataclass(frozen=True, slots=True)
class PreparedOrder:
    """An order to be signed, and the deposit it takes."""

    row: CaseOrderRow
    document: Document
    deposit: Deposit | None


def prepare(
    session: Session, office: ClaimsOffice, principal: Principal, case_id: uuid.UUID, action: ClaimAction, *,
    amount: int = 0, institution: int = 0, subject: str = "",
) -> PreparedOrder:  # fmt: skip
    """Write an order that the claimant signs, if the contract would take it from the claimant now.

    Args:
        amount: Of a reopening: the whole loss, token units.
        subject: Of a reopening, whose new files are sealed: what the loss befell.
    Raises:
        Problem: `case_unknown`, `claim_not_noticed`, `claim_order_refused`, and what sealing is refused with.
    """
    row = service.get(session, principal, case_id, lock=True)
    claim_id = claim_id_of(row)
    root = _ROOT
    if action is ClaimAction.REOPEN:
        root = service.seal_again(session, office, principal, row, subject)
    deposit = _deposit(session, office, row, claim_id) if action is ClaimAction.DISPUTE else None
    _require_possible(office, row, claim_id, action, amount, root, institution, deposit)
    order = ClaimOrder(
        claim_id=claim_id, action=action, amount=TokenUnits(amount), evidence_root=root, institution=institution,
        nonce=service.next_nonce(session, office, row.claimant)[0], deadline=office.chain.time() + NOTICE_VALID_SECONDS,
    )  # fmt: skip
    if row.person_id is None:
        raise Problem("case_without_person", f"Nobody here holds the wallet {row.claimant}. Link it to a person first.")
    kept = CaseOrderRow(
        order_id=uuid.uuid4(), tenant_id=row.tenant_id, person_id=row.person_id, case_id=case_id, claim_id=claim_id,
        action=int(action), amount=amount, evidence_root=root, institution=institution, nonce=order.nonce,
        deadline=order.deadline, state=OrderState.PREPARED, created_at=office.clock(), permit=None,
        digest=claim_order_digest(order, chain_id=office.chain.chain_id, desk=office.chain.desk),
    )  # fmt: skip
    if deposit is not None and deposit.permit is not None:
        kept.permit = dict(deposit.permit["message"])
    repository.add(session, kept)
    return PreparedOrder(kept, document_of(office, kept), deposit)


def hand_in(
    session: Session, office: ClaimsOffice, principal: Principal, order_id: uuid.UUID, signature: bytes | None,
    permit_signature: bytes | None = None,
) -> CaseOrderRow:  # fmt: skip
    """Take the claimant's signature, or make it with the key kept for them, and have the order sent.

    Raises:
        Problem: `order_unknown`, `order_not_open`, `notice_expired`, `claim_signature_invalid`, `signature_missing`,
            `deposit_not_allowed`, and what custody refuses with.
    """
    kept = repository.order(session, order_id, lock=True)
    if kept is None or kept.tenant_id != principal.tenant_id:
        raise Problem("order_unknown", f"order_id {order_id} is not known. Take it from the case.")
    if kept.state == OrderState.HANDED_IN and signature in (None, kept.signature):
        return kept
    if kept.state != OrderState.PREPARED:
        raise Problem("order_not_open", f"order {order_id} is {kept.state}. Prepare another.")
    if office.chain.time() >= kept.deadline:
        raise Problem("notice_expired", f"order {order_id} was to be signed until {kept.deadline}. Prepare another.")
    row = service.get(session, principal, kept.case_id, lock=True)
    if signature is None:
        signature = service.kept_signature(session, office, principal, row, document_of(office, kept))
    service.require_signed(office, row.claimant, bytes(kept.digest), signature)
    _, after = service.next_nonce(session, office, row.claimant)
    if kept.action == ClaimAction.DISPUTE:
        after = _allow_deposit(session, office, principal, row, kept, permit_signature) or after
    kept.signature, kept.state = signature, OrderState.HANDED_IN
    kept.intent = f"{ORDER}:{bytes(kept.digest).hex()[:48]}"
    session.flush()
    call = ClaimsDesk.order_for(order_of(kept), signature)
    intents.submit(
        session, key=kept.intent, tenant_id=row.tenant_id, kind=ORDER, to=office.chain.desk, calldata=call.data,
        asked_by=str(principal.principal_id), after=after,
    )  # fmt: skip
    audit.record(
        session, principal, operation="claims.order", subject=f"cases/{row.case_id}",
        facts={"order": str(order_id), "action": ClaimAction(kept.action).name.lower()},
    )  # fmt: skip
    log.info("claim.ordered", case_id=str(row.case_id), action=ClaimAction(kept.action).name.lower())
    return kept


def push(session: Session, office: ClaimsOffice, principal: Principal, case_id: uuid.UUID, what: str) -> str:
    """Have done what the contracts let anybody do for a claim. Returns the intent's key.

    Args:
        what: `pay_instalment`, `close`, `draw_panel` or `conclude_dispute`.
    Raises:
        Problem: `case_unknown`, `claim_not_noticed`, `claim_order_refused`.
    """
    row = service.get(session, principal, case_id)
    claim_id = claim_id_of(row)
    call = open_call(session, office, claim_id, what)
    if call is None:
        raise Problem("claim_order_refused", f"{what} is not possible: the claim is not before the panel.")
    refused = open_refusal(office, row.claimant, what, call)
    if refused is not None:
        raise Problem(
            "claim_order_refused", f"{what} is not possible now. {refused.detail}",
            detail_zh=f"目前无法办理。{refused.detail_zh}", refusal=refused.code,
        )  # fmt: skip
    return submit_open(session, row.tenant_id, claim_id, what, call, asked_by=str(principal.principal_id))[0]


def submit_open(
    session: Session, tenant_id: uuid.UUID, claim_id: int, what: str, call: tuple[str, bytes], *, asked_by: str | None
) -> tuple[str, bool]:  # fmt: skip
    """Have a call brought that anybody may bring. Returns the intent's key, and whether it was not asked for before."""
    kind = f"claim-{what.replace('_', '-')}"
    key = intents.next_key(session, f"{kind}:{claim_id:064x}:{moves(session, claim_id, kind)}")
    to, calldata = call
    new = intents.submit(
        session, key=key, tenant_id=tenant_id, kind=kind, to=to, calldata=calldata, asked_by=asked_by,
        gas=CONCLUDING_GAS if what == "conclude_dispute" else None,
    )  # fmt: skip
    return key, new


def open_refusal(office: ClaimsOffice, claimant: str, what: str, call: tuple[str, bytes]) -> Refusal | None:
    """Why what anybody may do would come to nothing now; None: it would not."""
    to, calldata = call
    refused = office.chain.refusal(claimant, calldata, to)
    if refused is None and what == "draw_panel" and office.chain.draws_in_vain(claimant, calldata):
        return _NOBODY_TO_DRAW
    return refused


def open_call(session: Session, office: ClaimsOffice, claim_id: int, what: str) -> tuple[str, bytes] | None:
    """Contract and call of what anybody may do; None: it is the panel's, and the claim is not before it."""
    if what in ("pay_instalment", "close"):
        call = ClaimsDesk.close(claim_id).data if what == "close" else ClaimsDesk.pay_instalment(claim_id).data
        return office.chain.desk, bytes(call)
    found = claims_read.dispute_of(session, claim_id)
    if found is None:
        return None
    number = found[0].dispute_id
    call = DisputePanel.draw(number).data if what == "draw_panel" else DisputePanel.conclude(number).data
    return office.chain.panel, bytes(call)


def claim_id_of(row: CaseRow) -> int:
    """The claim on the chain.

    Raises:
        Problem: `claim_not_noticed`.
    """
    if row.claim_id is None:
        raise Problem("claim_not_noticed", f"case {row.case_id} has no claim on the chain yet. Wait for it.")
    return row.claim_id


def order_of(kept: CaseOrderRow) -> ClaimOrder:
    """What the contract is given."""
    return ClaimOrder(
        kept.claim_id, ClaimAction(kept.action), TokenUnits(kept.amount), bytes(kept.evidence_root), kept.institution,
        kept.nonce, kept.deadline,
    )  # fmt: skip


def document_of(office: ClaimsOffice, kept: CaseOrderRow) -> Document:
    """An order as wallets take it."""
    return order_document(order_of(kept), chain_id=office.chain.chain_id, desk=office.chain.desk)


def direct_call(claim_id: int, action: ClaimAction, *, amount: int, root: bytes, institution: int) -> bytes:
    """The same, as a transaction of the claimant's own."""
    calls: dict[ClaimAction, Any] = {
        ClaimAction.WITHDRAW: lambda: ClaimsDesk.withdraw(claim_id),
        ClaimAction.ESCALATE: lambda: ClaimsDesk.escalate(claim_id),
        ClaimAction.DISPUTE: lambda: ClaimsDesk.dispute(claim_id),
        ClaimAction.REOPEN: lambda: ClaimsDesk.reopen(claim_id, amount, root),
        ClaimAction.CHOOSE_INSTITUTION: lambda: ClaimsDesk.choose_institution(claim_id, institution),
        ClaimAction.TAKE_INSTALMENTS: lambda: ClaimsDesk.take_instalments(claim_id),
    }
    return bytes(calls[action]().data)


def _require_possible(
    office: ClaimsOffice, row: CaseRow, claim_id: int, action: ClaimAction, amount: int, root: bytes,
    institution: int, deposit: Deposit | None,
) -> None:  # fmt: skip
    call = direct_call(claim_id, action, amount=amount, root=root, institution=institution)
    refused = office.chain.refusal(row.claimant, call)
    # What is still missing is the allowance, and that is signed together with the order.
    unpaid = deposit is not None and refused is not None and refused.code.startswith(("erc20", "safe_erc20"))
    if refused is not None and not unpaid:
        name = action.name.lower()
        raise Problem(
            "claim_order_refused", f"{name} is not possible now. {refused.detail}",
            detail_zh=f"目前无法办理。{refused.detail_zh}", refusal=refused.code,
        )  # fmt: skip
    if deposit is not None and deposit.token.balance < deposit.amount:
        missing = f"A dispute takes a deposit of {deposit.amount} units of {deposit.token.address}"
        raise Problem("deposit_not_allowed", f"{missing}; {row.claimant} has {deposit.token.balance}. Add the rest.")


def _deposit(session: Session, office: ClaimsOffice, row: CaseRow, claim_id: int) -> Deposit:
    disputed, amount = office.chain.deposit_for(claim_id)
    treasury = office.shelf.product(session, row.product).terms.treasury
    token = office.chain.token_of(treasury, row.claimant)
    document = None
    if token.allowance < amount:
        document = permit_document(
            owner=row.claimant, spender=office.chain.panel, value=amount, nonce=token.nonce,
            deadline=office.chain.time() + NOTICE_VALID_SECONDS, chain_id=office.chain.chain_id, token=token.address,
            token_name=token.name,
        )  # fmt: skip
    return Deposit(token, amount, disputed, document)


def _allow_deposit(
    session: Session, office: ClaimsOffice, principal: Principal, row: CaseRow, kept: CaseOrderRow,
    signature: bytes | None,
) -> str | None:  # fmt: skip
    """The intent that allows the deposit and has to come first; None where it is allowed already."""
    deposit = _deposit(session, office, row, kept.claim_id)
    if deposit.permit is None:
        return None
    said, token = kept.permit or deposit.permit["message"], deposit.token
    values = {name: int(said[name]) for name in ("value", "nonce", "deadline")}
    document = permit_document(
        owner=row.claimant, spender=office.chain.panel, chain_id=office.chain.chain_id, token=token.address,
        token_name=token.name, **values,
    )  # fmt: skip
    if signature is None:
        signature = service.kept_signature(session, office, principal, row, document)
    digest = permit_digest(
        token=token.address, token_name=token.name, chain_id=office.chain.chain_id, owner=row.claimant,
        spender=office.chain.panel, **values,
    )  # fmt: skip
    service.require_signed(office, row.claimant, digest, signature)
    call = TestStablecoin.permit(
        row.claimant, office.chain.panel, values["value"], values["deadline"], signature[64], signature[:32],
        signature[32:64],
    )  # fmt: skip
    key = f"{PERMIT}:{digest.hex()[:48]}"
    intents.submit(session, key=key, tenant_id=row.tenant_id, kind=PERMIT, to=token.address, calldata=call.data)
    return key
