"""ProductFactory: products with immutable terms, and the directory of them."""

import pytest
from answers import plain
from brownie import ZERO_ADDRESS, OracleQuorum, ParametricProduct, ProductFactory, Treasury
from chain_clock import DAY
from insurers import second_insurer
from market import TERMS, TUSD
from parties import person, signers
from refusals import refused
from typed_messages import struct_hash, values

from scripts.brownie.deploy import QUORUM, ROLES

MAX_UINT40 = 2**40 - 1


@pytest.fixture
def factory(house):
    return house.factory


@pytest.fixture
def manager(people):
    return people["product manager"]


def term(name):
    """A term's name as the contract gives it: bytes32, filled up with zeros."""
    return name.encode().ljust(32, b"\0")


# Creating


def test_create_parametric_product__terms__can_never_change(factory, house, manager, terms, product):
    other = {**terms, "loadingBps": 3_000}

    receipt = factory.createParametricProduct(values("ParametricTerms", other), manager.sends)

    created = ParametricProduct.at(receipt.events["ProductCreated"]["product"])
    assert plain(created.terms()) == plain(values("ParametricTerms", other))
    assert plain(product.terms()) == plain(values("ParametricTerms", terms))
    assert house.treasury.isProduct(created)
    assert factory.isProduct(created)


def test_create_parametric_product__event__carries_terms_and_their_hash(factory, manager, terms):
    other = {**terms, "loadingBps": 3_000}

    receipt = factory.createParametricProduct(values("ParametricTerms", other), manager.sends)

    event = receipt.events["ProductCreated"]
    assert event["treasury"] == terms["treasury"]
    assert bytes(event["termsHash"]) == struct_hash("ParametricTerms", other)
    assert plain(event["terms"]) == plain(values("ParametricTerms", other))
    assert receipt.return_value == event["product"]


def test_terms_hash__product__is_the_eip712_struct_hash_of_its_terms(product, terms):
    assert bytes(product.termsHash()) == struct_hash("ParametricTerms", terms)


def test_create_parametric_product__caller_is_no_product_manager__refuses(factory, people, terms):
    for name in ("administrator", "underwriter", "guardian", "stranger"):
        with refused("ProductManagerRequired", people[name]):
            factory.createParametricProduct.call(values("ParametricTerms", terms), people[name].sends)


def test_create_parametric_product__manager_may_act_only_with_a_delay__refuses(factory, house, people, terms):
    slow = person("slow manager")
    house.authority.grantRole(ROLES["PRODUCT_MANAGER"], slow, DAY, people["administrator"].sends)

    with refused("ProductManagerRequired", slow):
        factory.createParametricProduct.call(values("ParametricTerms", terms), slow.sends)


def test_create_parametric_product__same_terms_again__refuses(factory, manager, product, terms):
    with refused("ProductExists", product):
        factory.createParametricProduct.call(values("ParametricTerms", terms), manager.sends)


def test_create_parametric_product__factory_is_not_the_treasurys__refuses(house, manager, terms, accounts):
    other = ProductFactory.deploy(house.registry, house.implementation, house.implementation, {"from": accounts[0]})

    with refused("AccessManagedUnauthorized", other):
        other.createParametricProduct.call(values("ParametricTerms", terms), manager.sends)


# What the network vouches for


def test_create_parametric_product__treasury_of_ones_own__refuses(factory, house, manager, terms, accounts):
    own = Treasury.deploy(house.token, house.authority, "Own", "O", {"from": accounts[0]})

    with refused("TreasuryUnknown", own):
        factory.createParametricProduct.call(
            values("ParametricTerms", {**terms, "treasury": own.address}), manager.sends
        )


def test_create_parametric_product__treasury_is_nobodys__refuses(factory, manager, terms):
    for nobody in (ZERO_ADDRESS, manager.address):
        bad = values("ParametricTerms", {**terms, "treasury": nobody})

        with refused("TreasuryUnknown", nobody):
            factory.createParametricProduct.call(bad, manager.sends)


