"""TestStablecoin: the traits of real dollar tokens that matter to a payer."""

import pytest
from answers import fields
from brownie import chain
from chain_clock import HOUR, now
from market import TUSD
from parties import person
from refusals import refused
from typed_messages import digest


@pytest.fixture
def token(house):
    return house.token


@pytest.fixture
def issuer(people):
    return people["issuer"]


def test_decimals__token__are_six(token):
    assert (token.name(), token.symbol(), token.decimals()) == ("Test Dollar", "TUSD", 6)


def test_mint__issuer__issues(token, issuer):
    supply = token.totalSupply()

    token.mint(person("newcomer"), 5 * TUSD, issuer.sends)
    token.mintEach([person("newcomer").address, person("other").address], TUSD, issuer.sends)

    assert token.balanceOf(person("newcomer")) == 6 * TUSD
    assert token.totalSupply() == supply + 7 * TUSD


@pytest.mark.parametrize("end", ["from", "to"])
def test_transfer__blocked_at_either_end__refuses(token, issuer, holders, end):
    blocked = holders[0] if end == "from" else holders[1]
    receipt = token.setBlocked(blocked, True, issuer.sends)

    assert fields(receipt.events["BlockedChanged"], "account", "blocked") == (blocked.address, True)
    assert token.isBlocked(blocked)
    with refused("AccountBlocked", blocked):
        token.transfer.call(holders[1], 1, holders[0].sends)


def test_set_blocked__unblocked__transfers_again(token, issuer, holders):
    token.setBlocked(holders[0], True, issuer.sends)
    token.setBlocked(holders[0], False, issuer.sends)

    token.transfer(holders[1], TUSD, holders[0].sends)

    assert not token.isBlocked(holders[0])


def test_permit__right_signature__allows(token, holders):
    domain = {"name": "Test Dollar", "version": "1", "chainId": chain.id, "verifyingContract": token.address}
    owner, spender, deadline = holders[0].address, person("spender").address, now() + HOUR
    message = {"owner": owner, "spender": spender, "value": 7, "nonce": 0, "deadline": deadline}
    signature = holders[0].sign(digest("Permit", message, domain))

    token.permit(owner, spender, 7, deadline, signature[64], signature[:32], signature[32:64], holders[1].sends)

    assert token.allowance(owner, spender) == 7
