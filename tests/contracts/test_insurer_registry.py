"""InsurerRegistry: who insures in the network, with roles and treasuries of their own."""

import pytest
from answers import fields, plain
from brownie import ZERO_ADDRESS, InsurerRegistry, OracleQuorum, TestStablecoin, Treasury
from brownie.exceptions import VirtualMachineError
from chain_clock import DAY, HOUR, now, travel_to
from insurers import admit, holders, registration, second_insurer
from market import TUSD
from parties import person, signers
from refusals import refused
from typed_messages import values

from scripts.brownie.deploy import DESK, DISBURSEMENT, QUORUM, ROLES, TOKEN, access_manager_at

ADMINISTRATOR = ROLES["ADMINISTRATOR"]
NO_ROLE = (0, 0, 0, 0)


@pytest.fixture
def registry(house):
    return house.registry


@pytest.fixture
def registrar(people):
    return people["platform registrar"]


@pytest.fixture
def founder(house, people):
    """Somebody admitted."""
    admit(house, people, person("founder").address)
    return person("founder")


@pytest.fixture
def other(house, people):
    """A second insurer."""
    return second_insurer(house, people)


# Admitting


def test_admit_founder__registrar__lets_and_takes_back(registry, registrar):
    newcomer = person("newcomer")
    assert not registry.isFounder(newcomer)

    admitted = registry.admitFounder(newcomer, True, registrar.sends)
    assert registry.isFounder(newcomer)
    withdrawn = registry.admitFounder(newcomer, False, registrar.sends)

    assert not registry.isFounder(newcomer)
    assert fields(admitted.events["FounderAdmitted"], "founder", "admitted") == (newcomer.address, True)
    assert fields(withdrawn.events["FounderAdmitted"], "founder", "admitted") == (newcomer.address, False)


def test_admit_founder__not_the_registrar__refuses(registry, people):
    for name in ("platform administrator", "oracle governor", "administrator", "stranger"):
        with refused("AccessManagedUnauthorized", people[name]):
            registry.admitFounder.call(people[name], True, people[name].sends)


def test_admit_service__not_the_registrar__refuses(registry, house, people):
    for name in ("platform administrator", "oracle governor", "administrator", "stranger"):
        with refused("AccessManagedUnauthorized", people[name]):
            registry.admitService.call(QUORUM, house.quorum, True, people[name].sends)


@pytest.mark.parametrize("kind", [QUORUM, DESK, DISBURSEMENT])
def test_admit_service__contract__is_admitted_as_that_kind_only(registry, registrar, house, accounts, kind):
    service = OracleQuorum.deploy(
        house.platform.authority, [node.address for node in signers(4, "service")], 1, {"from": accounts[0]}
    )

    admitted = registry.admitService(kind, service, True, registrar.sends)

    assert [registry.isAdmitted(any_kind, service) for any_kind in range(4)] == [
        any_kind == kind for any_kind in range(4)
    ]
    event = admitted.events["ServiceAdmitted"]
    assert fields(event, "kind", "service", "admitted") == (kind, service.address, True)


def test_admit_service__taken_back__is_not_admitted(registry, registrar, house):
    receipt = registry.admitService(QUORUM, house.quorum, False, registrar.sends)

    assert not registry.isAdmitted(QUORUM, house.quorum)
    event = receipt.events["ServiceAdmitted"]
    assert fields(event, "kind", "service", "admitted") == (QUORUM, house.quorum.address, False)


@pytest.mark.parametrize("kind", [TOKEN, QUORUM, DESK, DISBURSEMENT])
def test_admit_service__no_contract_there__refuses(registry, registrar, kind):
    with refused("ServiceWithoutCode", kind, person("nobody")):
        registry.admitService.call(kind, person("nobody"), True, registrar.sends)


def test_admit_service__token_of_too_many_decimals__refuses(registry, registrar, house):
    with refused("TokenDecimalsInvalid", house.treasury, house.treasury.decimals(), 6):
        registry.admitService.call(TOKEN, house.treasury, True, registrar.sends)


def test_admit_service__kind_that_is_none__refuses(registry, registrar, house):
    with pytest.raises(VirtualMachineError):
        registry.admitService.call(4, house.quorum, True, registrar.sends)


# Registering


