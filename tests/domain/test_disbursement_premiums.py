"""Premiums through institutions: set aside, released to the product, returned."""

from itertools import product as pairs

import pytest

from domain.disbursement import MAX_COLLECTION_SECONDS, Disbursement
from domain.hashing import ZERO_ADDRESS
from tests.domain.rails import (
    AMOUNT,
    BANK,
    FIRST,
    NOON,
    PAYEE,
    PRODUCT,
    PURSE,
    SELF,
    TOKEN,
    VAULT,
    balances,
    build_rail,
    collection,
    refusal,
)


@pytest.fixture
def rail() -> Disbursement:
    return build_rail()


def test_release_premium__bound__the_product_has_it_and_the_rest_goes_back(rail: Disbursement) -> None:
    rail.collect_premium(collection(), BANK, NOON)
    assert balances(rail) == (AMOUNT, AMOUNT)

    rail.release_premium(PRODUCT, 5, PAYEE, TOKEN, 390, NOON)

    with refusal("PremiumNotCollected", PRODUCT, 5):
        rail.release_premium(PRODUCT, 5, PAYEE, TOKEN, 1, NOON)
    rail.return_collection(PRODUCT, 5, NOON)
    assert rail.tokens[TOKEN].balances[PRODUCT] == 390
    assert rail.tokens[TOKEN].balances[VAULT] == PURSE - 390
    assert balances(rail) == (0, 0)


def test_release_premium__each_thing_wrong__says_so(rail: Disbursement) -> None:
    until = collection().valid_until
    rail.collect_premium(collection(), BANK, NOON)

    with refusal("PremiumNotCollected", "0xthief", 5):
        rail.release_premium("0xthief", 5, PAYEE, TOKEN, 1, NOON)
    with refusal("PremiumHolderWrong", PRODUCT, 5, PAYEE):
        rail.release_premium(PRODUCT, 5, "0xother", TOKEN, 1, NOON)
    with refusal("PremiumTokenWrong", PRODUCT, 5, TOKEN):
        rail.release_premium(PRODUCT, 5, PAYEE, "0xother", 1, NOON)
    with refusal("CollectionTooSmall", PRODUCT, 5, AMOUNT + 1, AMOUNT):
        rail.release_premium(PRODUCT, 5, PAYEE, TOKEN, AMOUNT + 1, NOON)
    with refusal("PremiumStillValid", PRODUCT, 5, until):
        rail.return_collection(PRODUCT, 5, until)
    with refusal("PremiumExpired", PRODUCT, 5, until):
        rail.release_premium(PRODUCT, 5, PAYEE, TOKEN, AMOUNT, until + 1)
    rail.release_premium(PRODUCT, 5, PAYEE, TOKEN, AMOUNT, until)
    with refusal("PremiumNotCollected", PRODUCT, 5):
        rail.return_collection(PRODUCT, 5, until + 1)


def test_collect_premium__each_thing_wrong__says_so(rail: Disbursement) -> None:
    for field_name, address in pairs(("product", "holder"), (ZERO_ADDRESS, SELF)):
        with refusal("RecipientInvalid", address):
            rail.collect_premium(collection(**{field_name: address}), BANK, NOON)
    latest = NOON + MAX_COLLECTION_SECONDS
    for until in (NOON - 1, latest + 1):
        with refusal("CollectionTimeInvalid", until, NOON, latest):
            rail.collect_premium(collection(valid_until=until), BANK, NOON)
    with refusal("ReceiptSignatureInvalid", FIRST, BANK):
        rail.collect_premium(collection(), VAULT, NOON)
    rail.collect_premium(collection(), BANK, NOON)
    with refusal("PremiumAlreadyCollected", PRODUCT, 5):
        rail.collect_premium(collection(), BANK, NOON)
    with refusal("ReferenceUsed", FIRST, collection().reference_hash):
        rail.collect_premium(collection(application_id=6), BANK, NOON)


def test_return_collection__suspended__waits(rail: Disbursement) -> None:
    rail.collect_premium(collection(), BANK, NOON)
    rail.book.suspend(FIRST)

    with refusal("InstitutionIsSuspended", FIRST):
        rail.return_collection(PRODUCT, 5, collection().valid_until + 1)
    rail.book.resume(FIRST)
    rail.return_collection(PRODUCT, 5, collection().valid_until + 1)

    assert balances(rail) == (0, 0)
