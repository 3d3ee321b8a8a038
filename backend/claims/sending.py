"""Transactions adjusters signed themselves: looked at, kept, brought to the chain, and brought again until it has them.

Nonce and fee are a wallet's own; a key kept here gets the next free nonce (`lanes`). Asked again, what the chain does
not take is signed again at its nonce and dearer. What it does not take within the decision's time is given up.
"""

from __future__ import annotations

import uuid
from typing import Any, Final

import structlog
from eth_account import Account
from eth_account.typed_transactions.typed_transaction import TypedTransaction
from hexbytes import HexBytes
from sqlalchemy.orm import Session

from backend.access.principal import Principal
from backend.audit import service as audit
from backend.chain.simulation import refusal_of
from backend.claims import decision_rows, decisions, lanes
from backend.claims.desk import ClaimsOffice
from backend.claims.lanes import Flying
from backend.claims.models import CaseDecisionRow
from backend.claims.ports import ClaimChain, Postage
from backend.claims.states import DecisionState
from backend.custody.transactions import MOST_GAS
from backend.problems import Problem
from domain.hashing import ZERO_ADDRESS, checksum_address, keccak256
from ledger.rpc import RpcError
from ledger.sender import FeeTooHigh

log = structlog.get_logger()
_KNOWN: Final = ("already known", "already imported", "known transaction")
"""What nodes say of a transaction they hold: it is where it should be."""


def hand_in(
    session: Session, office: ClaimsOffice, principal: Principal, decision_id: uuid.UUID, raw: bytes | None
) -> CaseDecisionRow:
    """Take the adjuster's own transaction with exactly the prepared call, and bring it to the chain. While it is not
    mined, a dearer one takes its place.

    Args:
        raw: As their wallet signed it; None: signed here, with the key kept for them, again only where it is needed.
    Raises:
        Problem: `decision_unknown`, `decision_not_open`, `forbidden`, `decision_refused`, `transaction_refused`,
            `transaction_missing`, `gas_missing`, and what custody refuses with.
    """
    kept = decisions.get(session, principal, decision_id, lock=True)
    sent = bytes(kept.raw or b"") if kept.state == DecisionState.SENT else None
    if sent is not None and raw == sent:
        return kept
    if kept.adjuster != principal.principal_id:
        raise Problem("forbidden", "Only who decides hands in the decision. Prepare one of your own.")
    ready = decisions.shown(office, kept)
    if kept.state not in decision_rows.OPEN or ready.call is None:
        raise Problem("decision_not_open", f"decision {decision_id} is {kept.state}, or lacks the second signature.")
    if raw is None:
        raw = _signed_here(session, office, principal, kept, ready.call)
    if raw == sent:
        return kept
    _check(office, kept, raw, ready.call)
    refused = office.chain.refusal(kept.adjuster_address, ready.call) if sent is None else None
    if refused is not None:
        raise Problem("decision_refused", refused.detail, refusal=refused.code)
    _bring(office.chain, raw)
    kept.raw, kept.transaction_hash, kept.state = raw, keccak256(raw), DecisionState.SENT
    kept.failure_code = None
    audit.record(
        session, principal, operation="claims.send_decision", subject=f"cases/{kept.case_id}",
        facts={"decision": str(decision_id), "transaction": keccak256(raw).hex()},
    )  # fmt: skip
    log.info("decision.sent", decision_id=str(decision_id), transaction_hash="0x" + keccak256(raw).hex())
    return kept