def test_register_insurer__founder__gets_a_house_of_ones_own(registry, house, founder):
    before = registry.insurerCount()

    receipt = registry.registerInsurer(registration(house), founder.sends)

    number, manager, treasury = receipt.return_value
    assert registry.insurerCount() == number == before + 1
    assert plain(registry.insurer(number)) == (manager, receipt.timestamp, (treasury,))
    assert registry.insurerOf(treasury) == number
    assert registry.isTreasury(treasury)
    vault = Treasury.at(treasury)
    assert (vault.authority(), vault.asset()) == (manager, house.token.address)
    assert (vault.name(), vault.symbol()) == ("Another Insurer", "aCAP")


def test_register_insurer__events__tell_who_and_where(registry, house, founder):
    receipt = registry.registerInsurer(registration(house), founder.sends)

    number, manager, treasury = receipt.return_value
    registered, added = receipt.events["InsurerRegistered"], receipt.events["TreasuryAdded"]
    assert fields(registered, "insurerId", "manager", "founder") == (number, manager, founder.address)
    told = fields(registered, "administrator", "adminDelaySeconds", "name")
    assert told == (person("other administrator").address, HOUR, "Another Insurer")
    assert fields(added, "insurerId", "treasury", "asset") == (number, treasury, house.token.address)


def test_register_insurer__gas__is_below_eight_million(registry, house, founder):
    receipt = registry.registerInsurer(registration(house), founder.sends)

    assert receipt.gas_used < 8_000_000


def test_register_insurer__roles__are_held_by_those_named_and_by_nobody_else(registry, house, founder, accounts):
    receipt = registry.registerInsurer(registration(house), founder.sends)

    manager = access_manager_at(receipt.return_value[1])
    named = {(role, account) for role, account, _ in holders()}
    named |= {(ADMINISTRATOR, person("other administrator").address), (ROLES["FACTORY"], house.factory.address)}
    granted = {(event["roleId"], event["account"]) for event in receipt.events["RoleGranted"]}
    assert granted == named | {(ADMINISTRATOR, registry.address)}
    assert all(plain(manager.hasRole(role, account))[0] for role, account in named)
    for somebody in (registry, founder, accounts[0], house.platform.authority, house.platform.access_manager_maker):
        assert all(not plain(manager.hasRole(role, somebody))[0] for role in ROLES.values())


def test_register_insurer__administrator__acts_only_after_the_delay(registry, house, founder):
    receipt = registry.registerInsurer(registration(house, adminDelaySeconds=DAY), founder.sends)
    manager, administrator = access_manager_at(receipt.return_value[1]), person("other administrator")
    grant = manager.grantRole.encode_input(ROLES["ADJUSTER"], person("new adjuster"), 0)

    assert plain(manager.hasRole(ADMINISTRATOR, administrator)) == (True, DAY)
    with refused("AccessManagerNotScheduled", bytes(manager.hashOperation(administrator, manager, grant))):
        manager.grantRole.call(ROLES["ADJUSTER"], person("new adjuster"), 0, administrator.sends)
    manager.schedule(manager, grant, 0, administrator.sends)
    with refused("AccessManagerNotReady", bytes(manager.hashOperation(administrator, manager, grant))):
        manager.execute.call(manager, grant, administrator.sends)
    travel_to(now() + DAY)
    manager.execute(manager, grant, administrator.sends)

    assert plain(manager.hasRole(ROLES["ADJUSTER"], person("new adjuster"))) == (True, 0)


def test_register_insurer__role_with_a_delay__has_it(registry, house, founder):
    slow = [(ROLES["TREASURER"], person("slow treasurer").address, DAY)]

    receipt = registry.registerInsurer(registration(house, holders=slow), founder.sends)

    manager = access_manager_at(receipt.return_value[1])
    assert plain(manager.hasRole(ROLES["TREASURER"], person("slow treasurer"))) == (True, DAY)


FUNCTIONS = [
    ("registerProduct", "FACTORY"),
    ("deposit", "TREASURER"),
    ("mint", "TREASURER"),
    ("absorbSurplus", "TREASURER"),
    ("pause", "GUARDIAN"),
    ("unpause", "GUARDIAN"),
    ("setRequiredRatio", "ADMINISTRATOR"),
    ("setPayoutCap", "ADMINISTRATOR"),
]


