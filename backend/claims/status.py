"""Where a claim stands, for whom it is about: whose turn, until when, how much, what was paid and why, and the proof.

All of it is the chain's: rows of the projections, and the contracts' own clock asked at the moment of the answer.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from sqlalchemy.orm import Session

from backend.access.principal import Principal
from backend.chain.projections import claims_read
from backend.chain.projections.claims_read import Claim
from backend.chain.projections.models import ClaimPaymentRow
from backend.chain.refusal_words import words_of
from backend.claims import decision_rows, service
from backend.claims.desk import ClaimsOffice
from backend.claims.measured import Measured, measured
from backend.claims.models import CaseRow
from backend.claims.sealed import purpose_of
from backend.claims.states import CaseState, DecisionState
from backend.claims.terms import CoveredProduct
from backend.claims.words import (
    OUTCOMES,
    OWNERS,
    StepKind,
    StepOwner,
    amount_in_words,
    before_in_words,
    drawing_in_words,
    lapsed_in_words,
    step_in_words,
)
from backend.database import as_worker
from backend.problems import Problem
from backend.vault import service as vault
from domain.reasons import REASONS
from ledger.bindings import LossReported
from ledger.bundle import Documents
from ledger.claim_file import ClaimNotOnChain, gather_claim
from ledger.claim_form import ClaimFile, ClaimFileInvalid
from ledger.codec import ChainEvent
from ledger.deployment import Deployment
from ledger.events import LogDecoder
from ledger.rpc import Rpc, RpcError

_CLOSED: Final = frozenset({"approval_needed", "processing_restricted", "record_destroyed"})
"""Why somebody who may see where a claim stands may not read its letter."""


@dataclass(frozen=True, slots=True)
class Ground:
    """Why it was decided so: reason and clause in both languages, and the letter where there is one."""

    reason_code: int
    reason: dict[str, str]
    clause_id: str
    clause: dict[str, str]
    letter: str | None = None


@dataclass(frozen=True, slots=True)
class Status:
    """A case in words. Amounts in token units; `until`: unix seconds, 0 where no time runs.

    Attributes:
        held: Of what was paid, what could not be transferred and is held for the payee.
        ground: Why a person, or the panel, decided so.
        measured: Where nobody decided: why the machine paid.
    """

    case: CaseRow
    owner: StepOwner
    step: str
    until: int
    words: dict[str, str]
    product: CoveredProduct
    claim: Claim | None = None
    payments: Sequence[ClaimPaymentRow] = ()
    held: int = 0
    ground: Ground | None = None
    measured: Measured | None = None

    @property
    def outcome(self) -> dict[str, str] | None:
        """How it was decided, by language."""
        return None if self.claim is None else dict(OUTCOMES[self.claim.outcome])

    def in_words(self, units: int) -> str:
        """An amount as people read it."""
        return amount_in_words(units, self.product.decimals, self.product.symbol)


def of_case(session: Session, office: ClaimsOffice, principal: Principal, case_id: uuid.UUID) -> Status:
    """Where a case stands.

    Raises:
        Problem: `case_unknown`.
    """
    row = service.get(session, principal, case_id)
    product = office.shelf.product(session, row.product)
    claim = claims_read.claim(session, row.claim_id) if row.claim_id is not None else None
    if claim is None:
        return _before(row, product, office)
    try:
        step = office.chain.next_step(claim.row.claim_id)
        kind, until = StepKind(step.kind), step.instant
        drawing = kind is StepKind.RULE and until == 0
        if drawing:
            until = office.chain.draw_until(claim.row.claim_id)
    except RpcError:  # the newest block does not have it any more: it is on its way again
        return _before(row, product, office)
    ground = _ground(session, office, principal, row, product, claim)
    payments = claims_read.payments(session, claim.row.claim_id)
    return Status(
        case=row, owner=OWNERS[step.owner], step=kind.name.lower(), until=until,
        words=drawing_in_words(until) if drawing else step_in_words(kind, until), product=product, claim=claim,
        payments=payments, held=claims_read.held(session, claim.row.claim_id), ground=ground,
        measured=measured(session, row, product, claim) if payments and ground is None else None,
    )  # fmt: skip


def _before(row: CaseRow, product: CoveredProduct, office: ClaimsOffice) -> Status:
    state = CaseState(row.state)
    if state is CaseState.PREPARED and office.chain.time() >= (row.deadline or 0):
        return Status(
            case=row, owner=StepOwner.CLAIMANT, step=CaseState.DRAFT.value, until=0,
            words=lapsed_in_words(row.deadline or 0), product=product,
        )  # fmt: skip
    own = state in (CaseState.DRAFT, CaseState.PREPARED, CaseState.FAILED)
    return Status(
        case=row, owner=StepOwner.CLAIMANT if own else StepOwner.INSURER, step=state.value,
        until=row.deadline or 0 if state is CaseState.PREPARED else 0,
        words=before_in_words(state, deadline=row.deadline, why=_why(row)), product=product,
    )  # fmt: skip


def _why(row: CaseRow) -> dict[str, str]:
    """Why the contract took no notice: what was kept, and the same of the refusal's name in Chinese."""
    name = "".join(part.capitalize() for part in (row.failure_code or "").split("_"))
    return {"en": row.failure_detail or "-", "zh": words_of(name)[1] if name else "-"}


