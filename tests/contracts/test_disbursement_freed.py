"""Disbursement: a payout whose institution refused or stayed silent is the payee's to take or to send elsewhere."""

import pytest
from answers import fields, plain
from brownie import ZERO_ADDRESS, ContractWallet, accounts
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
    REROUTED,
    SECOND,
    TAKEN,
    WAITING,
)
from parties import person
from refusals import refused

NOBODY = 3
UNTIL = 2**40 - 1


@pytest.fixture
def freed(rail, waiting):
    """A payout of 400 TUSD the institution has refused."""
    rail.contract.refusePayout(waiting, 17, rail.bank.sends)
    return waiting


@pytest.fixture
def purse(rail):
    """An address with nothing in it."""
    return person("cold wallet")


def take_order(rail, instruction, to, by=None, until=UNTIL, **domain):
    message = {"instructionId": instruction, "to": str(to), "deadline": until}
    return rail.signed("TakeOrder", message, by or rail.payee, **domain)


def reroute_order(rail, instruction, institution, by=None, until=UNTIL, **domain):
    message = {"instructionId": instruction, "institution": institution, "deadline": until}
    return rail.signed("RerouteOrder", message, by or rail.payee, **domain)


# Taking


def test_take_payout__time_is_over__pays_where_the_payee_says(rail, waiting, purse):
    rail.free_by_time(waiting)

    tx = rail.contract.takePayout(waiting, purse, rail.payee.sends)

    assert rail.token.balanceOf(purse) == AMOUNT
    assert rail.held() == (0, 0)
    assert rail.state(waiting) == TAKEN
    assert fields(tx.events["PayoutTaken"], "instructionId", "payee", "to", "amount") == (
        waiting,
        rail.payee.address,
        purse.address,
        AMOUNT,
    )
    assert "OrderUsed" not in tx.events


def test_take_payout__last_second_of_the_institution__refuses(rail, waiting, purse):
    due = rail.due(waiting)
    next_block_at(due)

    with refused("PayoutNotFree", waiting, due):
        rail.contract.takePayout(waiting, purse, rail.payee.sends)


def test_take_payout__a_hundred_years_later__nothing_has_expired(rail, waiting, purse):
    next_block_at(now() + 100 * 365 * 86_400)

    rail.contract.takePayout(waiting, purse, rail.payee.sends)

    assert rail.token.balanceOf(purse) == AMOUNT


@pytest.mark.parametrize("who", ["bank", "vault", "desk", "registrar", "product"])
def test_take_payout__not_the_payee__refuses(rail, freed, who):
    other = getattr(rail, who)

    with refused("PayeeRequired", freed, other):
        rail.contract.takePayout.call(freed, other, other.sends)


def test_take_payout__nowhere__refuses(rail, freed):
    for address in (ZERO_ADDRESS, rail.contract.address):
        with refused("RecipientInvalid", address):
            rail.contract.takePayout.call(freed, address, rail.payee.sends)


def test_take_payout__twice__refuses(rail, freed, purse):
    rail.open()  # money of another payout is there to be stolen
    rail.contract.takePayout(freed, purse, rail.payee.sends)

    with refused("PayoutNotInState", freed, TAKEN):
        rail.contract.takePayout(freed, purse, rail.payee.sends)
    assert rail.held() == (AMOUNT, AMOUNT)


def test_take_payout__confirmed_or_unknown__refuses(rail, waiting, purse):
    rail.confirm(rail.receipt(waiting))

    with refused("PayoutNotInState", waiting, CONFIRMED):
        rail.contract.takePayout.call(waiting, purse, rail.payee.sends)
    with refused("PayoutNotInState", 9, 0):
        rail.contract.takePayout.call(9, purse, rail.payee.sends)


def test_take_payout__payee_blocked_by_the_token__takes_it_to_another_address(rail, freed, purse, blocking):
    blocking(rail.payee)

    with refused("AccountBlocked", rail.payee):
        rail.contract.takePayout(freed, rail.payee, rail.payee.sends)
    assert rail.held() == (AMOUNT, AMOUNT)
    rail.contract.takePayout(freed, purse, rail.payee.sends)

    assert rail.token.balanceOf(purse) == AMOUNT


