"""IndemnityProduct: what it says of itself, pages of policies, who suspends sale, and a token that stays put."""

import pytest
from answers import fields, plain
from brownie import ZERO_ADDRESS
from chain_clock import HOUR
from eth_account.messages import encode_typed_data
from indemnity_terms import lock_of
from market import TUSD
from parties import person
from refusals import refused
from typed_messages import product_domain, struct_hash, values

from scripts.brownie.deploy import ROLES

pytestmark = pytest.mark.usefixtures("balanced_afterwards")

SUMS = [1_000 * TUSD, 2_000 * TUSD, 3_000 * TUSD]


@pytest.fixture(scope="module")
def three(home, holders):
    """Receipt of the sale of three policies to three holders."""
    return home.sell(*(home.offer(holder, amount) for holder, amount in zip(holders, SUMS, strict=False)))


# What it says of itself


def test_terms_hash__clone__is_the_eip712_hash_of_its_terms(home):
    assert bytes(home.product.termsHash()) == struct_hash("IndemnityTerms", home.terms)


def test_terms_words__clone__unpack_to_its_terms(home):
    words = home.product.termsWords()

    assert len(words) == 9 + len(home.terms["coverages"]) + 1
    assert plain(home.rules.termsOf(home.product)) == plain(values("IndemnityTerms", home.terms))


def separator_of(domain):
    encoded = encode_typed_data(domain_data=domain, message_types={"Any": []}, message_data={})
    return bytes(encoded.header)


def test_domain_separator__clone__is_its_own(home, cautious):
    for product in (home.product, cautious.product):
        domain = product_domain(product, home.domain["chainId"])
        assert bytes(product.domainSeparator()) == separator_of(domain)


def test_authority__clone__is_the_treasurys(home):
    assert home.product.authority() == home.house.authority.address


def test_rules_and_limits__clone__are_the_implementations(home):
    implementation = home.house.platform.indemnity_implementation

    assert home.product.rules() == implementation.rules() == home.rules.address
    assert (home.product.MAX_BINDINGS(), home.product.MAX_CLAIMS()) == (100, 128)


def test_bind__on_the_implementation_itself__can_sell_nothing(home, holders):
    implementation = home.house.platform.indemnity_implementation

    with pytest.raises(Exception, match="revert"):
        implementation.termsWords()
    with pytest.raises(Exception, match="revert"):
        implementation.bind.call(*home.bind_arguments(home.offer(holders[0])), home.relayer.sends)


# Policies


@pytest.mark.parametrize(
    ("start", "limit", "sums"),
    [
        (1, 3, SUMS),
        (1, 2, SUMS[:2]),
        (2, 100, SUMS[1:]),
        (3, 2**256 - 1, SUMS[2:]),
        (4, 10, []),
        (0, 10, []),
        (2**256 - 1, 10, []),
        (1, 0, []),
    ],
)
def test_policies_from__number__gives_a_page(home, three, start, limit, sums):
    page = home.product.policiesFrom(start, limit)

    assert [int(policy["sumInsured"]) for policy in page] == sums


def test_policy_count__sold__are_counted(home, three):
    assert home.product.policyCount() == 3


def test_policy__none_of_that_number__is_all_zero(home, three):
    assert not any(value for value in home.policy(4).values() if value != ZERO_ADDRESS)
    assert home.product.exposureOf(4) == 0
    assert plain(home.product.coverageUse(4)) == ((0, 0, 0, 0), 0)


def test_exposure_of__policies__add_up_to_the_treasurys(home, three):
    exposures = [home.product.exposureOf(i) for i in (1, 2, 3)]

    assert exposures == [lock_of(amount) for amount in SUMS]
    assert home.treasury.exposureOf(home.product) == sum(exposures)
    assert home.balanced()


def test_payee_of__no_such_policy__refuses(home, three):
    with refused("PolicyUnknown", 4):
        home.product.payeeOf(4)


# suspendSales


def test_suspend_sales__guardian__stops_and_resumes(home):
    for suspended in (True, False):
        receipt = home.product.suspendSales(suspended, home.guardian.sends)

        assert home.product.salesSuspended() is suspended
        assert fields(receipt.events["SalesSuspended"], "suspended") == (suspended,)


@pytest.mark.parametrize("who", ["administrator", "underwriter", "product manager", "adjuster 0", "stranger"])
def test_suspend_sales__no_guardian__refuses(home, who):
    with refused("AccessManagedUnauthorized", person(who)):
        home.product.suspendSales.call(True, person(who).sends)


def test_suspend_sales__guardian_with_a_delay__refuses(home):
    slow = person("slow guardian")
    home.house.authority.grantRole(ROLES["GUARDIAN"], slow, HOUR, home.administrator.sends)

    with refused("AccessManagedUnauthorized", slow):
        home.product.suspendSales.call(True, slow.sends)


def test_suspend_sales__policies_in_force__go_on(home, claims, holders, three):
    home.product.suspendSales(True, home.guardian.sends)

    claims.report(claims.notify(1, holders[0], claimed=300 * TUSD))
    home.endorse(home.endorsement(2, sumInsured=2_500 * TUSD), holders[1])
    home.cancel(home.cancellation(3), holders[2])
    home.product.earnPremiums([1, 2], home.relayer.sends)

    assert home.balanced()


# The token


def test_bind__policies__appear_locked_from_nowhere(home, three, holders):
    transfers = [event for event in three.events["Transfer"] if "tokenId" in event]

    assert [fields(event, "from", "to", "tokenId") for event in transfers] == [
        (ZERO_ADDRESS, holders[i].address, i + 1) for i in range(3)
    ]
    assert [event["tokenId"] for event in three.events["Locked"]] == [1, 2, 3]


def test_owner_of__policies__are_their_holders(home, three, holders):
    assert [home.product.ownerOf(i + 1) for i in range(3)] == [holder.address for holder in holders[:3]]
    assert [home.product.balanceOf(holder) for holder in holders[:4]] == [1, 1, 1, 0]
    assert (home.product.name(), home.product.symbol()) == ("Quittance Policy", "QPOL")
    assert home.product.locked(1)
    with refused("ERC721NonexistentToken", 4):
        home.product.locked(4)


def test_owner_of__ended_or_cancelled__stays_the_holders(home, three, holders):
    home.cancel(home.cancellation(1), holders[0])

    assert home.product.ownerOf(1) == holders[0].address


def test_transfer_from__holder__refuses(home, three, holders):
    me, other = holders[0], holders[1]

    with refused("PolicyLocked", 1):
        home.product.transferFrom.call(me, other, 1, me.sends)
    with refused("PolicyLocked", 1):
        home.product.safeTransferFrom.call(me, other, 1, me.sends)
    with refused("PolicyLocked", 1):
        home.product.safeTransferFrom.call(me, other, 1, b"", me.sends)


def test_approve__holder__refuses(home, three, holders):
    with refused("ApprovalDisabled"):
        home.product.approve.call(holders[1], 1, holders[0].sends)
    with refused("ApprovalDisabled"):
        home.product.setApprovalForAll.call(holders[1], True, holders[0].sends)


@pytest.mark.parametrize(
    ("interface", "supported"),
    [("0x80ac58cd", True), ("0xb45a3c0e", True), ("0x01ffc9a7", True), ("0xffffffff", False)],
)
def test_supports_interface__locked_erc721__says_so(home, interface, supported):
    assert home.product.supportsInterface(interface) is supported
