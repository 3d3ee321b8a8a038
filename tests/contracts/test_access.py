"""docs/access.md holds for every function and every party: exactly those named may call."""

import brownie
import pytest
from access_claims import authority_scene, desk_scene, indemnity_scene, indemnity_terms, open_claims
from access_scenes import (
    CALLER,
    Stage,
    disbursement_scene,
    fall_silent,
    fill_room,
    makers_scene,
    panel_scene,
    product_scene,
    quorum_scene,
    records_scene,
    registry_scene,
    sell_flights,
    treasury_scene,
)
from access_table import roles, rules
from brownie import RecordingCourt, accounts
from brownie.network.contract import OverloadedMethod
from chain_clock import DAY, now
from insurers import second_insurer
from panel_room import new_authority
from parties import person
from typed_messages import digest, values

from scripts.brownie.deploy import ROLES

RULES = rules()
INSURER = (
    "ADMINISTRATOR", "PRODUCT_MANAGER", "UNDERWRITER", "TREASURER", "GUARDIAN", "COMMITTEE", "ADJUSTER", "PAYMENT_CLERK"
)  # fmt: skip
FOREIGN = tuple(f"OTHER_{role}" for role in INSURER)
PLATFORM = ("PLATFORM_ADMINISTRATOR", "ORACLE_GOVERNOR", "REGISTRAR", "LOG_WRITER", "DESK", "FACTORY")
STRANGE = ("OTHER_NETWORK", "STRANGER")
CONTRACTS = ("PRODUCT", "AUTHORITY", "OTHER_AUTHORITY", "PLATFORM_AUTHORITY", "OTHER_TREASURY", "REGISTRY", "PANEL")
PEOPLE = (
    "FOUNDER", "ISSUER", "HOLDER", "CLAIMANT", "SIGNER", "PAYEE", "INSTITUTION", "ARBITRATOR", "DEPOSITOR"
)  # fmt: skip
PARTIES = (*INSURER, *FOREIGN, *PLATFORM, *STRANGE, *CONTRACTS, *PEOPLE)
NAMES = {"COMMITTEE": "committee member", "REGISTRAR": "platform registrar"}
# Capacities by the names others scenes give to those who have them.
CAST = {
    "FOUNDER": "founder",
    "PAYEE": "rail payee",
    "INSTITUTION": "bank",
    "ARBITRATOR": "advocate 0",
    "DEPOSITOR": "claimant",
}


@pytest.fixture(scope="module")
def other(house, people, module_undone):
    """Another insurer of the same network, with the same roles."""
    return second_insurer(house, people)


@pytest.fixture(scope="module")
def other_network(module_undone):
    """Somebody with every role of another platform."""
    authority, everything = new_authority(), person("other network")
    for role in ROLES.values():
        authority.grantRole(role, everything, 0, {"from": accounts[0]})
    return everything


@pytest.fixture(scope="module")
def callers(other_network, house, other, product, holders, nodes):
    """One address for each capacity, and for each no other capacity."""
    named = {role: person(NAMES.get(role, role.lower().replace("_", " "))) for role in (*INSURER, *PLATFORM)}
    foreign = {f"OTHER_{role}": person(f"other {NAMES.get(role, role.lower().replace('_', ' '))}") for role in INSURER}
    addresses = {role: someone.address for role, someone in {**named, **foreign}.items()}
    addresses |= {role: person(name).address for role, name in CAST.items()}
    return {
        **addresses,
        "DESK": house.platform.claims_desk.address,
        "PANEL": house.platform.panel.address,
        "CLAIMANT": holders[4].address,
        "FACTORY": house.factory.address,
        "PRODUCT": product.address,
        "AUTHORITY": house.authority.address,
        "OTHER_AUTHORITY": other.authority.address,
        "PLATFORM_AUTHORITY": house.platform.authority.address,
        "OTHER_TREASURY": other.treasury.address,
        "REGISTRY": house.registry.address,
        "ISSUER": person("issuer").address,
        "HOLDER": holders[0].address,
        "SIGNER": nodes[0].address,
        "OTHER_NETWORK": other_network.address,
        "STRANGER": person("stranger").address,
    }