def test_take_payout__whole_contract_blocked_by_the_token__waits_unharmed(rail, freed, purse, blocking):
    blocking(rail.contract)
    with refused("AccountBlocked", rail.contract):
        rail.contract.takePayout(freed, purse, rail.payee.sends)
    blocking(rail.contract, False)

    rail.contract.takePayout(freed, purse, rail.payee.sends)

    assert rail.token.balanceOf(purse) == AMOUNT


# Taking by signature


def test_take_payout_for__payee_signed__anyone_hands_it_in(rail, freed, purse):
    signature = take_order(rail, freed, purse)

    tx = rail.contract.takePayoutFor(freed, purse, UNTIL, signature, person("relayer").sends)

    assert rail.token.balanceOf(purse) == AMOUNT
    assert rail.state(freed) == TAKEN
    assert fields(tx.events["OrderUsed"], "instructionId", "deadline") == (freed, UNTIL)
    assert bytes(tx.events["OrderUsed"]["signature"]) == signature


def test_take_payout_for__last_second__is_good_and_the_next_is_not(rail, freed, purse):
    until = now() + 100
    signature = take_order(rail, freed, purse, until=until)

    next_block_at(until + 1)
    with refused("OrderExpired", freed, until):
        rail.contract.takePayoutFor(freed, purse, until, signature, person("relayer").sends)


def test_take_payout_for__at_the_deadline__is_good(rail, freed, purse):
    until = now() + 100
    signature = take_order(rail, freed, purse, until=until)

    next_block_at(until)
    rail.contract.takePayoutFor(freed, purse, until, signature, person("relayer").sends)

    assert rail.state(freed) == TAKEN


def test_take_payout_for__not_free_yet__refuses(rail, waiting, purse):
    with refused("PayoutNotFree", waiting, rail.due(waiting)):
        signature = take_order(rail, waiting, purse)
        rail.contract.takePayoutFor.call(waiting, purse, UNTIL, signature, rail.payee.sends)


def test_take_payout_for__nowhere__refuses(rail, freed):
    signature = take_order(rail, freed, ZERO_ADDRESS)

    with refused("RecipientInvalid", ZERO_ADDRESS):
        rail.contract.takePayoutFor.call(freed, ZERO_ADDRESS, UNTIL, signature, rail.payee.sends)


def test_take_payout_for__twice__refuses(rail, freed, purse):
    signature = take_order(rail, freed, purse)
    rail.contract.takePayoutFor(freed, purse, UNTIL, signature, rail.payee.sends)

    with refused("PayoutNotInState", freed, TAKEN):
        rail.contract.takePayoutFor.call(freed, purse, UNTIL, signature, rail.payee.sends)


def test_take_payout_for__not_what_was_signed__refuses(rail, freed, purse):
    signature = take_order(rail, freed, purse)
    take = rail.contract.takePayoutFor.call
    second = rail.open()
    rail.contract.refusePayout(second, 17, rail.bank.sends)

    for arguments in ((freed, rail.vault, UNTIL), (freed, purse, UNTIL - 1), (second, purse, UNTIL)):
        with refused("OrderSignatureInvalid", arguments[0], rail.payee):
            take(*arguments, signature, rail.vault.sends)


@pytest.mark.parametrize("domain", [{"chainId": 1}, {"verifyingContract": ELSEWHERE}])
def test_take_payout_for__signed_for_another_chain_or_contract__refuses(rail, freed, purse, domain):
    signature = take_order(rail, freed, purse, **domain)

    with refused("OrderSignatureInvalid", freed, rail.payee):
        rail.contract.takePayoutFor.call(freed, purse, UNTIL, signature, rail.vault.sends)


def test_take_payout_for__institution_signs__refuses(rail, freed, purse):
    signature = take_order(rail, freed, purse, by=rail.bank)

    with refused("OrderSignatureInvalid", freed, rail.payee):
        rail.contract.takePayoutFor.call(freed, purse, UNTIL, signature, rail.bank.sends)


