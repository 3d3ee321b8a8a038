"""Underwriting, objections and notices over HTTP: who may do what, and what the answers show."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from fastapi import Request
from fastapi.testclient import TestClient

from backend.access.principal import Principal
from backend.config import Settings
from backend.dependencies import ServiceSet
from backend.main import create_app
from backend.opening import make_limits
from backend.products.service import Documents
from backend.service import privacy_notice
from backend.tenants import repository as tenants
from backend.tenants.repository import Tenant
from backend.underwriting.models import CaseRow
from backend.vault import service as vault_service
from backend.vault import standing
from backend.vault.keys import HeldKeys
from backend.vault.records import CitedNotice, application_about
from backend.vault.sealing import Vault
from ledger.deployment import Deployment
from ledger.rpc import Rpc
from tests.backend.api import SERVER_KEY
from tests.backend.notices.office import TENANT
from tests.backend.underwriting.office import (
    ADA,
    CLERK,
    HOLDER,
    JUNIOR,
    OTHER_JUNIOR,
    SENIOR,
    UnderwritingOffice,
    other_tenant,
    who,
)
from tests.oracle.samples import CHAIN_ID, PRODUCT

_keys = itertools.count()
AUTHORISED = {"source": "hospital", "signed_at": 1, "evidence": "Form 7, signed."}


class ByHeader:
    """Knows people by a header the test sends."""

    def authenticate(self, request: Request) -> Principal:
        name = request.headers.get("x-test-person")
        if name is None:
            return Principal.anonymous()
        found = who(UUID(name))
        return other_tenant(found) if request.headers.get("x-test-elsewhere") else found


@dataclass
class Door:
    """The API, asked as somebody."""

    client: TestClient
    office: UnderwritingOffice

    def ask(self, method: str, path: str, by: UUID | None, body: Any = None, *, elsewhere: bool = False) -> Any:
        headers = {"Idempotency-Key": f"key-{next(_keys)}"}
        if by is not None:
            headers["X-Test-Person"] = str(by)
        if elsewhere:
            headers["X-Test-Elsewhere"] = "yes"
        return self.client.request(method, f"/v1{path}", json=body, headers=headers)

    def apply(self, **changes: Any) -> Any:
        asked = self.office.application()
        names = ("privacy_notice", "authorisations", "intake")
        around: dict[str, Any] = {name: changes.pop(name) for name in names if name in changes}
        body: dict[str, Any] = {
            "product": PRODUCT, "line": "health", "declaration": dict(asked.declaration),
            "statements": {**asked.statements, **changes}, "holder": HOLDER.address, **around,
        }  # fmt: skip
        body["statements"] = {name: value for name, value in body["statements"].items() if value is not None}
        return self.ask("POST", "/underwriting-cases", ADA, body)


@pytest.fixture
def door(office: UnderwritingOffice, tmp_path: Path) -> Iterator[Door]:
    settings = Settings(deployment=tmp_path / "deployment.json", frontend_dir=tmp_path / "dist")
    services = ServiceSet(
        settings, office.database, Deployment(CHAIN_ID, 0, "0x00", "http://127.0.0.1:9", {}, ()),
        Rpc("http://127.0.0.1:9"), office.nodes, Documents(tmp_path), None, Vault(HeldKeys.of(b"v" * 32)),
        server_key=SERVER_KEY, limits=make_limits(settings, office.database), authenticator=ByHeader(),
        underwriting=office.desk, clock=office.clock,
    )  # fmt: skip
    with TestClient(create_app(services, []), raise_server_exceptions=False) as client:
        yield Door(client, office)


def test_apply__complete__taken_in_assessed_and_told(door: Door) -> None:
    made = door.apply()
    door.office.work()

    case = door.ask("GET", f"/underwriting-cases/{made.json()['case_id']}", ADA).json()
    assert made.status_code == 201, made.text
    assert made.json()["waits_for"] == "worker"
    assert case["case"]["state"] == "notified"
    assert [each["step"] for each in case["steps"]][-1] == "NoticeGiven"
    assert case["checks"] == []


def test_apply__with_an_authorisation__case_and_consent_name_the_notice_that_was_read(door: Door) -> None:
    edition = privacy_notice.in_force()

    made = door.apply(privacy_notice=edition.version, authorisations=[AUTHORISED])

    assert made.json()["privacy_notice"] == edition.version, made.text
    with door.office.database.every_tenant() as session:
        (consent,) = standing.consents(session, TENANT, ADA)
        case = session.get(CaseRow, made.json()["case_id"])
        assert case is not None
        kept = bytes(case.notice_hash or b"")
    assert consent.notice == CitedNotice(edition.version, edition.hash)
    assert kept == edition.hash


def test_apply__out_of_an_intake__linked_both_ways_and_kept_with_the_application(door: Door) -> None:
    need = {
        "name": "Ada Example", "contact": {"email": "ada@example.org"}, "need": "medical_treatment",
        "sum_insured": 1, "budget": 1,
    }  # fmt: skip
    intake_id = door.ask("POST", "/intakes", ADA, need).json()["intake_id"]

    made = door.apply(intake=intake_id)
    of_nothing = door.apply(intake=intake_id + 1)

    assert made.status_code == 201, made.text
    assert (of_nothing.status_code, of_nothing.json()["code"]) == (404, "intake_unknown")
    (listed,) = door.ask("GET", "/intakes", ADA).json()["intakes"]
    assert listed["applications"] == [f"underwriting-cases/{made.json()['case_id']}"]
    assert len(door.ask("GET", "/underwriting-cases", ADA).json()["cases"]) == 1
    with door.office.database.every_tenant() as session:
        records = vault_service.records_of(session, Principal.worker(TENANT), ADA)
    (kept,) = [record for record in records if record.label.category == "intake"]
    assert application_about(kept.subject) == int(made.json()["application_id"], 16)


def test_apply__notice_that_is_not_in_force__refused_and_nothing_kept(door: Door) -> None:
    answer = door.apply(privacy_notice="1999-01")

    assert (answer.status_code, answer.json()["code"]) == (409, "privacy_notice_unknown")
    assert privacy_notice.in_force().version in answer.json()["detail"]
    assert door.ask("GET", "/underwriting-cases", ADA).json()["cases"] == []


def test_apply__occupation_left_empty__refused_naming_the_field(door: Door) -> None:
    answer = door.apply(occupation=None)

    assert (answer.status_code, answer.json()["code"]) == (409, "application_incomplete")
    assert answer.json()["fields"] == ["occupation"]
    assert "occupation" in answer.json()["detail"]
    assert door.ask("GET", "/underwriting-cases", ADA).json()["cases"] == []


def test_apply__for_another_insurers_product__not_sold_here(door: Door) -> None:
    with door.office.database.every_tenant() as session:
        tenants.add(session, Tenant(TENANT, "One", "one", "0x" + "99" * 20, 0))

    answer = door.apply()

    assert (answer.status_code, answer.json()["code"]) == (404, "product_unknown")
    assert door.ask("GET", "/underwriting-cases", JUNIOR).json()["cases"] == []


def test_apply__for_somebody_else__is_not_a_customers(door: Door) -> None:
    asked = door.office.application()
    body = {
        "product": PRODUCT, "line": "health", "declaration": dict(asked.declaration), "person_id": str(JUNIOR),
        "statements": dict(asked.statements), "holder": HOLDER.address,
    }  # fmt: skip

    assert door.ask("POST", "/underwriting-cases", ADA, body).json()["code"] == "forbidden"


@pytest.mark.parametrize(
    ("by", "path", "status"),
    [
        (None, "/underwriting-cases", 401),
        (CLERK, "/underwriting-cases/1/decision", 403),
        (ADA, "/underwriting-cases/1/decision", 403),
        (JUNIOR, "/underwriting-cases/1/signature", 403),
        (SENIOR, "/underwriting-cases/1/votes", 403),
        (ADA, "/underwriting-objections/1/upholding", 403),
        (JUNIOR, "/notice-deliveries", 403),
    ],
)
def test_doors__not_theirs__stay_shut(door: Door, by: UUID | None, path: str, status: int) -> None:
    body = {
        "verdict": "accept", "note": "x", "office": "legal-manager", "agrees": True, "delivered": True,
        "notice_id": str(UUID(int=1)),
    }  # fmt: skip

    assert door.ask("POST", path, by, body).status_code == status


def test_get_case__another_tenants__is_not_there(door: Door) -> None:
    case_id = door.apply().json()["case_id"]

    answer = door.ask("GET", f"/underwriting-cases/{case_id}", JUNIOR, elsewhere=True)

    assert (answer.status_code, answer.json()["code"]) == (404, "underwriting_case_unknown")


def test_decide__wrong_state__says_which_it_takes(door: Door) -> None:
    case_id = door.apply().json()["case_id"]

    answer = door.ask("POST", f"/underwriting-cases/{case_id}/decision", JUNIOR, {"verdict": "accept"})

    assert (answer.status_code, answer.json()["code"]) == (409, "case_not_in_state")
    assert "assessed" in answer.json()["detail"]


def test_list_cases__queue__by_deadline_in_pages_each_once(door: Door) -> None:
    made = []
    for _ in range(3):
        made.append(door.apply().json()["case_id"])
        door.office.clock.now += 60
    seen, cursor = [], ""
    for _ in range(3):
        page = door.ask("GET", f"/underwriting-cases?limit=1&waits_for=worker{cursor}", JUNIOR).json()
        seen += [each["case_id"] for each in page["cases"]]
        cursor = f"&cursor={page['next_cursor']}"

    assert seen == made
    door.office.clock.now += 10 * 86_400
    late = door.ask("GET", "/underwriting-cases?overdue=true", JUNIOR).json()["cases"]
    assert [each["overdue"] for each in late] == [True] * 3


def test_checks__sampled_application__stands_in_the_queue_until_somebody_checked_it(door: Door) -> None:
    door.office.set_office(sample_bps=10_000)
    case_id = door.apply().json()["case_id"]
    door.office.work()
    what = {"kind": "authenticity", "field": "application", "source": "customer"}

    waiting = door.ask("GET", "/underwriting-checks", JUNIOR).json()["checks"]
    done = door.ask(
        "POST", f"/underwriting-cases/{case_id}/checks", JUNIOR, {**what, "outcome": "confirmed", "note": "Called."}
    )

    assert [(each["case_id"], each["kind"], each["overdue"]) for each in waiting] == [(case_id, "authenticity", False)]
    assert waiting[0]["due_at"] > waiting[0]["opened_at"]
    assert done.status_code == 200, done.text
    assert door.ask("GET", "/underwriting-checks", SENIOR).json()["checks"] == []
    assert door.ask("GET", "/underwriting-checks", ADA).status_code == 403
    assert door.ask("GET", "/underwriting-checks", JUNIOR, elsewhere=True).json()["checks"] == []


def test_objection__from_record_to_told__over_http(door: Door) -> None:
    case_id = door.apply().json()["case_id"]
    door.office.work()
    body = {"way": "phone", "text": "My pressure is lower.", "contact": "+86 10 5555 0100"}

    made = door.ask("POST", f"/underwriting-cases/{case_id}/objections", CLERK, body)
    number = made.json()["objection_id"]
    passed = door.ask("POST", f"/underwriting-objections/{number}/passing", CLERK)
    upheld = door.ask("POST", f"/underwriting-objections/{number}/upholding", OTHER_JUNIOR, {"note": "It is right."})

    assert (made.status_code, made.json()["waits_for"]) == (201, "customer_service")
    assert (passed.json()["state"], passed.json()["waits_for"]) == ("passed", "senior_underwriter")
    assert (upheld.json()["state"], upheld.json()["outcome"]) == ("told", "upheld")


def test_notices__own__listed_read_and_confirmed_by_the_link(door: Door) -> None:
    door.apply()
    door.office.work()

    listed = door.ask("GET", "/notices?state=queued", ADA).json()["notices"]
    decision = next(each for each in listed if each["kind"] == "underwriting_decision")
    read = door.ask("GET", f"/notices/{decision['notice_id']}", ADA).json()
    token = read["body"].partition("/confirm#")[2].split()[0]
    confirmed = door.client.post("/v1/notice-receipts", json={"token": token})
    again = door.client.post("/v1/notice-receipts", json={"token": token})

    assert (confirmed.status_code, confirmed.json()["state"]) == (200, "confirmed")
    assert (again.status_code, again.json()["code"]) == (404, "receipt_token_invalid")
    assert door.ask("GET", f"/notices/{decision['notice_id']}", CLERK).status_code == 403


@pytest.mark.parametrize(("when", "status"), [("1970/1", 422), ("1971/1", 200), ("9998/4", 200), ("9999/1", 422)])
def test_figures__first_and_last_quarters__told_or_refused(door: Door, when: str, status: int) -> None:
    assert door.ask("GET", f"/underwriting-figures/{when}", SENIOR).status_code == status


def test_figures__quarter__from_rows(door: Door) -> None:
    found = door.ask("GET", "/underwriting-figures/2026/1", SENIOR)

    assert found.status_code == 200, found.text
    assert (found.json()["cases"], found.json()["hold"], found.json()["calendar"]) == (0, True, "china@2026.1")


@pytest.mark.parametrize(
    "path",
    [
        "underwriting-cases", "underwriting-objections", "notices", "policy-orders", "cases",
        "enquiries", "complaints",
    ],
)  # fmt: skip
def test_list__state_there_is_not__refused_with_those_there_are(door: Door, path: str) -> None:
    answer = door.ask("GET", f"/{path}?state=no-such", ADA)

    assert answer.status_code == 422
    assert answer.json()["code"] == "request_invalid"
    assert answer.json()["detail"].startswith("state 'no-such' is none there is. Choose one of ")