def _ground(
    session: Session, office: ClaimsOffice, principal: Principal, row: CaseRow, product: CoveredProduct, claim: Claim
) -> Ground | None:
    steps = [step for step in claim.steps if step.kind in ("decided", "awarded") and step.reason_code]
    if not steps:
        return None
    last = steps[-1]
    reason, clause = REASONS.get(last.reason_code or 0), product.clause_by_hash(bytes(last.clause or b""))
    return Ground(
        reason_code=last.reason_code or 0,
        reason={language: reason.text(language) if reason else "" for language in ("en", "zh")},
        clause_id=clause.id if clause else "", clause={n: clause.text(n) if clause else "" for n in ("en", "zh")},
        letter=_letter(session, office, principal, row) if last.kind == "decided" else None,
    )  # fmt: skip


def _letter(session: Session, office: ClaimsOffice, principal: Principal, row: CaseRow) -> str | None:
    """The letter of the decision on the chain, for whom it is written to and who may open the file; else None."""
    with as_worker(session, row.tenant_id, principal):
        rows = decision_rows.of_case(session, row.case_id)
    decided = [each for each in rows if each.state == DecisionState.DECIDED]
    if not decided:
        return None
    try:
        told = vault.open_record(
            session, office.vault, principal, decided[-1].letter_record, purpose=purpose_of(principal)
        )  # fmt: skip
    except Problem as refused:
        if refused.code not in _CLOSED:
            raise
        return None  # where the claim stands is still theirs to see: customer service opens no file
    return str(told["letter"])


@dataclass(frozen=True, slots=True)
class Proofs:
    """What a claim can be checked by, without believing us.

    Attributes:
        transactions: Of every step and payment, in the chain's order: (what, block, hash).
        report_digests: What the oracle's nodes signed.
    """

    transactions: Sequence[tuple[str, int, bytes]] = field(default=())
    report_digests: Sequence[bytes] = field(default=())


def of_claim(session: Session, rpc: Rpc, desk: str, claim_id: int) -> Proofs:
    """Transactions and report digests of a claim.

    Raises:
        Problem: `claim_not_noticed`.
        RpcError, RpcUnavailable
    """
    claim = claims_read.claim(session, claim_id)
    if claim is None:
        raise Problem("claim_not_noticed", f"claim 0x{claim_id:064x} is not on the chain now. Wait for it.")
    found = [(step.kind, step.block_number, step.log_index, bytes(step.transaction_hash)) for step in claim.steps]
    found += [
        ("paid", row.block_number, row.log_index, bytes(row.transaction_hash))
        for row in claims_read.payments(session, claim.row.claim_id)
    ]
    found.sort(key=lambda each: each[1:3])
    decoder = LogDecoder({desk: "ClaimsDesk"})
    digests = []
    for kind, _, _, transaction in found:
        if kind == "reported":
            receipt = rpc.call("eth_getTransactionReceipt", "0x" + transaction.hex())
            events: list[ChainEvent | None] = [decoder.decode(log, 0) for log in (receipt or {"logs": []})["logs"]]
            digests += [e.digest for e in events if isinstance(e, LossReported) and e.claim_id == claim.row.claim_id]
    return Proofs([(kind, block, transaction) for kind, block, _, transaction in found], digests)


def file_of_claim(
    session: Session, principal: Principal, case_id: uuid.UUID, rpc: Rpc, deployment: Deployment, documents: Documents
) -> ClaimFile:
    """A claim in one file that proves itself.

    Raises:
        Problem: `case_unknown`, `claim_not_noticed`; `chain_unavailable` when the chain moved while it was read.
        RpcError, RpcUnavailable
    """
    row = service.get(session, principal, case_id)
    number = row.claim_id
    if number is None:
        raise Problem("claim_not_noticed", f"case {case_id} is not on the chain yet. Wait for its notice.")
    try:
        return gather_claim(rpc, deployment, documents, number)
    except ClaimNotOnChain as error:
        raise Problem("claim_not_noticed", f"{error}.") from error
    except ClaimFileInvalid as error:
        raise Problem("chain_unavailable", f"{error}.") from error
