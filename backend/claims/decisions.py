"""Decisions of adjusters: prepared with reason, clause and proof, signed by the adjuster's own key, sent as theirs.

The desk wants the adjuster as the sender of the transaction, so the backend's relayer cannot send it: the call is given
to the adjuster's wallet, or a transaction the adjuster signed, with a wallet or the key kept here, is brought to the
chain and kept there (`sending`). A second adjuster, where the terms ask for one, signs the EIP-712 `Decision`.
Decision record 0057.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Any, Final

import structlog
from sqlalchemy.orm import Session

from backend.access.principal import Principal, PrincipalKind
from backend.access.roles import Role
from backend.audit import service as audit
from backend.audit.entries import Facts
from backend.chain.projections import claims_read, policies_read
from backend.chain.simulation import refusal_of
from backend.claims import decision_rows, parties, service
from backend.claims.checks import payee_of
from backend.claims.desk import ClaimsOffice
from backend.claims.documents import Document, decision_document
from backend.claims.models import CaseDecisionRow, CaseRow
from backend.claims.orders import claim_id_of
from backend.claims.states import DecisionState
from backend.claims.terms import CoveredProduct
from backend.problems import Problem
from domain.claim_reports import Decision
from domain.clauses import clause_proof
from domain.hashing import ZERO_ADDRESS, canonical_json, keccak256
from domain.money import TokenUnits
from domain.reasons import REASONS, ReasonUse
from ledger.bindings import ClaimsDesk
from ledger.rpc import RpcError
from ledger.typed_claims import decision_digest

log = structlog.get_logger()
VALID_SECONDS: Final = 3 * 86_400
_DENIES: Final = frozenset({ReasonUse.DENY})
_GRANTS: Final = frozenset({ReasonUse.GRANT, ReasonUse.REDUCE})
_NEEDS_SECOND: Final = "second_signature_required"


@dataclass(frozen=True, slots=True, repr=False)
class Asked:
    """What an adjuster decides. `loss`: adjusted, token units; 0 denies. `letter`: words to the claimant."""

    loss: int
    reason_code: int
    clause_id: str
    letter: str
    instalments: int = 1
    interval_seconds: int = 0


@dataclass(frozen=True, slots=True)
class Shown:
    """A decision with what its signers need: the call for the adjuster's wallet, the document for the second one.

    `call`: None until a second signature that is needed is there.
    """

    row: CaseDecisionRow
    document: Document
    to: str
    call: bytes | None


def prepare(session: Session, office: ClaimsOffice, principal: Principal, case_id: uuid.UUID, asked: Asked) -> Shown:
    """Put a decision together, if the desk would take it from this adjuster.

    Raises:
        Problem: `forbidden`, `case_unknown`, `claim_not_noticed`, `reason_invalid`, `clause_unknown`, `own_claim`,
            `adjuster_without_key`, `decision_refused`.
    """
    person = _adjuster(principal)
    row = service.get(session, principal, case_id, lock=True)
    claim_id, product = claim_id_of(row), office.shelf.product(session, row.product)
    clause = product.clause(asked.clause_id)
    _check_reason(product, asked)
    refuse_own(session, office, principal, row)
    adjuster = key_of(session, office, principal)
    letter = {"letter": asked.letter, "reason": asked.reason_code, "clause": asked.clause_id, "salt": uuid.uuid4().hex}
    decision = Decision(
        claim_id=claim_id, loss=TokenUnits(asked.loss), reason_code=asked.reason_code, clause=clause.words_hash(),
        proof=clause_proof(product.clauses, clause.id), letter_hash=keccak256(canonical_json(letter)),
        instalments=asked.instalments, interval_seconds=asked.interval_seconds,
        valid_until=office.chain.time() + VALID_SECONDS,
    )  # fmt: skip
    granted, needs_second = _tried(office, adjuster, decision)
    kept = CaseDecisionRow(
        decision_id=uuid.uuid4(), tenant_id=row.tenant_id, case_id=case_id, claim_id=claim_id, adjuster=person,
        adjuster_address=adjuster, loss=asked.loss, granted=granted, reason_code=asked.reason_code,
        clause_id=clause.id, clause=decision.clause, proof=[f"0x{each.hex()}" for each in decision.proof],
        letter_record=service.seal(session, office, principal, row, letter), letter_hash=decision.letter_hash,
        instalments=asked.instalments, interval_seconds=asked.interval_seconds, valid_until=decision.valid_until,
        digest=decision_digest(decision, adjuster=adjuster, chain_id=office.chain.chain_id, desk=office.chain.desk),
        needs_second=needs_second, state=DecisionState.PREPARED, created_at=office.clock(),
    )  # fmt: skip
    decision_rows.add(session, kept)
    facts: Facts = {"decision": str(kept.decision_id), "reason": asked.reason_code, "denies": asked.loss == 0}
    audit.record(session, principal, operation="claims.decide", subject=f"cases/{case_id}", facts=facts)
    log.info("decision.prepared", case_id=str(case_id), decision_id=str(kept.decision_id), denies=asked.loss == 0)
    return shown(office, kept)


def sign_second(
    session: Session, office: ClaimsOffice, principal: Principal, decision_id: uuid.UUID, signature: bytes | None
) -> Shown:
    """Another adjuster signs, with their own wallet or the key kept for them.

    Raises:
        Problem: `forbidden`, `decision_unknown`, `decision_not_open`, `own_claim`, `second_signature_invalid`,
            `claim_signature_invalid`, and what custody refuses with.
    """
    person = _adjuster(principal)
    kept = get(session, principal, decision_id, lock=True)
    _require_open(office, kept)
    row = service.get(session, principal, kept.case_id)
    refuse_own(session, office, principal, row)
    if kept.adjuster == person:
        raise Problem("second_signature_invalid", "The second signature is another adjuster's. Ask a colleague.")
    if not kept.needs_second:
        raise Problem("decision_not_open", f"decision {decision_id} needs no second signature. It can be sent.")
    signer = key_of(session, office, principal)
    if signer == kept.adjuster_address:
        raise Problem("second_signature_invalid", f"{signer} decides already; two different keys are needed.")
    if signature is None:
        if office.custody is None:
            raise Problem("signature_missing", "signature is missing: no keys are kept here. Sign with your wallet.")
        signature = office.custody.sign(session, principal, person, _document(office, kept), staff=True, authority=None)
    service.require_signed(office, signer, bytes(kept.digest), signature)
    _require_taken(office, kept, signer, signature)
    kept.second, kept.second_address, kept.second_signature = person, signer, signature
    audit.record(
        session, principal, operation="claims.countersign", subject=f"cases/{kept.case_id}",
        facts={"decision": str(decision_id)},
    )  # fmt: skip
    return shown(office, kept)


def get(session: Session, principal: Principal, decision_id: uuid.UUID, *, lock: bool = False) -> CaseDecisionRow:
    """A decision of this insurer's.

    Raises:
        Problem: `decision_unknown`.
    """
    found = decision_rows.find(session, decision_id, lock=lock)
    if found is None or found.tenant_id != principal.tenant_id:
        raise Problem("decision_unknown", f"decision_id {decision_id} is not known. Take it from the case.")
    return found


def shown(office: ClaimsOffice, kept: CaseDecisionRow) -> Shown:
    """A decision with what its signers need."""
    ready = not kept.needs_second or kept.second_signature is not None
    return Shown(kept, _document(office, kept), office.chain.desk, calldata_of(kept) if ready else None)


def calldata_of(kept: CaseDecisionRow) -> bytes:
    """The call the adjuster sends."""
    return _call(decision_of(kept), kept.second_address, kept.second_signature)


def decision_of(kept: CaseDecisionRow) -> Decision:
    """What the contract is given."""
    return Decision(
        kept.claim_id, TokenUnits(kept.loss), kept.reason_code, bytes(kept.clause),
        tuple(bytes.fromhex(each[2:]) for each in kept.proof), bytes(kept.letter_hash), kept.instalments,
        kept.interval_seconds, kept.valid_until,
    )  # fmt: skip


def refuse_own(session: Session, office: ClaimsOffice, principal: Principal, row: CaseRow) -> None:
    """Refuse whoever claims, is paid, or holds the policy: as a person and by any of their accounts.

    The contract compares accounts only; a person may have several.

    Raises:
        Problem: `own_claim`.
    """
    assert principal.principal_id is not None
    policy = policies_read.policy(session, row.product, row.policy_id)
    parties_of = {row.claimant} | ({policy.row.holder, payee_of(policy)} if policy else set())
    mine = set(parties.addresses(session, office, principal, principal.principal_id, staff=True))
    mine |= set(parties.addresses(session, office, principal, principal.principal_id))
    if principal.principal_id == row.person_id or mine & parties_of:
        raise Problem("own_claim", f"case {row.case_id} is your own matter. Leave it to a colleague.")


def _adjuster(principal: Principal) -> uuid.UUID:
    """Whoever decides: a person who is an adjuster, whatever let the request in.

    Raises:
        Problem: `forbidden`.
    """
    person = principal.principal_id
    if principal.kind is not PrincipalKind.PERSON or person is None or Role.ADJUSTER not in principal.roles:
        raise Problem("forbidden", "Only an adjuster, who is a person, decides on claims. Machines pay or refer.")
    return person


def key_of(session: Session, office: ClaimsOffice, principal: Principal) -> str:
    """The address an adjuster signs with.

    Raises:
        Problem: `adjuster_without_key`.
    """
    assert principal.principal_id is not None
    found = parties.addresses(session, office, principal, principal.principal_id, staff=True)
    if not found:
        raise Problem("adjuster_without_key", "You have no key to sign with. Link a wallet: POST /v1/wallets.")
    return found[0]


def _check_reason(product: CoveredProduct, asked: Asked) -> None:
    known = REASONS.get(asked.reason_code)
    uses = _DENIES if asked.loss == 0 else _GRANTS
    allowed = [code for code in product.reasons if REASONS[code].use in uses]
    if known is None or asked.reason_code not in allowed:
        what = "denies" if asked.loss == 0 else "grants"
        listed = ", ".join(map(str, allowed))
        raise Problem(
            "reason_invalid", f"reason_code {asked.reason_code} is none of a decision that {what}. Choose of {listed}.",
            field="reason_code",
        )  # fmt: skip
    clauses = product.reasons[asked.reason_code]
    if asked.clause_id not in clauses:
        raise Problem(
            "reason_invalid",
            f"clause_id {asked.clause_id} is no ground of reason {asked.reason_code}. Choose of {', '.join(clauses)}.",
            field="clause_id",
        )


def _tried(office: ClaimsOffice, adjuster: str, decision: Decision) -> tuple[int, bool]:
    """What the decision would grant, and whether a second adjuster has to sign first; then the grant is the loss."""
    try:
        return office.chain.granted(adjuster, _call(decision, None, None)), False
    except RpcError as error:
        refused = refusal_of(error)
        if refused.code != _NEEDS_SECOND:
            raise Problem("decision_refused", refused.detail, refusal=refused.code) from error
        return int(decision.loss), True


def _require_taken(office: ClaimsOffice, kept: CaseDecisionRow, signer: str, signature: bytes) -> None:
    """Run the whole call as the adjuster would send it, and keep what it grants."""
    try:
        kept.granted = office.chain.granted(kept.adjuster_address, _call(decision_of(kept), signer, signature))
    except RpcError as error:
        refused = refusal_of(error)
        raise Problem("decision_refused", refused.detail, refusal=refused.code) from error


def _require_open(office: ClaimsOffice, kept: CaseDecisionRow) -> None:
    if kept.state != DecisionState.PREPARED:
        raise Problem("decision_not_open", f"decision {kept.decision_id} is {kept.state}. Prepare another.")
    if office.chain.time() >= kept.valid_until:
        raise Problem("decision_not_open", f"decision {kept.decision_id} was good until {kept.valid_until}.")


def _document(office: ClaimsOffice, kept: CaseDecisionRow) -> dict[str, Any]:
    return decision_document(
        decision_of(kept), adjuster=kept.adjuster_address, chain_id=office.chain.chain_id, desk=office.chain.desk
    )


def _call(decision: Decision, second: str | None, signature: bytes | None) -> bytes:
    return bytes(ClaimsDesk.decide(decision, second or ZERO_ADDRESS, signature or b"").data)


def decided(session: Session, kept: CaseDecisionRow) -> tuple[int, bool] | None:
    """In which block the claim was decided, and whether so; None: it is not decided yet."""
    found = claims_read.claim(session, kept.claim_id)
    steps = [step for step in found.steps if step.kind == "decided"] if found else []
    if not steps:
        return None
    last = steps[-1]
    told = (last.actor, last.reason_code, bytes(last.clause or b""))
    return last.block_number, told == (kept.adjuster_address, kept.reason_code, bytes(kept.clause))
