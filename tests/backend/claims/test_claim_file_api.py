"""The claim file over HTTP: who gets it, what they get, and that it proves itself offline."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, cast

import pytest
from fastapi import Request
from fastapi.testclient import TestClient

from backend.access.principal import Principal
from backend.access.roles import Role
from backend.chain.nodes import OracleNodes
from backend.claims.models import CaseRow
from backend.config import Settings
from backend.dependencies import ServiceSet
from backend.main import create_app
from backend.opening import make_limits
from backend.products.service import Documents
from ledger.rpc import Rpc
from scripts.anvil import free_port
from scripts.verify import claim_command
from tests.backend.api import SERVER_KEY, assert_problem
from tests.backend.claims.office import Office

BODY_AT_LEAST = 10_000


@dataclass
class Door:
    """The API, asked as somebody, and a claim that was paid."""

    office: Office
    services: ServiceSet
    client: TestClient
    claimant: Principal
    row: CaseRow
    present: dict[str, Principal]

    def ask(self, who: Principal | None, case_id: uuid.UUID | None = None) -> Any:
        name = str(uuid.uuid4())
        if who is not None:
            self.present[name] = who
        return self.client.get(f"/v1/cases/{case_id or self.row.case_id}/claim-file", headers={"X-Test-Person": name})

    def staff(self, role: Role) -> Principal:
        return self.office.who(self.office.house.person(role, password=None), role)


@dataclass
class ByHeader:
    """Knows people by a header the test sends."""

    present: dict[str, Principal]

    def authenticate(self, request: Request) -> Principal:
        return self.present.get(request.headers.get("x-test-person", ""), Principal.anonymous())


@pytest.fixture(scope="module")
def door(office: Office, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Door]:
    folder, insurer, present = tmp_path_factory.mktemp("door"), office.stack.insurer, dict[str, Principal]()
    settings = Settings(deployment=folder / "deployment.json", frontend_dir=folder / "dist")
    services = ServiceSet(
        settings, office.database, insurer.deployment, office.stack.rpc, cast(OracleNodes, None),
        Documents(insurer.folder / "documents"), None, office.desk.vault, server_key=SERVER_KEY,
        limits=make_limits(settings, office.database), authenticator=ByHeader(present), claims=office.desk,
        clock=office.house.clock,
    )  # fmt: skip
    who, row, _ = office.noticed()
    office.report(row)
    office.settle()
    with TestClient(create_app(services, []), raise_server_exceptions=False) as client:
        yield Door(office, services, client, who, row, present)


def test_get_claim_file__claimant__gets_a_file_that_proves_the_payment_offline(door: Door, tmp_path: Path) -> None:
    answer, path = door.ask(door.claimant), tmp_path / "claim.json"
    path.write_bytes(answer.content)
    door.office.stack.insurer.deployment.save(tmp_path / "deployment.json")

    code = claim_command(path, deployment=tmp_path / "deployment.json")

    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["cache-control"] == "no-store"
    assert answer.json()["claim_id"] == f"0x{door.row.claim_id:064x}"
    assert len(answer.json()["documents"]) == 1
    assert code == 0
    path.write_bytes(answer.content.replace(b'"status":"0x1"', b'"status":"0x0"', 1))
    assert claim_command(path) == 1


@pytest.mark.parametrize("role", [Role.ADJUSTER, Role.AUDITOR])
def test_get_claim_file__staff_who_may__get_the_same(door: Door, role: Role) -> None:
    answer = door.ask(door.staff(role))

    assert answer.status_code == 200
    assert answer.json() == door.ask(door.claimant).json()
    assert len(answer.content) > BODY_AT_LEAST


@pytest.mark.parametrize("role", [Role.JUNIOR_UNDERWRITER, Role.TREASURER, Role.MAINTENANCE_ENGINEER])
def test_get_claim_file__staff_who_may_not__are_refused(door: Door, role: Role) -> None:
    assert_problem(door.ask(door.staff(role)), "forbidden", "claims.export")


def test_get_claim_file__visitor__has_to_sign_in(door: Door) -> None:
    assert_problem(door.ask(None), "unauthenticated", "Sign in")


def test_get_claim_file__not_theirs_another_insurers_or_unknown__is_one_answer(door: Door) -> None:
    other_claimant, _, _ = door.office.insured()
    elsewhere = replace(door.staff(Role.AUDITOR), tenant_id=uuid.uuid4())
    unknown = uuid.uuid4()

    strangers = [other_claimant, elsewhere, replace(door.claimant, tenant_id=uuid.uuid4())]
    refused = [door.ask(stranger) for stranger in strangers]

    for answer in refused:
        assert_problem(answer, "case_unknown", str(door.row.case_id), "Take it from your list of cases")
    assert_problem(door.ask(door.claimant, unknown), "case_unknown", str(unknown))
    texts = {str({**answer.json(), "request_id": ""}) for answer in refused}
    assert len(texts) == 1, "nothing tells a foreign case from one that never was"


def test_get_claim_file__before_its_notice__says_what_to_wait_for(door: Door) -> None:
    who, policy_id, _ = door.office.insured()
    draft = door.office.draft(who, policy_id)

    assert_problem(door.ask(who, draft.case_id), "claim_not_noticed", str(draft.case_id), "Wait for its notice")


def test_get_claim_file__chain_does_not_answer__says_so_and_names_no_node(
    door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    nobody = Rpc(f"http://127.0.0.1:{free_port()}")
    monkeypatch.setattr(door.client.app.state, "services", replace(door.services, rpc=nobody))  # type: ignore[attr-defined]  # it is ours

    answer = door.ask(door.claimant)

    assert_problem(answer, "chain_unavailable")
    assert nobody.url not in answer.text
