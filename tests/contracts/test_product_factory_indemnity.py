"""ProductFactory.createIndemnityProduct: which terms an indemnity product may have, and whose it may be."""

from copy import deepcopy

import pytest
from answers import plain
from brownie import ZERO_ADDRESS, ClaimsDesk, IndemnityProduct, OracleQuorum
from chain_clock import DAY
from indemnity_terms import INDEMNITY_TERMS
from insurers import second_insurer
from parties import person, signers
from refusals import refused
from typed_messages import struct_hash, values

from scripts.brownie.deploy import DESK, DISBURSEMENT, QUORUM, ROLES

YEARS = 5 * 365 * DAY
MOST_INSURED = INDEMNITY_TERMS["maxSumInsured"]
LEAST_INSURED = INDEMNITY_TERMS["minSumInsured"]


@pytest.fixture
def factory(house):
    return house.factory


@pytest.fixture
def manager(people):
    return people["product manager"]


@pytest.fixture
def home_terms(house):
    """Right terms, to be changed at will."""
    parties = {
        "treasury": house.treasury.address,
        "quorum": house.quorum.address,
        "desk": house.platform.claims_desk.address,
        "disbursement": house.platform.disbursement.address,
    }
    return deepcopy({**parties, **INDEMNITY_TERMS})


def put(terms, path, value):
    """The terms with another value at a path such as ("coverages", 0, "perils")."""
    *way, last = path
    place = terms
    for step in way:
        place = place[step]
    place[last] = value
    return values("IndemnityTerms", terms)


def term(name):
    """A term's name as the contract gives it: bytes32, filled up with zeros."""
    return name.encode().ljust(32, b"\0")


# Creating


def test_create_indemnity_product__terms__can_never_change(factory, house, manager, home_terms):
    receipt = factory.createIndemnityProduct(values("IndemnityTerms", home_terms), manager.sends)

    product = IndemnityProduct.at(receipt.return_value)
    assert plain(house.platform.policy_rules.termsOf(product)) == plain(values("IndemnityTerms", home_terms))
    assert house.treasury.isProduct(product)
    assert factory.isProduct(product)
    assert product.address in list(factory.products(0, 100))
    assert product.authority() == house.authority


def test_create_indemnity_product__event__carries_terms_and_their_hash(factory, manager, home_terms):
    receipt = factory.createIndemnityProduct(values("IndemnityTerms", home_terms), manager.sends)

    event = receipt.events["IndemnityProductCreated"]
    assert event["product"] == receipt.return_value
    assert event["treasury"] == home_terms["treasury"]
    assert bytes(event["termsHash"]) == struct_hash("IndemnityTerms", home_terms)
    assert plain(event["terms"]) == plain(values("IndemnityTerms", home_terms))
    assert bytes(IndemnityProduct.at(event["product"]).termsHash()) == struct_hash("IndemnityTerms", home_terms)


def test_create_indemnity_product__gas__is_below_seven_hundred_thousand(factory, manager, home_terms):
    receipt = factory.createIndemnityProduct(values("IndemnityTerms", home_terms), manager.sends)

    assert receipt.gas_used < 700_000


def test_create_indemnity_product__same_terms_again__refuses(factory, manager, home_terms):
    made = factory.createIndemnityProduct(values("IndemnityTerms", home_terms), manager.sends).return_value

    with refused("ProductExists", made):
        factory.createIndemnityProduct.call(values("IndemnityTerms", home_terms), manager.sends)


def test_create_indemnity_product__without_disbursement__is_allowed(factory, manager, home_terms):
    plain_terms = put(home_terms, ["disbursement"], ZERO_ADDRESS)

    assert factory.createIndemnityProduct.call(plain_terms, manager.sends) != ZERO_ADDRESS


def test_indemnity_implementation__factory__names_the_code_of_every_product(factory, house):
    assert factory.indemnityImplementation() == house.platform.indemnity_implementation


# Whose it may be


def test_create_indemnity_product__caller_is_no_product_manager__refuses(factory, people, home_terms):
    for name in ("administrator", "underwriter", "adjuster", "guardian", "stranger"):
        with refused("ProductManagerRequired", people[name]):
            factory.createIndemnityProduct.call(values("IndemnityTerms", home_terms), people[name].sends)


def test_create_indemnity_product__manager_may_act_only_with_a_delay__refuses(factory, house, people, home_terms):
    slow = person("slow manager")
    house.authority.grantRole(ROLES["PRODUCT_MANAGER"], slow, DAY, people["administrator"].sends)

    with refused("ProductManagerRequired", slow):
        factory.createIndemnityProduct.call(values("IndemnityTerms", home_terms), slow.sends)


