"""IndemnityProduct.bind where an institution collected the premium: the token comes through the disbursement."""

from dataclasses import replace

import pytest
from brownie import ZERO_ADDRESS
from chain_clock import DAY, now, travel_to
from eth_utils import keccak
from indemnity_house import open_indemnity_product
from indemnity_market import INSTITUTION
from market import TUSD
from parties import person
from typed_messages import digest, product_domain, values

pytestmark = pytest.mark.usefixtures("balanced_afterwards")

PREMIUM = 50 * TUSD


@pytest.fixture
def cashless():
    """A holder who has no token at all."""
    return person("cashless holder")


def collect(home, offer, **changes):
    """The bank says what it collected for this application, and its vault's tokens are set aside."""
    receipt = {
        "institution": INSTITUTION,
        "product": home.product.address,
        "applicationId": offer.quote["applicationId"],
        "holder": offer.quote["holder"],
        "token": home.token.address,
        "amount": PREMIUM,
        "currency": b"EUR",
        "rate": 920_000,
        "referenceHash": keccak(text=f"premium of {offer.quote['applicationId']}"),
        "validUntil": now() + 10 * DAY,
        **changes,
    }
    domain = product_domain(home.disbursement, home.domain["chainId"])
    signature = home.bank.sign(digest("CollectionReceipt", receipt, domain))
    return home.disbursement.collectPremium(values("CollectionReceipt", receipt), signature, home.relayer.sends)


def offer_paid_by_bank(home, holder, **changes):
    return home.offer(holder, **changes).change(payer=home.disbursement.address)


def test_bind__collected_premium__reaches_the_treasury(home, cashless):
    offer = offer_paid_by_bank(home, cashless)
    vault, capital = home.token.balanceOf(home.vault), home.treasury.heldAssets()
    collect(home, offer)

    home.sell(offer)

    assert home.product.ownerOf(1) == cashless.address
    assert home.token.balanceOf(home.vault) == vault - PREMIUM
    assert home.treasury.heldAssets() == home.treasury.bookedAssets() == capital + PREMIUM
    assert home.token.balanceOf(home.product) == home.token.balanceOf(home.disbursement) == 0
    assert home.token.allowance(home.product, home.treasury) == 0
    assert home.balanced()


def test_bind__more_collected_than_the_premium__rest_goes_back(home, cashless):
    offer = offer_paid_by_bank(home, cashless)
    vault = home.token.balanceOf(home.vault)
    collect(home, offer, amount=PREMIUM + 7)

    home.sell(offer)
    home.disbursement.returnCollection(home.product, offer.quote["applicationId"], home.relayer.sends)

    assert home.token.balanceOf(home.vault) == vault - PREMIUM
    assert home.token.balanceOf(home.disbursement) == 0


def test_bind__collected_and_paid_ones_in_one_batch__each_pays_its_own(home, cashless, holders):
    first, second = offer_paid_by_bank(home, cashless), offer_paid_by_bank(home, holders[1])
    collect(home, first)
    collect(home, second)
    before = [home.token.balanceOf(holder) for holder in holders[:2]]

    home.sell(first, home.offer(holders[0]), second)

    assert [home.token.balanceOf(holder) for holder in holders[:2]] == [before[0] - PREMIUM, before[1]]
    assert home.treasury.unearnedPremiumOf(home.product) == 3 * PREMIUM
    assert home.balanced()


def test_bind__nothing_collected__refuses(home, cashless):
    offer = offer_paid_by_bank(home, cashless)

    home.refuses(offer, "PremiumNotCollected", home.product, offer.quote["applicationId"])


def test_bind__too_little_collected__refuses(home, cashless):
    offer = offer_paid_by_bank(home, cashless)
    collect(home, offer, amount=PREMIUM - 1)

    home.refuses(offer, "CollectionTooSmall", home.product, offer.quote["applicationId"], PREMIUM, PREMIUM - 1)


def test_bind__collected_from_another_holder__refuses(home, cashless, holders):
    offer = offer_paid_by_bank(home, cashless)
    collect(home, offer, holder=holders[0].address)

    home.refuses(offer, "PremiumHolderWrong", home.product, offer.quote["applicationId"], holders[0])


def test_bind__collected_for_another_product__refuses(home, cautious, cashless):
    offer = offer_paid_by_bank(home, cashless)
    collect(cautious, offer)

    home.refuses(offer, "PremiumNotCollected", home.product, offer.quote["applicationId"])


def test_bind__collection_past_its_time__refuses(home, cashless):
    valid_until = now() + DAY
    offer = offer_paid_by_bank(home, cashless)
    collect(home, offer, validUntil=valid_until)

    travel_to(valid_until + 1)

    later = offer.change(validUntil=now() + DAY)
    home.refuses(later, "PremiumExpired", home.product, offer.quote["applicationId"], valid_until)


def test_bind__collection_given_back__refuses(home, cashless):
    offer = offer_paid_by_bank(home, cashless)
    collect(home, offer, validUntil=now() + DAY)
    travel_to(now() + DAY + 1)
    home.disbursement.returnCollection(home.product, offer.quote["applicationId"], home.relayer.sends)

    later = offer.change(validUntil=now() + DAY)
    home.refuses(later, "PremiumNotCollected", home.product, offer.quote["applicationId"])


def test_bind__product_without_disbursement__takes_no_collection(home, holders):
    terms = {**home.terms, "disbursement": ZERO_ADDRESS}
    plainer = replace(home, product=open_indemnity_product(home.house, terms), terms=terms)
    offer = plainer.offer(holders[0])

    plainer.refuses(offer.change(payer=home.disbursement.address), "PayerInvalid", home.disbursement)
    plainer.refuses(offer.change(payer=ZERO_ADDRESS), "PayerInvalid", ZERO_ADDRESS)
