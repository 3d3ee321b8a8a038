"""Disbursement: premiums that institutions collected, for one application of one product."""

import pytest
from answers import fields, plain
from brownie import ZERO_ADDRESS, ContractWallet, FeeToken, accounts
from chain_clock import DAY, next_block_at, now
from disbursing import AMOUNT, APPLICATION, ELSEWHERE, FIRST, PER_DAY, PER_PAYOUT, PURSE, SECOND
from eth_utils import keccak
from parties import person
from refusals import refused
from typed_messages import values

NOBODY = 3
NOTHING = (ZERO_ADDRESS, 0, 0, ZERO_ADDRESS, 0, False)


@pytest.fixture
def collected(rail):
    """A premium of 400 TUSD set aside for the application."""
    message = rail.collection()
    rail.collect(message)
    return message


def earmark(rail, application=APPLICATION):
    return plain(rail.contract.earmarkOf(rail.product, application))


def after(message):
    """The next transaction comes in the first second after the receipt's time."""
    next_block_at(message["validUntil"] + 1)


# Collection


def test_collect_premium__right_receipt__tokens_are_set_aside_for_the_application(rail):
    message = rail.collection()

    tx = rail.collect(message)

    kept = (rail.token.address, AMOUNT, FIRST, rail.payee.address, message["validUntil"], False)
    assert earmark(rail) == kept
    assert rail.token.balanceOf(rail.vault) == PURSE - AMOUNT
    assert rail.held() == (AMOUNT, AMOUNT)
    assert rail.contract.isReferenceUsed(FIRST, message["referenceHash"])
    event = tx.events["PremiumCollected"]
    assert fields(event, "product", "applicationId", "institution") == (rail.product.address, APPLICATION, FIRST)
    assert plain(event["receipt"])[:6] == values("CollectionReceipt", message)[:6]
    assert bytes(event["signature"]) == rail.signed("CollectionReceipt", message, rail.bank)


@pytest.mark.parametrize("field", ["product", "holder"])
def test_collect_premium__for_nobody__refuses(rail, field):
    for address in (ZERO_ADDRESS, rail.contract.address):
        with refused("RecipientInvalid", address):
            rail.collect(rail.collection(**{field: address}))


@pytest.mark.parametrize("off", [-1, 30 * DAY + 1])
def test_collect_premium__receipt_too_old_or_too_long__refuses(rail, off):
    moment = now() + 100
    next_block_at(moment)

    with refused("CollectionTimeInvalid", moment + off, moment, moment + 30 * DAY):
        rail.collect(rail.collection(validUntil=moment + off))


def test_collect_premium__receipt_at_a_bound_of_time__is_taken(rail):
    moment = now() + 100
    next_block_at(moment)
    rail.collect(rail.collection(validUntil=moment))
    next_block_at(moment + 100)
    rail.collect(
        rail.collection(applicationId=2, validUntil=moment + 100 + 30 * DAY, referenceHash=keccak(text="other"))
    )

    assert earmark(rail)[1] == earmark(rail, 2)[1] == AMOUNT


def test_collect_premium__twice_for_one_application__refuses(rail, collected):
    with refused("PremiumAlreadyCollected", rail.product, APPLICATION):
        rail.collect(rail.collection(referenceHash=keccak(text="other")))


def test_collect_premium__same_receipt_after_it_was_used__refuses(rail, collected):
    rail.release()

    with refused("ReferenceUsed", FIRST, collected["referenceHash"]):
        rail.collect(collected)


def test_collect_premium__same_transfer_for_two_applications__refuses(rail, collected):
    with refused("ReferenceUsed", FIRST, collected["referenceHash"]):
        rail.collect(rail.collection(applicationId=2))


def test_collect_premium__same_transfer_as_a_payout__refuses(rail, waiting, collected):
    with refused("ReferenceUsed", FIRST, collected["referenceHash"]):
        rail.confirm(rail.receipt(waiting, referenceHash=collected["referenceHash"]))


def test_collect_premium__signed_by_somebody_else__refuses(rail):
    for signer in (rail.other_bank, rail.vault, rail.payee):
        with refused("ReceiptSignatureInvalid", FIRST, rail.bank):
            rail.collect(rail.collection(), by=signer)


@pytest.mark.parametrize("domain", [{"chainId": 1}, {"verifyingContract": ELSEWHERE}])
def test_collect_premium__signed_for_another_chain_or_contract__refuses(rail, domain):
    with refused("ReceiptSignatureInvalid", FIRST, rail.bank):
        rail.collect(rail.collection(), **domain)


