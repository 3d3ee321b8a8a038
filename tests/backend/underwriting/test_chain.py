"""From the quote to the policy on a real chain: told before, bound, failed and tried again, renewed, by committee."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import pytest
from sqlalchemy import text

from backend.access.principal import Principal
from backend.chain.intents import service as intents
from backend.chain.nodes import Answer
from backend.chain.projections import policies_read
from backend.chain.underwriting_quorum import ASSESS_PATH, risk_json, risk_of
from backend.database import Database
from backend.problems import Problem
from backend.underwriting import acceptance, casebook, repository
from backend.underwriting.kind import UnderwritingBindKind
from backend.underwriting.models import CaseQuoteRow
from domain.hashing import keccak256
from domain.indemnity_reports import Measure, RiskAssessment, UnderwritingReport
from domain.indemnity_underwriting import factor_of
from domain.money import Bps, Ppb, TokenUnits
from domain.tiers import RiskTier
from domain.underwriting_decision import CaseAssessment, Conditions, Decision, Verdict
from domain.underwriting_people import Office
from domain.underwriting_steps import Assessed, Collected, Decided, Signed, Voted
from ledger.bindings import IndemnityProduct
from ledger.typed_data import recover, sign_digest
from ledger.typed_indemnity import underwriting_report_digest
from scripts.rehearsal import account
from tests.backend.notices.office import TENANT
from tests.backend.underwriting.chain_office import DAY, MEMBERS, ChainHouse, ChainOffice, running_house
from tests.backend.underwriting.office import ADA, COMMITTEE, HOLDER, JUNIOR, SENIOR, who
from tests.oracle.samples import KEYS

WORKER = Principal.worker(TENANT)


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ChainHouse]:
    with running_house(tmp_path_factory.mktemp("house")) as found:
        yield found


@pytest.fixture
def office(database: Database, house: ChainHouse) -> Iterator[ChainOffice]:
    with house.undone():
        yield ChainOffice(database, house)


def policy_of(office: ChainOffice, case_id: int) -> int | None:
    with office.database.transaction() as session:
        return policies_read.bound(session, office.house.product, int(office.row(case_id).application_id))


def obstacle(office: ChainOffice, case_id: int) -> str | None:
    with office.database.scoped(who(ADA)) as session:
        kept = acceptance.current(session, office.desk, case_id)
        found = acceptance.obstacle(session, office.desk, office.row(case_id), kept)
    return found.code if found else None


def test_accept__holder_signs_and_has_paid_in__policy_on_the_chain_as_quoted(office: ChainOffice) -> None:
    case_id = office.quoted()
    quote = office.quote(case_id)
    office.pay_in(quote.premium)

    kept = office.accept(case_id)
    office.settle()

    number = policy_of(office, case_id)
    assert number is not None
    policy = office.house.rpc.eth_call(office.house.product, IndemnityProduct.policy(number))
    assert (policy.holder, policy.sum_insured, policy.premium) == (HOLDER.address, quote.sum_insured, quote.premium)
    assert office.current(case_id).state == "bound"
    with office.database.every_tenant() as session:
        intent = intents.find(session, str(kept.intent))
        assert intent is not None
        assert (intent.kind, intent.tenant_id, intent.person_id) == ("underwriting-bind", TENANT, ADA)
    assert office.accept(case_id).state == "bound"


def test_obstacle__nothing_paid_in__told_before_signing_and_refused_after(office: ChainOffice) -> None:
    case_id = office.quoted()
    premium = office.quote(case_id).premium

    found = [obstacle(office, case_id)]
    with pytest.raises(Problem) as refused:
        office.accept(case_id)
    office.pay_in(premium - 1, allowed=premium)
    found.append(obstacle(office, case_id))
    office.pay_in(1, allowed=premium)
    found.append(obstacle(office, case_id))

    assert found == ["erc20_insufficient_allowance", "erc20_insufficient_balance", None]
    assert (refused.value.code, refused.value.values["refusal"]) == ("bind_refused", found[0])
    assert "approve it" in refused.value.detail
    assert office.current(case_id).state == "offered"


def test_obstacle__sale_suspended__told_by_name(office: ChainOffice) -> None:
    case_id = office.quoted()
    office.pay_in(office.quote(case_id).premium)

    office.house.send("guardian", office.house.product, IndemnityProduct.suspend_sales(True))

    assert obstacle(office, case_id) == "sale_suspended"


def test_accept__allowance_taken_back_meanwhile__offered_again_and_bound_at_the_second_try(office: ChainOffice) -> None:
    case_id = office.quoted()
    premium = office.quote(case_id).premium
    office.pay_in(premium)
    first = office.accept(case_id).intent
    office.allow(0)
    office.settle()
    failed = office.current(case_id)

    office.allow(premium)
    second = office.accept(case_id).intent
    office.settle()

    assert (failed.state, failed.failure_code) == ("offered", "erc20_insufficient_allowance")
    assert second != first
    assert policy_of(office, case_id) is not None
    assert office.current(case_id).failure_code is None


def test_done__bound_by_another_transaction__superseded(office: ChainOffice) -> None:
    case_id = office.quoted()
    office.pay_in(office.quote(case_id).premium)
    key = str(office.accept(case_id).intent)
    with office.database.every_tenant() as session:
        calldata = session.scalar(text("SELECT calldata FROM intents WHERE key = :key"), {"key": key})
    office.house.people.sender("stranger").send("bind", office.house.product, bytes(calldata))
    with office.database.every_tenant() as session:
        assert not UnderwritingBindKind().done(session, key)

    office.indexer.step()
    office.settle()

    with office.database.every_tenant() as session:
        intent = intents.find(session, key)
        assert intent is not None
        assert (intent.status, intent.failure_code) == ("superseded", "done_by_another")
    assert office.current(case_id).state == "bound"


def test_note_reopened__block_gone__on_its_way_again_and_bound_again(office: ChainOffice) -> None:
    case_id = office.bound()
    office.house.rpc.call("anvil_reorg", 3, [])
    office.house.rpc.call("evm_mine")

    office.indexer.step()
    state = office.current(case_id).state
    office.settle()

    assert state == "accepted"
    assert office.current(case_id).state in ("bound", "offered")  # the premium's allowance is gone with its block


def test_renew__quote_ran_out__another_is_made_when_asked_and_only_then(office: ChainOffice) -> None:
    case_id = office.quoted()
    with pytest.raises(Problem) as early, office.database.scoped(who(ADA)) as session:
        acceptance.renew(session, office.desk, who(ADA), case_id)
    office.later(2 * DAY)
    with office.database.every_tenant() as session:
        before = len(repository.quotes(session, case_id))

    with office.database.scoped(who(ADA)) as session:
        acceptance.renew(session, office.desk, who(ADA), case_id)
    office.work()

    assert early.value.code == "quote_not_renewable"
    assert before == 1
    assert office.current(case_id).number == 2
    office.pay_in(office.quote(case_id).premium)
    assert obstacle(office, case_id) is None


def test_apply__renewal__goes_on_where_the_old_policy_ends(office: ChainOffice) -> None:
    number = policy_of(office, office.bound())
    assert number is not None
    old = office.house.rpc.eth_call(office.house.product, IndemnityProduct.policy(number))
    asked = _renewing(office, number)
    with pytest.raises(Problem) as early:
        _check(office, asked)
    office.later(330 * DAY)

    case_id = office.bound(_renewing(office, number))

    assert early.value.values["refusal"] == "start_too_late"
    renewed = policy_of(office, case_id)
    assert renewed is not None
    new = office.house.rpc.eth_call(office.house.product, IndemnityProduct.policy(renewed))
    assert (new.starts_at, new.is_renewal) == (old.ends_at, True)
    with pytest.raises(Problem) as again:
        _check(office, _renewing(office, number))
    assert (again.value.code, again.value.values["refusal"]) == ("renewal_refused", "renewal_invalid")


def test_check_complete__renewal_of_a_policy_that_is_not_there__refused_by_name(office: ChainOffice) -> None:
    with pytest.raises(Problem) as refused:
        _check(office, _renewing(office, 99))

    assert refused.value.values["refusal"] == "policy_unknown"


def _renewing(office: ChainOffice, number: int) -> Any:
    from dataclasses import replace

    asked = office.application()
    declaration = {**asked.declaration, "signed_at": office.clock.now - 60}
    return replace(asked, renews=number, declaration=declaration)


def _check(office: ChainOffice, asked: Any) -> None:
    from backend.underwriting import service

    service.check_complete(office.desk, asked, service.draft(office.desk, asked))


class GraveNodes:
    """Nodes that see a risk above the committee's score, and sign it with the quorum's keys."""

    def __init__(self, office: ChainOffice) -> None:
        exclusion = office.desk.shelf.product(office.house.product)
        self.bit = 1
        self.code = sorted(exclusion.exclusions)[0]
        self.case = CaseAssessment(
            b"\x09" * 32, 9_500, 9_000, RiskTier.HIGH, Conditions(Measure.EXCLUSION, exclusions=(self.code,)),
            exclusions=(self.code,), committee=True,
        )  # fmt: skip

    def ask(self, path: str, body: Answer, enough: Any) -> list[Answer]:
        """See `OracleNodes`."""
        answers: list[Answer] = []
        for key in KEYS:
            answers.append(self._assessed(body) if path == ASSESS_PATH else self._signed(body, key))
            if enough(answers):
                break
        return answers

    def health(self) -> Sequence[Any]:
        """See `OracleNodes`."""
        return ()

    def _assessed(self, body: Answer) -> Answer:
        application = body["applications"][0]["application"]["application_id"]
        number = int(application, 16) if isinstance(application, str) else application
        risk = RiskAssessment(
            number, 9_500, Bps(9_000), RiskTier.HIGH, Ppb(20_000_000), TokenUnits(1_000_000_000_000), self.bit,
            keccak256(b"grave"),
        )  # fmt: skip
        case = {
            "digest": "0x" + self.case.digest.hex(), "loss_ratio_bps": 9_000, "exclusions": [self.code],
            "outliers": [], "committee": True, "fast_lane": False,
            "recommended": {"measure": "exclusion", "loading_bps": 0, "cap_minor": None, "exclusions": [self.code]},
        }  # fmt: skip
        said = {"risk": risk_json(risk), "case": case, "explanation": {"en": ["Grave."], "zh": ["严重。"]}}
        return {"model_hash": "0x" + "07" * 32, "assessments": [said], "refusals": []}

    def _signed(self, body: Answer, key: bytes) -> Answer:
        r = body["report"]
        report = UnderwritingReport(
            r["chain_id"], r["product"], r["signer_epoch"], r["observed_at"], r["valid_until"],
            bytes.fromhex(r["model_hash"][2:]), tuple(risk_of(each) for each in r["assessments"]),
        )  # fmt: skip
        return {"signature": "0x" + sign_digest(key, underwriting_report_digest(report)).hex()}


def _voted(office: ChainOffice) -> int:
    """A case above ninety that the committee accepted."""
    from dataclasses import replace

    nodes = GraveNodes(office)
    office.desk = replace(office.desk, nodes=nodes)
    case_id = office.apply()
    with office.database.scoped(WORKER) as session:
        row, case = casebook.load(session, office.desk, case_id)
        case = casebook.take(session, office.desk, WORKER, row, case, Collected(), by=casebook.MACHINE)
        casebook.take(session, office.desk, WORKER, row, case, Assessed(nodes.case), by=casebook.MACHINE)
    with office.database.every_tenant() as session:
        session.execute(text("DELETE FROM workflow_requests"))
    assert nodes.case.recommended is not None
    office.step(JUNIOR, case_id, Decided(Decision(Verdict.ACCEPT, nodes.case.recommended)))
    office.step(SENIOR, case_id, Signed())
    for seat, person in COMMITTEE.items():
        office.step(person, case_id, Voted(seat, agrees=True))
    office.work()
    return case_id


def _sign(office: ChainOffice, case_id: int, seat: Office, name: str) -> CaseQuoteRow:
    person = who(COMMITTEE[seat])
    with office.database.scoped(person) as session:
        kept = acceptance.current(session, office.desk, case_id)
        signature = sign_digest(bytes(account(name).key), bytes(kept.digest))
        return acceptance.sign_as_committee(session, office.desk, person, case_id, signature)


def test_sign_as_committee__three_who_voted__offered_with_the_third_and_bound(office: ChainOffice) -> None:
    case_id = _voted(office)
    waiting = office.current(case_id).state

    states = [_sign(office, case_id, seat, name).state for seat, name in zip(COMMITTEE, MEMBERS, strict=True)]
    office.pay_in(office.quote(case_id).premium)
    office.accept(case_id)
    office.settle()

    kept = office.current(case_id)
    assert (waiting, states) == ("committee", ["committee", "committee", "offered"])
    assert kept.state == "bound"
    assert [each["member"] for each in kept.committee] == sorted(
        (account(name).address for name in MEMBERS), key=lambda each: int(each, 16)
    )
    assert all(
        recover(bytes(kept.digest), bytes.fromhex(each["signature"][2:])) == each["member"] for each in kept.committee
    )
    assert policy_of(office, case_id) is not None
    quote, terms = office.quote(case_id), office.house.terms
    with office.database.every_tenant() as session:
        risk = risk_of(repository.reports(session, case_id)[-1].risk)
    assert factor_of(terms.tiers, risk, quote) == terms.tiers.high_factor_bps


def test_sign_as_committee__twice_by_one__refused(office: ChainOffice) -> None:
    case_id = _voted(office)
    _sign(office, case_id, next(iter(COMMITTEE)), MEMBERS[0])

    with pytest.raises(Problem) as refused:
        _sign(office, case_id, next(iter(COMMITTEE)), MEMBERS[0])

    assert refused.value.code == "acceptance_invalid"


def test_accept__committee_has_not_signed__refused(office: ChainOffice) -> None:
    case_id = _voted(office)

    with pytest.raises(Problem) as refused:
        office.accept(case_id)

    assert refused.value.code == "quote_not_offered"


def test_obstacle__signer_without_the_role_on_the_chain__told_by_name(office: ChainOffice) -> None:
    case_id = _voted(office)
    for seat, name in zip(COMMITTEE, (*MEMBERS[:2], "nobody of the committee"), strict=True):
        _sign(office, case_id, seat, name)
    office.pay_in(office.quote(case_id).premium)

    assert obstacle(office, case_id) == "committee_member_invalid"