def test_create_indemnity_product__manager_of_another_insurer__refuses(factory, house, people, manager, home_terms):
    other = second_insurer(house, people)
    theirs = put(home_terms, ["treasury"], other.treasury.address)

    with refused("ProductManagerRequired", manager):
        factory.createIndemnityProduct.call(theirs, manager.sends)
    assert factory.createIndemnityProduct.call(theirs, person("other product manager").sends) != ZERO_ADDRESS


def test_create_indemnity_product__treasury_not_of_the_registry__refuses(factory, house, manager, home_terms):
    for nobodys in (ZERO_ADDRESS, house.token.address, person("vault").address):
        with refused("TreasuryUnknown", nobodys):
            factory.createIndemnityProduct.call(put(home_terms, ["treasury"], nobodys), manager.sends)


@pytest.mark.parametrize(("name", "kind"), [("quorum", QUORUM), ("desk", DESK), ("disbursement", DISBURSEMENT)])
def test_create_indemnity_product__service_of_ones_own__refuses(
    factory, house, manager, home_terms, accounts, name, kind
):
    friends = [node.address for node in signers(4, "friend")]
    own = OracleQuorum.deploy(house.authority, friends, 1, {"from": accounts[0]})

    with refused("ServiceNotAdmitted", kind, own):
        factory.createIndemnityProduct.call(put(home_terms, [name], own.address), manager.sends)


@pytest.mark.parametrize(("name", "kind"), [("quorum", QUORUM), ("desk", DESK)])
def test_create_indemnity_product__service_left_out__refuses(factory, manager, home_terms, name, kind):
    with refused("ServiceNotAdmitted", kind, ZERO_ADDRESS):
        factory.createIndemnityProduct.call(put(home_terms, [name], ZERO_ADDRESS), manager.sends)


def test_create_indemnity_product__service_no_longer_admitted__refuses(factory, house, people, manager, home_terms):
    desk = house.platform.claims_desk
    house.registry.admitService(DESK, desk, False, people["platform registrar"].sends)

    with refused("ServiceNotAdmitted", DESK, desk):
        factory.createIndemnityProduct.call(values("IndemnityTerms", home_terms), manager.sends)


def test_create_indemnity_product__desk_its_panel_has_not_enrolled__refuses_until_it_has(
    factory, house, people, manager, home_terms, accounts
):
    platform, registrar = house.platform, people["platform registrar"]
    desk = ClaimsDesk.deploy(factory, platform.incidents, platform.panel, {"from": accounts[0]})
    house.registry.admitService(DESK, desk, True, registrar.sends)
    platform.authority.grantRole(ROLES["DESK"], desk, 0, people["platform administrator"].sends)
    with refused("DeskNotEnrolled", desk):
        factory.createIndemnityProduct.call(put(home_terms, ["desk"], desk.address), manager.sends)

    platform.panel.enrolCourt(desk, registrar.sends)

    assert factory.createIndemnityProduct.call(put(home_terms, ["desk"], desk.address), manager.sends) != ZERO_ADDRESS


# The terms