@pytest.mark.parametrize(
    "changed",
    [
        {"product": ELSEWHERE},
        {"holder": ELSEWHERE},
        {"applicationId": 2},
        {"amount": 1},
        {"rate": 1},
        {"currency": b"USD"},
        {"validUntil": 1_378_900_000},
    ],
)
def test_collect_premium__word_changed_after_signing__refuses(rail, changed):
    message = rail.collection()
    signature = rail.signed("CollectionReceipt", message, rail.bank)

    with refused("ReceiptSignatureInvalid", FIRST, rail.bank):
        changed_receipt = values("CollectionReceipt", {**message, **changed})
        rail.contract.collectPremium.call(changed_receipt, signature, rail.payee.sends)


def test_collect_premium__contract_signs__asks_the_contract(rail):
    wallet = ContractWallet.deploy(person("signatory"), {"from": accounts[0]})
    rail.contract.rotateKeys(FIRST, wallet, rail.vault, rail.registrar.sends)

    rail.collect(rail.collection(), by=person("signatory"))

    assert earmark(rail)[1] == AMOUNT


def test_collect_premium__wrong_in_itself__refuses(rail, house):
    with refused("InstitutionUnknown", NOBODY):
        rail.collect(rail.collection(institution=NOBODY))
    with refused("TokenNotAccepted", FIRST, house.quorum):
        rail.collect(rail.collection(token=house.quorum.address))
    with refused("AmountZero"):
        rail.collect(rail.collection(amount=0))
    with refused("PayoutLimitExceeded", FIRST, PER_PAYOUT + 1, PER_PAYOUT):
        rail.collect(rail.collection(amount=PER_PAYOUT + 1))
    with refused("CurrencyInvalid", b"eur"):
        rail.collect(rail.collection(currency=b"eur"))
    with refused("ReceiptIncomplete", 0, rail.collection()["referenceHash"]):
        rail.collect(rail.collection(rate=0))
    with refused("ReceiptIncomplete", 920_000, bytes(32)):
        rail.collect(rail.collection(referenceHash=bytes(32)))


def test_collect_premium__days_limit__bounds_what_a_stolen_key_can_take(rail):
    amounts = (PER_PAYOUT, PER_PAYOUT, PER_DAY - 2 * PER_PAYOUT)
    for number, amount in enumerate(amounts):
        rail.collect(rail.collection(applicationId=number, amount=amount, referenceHash=keccak(text=f"t{number}")))

    with refused("DayLimitExceeded", FIRST, PER_DAY + 1, PER_DAY):
        rail.collect(rail.collection(applicationId=9, amount=1))
    assert rail.contract.accepts(FIRST, rail.token, PER_PAYOUT)


def test_collect_premium__no_allowance_of_the_institution__refuses(rail):
    rail.token.approve(rail.contract, AMOUNT - 1, rail.vault.sends)

    with refused("ERC20InsufficientAllowance", rail.contract, AMOUNT - 1, AMOUNT):
        rail.collect(rail.collection())


