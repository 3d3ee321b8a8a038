"""Keys kept for people: what they sign, for whom, and what they refuse."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from backend.access.principal import Principal, PrincipalKind
from backend.access.roles import Role
from backend.custody import service
from backend.custody.kinds import SIGNABLE, KeyKind
from domain.claim_reports import ClaimAction, ClaimOrder, Decision, Notice
from domain.hashing import checksum_address
from domain.money import TokenUnits
from ledger.typed_claims import claim_order_digest, decision_digest, loss_notice_digest
from ledger.typed_data import permit_digest, recover
from tests.backend.custody.documents import (
    CHAIN,
    DESK,
    KINDS,
    PRODUCT,
    STRANGER,
    TOKEN_AT,
    TREASURY,
    document,
)
from tests.backend.custody.room import Room, notice, strong
from tests.backend.vault_room import BEN_HIMSELF, OTHER, START, TENANT, WORKER, staff


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
        (_said("message", product=TREASURY), "message.product"),
        (_said("message", product=STRANGER), "message.product"),
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
    told = Notice(checksum_address(PRODUCT), 7, 0, 0, 0, TokenUnits(500), bytes(32))
    digest = loss_notice_digest(told, signer=address, nonce=0, deadline=0, chain_id=CHAIN, desk=DESK)
    room.authorities.known[authority] = (room.ada_id, address, digest)

    signature = room.sign(notice(address), clerk, authority=authority)

    assert len(signature) == 65
    assert str(authority) in room.audited(str(authority))[0]
    assert room.refused(notice(address), clerk).code == "forbidden"
    another = room.refused(notice(address, claimed=501), clerk, authority=authority)
    assert (another.code, str(authority) in another.detail) == ("forbidden", True)
    assert room.refused(notice(address), clerk, authority=uuid.uuid4()).code == "forbidden"
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
