"""Changes and ends of policies on a real chain: priced by the terms, refused before signing, carried out, told."""

from __future__ import annotations

import itertools
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from fastapi import Request
from fastapi.testclient import TestClient
from sqlalchemy import text
from sqlalchemy.orm import Session

from backend.access.principal import Principal
from backend.chain.intents import service as intents
from backend.chain.projections import policies_read
from backend.config import Settings
from backend.database import Database
from backend.dependencies import ServiceSet
from backend.main import create_app
from backend.opening import make_limits
from backend.policy_orders import repository, service
from backend.policy_orders.kind import OrderKind
from backend.policy_orders.models import PolicyOrderRow
from backend.products.service import Documents
from backend.vault.keys import HeldKeys
from backend.vault.sealing import Vault
from domain.indemnity import extra_premium, return_premium
from ledger.bindings import IndemnityPolicy, IndemnityProduct, TestStablecoin
from ledger.typed_data import sign_digest
from scripts.anvil import chain_time
from scripts.rehearsal import account
from tests.backend.api import SERVER_KEY, assert_problem
from tests.backend.notices.office import TENANT
from tests.backend.underwriting.chain_office import DAY, ChainHouse, ChainOffice, running_house
from tests.backend.underwriting.office import ADA, CLERK, HOLDER, JUNIOR, SENIOR, who

_keys = itertools.count()


class ByHeader:
    """Knows people by a header the test sends, each with a second factor just shown."""

    def __init__(self, office: ChainOffice) -> None:
        self.office = office

    def authenticate(self, request: Request) -> Principal:
        return replace(who(UUID(request.headers["x-test-person"])), strong_at=self.office.clock.now)


@dataclass
class Door:
    """The API over a policy in force."""

    client: TestClient
    office: ChainOffice
    policy_id: int

    def ask(self, method: str, path: str, by: UUID, body: Any = None) -> Any:
        headers = {"Idempotency-Key": f"key-{next(_keys)}", "X-Test-Person": str(by)}
        return self.client.request(method, f"/v1/policy-orders{path}", json=body, headers=headers)

    def change(self, by: UUID = ADA, **changes: Any) -> Any:
        body = {"product": self.office.house.product, "policy_id": self.policy_id, **changes}
        return self.ask("POST", "/changes", by, body)

    def end(self, by: UUID = ADA) -> Any:
        return self.ask("POST", "/ends", by, {"product": self.office.house.product, "policy_id": self.policy_id})

    def sign(self, order: dict[str, Any], name: str = "policyholder") -> Any:
        signature = sign_digest(bytes(account(name).key), bytes.fromhex(order["digest"][2:]))
        return self.ask("POST", f"/{order['order_id']}/acceptance", ADA, {"signature": "0x" + signature.hex()})

    def offered(self, **changes: Any) -> dict[str, Any]:
        asked = self.change(**changes).json()
        answer = self.ask("POST", f"/{asked['order_id']}/offer", SENIOR)
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    def told(self, order: dict[str, Any]) -> list[str]:
        """Kinds of the notices to the holder about an order, which are kept as long as the policy's file."""
        with self.office.database.every_tenant() as session:
            query = text(
                "SELECT kind FROM notices JOIN vault_records AS sealed USING (record_id)"
                " WHERE notices.subject = :subject AND notices.person_id = :ada AND sealed.subject IN"
                " (SELECT subject FROM vault_records WHERE category = 'application') ORDER BY created_at, kind"
            )
            return list(session.scalars(query, {"subject": f"policy_order:{order['order_id']}", "ada": ADA}))

    def policy(self) -> IndemnityPolicy:
        return self.office.house.rpc.eth_call(self.office.house.product, IndemnityProduct.policy(self.policy_id))

    def state(self, order: dict[str, Any]) -> str:
        return str(self.ask("GET", f"/{order['order_id']}", ADA).json()["state"])

    def balance(self) -> int:
        token = self.office.house.deployment.contracts["TestStablecoin"]
        return self.office.house.rpc.eth_call(token, TestStablecoin.balance_of(HOLDER.address))


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ChainHouse]:
    with running_house(tmp_path_factory.mktemp("house")) as found:
        yield found


@pytest.fixture
def door(database: Database, house: ChainHouse, tmp_path: Path) -> Iterator[Door]:
    settings = Settings(deployment=tmp_path / "deployment.json", frontend_dir=tmp_path / "dist")
    with house.undone():
        office = ChainOffice(database, house)
        case_id = office.bound()
        with database.transaction() as session:
            number = policies_read.bound(session, house.product, int(office.row(case_id).application_id))
        assert number is not None
        services = ServiceSet(
            settings, database, house.deployment, house.rpc, house.nodes, Documents(house.folder / "documents"),
            account("underwriter"), Vault(HeldKeys.of(b"v" * 32)), server_key=SERVER_KEY,
            limits=make_limits(settings, database), authenticator=ByHeader(office), underwriting=office.desk,
            clock=office.clock,
        )  # fmt: skip
        with TestClient(create_app(services, []), raise_server_exceptions=False) as client:
            yield Door(client, office, number)