TIERS, CLAIMS = ("tiers",), ("claims",)
BOUNDS = ("tiers", "bounds")
COVERAGE = ("coverages", 0)
# Where it stands, the least and the most that agree with the other terms.
RANGES = [
    (("maxSumInsured",), INDEMNITY_TERMS["tiers"]["cappedSumInsured"], 2**56 - 1),
    (("minPremium",), 1, LEAST_INSURED - 1),
    (("periodSeconds",), 30 * DAY, YEARS),
    (("maxLeadSeconds",), 0, 365 * DAY),
    (("minSignatures",), 3, 4),
    ((*BOUNDS, "highAboveScore"), 6_000, 10_000),
    ((*BOUNDS, "highAboveRatioBps"), 5_000, 65_535),
    ((*TIERS, "lowFactorBps"), 1, 11_000),
    ((*TIERS, "mediumFactorBps"), 10_000, 13_000),
    ((*TIERS, "loadedFactorBps"), 11_000, 65_535),
    ((*TIERS, "highFactorBps"), 10_000, 65_535),
    ((*TIERS, "committeeAboveScore"), 0, 9_000),
    ((*TIERS, "cappedSumInsured"), LEAST_INSURED, MOST_INSURED),
    ((*CLAIMS, "noticeWindowSeconds"), DAY, YEARS),
    ((*CLAIMS, "acknowledgeDays"), 1, 10),
    ((*CLAIMS, "decideDaysLow"), 1, 10),
    ((*CLAIMS, "decideDays"), 2, 90),
    ((*CLAIMS, "disputeWindowSeconds"), DAY, YEARS),
    ((*CLAIMS, "reopenWindowSeconds"), 0, YEARS),
    ((*CLAIMS, "interestBps"), 0, 10_000),
    ((*CLAIMS, "interestCapBps"), 0, 10_000),
    ((*CLAIMS, "maxFraudScore"), 0, 10_000),
    ((*CLAIMS, "minConfidenceBps"), 0, 10_000),
    ((*CLAIMS, "autoLimit"), 0, MOST_INSURED),
    ((*CLAIMS, "depositBps"), 0, 10_000),
    ((*CLAIMS, "depositCap"), 0, MOST_INSURED),
    ((*COVERAGE, "perils"), 1, 0b1111),
    ((*COVERAGE, "limitBps"), 8_000, 10_000),
    ((*COVERAGE, "claimLimitBps"), 1, 10_000),
    ((*COVERAGE, "shareBps"), 1, 10_000),
    ((*COVERAGE, "deductible"), 0, MOST_INSURED),
    (("waitingSeconds", 3), 0, 365 * DAY),
]
IDS = [".".join(map(str, path)) for path, *_ in RANGES]


@pytest.mark.parametrize(("path", "least", "most"), RANGES, ids=IDS)
def test_create_indemnity_product__term_at_its_bounds__is_allowed(factory, manager, home_terms, path, least, most):
    for bound in {least, most}:
        good = put(deepcopy(home_terms), path, bound)

        assert factory.createIndemnityProduct.call(good, manager.sends) != ZERO_ADDRESS


# A term out of range, whatever else the rules then say of others: what is refused, with which bounds.
OUT = [
    (("minSumInsured",), 0, "minSumInsured", 1, MOST_INSURED),
    (("minSumInsured",), MOST_INSURED + 1, "minSumInsured", 1, MOST_INSURED),
    (("maxSumInsured",), 2**56, "maxSumInsured", LEAST_INSURED, 2**56 - 1),
    (("minPremium",), 0, "minPremium", 1, LEAST_INSURED - 1),
    (("minPremium",), LEAST_INSURED, "minPremium", 1, LEAST_INSURED - 1),
    (("periodSeconds",), DAY - 1, "periodSeconds", DAY, YEARS),
    (("periodSeconds",), YEARS + 1, "periodSeconds", DAY, YEARS),
    (("maxLeadSeconds",), 365 * DAY + 1, "maxLeadSeconds", 0, 365 * DAY),
    (("minSignatures",), 2, "minSignatures", 3, 4),
    (("minSignatures",), 5, "minSignatures", 3, 4),
    ((*BOUNDS, "highAboveScore"), 5_999, "highAboveScore", 6_000, 10_000),
    ((*BOUNDS, "highAboveScore"), 10_001, "highAboveScore", 6_000, 10_000),
    ((*BOUNDS, "highAboveRatioBps"), 4_999, "highAboveRatioBps", 5_000, 65_535),
    ((*TIERS, "lowFactorBps"), 0, "lowFactorBps", 1, 65_535),
    ((*TIERS, "mediumFactorBps"), 9_999, "mediumFactorBps", 10_000, 65_535),
    ((*TIERS, "loadedFactorBps"), 10_999, "loadedFactorBps", 11_000, 65_535),
    ((*TIERS, "highFactorBps"), 9_999, "highFactorBps", 10_000, 65_535),
    ((*TIERS, "committeeAboveScore"), 9_001, "committeeAboveScore", 0, 9_000),
    ((*TIERS, "cappedSumInsured"), LEAST_INSURED - 1, "cappedSumInsured", LEAST_INSURED, MOST_INSURED),
    ((*TIERS, "cappedSumInsured"), MOST_INSURED + 1, "cappedSumInsured", LEAST_INSURED, MOST_INSURED),
    ((*CLAIMS, "noticeWindowSeconds"), DAY - 1, "noticeWindowSeconds", DAY, YEARS),
    ((*CLAIMS, "noticeWindowSeconds"), YEARS + 1, "noticeWindowSeconds", DAY, YEARS),
    ((*CLAIMS, "acknowledgeDays"), 0, "acknowledgeDays", 1, 10),
    ((*CLAIMS, "acknowledgeDays"), 11, "acknowledgeDays", 1, 10),
    ((*CLAIMS, "decideDaysLow"), 0, "decideDaysLow", 1, 10),
    ((*CLAIMS, "decideDaysLow"), 11, "decideDaysLow", 1, 10),
    ((*CLAIMS, "decideDays"), 91, "decideDays", 1, 90),
    ((*CLAIMS, "disputeWindowSeconds"), DAY - 1, "disputeWindowSeconds", DAY, YEARS),
    ((*CLAIMS, "disputeWindowSeconds"), YEARS + 1, "disputeWindowSeconds", DAY, YEARS),
    ((*CLAIMS, "reopenWindowSeconds"), YEARS + 1, "reopenWindowSeconds", 0, YEARS),
    ((*CLAIMS, "interestBps"), 10_001, "interestBps", 0, 10_000),
    ((*CLAIMS, "interestCapBps"), 10_001, "interestCapBps", 0, 10_000),
    ((*CLAIMS, "maxFraudScore"), 10_001, "maxFraudScore", 0, 10_000),
    ((*CLAIMS, "minConfidenceBps"), 10_001, "minConfidenceBps", 0, 10_000),
    ((*CLAIMS, "autoLimit"), MOST_INSURED + 1, "autoLimit", 0, MOST_INSURED),
    ((*CLAIMS, "depositBps"), 10_001, "depositBps", 0, 10_000),
    ((*CLAIMS, "depositCap"), MOST_INSURED + 1, "depositCap", 0, MOST_INSURED),
    ((*COVERAGE, "perils"), 0, "perils", 1, 0b1111),
    ((*COVERAGE, "perils"), 0b10000, "perils", 1, 0b1111),
    ((*COVERAGE, "limitBps"), 10_001, "limitBps", 1, 10_000),
    ((*COVERAGE, "claimLimitBps"), 0, "claimLimitBps", 1, 10_000),
    ((*COVERAGE, "claimLimitBps"), 10_001, "claimLimitBps", 1, 10_000),
    ((*COVERAGE, "shareBps"), 0, "shareBps", 1, 10_000),
    ((*COVERAGE, "shareBps"), 10_001, "shareBps", 1, 10_000),
    ((*COVERAGE, "deductible"), MOST_INSURED + 1, "deductible", 0, MOST_INSURED),
    (("waitingSeconds", 0), 365 * DAY + 1, "waitingSeconds", 0, 365 * DAY),
    (("waitingSeconds",), [], "perils", 1, 32),
    (("waitingSeconds",), [0] * 33, "perils", 1, 32),
    (("coverages",), [], "coverages", 1, 4),
    (("coverages",), [INDEMNITY_TERMS["coverages"][0]] * 5, "coverages", 1, 4),
]


