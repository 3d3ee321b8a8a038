"""Rows as they are shown."""

from __future__ import annotations

import uuid

from backend.claims import decisions, orders
from backend.claims import shown as out
from backend.claims.desk import ClaimsOffice
from backend.claims.measured import Measured
from backend.claims.models import CaseDecisionRow, CaseOrderRow, CaseRow
from backend.claims.orders import Deposit
from backend.claims.queue import Entry
from backend.claims.status import Proofs, Status
from backend.fields import bytes_hex, word_hex
from domain.claim_reports import ClaimAction
from ledger.bindings import TestStablecoin

VERIFY_CLAIM = "quittance verify --deployment deployment.json --claim-file claim.json"
VERIFY = "quittance verify --deployment deployment.json --export ledger.json && quittance verify --bundle ledger.json"


def case_view(row: CaseRow, *, staff: bool) -> out.CaseView:
    """A case."""
    return out.CaseView(
        case_id=row.case_id, product=row.product, policy_id=row.policy_id, claimant=row.claimant,
        coverage=row.coverage, peril=row.peril, occurred_at=row.occurred_at, claimed=row.claimed, state=row.state,
        channel=row.channel, claim_id=None if row.claim_id is None else word_hex(row.claim_id),
        evidence_root=bytes_hex(row.evidence_root) if row.evidence_root else None, sign_until=row.deadline,
        failure_code=row.failure_code, failure_detail=row.failure_detail, adjuster=row.adjuster if staff else None,
        stuck_code=row.stuck_code if staff else None, stuck_since=row.stuck_since if staff else None,
        version=row.version, created_at=row.created_at,
    )  # fmt: skip


def order_view(office: ClaimsOffice, row: CaseOrderRow, claimant: str, deposit: Deposit | None) -> out.OrderView:
    """An order, with the same as a transaction of the claimant's own."""
    action = ClaimAction(row.action)
    data = orders.direct_call(
        row.claim_id, action, amount=row.amount, root=bytes(row.evidence_root), institution=row.institution
    )
    return out.OrderView(
        order_id=row.order_id, case_id=row.case_id, action=action.name.lower(), state=row.state, amount=row.amount,
        institution=row.institution, sign_until=row.deadline, digest=bytes_hex(row.digest),
        failure_code=row.failure_code, failure_detail=row.failure_detail,
        typed_data=orders.document_of(office, row),
        call=out.CallView(to=office.chain.desk, data=bytes_hex(data), sender=claimant),
        deposit=None if deposit is None else _deposit_view(office, deposit, claimant),
    )  # fmt: skip


def _deposit_view(office: ClaimsOffice, deposit: Deposit, claimant: str) -> out.DepositView:
    token = deposit.token
    approve = bytes(TestStablecoin.approve(office.chain.panel, deposit.amount).data)
    short = token.allowance < deposit.amount
    return out.DepositView(
        token=token.address, amount=deposit.amount, disputed=deposit.disputed, allowance=token.allowance,
        balance=token.balance, spender=office.chain.panel, permit=deposit.permit,
        approve=out.CallView(to=token.address, data=bytes_hex(approve), sender=claimant) if short else None,
    )  # fmt: skip


def decision_view(office: ClaimsOffice, row: CaseDecisionRow) -> out.DecisionView:
    """A decision with what its signers need."""
    ready = decisions.shown(office, row)
    call = None
    if ready.call is not None:
        call = out.CallView(to=ready.to, data=bytes_hex(ready.call), sender=row.adjuster_address)
    return out.DecisionView(
        decision_id=row.decision_id, case_id=row.case_id, adjuster=row.adjuster, adjuster_address=row.adjuster_address,
        loss=row.loss, granted=row.granted, reason_code=row.reason_code, clause_id=row.clause_id,
        clause=bytes_hex(row.clause), proof=row.proof, letter_hash=bytes_hex(row.letter_hash),
        instalments=row.instalments, interval_seconds=row.interval_seconds, valid_until=row.valid_until,
        needs_second=row.needs_second, second_address=row.second_address, state=row.state,
        failure_code=row.failure_code,
        transaction_hash=bytes_hex(row.transaction_hash) if row.transaction_hash else None,
        digest=bytes_hex(row.digest), typed_data=ready.document, call=call,
    )  # fmt: skip


def entry_view(entry: Entry) -> out.QueueEntry:
    """A claim that waits."""
    return out.QueueEntry(
        case=case_view(entry.case, staff=True), state=entry.state.name.lower(), tier=entry.tier.name.lower(),
        noticed_at=entry.noticed_at, due_at=entry.due_at, late=entry.is_late, missing=entry.missing,
    )  # fmt: skip


def status_view(found: Status, *, staff: bool) -> out.StatusView:
    """Where a claim stands."""

    def amount(units: int) -> out.AmountView:
        return out.AmountView(units=units, text=found.in_words(units))

    claim, ground = found.claim, found.ground
    return out.StatusView(
        case=case_view(found.case, staff=staff), owner=found.owner, step=found.step, until=found.until,
        words=found.words, outcome=found.outcome, claimed=amount(found.case.claimed),
        reserve=amount(claim.reserve) if claim else None, paid=amount(claim.paid) if claim else None,
        held=amount(found.held) if claim else None,
        payments=[
            out.PaymentView(
                indemnity=amount(row.indemnity), interest=amount(row.interest), payee=row.payee, paid_at=row.paid_at,
                transaction_hash=bytes_hex(row.transaction_hash),
            )
            for row in found.payments
        ],
        ground=None if ground is None else out.GroundView(
            reason_code=ground.reason_code, reason=ground.reason, clause_id=ground.clause_id, clause=ground.clause,
            letter=ground.letter,
        ),
        measured=None if found.measured is None else _measured_view(found, found.measured),
        proof=None if claim is None else f"/v1/cases/{found.case.case_id}/proof",
        claim_file=None if claim is None else f"/v1/cases/{found.case.case_id}/claim-file",
    )  # fmt: skip


def _measured_view(found: Status, told: Measured) -> out.MeasuredView:
    return out.MeasuredView(
        words=told.words, loss=out.AmountView(units=told.loss, text=found.in_words(told.loss)),
        fraud_score=told.fraud_score, confidence_bps=told.confidence_bps, observed_at=told.observed_at,
        clauses=[
            out.ClauseView(clause_id=each.id, text={n: each.text(n) for n in ("en", "zh")}) for each in told.clauses
        ],
        report_digest=bytes_hex(told.digest), transaction_hash=bytes_hex(told.transaction_hash),
    )  # fmt: skip


def proof_view(office: ClaimsOffice, case_id: uuid.UUID, claim_id: int, found: Proofs) -> out.ProofView:
    """What a claim can be checked by."""
    return out.ProofView(
        claim_id=word_hex(claim_id), chain_id=office.chain.chain_id, desk=office.chain.desk,
        transactions=[
            out.TransactionView(what=what, block_number=block, transaction_hash=bytes_hex(transaction))
            for what, block, transaction in found.transactions
        ],
        report_digests=[bytes_hex(each) for each in found.report_digests], claim_file=f"/v1/cases/{case_id}/claim-file",
        verify_claim=VERIFY_CLAIM, verify=VERIFY,
    )  # fmt: skip