@pytest.mark.parametrize(("function", "role"), FUNCTIONS)
def test_register_insurer__function_of_the_treasury__is_assigned(registry, house, founder, function, role):
    receipt = registry.registerInsurer(registration(house), founder.sends)

    _, manager, treasury = receipt.return_value
    selector = getattr(Treasury.at(treasury), function).signature
    assert access_manager_at(manager).getTargetFunctionRole(treasury, selector) == ROLES[role]


def test_register_insurer__without_holders__has_an_administrator(registry, house, founder):
    receipt = registry.registerInsurer(registration(house, holders=[]), founder.sends)

    manager = access_manager_at(receipt.return_value[1])
    assert plain(manager.hasRole(ADMINISTRATOR, person("other administrator"))) == (True, HOUR)


def test_register_insurer__not_admitted__refuses(registry, house, people):
    for name in ("platform administrator", "platform registrar", "administrator", "stranger"):
        with refused("FounderNotAdmitted", people[name]):
            registry.registerInsurer.call(registration(house), people[name].sends)


def test_register_insurer__twice_on_one_admission__refuses(registry, house, founder):
    receipt = registry.registerInsurer(registration(house), founder.sends)

    assert not registry.isFounder(founder)
    assert fields(receipt.events["FounderAdmitted"], "founder", "admitted") == (founder.address, False)
    with refused("FounderNotAdmitted", founder):
        registry.registerInsurer.call(registration(house), founder.sends)


def test_register_insurer__token_not_admitted__refuses(registry, house, founder, registrar):
    with refused("ServiceNotAdmitted", TOKEN, house.quorum):
        registry.registerInsurer.call(registration(house, asset=house.quorum.address), founder.sends)
    registry.admitService(TOKEN, house.token, False, registrar.sends)
    with refused("ServiceNotAdmitted", TOKEN, house.token):
        registry.registerInsurer.call(registration(house), founder.sends)


@pytest.mark.parametrize(("field", "most"), [("name", 64), ("symbol", 16)])
def test_register_insurer__name_or_symbol_too_long_or_empty__refuses(registry, house, founder, field, most):
    for bad in ("", "x" * (most + 1)):
        with refused("InsurerNameInvalid", len(bad), most):
            registry.registerInsurer.call(registration(house, **{field: bad}), founder.sends)
    assert registry.registerInsurer.call(registration(house, **{field: "x" * most}), founder.sends)


@pytest.mark.parametrize("delay", [0, HOUR - 1, 30 * DAY + 1])
def test_register_insurer__administrators_delay_out_of_range__refuses(registry, house, founder, delay):
    with refused("AdminDelayInvalid", delay, HOUR, 30 * DAY):
        registry.registerInsurer.call(registration(house, adminDelaySeconds=delay), founder.sends)


@pytest.mark.parametrize("delay", [HOUR, 30 * DAY])
def test_register_insurer__administrators_delay_at_its_bound__is_allowed(registry, house, founder, delay):
    receipt = registry.registerInsurer(registration(house, adminDelaySeconds=delay), founder.sends)

    manager = access_manager_at(receipt.return_value[1])
    assert plain(manager.hasRole(ADMINISTRATOR, person("other administrator"))) == (True, delay)


def test_register_insurer__administrator_is_nobody_or_the_registry__refuses(registry, house, founder):
    for nobody in (ZERO_ADDRESS, registry.address):
        with refused("AdministratorInvalid", nobody):
            registry.registerInsurer.call(registration(house, administrator=nobody), founder.sends)


@pytest.mark.parametrize("role", ["ADMINISTRATOR", "FACTORY", "ORACLE_GOVERNOR", "DESK", "REGISTRAR", "LOG_WRITER"])
def test_register_insurer__role_not_an_insurers_to_give__refuses(registry, house, founder, role):
    bad = [*holders(), (ROLES[role], person("other stranger").address, 0)]

    with refused("RoleNotGrantable", ROLES[role]):
        registry.registerInsurer.call(registration(house, holders=bad), founder.sends)


@pytest.mark.parametrize("role", [13, 2**64 - 1])
def test_register_insurer__role_there_is_not__refuses(registry, house, founder, role):
    with refused("RoleNotGrantable", role):
        registry.registerInsurer.call(registration(house, holders=[(role, founder.address, 0)]), founder.sends)