def test_accept__higher_sum__costs_what_the_terms_give_and_stands_on_the_chain(door: Door) -> None:
    before = door.policy()
    higher = before.sum_insured - 1_000_000  # what was bound is the report's cap or less
    lower = door.offered(sum_insured=higher - 1_000_000_000)
    assert door.sign(lower).status_code == 202
    door.office.settle()
    lowered = door.policy()
    door.office.later(3 * DAY)

    order = door.offered(sum_insured=higher)
    unpaid = door.ask("GET", f"/{order['order_id']}", ADA).json()["obstacle"]
    refused = door.sign(order)
    door.office.pay_in(int(order["order"]["premium_change"]))
    accepted = door.sign(order).json()
    door.office.settle()

    after, said = door.policy(), order["order"]
    due = extra_premium(
        lowered.premium, lowered.sum_insured, higher, lowered.starts_at, lowered.ends_at, int(said["effective_at"])
    )  # type: ignore[arg-type]  # amounts of the chain
    assert int(said["premium_change"]) == due > 0
    assert unpaid["refusal"] == "erc20_insufficient_allowance"
    assert_problem(refused, "policy_order_refused", "approve")
    assert (after.sum_insured, after.sequence) == (higher, 2)
    assert door.state(order) == "done"
    with door.office.database.every_tenant() as session:
        intent = intents.find(session, accepted["intent"])
        assert intent is not None
        assert (intent.kind, intent.tenant_id) == ("endorse", TENANT)


def test_accept__lower_sum__premium_comes_back(door: Door) -> None:
    before, held = door.policy(), door.balance()
    order = door.offered(sum_insured=before.sum_insured // 2)

    assert door.sign(order).status_code == 202
    door.office.settle()

    due = return_premium(
        before.premium, before.sum_insured, before.sum_insured // 2, before.starts_at, before.ends_at,
        int(order["order"]["effective_at"]),
    )  # type: ignore[arg-type]  # fmt: skip  # amounts of the chain
    assert door.balance() - held == int(order["order"]["premium_change"]) == due > 0
    assert door.policy().sum_insured == before.sum_insured // 2


def test_accept__beneficiary_alone__changed_for_nothing(door: Door) -> None:
    other = account("beneficiary").address
    order = door.offered(beneficiary=other)

    assert order["order"]["premium_change"] == "0"
    assert door.sign(order).status_code == 202
    door.office.settle()

    payee = door.office.house.rpc.eth_call(door.office.house.product, IndemnityProduct.payee_of(door.policy_id))
    assert payee == other


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"sum_insured": 1}, "sum_insured_out_of_range"),
        ({"sum_insured": 1_999_999_000_000}, "sum_insured_above_cap"),
        ({"effective_at": 1}, "effective_time_invalid"),
        ({"effective_at": 1 << 39}, "effective_time_invalid"),
    ],
)
def test_request_change__the_contract_would_refuse__told_by_name_and_remedy(
    door: Door, changes: dict[str, int], code: str
) -> None:
    answer = door.change(**changes)

    assert_problem(answer, "policy_order_refused")
    assert answer.json()["refusal"] == code
    assert door.ask("GET", "", ADA).json()["orders"] == []


def test_request_change__beneficiary_that_cannot_be_paid__told_by_name(door: Door) -> None:
    answer = door.change(beneficiary=door.office.house.deployment.contracts["Treasury"])

    assert answer.json()["refusal"] == "beneficiary_invalid"


def test_request_change__in_chinese__told_in_chinese(door: Door) -> None:
    body = {"product": door.office.house.product, "policy_id": door.policy_id, "sum_insured": 1}
    headers = {"Idempotency-Key": "zh", "X-Test-Person": str(ADA), "Accept-Language": "zh"}

    answer = door.client.post("/v1/policy-orders/changes", json=body, headers=headers).json()

    assert "请在范围内选择" in answer["detail"]


def test_request_change__one_is_open__refused_until_it_is_withdrawn(door: Door) -> None:
    first = door.change(beneficiary=account("one").address).json()
    second = door.change(beneficiary=account("two").address)

    door.ask("POST", f"/{first['order_id']}/withdrawal", ADA)

    assert_problem(second, "policy_order_open")
    assert door.change(beneficiary=account("two").address).status_code == 201
    assert door.state(first) == "withdrawn"


