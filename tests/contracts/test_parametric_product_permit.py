"""ParametricProduct.bind with EIP-2612 permits: a premium without an allowance, whoever uses the permit first."""

from dataclasses import replace

import pytest
from brownie import chain
from chain_clock import HOUR, now
from market import FLIGHT, NO_PERMIT, TUSD, event_id
from parties import person
from refusals import refused
from typed_messages import digest

PREMIUM = 50 * TUSD  # of an offer of 500 TUSD at 8 %


@pytest.fixture
def newcomer(house, people):
    """Somebody with money who never approved anything."""
    somebody = person("newcomer")
    house.token.mint(somebody, 1_000 * TUSD, people["issuer"].sends)
    return somebody


def permit(house, owner, value=PREMIUM, *, nonce=0, deadline=None, signer=None):
    """A permit for the treasury, as `bind` takes it."""
    deadline = now() + HOUR if deadline is None else deadline
    message = {
        "owner": owner.address,
        "spender": house.treasury.address,
        "value": value,
        "nonce": nonce,
        "deadline": deadline,
    }
    domain = {"name": "Test Dollar", "version": "1", "chainId": chain.id, "verifyingContract": house.token.address}
    signature = (signer or owner).sign(digest("Permit", message, domain))
    return (value, deadline, signature[64], signature[:32], signature[32:64])


def hand_in(house, owner, permission, sender):
    """Use the permit at the token itself, as anybody may."""
    value, deadline, v, r, s = permission
    return house.token.permit(owner, house.treasury, value, deadline, v, r, s, sender.sends)


def test_bind__permit__takes_the_premium_without_an_allowance(market, house, newcomer):
    offer = replace(market.offer(newcomer), permit=permit(house, newcomer))

    market.sell(offer)

    assert house.token.balanceOf(newcomer) == 950 * TUSD
    assert house.token.allowance(newcomer, house.treasury) == 0


def test_bind__no_permit_and_no_allowance__refuses(market, house, newcomer):
    offer = replace(market.offer(newcomer), permit=NO_PERMIT)

    with refused("ERC20InsufficientAllowance", house.treasury, 0, PREMIUM):
        market.product.bind.call(*market.bind_arguments(offer), market.relayer.sends)


def test_bind__permit_used_by_somebody_else_first__binds_all_the_same(market, house, newcomer, people):
    permission = permit(house, newcomer)
    arguments = market.bind_arguments(replace(market.offer(newcomer), permit=permission))
    hand_in(house, newcomer, permission, people["stranger"])

    market.product.bind(*arguments, market.relayer.sends)

    assert house.token.balanceOf(newcomer) == 950 * TUSD
    assert market.product.insuredEvent(event_id(FLIGHT))["policies"] == 1


def test_bind__permit_expired_and_no_allowance__refuses(market, house, newcomer):
    offer = replace(market.offer(newcomer), permit=permit(house, newcomer, deadline=now() - 1))

    with refused("ERC20InsufficientAllowance", house.treasury, 0, PREMIUM):
        market.product.bind.call(*market.bind_arguments(offer), market.relayer.sends)


def test_bind__permit_expired_but_allowance_there__binds(market, house, holders):
    offer = replace(market.offer(holders[0]), permit=permit(house, holders[0], deadline=now() - 1))

    market.sell(offer)

    assert market.product.balanceOf(holders[0]) == 1


def test_bind__permit_signed_by_somebody_else__refuses(market, house, newcomer, people):
    offer = replace(market.offer(newcomer), permit=permit(house, newcomer, signer=people["stranger"]))

    with refused("ERC20InsufficientAllowance", house.treasury, 0, PREMIUM):
        market.product.bind.call(*market.bind_arguments(offer), market.relayer.sends)


def test_bind__permit_below_the_premium__refuses(market, house, newcomer):
    offer = replace(market.offer(newcomer), permit=permit(house, newcomer, PREMIUM - 1))

    with refused("ERC20InsufficientAllowance", house.treasury, PREMIUM - 1, PREMIUM):
        market.product.bind.call(*market.bind_arguments(offer), market.relayer.sends)


def test_bind__permits_of_two_holders_in_one_batch__take_both_premiums(market, house, newcomer, people):
    second = person("second newcomer")
    house.token.mint(second, 1_000 * TUSD, people["issuer"].sends)

    market.sell(*(replace(market.offer(holder), permit=permit(house, holder)) for holder in (newcomer, second)))

    assert [house.token.balanceOf(holder) for holder in (newcomer, second)] == [950 * TUSD, 950 * TUSD]


def test_bind__one_permit_for_several_premiums_of_one_holder__takes_all(market, house, newcomer):
    first = replace(market.offer(newcomer), permit=permit(house, newcomer, 2 * PREMIUM))

    market.sell(first, market.offer(newcomer))

    assert house.token.balanceOf(newcomer) == 900 * TUSD


def test_bind__permit_but_purse_too_small__refuses(market, house, people):
    poor = person("poor")
    house.token.mint(poor, PREMIUM - 1, people["issuer"].sends)
    offer = replace(market.offer(poor), permit=permit(house, poor))

    with refused("ERC20InsufficientBalance", poor, PREMIUM - 1, PREMIUM):
        market.product.bind.call(*market.bind_arguments(offer), market.relayer.sends)


def test_bind__payer_blocked__refuses(market, house, holders, people):
    house.token.setBlocked(holders[0], True, people["issuer"].sends)

    with refused("AccountBlocked", holders[0]):
        market.product.bind.call(*market.bind_arguments(market.offer(holders[0])), market.relayer.sends)
