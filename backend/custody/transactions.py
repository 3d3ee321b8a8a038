"""The one transaction a key kept here signs: an adjuster's own decision, to the claims desk, with no money in it.

The call is put together here from the decision, so that nothing else can be signed. ADR 0067.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import structlog
from eth_account import Account
from sqlalchemy.orm import Session

from backend.access.principal import Principal
from backend.audit import service as audit
from backend.audit.entries import Facts
from backend.custody import service
from backend.custody.service import CustodyDesk
from backend.problems import Problem
from domain.claim_reports import Decision
from ledger.bindings import ClaimsDesk
from ledger.signing import FeePolicy

log = structlog.get_logger()
MOST_GAS: Final = 2_000_000
"""A decision takes about 155,000; one with many instalments and a long proof more. Beyond this it is none."""
MOST_FEE: Final = FeePolicy().cap


@dataclass(frozen=True, slots=True)
class Envelope:
    """How a transaction is sent: nonce, gas limit, and what a gas may cost at most, wei."""

    nonce: int
    gas: int
    max_fee: int
    priority_fee: int


def sign_decision(
    session: Session, desk: CustodyDesk, principal: Principal, to: str, decision: Decision, second: str,
    second_signature: bytes, envelope: Envelope,
) -> bytes:  # fmt: skip
    """The asker's own decision as a signed transaction of type 2.

    Args:
        to: The claims desk.
        second, second_signature: Of the second adjuster; the zero address and no bytes where none is needed.
    Raises:
        Problem: `custody_unknown`, `custody_ended`, `forbidden`, `step_up_required`.
        ValueError: Gas or fee beyond what a decision takes.
    """
    row, secret = service.own_staff_key(session, desk, principal)
    if desk.contracts.kind_of(session, row.tenant_id, to) != "ClaimsDesk":
        raise Problem("forbidden", f"{to} is no claims desk of this deployment; nothing else is sent from here.")
    if not 0 < envelope.gas <= MOST_GAS or not envelope.priority_fee <= envelope.max_fee <= MOST_FEE:
        raise ValueError(f"a decision is not sent with {envelope}")
    fields: dict[str, Any] = {
        "type": 2, "chainId": desk.contracts.chain_id, "to": to, "value": 0, "nonce": envelope.nonce,
        "data": bytes(ClaimsDesk.decide(decision, second, second_signature).data), "gas": envelope.gas,
        "maxFeePerGas": envelope.max_fee, "maxPriorityFeePerGas": envelope.priority_fee,
    }  # fmt: skip
    signed = Account.sign_transaction(fields, secret)
    told: Facts = {
        "type": "decide", "transaction": bytes(signed.hash).hex(), "contract": to, "denies": decision.loss == 0,
        "reason": decision.reason_code,
    }  # fmt: skip
    audit.record(
        session, principal, operation="custody.sign_transaction", subject=f"custody/{row.key_id}", facts=told
    )  # fmt: skip
    log.info("custody.signed", key_id=str(row.key_id), type="decide")
    return bytes(signed.raw_transaction)
