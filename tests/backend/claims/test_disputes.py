"""A dispute from the claimant's objection to the panel's award on the chain, brought there by the worker."""

from __future__ import annotations

from backend.access.principal import Principal
from backend.chain.projections import claims_read
from backend.chain.projections.models import ClaimPaymentRow
from backend.claims.models import CaseRow
from backend.claims.status import Status
from backend.claims.words import StepOwner, moment
from backend.vault import service as vault
from backend.vault.retention import Purpose
from domain.claim import ClaimOutcome, ClaimState
from domain.claim_reports import ClaimAction
from ledger.bindings import DisputePanel, TestStablecoin
from scripts.claims_rehearsal.insurer import UNIT
from scripts.deploy import PANEL_WINDOWS
from tests.backend.claims.bench import admit, mine_draw_blocks, push_due, rule
from tests.backend.claims.office import Office
from tests.backend.claims.test_course import notices_of, ordered, status_of
from tests.backend.claims.test_decisions import grounds, handed_in, prepared

AGREED_LOSS = 800 * UNIT
PART, GRANT = 20, 1


def shown(found: Status) -> tuple[StepOwner, str, int]:
    return found.owner, found.step, found.until


def kinds_of(office: Office, row: CaseRow) -> list[str]:
    with office.database.every_tenant() as session:
        found = claims_read.dispute_of(session, row.claim_id or 0)
    assert found is not None
    return [step.kind for step in found[1]]


def payments_of(office: Office, row: CaseRow) -> list[ClaimPaymentRow]:
    with office.database.every_tenant() as session:
        return list(claims_read.payments(session, row.claim_id or 0))


def told_last(office: Office, row: CaseRow) -> str:
    """Words of the last notice about a claim."""
    worker = Principal.worker(office.tenant_id)
    with office.database.scoped(worker) as session:
        record = notices_of(session, row)[-1].record_id
        return str(vault.open_record(session, office.desk.vault, worker, record, purpose=Purpose.CLAIMS))


def test_step__part_granted_and_the_rest_disputed__drawn_ruled_and_paid_with_nobody_pushing(office: Office) -> None:
    admit(office)
    who, row, key = office.noticed()
    rpc, panel = office.stack.rpc, office.desk.chain.panel
    token = office.stack.insurer.contracts["TestStablecoin"]

    handed_in(office, prepared(office, row, AGREED_LOSS, PART))
    office.settle()
    decided, (agreed,) = status_of(office, who, row), payments_of(office, row)
    assert decided.claim is not None
    with office.database.every_tenant() as session:
        product = office.desk.shelf.product(session, row.product)
    window = product.terms.claims.dispute_window_seconds
    assert shown(decided) == (StepOwner.CLAIMANT, "dispute", decided.claim.last_step.step_at + window)
    assert (decided.claim.outcome, decided.claim.paid) == (ClaimOutcome.PART_PAID, agreed.indemnity)

    ordered(office, who, row, key, ClaimAction.DISPUTE)
    waiting = status_of(office, who, row)
    with office.database.every_tenant() as session:
        found = claims_read.dispute_of(session, row.claim_id or 0)
    assert found is not None
    dispute = found[0]
    draw_until = dispute.opened_at + PANEL_WINDOWS[2]
    assert shown(waiting) == (StepOwner.PANEL, "rule", draw_until)
    assert f"If none can be drawn until {moment(draw_until)}" in waiting.words["en"]
    assert rpc.eth_call(token, TestStablecoin.balance_of(key.address)) == agreed.indemnity - dispute.deposit

    mine_draw_blocks(office)
    push_due(office)
    seated = status_of(office, who, row)
    reveal_until = rpc.eth_call(panel, DisputePanel.windows(dispute.dispute_id))[1]
    assert kinds_of(office, row) == ["panel_drawn"]
    assert shown(seated) == (StepOwner.PANEL, "rule", reveal_until)
    assert moment(reveal_until) in seated.words["zh"]

    middle = dispute.disputed * 3 // 4
    clause = product.clause(grounds(office, GRANT))
    rule(office, dispute.dispute_id, [dispute.disputed, 0, middle], GRANT, clause)
    push_due(office)
    ended, payments = status_of(office, who, row), payments_of(office, row)
    assert kinds_of(office, row)[-3:] == ["decided", "deposit_paid", "award_delivered"]
    assert [payment.indemnity for payment in payments] == [agreed.indemnity, middle]
    assert ended.claim is not None
    assert (ended.claim.state, ended.claim.outcome) == (ClaimState.CLOSED, ClaimOutcome.AWARDED)
    assert shown(ended) == (StepOwner.NOBODY, "none", 0)
    paid = sum(payment.indemnity + payment.interest for payment in payments)
    assert rpc.eth_call(token, TestStablecoin.balance_of(key.address)) == paid
    assert push_due(office) == 0

    assert ended.ground is not None
    assert (ended.ground.reason_code, ended.ground.clause_id, ended.ground.letter) == (GRANT, clause.id, None)
    assert ended.ground.clause["zh"] == clause.text("zh")
    letter = told_last(office, row)
    assert ended.in_words(middle) in letter
    assert f"Clause {clause.id} of your policy says" in letter or f"第 {clause.id} 条" in letter