def _signed_here(
    session: Session, office: ClaimsOffice, principal: Principal, kept: CaseDecisionRow, call: bytes
) -> bytes:
    """The decision as a transaction of the key kept for the adjuster, which pays for its gas itself; the one that was
    sent before, where that will do.
    """
    sender, sent = kept.adjuster_address, bytes(kept.raw) if kept.raw is not None else None
    assert principal.tenant_id is not None
    own = office.custody and office.custody.address_of(session, principal.tenant_id, kept.adjuster, staff=True)
    if office.custody is None or own != sender:
        if sent is not None:
            return sent  # a wallet's: the wallet makes it dearer
        raise Problem("transaction_missing", f"transaction is missing: the key of {sender} is not kept here. Sign it.")
    decision_rows.lock_sender(session, sender)
    try:
        postage = _placed(session, kept, office.chain.postage(sender, call))
    except RpcError as error:
        if sent is not None:
            return sent  # it may be mined by now; the follower finds out
        refused = refusal_of(error)
        raise Problem("decision_refused", refused.detail, refusal=refused.code) from error
    except FeeTooHigh as error:
        sentence = f"Nothing was sent: {error}. Try again later."
        raise Problem("decision_refused", sentence, refusal="fee_too_high") from error
    if postage is None:
        assert sent is not None
        return sent
    if postage.gas > MOST_GAS:
        sentence = (
            f"Sending it takes up to {postage.gas} gas, and a key kept here pays for {MOST_GAS} at most. Have an "
            "adjuster with a wallet decide."
        )
        raise Problem("decision_refused", sentence, refusal="gas_too_high")
    needed = postage.gas * postage.max_fee
    if postage.balance < needed:
        raise Problem(
            "gas_missing", f"{sender} has {postage.balance} wei, and sending this takes up to {needed}. Send it some.",
            address=sender, needed=str(needed), balance=str(postage.balance),
        )  # fmt: skip
    decision = decisions.decision_of(kept)
    second, signature = kept.second_address or ZERO_ADDRESS, bytes(kept.second_signature or b"")
    return office.custody.send_decision(
        session, principal, office.chain.desk, decision, second, signature, postage
    )  # fmt: skip


def _placed(session: Session, kept: CaseDecisionRow, postage: Postage) -> Postage | None:
    """Postage beside what else this sender has on its way; None: what was sent before will do."""
    others: list[Flying] = []
    given_up: list[Flying] = []
    for row in decision_rows.last_sent(session, kept.adjuster_address):
        flying = lanes.read_flying(bytes(row.raw or b""))
        if row.decision_id != kept.decision_id and flying.nonce >= postage.nonce:
            (given_up if row.state == DecisionState.FAILED else others).append(flying)
    own = None if kept.raw is None else lanes.read_flying(bytes(kept.raw))
    return lanes.placed(postage, own=own, others=others, given_up=given_up)


def bring_again(chain: ClaimChain, kept: CaseDecisionRow) -> None:
    """Bring a transaction that is not on the chain yet. What the node refuses now it may take later."""
    if kept.raw is None:
        return
    try:
        chain.broadcast(bytes(kept.raw))
    except RpcError as error:
        if not any(each in error.message.lower() for each in _KNOWN):
            log.warning("decision.refused", decision_id=str(kept.decision_id), code=error.code)


def _check(office: ClaimsOffice, kept: CaseDecisionRow, raw: bytes, call: bytes) -> None:
    said = _read(raw)
    wanted: dict[str, Any] = {
        "chainId": office.chain.chain_id, "to": office.chain.desk, "value": 0, "data": "0x" + call.hex(),
        "from": kept.adjuster_address,
    }  # fmt: skip
    for name, value in wanted.items():
        if said[name] != value:
            shown = str(said[name])[:66]
            raise _refused(f"its {name} is {shown}, not {str(value)[:66]}. Sign exactly the call that was prepared")


def _read(raw: bytes) -> dict[str, Any]:
    if not raw or raw[0] not in (1, 2):
        raise _refused("it is no typed transaction (EIP-2718, types 1 and 2). Have the wallet sign one of type 2")
    try:
        said = TypedTransaction.from_bytes(HexBytes(raw)).as_dict()
        sender = str(Account.recover_transaction(HexBytes(raw)))
        to = checksum_address("0x" + bytes(HexBytes(said["to"])).hex())
    except Exception as error:  # the readers raise many kinds for bytes that are no transaction
        raise _refused("it cannot be read. Hand in the signed transaction as the wallet gave it") from error
    data = "0x" + bytes(HexBytes(said["data"])).hex()
    return {"chainId": said["chainId"], "to": to, "value": said["value"], "data": data, "from": sender}


def _bring(chain: ClaimChain, raw: bytes) -> None:
    try:
        chain.broadcast(raw)
    except RpcError as error:
        if not any(each in error.message.lower() for each in _KNOWN):
            raise _refused(f"the chain does not take it ({error.message[:200]}). Mend it and sign again") from error


def _refused(why: str) -> Problem:
    return Problem("transaction_refused", f"transaction is refused: {why}.", field="transaction")