def test_take_payout_for__payee_is_a_contract__its_owner_signs_for_it(rail, purse):
    wallet = ContractWallet.deploy(person("wallet owner"), {"from": accounts[0]})
    instruction = rail.open(payee=wallet.address)
    rail.contract.refusePayout(instruction, 17, rail.bank.sends)

    with refused("OrderSignatureInvalid", instruction, wallet):
        signature = take_order(rail, instruction, purse)
        rail.contract.takePayoutFor(instruction, purse, UNTIL, signature, rail.payee.sends)
    signature = take_order(rail, instruction, purse, by=person("wallet owner"))
    rail.contract.takePayoutFor(instruction, purse, UNTIL, signature, rail.payee.sends)

    assert rail.token.balanceOf(purse) == AMOUNT


# Another institution


def test_reroute_payout__refused__goes_on_as_a_new_instruction(rail, freed):
    tx = rail.contract.reroutePayout(freed, SECOND, rail.payee.sends)

    successor, due = freed + 1, now() + RECEIPT_SECONDS
    assert tx.return_value == successor == rail.contract.instructionCount()
    assert rail.state(freed) == REROUTED
    assert plain(rail.contract.instructionAt(successor)) == (
        rail.payee.address,
        AMOUNT,
        SECOND,
        rail.token.address,
        due,
        WAITING,
        CLAIM,
    )
    assert rail.held() == (AMOUNT, AMOUNT)
    rerouted = fields(tx.events["PayoutRerouted"], "instructionId", "successor", "institution")
    assert rerouted == (freed, successor, SECOND)
    assert fields(tx.events["PayoutOpened"], "instructionId", "claimId") == (successor, CLAIM)


def test_reroute_payout__new_institution_pays__gets_the_token(rail, freed):
    rail.contract.reroutePayout(freed, SECOND, rail.payee.sends)
    before = rail.token.balanceOf(rail.other_vault)

    rail.confirm(rail.receipt(freed + 1), by=rail.other_bank)

    assert rail.token.balanceOf(rail.other_vault) == before + AMOUNT
    assert rail.held() == (0, 0)


def test_reroute_payout__silent_until_now__is_free_after_the_time_not_before(rail, waiting):
    with refused("PayoutNotFree", waiting, rail.due(waiting)):
        rail.contract.reroutePayout.call(waiting, SECOND, rail.payee.sends)

    rail.free_by_time(waiting)
    rail.contract.reroutePayout(waiting, FIRST, rail.payee.sends)

    assert rail.state(waiting) == REROUTED
    assert rail.state(waiting + 1) == WAITING


def test_reroute_payout__not_the_payee__refuses(rail, freed):
    with refused("PayeeRequired", freed, rail.other_bank):
        rail.contract.reroutePayout.call(freed, SECOND, rail.other_bank.sends)


def test_reroute_payout__no_longer_undecided__refuses(rail, freed):
    rail.contract.reroutePayout(freed, SECOND, rail.payee.sends)

    with refused("PayoutNotInState", freed, REROUTED):
        rail.contract.reroutePayout.call(freed, FIRST, rail.payee.sends)
    with refused("PayoutNotInState", freed, REROUTED):
        rail.contract.takePayout.call(freed, rail.payee, rail.payee.sends)


def test_reroute_payout__institution_that_cannot__refuses_and_stays_free(rail, freed):
    reroute = rail.contract.reroutePayout.call

    with refused("InstitutionUnknown", NOBODY):
        reroute(freed, NOBODY, rail.payee.sends)
    rail.contract.changeLimits(SECOND, AMOUNT - 1, PER_DAY, RECEIPT_SECONDS, rail.registrar.sends)
    with refused("PayoutLimitExceeded", SECOND, AMOUNT, AMOUNT - 1):
        reroute(freed, SECOND, rail.payee.sends)
    rail.contract.acceptToken(SECOND, rail.token, False, rail.registrar.sends)
    with refused("TokenNotAccepted", SECOND, rail.token):
        reroute(freed, SECOND, rail.payee.sends)
    rail.contract.suspendInstitution(SECOND, rail.registrar.sends)
    with refused("InstitutionIsSuspended", SECOND):
        reroute(freed, SECOND, rail.payee.sends)
    rail.contract.takePayout(freed, rail.payee, rail.payee.sends)

    assert rail.token.balanceOf(rail.payee) == PURSE + AMOUNT


