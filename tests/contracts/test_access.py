"""docs/access.md holds for every function and every party: exactly those named may call."""

import itertools

import brownie
import pytest
from access_table import roles, rules
from brownie.network.contract import OverloadedMethod
from chain_clock import DAY, now, travel_to
from flights import SECOND, THIRD
from market import FLIGHT, FLIGHT_AT, MEASURED, TUSD, event_id, policy_id
from parties import person, signers
from typed_messages import digest, values

from scripts.brownie.deploy import ROLES

ELSEWHERE = {"DisputePanel", "IncidentRegistry", "TransparencyAnchor"}  # test_access_disputes.py
RULES = [rule for rule in rules() if rule.contract not in ELSEWHERE]
FUTURE, FUTURE_AT = "flight/UA/1545/EWR/IAH/2013-09-28T10:00Z", FLIGHT_AT + 16 * DAY
POLICY = policy_id(FLIGHT, 0)
CALLER = object()  # stands for whoever calls, in `arguments`
PARTIES = (
    "ADMINISTRATOR", "PRODUCT_MANAGER", "UNDERWRITER", "TREASURER", "GUARDIAN", "FACTORY", "ORACLE_GOVERNOR",
    "PRODUCT", "AUTHORITY", "ISSUER", "HOLDER", "SIGNER", "STRANGER",
)  # fmt: skip


@pytest.fixture(scope="module")
def callers(house, product, people, holders, nodes, module_undone):
    """One address for each capacity, and for each no other capacity."""
    named = {name.upper().replace(" ", "_"): someone.address for name, someone in people.items() if name != "relayer"}
    return {
        **named,
        "FACTORY": house.factory.address,
        "PRODUCT": product.address,
        "AUTHORITY": house.authority.address,
        "HOLDER": holders[0].address,
        "SIGNER": nodes[0].address,
    }


@pytest.fixture(scope="module")
def scene(house, market, product, people, holders, callers, desk):
    """A state in which every function has something to do: see `arguments`."""
    issuer = people["issuer"]
    market.sell(*(market.offer(holders[i], text=text) for i, text in enumerate((FLIGHT, SECOND, THIRD))))
    travel_to(FLIGHT_AT + 8 * DAY)
    market.report((FLIGHT, MEASURED, 120))  # closed, not settled; the others are open and past their window
    payees = [*callers.values(), person("payee").address]
    house.treasury.collectPremiums([(holders[4].address, TUSD)], len(payees), desk.sends)
    for payee in payees:
        house.token.setBlocked(payee, True, issuer.sends)
    house.treasury.payBatch([(1, payee, 1) for payee in payees], len(payees), desk.sends)
    for payee in payees:
        house.token.setBlocked(payee, False, issuer.sends)
    house.token.approve(house.treasury, TUSD, {"from": callers["TREASURER"]})


@pytest.fixture(scope="module")
def contracts(house, product):
    """The contracts of the page, by name."""
    return {
        "OracleQuorum": house.quorum,
        "ProductFactory": house.factory,
        "ParametricProduct": product,
        "Treasury": house.treasury,
        "TestStablecoin": house.token,
    }


def permit(house, owner):
    """Arguments of a right permit by this person."""
    domain = {
        "name": "Test Dollar", "version": "1", "chainId": brownie.chain.id, "verifyingContract": house.token.address
    }  # fmt: skip
    fields = {
        "owner": owner.address, "spender": house.treasury.address, "value": 1, "nonce": house.token.nonces(owner),
        "deadline": now() + DAY,
    }  # fmt: skip
    signature = owner.sign(digest("Permit", fields, domain))
    return (*values("Permit", {**fields})[:3], fields["deadline"], signature[64], signature[:32], signature[32:64])