@pytest.fixture(scope="module")
def contracts(house, product, claim_stage):
    """The contracts of the page, by name."""
    platform = house.platform
    return {
        "InsurerRegistry": house.registry,
        "AccessManagerMaker": platform.access_manager_maker,
        "TreasuryMaker": platform.treasury_maker,
        "OracleQuorum": house.quorum,
        "ProductFactory": house.factory,
        "ParametricProduct": product,
        "Treasury": house.treasury,
        "IndemnityProduct": claim_stage.claims.market.product,
        "PolicyRules": platform.policy_rules,
        "ClaimsDesk": platform.claims_desk,
        "AdjusterAuthority": claim_stage.claims.market.limits,
        "Disbursement": platform.disbursement,
        "DisputePanel": platform.panel,
        "IncidentRegistry": platform.incidents,
        "TransparencyAnchor": platform.anchor,
        "TestStablecoin": house.token,
    }


@pytest.fixture(scope="module")
def stage(house, other, market, people, holders, terms, desk, callers):
    return Stage(house, other, market, people, holders, terms, desk, callers)


@pytest.fixture(scope="module")
def court(house, people, module_undone):
    """A contract that has the desk's role beside the desk, and opens disputes for anybody."""
    court = RecordingCourt.deploy(house.platform.panel, {"from": accounts[0]})
    administrator = people["platform administrator"]
    house.platform.authority.grantRole(ROLES["DESK"], court, 0, administrator.sends)
    return court


@pytest.fixture(scope="module")
def claim_stage(stage, court, holders):
    """Policies sold and claims notified long before `arguments`."""
    sell_flights(stage)
    return open_claims(stage, fill_room(stage, court), holders[4])


@pytest.fixture(scope="module")
def arguments(stage, claim_stage, house, holders):
    """Arguments with which whoever may call succeeds, by contract and function. What takes time comes first, what must
    not grow old last."""
    room = claim_stage.claims.market.room
    silent = fall_silent(room, stage)
    scenes = {"Disbursement": disbursement_scene(stage)}
    scenes["ProductFactory"], scenes["ParametricProduct"] = product_scene(stage)
    scenes["Treasury"] = treasury_scene(stage)
    scenes["ProductFactory"] |= {"createIndemnityProduct": indemnity_terms(claim_stage)}
    scenes["IndemnityProduct"] = indemnity_scene(claim_stage, stage)
    scenes["ClaimsDesk"] = desk_scene(claim_stage)
    scenes["AdjusterAuthority"] = authority_scene(claim_stage, stage)
    scenes["DisputePanel"] = panel_scene(stage, room, silent)
    scenes["InsurerRegistry"] = registry_scene(stage)
    scenes["AccessManagerMaker"], scenes["TreasuryMaker"] = makers_scene(stage)
    scenes["OracleQuorum"] = quorum_scene(stage)
    scenes["IncidentRegistry"], scenes["TransparencyAnchor"] = records_scene(stage)
    scenes["TestStablecoin"] = token_scene(stage, house, holders[3])
    return {f"{contract}.{name}": given for contract, scene in scenes.items() for name, given in scene.items()}


def token_scene(stage, house, owner):
    """A right permit."""
    domain = {
        "name": "Test Dollar", "version": "1", "chainId": brownie.chain.id, "verifyingContract": house.token.address
    }  # fmt: skip
    fields = {
        "owner": owner.address, "spender": house.treasury.address, "value": 1, "nonce": house.token.nonces(owner),
        "deadline": now() + DAY,
    }  # fmt: skip
    signature = owner.sign(digest("Permit", fields, domain))
    words = (*values("Permit", fields)[:3], fields["deadline"], signature[64], signature[:32], signature[32:64])
    somebody = stage.somebody
    return {
        "mint": (somebody, 1),
        "mintEach": ([somebody], 1),
        "setBlocked": (somebody, True),
        "transferOwnership": (somebody,),
        "renounceOwnership": (),
        "transfer": (somebody, 0),
        "transferFrom": (somebody, CALLER, 0),
        "approve": (somebody, 1),
        "permit": words,
    }


