"""Who may handle a case, and by whose word."""

from __future__ import annotations

import uuid

import pytest

from backend.access.principal import Principal
from backend.access.roles import Role
from backend.claims import handling
from backend.claims.asking import Authority
from backend.claims.authorities import RecordedAuthorities
from backend.claims.models import CaseRow
from backend.claims.states import AuthorityHow
from backend.custody.ports import DeployedContracts
from backend.problems import Problem
from backend.tenants import service as tenants
from scripts.rehearsal import account
from tests.backend.claims.office import Office


def test_assign__nobody_who_decides_on_claims_here__refused_naming_who(office: Office) -> None:
    _, row, _ = office.noticed()
    adjuster = office.adjuster()
    clerk = office.house.person(Role.CUSTOMER_SERVICE, password=None)

    for named in (clerk, uuid.uuid4()):
        with office.acting(adjuster) as session, pytest.raises(Problem) as found:
            handling.assign(session, office.desk, adjuster, row.case_id, named, "*")
        assert (found.value.code, found.value.values["field"]) == ("adjuster_invalid", "adjuster")
        assert str(named) in found.value.detail
    assert office.case(row.case_id).adjuster is None


def test_call__ones_own_claim__refused_before_the_chain_is_asked(office: Office) -> None:
    who, row, _ = office.noticed()
    assert who.principal_id is not None
    both = office.who(who.principal_id, Role.ADJUSTER, Role.POLICYHOLDER)

    with office.acting(both) as session, pytest.raises(Problem) as found:
        handling.call(session, office.desk, both, row.case_id, "acknowledge", 0)

    assert found.value.code == "own_claim"


def on_behalf(office: Office) -> CaseRow:
    """A notice customer service prepared for somebody who called."""
    customer, policy_id, _ = office.insured()
    clerk = office.who(office.house.person(Role.CUSTOMER_SERVICE, password=None), Role.CUSTOMER_SERVICE)
    assert customer.principal_id is not None
    asked = Authority(AuthorityHow.PHONE, office.house.clock() - 60, "She called at nine.")
    drafted = office.draft_for(clerk, customer.principal_id, policy_id, asked)
    return office.prepare(clerk, drafted.case_id).row


def test_covers__recorded_for_this_notice_of_this_person__and_for_nothing_else(office: Office) -> None:
    row, other = on_behalf(office), on_behalf(office)
    assert row.authority_record is not None
    assert other.authority_record is not None
    assert row.person_id is not None
    told = {
        "tenant_id": row.tenant_id, "person_id": row.person_id, "signer": row.claimant,
        "digest": bytes(row.digest or b""),
    }  # fmt: skip
    known = RecordedAuthorities()

    with office.database.scoped(Principal.worker(office.tenant_id)) as session:

        def covers(authority: uuid.UUID, **changes: object) -> bool:
            return known.covers(session, authority, **{**told, **changes})  # type: ignore[arg-type]  # each is one of them

        assert covers(row.authority_record)
        assert not covers(other.authority_record)
        assert not covers(uuid.uuid4())
        assert not covers(row.authority_record, person_id=other.person_id)
        assert not covers(row.authority_record, signer=other.claimant)
        assert not covers(row.authority_record, digest=bytes(other.digest or b""))
        assert not covers(row.authority_record, tenant_id=uuid.uuid4())


def test_kind_of__contracts_of_another_insurer__none_of_this_one(office: Office) -> None:
    insurer = office.stack.insurer
    contracts = DeployedContracts(insurer.deployment, insurer.rpc)
    with office.database.every_tenant() as session:
        slug = f"other{uuid.uuid4().hex[:8]}"
        address = account("another insurer").address
        other = tenants.add(session, name="Other", slug=slug, insurer_address=address, now=1).tenant_id

        def kinds(tenant_id: uuid.UUID) -> list[str | None]:
            named = (insurer.product, insurer.contracts["Treasury"], office.desk.chain.desk)
            return [contracts.kind_of(session, tenant_id, each) for each in named]

        assert kinds(office.tenant_id) == ["IndemnityProduct", "Treasury", "ClaimsDesk"]
        assert kinds(other) == [None, None, "ClaimsDesk"]
        session.rollback()
