"""What comes after notice: payment, orders of the claimant, the queue, status in words, letters."""

from __future__ import annotations

import json
import uuid
from pathlib import Path

import pytest
from eth_account import Account
from eth_account.signers.local import LocalAccount
from sqlalchemy import select
from sqlalchemy.orm import Session

from backend.access.principal import Principal, PrincipalKind
from backend.access.roles import Role
from backend.chain.intents import service as intents
from backend.chain.projections import claims_read
from backend.chain.refusal_words import words_of
from backend.claims import handling, orders, status
from backend.claims.kinds import ClosingClaimKind
from backend.claims.models import CaseOrderRow, CaseRow
from backend.claims.shown import ClaimFileView
from backend.claims.states import CaseState, Channel, OrderState
from backend.claims.views import status_view
from backend.claims.words import StepOwner, moment
from backend.notices.models import NoticeRow
from backend.problems import Problem
from backend.vault import service as vault
from backend.vault.retention import Purpose
from domain import claim_clock
from domain.claim import ClaimOutcome, ClaimState
from domain.claim_reports import ClaimAction, Notice
from domain.money import TokenUnits
from ledger.bindings import ClaimsDesk, TestStablecoin
from ledger.claim_file import verify_claim
from ledger.typed_claims import loss_report_digest
from ledger.typed_data import sign_digest
from scripts.rehearsal import account
from tests.backend.claims.office import LOSS, Office
from tests.backend.claims.test_decisions import asked, handed_in, prepared


def status_of(office: Office, who: Principal, row: CaseRow) -> status.Status:
    with office.acting(who) as session:
        return status.of_case(session, office.desk, who, row.case_id)


def ordered(office: Office, who: Principal, row: CaseRow, key: LocalAccount, action: ClaimAction) -> CaseOrderRow:
    with office.acting(who) as session:
        found = orders.prepare(session, office.desk, who, row.case_id, action)
    signature = sign_digest(bytes(key.key), bytes(found.row.digest))
    with office.acting(who) as session:
        kept = orders.hand_in(session, office.desk, who, found.row.order_id, signature, _permit(key, found))
    office.settle()
    with office.database.every_tenant() as session:
        return session.get_one(CaseOrderRow, kept.order_id)


def _permit(key: LocalAccount, found: orders.PreparedOrder) -> bytes | None:
    if found.deposit is None or found.deposit.permit is None:
        return None
    return bytes(Account.sign_typed_data(key.key, full_message=found.deposit.permit).signature)


def notices_of(session: Session, row: CaseRow) -> list[NoticeRow]:
    query = select(NoticeRow).where(NoticeRow.subject == f"claim:{row.claim_id or 0:064x}")
    return list(session.scalars(query.order_by(NoticeRow.created_at)))


def test_status__paid_by_the_machine__says_how_much_and_proves_it(office: Office) -> None:
    who, row, _ = office.noticed()
    report = office.report(row)
    office.settle()

    found = status_of(office, who, row)

    assert found.claim is not None
    assert [payment.indemnity for payment in found.payments] == [found.claim.paid]
    assert found.claim.paid > 0
    assert found.outcome == {"en": "Granted as claimed, to the terms.", "zh": "已按条款全额赔付。"}
    with office.acting(who) as session:
        proofs = status.of_claim(session, office.stack.rpc, office.desk.chain.desk, row.claim_id or 0)
    assert list(proofs.report_digests) == [loss_report_digest(report)]
    assert {"noticed", "reported", "paid"} <= {kind for kind, _, _ in proofs.transactions}
    why = found.measured
    assert why is not None
    assert (found.ground, why.loss, why.digest) == (None, LOSS, loss_report_digest(report))
    shown = status_view(found, staff=False)
    assert shown.measured is not None
    names = found.product.coverages[row.coverage]
    for language in ("en", "zh"):
        assert names[language] in shown.measured.words[language]
        assert shown.measured.loss.text in shown.measured.words[language]
        assert moment(report.observed_at) in shown.measured.words[language]
    assert [names["en"] in each.text["en"] for each in shown.measured.clauses] == [True]
    assert shown.proof == f"/v1/cases/{row.case_id}/proof"
    assert shown.claim_file == f"/v1/cases/{row.case_id}/claim-file"


def test_file_of_claim__paid_by_the_machine__proves_the_payment_offline(office: Office, tmp_path: Path) -> None:
    who, row, _ = office.noticed()
    office.report(row)
    office.settle()

    rpc, deployment = office.stack.rpc, office.stack.insurer.deployment
    with office.acting(who) as session:
        found = status.file_of_claim(session, who, row.case_id, rpc, deployment, {})
    path = tmp_path / "claim.json"
    path.write_text(ClaimFileView.model_validate(found.content()).model_dump_json())
    result = verify_claim(path)

    shown = status_of(office, who, row)
    assert shown.claim is not None
    assert result.discrepancies == ()
    assert result.paid == shown.claim.paid > 0


