"""Treasury: a payee sends held money elsewhere by signature; anybody may hand it in."""

import pytest
from answers import fields
from brownie import ContractWallet, accounts, web3
from chain_clock import next_block_at, now
from eth_account.messages import encode_typed_data
from market import TUSD
from parties import person
from refusals import refused
from typed_messages import digest, product_domain

UNTIL = 2**40
ELSEWHERE = "0x00000000000000000000000000000000000000aa"


@pytest.fixture
def treasury(house):
    return house.treasury


@pytest.fixture
def signed(treasury, held, blocked):
    """Signs a redirection of what is held for the blocked holder."""

    def sign(to, *, by=blocked, payee=blocked, nonce=0, until=UNTIL, **domain):
        message = {"payee": str(payee), "to": str(to), "nonce": nonce, "deadline": until}
        return by.sign(digest("Redirect", message, {**product_domain(treasury, web3.eth.chain_id), **domain}))

    return sign


def test_redirect_held_payout__payee_signed__anyone_hands_it_in(house, treasury, held, blocked, signed, people):
    refuge = person("refuge")

    receipt = treasury.redirectHeldPayout(blocked, refuge, UNTIL, signed(refuge), people["stranger"].sends)

    assert receipt.return_value == held
    assert house.token.balanceOf(refuge) == held
    assert treasury.heldPayoutOf(blocked) == treasury.totalHeldPayouts() == 0
    assert treasury.nonces(blocked) == 1
    assert fields(receipt.events["HeldPayoutPaid"], "payee", "to", "amount") == (blocked.address, refuge.address, held)


def test_redirect_held_payout__last_second__is_good(treasury, blocked, signed, people):
    until = now() + 100
    signature = signed(person("refuge"), until=until)

    next_block_at(until)
    treasury.redirectHeldPayout(blocked, person("refuge"), until, signature, people["stranger"].sends)

    assert treasury.totalHeldPayouts() == 0


def test_redirect_held_payout__past__refuses(treasury, blocked, signed, people):
    until = now() + 100
    signature = signed(person("refuge"), until=until)

    next_block_at(until + 1)
    with refused("RedirectExpired", until, until + 1):
        treasury.redirectHeldPayout(blocked, person("refuge"), until, signature, people["stranger"].sends)


def test_redirect_held_payout__not_what_was_signed__refuses(treasury, blocked, signed, people):
    redirect, stranger = treasury.redirectHeldPayout.call, people["stranger"]
    signature = signed(person("refuge"))

    for arguments in ((stranger, UNTIL), (person("refuge"), UNTIL - 1)):
        with refused("RedirectSignatureInvalid", blocked):
            redirect(blocked, *arguments, signature, stranger.sends)
    for signature in (signed(stranger, by=stranger), signed(stranger, nonce=1), b""):
        with refused("RedirectSignatureInvalid", blocked):
            redirect(blocked, stranger, UNTIL, signature, stranger.sends)


@pytest.mark.parametrize("domain", [{"chainId": 1}, {"verifyingContract": ELSEWHERE}, {"name": "Other"}])
def test_redirect_held_payout__signed_for_another_chain_or_contract__refuses(treasury, blocked, signed, people, domain):
    signature = signed(person("refuge"), **domain)

    with refused("RedirectSignatureInvalid", blocked):
        treasury.redirectHeldPayout.call(blocked, person("refuge"), UNTIL, signature, people["stranger"].sends)


def test_redirect_held_payout__handed_in_twice__refuses(treasury, desk, holders, blocked, signed, people):
    refuge, stranger = person("refuge"), people["stranger"]
    signature = signed(refuge)
    treasury.redirectHeldPayout(blocked, refuge, UNTIL, signature, stranger.sends)
    treasury.collectPremiums([(holders[0].address, TUSD)], 50 * TUSD, desk.sends)
    treasury.payBatch([(1, blocked.address, 50 * TUSD)], 50 * TUSD, desk.sends)

    with refused("RedirectSignatureInvalid", blocked):
        treasury.redirectHeldPayout(blocked, refuge, UNTIL, signature, stranger.sends)
    treasury.redirectHeldPayout(blocked, refuge, UNTIL, signed(refuge, nonce=1), stranger.sends)

    assert treasury.totalHeldPayouts() == 0


def test_redirect_held_payout__to_the_treasury__refuses(treasury, blocked, signed, people):
    with refused("PayeeInvalid", treasury):
        treasury.redirectHeldPayout.call(blocked, treasury, UNTIL, signed(treasury), people["stranger"].sends)


def test_redirect_held_payout__nothing_held__refuses_and_keeps_the_nonce(treasury, signed, people):
    stranger = people["stranger"]
    signature = signed(stranger, by=stranger, payee=stranger)

    with refused("NothingHeld", stranger):
        treasury.redirectHeldPayout(stranger, stranger, UNTIL, signature, stranger.sends)
    assert treasury.nonces(stranger) == 0


def test_redirect_held_payout__payee_is_a_contract__its_owner_signs_for_it(house, treasury, desk, held, signed, people):
    owner, refuge = person("wallet owner"), person("refuge")
    wallet = ContractWallet.deploy(owner, {"from": accounts[0]})
    house.token.setBlocked(wallet, True, people["issuer"].sends)
    treasury.collectPremiums([(person("holder 0").address, TUSD)], 50 * TUSD, desk.sends)
    treasury.payBatch([(1, wallet.address, 50 * TUSD)], 50 * TUSD, desk.sends)

    with refused("RedirectSignatureInvalid", wallet):
        forged = signed(refuge, by=people["stranger"], payee=wallet)
        treasury.redirectHeldPayout(wallet, refuge, UNTIL, forged, people["stranger"].sends)
    signature = signed(refuge, by=owner, payee=wallet)
    treasury.redirectHeldPayout(wallet, refuge, UNTIL, signature, people["stranger"].sends)

    assert house.token.balanceOf(refuge) == 50 * TUSD
    assert treasury.heldPayoutOf(wallet) == 0


def test_redirect_held_payout__days_cap__pays_a_part_and_the_rest_needs_a_new_signature(
    treasury, held, blocked, signed, people
):
    refuge, stranger = person("refuge"), people["stranger"]
    treasury.setPayoutCap(10 * TUSD, people["administrator"].sends)

    part = treasury.redirectHeldPayout(blocked, refuge, UNTIL, signed(refuge), stranger.sends).return_value

    assert part == 10 * TUSD
    assert treasury.heldPayoutOf(blocked) == held - part
    with refused("RedirectSignatureInvalid", blocked):
        treasury.redirectHeldPayout(blocked, refuge, UNTIL, signed(refuge), stranger.sends)


def test_domain_separator__treasury__is_what_wallets_compute(treasury):
    types = {"Redirect": [{"type": "address", "name": "payee"}]}
    data = encode_typed_data(product_domain(treasury, web3.eth.chain_id), types, {"payee": ELSEWHERE})

    assert bytes(treasury.domainSeparator()) == bytes(data.header)
