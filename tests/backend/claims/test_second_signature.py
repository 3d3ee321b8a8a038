"""Claims worth more than one adjuster decides: a colleague signs first, here and on the chain."""

from __future__ import annotations

import pytest

from backend.access.principal import Principal
from backend.access.roles import Role
from backend.chain.projections import claims_read
from backend.claims import decisions, sending
from backend.claims.models import CaseDecisionRow, CaseRow
from backend.claims.states import DecisionState
from backend.claims.views import status_view
from backend.claims.words import OUTCOMES
from backend.problems import Problem
from domain.claim import ClaimOutcome
from ledger.bindings import TestStablecoin
from ledger.typed_data import sign_digest
from scripts.claims_rehearsal.insurer import COLLEAGUE
from scripts.rehearsal import account
from tests.backend.claims.office import ADJUSTER, ALONE, Office
from tests.backend.claims.test_course import status_of
from tests.backend.claims.test_decisions import asked, handed_in, prepared, raw_of

SECOND = account(COLLEAGUE)
MUCH = ALONE * 3 // 2
DENIAL_CODE = 40


@pytest.fixture(scope="module")
def waiting(office: Office) -> CaseRow:
    """A large claim that waits, for what is refused anyhow."""
    return office.noticed(MUCH)[1]


def signed(office: Office, who: Principal, found: decisions.Shown, signature: bytes | None) -> decisions.Shown:
    with office.acting(who) as session:
        return decisions.sign_second(session, office.desk, who, found.row.decision_id, signature)


def by_wallet(found: decisions.Shown) -> bytes:
    return sign_digest(bytes(SECOND.key), bytes(found.row.digest))


def outcome(office: Office, row: CaseRow) -> tuple[ClaimOutcome | None, int, str | None]:
    """How the chain decided, what was paid, and who sent it."""
    with office.database.every_tenant() as session:
        claim = claims_read.claim(session, row.claim_id or 0)
    assert claim is not None
    (actor,) = (step.actor for step in claim.steps if step.kind == "decided")
    return claim.outcome, claim.paid, actor


def test_hand_in__signed_by_two_wallets__decided_and_paid_on_the_chain(office: Office) -> None:
    who, row, _ = office.noticed(MUCH)
    token = office.stack.insurer.contracts["TestStablecoin"]
    before = office.stack.rpc.eth_call(token, TestStablecoin.balance_of(row.claimant))

    found = prepared(office, row, MUCH)
    assert (found.row.needs_second, found.call) == (True, None)
    complete = signed(office, office.adjuster(SECOND), found, by_wallet(found))
    kept = handed_in(office, complete)
    office.settle()

    assert 0 < kept.granted <= MUCH
    assert outcome(office, row) == (ClaimOutcome.PAID, kept.granted, ADJUSTER.address)
    assert office.stack.rpc.eth_call(token, TestStablecoin.balance_of(row.claimant)) == before + kept.granted
    told = status_view(status_of(office, who, row), staff=False)
    assert (told.step, told.outcome, [each.indemnity.units for each in told.payments]) == (
        "reopen", OUTCOMES[ClaimOutcome.PAID], [kept.granted]
    )  # fmt: skip
    with office.database.every_tenant() as session:
        assert session.get_one(CaseDecisionRow, kept.decision_id).state == DecisionState.DECIDED


def test_hand_in__denial_of_much_signed_with_two_kept_keys__decided(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = office.keyed_adjuster(monkeypatch), office.keyed_adjuster(monkeypatch, SECOND)
    _, row, _ = office.noticed(MUCH)

    with office.acting(first) as session:
        found = decisions.prepare(session, office.desk, first, row.case_id, asked(office, 0, DENIAL_CODE))
    assert found.row.needs_second
    signed(office, second, found, None)
    with office.acting(first) as session:
        sending.hand_in(session, office.desk, first, found.row.decision_id, None)
    office.settle()

    assert outcome(office, row) == (ClaimOutcome.DENIED, 0, ADJUSTER.address)


def test_hand_in__reverts_in_its_block__signed_again_with_the_same_second_signature(office: Office) -> None:
    _, row, _ = office.noticed(MUCH)
    found, adjuster = prepared(office, row, MUCH), office.adjuster()
    complete = signed(office, office.adjuster(SECOND), found, by_wallet(found))
    assert complete.call is not None

    with office.acting(adjuster) as session:
        starved = raw_of(office, ADJUSTER, complete.to, complete.call, gas=80_000)
        sending.hand_in(session, office.desk, adjuster, complete.row.decision_id, starved)
    office.settle()
    with office.database.every_tenant() as session:
        reverted = session.get_one(CaseDecisionRow, complete.row.decision_id)
    assert (reverted.state, reverted.failure_code) == (DecisionState.PREPARED, "transaction_reverted")
    kept = handed_in(office, complete)
    office.settle()

    assert kept.failure_code is None
    assert outcome(office, row) == (ClaimOutcome.PAID, kept.granted, ADJUSTER.address)


def test_hand_in__claim_decided_otherwise_between_the_signatures__refused_before_gas_is_spent(office: Office) -> None:
    _, row, _ = office.noticed(MUCH)
    first, other = prepared(office, row, MUCH), prepared(office, row, MUCH - 1)
    complete = [signed(office, office.adjuster(SECOND), each, by_wallet(each)) for each in (first, other)]
    handed_in(office, complete[1])

    with pytest.raises(Problem) as refused:
        handed_in(office, complete[0])

    assert (refused.value.code, refused.value.values["refusal"]) == ("decision_refused", "claim_not_in_state")


def test_hand_in__second_signature_not_there_yet__said(office: Office, waiting: CaseRow) -> None:
    found, adjuster = prepared(office, waiting, MUCH), office.adjuster()

    with pytest.raises(Problem, match="lacks the second signature") as refused, office.acting(adjuster) as session:
        sending.hand_in(session, office.desk, adjuster, found.row.decision_id, b"\x02")

    assert refused.value.code == "decision_not_open"


def test_sign_second__another_decision_of_the_same_claim__refused(office: Office, waiting: CaseRow) -> None:
    found, other = prepared(office, waiting, MUCH), prepared(office, waiting, MUCH - 1)

    with pytest.raises(Problem) as refused:
        signed(office, office.adjuster(SECOND), found, by_wallet(other))

    assert refused.value.code == "claim_signature_invalid"


def test_sign_second__no_adjuster_on_the_chain__refused_before_anything_is_sent(
    office: Office, waiting: CaseRow
) -> None:
    key, found = account("nobody on the chain"), prepared(office, waiting, MUCH)

    with pytest.raises(Problem) as refused:
        signed(office, office.adjuster(key), found, sign_digest(bytes(key.key), bytes(found.row.digest)))

    assert (refused.value.code, refused.value.values["refusal"]) == ("decision_refused", "second_signature_invalid")


def test_sign_second__by_the_claimant_who_is_an_adjuster_as_well__refused(office: Office) -> None:
    who, row, _ = office.noticed(MUCH)
    assert who.principal_id is not None
    found = prepared(office, row, MUCH)

    with pytest.raises(Problem) as refused:
        signed(office, office.who(who.principal_id, Role.ADJUSTER, Role.POLICYHOLDER), found, b"\x01" * 65)

    assert refused.value.code == "own_claim"