def test_create_parametric_product__quorum_of_ones_own__refuses(factory, house, manager, terms, accounts):
    friends = [node.address for node in signers(4, "friend")]
    own = OracleQuorum.deploy(house.authority, friends, 1, {"from": accounts[0]})

    with refused("ServiceNotAdmitted", QUORUM, own):
        factory.createParametricProduct.call(values("ParametricTerms", {**terms, "quorum": own.address}), manager.sends)


def test_create_parametric_product__quorum_no_longer_admitted__refuses(factory, house, people, manager, terms):
    house.registry.admitService(QUORUM, house.quorum, False, people["platform registrar"].sends)

    with refused("ServiceNotAdmitted", QUORUM, house.quorum):
        factory.createParametricProduct.call(values("ParametricTerms", terms), manager.sends)


def test_create_parametric_product__manager_of_another_insurer__refuses(factory, house, people, terms):
    other = second_insurer(house, people)

    for name in ("product manager", "administrator"):
        with refused("ProductManagerRequired", person(f"other {name}")):
            factory.createParametricProduct.call(values("ParametricTerms", terms), person(f"other {name}").sends)
    theirs = values("ParametricTerms", {**terms, "treasury": other.treasury.address})
    with refused("ProductManagerRequired", people["product manager"]):
        factory.createParametricProduct.call(theirs, people["product manager"].sends)


def test_registry__factory__is_the_one_that_made_it(factory, house):
    assert factory.registry() == house.registry
    assert house.registry.factory() == factory


# The payout curve


@pytest.mark.parametrize(
    ("thresholds", "shares"),
    [([], []), ([30], []), ([30, 60], [2_000]), ([30], [1, 2]), (list(range(17)), list(range(1, 18)))],
)
def test_create_parametric_product__curve_of_wrong_size__refuses(factory, manager, terms, thresholds, shares):
    bad = {**terms, "thresholds": thresholds, "sharesBps": shares}

    with refused("CurveSizeInvalid", len(thresholds), len(shares)):
        factory.createParametricProduct.call(values("ParametricTerms", bad), manager.sends)


@pytest.mark.parametrize(
    ("thresholds", "shares", "step"),
    [
        ([30], [0], 0),
        ([30], [10_001], 0),
        ([30, 30], [1, 2], 1),
        ([30, 29], [1, 2], 1),
        ([30, 60], [5, 5], 1),
        ([30, 60], [5, 4], 1),
        ([30, 60, 90], [1, 2, 10_001], 2),
        ([5, -5], [1, 2], 1),
    ],
)
def test_create_parametric_product__curve_not_rising__refuses(factory, manager, terms, thresholds, shares, step):
    bad = {**terms, "thresholds": thresholds, "sharesBps": shares}

    with refused("CurveNotAscending", step):
        factory.createParametricProduct.call(values("ParametricTerms", bad), manager.sends)


@pytest.mark.parametrize(
    ("thresholds", "shares"),
    [([-(2**31)], [1]), ([2**31 - 1], [10_000]), ([-60, -30, 0], [1, 2, 3]), (list(range(16)), list(range(1, 17)))],
)
def test_create_parametric_product__curve_at_its_bounds__is_allowed(factory, manager, terms, thresholds, shares):
    good = {**terms, "thresholds": thresholds, "sharesBps": shares}

    assert factory.createParametricProduct.call(values("ParametricTerms", good), manager.sends) != ZERO_ADDRESS


# The other terms