def test_register_insurer__role_for_nobody__refuses(registry, house, founder):
    bad = [*holders(), (ROLES["ADJUSTER"], ZERO_ADDRESS, 0)]

    with refused("RoleHolderInvalid", ROLES["ADJUSTER"], ZERO_ADDRESS):
        registry.registerInsurer.call(registration(house, holders=bad), founder.sends)


def test_register_insurer__more_holders_than_fit__refuses(registry, house, founder):
    many = [(ROLES["ADJUSTER"], person(f"adjuster {i}").address, 0) for i in range(33)]

    with refused("RoleHolderCountInvalid", 33, 32):
        registry.registerInsurer.call(registration(house, holders=many), founder.sends)
    receipt = registry.registerInsurer(registration(house, holders=many[:32]), founder.sends)
    assert receipt.gas_used < 2**24


# One house and the other


def test_register_insurer__two_insurers__share_neither_manager_nor_treasury(registry, house, other):
    assert other.authority != house.authority
    assert other.treasury != house.treasury
    assert registry.insurerOf(house.treasury) == house.insurer_id
    assert registry.insurerOf(other.treasury) == other.insurer_id == house.insurer_id + 1


def test_register_insurer__roles_of_one_insurer__are_none_in_the_other(house, other, people):
    theirs = {
        "TREASURER": lambda treasury, sender: treasury.deposit.call(1, sender["from"], sender),
        "GUARDIAN": lambda treasury, sender: treasury.pause.call(HOUR, sender),
        "ADMINISTRATOR": lambda treasury, sender: treasury.setRequiredRatio.call(20_000, sender),
    }
    for role, call in theirs.items():
        name = role.lower()
        with refused("AccessManagedUnauthorized", people[name]):
            call(other.treasury, people[name].sends)
        with refused("AccessManagedUnauthorized", person(f"other {name}")):
            call(house.treasury, person(f"other {name}").sends)


def test_suspend_sales__guardian_of_another_insurer__refuses(product, other):
    guardian = person("other guardian")

    with refused("AccessManagedUnauthorized", guardian):
        product.suspendSales.call(True, guardian.sends)


def test_register_insurer__platforms_administrator__has_no_say_in_the_house(house, other, people):
    governor = people["platform administrator"]
    for home in (house, other):
        with refused("AccessManagerUnauthorizedAccount", governor, ADMINISTRATOR):
            home.authority.grantRole.call(ROLES["TREASURER"], governor, 0, governor.sends)
        with refused("AccessManagedUnauthorized", governor):
            home.treasury.setRequiredRatio.call(20_000, governor.sends)


def test_create_parametric_product__second_insurer__sells_from_its_own_treasury(house, other, terms):
    theirs = values("ParametricTerms", {**terms, "treasury": other.treasury.address})

    receipt = house.factory.createParametricProduct(theirs, person("other product manager").sends)

    product = receipt.events["ProductCreated"]["product"]
    assert other.treasury.isProduct(product)
    assert not house.treasury.isProduct(product)


def test_create_parametric_product__gas__is_below_seven_hundred_thousand(house, people, terms):
    new = values("ParametricTerms", {**terms, "loadingBps": 4_321})

    receipt = house.factory.createParametricProduct(new, people["product manager"].sends)

    assert receipt.gas_used < 700_000


# More treasuries


def announced(house, *calls):
    """The administrator announces calls of its manager and waits until they may be carried out."""
    for call in calls:
        house.authority.schedule(house.authority if isinstance(call, str) else call[0], *call_data(call))
    travel_to(now() + HOUR)


def call_data(call):
    data = call if isinstance(call, str) else call[1]
    return data, 0, person("other administrator").sends


def joining(house, *arguments):
    """What the administrator announces and then sends in one transaction: the role, and the treasury."""
    manager, registry = house.authority, house.registry
    grant = manager.grantRole.encode_input(ADMINISTRATOR, registry, 0)
    add = registry.addTreasury.encode_input(*arguments)
    announced(house, grant, (registry, add))
    return [grant, manager.execute.encode_input(registry, add)]


@pytest.fixture
def dollar(house, registrar, accounts):
    """A second settlement token, admitted."""
    token = TestStablecoin.deploy(accounts[0], {"from": accounts[0]})
    house.registry.admitService(TOKEN, token, True, registrar.sends)
    return token


