"""Notice of loss: held against policy and terms, its evidence sealed, signed by the claimant, handed in.

The caller owns the transaction. Decision record 0053.
"""

from __future__ import annotations

import uuid
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, Final

import structlog
from sqlalchemy.orm import Session

from backend.access.principal import Principal
from backend.audit import service as audit
from backend.chain.intents import service as intents
from backend.chain.projections import policies_read
from backend.chain.projections.policies_read import Policy
from backend.claims import parties, repository
from backend.claims.checks import Loss, check_loss
from backend.claims.desk import NOTICE_VALID_SECONDS, ClaimsOffice
from backend.claims.documents import Document, notice_document
from backend.claims.models import CaseRow
from backend.claims.ports import LossFacts
from backend.claims.states import CaseState
from backend.claims.terms import CoveredProduct
from backend.database import as_worker
from backend.problems import Problem
from backend.products import sellers
from backend.vault import service as vault
from backend.vault.retention import Category, Purpose
from domain.claim_reports import Notice
from domain.money import TokenUnits
from ledger.bindings import ClaimsDesk
from ledger.typed_claims import loss_notice_digest

log = structlog.get_logger()
NOTICE: Final = "claim-notice"
_PAST_SECONDS: Final = 36 * 30 * 86_400
_OPEN: Final = frozenset({CaseState.DRAFT, CaseState.PREPARED, CaseState.FAILED})


@dataclass(frozen=True, slots=True)
class Prepared:
    """A notice to be signed: the document, and the hash that is signed under it."""

    row: CaseRow
    document: Document


def get(session: Session, principal: Principal, case_id: uuid.UUID, *, lock: bool = False) -> CaseRow:
    """A case, as far as this principal is concerned.

    Raises:
        Problem: `case_unknown`.
    """
    found = repository.case(session, case_id, lock=lock)
    if found is None or found.tenant_id != principal.tenant_id:
        raise Problem("case_unknown", f"case_id {case_id} is not known. Take it from your list of cases.")
    return found


def prepare(
    session: Session, office: ClaimsOffice, principal: Principal, case_id: uuid.UUID, *, subject: str
) -> Prepared:
    """Seal what was uploaded, and write the notice that the claimant signs. Again: with the files there are now.

    Args:
        subject: What the loss befell: passport, licence or vehicle number. Kept in the sealed evidence only.
    Raises:
        Problem: `case_unknown`, `case_not_open`, `loss_refused`, and what sealing is refused with.
    """
    row = get(session, principal, case_id, lock=True)
    _require(row, _OPEN)
    product, policy = insured(session, office, principal, row.product, row.policy_id)
    now = office.chain.time()
    had = repository.count_claims(session, row.product, row.policy_id)
    check_loss(product, policy, Loss(row.coverage, row.peril, row.occurred_at, row.claimed), claims=had, now=now)
    facts = _facts(session, product, policy, row, subject, now)
    row.evidence_root = office.evidence.seal(session, principal, case_id, facts)
    row.nonce = next_nonce(session, office, row.claimant)[0]
    row.deadline, row.state = now + NOTICE_VALID_SECONDS, CaseState.PREPARED
    row.failure_code = row.failure_detail = row.intent = row.signature = None
    row.digest = loss_notice_digest(
        notice_of(row), signer=row.claimant, nonce=row.nonce, deadline=row.deadline,
        chain_id=office.chain.chain_id, desk=product.terms.desk,
    )  # fmt: skip
    row.version += 1
    session.flush()
    return Prepared(row, document_of(office, row, product.terms.desk))


def seal_again(
    session: Session, office: ClaimsOffice, principal: Principal, row: CaseRow, subject: str
) -> bytes:  # fmt: skip
    """Seal a case's files anew, with what came since. Returns the new root; raises as `prepare`."""
    product, policy = insured(session, office, principal, row.product, row.policy_id)
    return office.evidence.seal(
        session, principal, row.case_id, _facts(session, product, policy, row, subject, office.chain.time())
    )


def document_of(office: ClaimsOffice, row: CaseRow, desk: str) -> Document:
    """The notice of a prepared case, as wallets take it."""
    assert row.nonce is not None
    assert row.deadline is not None
    return notice_document(
        notice_of(row), signer=row.claimant, nonce=row.nonce, deadline=row.deadline,
        chain_id=office.chain.chain_id, desk=desk,
    )  # fmt: skip


def hand_in(
    session: Session, office: ClaimsOffice, principal: Principal, case_id: uuid.UUID, signature: bytes | None
) -> CaseRow:
    """Take the claimant's signature, or make it with the key kept for them, and have the notice sent.

    Handing in the same again changes nothing.

    Raises:
        Problem: `case_unknown`, `case_not_open`, `notice_expired`, `claim_signature_invalid`, `signature_missing`,
            and what custody refuses with.
    """
    row = get(session, principal, case_id, lock=True)
    if row.state == CaseState.HANDED_IN and signature in (None, row.signature):
        return row
    _require(row, frozenset({CaseState.PREPARED}))
    assert row.deadline is not None
    if office.chain.time() >= row.deadline:
        raise Problem("notice_expired", f"case {case_id} was to be signed until {row.deadline}. Prepare it again.")
    product = office.shelf.product(session, row.product)
    if signature is None:
        signature = kept_signature(session, office, principal, row, document_of(office, row, product.terms.desk))
    require_signed(office, row.claimant, bytes(row.digest or b""), signature)
    _, before = next_nonce(session, office, row.claimant)
    row.signature, row.state, row.version = signature, CaseState.HANDED_IN, row.version + 1
    row.intent = f"{NOTICE}:{bytes(row.digest or b'').hex()[:48]}"
    call = ClaimsDesk.notify_for(notice_of(row), row.claimant, row.deadline, signature)
    session.flush()
    with as_worker(session, row.tenant_id, principal):
        intents.submit(
            session, key=row.intent, tenant_id=row.tenant_id, kind=NOTICE, to=product.terms.desk, calldata=call.data,
            asked_by=str(principal.principal_id), after=before,
        )  # fmt: skip
    audit.record(
        session, principal, operation="claims.notify", subject=f"cases/{case_id}",
        facts={"root": bytes(row.evidence_root or b"").hex(), "digest": bytes(row.digest or b"").hex()},
    )  # fmt: skip
    log.info("case.handed_in", case_id=str(case_id))
    return row


