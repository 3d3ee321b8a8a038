"""Decisions: by people with their own keys, with reason and clause, and by no machine in any way."""

from __future__ import annotations

import uuid
from dataclasses import replace
from typing import Any

import pytest
from eth_account.signers.local import LocalAccount

from backend.access.authoriser import Authoriser, Resource
from backend.access.principal import Principal, PrincipalKind
from backend.access.roles import Role
from backend.chain.projections import claims_read
from backend.claims import decisions, handling, sending
from backend.claims.decisions import Asked
from backend.claims.models import CaseDecisionRow, CaseRow
from backend.claims.states import DecisionState
from backend.problems import Problem
from domain.claim import ClaimOutcome
from domain.clauses import verify_clause
from domain.hashing import keccak256
from ledger.typed_data import sign_digest
from scripts.rehearsal import account
from tests.backend.claims.office import ADJUSTER, LOSS, Office, machine

PREPARES = ("claims.decide", "claims.countersign", "claims.send_decision")
DENIAL = (0, 40)


def grounds(office: Office, code: int) -> str:
    with office.database.every_tenant() as session:
        return office.desk.shelf.product(session, office.stack.insurer.product).reasons[code][0]


def asked(office: Office, loss: int, code: int) -> Asked:
    return Asked(loss, code, grounds(office, code), "Dear claimant, this is why.")


def prepared(office: Office, row: CaseRow, loss: int = LOSS, code: int = 1) -> decisions.Shown:
    adjuster = office.adjuster()
    with office.acting(adjuster) as session:
        return decisions.prepare(session, office.desk, adjuster, row.case_id, asked(office, loss, code))


def raw_of(office: Office, key: LocalAccount, desk: str, call: bytes, **changes: object) -> bytes:
    """What a wallet signs."""
    rpc = office.stack.rpc
    nonce = int(rpc.call("eth_getTransactionCount", key.address, "latest"), 16)
    fields: dict[str, Any] = {
        "type": 2, "chainId": office.desk.chain.chain_id, "nonce": nonce, "to": desk, "data": call, "value": 0,
        "gas": 2_000_000, "maxFeePerGas": 10**10, "maxPriorityFeePerGas": 10**9, **changes,
    }  # fmt: skip
    return bytes(key.sign_transaction(fields).raw_transaction)


def handed_in(office: Office, found: decisions.Shown) -> CaseDecisionRow:
    adjuster = office.adjuster()
    assert found.call is not None
    with office.acting(adjuster) as session:
        raw = raw_of(office, ADJUSTER, found.to, found.call)
        return sending.hand_in(session, office.desk, adjuster, found.row.decision_id, raw)


def test_prepare__an_award__its_clause_is_proven_and_the_adjusters_transaction_decides(office: Office) -> None:
    _, row, _ = office.noticed()

    found = prepared(office, row)
    kept = handed_in(office, found)
    office.settle()

    proof = [bytes.fromhex(each[2:]) for each in kept.proof]
    with office.database.every_tenant() as session:
        claim = claims_read.claim(session, row.claim_id or 0)
        root = office.desk.shelf.product(session, row.product).terms.clause_root
        after = session.get_one(CaseDecisionRow, kept.decision_id)
    assert verify_clause(root, keccak256(bytes(kept.clause)), proof)
    assert claim is not None
    assert (claim.outcome, claim.paid) == (ClaimOutcome.PAID, kept.granted)
    assert after.state == DecisionState.DECIDED


def test_prepare__a_denial_by_a_person__decided_with_reason_and_clause(office: Office) -> None:
    _, row, _ = office.noticed()

    handed_in(office, prepared(office, row, *DENIAL))
    office.settle()

    with office.database.every_tenant() as session:
        claim = claims_read.claim(session, row.claim_id or 0)
    assert claim is not None
    assert (claim.outcome, claim.paid) == (ClaimOutcome.DENIED, 0)
    assert claim.last_step.reason_code == DENIAL[1]


@pytest.mark.parametrize(
    ("loss", "code", "clause", "problem"),
    [
        (0, 0, None, "reason_invalid"),
        (0, 1, None, "reason_invalid"),
        (LOSS, 40, None, "reason_invalid"),
        (0, 40, "", "clause_unknown"),
        (0, 40, "C99", "clause_unknown"),
    ],
)
def test_prepare__denial_without_reason_or_clause__cannot_be_prepared(
    office: Office, decided_case: CaseRow, loss: int, code: int, clause: str | None, problem: str
) -> None:
    adjuster = office.adjuster()
    wanted = Asked(loss, code, "C1" if clause is None else clause, "x")

    with pytest.raises(Problem) as found, office.acting(adjuster) as session:
        decisions.prepare(session, office.desk, adjuster, decided_case.case_id, wanted)

    assert found.value.code == problem


def test_prepare__clause_the_reason_may_not_rest_on__refused_with_those_it_may(
    office: Office, decided_case: CaseRow
) -> None:
    adjuster = office.adjuster()
    with office.database.every_tenant() as session:
        product = office.desk.shelf.product(session, decided_case.product)
    wrong = next(each.id for each in product.clauses if each.id not in product.reasons[40])

    with pytest.raises(Problem, match=", ".join(product.reasons[40])), office.acting(adjuster) as session:
        decisions.prepare(session, office.desk, adjuster, decided_case.case_id, Asked(0, 40, wrong, "x"))


