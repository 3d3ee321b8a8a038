"""docs/access.md holds for panel, incident registry and log anchor: exactly those named may call."""

import itertools

import brownie
import pytest
from access_table import rules
from brownie import IncidentRegistry, TransparencyAnchor, accounts
from chain_clock import now, travel_to
from eth_utils import keccak
from panel_room import DRAW_SECONDS, TUSD, Opinion, build_room, new_authority
from parties import person

from scripts.brownie.deploy import ROLES

SECTIONS = ("DisputePanel", "IncidentRegistry", "TransparencyAnchor")
RULES = [rule for rule in rules() if rule.contract in SECTIONS]
PARTIES = (
    "ADMINISTRATOR", "ORACLE_GOVERNOR", "DESK", "REGISTRAR", "LOG_WRITER", "AUTHORITY", "ARBITRATOR", "CLAIMANT",
    "FOREIGN", "STRANGER",
)  # fmt: skip
OPINION = Opinion(3 * TUSD)


@pytest.fixture(scope="module")
def room(module_undone):
    """A bench of three, so that all of them sit on every panel."""
    return build_room(advocates=1, others=2)


@pytest.fixture(scope="module")
def contracts(room):
    """The contracts of these sections, with the roles of the network; FOREIGN holds all of another network's."""
    sender = {"from": accounts[0]}
    registry = IncidentRegistry.deploy(room.authority, sender)
    anchor = TransparencyAnchor.deploy(room.authority, sender)
    assign = room.authority.setTargetFunctionRole
    assign(registry, [registry.register.signature], ROLES["DESK"], sender)
    assign(anchor, [anchor.anchor.signature], ROLES["LOG_WRITER"], sender)
    for role in ("ORACLE_GOVERNOR", "LOG_WRITER"):
        room.authority.grantRole(ROLES[role], person(role), 0, sender)
    foreign = new_authority()
    for role in ROLES.values():
        foreign.grantRole(role, person("FOREIGN"), 0, sender)
    return {"DisputePanel": room.panel, "IncidentRegistry": registry, "TransparencyAnchor": anchor}


@pytest.fixture(scope="module")
def callers(room, contracts):
    return {
        **{name: person(name).address for name in ("ORACLE_GOVERNOR", "LOG_WRITER", "FOREIGN", "STRANGER")},
        "ADMINISTRATOR": accounts[0].address,
        "DESK": room.court.address,
        "REGISTRAR": room.registrar.address,
        "AUTHORITY": room.authority.address,
        "ARBITRATOR": room.others[0].address,
        "CLAIMANT": room.claimant.address,
    }


@pytest.fixture(scope="module")
def arguments(room, callers):
    """Arguments with which whoever may call succeeds."""
    ending, revealing, sitting, waiting = (room.open() for _ in range(4))
    for dispute_id in (ending, revealing, sitting):
        room.draw(dispute_id)
    room.rule(ending, [OPINION] * 3)
    room.rule(revealing, [None] * 3)  # all have committed to an award of nothing
    room.reach_draw(waiting)
    room.panel.admitArbitrator(person("arbitrator 5"), False, room.registrar.sends)
    assert waiting == room.panel.disputeCount()
    return {
        "DisputePanel.openDispute": (room.request(),),
        "DisputePanel.draw": (waiting,),
        "DisputePanel.commit": (sitting, keccak(text="a ruling")),
        "DisputePanel.reveal": (revealing, Opinion(0).shown()),
        "DisputePanel.conclude": (ending,),
        "DisputePanel.takeHeldDeposit": (room.token.address, person("refuge").address),
        "DisputePanel.admitArbitrator": (person("newcomer").address, True),
        "DisputePanel.removeArbitrator": (room.others[0].address,),
        "DisputePanel.setAuthority": (room.authority.address,),
        "IncidentRegistry.register": ([keccak(text="an incident")], 1),
        "IncidentRegistry.setAuthority": (room.authority.address,),
        "TransparencyAnchor.anchor": (keccak(text="a log"), 1, keccak(text="a root")),
        "TransparencyAnchor.setAuthority": (room.authority.address,),
    }


@pytest.fixture(scope="module")
def held(room, arguments, callers):
    """A deposit held for every caller: nobody can be drawn, and the token refuses them when the panel's time is over."""
    sender = {"from": accounts[0]}
    empty = build_room(advocates=0, others=0)
    everybody = list(callers.values())
    for caller in everybody:
        empty.token.mint(caller, TUSD, sender)
        empty.token.approve(empty.panel, TUSD, {"from": accounts.at(caller, force=True)})
    disputes = [empty.open(claimant=caller, deposit=TUSD) for caller in everybody]
    for caller in everybody:
        empty.token.setBlocked(caller, True, sender)
    travel_to(now() + DRAW_SECONDS)
    for dispute_id in disputes:
        empty.conclude(dispute_id)
    return empty


@pytest.mark.parametrize("party", PARTIES)
@pytest.mark.parametrize("rule", [rule for rule in RULES if rule.name != "takeHeldDeposit"], ids=str)
def test_access__function_called_by_party__is_as_the_page_says(rule, party, contracts, arguments, callers):
    method = getattr(contracts[rule.contract], rule.name)
    call = (*arguments[f"{rule.contract}.{rule.name}"], {"from": callers[party]})

    if rule.who in ("anyone", party):
        method.call(*call)
    else:
        with pytest.raises(brownie.exceptions.VirtualMachineError) as refusal:
            method.call(*call)
        assert refusal.value.revert_msg.split(":")[0] == rule.refusal


@pytest.mark.parametrize("party", PARTIES)
def test_take_held_deposit__any_owner__takes_their_own(party, held, callers):
    held.panel.takeHeldDeposit.call(held.token, person("refuge"), {"from": callers[party]})


def test_access__page__lists_every_state_changing_function(contracts):
    written = {
        (name, entry["name"])
        for name, contract in contracts.items()
        for entry in contract.abi
        if entry["type"] == "function" and entry["stateMutability"] in ("nonpayable", "payable")
    }

    assert {(rule.contract, rule.name) for rule in RULES} == written
    assert len(RULES) == len(written)


def test_access__every_restricted_function__is_assigned_its_role(room, contracts):
    restricted = [rule for rule in RULES if rule.who in ROLES]

    assert len(restricted) == 5
    for rule, (name, contract) in itertools.product(restricted, contracts.items()):
        if rule.contract == name:
            selector = getattr(contract, rule.name).signature
            assert room.authority.getTargetFunctionRole(contract, selector) == ROLES[rule.who], str(rule)