def test_request_change__two_at_once__one_is_open_and_the_other_told(
    door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    both, add = threading.Barrier(2), repository.add

    def after_both(session: Session, row: PolicyOrderRow) -> None:
        with suppress(threading.BrokenBarrierError):  # whoever is alone has waited long enough for the other
            both.wait(timeout=1)
        add(session, row)

    monkeypatch.setattr(repository, "add", after_both)
    with ThreadPoolExecutor(2) as pool:
        asked = [pool.submit(door.change, exclusions=each) for each in (1, 2)]
        answers = sorted((each.result() for each in asked), key=lambda answer: int(answer.status_code))

    assert answers[0].status_code == 201
    assert_problem(answers[1], "policy_order_open")


def test_offer__by_who_may_not__refused(door: Door) -> None:
    order = door.change(by=CLERK, beneficiary=account("one").address).json()

    assert_problem(door.ask("POST", f"/{order['order_id']}/offer", ADA), "forbidden")
    assert_problem(door.ask("POST", f"/{order['order_id']}/offer", CLERK), "forbidden")
    assert door.state(order) == "requested"


def test_offer__taken_back_at_the_same_moment__stays_taken_back(door: Door, database: Database) -> None:
    order = door.change(sum_insured=door.policy().sum_insured - 1_000_000).json()
    path = f"/{order['order_id']}/offer"

    with ThreadPoolExecutor(1) as pool:
        with database.every_tenant() as session:
            service.withdraw(session, who(ADA), UUID(order["order_id"]))
            offer = pool.submit(door.ask, "POST", path, SENIOR)
            wait_for_a_lock(session)
        answer = offer.result(20)

    assert_problem(answer, "policy_order_not_in_state")
    assert door.state(order) == "withdrawn"


def wait_for_a_lock(session: Session) -> None:
    """Until somebody waits for what this transaction has changed."""
    session.flush()
    until = time.monotonic() + 10
    while not session.scalar(text("SELECT count(*) FROM pg_locks WHERE NOT granted")):
        assert time.monotonic() < until
        time.sleep(0.02)


def test_decline__with_a_ground__over(door: Door) -> None:
    order = door.change(beneficiary=account("one").address).json()

    answer = door.ask("POST", f"/{order['order_id']}/decline", JUNIOR, {"ground": "no_insurable_interest"}).json()

    assert (answer["state"], answer["ground"]) == ("declined", "no_insurable_interest")
    assert_problem(door.ask("POST", f"/{order['order_id']}/offer", SENIOR), "policy_order_not_in_state")


def test_accept__somebody_else_signs__refused(door: Door) -> None:
    order = door.offered(beneficiary=account("one").address)

    assert_problem(door.sign(order, "stranger"), "acceptance_invalid")
    assert door.state(order) == "offered"


def test_accept__its_time_passed_before_it_was_mined__failed_by_name(door: Door) -> None:
    order = door.offered(beneficiary=account("one").address)
    assert door.sign(order).status_code == 202
    door.office.later(3 * DAY)

    door.office.settle()

    found = door.ask("GET", f"/{order['order_id']}", ADA).json()
    assert (found["state"], found["failure_code"]) == ("failed", "order_past_validity")
    assert door.change(beneficiary=account("one").address).status_code == 201


def test_end__signed_by_the_holder__ended_and_premium_returned(door: Door) -> None:
    held = door.balance()
    order = door.end().json()

    assert order["state"] == "offered"
    assert order["premium_returned"] > 0
    assert order["typed_data"]["primaryType"] == "Cancellation"
    assert door.sign(order).status_code == 202
    door.office.settle()

    policy = door.policy()
    assert policy.ends_at <= chain_time(door.office.house.rpc)
    assert 0 < door.balance() - held <= order["premium_returned"]
    assert door.state(order) == "done"
    assert_problem(door.end(), "policy_order_refused", "has ended")


def test_end__done_by_the_holders_own_transaction__superseded(door: Door) -> None:
    order = door.end().json()
    intent = door.sign(order).json()["intent"]
    said = service.cancellation_of(_row(door, order))
    door.office.house.send("policyholder", door.office.house.product, IndemnityProduct.cancel(said, b""))
    with door.office.database.every_tenant() as session:
        before = OrderKind().done(session, intent)

    door.office.indexer.step()
    with door.office.database.every_tenant() as session:
        after = OrderKind().done(session, intent)
    door.office.settle()

    assert (before, after) == (False, True)
    with door.office.database.every_tenant() as session:
        found = intents.find(session, intent)
        assert found is not None
        assert (found.status, found.failure_code) == ("superseded", "done_by_another")
    assert door.state(order) == "done"


def test_get__another_persons_policy__not_there(door: Door) -> None:
    order = door.end().json()
    stranger = replace(who(ADA), principal_id=UUID(int=0x999))

    with door.office.database.scoped(stranger) as session, pytest.raises(service.Problem) as unknown:
        service.get(session, UUID(order["order_id"]))

    assert unknown.value.code == "policy_order_unknown"


def _row(door: Door, order: dict[str, Any]) -> Any:
    with door.office.database.every_tenant() as session:
        return service.get(session, UUID(order["order_id"]))


def test_order__offered_accepted_or_declined__the_holder_is_written_to_once_of_each(door: Door) -> None:
    declined = door.change(beneficiary=account("one").address).json()
    assert door.told(declined) == []
    door.ask("POST", f"/{declined['order_id']}/decline", JUNIOR, {"ground": "no_insurable_interest"})
    offered = door.offered(beneficiary=account("one").address)
    assert door.told(offered) == ["policy_order_offered"]
    for _ in range(2):
        assert door.sign(offered).status_code == 202

    assert door.told(declined) == ["policy_order_declined"]
    assert set(door.told(offered)) == {"policy_order_offered", "policy_order_accepted"}
    assert len(door.told(offered)) == 2
