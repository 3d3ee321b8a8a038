"""Disbursement: a payout is opened or funded, and ends by the institution's receipt or refusal."""

import pytest
from answers import fields, plain
from brownie import ZERO_ADDRESS, CallingToken, ContractWallet, FeeToken, RebasingToken, SilentToken, accounts
from chain_clock import next_block_at, now
from disbursing import (
    AMOUNT,
    CLAIM,
    CONFIRMED,
    ELSEWHERE,
    FIRST,
    PER_DAY,
    PER_PAYOUT,
    PURSE,
    RECEIPT_SECONDS,
    REFUSED,
    SECOND,
    WAITING,
)
from eth_utils import keccak
from market import TUSD
from parties import person
from refusals import refused
from typed_messages import values

NOBODY = 3
PAR = 10**18


# Opening


def test_open_payout__tokens_have_arrived__waits_for_the_receipt(rail):
    rail.token.transfer(rail.contract, AMOUNT, rail.desk.sends)

    tx = rail.contract.openPayout(rail.order(), rail.desk.sends)

    due = now() + RECEIPT_SECONDS
    assert tx.return_value == rail.contract.instructionCount() == 1
    assert plain(rail.contract.instructionAt(1)) == (
        rail.payee.address,
        AMOUNT,
        FIRST,
        rail.token.address,
        due,
        WAITING,
        CLAIM,
    )
    assert rail.held() == (AMOUNT, AMOUNT)
    assert fields(
        tx.events["PayoutOpened"], "instructionId", "claimId", "institution", "payee", "token", "amount", "receiptDue"
    ) == (1, CLAIM, FIRST, rail.payee.address, rail.token.address, AMOUNT, due)


def test_open_payout__without_role__refuses(rail):
    for outsider in (rail.registrar, rail.bank, rail.payee):
        with refused("AccessManagedUnauthorized", outsider):
            rail.contract.openPayout.call(rail.order(), outsider.sends)


@pytest.mark.parametrize("payee", ["nobody", "the contract"])
def test_open_payout__payee_that_could_never_take_it__refuses(rail, payee):
    address = ZERO_ADDRESS if payee == "nobody" else rail.contract.address

    with refused("RecipientInvalid", address):
        rail.contract.openPayout.call(rail.order(payee=address), rail.desk.sends)


def test_open_payout__unknown_institution__refuses(rail):
    with refused("InstitutionUnknown", NOBODY):
        rail.contract.openPayout.call(rail.order(institution=NOBODY), rail.desk.sends)


def test_open_payout__token_not_accepted__refuses(rail, house):
    with refused("TokenNotAccepted", FIRST, house.quorum):
        rail.contract.openPayout.call(rail.order(token=house.quorum.address), rail.desk.sends)


def test_open_payout__nothing_to_pay__refuses(rail):
    with refused("AmountZero"):
        rail.contract.openPayout.call(rail.order(amount=0), rail.desk.sends)


def test_open_payout__above_the_limit__refuses(rail):
    with refused("PayoutLimitExceeded", FIRST, PER_PAYOUT + 1, PER_PAYOUT):
        rail.contract.openPayout.call(rail.order(amount=PER_PAYOUT + 1), rail.desk.sends)


def test_open_payout__tokens_missing__refuses(rail, waiting):
    with refused("PayoutUnfunded", rail.token, 2 * AMOUNT, AMOUNT):
        rail.contract.openPayout.call(rail.order(), rail.desk.sends)


def test_open_payout__one_unit_short__refuses(rail):
    rail.token.transfer(rail.contract, AMOUNT - 1, rail.desk.sends)

    with refused("PayoutUnfunded", rail.token, AMOUNT, AMOUNT - 1):
        rail.contract.openPayout(rail.order(), rail.desk.sends)
    assert rail.contract.instructionCount() == 0