def next_nonce(session: Session, office: ClaimsOffice, claimant: str) -> tuple[int, str | None]:
    """The nonce a claimant signs next, and the intent that has to be in a block before.

    Ours are looked up first, the chain is asked afterwards: what is mined and not taken in yet counts there alone.
    """
    waiting = repository.on_their_way(session, claimant)
    used = office.chain.nonce(claimant)
    before = [key for nonce, key in waiting if nonce >= used]
    return used + len(before), before[-1] if before else None


def notice_of(row: CaseRow) -> Notice:
    """What the contract is given."""
    return Notice(
        row.product, row.policy_id, row.coverage, row.peril, row.occurred_at, TokenUnits(row.claimed),
        bytes(row.evidence_root or b""),
    )  # fmt: skip


def require_signed(office: ClaimsOffice, signer: str, digest: bytes, signature: bytes) -> None:
    """Refuse a signature that is not the signer's, before anybody pays for sending it.

    Raises:
        Problem: `claim_signature_invalid`.
    """
    if not office.chain.is_signed(signer, digest, signature):
        raise Problem(
            "claim_signature_invalid",
            f"signature is not of {signer}. Sign the document as it was given; its hash is 0x{digest.hex()}.",
            field="signature",
        )


def insured(
    session: Session, office: ClaimsOffice, principal: Principal, address: str, policy_id: int
) -> tuple[CoveredProduct, Policy]:
    """The product and the policy under it.

    Raises:
        Problem: `product_unknown`, `document_unknown`, `policy_unknown`.
    """
    assert principal.tenant_id is not None
    product = office.shelf.product(session, address)
    sellers.require_own(session, principal.tenant_id, product.terms.treasury, address)
    policy = policies_read.policy(session, address, policy_id)
    if policy is None:
        raise Problem(
            "policy_unknown", f"policy_id {policy_id} of product {address} is not bound, or not yet seen. Check both."
        )
    return product, policy


def seal(
    session: Session, office: ClaimsOffice, principal: Principal, row: CaseRow, told: Mapping[str, Any]
) -> uuid.UUID:  # fmt: skip
    """Keep words about a case where only who may open its file reads them.

    Raises:
        Problem: `case_without_person`, `key_service_unavailable`.
    """
    if row.person_id is None:
        raise Problem("case_without_person", f"Nobody here holds the wallet {row.claimant}. Link it to a person first.")
    with as_worker(session, row.tenant_id, principal):
        return vault.seal_record(
            session, office.vault, Principal.worker(row.tenant_id), person_id=row.person_id,
            category=Category.CLAIM_EVIDENCE, purpose=Purpose.CLAIMS, data=told, subject=subject_of(row.case_id),
        )  # fmt: skip


def subject_of(case_id: uuid.UUID) -> bytes:
    """A case as the subject of sealed records, the same as its evidence's: both are kept as long."""
    return b"case" + case_id.bytes


def case_about(subject: bytes) -> uuid.UUID | None:
    """The case that is a sealed record's subject; None: it is something else."""
    return uuid.UUID(bytes=subject[4:]) if len(subject) == 20 and subject.startswith(b"case") else None


def policies_of(session: Session, case_ids: Collection[uuid.UUID]) -> dict[uuid.UUID, tuple[str, int]]:
    """Product and number of the policy that each case claims under; cases that no claim came of are left out."""
    return repository.policies_of(session, case_ids)


def _facts(
    session: Session, product: CoveredProduct, policy: Policy, row: CaseRow, subject: str, now: int
) -> LossFacts:
    raised = [
        later.since
        for earlier, later in zip(policy.versions, policy.versions[1:], strict=False)
        if later.sum_insured > earlier.sum_insured
    ]
    past = repository.claimed_since(session, row.claimant, now - _PAST_SECONDS)
    return LossFacts(
        subject=subject, cover_from=policy.row.starts_at, cover_until=policy.ends_at, occurred_at=row.occurred_at,
        noticed_at=now, sum_raised_at=raised[-1] if raised else None,
        past_amounts_minor=tuple(amount // product.units_per_minor for _, amount in past),
    )  # fmt: skip


def kept_signature(
    session: Session, office: ClaimsOffice, principal: Principal, row: CaseRow, document: Document
) -> bytes:
    """The claimant's signature, made with the key kept for them.

    Raises:
        Problem: `signature_missing`: the key is not kept here; and what custody refuses with.
    """
    if row.person_id is None or not parties.is_kept(session, office, row.tenant_id, row.person_id, row.claimant):
        raise Problem(
            "signature_missing", f"signature is missing: the key of {row.claimant} is not kept here. Sign it."
        )
    assert office.custody is not None
    return office.custody.sign(
        session, principal, row.person_id, document, staff=False, authority=row.authority_record
    )  # fmt: skip


def _require(row: CaseRow, states: frozenset[CaseState]) -> None:
    if row.state not in states:
        wanted = " or ".join(sorted(states))
        raise Problem("case_not_open", f"case {row.case_id} is {row.state}; this needs one that is {wanted}.")