def test_add_treasury__insurers_manager__opens_one_in_another_token(registry, other, dollar):
    calls = joining(other, other.insurer_id, dollar, "Other Dollars", "oUSD")

    receipt = other.authority.multicall(calls, person("other administrator").sends)

    added = receipt.events["TreasuryAdded"]
    treasury = Treasury.at(added["treasury"])
    assert fields(added, "insurerId", "asset") == (other.insurer_id, dollar.address)
    assert plain(registry.insurer(other.insurer_id))[2] == (other.treasury.address, treasury.address)
    assert registry.insurerOf(treasury) == other.insurer_id
    assert (treasury.authority(), treasury.asset()) == (other.authority.address, dollar.address)
    assert (treasury.name(), treasury.symbol()) == ("Other Dollars", "oUSD")
    for function, role in FUNCTIONS:
        selector = getattr(treasury, function).signature
        assert other.authority.getTargetFunctionRole(treasury, selector) == ROLES[role]


def test_add_treasury__afterwards__the_registry_has_no_role(registry, other, dollar):
    calls = joining(other, other.insurer_id, dollar, "Other Dollars", "oUSD")

    other.authority.multicall(calls, person("other administrator").sends)

    assert plain(other.authority.getAccess(ADMINISTRATOR, registry)) == NO_ROLE


def test_add_treasury__new_treasury__takes_capital_and_products(house, other, dollar, terms, accounts):
    calls = joining(other, other.insurer_id, dollar, "Other Dollars", "oUSD")
    receipt = other.authority.multicall(calls, person("other administrator").sends)
    treasury, treasurer = Treasury.at(receipt.events["TreasuryAdded"]["treasury"]), person("other treasurer")
    dollar.mint(treasurer, 5 * TUSD, {"from": accounts[0]})
    dollar.approve(treasury, 5 * TUSD, treasurer.sends)

    treasury.deposit(5 * TUSD, treasurer, treasurer.sends)
    new = values("ParametricTerms", {**terms, "treasury": treasury.address})
    made = house.factory.createParametricProduct(new, person("other product manager").sends)

    assert treasury.heldAssets() == 5 * TUSD
    assert treasury.isProduct(made.events["ProductCreated"]["product"])


def refused_inside(house, registry, arguments, *error):
    """`addTreasury` announced and executed with these arguments reverts with this error."""
    calls = joining(house, *arguments)
    with refused(*error):
        house.authority.multicall.call(calls, person("other administrator").sends)


def test_add_treasury__before_the_delay__refuses(registry, other, dollar):
    add = registry.addTreasury.encode_input(other.insurer_id, dollar, "Other Dollars", "oUSD")
    administrator = person("other administrator")

    with refused("AccessManagerNotScheduled", bytes(other.authority.hashOperation(administrator, registry, add))):
        other.authority.execute.call(registry, add, administrator.sends)


def test_add_treasury__without_the_role__refuses(registry, other, dollar):
    add = registry.addTreasury.encode_input(other.insurer_id, dollar, "Other Dollars", "oUSD")
    announced(other, (registry, add))

    with refused("AccessManagerUnauthorizedAccount", registry, ADMINISTRATOR):
        other.authority.execute.call(registry, add, person("other administrator").sends)


def test_add_treasury__anybody_but_the_manager__refuses(registry, house, people, other, dollar):
    for someone in (*people.values(), person("other administrator"), person("other treasurer")):
        with refused("InsurerManagerRequired", other.insurer_id, someone):
            registry.addTreasury.call(other.insurer_id, dollar, "Mine", "M", someone.sends)


def test_add_treasury__manager_of_another_insurer__refuses(registry, house, other, dollar):
    refused_inside(
        other, registry, (house.insurer_id, dollar, "Theirs", "T"),
        "InsurerManagerRequired", house.insurer_id, other.authority,
    )  # fmt: skip


@pytest.mark.parametrize("number", [0, 3, 2**256 - 1])
def test_add_treasury__insurer_there_is_not__refuses(registry, other, dollar, people, number):
    with refused("InsurerUnknown", number):
        registry.addTreasury.call(number, dollar, "Nobody's", "N", people["stranger"].sends)


def test_add_treasury__token_not_admitted__refuses(registry, other, house):
    refused_inside(
        other, registry, (other.insurer_id, house.quorum, "Other", "o"), "ServiceNotAdmitted", TOKEN, house.quorum
    )


