"""Keys kept for people: made, shown to nobody, exported, ended."""

from __future__ import annotations

import json
import uuid
from dataclasses import replace

import pytest
from eth_account import Account
from sqlalchemy import text

from backend.access.principal import Principal, PrincipalKind
from backend.access.roles import Role
from backend.custody import service
from backend.custody.kinds import KeyKind
from backend.evidence.service import forget_looks
from backend.problems import Problem
from backend.rights.terms import contract_terms
from backend.vault import erasure, purge, rotation
from backend.vault import service as vault
from backend.vault.retention import Purpose
from domain.hashing import checksum_address
from tests.backend.api import assert_problem, keyed
from tests.backend.custody.documents import (
    DESK,
    STRANGER,
    TOKEN_AT,
    TREASURY,
    document,
)
from tests.backend.custody.room import Room, customer, notice, strong
from tests.backend.evidence.conftest import House
from tests.backend.vault_room import DAY, START, TENANT, WORKER, staff


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
        erasure.erase(session, room.desk.vault, WORKER, person_id=room.ada_id, reason="asked", terms=contract_terms)

    assert (refused.value.code, "in custody" in refused.value.detail) == ("retention_running", True)
    room.clock.now += 3_000 * DAY
    purge.purge(room.database, room.desk.vault, contract_terms, forget_looks, dry=False)
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
    what = {"typed_data": document("ClaimOrder", {"claimId": 5})}

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


def test_api__adjuster_s_key__signs_no_decision_here_and_is_not_copied(house: House) -> None:
    """With a wallet besides, one person would be both signatures the contract asks for."""
    adjuster = strong(staff(Role.ADJUSTER))
    house.known.principal = adjuster
    made = house.client.post("/v1/custody/keys", json={"kind": "staff"}, headers=keyed())
    said = {"claimId": 5, "loss": 0, "reasonCode": 40, "validUntil": 9, "adjuster": STRANGER}
    what = {"kind": "staff", "typed_data": document("Decision", said, kind=KeyKind.STAFF)}

    signed = house.client.post("/v1/custody/signatures", json=what, headers=keyed())
    copied = house.client.post("/v1/custody/exports", json={"kind": "staff", "password": "correct horse battery"})

    assert made.status_code == 200
    assert_problem(signed, "forbidden")
    assert_problem(copied, "forbidden")
    with house.database.scoped(WORKER) as session:
        assert adjuster.principal_id is not None
        ended = service.end(
            session, house.app.state.services.custody, WORKER, adjuster.principal_id, kind=KeyKind.STAFF
        )
    assert ended == made.json()["address"]


def test_api__machine__no_key_of_its_own(house: House) -> None:
    house.known.principal = Principal(
        PrincipalKind.MACHINE, uuid.uuid4(), TENANT, frozenset({Role.CUSTOMER_SERVICE}), frozenset({"custody.*"})
    )

    assert_problem(house.client.post("/v1/custody/keys", json={}, headers=keyed()), "forbidden")


def test_kind_of__deployed_contracts__known_by_their_address(house: House) -> None:
    contracts = house.app.state.services.custody.contracts
    with house.database.transaction() as session:
        found = [
            contracts.kind_of(session, TENANT, checksum_address(address)) for address in (DESK, TREASURY, TOKEN_AT)
        ]
        nothing = contracts.kind_of(session, TENANT, checksum_address(STRANGER))

    assert found == ["ClaimsDesk", "Treasury", "TestStablecoin"]
    assert nothing is None
