"""Notice of loss, from the draft to the chain."""

from __future__ import annotations

import uuid
from dataclasses import replace

import pytest
from eth_account.signers.local import LocalAccount

from backend.access.principal import Principal
from backend.access.roles import Role
from backend.chain.intents import service as intents
from backend.chain.projections import claims_read, policies_read
from backend.chain.refusal_words import words_of
from backend.claims import queue, service, status
from backend.claims.asking import Authority
from backend.claims.chain import DeployedClaims
from backend.claims.checks import check_loss
from backend.claims.states import AuthorityHow, CaseState
from backend.claims.words import StepOwner
from backend.custody import service as custody
from backend.evidence import dossiers
from backend.problems import Problem
from domain.claim import ClaimState
from ledger.bindings import ClaimsDesk
from ledger.typed_data import sign_digest
from tests.backend.claims.office import DAY, LOSS, Office, machine

Insured = tuple[Principal, int, LocalAccount]


class TenDaysOn(DeployedClaims):
    """The same chain, asked ten days later."""

    def time(self) -> int:
        return int(self.rpc.block("latest")["timestamp"], 16) + 10 * DAY


@pytest.fixture(scope="module")
def somebody(office: Office) -> Insured:
    """One and the same insured, for what is refused anyhow."""
    return office.insured()


def test_hand_in__signed_by_the_wallet__the_claim_stands_on_the_chain_with_the_sealed_root(office: Office) -> None:
    _, row, key = office.noticed()

    with office.database.every_tenant() as session:
        claim = claims_read.claim(session, row.claim_id or 0)
        dossier = dossiers.of_claim(session, row.tenant_id, row.claim_id or 0)
        intent = intents.find(session, row.intent or "")
    assert row.state == CaseState.NOTICED
    assert claim is not None
    assert (claim.row.claimant, claim.row.claimed, claim.state) == (key.address, LOSS, ClaimState.NOTICED)
    assert dossier is not None
    assert bytes(dossier.evidence_root) == bytes(claim.row.evidence_root)
    assert intent is not None
    assert (intent.tenant_id, intent.kind) == (row.tenant_id, "claim-notice")


def test_hand_in__the_same_notice_was_sent_past_us__not_sent_twice(office: Office) -> None:
    who, policy_id, key = office.insured()
    row = office.prepare(who, office.draft(who, policy_id).case_id).row
    signature = sign_digest(bytes(key.key), bytes(row.digest or b""))
    assert row.deadline is not None
    call = ClaimsDesk.notify_for(service.notice_of(row), row.claimant, row.deadline, signature)
    office.hand_in(who, row.case_id, signature)
    office.send("administrator", call.data)

    office.settle()

    with office.database.every_tenant() as session:
        intent = intents.find(session, office.case(row.case_id).intent or "")
        claims = claims_read.claims(session, after_id=None, limit=10, claimant=key.address)
    assert intent is not None
    assert (intent.status, intent.failure_code) == ("superseded", "done_by_another")
    assert len(claims) == 1
    assert office.case(row.case_id).claim_id == claims[0].row.claim_id


def test_next_nonce__mined_and_not_taken_in_yet__counted_once(office: Office) -> None:
    who, policy_id, key = office.insured()
    row = office.prepare(who, office.draft(who, policy_id).case_id).row
    office.hand_in(who, row.case_id, sign_digest(bytes(key.key), bytes(row.digest or b"")))
    with office.acting(who) as session:
        waiting = service.next_nonce(session, office.desk, key.address)
    for _ in range(20):
        if office.desk.chain.nonce(key.address):
            break
        office.delivery.turn()

    with office.acting(who) as session:
        mined = service.next_nonce(session, office.desk, key.address)
    assert office.case(row.case_id).state == CaseState.HANDED_IN
    assert (waiting, mined) == ((1, office.case(row.case_id).intent), (1, None))
    office.settle()