@pytest.mark.parametrize(("name", "symbol", "length", "most"), [("", "o", 0, 64), ("Other", "o" * 17, 17, 16)])
def test_add_treasury__name_or_symbol_invalid__refuses(registry, other, dollar, name, symbol, length, most):
    refused_inside(other, registry, (other.insurer_id, dollar, name, symbol), "InsurerNameInvalid", length, most)


# Looking up


def test_insurer__there_is_none__refuses(registry):
    for number in (0, registry.insurerCount() + 1):
        with refused("InsurerUnknown", number):
            registry.insurer(number)


def test_insurers__pages__give_each_once_in_order(registry, house, people, accounts):
    made = [second_insurer(house, people, accounts[i]) for i in range(3)]
    first = made[0].insurer_id

    managers = [entry[0] for entry in plain(registry.insurers(first, 2))]
    assert managers == [made[0].authority.address, made[1].authority.address]
    assert [entry[0] for entry in plain(registry.insurers(first + 2, 100))] == [made[2].authority.address]
    assert plain(registry.insurers(first + 3, 100)) == ()
    assert plain(registry.insurers(1, 0)) == ()
    assert plain(registry.insurers(0, 1)) == plain(registry.insurers(1, 1)) == (plain(registry.insurer(1)),)


def test_is_treasury__anything_else__is_none(registry, house, accounts):
    own = Treasury.deploy(house.token, house.authority, "Own", "O", {"from": accounts[0]})
    made = house.platform.treasury_maker.makeTreasury(
        house.token, house.authority, "Own", "O", {"from": accounts[0]}
    ).return_value

    for anything in (own, made, house.token, ZERO_ADDRESS):
        assert not registry.isTreasury(anything)
        assert registry.insurerOf(anything) == 0


def test_registry__constructor__names_what_it_was_built_with(registry, house, accounts):
    platform = house.platform
    assert registry.authority() == platform.authority
    assert registry.accessManagerMaker() == platform.access_manager_maker
    assert registry.treasuryMaker() == platform.treasury_maker
    twin = InsurerRegistry.deploy(
        platform.authority, platform.access_manager_maker, platform.treasury_maker, platform.implementation,
        platform.indemnity_implementation, {"from": accounts[0]},
    )  # fmt: skip
    assert twin.factory() not in (registry.factory(), ZERO_ADDRESS)
    assert twin.insurerCount() == 0


def test_set_authority__anyone_but_the_authority__refuses(registry, people):
    for someone in people.values():
        with refused("AccessManagedUnauthorized", someone):
            registry.setAuthority.call(someone, someone.sends)


# Makers


def test_make_access_manager__anyone__gets_one_that_means_nothing_here(house, people):
    stranger = people["stranger"]

    receipt = house.platform.access_manager_maker.makeAccessManager(stranger, stranger.sends)

    manager = access_manager_at(receipt.return_value)
    assert plain(manager.hasRole(ADMINISTRATOR, stranger)) == (True, 0)
    assert plain(manager.hasRole(ADMINISTRATOR, house.platform.access_manager_maker)) == (False, 0)


def test_make_access_manager__for_nobody__refuses(house, people):
    with refused("AccessManagerInvalidInitialAdmin", ZERO_ADDRESS):
        house.platform.access_manager_maker.makeAccessManager.call(ZERO_ADDRESS, people["stranger"].sends)


def test_make_treasury__anyone__gets_one_the_factory_does_not_know(house, people, terms):
    stranger = people["stranger"]
    receipt = house.platform.treasury_maker.makeTreasury(
        house.token, house.authority, "Stranger's", "S", stranger.sends
    )
    treasury = Treasury.at(receipt.return_value)
    bad = values("ParametricTerms", {**terms, "treasury": treasury.address})

    assert (treasury.asset(), treasury.authority()) == (house.token.address, house.authority.address)
    with refused("TreasuryUnknown", treasury):
        house.factory.createParametricProduct.call(bad, people["product manager"].sends)


@pytest.mark.parametrize("name", ["registry", "factory", "implementation", "treasury"])
def test_code__contract__fits_under_the_limit(house, web3, name):
    assert 0 < len(web3.eth.get_code(getattr(house, name).address)) <= 24_576


@pytest.mark.parametrize("name", ["access_manager_maker", "treasury_maker"])
def test_code__maker__fits_under_the_limit(house, web3, name):
    assert 0 < len(web3.eth.get_code(getattr(house.platform, name).address)) <= 24_576
