"""IncidentRegistry: the first claim to speak of an incident, and every other one after it."""

import pytest
from answers import fields
from brownie import IncidentRegistry, accounts
from eth_utils import keccak
from panel_room import new_authority
from parties import person
from refusals import refused

from scripts.brownie.deploy import ROLES

FIRST, SECOND = 1 << 96 | 1, 2 << 96 | 7
INCIDENTS = [keccak(text=f"salt and incident {n}") for n in range(17)]


@pytest.fixture(scope="module")
def registry(module_undone):
    sender = {"from": accounts[0]}
    authority = new_authority()
    registry = IncidentRegistry.deploy(authority, sender)
    authority.setTargetFunctionRole(registry, [registry.admitDesk.signature], ROLES["REGISTRAR"], sender)
    authority.grantRole(ROLES["REGISTRAR"], person("network registrar"), 0, sender)
    registry.admitDesk(person("claims desk"), True, person("network registrar").sends)
    return registry


@pytest.fixture(scope="module")
def desk(registry):
    return person("claims desk")


def test_register__new_incidents__are_kept_for_the_claim(registry, desk):
    receipt = registry.register(INCIDENTS[:2], FIRST, desk.sends)

    assert receipt.return_value is False
    assert [registry.firstClaimOf(incident) for incident in INCIDENTS[:3]] == [FIRST, FIRST, 0]
    assert [fields(event, "nullifier", "claimId") for event in receipt.events["IncidentRegistered"]] == [
        (incident, FIRST) for incident in INCIDENTS[:2]
    ]
    assert "IncidentDuplicate" not in receipt.events


def test_register__incident_of_another_claim__is_a_hit_and_stays_the_first_ones(registry, desk):
    registry.register(INCIDENTS[:1], FIRST, desk.sends)

    receipt = registry.register(INCIDENTS[:1], SECOND, desk.sends)

    assert receipt.return_value is True
    assert registry.firstClaimOf(INCIDENTS[0]) == FIRST
    event = receipt.events["IncidentDuplicate"]
    assert fields(event, "nullifier", "claimId", "firstClaimId") == (INCIDENTS[0], SECOND, FIRST)
    assert "IncidentRegistered" not in receipt.events


def test_register__one_known_among_new_ones__is_a_hit_and_keeps_the_new_ones(registry, desk):
    registry.register(INCIDENTS[1:2], FIRST, desk.sends)

    assert registry.register(INCIDENTS[:3], SECOND, desk.sends).return_value is True

    assert [registry.firstClaimOf(incident) for incident in INCIDENTS[:3]] == [SECOND, FIRST, SECOND]


def test_register__same_claim_again__is_no_hit(registry, desk):
    registry.register(INCIDENTS[:2], FIRST, desk.sends)

    receipt = registry.register(INCIDENTS[:2], FIRST, desk.sends)

    assert receipt.return_value is False
    assert len(receipt.events) == 0


def test_register__one_incident_named_twice__is_no_hit(registry, desk):
    receipt = registry.register([INCIDENTS[0]] * 2, FIRST, desk.sends)

    assert receipt.return_value is False
    assert len(receipt.events["IncidentRegistered"]) == 1


def test_register__nothing__is_no_hit(registry, desk):
    receipt = registry.register([], FIRST, desk.sends)

    assert receipt.return_value is False
    assert len(receipt.events) == 0


def test_register__sixteen__are_kept(registry, desk):
    registry.register(INCIDENTS[:16], FIRST, desk.sends)

    assert registry.firstClaimOf(INCIDENTS[15]) == FIRST


def test_register__seventeen__refuses(registry, desk):
    with refused("TooManyIncidents", FIRST, 17, 16):
        registry.register.call(INCIDENTS, FIRST, desk.sends)


def test_register__no_claim__refuses(registry, desk):
    with refused("IncidentClaimMissing"):
        registry.register.call(INCIDENTS[:1], 0, desk.sends)


def test_register__anyone_but_a_desk__refuses(registry):
    for someone in (person("stranger"), person("network registrar"), person("claimant")):
        with refused("IncidentDeskRequired", someone):
            registry.register.call(INCIDENTS[:1], FIRST, someone.sends)


def test_register__two_desks__see_each_others_incidents(registry, desk):
    second = person("another desk")
    registry.admitDesk(second, True, person("network registrar").sends)
    registry.register(INCIDENTS[:1], FIRST, desk.sends)

    assert registry.register(INCIDENTS[:1], SECOND, second.sends).return_value is True


def test_admit_desk__registrar__lets_it_register(registry):
    newcomer = person("another desk")
    assert not registry.isDesk(newcomer)

    receipt = registry.admitDesk(newcomer, True, person("network registrar").sends)

    assert registry.isDesk(newcomer)
    assert fields(receipt.events["DeskAdmitted"], "desk", "admitted") == (newcomer.address, True)


def test_admit_desk__no_longer__refuses_it_and_keeps_what_it_registered(registry, desk):
    registry.register(INCIDENTS[:1], FIRST, desk.sends)

    receipt = registry.admitDesk(desk, False, person("network registrar").sends)

    assert fields(receipt.events["DeskAdmitted"], "desk", "admitted") == (desk.address, False)
    assert not registry.isDesk(desk)
    with refused("IncidentDeskRequired", desk):
        registry.register.call(INCIDENTS[1:2], FIRST, desk.sends)
    assert registry.firstClaimOf(INCIDENTS[0]) == FIRST


def test_admit_desk__without_role__refuses(registry, desk):
    for someone in (person("stranger"), desk):
        with refused("AccessManagedUnauthorized", someone):
            registry.admitDesk.call(someone, True, someone.sends)


def test_set_authority__anyone_but_the_authority__refuses(registry, desk):
    with refused("AccessManagedUnauthorized", desk):
        registry.setAuthority.call(desk, desk.sends)