def test_open_payout__token_takes_a_fee__arrives_short_and_refuses(rail):
    token = FeeToken.deploy({"from": accounts[0]})
    token.mint(rail.desk, PURSE, rail.desk.sends)
    rail.contract.acceptToken(FIRST, token, True, rail.registrar.sends)
    token.transfer(rail.contract, AMOUNT, rail.desk.sends)

    with refused("PayoutUnfunded", token, AMOUNT, AMOUNT * 99 // 100):
        rail.contract.openPayout.call(rail.order(token=token.address), rail.desk.sends)


def test_open_payout__day_used_up_by_both_kinds__refuses(rail):
    rail.token.approve(rail.contract, PURSE, rail.payee.sends)
    rail.contract.fundPayout(FIRST, rail.token, PER_PAYOUT, rail.payee.sends)
    rail.open(amount=PER_PAYOUT)

    with refused("DayLimitExceeded", FIRST, 3 * PER_PAYOUT, PER_DAY):
        rail.contract.openPayout.call(rail.order(amount=PER_PAYOUT), rail.desk.sends)


# Funding


def test_fund_payout__own_tokens__wait_for_the_receipt(rail):
    rail.token.approve(rail.contract, AMOUNT, rail.payee.sends)

    tx = rail.contract.fundPayout(FIRST, rail.token, AMOUNT, rail.payee.sends)

    assert tx.return_value == 1
    due = now() + RECEIPT_SECONDS
    assert plain(rail.contract.instructionAt(1)) == (
        rail.payee.address,
        AMOUNT,
        FIRST,
        rail.token.address,
        due,
        WAITING,
        0,
    )
    assert rail.held() == (AMOUNT, AMOUNT)
    assert rail.token.balanceOf(rail.payee) == PURSE - AMOUNT
    assert fields(tx.events["PayoutOpened"], "instructionId", "claimId", "payee") == (1, 0, rail.payee.address)


def test_fund_payout__no_allowance__refuses(rail):
    with refused("ERC20InsufficientAllowance", rail.contract, 0, AMOUNT):
        rail.contract.fundPayout.call(FIRST, rail.token, AMOUNT, rail.payee.sends)


def test_fund_payout__tokens_already_lie_there__the_funder_pays_all_the_same(rail):
    rail.token.transfer(rail.contract, AMOUNT, rail.desk.sends)

    with refused("ERC20InsufficientAllowance", rail.contract, 0, AMOUNT):
        rail.contract.fundPayout.call(FIRST, rail.token, AMOUNT, rail.payee.sends)


def test_fund_payout__wrong_in_itself__refuses(rail, house):
    fund = rail.contract.fundPayout.call

    with refused("InstitutionUnknown", NOBODY):
        fund(NOBODY, rail.token, 1, rail.payee.sends)
    with refused("TokenNotAccepted", FIRST, house.quorum):
        fund(FIRST, house.quorum, 1, rail.payee.sends)
    with refused("AmountZero"):
        fund(FIRST, rail.token, 0, rail.payee.sends)
    with refused("PayoutLimitExceeded", FIRST, PER_PAYOUT + 1, PER_PAYOUT):
        fund(FIRST, rail.token, PER_PAYOUT + 1, rail.payee.sends)


def test_fund_payout__half_of_the_day_used__refuses_and_leaves_the_other_half_to_claims(rail):
    rail.token.approve(rail.contract, PURSE, rail.payee.sends)
    rail.contract.fundPayout(FIRST, rail.token, PER_PAYOUT, rail.payee.sends)

    with refused("DayLimitExceeded", FIRST, PER_DAY // 2 + 1, PER_DAY // 2):
        rail.contract.fundPayout.call(FIRST, rail.token, PER_DAY // 2 - PER_PAYOUT + 1, rail.payee.sends)

    rail.contract.fundPayout(FIRST, rail.token, PER_DAY // 2 - PER_PAYOUT, rail.payee.sends)
    rail.open(amount=PER_PAYOUT)
    assert rail.contract.accepts(FIRST, rail.token, PER_DAY // 2 - PER_PAYOUT)


def test_fund_payout__token_takes_a_fee__refuses(rail):
    token = FeeToken.deploy({"from": accounts[0]})
    token.mint(rail.payee, PURSE, rail.payee.sends)
    token.approve(rail.contract, PURSE, rail.payee.sends)
    rail.contract.acceptToken(FIRST, token, True, rail.registrar.sends)

    with refused("TokensShort", token, AMOUNT, AMOUNT * 99 // 100):
        rail.contract.fundPayout.call(FIRST, token, AMOUNT, rail.payee.sends)


def test_fund_payout__token_shrinks_in_the_transfer__refuses(rail):
    token = RebasingToken.deploy({"from": accounts[0]})
    token.mint(rail.payee, PURSE, rail.payee.sends)
    token.mint(rail.contract, 3 * AMOUNT, rail.payee.sends)
    token.approve(rail.contract, PURSE, rail.payee.sends)
    rail.contract.acceptToken(FIRST, token, True, rail.registrar.sends)

    token.rebaseInTransfer(PAR // 2, rail.payee.sends)
    with refused("TokensShort", token, AMOUNT, 0):
        rail.contract.fundPayout.call(FIRST, token, AMOUNT, rail.payee.sends)


# Receipt


def test_confirm_payout__right_receipt__tokens_go_to_the_institutions_account(rail, waiting):
    message = rail.receipt(waiting)
    before = rail.token.balanceOf(rail.vault)

    tx = rail.confirm(message)

    assert rail.token.balanceOf(rail.vault) == before + AMOUNT
    assert rail.held() == (0, 0)
    assert rail.state(waiting) == CONFIRMED
    assert rail.contract.isReferenceUsed(FIRST, message["referenceHash"])
    names = ("instructionId", "institution", "amount", "rate", "late")
    event = tx.events["PayoutConfirmed"]
    assert fields(event, *names) == (waiting, FIRST, AMOUNT, 920_000, False)
    assert (bytes(event["currency"]), bytes(event["referenceHash"])) == (b"EUR", message["referenceHash"])
    assert bytes(event["signature"]) == rail.signed("PayoutReceipt", message, rail.bank)


def test_confirm_payout__last_second__is_not_late(rail, waiting):
    next_block_at(rail.due(waiting))
    tx = rail.confirm(rail.receipt(waiting))

    assert tx.events["PayoutConfirmed"]["late"] is False


def test_confirm_payout__late_and_nobody_took_it__still_counts(rail, waiting):
    rail.free_by_time(waiting)

    tx = rail.confirm(rail.receipt(waiting))

    assert tx.events["PayoutConfirmed"]["late"] is True
    assert rail.state(waiting) == CONFIRMED


def test_confirm_payout__no_such_instruction__refuses(rail):
    with refused("PayoutNotInState", 9, 0):
        rail.confirm(rail.receipt(9))


def test_confirm_payout__twice__refuses(rail, waiting):
    rail.open()  # money of another payout is there to be stolen
    rail.confirm(rail.receipt(waiting))

    with refused("PayoutNotInState", waiting, CONFIRMED):
        rail.confirm(rail.receipt(waiting, referenceHash=keccak(text="another transfer")))
    assert rail.held() == (AMOUNT, AMOUNT)


@pytest.mark.parametrize("field", ["payee", "token", "amount"])
def test_confirm_payout__receipt_for_something_else__refuses(rail, waiting, house, field):
    other = {"payee": person("stranger").address, "token": house.quorum.address, "amount": AMOUNT + 1}

    with refused("ReceiptMismatch", waiting, rail.payee, rail.token, AMOUNT):
        rail.confirm(rail.receipt(waiting, **{field: other[field]}))


@pytest.mark.parametrize("currency", [b"eur", b"EU\0", b"EU1", b"@UR", b"E[R"])
def test_confirm_payout__no_currency__refuses(rail, waiting, currency):
    with refused("CurrencyInvalid", currency):
        rail.confirm(rail.receipt(waiting, currency=currency))


@pytest.mark.parametrize("currency", [b"AAA", b"ZZZ"])
def test_confirm_payout__first_and_last_letter__are_letters(rail, waiting, currency):
    rail.confirm(rail.receipt(waiting, currency=currency))

    assert rail.state(waiting) == CONFIRMED


def test_confirm_payout__no_rate_or_no_reference__refuses(rail, waiting):
    reference = rail.receipt(waiting)["referenceHash"]

    with refused("ReceiptIncomplete", 0, reference):
        rail.confirm(rail.receipt(waiting, rate=0))
    with refused("ReceiptIncomplete", 920_000, bytes(32)):
        rail.confirm(rail.receipt(waiting, referenceHash=bytes(32)))


def test_confirm_payout__one_transfer_for_two_payouts__refuses_the_second(rail, waiting):
    second = rail.open()
    reference = rail.receipt(waiting)["referenceHash"]
    rail.confirm(rail.receipt(waiting))

    with refused("ReferenceUsed", FIRST, reference):
        rail.confirm(rail.receipt(second, referenceHash=reference))


def test_confirm_payout__other_institutions_reference__is_its_own(rail, waiting):
    second = rail.open(institution=SECOND)
    rail.confirm(rail.receipt(waiting))

    rail.confirm(rail.receipt(second, referenceHash=rail.receipt(waiting)["referenceHash"]), by=rail.other_bank)

    assert rail.state(second) == CONFIRMED


@pytest.mark.parametrize("signer", ["other_bank", "vault", "payee", "registrar"])
def test_confirm_payout__signed_by_somebody_else__refuses(rail, waiting, signer):
    with refused("ReceiptSignatureInvalid", FIRST, rail.bank):
        rail.confirm(rail.receipt(waiting), by=getattr(rail, signer))


@pytest.mark.parametrize(
    "domain",
    [
        {"chainId": 1},
        {"verifyingContract": ELSEWHERE},
        {"name": "Other"},
        {"version": "2"},
    ],
)
def test_confirm_payout__signed_for_another_chain_or_contract__refuses(rail, waiting, domain):
    with refused("ReceiptSignatureInvalid", FIRST, rail.bank):
        rail.confirm(rail.receipt(waiting), **domain)


@pytest.mark.parametrize("changed", [{"rate": 1}, {"currency": b"USD"}, {"referenceHash": keccak(text="other")}])
def test_confirm_payout__word_changed_after_signing__refuses(rail, waiting, changed):
    message = rail.receipt(waiting)
    signature = rail.signed("PayoutReceipt", message, rail.bank)

    with refused("ReceiptSignatureInvalid", FIRST, rail.bank):
        rail.contract.confirmPayout.call(values("PayoutReceipt", {**message, **changed}), signature, rail.payee.sends)


def test_confirm_payout__signature_of_wrong_length__refuses(rail, waiting):
    with refused("ReceiptSignatureInvalid", FIRST, rail.bank):
        rail.contract.confirmPayout.call(values("PayoutReceipt", rail.receipt(waiting)), b"", rail.payee.sends)


def test_confirm_payout__contract_signs__asks_the_contract(rail, waiting):
    wallet = ContractWallet.deploy(person("signatory"), {"from": accounts[0]})
    rail.contract.rotateKeys(FIRST, wallet, rail.vault, rail.registrar.sends)

    with refused("ReceiptSignatureInvalid", FIRST, wallet):
        rail.confirm(rail.receipt(waiting), by=rail.bank)
    rail.confirm(rail.receipt(waiting), by=person("signatory"))

    assert rail.state(waiting) == CONFIRMED


def test_confirm_payout__account_blocked_by_the_token__changes_nothing_and_works_later(rail, waiting, blocking):
    blocking(rail.vault)

    with refused("AccountBlocked", rail.vault):
        rail.confirm(rail.receipt(waiting))
    assert rail.state(waiting) == WAITING
    assert not rail.contract.isReferenceUsed(FIRST, rail.receipt(waiting)["referenceHash"])
    blocking(rail.vault, False)
    rail.confirm(rail.receipt(waiting))

    assert rail.state(waiting) == CONFIRMED


def test_confirm_payout__token_answers_false__refuses(rail):
    token = SilentToken.deploy({"from": accounts[0]})
    token.mint(rail.contract, AMOUNT, rail.desk.sends)
    rail.contract.acceptToken(FIRST, token, True, rail.registrar.sends)
    rail.contract.openPayout(rail.order(token=token.address), rail.desk.sends)
    token.setRefused(rail.vault, True, rail.desk.sends)

    with refused("SafeERC20FailedOperation", token):
        rail.confirm(rail.receipt(1, token=token.address))


def test_confirm_payout__token_calls_back__cannot_enter_again(rail):
    token = CallingToken.deploy({"from": accounts[0]})
    token.mint(rail.contract, 2 * AMOUNT, rail.desk.sends)
    rail.contract.acceptToken(FIRST, token, True, rail.registrar.sends)
    for _ in range(2):
        rail.contract.openPayout(rail.order(token=token.address), rail.desk.sends)
    message = rail.receipt(2, token=token.address)
    signature = rail.signed("PayoutReceipt", message, rail.bank)
    inner = rail.contract.confirmPayout.encode_input(values("PayoutReceipt", message), signature)
    token.prepareCall(rail.contract, inner, rail.desk.sends)

    with refused("ReentrancyGuardReentrantCall"):
        rail.confirm(rail.receipt(1, token=token.address))


# Several at once


def test_multicall__two_receipts__are_confirmed_in_one_transaction(rail, waiting):
    second, before = rail.open(amount=2 * AMOUNT), rail.token.balanceOf(rail.vault)
    messages = [rail.receipt(waiting), rail.receipt(second, amount=2 * AMOUNT)]

    tx = rail.contract.multicall([confirmation(rail, message) for message in messages], rail.payee.sends)

    assert [event["instructionId"] for event in tx.events["PayoutConfirmed"]] == [waiting, second]
    assert rail.state(waiting) == rail.state(second) == CONFIRMED
    assert rail.token.balanceOf(rail.vault) == before + 3 * AMOUNT
    assert rail.held() == (0, 0)


def test_multicall__one_receipt_twice__refuses_both(rail, waiting):
    rail.open()  # money of another payout is there to be stolen
    call = confirmation(rail, rail.receipt(waiting))

    with refused("PayoutNotInState", waiting, CONFIRMED):
        rail.contract.multicall([call, call], rail.payee.sends)
    assert rail.state(waiting) == WAITING


def test_multicall__what_the_caller_may_not__refuses(rail, waiting):
    refusal = rail.contract.refusePayout.encode_input(waiting, 7)
    suspension = rail.contract.suspendInstitution.encode_input(FIRST)

    with refused("InstitutionRequired", waiting, rail.payee):
        rail.contract.multicall.call([refusal], rail.payee.sends)
    with refused("AccessManagedUnauthorized", rail.payee):
        rail.contract.multicall.call([suspension], rail.payee.sends)


def confirmation(rail, message):
    """The call that hands in this receipt, signed by the first institution."""
    signature = rail.signed("PayoutReceipt", message, rail.bank)
    return rail.contract.confirmPayout.encode_input(values("PayoutReceipt", message), signature)


# Refusal


@pytest.mark.parametrize("who", ["bank", "vault"])
def test_refuse_payout__institution__frees_the_payee_at_once(rail, waiting, who):
    tx = rail.contract.refusePayout(waiting, 17, getattr(rail, who).sends)

    assert fields(tx.events["PayoutRefused"], "instructionId", "institution", "reasonCode") == (waiting, FIRST, 17)
    assert rail.state(waiting) == REFUSED
    rail.contract.takePayout(waiting, rail.payee, rail.payee.sends)
    assert rail.token.balanceOf(rail.payee) == PURSE + AMOUNT


def test_refuse_payout__then_a_receipt__refuses_the_receipt(rail, waiting):
    rail.contract.refusePayout(waiting, 17, rail.bank.sends)

    with refused("PayoutNotInState", waiting, REFUSED):
        rail.confirm(rail.receipt(waiting))


@pytest.mark.parametrize("who", ["other_bank", "other_vault", "payee", "desk", "registrar"])
def test_refuse_payout__anybody_else__refuses(rail, waiting, who):
    with refused("InstitutionRequired", waiting, getattr(rail, who)):
        rail.contract.refusePayout.call(waiting, 17, getattr(rail, who).sends)


def test_refuse_payout__without_reason__refuses(rail, waiting):
    with refused("RefusalReasonMissing", waiting):
        rail.contract.refusePayout.call(waiting, 0, rail.bank.sends)


def test_refuse_payout__no_longer_waiting__refuses(rail, waiting):
    rail.confirm(rail.receipt(waiting))

    with refused("PayoutNotInState", waiting, CONFIRMED):
        rail.contract.refusePayout.call(waiting, 17, rail.bank.sends)
    with refused("PayoutNotInState", 9, 0):
        rail.contract.refusePayout.call(9, 17, rail.bank.sends)


# Views


def test_instructions_from__pages__neither_skip_nor_overrun(rail):
    for amount in (TUSD, 2 * TUSD, 3 * TUSD):
        rail.open(amount=amount)

    def amounts(start, limit):
        return [instruction[1] // TUSD for instruction in plain(rail.contract.instructionsFrom(start, limit))]

    assert amounts(0, 10) == amounts(1, 3) == [1, 2, 3]
    assert amounts(1, 2) == [1, 2]
    assert amounts(3, 1) == [3]
    assert amounts(4, 9) == []
    assert amounts(2**256 - 1, 2**256 - 1) == []


def test_instruction_at__none_there__is_empty(rail):
    assert plain(rail.contract.instructionAt(1)) == (ZERO_ADDRESS, 0, 0, ZERO_ADDRESS, 0, 0, 0)