@pytest.fixture(scope="module")
def arguments(house, market, terms, holders, callers, scene):
    """Arguments with which whoever may call succeeds, by contract and function."""
    sale = market.bind_arguments(market.offer(holders[1], text=FUTURE, occurs_at=FUTURE_AT))
    report = market.report_arguments((SECOND, MEASURED, 45))
    new_terms = values("ParametricTerms", {**terms, "loadingBps": 1_234})
    successors = [node.address for node in signers(4, "successor")]
    somebody = person("somebody").address
    return {
        "OracleQuorum.rotateSigners": (successors, 1, 0),
        "OracleQuorum.setAuthority": (house.authority.address,),
        "ProductFactory.createParametricProduct": (new_terms,),
        "ParametricProduct.bind": sale,
        "ParametricProduct.reportEvents": report,
        "ParametricProduct.reportAndSettle": (*report, 400),
        "ParametricProduct.settle": ([event_id(FLIGHT)], 400),
        "ParametricProduct.closeUnreported": (event_id(THIRD),),
        "ParametricProduct.suspendSales": (True,),
        "ParametricProduct.setAuthority": (house.authority.address,),
        "ParametricProduct.approve": (somebody, POLICY),
        "ParametricProduct.setApprovalForAll": (somebody, True),
        "ParametricProduct.transferFrom": (holders[0].address, somebody, POLICY),
        "ParametricProduct.safeTransferFrom": (holders[0].address, somebody, POLICY),
        "Treasury.registerProduct": (somebody,),
        "Treasury.collectPremiums": ([(holders[1].address, 1)], 1),
        "Treasury.payBatch": ([(POLICY, holders[1].address, 1)], 1),
        "Treasury.pushHeldPayout": (person("payee").address,),
        "Treasury.takeHeldPayout": (somebody,),
        "Treasury.setRequiredRatio": (12_000,),
        "Treasury.setAuthority": (house.authority.address,),
        "Treasury.deposit": (1, CALLER),
        "Treasury.mint": (1, CALLER),
        "Treasury.withdraw": (0, somebody, CALLER),
        "Treasury.redeem": (0, somebody, CALLER),
        "Treasury.transfer": (somebody, 0),
        "Treasury.transferFrom": (somebody, CALLER, 0),
        "Treasury.approve": (somebody, 1),
        "TestStablecoin.mint": (somebody, 1),
        "TestStablecoin.mintEach": ([somebody], 1),
        "TestStablecoin.setBlocked": (somebody, True),
        "TestStablecoin.transferOwnership": (somebody,),
        "TestStablecoin.renounceOwnership": (),
        "TestStablecoin.transfer": (somebody, 0),
        "TestStablecoin.transferFrom": (somebody, CALLER, 0),
        "TestStablecoin.approve": (somebody, 1),
        "TestStablecoin.permit": permit(house, holders[3]),
    }


def method_of(contract, rule):
    """The contract's method with exactly these argument types."""
    method = getattr(contract, rule.name)
    return method[rule.types] if isinstance(method, OverloadedMethod) else method


def filled(rule, template, caller):
    """The arguments for this caller; the longer `safeTransferFrom` takes bytes after the rest."""
    given = [caller if argument is CALLER else argument for argument in template]
    return (*given, b"") if rule.types.endswith(",bytes") else given


@pytest.mark.parametrize("party", PARTIES)
@pytest.mark.parametrize("rule", RULES, ids=str)
def test_access__function_called_by_party__is_as_the_page_says(rule, party, contracts, arguments, callers):
    method = method_of(contracts[rule.contract], rule)
    given = filled(rule, arguments[f"{rule.contract}.{rule.name}"], callers[party])
    call = (*given, {"from": callers[party]})

    if rule.who in ("anyone", party):
        method.call(*call)
    else:
        with pytest.raises(brownie.exceptions.VirtualMachineError) as refusal:
            method.call(*call)
        assert refusal.value.revert_msg.split(":")[0] == rule.refusal


def test_access__page__lists_every_state_changing_function(contracts):
    written = {
        (name, _signature(entry))
        for name, contract in contracts.items()
        for entry in contract.abi
        if entry["type"] == "function" and entry["stateMutability"] in ("nonpayable", "payable")
    }
    listed = {(rule.contract, rule.function) for rule in RULES}

    assert written - listed == set()


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
    assert {rule.who for rule in RULES} <= {*PARTIES, "anyone", "nobody"}
    assert set(ROLES) <= set(PARTIES)


def test_access__every_restricted_function__is_assigned_its_role(house, contracts):
    for rule, (name, contract) in itertools.product(RULES, contracts.items()):
        if rule.contract != name or rule.refusal != "AccessManagedUnauthorized" or rule.who not in ROLES:
            continue
        selector = method_of(contract, rule).signature
        assert house.authority.getTargetFunctionRole(contract, selector) == ROLES[rule.who], str(rule)


def _signature(entry):
    return f"{entry['name']}({','.join(map(_type, entry['inputs']))})"


def _type(argument):
    if not argument["type"].startswith("tuple"):
        return argument["type"]
    inner = ",".join(map(_type, argument["components"]))
    return f"({inner}){argument['type'].removeprefix('tuple')}"
