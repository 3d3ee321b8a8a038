"""Webhooks of claims: what an insurer's own systems are told, once each step is final, and nothing of anybody."""

from __future__ import annotations

import json

from sqlalchemy import select

from backend.claims.announcing import Announcer
from backend.claims.models import CaseRow
from backend.webhooks.delivery import Postman
from backend.webhooks.event_types import EventType
from backend.webhooks.models import WebhookMessageRow
from backend.webhooks.schemas import EndpointRequest
from backend.webhooks.sending import HttpSender
from backend.webhooks.service import Desk, register
from domain.claim_reports import ClaimAction
from ledger.bindings import TestStablecoin
from tests.backend.claims.office import LOSS, SERVER_KEY, Office
from tests.backend.claims.test_course import ordered
from tests.backend.claims.test_decisions import handed_in, prepared
from tests.backend.webhooks.conftest import receiving

ALLOWED = {
    "claim_id", "case_id", "product", "policy_id", "state", "amount", "interest", "superseded_claim_id", "at",
    "block_number", "transaction_hash",
}  # fmt: skip


def announcer(office: Office, confirmations: int = 1) -> Announcer:
    return Announcer(office.database, office.desk, confirmations=confirmations)


def told(office: Office, row: CaseRow) -> list[tuple[str, dict[str, object]]]:
    """What was told of a claim, type and data."""
    with office.database.every_tenant() as session:
        bodies = session.scalars(
            select(WebhookMessageRow.body).where(
                WebhookMessageRow.tenant_id == row.tenant_id, WebhookMessageRow.body.contains(str(row.case_id))
            )
        )
        found = [json.loads(body) for body in bodies]
    rank = {"claim.noticed": 0, "claim.decided": 1, "claim.disputed": 2, "claim.paid": 3, "claim.closed": 4}
    return sorted(((each["type"], each["data"]) for each in found), key=lambda each: rank.get(each[0], 9))


def test_step__paid_by_the_machine__noticed_and_paid_told_once_without_anything_personal(office: Office) -> None:
    who, row, key = office.noticed()
    office.report(row)
    office.settle()

    announcer(office).step()
    announcer(office).step()

    found = told(office, row)
    kinds = [kind for kind, _ in found]
    assert kinds.count("claim.noticed") == kinds.count("claim.paid") == 1
    assert len(kinds) == len(set(kinds))
    data = dict(found)
    assert data["claim.noticed"]["amount"] == str(LOSS)
    assert int(str(data["claim.paid"]["amount"])) > 0
    assert data["claim.paid"]["claim_id"] == f"0x{row.claim_id or 0:064x}"
    assert all(set(each) == ALLOWED for each in data.values())
    words = json.dumps(found)
    assert str(who.principal_id) not in words
    assert key.address.lower() not in words.lower()


def test_step__case_known_only_after_its_blocks_were_looked_at__told_all_the_same(office: Office) -> None:
    _, row, _ = office.noticed()
    office.settle()
    claim_id, one = row.claim_id, announcer(office)
    with office.database.every_tenant() as session:
        session.get_one(CaseRow, row.case_id).claim_id = None
    one.step()
    assert told(office, row) == []

    with office.database.every_tenant() as session:
        session.get_one(CaseRow, row.case_id).claim_id = claim_id
    office.stack.rpc.call("evm_mine")
    office.settle()
    one.step()

    assert [kind for kind, _ in told(office, row)] == ["claim.noticed"]


def test_step__denied_then_disputed__decision_and_difference_with_the_states_they_led_to(office: Office) -> None:
    who, row, key = office.noticed()
    handed_in(office, prepared(office, row, 0, 40))
    office.settle()
    announcer(office).step()
    assert "claim.disputed" not in dict(told(office, row))

    people, token = office.stack.insurer.people, office.stack.insurer.contracts["TestStablecoin"]
    people.send("administrator", token, TestStablecoin.mint_each([row.claimant], LOSS))
    ordered(office, who, row, key, ClaimAction.DISPUTE)
    announcer(office).step()

    data = dict(told(office, row))
    assert (data["claim.decided"]["state"], data["claim.decided"]["amount"]) == ("decided", "0")
    assert data["claim.disputed"]["state"] == "disputed"
    assert int(str(data["claim.disputed"]["amount"])) > 0
    assert len(told(office, row)) == len(data)


def test_step__block_not_final__waits_until_it_is(office: Office) -> None:
    _, row, _ = office.noticed()
    patient = announcer(office, confirmations=3)

    patient.step()
    assert told(office, row) == []

    for _ in range(2):
        office.stack.rpc.call("evm_mine")
    office.settle()
    patient.step()
    assert [kind for kind, _ in told(office, row)] == ["claim.noticed"]


def test_deliver__claim_noticed__signed_as_every_other_to_who_asked_for_it(office: Office) -> None:
    announcer(office).step()
    with receiving() as receiver:
        now = office.desk.clock()
        with office.database.every_tenant() as session:
            desk = Desk(session, office.tenant_id, SERVER_KEY, now, allow_loopback=True)
            _, secret = register(desk, EndpointRequest(url=receiver.url, event_types=(EventType.CLAIM_NOTICED,)))
        _, row, _ = office.noticed()
        announcer(office).step()

        postman = Postman(office.database, HttpSender(allow_loopback=True), SERVER_KEY, lambda: now)
        while not postman.step():
            pass

        bodies = receiver.verified(secret)
        assert str(row.case_id) in {each["data"]["case_id"] for each in bodies}
        assert {each["type"] for each in bodies} == {"claim.noticed"}