def test_hand_in__twice_the_same__one_intent(office: Office) -> None:
    who, policy_id, key = office.insured()
    row = office.prepare(who, office.draft(who, policy_id).case_id).row
    signature = sign_digest(bytes(key.key), bytes(row.digest or b""))

    first = office.hand_in(who, row.case_id, signature)
    again = office.hand_in(who, row.case_id, signature)

    assert first.intent == again.intent
    office.settle()


def test_hand_in__two_notices_before_a_block__both_arrive_in_their_order(office: Office) -> None:
    who, policy_id, key = office.insured()
    rows = []
    for claimed in (LOSS, LOSS + 1):
        row = office.prepare(who, office.draft(who, policy_id, claimed=claimed).case_id).row
        office.hand_in(who, row.case_id, sign_digest(bytes(key.key), bytes(row.digest or b"")))
        rows.append(row)

    office.settle()

    found = [office.case(row.case_id) for row in rows]
    assert [each.state for each in found] == [CaseState.NOTICED] * 2
    assert (found[1].claim_id or 0) - (found[0].claim_id or 0) == 1


def test_hand_in__signed_by_another__refused_with_the_hash_to_sign(office: Office) -> None:
    who, policy_id, _ = office.insured()
    row = office.prepare(who, office.draft(who, policy_id).case_id).row

    with pytest.raises(Problem) as found:
        office.hand_in(who, row.case_id, sign_digest(b"\x07" * 32, bytes(row.digest or b"")))

    assert found.value.code == "claim_signature_invalid"
    assert bytes(row.digest or b"").hex() in found.value.detail


def test_hand_in__no_signature_and_no_key_kept__refused(office: Office) -> None:
    who, policy_id, _ = office.insured()
    row = office.prepare(who, office.draft(who, policy_id).case_id).row

    with pytest.raises(Problem, match="not kept here") as found:
        office.hand_in(who, row.case_id, None)

    assert found.value.code == "signature_missing"


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"coverage": 9}, "coverage"),
        ({"peril": 30}, "peril"),
        ({"claimed": 0}, "claimed"),
        ({"occurred_at": 2_000_000_000}, "occurred_at"),
        ({"occurred_at": 1_000_000_000}, "occurred_at"),
    ],
)
def test_draft__what_the_contract_would_refuse__names_field_value_and_remedy(
    office: Office, somebody: Insured, changes: dict[str, int], field: str
) -> None:
    who, policy_id, _ = somebody

    with pytest.raises(Problem) as found:
        office.draft(who, policy_id, **changes)

    assert (found.value.code, found.value.values["field"]) == ("loss_refused", field)
    assert str(changes[field]) in found.value.detail


def test_check_loss__too_long_ago__says_until_when_notice_was_possible(office: Office, somebody: Insured) -> None:
    _, policy_id, _ = somebody
    loss = office.loss()
    with office.database.every_tenant() as session:
        product = office.desk.shelf.product(session, office.stack.insurer.product)
        policy = policies_read.policy(session, product.address, policy_id)
    assert policy is not None
    latest = loss.occurred_at + product.terms.claims.notice_window_seconds

    check_loss(product, policy, loss, claims=0, now=latest)
    with pytest.raises(Problem, match="too long ago") as found:
        check_loss(product, policy, loss, claims=0, now=latest + 1)

    assert f"Notice was possible until {latest}" in found.value.detail


def test_draft__somebody_elses_policy__refused(office: Office) -> None:
    _, policy_id, _ = office.insured()
    stranger, _, _ = office.insured()

    with pytest.raises(Problem) as found:
        office.draft(stranger, policy_id)

    assert found.value.code == "claimant_invalid"