@pytest.mark.parametrize(("path", "value", "name", "least", "most"), OUT)
def test_create_indemnity_product__term_out_of_range__refuses(
    factory, manager, home_terms, path, value, name, least, most
):
    size = len(value) if isinstance(value, list) else value

    with refused("TermOutOfRange", term(name), size, least, most):
        factory.createIndemnityProduct.call(put(home_terms, path, value), manager.sends)


def test_create_indemnity_product__most_coverages_and_perils__are_allowed(factory, manager, home_terms):
    home_terms["waitingSeconds"] = [DAY] * 32
    coverage = {**home_terms["coverages"][0], "perils": 2**32 - 1}

    full = put(home_terms, ["coverages"], [coverage] * 4)

    receipt = factory.createIndemnityProduct(full, manager.sends)
    assert receipt.gas_used < 700_000


def test_create_indemnity_product__second_coverage_invalid__refuses(factory, manager, home_terms):
    bad = put(home_terms, ("coverages", 2, "shareBps"), 10_001)

    with refused("TermOutOfRange", term("shareBps"), 10_001, 1, 10_000):
        factory.createIndemnityProduct.call(bad, manager.sends)


def test_create_indemnity_product__quorum_was_enlarged__asks_for_its_new_threshold(factory, house, people, home_terms):
    house.quorum.rotateSigners([node.address for node in signers(7)], 2, 0, people["oracle governor"].sends)

    with refused("TermOutOfRange", term("minSignatures"), 3, 5, 7):
        factory.createIndemnityProduct.call(values("IndemnityTerms", home_terms), people["product manager"].sends)


def test_create_indemnity_product__smallest_there_is__is_allowed(factory, manager, home_terms):
    small = put({**home_terms, "minPremium": 1}, ["minSumInsured"], 2)

    assert factory.createIndemnityProduct.call(small, manager.sends) != ZERO_ADDRESS
