"""LockedPolicyToken: a policy is an ERC-721 that stays with its holder (ERC-5192)."""

import pytest
from answers import fields
from brownie import ZERO_ADDRESS
from market import FLIGHT, MEASURED, policy_id
from refusals import refused

POLICY = policy_id(FLIGHT, 0)
NO_POLICY = policy_id("flight/none", 0)


@pytest.fixture(scope="module")
def bound(market, holders, module_undone):
    """The receipt of the sale of two policies, to two holders."""
    return market.sell(market.offer(holders[0]), market.offer(holders[1]))


@pytest.fixture
def token(market, bound):
    return market.product


def test_name_and_symbol__clone__are_the_products(token):
    assert (token.name(), token.symbol()) == ("Quittance Policy", "QPOL")


def test_bind__policy__appears_locked_from_nowhere(token, bound, holders):
    transfers = [event for event in bound.events["Transfer"] if "tokenId" in event]

    assert [fields(event, "from", "to", "tokenId") for event in transfers] == [
        (ZERO_ADDRESS, holders[i].address, policy_id(FLIGHT, i)) for i in range(2)
    ]
    assert [event["tokenId"] for event in bound.events["Locked"]] == [policy_id(FLIGHT, i) for i in range(2)]


def test_owner_and_balance__policies__are_counted_for_their_holders(token, holders):
    assert token.ownerOf(POLICY) == holders[0].address
    assert [token.balanceOf(holder) for holder in holders[:3]] == [1, 1, 0]


def test_balance_of__settled_policy__still_counts(market, token, holders):
    market.settle_after((FLIGHT, MEASURED, 120))

    assert token.balanceOf(holders[0]) == 1


def test_balance_of__nobody__refuses(token):
    with refused("ERC721InvalidOwner", ZERO_ADDRESS):
        token.balanceOf(ZERO_ADDRESS)


def test_owner_of__no_such_policy__refuses(token):
    with refused("ERC721NonexistentToken", NO_POLICY):
        token.ownerOf(NO_POLICY)


def test_locked__policy__always_is(token):
    assert token.locked(POLICY)


def test_locked__no_such_policy__refuses(token):
    with refused("ERC721NonexistentToken", NO_POLICY):
        token.locked(NO_POLICY)


def test_transfer_from__holder__refuses(token, holders):
    with refused("PolicyLocked", POLICY):
        token.transferFrom.call(holders[0], holders[1], POLICY, holders[0].sends)


def test_safe_transfer_from__holder__refuses(token, holders):
    short, long = (
        token.safeTransferFrom["address,address,uint256"],
        token.safeTransferFrom["address,address,uint256,bytes"],
    )

    with refused("PolicyLocked", POLICY):
        short.call(holders[0], holders[1], POLICY, holders[0].sends)
    with refused("PolicyLocked", POLICY):
        long.call(holders[0], holders[1], POLICY, b"", holders[0].sends)


def test_approve__holder__refuses(token, holders):
    with refused("ApprovalDisabled"):
        token.approve.call(holders[1], POLICY, holders[0].sends)
    with refused("ApprovalDisabled"):
        token.setApprovalForAll.call(holders[1], True, holders[0].sends)


def test_get_approved__policy__is_nobody(token, holders):
    assert token.getApproved(POLICY) == ZERO_ADDRESS
    assert not token.isApprovedForAll(holders[0], holders[1])
    with refused("ERC721NonexistentToken", NO_POLICY):
        token.getApproved(NO_POLICY)


@pytest.mark.parametrize(
    ("interface", "supported"),
    [
        ("0x01ffc9a7", True),  # ERC-165
        ("0x80ac58cd", True),  # ERC-721
        ("0x5b5e139f", True),  # ERC-721 metadata
        ("0xb45a3c0e", True),  # ERC-5192
        ("0xffffffff", False),
        ("0x780e9d63", False),  # ERC-721 enumerable
    ],
)
def test_supports_interface__id__is_told(token, interface, supported):
    assert token.supportsInterface(interface) is supported


def test_token_uri__policy__is_empty(token):
    assert token.tokenURI(POLICY) == ""


def test_authority__product__is_the_treasurys(token, house):
    assert token.authority() == house.authority