def test_draft__on_behalf__keeps_who_asked_how_and_when(office: Office) -> None:
    customer, policy_id, key = office.insured()
    clerk = office.who(office.house.person(Role.CUSTOMER_SERVICE, password=None), Role.CUSTOMER_SERVICE)
    given_at = office.house.clock() - 60
    assert customer.principal_id is not None

    row = office.draft_for(
        clerk, customer.principal_id, policy_id, Authority(AuthorityHow.PHONE, given_at, "She called at nine.")
    )

    kept = office.case(row.case_id)
    assert (kept.channel, kept.authority_how, kept.authority_at) == ("on_behalf", "phone", given_at)
    assert kept.drafted_by == clerk.principal_id
    assert (kept.person_id, kept.claimant) == (customer.principal_id, key.address)


def test_draft__machine_without_authority_or_person__refused(office: Office) -> None:
    customer, policy_id, _ = office.insured()
    asker = machine(office, Role.CUSTOMER_SERVICE)
    assert customer.principal_id is not None

    with pytest.raises(Problem, match="authority is missing"):
        office.draft_for(asker, customer.principal_id, policy_id, None)
    with pytest.raises(Problem, match="person_id is missing"):
        office.draft(asker, policy_id)


def test_draft__policyholder_for_somebody_else__forbidden(office: Office, somebody: Insured) -> None:
    who, policy_id, _ = somebody

    with pytest.raises(Problem) as found:
        office.draft_for(who, uuid.uuid4(), policy_id, Authority(AuthorityHow.PHONE, 1, "x"))

    assert found.value.code == "forbidden"


def test_hand_in__key_kept_for_the_claimant__signed_here(office: Office) -> None:
    who, policy_id, _ = office.insured()
    assert who.principal_id is not None
    with office.acting(who) as session:
        kept = custody.ensure_key(session, office.desk.custody.desk, who, who.principal_id)  # type: ignore[union-attr]  # there is one
    row = office.draft(who, policy_id)
    with office.acting(who) as session:
        session.get_one(type(row), row.case_id).claimant = kept.address  # as if the policy were held by that key

    prepared = office.prepare(who, row.case_id)
    handed = office.hand_in(who, row.case_id, None)

    assert office.desk.chain.is_signed(kept.address, bytes(prepared.row.digest or b""), bytes(handed.signature or b""))
    office.settle()
    failed = office.case(row.case_id)
    assert (failed.state, failed.failure_code) == (CaseState.FAILED, "claimant_invalid")
    with office.acting(who) as session:
        words = status.of_case(session, office.desk, who, row.case_id).words
    english, chinese = words_of("ClaimantInvalid")
    assert english in words["en"]
    assert chinese in words["zh"]
    assert str(failed.failure_detail) not in words["zh"]


def test_status__notice_not_signed_in_time__says_so_and_what_to_do(office: Office) -> None:
    who, policy_id, _ = office.insured()
    prepared = office.prepare(who, office.draft(who, policy_id).case_id).row
    assert prepared.deadline is not None
    with office.acting(who) as session:
        before = status.of_case(session, office.desk, who, prepared.case_id)
        late = replace(office.desk, chain=TenDaysOn(office.stack.rpc, office.stack.insurer.deployment))
        after = status.of_case(session, late, who, prepared.case_id)

    assert (before.step, before.until) == ("prepared", prepared.deadline)
    assert (after.step, after.until, after.owner) == ("draft", 0, StepOwner.CLAIMANT)
    assert "has passed" in after.words["en"]
    assert "逾期" in after.words["zh"]


def test_page__another_insurers_adjuster__sees_none_of_this_insurers_queue(office: Office) -> None:
    _, row, _ = office.noticed()
    stranger = replace(office.adjuster(), tenant_id=uuid.uuid4())
    now = office.desk.chain.time()
    with office.acting(office.adjuster()) as session:
        own = queue.page(session, office.desk, now=now, after=None, limit=200)
    with office.acting(stranger) as session:
        foreign = queue.page(session, office.desk, now=now, after=None, limit=200)

    assert row.case_id in {entry.case.case_id for entry in own}
    assert foreign == []