def test_collect_premium__token_takes_a_fee__refuses(rail):
    token = FeeToken.deploy({"from": accounts[0]})
    token.mint(rail.vault, PURSE, rail.vault.sends)
    token.approve(rail.contract, PURSE, rail.vault.sends)
    rail.contract.acceptToken(FIRST, token, True, rail.registrar.sends)

    with refused("TokensShort", token, AMOUNT, AMOUNT * 99 // 100):
        rail.collect(rail.collection(token=token.address))


# Release


def test_release_premium__the_named_product__has_the_tokens_and_the_earmark_is_gone(rail, collected):
    tx = rail.release()

    assert rail.token.balanceOf(rail.product) == AMOUNT
    assert earmark(rail) == NOTHING
    assert rail.held() == (0, 0)
    assert fields(tx.events["PremiumReleased"], "product", "applicationId", "premium", "rest") == (
        rail.product.address,
        APPLICATION,
        AMOUNT,
        0,
    )


def test_release_premium__less_than_collected__the_rest_goes_back_at_once(rail, collected):
    rail.release(premium=AMOUNT - 3)

    assert earmark(rail)[1] == 3
    assert earmark(rail)[5] is True
    with refused("PremiumNotCollected", rail.product, APPLICATION):
        rail.release(premium=3)
    tx = rail.contract.returnCollection(rail.product, APPLICATION, person("relayer").sends)

    assert fields(tx.events["CollectionReturned"], "product", "applicationId", "institution", "amount") == (
        rail.product.address,
        APPLICATION,
        FIRST,
        3,
    )
    assert rail.token.balanceOf(rail.vault) == PURSE - AMOUNT + 3
    assert earmark(rail) == NOTHING
    assert rail.held() == (0, 0)


def test_release_premium__other_caller__finds_nothing(rail, collected):
    for outsider in (rail.payee, rail.vault, rail.desk, person("other product")):
        with refused("PremiumNotCollected", outsider, APPLICATION):
            rail.contract.releasePremium.call(APPLICATION, rail.payee, rail.token, AMOUNT, outsider.sends)


def test_release_premium__twice__refuses(rail, collected):
    rail.open()  # money of a payout is there to be stolen
    rail.release()

    with refused("PremiumNotCollected", rail.product, APPLICATION):
        rail.release()
    assert rail.held() == (AMOUNT, AMOUNT)


def test_release_premium__not_what_was_collected__refuses(rail, house, collected):
    with refused("PremiumNotCollected", rail.product, 2):
        rail.release(applicationId=2)
    with refused("PremiumHolderWrong", rail.product, APPLICATION, rail.payee):
        rail.release(holder=person("stranger").address)
    with refused("PremiumTokenWrong", rail.product, APPLICATION, rail.token):
        rail.release(token=house.quorum.address)
    with refused("CollectionTooSmall", rail.product, APPLICATION, AMOUNT + 1, AMOUNT):
        rail.release(premium=AMOUNT + 1)


def test_release_premium__last_second__is_good(rail, collected):
    next_block_at(collected["validUntil"])

    rail.release()

    assert rail.token.balanceOf(rail.product) == AMOUNT


def test_release_premium__receipt_is_past__refuses(rail, collected):
    after(collected)

    with refused("PremiumExpired", rail.product, APPLICATION, collected["validUntil"]):
        rail.release()


# Return


def test_return_collection__never_bound__goes_back_to_the_institution(rail, collected):
    after(collected)

    rail.contract.returnCollection(rail.product, APPLICATION, person("relayer").sends)

    assert rail.token.balanceOf(rail.vault) == PURSE
    assert earmark(rail) == NOTHING
    assert rail.held() == (0, 0)


def test_return_collection__still_valid__refuses(rail, collected):
    next_block_at(collected["validUntil"])

    with refused("PremiumStillValid", rail.product, APPLICATION, collected["validUntil"]):
        rail.contract.returnCollection(rail.product, APPLICATION, rail.vault.sends)


def test_return_collection__nothing_there_or_twice__refuses(rail, collected):
    with refused("PremiumNotCollected", rail.product, 2):
        rail.contract.returnCollection.call(rail.product, 2, rail.vault.sends)
    after(collected)
    rail.contract.returnCollection(rail.product, APPLICATION, rail.vault.sends)

    with refused("PremiumNotCollected", rail.product, APPLICATION):
        rail.contract.returnCollection.call(rail.product, APPLICATION, rail.vault.sends)


def test_return_collection__institution_suspended__waits_and_is_returned_later(rail, collected):
    rail.contract.suspendInstitution(FIRST, rail.registrar.sends)
    after(collected)

    with refused("InstitutionIsSuspended", FIRST):
        rail.contract.returnCollection(rail.product, APPLICATION, rail.vault.sends)
    rail.contract.rotateKeys(FIRST, rail.bank, person("new vault"), rail.registrar.sends)
    rail.contract.resumeInstitution(FIRST, rail.registrar.sends)
    rail.contract.returnCollection(rail.product, APPLICATION, rail.vault.sends)

    assert rail.token.balanceOf(person("new vault")) == AMOUNT


def test_return_collection__account_blocked_by_the_token__changes_nothing_and_works_later(rail, collected, blocking):
    blocking(rail.vault)
    after(collected)

    with refused("AccountBlocked", rail.vault):
        rail.contract.returnCollection(rail.product, APPLICATION, rail.desk.sends)
    assert rail.held() == (AMOUNT, AMOUNT)
    blocking(rail.vault, False)
    rail.contract.returnCollection(rail.product, APPLICATION, rail.desk.sends)

    assert rail.held() == (0, 0)


def test_collect_premium__after_the_first_was_returned__another_institution_collects(rail, collected):
    after(collected)
    rail.contract.returnCollection(rail.product, APPLICATION, rail.vault.sends)

    rail.collect(rail.collection(institution=SECOND), by=rail.other_bank)

    assert earmark(rail)[2] == SECOND
