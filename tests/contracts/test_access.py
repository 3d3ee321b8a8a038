"""docs/access.md holds for every function and every party: exactly those named may call."""

import itertools

import brownie
import pytest
from access_table import roles, rules
from brownie.network.contract import OverloadedMethod
from chain_clock import DAY, now, travel_to
from market import FLIGHT, FLIGHT_AT, MEASURED, TUSD, event_id, policy_id
from parties import person, signers
from typed_messages import digest, values

from scripts.brownie.deploy import ROLES

RULES = rules()
SECOND, THIRD = "flight/B6/725/JFK/BQN/2013-09-12T10:00Z", "flight/AA/1141/JFK/MIA/2013-09-12T10:00Z"
FUTURE, FUTURE_AT = "flight/UA/1545/EWR/IAH/2013-09-28T10:00Z", FLIGHT_AT + 16 * DAY
POLICY = policy_id(FLIGHT, 0)
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
def scene(house, market, product, people, holders, callers):
    """A state in which every function has something to do: see `arguments`."""
    desk, registrar, issuer = person("desk"), person("registrar"), people["issuer"]
    house.authority.grantRole(ROLES["FACTORY"], registrar, 0, people["administrator"].sends)
    house.treasury.registerProduct(desk, registrar.sends)
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
    """Arguments with which whoever may call succeeds, by contract and function; `caller` is who calls."""
    sale = market.bind_arguments(market.offer(holders[1], text=FUTURE, occurs_at=FUTURE_AT))
    report = market.report_arguments((SECOND, MEASURED, 45))
    new_terms = values("ParametricTerms", {**terms, "loadingBps": 1_234})
    successors = [node.address for node in signers(4, "successor")]
    somebody = person("somebody").address
    return {
        "OracleQuorum.rotateSigners": lambda caller: (successors, 1, 0),
        "OracleQuorum.setAuthority": lambda caller: (house.authority.address,),
        "ProductFactory.createParametricProduct": lambda caller: (new_terms,),
        "ParametricProduct.bind": lambda caller: sale,
        "ParametricProduct.reportEvents": lambda caller: report,
        "ParametricProduct.reportAndSettle": lambda caller: (*report, 400),
        "ParametricProduct.settle": lambda caller: ([event_id(FLIGHT)], 400),
        "ParametricProduct.closeUnreported": lambda caller: (event_id(THIRD),),
        "ParametricProduct.suspendSales": lambda caller: (True,),
        "ParametricProduct.setAuthority": lambda caller: (house.authority.address,),
        "ParametricProduct.approve": lambda caller: (somebody, POLICY),
        "ParametricProduct.setApprovalForAll": lambda caller: (somebody, True),
        "ParametricProduct.transferFrom": lambda caller: (holders[0].address, somebody, POLICY),
        "ParametricProduct.safeTransferFrom": lambda caller: (holders[0].address, somebody, POLICY),
        "Treasury.registerProduct": lambda caller: (somebody,),
        "Treasury.collectPremiums": lambda caller: ([(holders[1].address, 1)], 1),
        "Treasury.payBatch": lambda caller: ([(POLICY, holders[1].address, 1)], 1),
        "Treasury.pushHeldPayout": lambda caller: (person("payee").address,),
        "Treasury.takeHeldPayout": lambda caller: (somebody,),
        "Treasury.setRequiredRatio": lambda caller: (12_000,),
        "Treasury.setAuthority": lambda caller: (house.authority.address,),
        "Treasury.deposit": lambda caller: (1, caller),
        "Treasury.mint": lambda caller: (1, caller),
        "Treasury.withdraw": lambda caller: (0, somebody, caller),
        "Treasury.redeem": lambda caller: (0, somebody, caller),
        "Treasury.transfer": lambda caller: (somebody, 0),
        "Treasury.transferFrom": lambda caller: (somebody, caller, 0),
        "Treasury.approve": lambda caller: (somebody, 1),
        "TestStablecoin.mint": lambda caller: (somebody, 1),
        "TestStablecoin.mintEach": lambda caller: ([somebody], 1),
        "TestStablecoin.setBlocked": lambda caller: (somebody, True),
        "TestStablecoin.transferOwnership": lambda caller: (somebody,),
        "TestStablecoin.renounceOwnership": lambda caller: (),
        "TestStablecoin.transfer": lambda caller: (somebody, 0),
        "TestStablecoin.transferFrom": lambda caller: (somebody, caller, 0),
        "TestStablecoin.approve": lambda caller: (somebody, 1),
        "TestStablecoin.permit": lambda caller: permit(house, holders[3]),
    }


def method_of(contract, rule):
    """The contract's method with exactly these argument types."""
    method = getattr(contract, rule.name)
    return method[rule.types] if isinstance(method, OverloadedMethod) else method


def with_data(rule, given):
    """The longer `safeTransferFrom` takes bytes after the rest."""
    return (*given, b"") if rule.types.endswith(",bytes") else given


@pytest.mark.parametrize("party", PARTIES)
@pytest.mark.parametrize("rule", RULES, ids=str)
def test_access__function_called_by_party__is_as_the_page_says(rule, party, contracts, arguments, callers):
    method = method_of(contracts[rule.contract], rule)
    given = with_data(rule, arguments[f"{rule.contract}.{rule.name}"](callers[party]))
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