def method_of(contract, rule):
    """The contract's method with exactly these argument types."""
    method = getattr(contract, rule.name)
    return method[rule.types] if isinstance(method, OverloadedMethod) else method


def filled(rule, template, caller):
    """The arguments for this caller; the longer `safeTransferFrom` takes bytes after the rest."""
    given = [caller if argument is CALLER else argument for argument in template]
    return (*given, b"") if rule.types.endswith(",uint256,bytes") and "safeTransfer" in rule.name else given


def answer(method, rule, template, caller):
    """ "" if the call succeeds, else the name of the error."""
    try:
        method.call(*filled(rule, template, caller), {"from": caller})
    except brownie.exceptions.VirtualMachineError as refusal:
        return refusal.revert_msg.split(":")[0]
    return ""


@pytest.mark.parametrize("rule", RULES, ids=str)
def test_access__function_called_by_every_party__is_as_the_page_says(rule, contracts, arguments, callers, stage):
    method, name = method_of(contracts[rule.contract], rule), f"{rule.contract}.{rule.name}"
    stage.preludes.get(name, tuple)()

    answers = {party: answer(method, rule, arguments[name], callers[party]) for party in PARTIES}

    assert answers == {party: "" if rule.admits(party) else rule.refusal for party in PARTIES}


def test_access__parties__are_all_different(callers):
    assert set(callers) == set(PARTIES)
    assert len(set(callers.values())) == len(PARTIES)


def test_access__roles_of_both_insurers__are_held_and_by_nobody_else(callers, house, other):
    for role in INSURER:
        for home, mine, theirs in ((house, role, f"OTHER_{role}"), (other, f"OTHER_{role}", role)):
            assert home.authority.hasRole(ROLES[role], callers[mine])[0], mine
            assert not home.authority.hasRole(ROLES[role], callers[theirs])[0], theirs


def test_access__page__lists_every_state_changing_function(contracts):
    written = {
        (name, _signature(entry))
        for name, contract in contracts.items()
        for entry in contract.abi
        if entry["type"] == "function" and entry["stateMutability"] in ("nonpayable", "payable")
    }

    assert written - {(rule.contract, rule.function) for rule in RULES} == set()


def test_access__page__lists_only_functions_that_exist(contracts):
    existing = {
        (name, _signature(entry))
        for name, contract in contracts.items()
        for entry in contract.abi
        if entry["type"] == "function"
    }

    assert {(rule.contract, rule.function) for rule in RULES} - existing == set()
    assert len(RULES) == len({(rule.contract, rule.function) for rule in RULES})


def test_access__page__names_the_roles_and_every_party_is_tried():
    assert roles() == ROLES
    assert {capacity for rule in RULES for capacity in rule.who} <= {*PARTIES, "anyone", "nobody"}
    assert set(ROLES) <= set(PARTIES)


def test_access__every_restricted_function__is_assigned_its_role(house, contracts):
    for rule in RULES:
        role = rule.who[0]
        if rule.refusal != "AccessManagedUnauthorized" or role not in ROLES or rule.name == "suspendSales":
            continue  # a product asks its treasury's manager itself: nothing is assigned
        contract = contracts[rule.contract]
        manager = house.authority if rule.contract == "Treasury" else house.platform.authority
        assert manager.getTargetFunctionRole(contract, method_of(contract, rule).signature) == ROLES[role], str(rule)


def _signature(entry):
    return f"{entry['name']}({','.join(map(_type, entry['inputs']))})"


def _type(argument):
    if not argument["type"].startswith("tuple"):
        return argument["type"]
    inner = ",".join(map(_type, argument["components"]))
    return f"({inner}){argument['type'].removeprefix('tuple')}"
