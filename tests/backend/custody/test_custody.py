"""Keys kept for people: what they sign, for whom, and what they refuse."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from eth_account import Account
from sqlalchemy import text

from backend.access.principal import Principal, PrincipalKind
from backend.access.roles import Role
from backend.custody import service
from backend.custody.kinds import SIGNABLE, KeyKind
from backend.custody.service import CustodyDesk
from backend.database import Database
from backend.policies import service as policies
from backend.problems import Problem
from backend.vault import erasure, purge, rotation
from backend.vault import service as vault
from backend.vault.retention import Purpose
from domain.claim_reports import ClaimAction, ClaimOrder, Decision, Notice
from domain.hashing import checksum_address
from domain.money import TokenUnits
from ledger.typed_claims import claim_order_digest, decision_digest, loss_notice_digest
from ledger.typed_data import permit_digest, recover
from tests.backend.api import assert_problem, keyed
from tests.backend.conftest import database_from_template
from tests.backend.custody.documents import (
    CHAIN,
    DESK,
    KINDS,
    PRODUCT,
    STRANGER,
    TOKEN_AT,
    TREASURY,
    OurContracts,
    document,
)
from tests.backend.evidence.conftest import House
from tests.backend.vault_room import BEN_HIMSELF, DAY, OTHER, START, TENANT, WORKER, Clock, make_vault, staff


def strong(principal: Principal, at: int = START) -> Principal:
    return replace(principal, strong_at=at)


def customer() -> Principal:
    return Principal(PrincipalKind.PERSON, uuid.uuid4(), TENANT, frozenset({Role.POLICYHOLDER}), None, START)


@dataclass
class Room:
    """Custody on a database, and somebody to ask it."""

    database: Database
    desk: CustodyDesk
    clock: Clock
    ada: Principal

    @property
    def ada_id(self) -> UUID:
        assert self.ada.principal_id is not None
        return self.ada.principal_id

    def make(self, who: Principal | None = None, kind: KeyKind = KeyKind.HOLDER) -> str:
        who = who or self.ada
        assert who.principal_id is not None
        with self.database.scoped(who) as session:
            return service.ensure_key(session, self.desk, who, who.principal_id, kind=kind).address

    def sign(self, what: Any, who: Principal | None = None, **how: Any) -> bytes:
        who = who or self.ada
        with self.database.scoped(who) as session:
            return service.sign(session, self.desk, who, how.pop("person", self.ada_id), what, **how)

    def refused(self, what: Any, who: Principal | None = None, **how: Any) -> Problem:
        with pytest.raises(Problem) as refused:
            self.sign(what, who, **how)
        return refused.value

    def audited(self, word: str) -> list[str]:
        with self.database.every_tenant() as session:
            found = session.scalars(text("SELECT content::text FROM audit_inbox ORDER BY arrival"))
            return [content for content in found if word in content]


@pytest.fixture(scope="module")
def own_database(template: str) -> Iterator[Database]:
    with database_from_template(template) as found:
        yield found


@pytest.fixture
def room(own_database: Database, tmp_path: Path) -> Room:
    found, clock = make_vault(tmp_path)
    return Room(own_database, CustodyDesk(found, OurContracts(), own_database, clock), clock, customer())


def notice(address: str, **said: Any) -> Any:
    return document("LossNotice", {"product": PRODUCT, "policyId": 7, "claimed": 500, "signer": address} | said)


def test_sign__notice_of_a_loss__the_signature_the_contract_takes(room: Room) -> None:
    address = room.make()

    signature = room.sign(notice(address))

    told = Notice(checksum_address(PRODUCT), 7, 0, 0, 0, TokenUnits(500), bytes(32))
    digest = loss_notice_digest(told, signer=address, nonce=0, deadline=0, chain_id=CHAIN, desk=DESK)
    assert recover(digest, signature) == address


def test_sign__order_and_permit__the_signatures_the_contracts_take(room: Room) -> None:
    address = room.make()
    order = document("ClaimOrder", {"claimId": 5, "action": 2, "nonce": 3, "deadline": 9})
    permit = document("Permit", {"owner": address, "spender": TREASURY, "value": 8, "deadline": 9}, TOKEN_AT)

    signed = [room.sign(order), room.sign(permit)]

    ordered = ClaimOrder(5, ClaimAction.DISPUTE, TokenUnits(0), bytes(32), 0, 3, 9)
    digests = [
        claim_order_digest(ordered, chain_id=CHAIN, desk=DESK),
        permit_digest(
            token=TOKEN_AT, token_name="Test Dollar", chain_id=CHAIN, owner=address, spender=TREASURY, value=8, nonce=0,
            deadline=9,
        ),
    ]  # fmt: skip
    assert [recover(digest, signature) for digest, signature in zip(digests, signed, strict=True)] == [address] * 2


def test_sign__adjuster_under_a_colleague_s_decision__another_list_of_types(room: Room) -> None:
    adjuster = strong(staff(Role.ADJUSTER))
    assert adjuster.principal_id is not None
    address = room.make(adjuster, KeyKind.STAFF)
    said = {"claimId": 5, "loss": 100, "validUntil": 9, "adjuster": STRANGER}
    decision = document("Decision", said, kind=KeyKind.STAFF)

    signature = room.sign(decision, adjuster, person=adjuster.principal_id, kind=KeyKind.STAFF)

    told = Decision(5, TokenUnits(100), 0, bytes(32), (), bytes(32), 0, 0, 9)
    assert recover(decision_digest(told, adjuster=STRANGER, chain_id=CHAIN, desk=DESK), signature) == address
    holder = room.make(adjuster)
    assert holder != address
    wrong = room.refused(decision, adjuster, person=adjuster.principal_id)
    assert (wrong.code, wrong.values["field"]) == ("typed_data_refused", "primaryType")


def _without(part: str) -> Callable[[Any], Any]:
    return lambda told: {key: value for key, value in told.items() if key != part}


def _said(part: str, **values: Any) -> Callable[[Any], Any]:
    return lambda told: told | {part: told[part] | values}


@pytest.mark.parametrize(
    ("change", "field"),
    [
        (_without("domain"), "typed_data"),
        (lambda told: told | {"extra": 1}, "typed_data"),
        (lambda told: told | {"primaryType": "Mail"}, "primaryType"),
        (lambda told: told | {"primaryType": "Decision"}, "primaryType"),
        (_said("domain", chainId=1), "domain.chainId"),
        (_said("domain", chainId=True), "domain.chainId"),
        (_said("domain", name="Quitance"), "domain"),
        (_said("domain", version="2"), "domain"),
        (_said("domain", salt="0x00"), "domain"),
        (_said("domain", verifyingContract=STRANGER), "domain.verifyingContract"),
        (_said("domain", verifyingContract=TREASURY), "domain.verifyingContract"),
        (_said("domain", verifyingContract="0x12"), "domain.verifyingContract"),
        (_said("message", signer=STRANGER), "message.signer"),
        (_said("message", more=1), "message"),
        (_said("message", claimed=-1), "message"),
        (_said("message", claimed="many"), "message"),
        (_said("types", LossNotice=[{"name": "signer", "type": "address"}]), "types.LossNotice"),
        (_said("types", Mail=[]), "types"),
        (_said("types", EIP712Domain=[]), "types.EIP712Domain"),
        (lambda told: told | {"types": 5}, "types"),
        (lambda told: told | {"message": []}, "message"),
        (lambda told: told | {"domain": None}, "domain"),
    ],
)
def test_sign__document_that_is_not_wholly_ours__refused_by_its_field(
    room: Room, change: Callable[[Any], Any], field: str
) -> None:
    address = room.make()

    refused = room.refused(change(notice(address)))

    assert (refused.code, refused.values["field"]) == ("typed_data_refused", field)
    assert refused.detail.startswith(field)


@pytest.mark.parametrize("spender", [STRANGER, PRODUCT, TOKEN_AT])
def test_sign__permit_for_anybody_but_our_treasury__refused(room: Room, spender: str) -> None:
    address = room.make()

    refused = room.refused(document("Permit", {"owner": address, "spender": spender}, TOKEN_AT))

    assert refused.values["field"] == "message.spender"


@pytest.mark.parametrize("name", [name for name, each in SIGNABLE[KeyKind.HOLDER].items() if each.strong])
def test_sign__moves_money_without_a_second_factor__step_up_and_told_to_the_log(room: Room, name: str) -> None:
    (wanted,) = SIGNABLE[KeyKind.HOLDER][name].contracts
    contract = next(address for address, kind in KINDS.items() if kind == wanted)
    address = room.make()
    own = SIGNABLE[KeyKind.HOLDER][name].own_field
    said = {own: address} if own else {}
    what = document(name, said | ({"spender": TREASURY} if name == "Permit" else {}), contract)

    for at in (None, START - 301):
        assert room.refused(what, replace(room.ada, strong_at=at)).code == "step_up_required"
    assert len(room.sign(what, strong(room.ada, START - 300))) == 65
    assert any('"refused"' in told and name in told for told in room.audited("custody.sign"))


def test_sign__notice_without_a_second_factor__signed(room: Room) -> None:
    address = room.make()

    assert len(room.sign(notice(address), replace(room.ada, strong_at=None))) == 65


def test_sign__customer_service_under_an_authority__a_notice_and_nothing_that_moves_money(room: Room) -> None:
    address, authority = room.make(), uuid.uuid4()
    clerk = strong(staff(Role.CUSTOMER_SERVICE))
    order = document("ClaimOrder", {"claimId": 5})

    signature = room.sign(notice(address), clerk, authority=authority)

    assert len(signature) == 65
    assert str(authority) in room.audited(str(authority))[0]
    assert room.refused(notice(address), clerk).code == "forbidden"
    assert room.refused(order, clerk, authority=authority).code == "forbidden"


@pytest.mark.parametrize(
    "who",
    [
        strong(staff(Role.ADJUSTER)), strong(staff(Role.ADMINISTRATOR)), WORKER,
        Principal(PrincipalKind.MACHINE, uuid.uuid4(), TENANT, frozenset({Role.CUSTOMER_SERVICE}), frozenset({"x.*"})),
    ],
    ids=["adjuster", "administrator", "worker", "machine"],
)  # fmt: skip
def test_sign__for_somebody_else__refused(room: Room, who: Principal) -> None:
    address = room.make()

    assert room.refused(notice(address), who, authority=uuid.uuid4()).code == "forbidden"


@pytest.mark.parametrize("who", [BEN_HIMSELF, staff(Role.ADJUSTER, tenant=OTHER)], ids=["a colleague", "elsewhere"])
def test_sign__for_somebody_whose_key_is_not_seen__unknown(room: Room, who: Principal) -> None:
    address = room.make()

    assert room.refused(notice(address), who).code == "custody_unknown"


def test_sign__any__in_the_audit_log_with_its_digest_and_nothing_of_the_key(room: Room) -> None:
    address = room.make()
    room.sign(notice(address))

    (told,) = [each for each in room.audited("custody.sign") if str(room.ada_id) in each]

    assert "LossNotice" in told
    assert "digest" in told
    with room.database.every_tenant() as session:
        row = service.find_key(session, WORKER, room.ada_id, kind=KeyKind.HOLDER)
    assert row.address == address


def test_ensure_key__twice__one_key_and_one_address(room: Room) -> None:
    assert room.make() == room.make()
    with room.database.scoped(room.ada) as session:
        assert service.address_of(session, TENANT, room.ada_id) == room.make()


def test_ensure_key__somebody_else_s__refused_but_to_customer_service(room: Room) -> None:
    clerk, other = staff(Role.CUSTOMER_SERVICE), customer()
    with room.database.scoped(clerk) as session:
        made = service.ensure_key(session, room.desk, clerk, room.ada_id)

    with room.database.scoped(other) as session, pytest.raises(Problem) as refused:
        service.ensure_key(session, room.desk, other, room.ada_id)

    assert made.address == room.make()
    assert refused.value.code == "forbidden"
    with pytest.raises(Problem, match="sign for the insurer"):
        room.make(kind=KeyKind.STAFF)


def test_open_record__the_key_itself__for_nobody_who_asks(room: Room) -> None:
    room.make()
    adjuster = staff(Role.ADJUSTER)
    with room.database.every_tenant() as session:
        record_id = session.scalar(
            text("SELECT record_id FROM custodial_keys WHERE person_id = :p"), {"p": room.ada_id}
        )

    for who in (room.ada, adjuster, strong(staff(Role.ADMINISTRATOR))):
        with room.database.scoped(who) as session, pytest.raises(Problem) as refused:
            vault.open_record(session, room.desk.vault, who, record_id, purpose=Purpose.SIGNING)
        assert refused.value.code == "forbidden"


def test_export__own_key__opens_with_the_password_and_is_noted(room: Room) -> None:
    address = room.make()
    password = "correct horse battery"

    with room.database.scoped(room.ada) as session:
        keystore = service.export(session, room.desk, room.ada, password, kind=KeyKind.HOLDER)

    assert keystore["version"] == 3
    assert Account.from_key(Account.decrypt(keystore, password)).address == address
    with room.database.scoped(room.ada) as session:
        key = service.find_key(session, room.ada, room.ada_id, kind=KeyKind.HOLDER)
    assert (key.exports, key.exported_at) == (1, room.clock.now)
    assert password not in json.dumps(room.audited("custody."))


def test_end__exported_and_then_signing__ended(room: Room) -> None:
    address = room.make()
    with room.database.scoped(WORKER) as session, pytest.raises(Problem) as too_early:
        service.end(session, room.desk, WORKER, room.ada_id, kind=KeyKind.HOLDER)
    with room.database.scoped(room.ada) as session:
        service.export(session, room.desk, room.ada, "correct horse battery", kind=KeyKind.HOLDER)

    with room.database.scoped(WORKER) as session:
        service.end(session, room.desk, WORKER, room.ada_id, kind=KeyKind.HOLDER)

    assert too_early.value.code == "custody_not_exported"
    assert room.refused(notice(address)).code == "custody_ended"
    with room.database.scoped(room.ada) as session:
        assert service.address_of(session, TENANT, room.ada_id) is None


def test_erase__key_in_custody__kept_until_custody_has_ended(room: Room) -> None:
    address = room.make()

    with room.database.scoped(WORKER) as session, pytest.raises(Problem) as refused:
        erasure.erase(
            session, room.desk.vault, WORKER, person_id=room.ada_id, reason="asked", ends=policies.contract_ends
        )

    assert (refused.value.code, "in custody" in refused.value.detail) == ("retention_running", True)
    room.clock.now += 3_000 * DAY
    purge.purge(room.database, room.desk.vault, policies.contract_ends, dry=False)
    assert len(room.sign(notice(address), replace(room.ada, strong_at=None))) == 65


def test_rotate__keys_of_the_vault__the_custodial_key_goes_with_them(room: Room) -> None:
    address = room.make()
    rotation.new_key(room.database, room.desk.vault)

    rotation.rewrap_all(room.database, room.desk.vault)

    assert len(room.sign(notice(address))) == 65


def test_api__own_key__made_read_used_and_exported(house: House) -> None:
    ada = customer()
    house.known.principal = ada
    made = house.client.post("/v1/custody/keys", json={}, headers=keyed())
    address = made.json()["address"]
    what = {"typed_data": notice(address, product=DESK)}

    signed = house.client.post("/v1/custody/signatures", json=what, headers=keyed())
    short = house.client.post("/v1/custody/exports", json={"password": "short"})
    house.known.principal = replace(ada, strong_at=None)
    weak = house.client.post("/v1/custody/exports", json={"password": "correct horse battery"})
    house.known.principal = ada
    exported = house.client.post("/v1/custody/exports", json={"password": "correct horse battery"})
    read = house.client.get("/v1/custody/keys/holder").json()

    assert (made.status_code, made.json()["exported_at"]) == (200, None)
    assert (signed.status_code, signed.json()["address"], len(signed.json()["signature"])) == (200, address, 132)
    assert_problem(short, "request_invalid", "password")
    assert_problem(weak, "step_up_required")
    assert exported.json()["keystore"]["version"] == 3
    assert (read["address"], read["exports"], read["exported_at"]) == (address, 1, START)


def test_api__machine__no_key_of_its_own(house: House) -> None:
    house.known.principal = Principal(
        PrincipalKind.MACHINE, uuid.uuid4(), TENANT, frozenset({Role.CUSTOMER_SERVICE}), frozenset({"custody.*"})
    )

    assert_problem(house.client.post("/v1/custody/keys", json={}, headers=keyed()), "forbidden")


def test_kind_of__deployed_contracts__known_by_their_address(house: House) -> None:
    contracts = house.app.state.services.custody.contracts
    with house.database.transaction() as session:
        found = [contracts.kind_of(session, checksum_address(address)) for address in (DESK, TREASURY, TOKEN_AT)]
        nothing = contracts.kind_of(session, checksum_address(STRANGER))

    assert found == ["ClaimsDesk", "Treasury", "TestStablecoin"]
    assert nothing is None