OUT_OF_RANGE = [
    ("cancelledShareBps", {"cancelledShareBps": 10_001}, 0, 10_000),
    ("divertedShareBps", {"divertedShareBps": 10_001}, 0, 10_000),
    ("minSumInsured", {"minSumInsured": 0}, 1, TERMS["maxSumInsured"]),
    ("minSumInsured", {"minSumInsured": TERMS["maxSumInsured"] + 1}, 1, TERMS["maxSumInsured"]),
    ("maxSumInsured", {"maxEventExposure": 999 * TUSD}, TERMS["minSumInsured"], 999 * TUSD),
    ("maxSumInsured", {"maxSumInsured": 2**64, "maxEventExposure": 2**65}, TERMS["minSumInsured"], 2**64 - 1),
    ("minPremium", {"minPremium": 0}, 1, TERMS["minSumInsured"] - 1),
    ("minPremium", {"minPremium": TERMS["minSumInsured"]}, 1, TERMS["minSumInsured"] - 1),
    ("minLeadSeconds", {"minLeadSeconds": 0}, 1, TERMS["maxLeadSeconds"]),
    ("minLeadSeconds", {"minLeadSeconds": TERMS["maxLeadSeconds"] + 1}, 1, TERMS["maxLeadSeconds"]),
    ("reportWindowSeconds", {"reportWindowSeconds": DAY - 1}, DAY, 365 * DAY),
    ("reportWindowSeconds", {"reportWindowSeconds": 365 * DAY + 1}, DAY, 365 * DAY),
    ("periodEnd", {"periodEnd": TERMS["periodStart"] - 1}, TERMS["periodStart"], MAX_UINT40),
    ("minSignatures", {"minSignatures": 2}, 3, 4),
    ("minSignatures", {"minSignatures": 5}, 3, 4),
]


@pytest.mark.parametrize(("name", "change", "least", "most"), OUT_OF_RANGE)
def test_create_parametric_product__term_out_of_range__refuses(factory, manager, terms, name, change, least, most):
    bad = {**terms, **change}

    with refused("TermOutOfRange", term(name), bad[name], least, most):
        factory.createParametricProduct.call(values("ParametricTerms", bad), manager.sends)


@pytest.mark.parametrize(
    "change",
    [
        {"cancelledShareBps": 0, "divertedShareBps": 0},
        {"cancelledShareBps": 10_000, "divertedShareBps": 10_000},
        {"minSumInsured": TERMS["maxSumInsured"]},
        {"maxEventExposure": TERMS["maxSumInsured"]},
        {"maxSumInsured": 2**64 - 1, "maxEventExposure": 2**96 - 1},
        {"minPremium": 1},
        {"minPremium": TERMS["minSumInsured"] - 1},
        {"minLeadSeconds": 1},
        {"minLeadSeconds": TERMS["maxLeadSeconds"]},
        {"reportWindowSeconds": DAY},
        {"reportWindowSeconds": 365 * DAY},
        {"periodEnd": TERMS["periodStart"]},
        {"minSignatures": 4},
    ],
)
def test_create_parametric_product__term_at_its_bound__is_allowed(factory, manager, terms, change):
    good = {**terms, **change}

    assert factory.createParametricProduct.call(values("ParametricTerms", good), manager.sends) != ZERO_ADDRESS


def test_create_parametric_product__quorum_was_enlarged__asks_for_its_new_threshold(factory, house, people, terms):
    house.quorum.rotateSigners([node.address for node in signers(7)], 2, 0, people["oracle governor"].sends)

    with refused("TermOutOfRange", term("minSignatures"), 3, 5, 7):
        factory.createParametricProduct.call(values("ParametricTerms", terms), people["product manager"].sends)


# The directory


def test_products__pages__give_each_product_once_in_order(factory, manager, product, terms):
    before = factory.productCount()
    made = []
    for loading in (1, 2, 3):
        other = values("ParametricTerms", {**terms, "loadingBps": loading})
        made.append(factory.createParametricProduct(other, manager.sends).return_value)

    assert factory.productCount() == before + 3
    assert list(factory.products(before, 2)) == made[:2]
    assert list(factory.products(before + 2, 100)) == made[2:]
    assert list(factory.products(before + 3, 100)) == []
    assert list(factory.products(0, 0)) == []
    assert product.address in list(factory.products(0, 100))


def test_is_product__anything_else__is_none(factory, house, people):
    assert not factory.isProduct(house.implementation)
    assert not factory.isProduct(people["stranger"].address)


def test_parametric_implementation__factory__names_the_code_of_every_product(factory, house, product, web3):
    assert factory.parametricImplementation() == house.implementation
    assert house.implementation.address.lower().removeprefix("0x") in web3.eth.get_code(product.address).hex()