@pytest.mark.parametrize("operation", PREPARES)
@pytest.mark.parametrize("role", list(Role))
def test_policies__a_machine_with_any_role_and_all_scopes__may_not_decide(
    office: Office, operation: str, role: Role
) -> None:
    asker = replace(machine(office, role, scopes=frozenset({"claims.*", operation})), strong_at=office.house.clock())

    found = Authoriser.load().decide(asker, operation, Resource(office.tenant_id), now=office.house.clock())

    assert not found.allowed


@pytest.mark.parametrize("operation", PREPARES)
def test_policies__an_adjuster__may_with_a_second_factor_only(office: Office, operation: str) -> None:
    policies, now = Authoriser.load(), office.house.clock()
    adjuster = office.adjuster()

    assert policies.decide(adjuster, operation, Resource(office.tenant_id), now=now).allowed
    weak = policies.decide(replace(adjuster, strong_at=None), operation, Resource(office.tenant_id), now=now)

    assert (weak.allowed, weak.step_up) == (False, True)


@pytest.mark.parametrize("kind", [PrincipalKind.MACHINE, PrincipalKind.WORKER])
def test_use_cases__a_machine_past_the_policies__refused_each_way(
    office: Office, decided_case: CaseRow, kind: PrincipalKind
) -> None:
    scopes = frozenset({"claims.*"}) if kind is PrincipalKind.MACHINE else None
    robot = Principal(kind, uuid.uuid4(), office.tenant_id, frozenset({Role.ADJUSTER}), scopes)
    found = prepared(office, decided_case, *DENIAL)

    with office.acting(robot) as session, pytest.raises(Problem, match="a person"):
        decisions.prepare(session, office.desk, robot, decided_case.case_id, asked(office, *DENIAL))
    with office.acting(robot) as session, pytest.raises(Problem, match="a person"):
        decisions.sign_second(session, office.desk, robot, found.row.decision_id, b"\x01" * 65)
    with office.acting(robot) as session, pytest.raises(Problem, match="Only who decides"):
        sending.hand_in(session, office.desk, robot, found.row.decision_id, b"\x02")


@pytest.fixture(scope="module")
def decided_case(office: Office) -> CaseRow:
    """A claim that waits, for what is refused anyhow."""
    return office.noticed()[1]


def test_prepare__own_claim_by_another_wallet_of_the_same_person__refused(office: Office) -> None:
    who, row, _ = office.noticed()
    assert who.principal_id is not None
    both = office.who(who.principal_id, Role.ADJUSTER, Role.POLICYHOLDER)
    with office.acting(both) as session, pytest.raises(Problem) as found:
        decisions.prepare(session, office.desk, both, row.case_id, asked(office, LOSS, 1))

    assert found.value.code == "own_claim"
    with office.acting(both) as session, pytest.raises(Problem, match="own matter"):
        handling.assign(session, office.desk, both, row.case_id, who.principal_id, "*")


@pytest.mark.parametrize(
    ("changes", "word"),
    [
        ({"value": 1}, "value"),
        ({"chainId": 1}, "chainId"),
        ({"to": "0x" + "11" * 20}, "its to"),
        ({"data": b""}, "data"),
    ],
)
def test_hand_in__another_transaction_than_the_prepared_one__refused_naming_what_differs(
    office: Office, decided_case: CaseRow, changes: dict[str, object], word: str
) -> None:
    adjuster, found = office.adjuster(), prepared(office, decided_case)
    assert found.call is not None
    raw = raw_of(office, ADJUSTER, found.to, found.call, **changes)

    with office.acting(adjuster) as session, pytest.raises(Problem, match=word) as refused:
        sending.hand_in(session, office.desk, adjuster, found.row.decision_id, raw)

    assert refused.value.code == "transaction_refused"


def test_hand_in__signed_by_another_key__refused(office: Office, decided_case: CaseRow) -> None:
    adjuster, found = office.adjuster(), prepared(office, decided_case)
    assert found.call is not None
    raw = raw_of(office, account("underwriter"), found.to, found.call)

    with office.acting(adjuster) as session, pytest.raises(Problem, match="its from"):
        sending.hand_in(session, office.desk, adjuster, found.row.decision_id, raw)


def test_sign_second__by_who_decides__refused(office: Office, decided_case: CaseRow) -> None:
    adjuster, found = office.adjuster(), prepared(office, decided_case)

    with office.acting(adjuster) as session, pytest.raises(Problem) as refused:
        decisions.sign_second(session, office.desk, adjuster, found.row.decision_id, b"\x01" * 65)

    assert refused.value.code == "second_signature_invalid"


def test_sign_second__none_is_needed__said(office: Office, decided_case: CaseRow) -> None:
    key = account("a colleague")
    colleague, found = office.adjuster(key), prepared(office, decided_case)
    signature = sign_digest(bytes(key.key), bytes(found.row.digest))

    with office.acting(colleague) as session, pytest.raises(Problem, match="needs no second signature"):
        decisions.sign_second(session, office.desk, colleague, found.row.decision_id, signature)