def test_reroute_payout__other_institutions_day_is_full__refuses(rail, freed):
    for amount in (PER_PAYOUT, PER_PAYOUT, PER_DAY - 2 * PER_PAYOUT):
        rail.open(institution=SECOND, amount=amount)

    with refused("DayLimitExceeded", SECOND, PER_DAY + AMOUNT, PER_DAY):
        rail.contract.reroutePayout.call(freed, SECOND, rail.payee.sends)


def test_reroute_payout__payees_own_tokens__count_as_such_at_the_other_institution(rail):
    rail.token.approve(rail.contract, PURSE, rail.payee.sends)
    rail.contract.fundPayout(FIRST, rail.token, PER_PAYOUT, rail.payee.sends)
    rail.contract.refusePayout(1, 17, rail.bank.sends)
    rail.contract.fundPayout(SECOND, rail.token, PER_DAY // 2 - PER_PAYOUT + 1, rail.payee.sends)

    with refused("DayLimitExceeded", SECOND, PER_DAY // 2 + 1, PER_DAY // 2):
        rail.contract.reroutePayout.call(1, SECOND, rail.payee.sends)


# Another institution, by signature


def test_reroute_payout_for__payee_signed__anyone_hands_it_in(rail, freed):
    signature = reroute_order(rail, freed, SECOND)

    tx = rail.contract.reroutePayoutFor(freed, SECOND, UNTIL, signature, person("relayer").sends)

    assert tx.return_value == freed + 1
    assert rail.state(freed) == REROUTED
    assert plain(rail.contract.instructionAt(freed + 1))[2] == SECOND
    assert bytes(tx.events["OrderUsed"]["signature"]) == signature


def test_reroute_payout_for__expired__refuses(rail, freed):
    until = now() - 1

    with refused("OrderExpired", freed, until):
        signature = reroute_order(rail, freed, SECOND, until=until)
        rail.contract.reroutePayoutFor.call(freed, SECOND, until, signature, rail.payee.sends)


def test_reroute_payout_for__not_what_was_signed__refuses(rail, freed):
    signature = reroute_order(rail, freed, SECOND)

    for arguments in ((FIRST, UNTIL), (SECOND, UNTIL - 1)):
        with refused("OrderSignatureInvalid", freed, rail.payee):
            rail.contract.reroutePayoutFor.call(freed, *arguments, signature, rail.bank.sends)


def test_reroute_payout_for__order_to_take__is_no_order_to_reroute(rail, freed):
    signature = take_order(rail, freed, f"0x{SECOND:040x}")

    with refused("OrderSignatureInvalid", freed, rail.payee):
        rail.contract.reroutePayoutFor.call(freed, SECOND, UNTIL, signature, rail.bank.sends)


def test_reroute_payout_for__not_free_yet__refuses(rail, waiting):
    with refused("PayoutNotFree", waiting, rail.due(waiting)):
        signature = reroute_order(rail, waiting, SECOND)
        rail.contract.reroutePayoutFor.call(waiting, SECOND, UNTIL, signature, rail.payee.sends)


def test_reroute_payout_for__again_after_it_was_refused_there__needs_a_new_order(rail, freed):
    signature = reroute_order(rail, freed, SECOND)
    rail.contract.reroutePayoutFor(freed, SECOND, UNTIL, signature, rail.payee.sends)
    rail.contract.refusePayout(freed + 1, 17, rail.other_bank.sends)

    with refused("PayoutNotInState", freed, REROUTED):
        rail.contract.reroutePayoutFor.call(freed, SECOND, UNTIL, signature, rail.payee.sends)
    with refused("OrderSignatureInvalid", freed + 1, rail.payee):
        rail.contract.reroutePayoutFor.call(freed + 1, SECOND, UNTIL, signature, rail.payee.sends)