def test_file_of_claim__chain_moves_while_it_is_read__is_to_be_asked_again(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    who, row, _ = office.noticed()
    rpc, deployment = office.stack.rpc, office.stack.insurer.deployment
    monkeypatch.setattr("ledger.claim_file.header_hash", lambda _header: bytes(32))

    with office.acting(who) as session, pytest.raises(Problem) as moved:
        status.file_of_claim(session, who, row.case_id, rpc, deployment, {})

    assert moved.value.code == "chain_unavailable"
    assert "export again" in str(moved.value.detail)


def test_file_of_claim__before_its_notice__is_refused(office: Office) -> None:
    who, policy_id, _ = office.insured()
    row = office.draft(who, policy_id)
    rpc, deployment = office.stack.rpc, office.stack.insurer.deployment

    with office.acting(who) as session, pytest.raises(Problem) as early:
        status.file_of_claim(session, who, row.case_id, rpc, deployment, {})

    assert early.value.code == "claim_not_noticed"


def test_step__paid_by_the_machine__the_claimant_is_written_to_once(office: Office) -> None:
    who, row, _ = office.noticed()
    office.report(row)
    office.settle()
    office.follower.step()

    with office.database.scoped(Principal.worker(office.tenant_id)) as session:
        found = notices_of(session, row)
        worker = Principal.worker(office.tenant_id)
        words = vault.open_record(session, office.desk.vault, worker, found[0].record_id, purpose=Purpose.CLAIMS)
    assert [each.kind for each in found] == ["claim_paid"]
    assert found[0].person_id == who.principal_id
    assert "paid" in json.dumps(words)


def test_status__denied__reason_and_clause_in_both_languages_and_the_letter(office: Office) -> None:
    who, row, _ = office.noticed()
    handed_in(office, prepared(office, row, 0, 40))
    office.settle()

    found = status_of(office, who, row)

    assert found.ground is not None
    assert found.measured is None
    assert found.ground.reason == {"en": "The cause is not an insured peril.", "zh": "损失原因不属于承保风险。"}
    assert found.ground.clause["en"]
    assert found.ground.letter == asked(office, 0, 40).letter
    assert (found.owner, found.step) == (StepOwner.CLAIMANT, "dispute")
    worker = Principal.worker(office.tenant_id)
    with office.database.scoped(worker) as session:
        (letter,) = notices_of(session, row)
        words = vault.open_record(session, office.desk.vault, worker, letter.record_id, purpose=Purpose.CLAIMS)
    assert letter.kind == "claim_decision"
    assert f"until {moment(found.until)}." in str(words)
    clerk = Principal(PrincipalKind.PERSON, uuid.uuid4(), office.tenant_id, frozenset({Role.CUSTOMER_SERVICE}))
    seen = status_of(office, clerk, row)
    assert seen.ground is not None
    assert (seen.words, seen.ground.reason, seen.ground.letter) == (found.words, found.ground.reason, None)


def test_status__before_there_is_a_claim__says_what_the_claimant_has_to_do(office: Office) -> None:
    who, policy_id, _ = office.insured()
    row = office.draft(who, policy_id)

    drafted = status_of(office, who, row)
    office.prepare(who, row.case_id)
    prepared_ = status_of(office, who, row)

    assert (drafted.owner, drafted.step) == (StepOwner.CLAIMANT, "draft")
    assert "Sign it until" in prepared_.words["en"]
    assert "请在" in prepared_.words["zh"]
    assert prepared_.until == office.case(row.case_id).deadline


def test_status__noticed__the_insurer_until_the_contracts_own_deadline(office: Office) -> None:
    who, row, _ = office.noticed()
    with office.database.every_tenant() as session:
        claim = claims_read.claim(session, row.claim_id or 0)
        rules = office.desk.shelf.product(session, row.product).terms.claims
    assert claim is not None

    found = status_of(office, who, row)

    assert (found.owner, found.step) == (StepOwner.INSURER, "acknowledge")
    assert found.until == claim_clock.deadline(claim.row.noticed_at, rules.acknowledge_days)


def test_hand_in__withdrawal__the_claim_is_closed_as_withdrawn(office: Office) -> None:
    who, row, key = office.noticed()

    kept = ordered(office, who, row, key, ClaimAction.WITHDRAW)

    with office.database.every_tenant() as session:
        claim = claims_read.claim(session, row.claim_id or 0)
    assert claim is not None
    assert (claim.state, claim.outcome) == (ClaimState.CLOSED, ClaimOutcome.WITHDRAWN)
    assert kept.state == OrderState.DONE


def test_hand_in__dispute__deposit_permitted_and_before_the_panel(office: Office) -> None:
    who, row, key = office.noticed()
    handed_in(office, prepared(office, row, 0, 40))
    office.settle()
    people, token = office.stack.insurer.people, office.stack.insurer.contracts["TestStablecoin"]
    people.send("administrator", token, TestStablecoin.mint_each([row.claimant], LOSS))

    kept = ordered(office, who, row, key, ClaimAction.DISPUTE)

    with office.database.every_tenant() as session:
        claim = claims_read.claim(session, row.claim_id or 0)
        dispute = claims_read.dispute_of(session, row.claim_id or 0)
    assert claim is not None
    assert (claim.state, kept.state) == (ClaimState.DISPUTED, OrderState.DONE)
    assert dispute is not None
    assert dispute[0].deposit > 0
    assert status_of(office, who, row).owner is StepOwner.PANEL


def test_prepare__not_possible_yet__refused_in_the_contracts_words(office: Office) -> None:
    who, row, _ = office.noticed()

    with office.acting(who) as session, pytest.raises(Problem) as found:
        orders.prepare(session, office.desk, who, row.case_id, ClaimAction.ESCALATE)

    assert (found.value.code, found.value.values["refusal"]) == ("claim_order_refused", "deadline_not_passed")
    assert words_of("DeadlineNotPassed")[1] in found.value.detail_in("zh")


@pytest.mark.parametrize("withdrawn", [True, False])
def test_done__closing_a_claim__known_by_the_number_in_its_key(office: Office, withdrawn: bool) -> None:
    who, row, key = office.noticed()
    if withdrawn:
        ordered(office, who, row, key, ClaimAction.WITHDRAW)

    with office.database.every_tenant() as session:
        carried = intents.next_key(session, f"claim-close:{row.claim_id:064x}:0")
        assert ClosingClaimKind().done(session, carried) is withdrawn


def test_push__too_early__refused(office: Office) -> None:
    who, row, _ = office.noticed()

    with office.acting(who) as session, pytest.raises(Problem) as found:
        orders.push(session, office.desk, who, row.case_id, "close")

    assert found.value.values["refusal"] == "claim_not_in_state"


def test_step__claim_notified_past_us__becomes_a_case_of_its_holder(office: Office) -> None:
    who, policy_id, key = office.insured()
    policy = office.stack.policies[office.taken - 1]
    loss = office.loss()
    notice = Notice(
        office.stack.insurer.product, policy_id, loss.coverage, loss.peril, loss.occurred_at, TokenUnits(LOSS),
        uuid.uuid4().bytes * 2,
    )  # fmt: skip
    office.send(policy.holder, ClaimsDesk.notify(notice).data)

    office.settle()

    with office.database.every_tenant() as session:
        row = session.scalars(select(CaseRow).where(CaseRow.claimant == key.address)).one()
    assert (row.state, row.channel, row.person_id) == (CaseState.NOTICED, Channel.CHAIN, who.principal_id)


def test_write_note__by_an_adjuster__sealed_and_kept_from_the_claimant(office: Office) -> None:
    who, row, _ = office.noticed()
    adjuster = office.adjuster()
    with office.acting(adjuster) as session:
        note = handling.write_note(session, office.desk, adjuster, row.case_id, "Ask for the discharge letter.")
        found = handling.notes(session, office.desk, adjuster, row.case_id)

    assert [words for _, words in found] == ["Ask for the discharge letter."]
    with office.acting(who) as session:
        assert handling.notes(session, office.desk, who, row.case_id) == []
        assert session.get(type(note), note.note_id) is None


def test_assign__on_an_old_version__refused(office: Office) -> None:
    _, row, _ = office.noticed()
    adjuster = office.adjuster()
    assert adjuster.principal_id is not None
    with office.acting(adjuster) as session:
        given = handling.assign(session, office.desk, adjuster, row.case_id, adjuster.principal_id, f'"{row.version}"')

    with office.acting(adjuster) as session, pytest.raises(Problem) as found:
        handling.assign(session, office.desk, adjuster, row.case_id, None, f'"{row.version}"')

    assert given.adjuster == adjuster.principal_id
    assert found.value.code == "precondition_failed"


def test_call__acknowledging__the_adjusters_own_transaction_does_it(office: Office) -> None:
    who, row, _ = office.noticed()
    adjuster = office.adjuster()
    with office.acting(adjuster) as session:
        sender, data = handling.call(session, office.desk, adjuster, row.case_id, "acknowledge", 0)

    office.send("adjuster", data)

    assert sender == account("adjuster").address
    assert status_of(office, who, row).step == "decide"


def test_find__another_persons_case__not_there(office: Office) -> None:
    _, row, _ = office.noticed()
    stranger = office.who(office.house.person(Role.POLICYHOLDER, password=None), Role.POLICYHOLDER)

    with pytest.raises(Problem) as found:
        status_of(office, stranger, row)

    assert found.value.code == "case_unknown"
