"""Disbursement: who admits, limits, suspends and rekeys institutions, and what an institution takes on in a day."""

import pytest
from answers import fields, plain
from brownie import ZERO_ADDRESS
from chain_clock import DAY, HOUR, next_block_at, now, travel_to
from disbursing import (
    AMOUNT,
    CONFIRMED,
    FIRST,
    PER_DAY,
    PER_PAYOUT,
    RECEIPT_SECONDS,
    SECOND,
    registrar_functions,
)
from market import TUSD
from parties import person
from refusals import refused

NOBODY = 3  # no institution has this number
LEAST, MOST = HOUR, 14 * DAY


def kept(rail, number=FIRST):
    """An institution: signer, per payout, seconds, account, per day, suspended."""
    return plain(rail.contract.institutionAt(number))


# Admission


def test_register_institution__registrar__numbers_it_and_keeps_its_terms(rail):
    newcomer = (person("newcomer").address, person("newcomer vault").address)

    tx = rail.contract.registerInstitution((*newcomer, 5, 7, HOUR), rail.registrar.sends)

    assert tx.return_value == rail.contract.institutionCount() == 3
    assert kept(rail, 3) == (newcomer[0], 5, HOUR, newcomer[1], 7, False)
    names = ("institution", "signer", "account", "perPayoutLimit", "perDayLimit", "receiptSeconds")
    assert fields(tx.events["InstitutionRegistered"], *names) == (3, *newcomer, 5, 7, HOUR)


@pytest.mark.parametrize("missing", ["signer", "account"])
def test_register_institution__key_missing__refuses(rail, missing):
    terms = rail.terms(**{missing: ZERO_ADDRESS})

    with refused("InstitutionKeysInvalid", *terms[:2]):
        rail.contract.registerInstitution.call(terms, rail.registrar.sends)


def test_register_institution__account_is_the_contract_itself__refuses(rail):
    terms = rail.terms(account=rail.contract.address)

    with refused("InstitutionKeysInvalid", rail.bank, rail.contract):
        rail.contract.registerInstitution.call(terms, rail.registrar.sends)


@pytest.mark.parametrize(("per_payout", "per_day"), [(0, 5), (6, 5)])
def test_register_institution__limits_out_of_order__refuses(rail, per_payout, per_day):
    with refused("InstitutionLimitsInvalid", per_payout, per_day):
        terms = rail.terms(perPayoutLimit=per_payout, perDayLimit=per_day)
        rail.contract.registerInstitution.call(terms, rail.registrar.sends)


@pytest.mark.parametrize("seconds", [0, LEAST - 1, MOST + 1])
def test_register_institution__receipt_time_out_of_range__refuses(rail, seconds):
    with refused("ReceiptSecondsInvalid", seconds, LEAST, MOST):
        rail.contract.registerInstitution.call(rail.terms(receiptSeconds=seconds), rail.registrar.sends)


@pytest.mark.parametrize("seconds", [LEAST, MOST])
def test_register_institution__receipt_time_at_a_bound__is_admitted(rail, seconds):
    rail.contract.registerInstitution(rail.terms(receiptSeconds=seconds), rail.registrar.sends)

    assert kept(rail, 3)[2] == seconds


def test_governing__anybody_else__refuses(rail):
    arguments = {
        "registerInstitution": (rail.terms(),),
        "rotateKeys": (FIRST, rail.bank, rail.vault),
        "changeLimits": (FIRST, 1, 1, HOUR),
        "acceptToken": (FIRST, rail.token, False),
        "suspendInstitution": (FIRST,),
        "resumeInstitution": (FIRST,),
    }
    outsiders = (rail.bank, rail.vault, rail.desk, person("stranger"))

    for function in registrar_functions(rail.contract):
        for outsider in outsiders:
            with refused("AccessManagedUnauthorized", outsider):
                function.call(*arguments[function._name.split(".")[-1]], outsider.sends)


@pytest.mark.parametrize(
    "name", ["rotateKeys", "changeLimits", "acceptToken", "suspendInstitution", "resumeInstitution"]
)
def test_governing__unknown_institution__refuses(rail, name):
    arguments = {
        "rotateKeys": (rail.bank, rail.vault),
        "changeLimits": (1, 1, HOUR),
        "acceptToken": (rail.token, True),
    }.get(name, ())

    with refused("InstitutionUnknown", NOBODY):
        getattr(rail.contract, name).call(NOBODY, *arguments, rail.registrar.sends)


# Keys


def test_rotate_keys__payout_on_the_way__only_the_new_signer_and_account_count(rail, waiting):
    new_bank, new_vault = person("new bank"), person("new vault")

    tx = rail.contract.rotateKeys(FIRST, new_bank, new_vault, rail.registrar.sends)

    assert fields(tx.events["InstitutionKeysRotated"], "institution", "signer", "account") == (
        FIRST,
        new_bank.address,
        new_vault.address,
    )
    with refused("ReceiptSignatureInvalid", FIRST, new_bank):
        rail.confirm(rail.receipt(waiting))
    rail.confirm(rail.receipt(waiting), by=new_bank)
    assert rail.token.balanceOf(new_vault) == AMOUNT
    assert rail.state(waiting) == CONFIRMED


@pytest.mark.parametrize("missing", [0, 1])
def test_rotate_keys__key_missing__refuses(rail, missing):
    keys = [rail.bank.address, rail.vault.address]
    keys[missing] = ZERO_ADDRESS

    with refused("InstitutionKeysInvalid", *keys):
        rail.contract.rotateKeys.call(FIRST, *keys, rail.registrar.sends)


# Limits


def test_change_limits__registrar__new_limits_count_and_running_deadlines_stay(rail, waiting):
    due = rail.due(waiting)

    tx = rail.contract.changeLimits(FIRST, 7, 9, HOUR, rail.registrar.sends)

    assert kept(rail)[1:3] == (7, HOUR)
    assert kept(rail)[4] == 9
    assert rail.due(waiting) == due
    assert fields(
        tx.events["InstitutionLimitsChanged"], "institution", "perPayoutLimit", "perDayLimit", "receiptSeconds"
    ) == (FIRST, 7, 9, HOUR)


def test_change_limits__out_of_range__refuses(rail):
    change = rail.contract.changeLimits.call

    with refused("InstitutionLimitsInvalid", 0, 9):
        change(FIRST, 0, 9, HOUR, rail.registrar.sends)
    with refused("InstitutionLimitsInvalid", 10, 9):
        change(FIRST, 10, 9, HOUR, rail.registrar.sends)
    with refused("ReceiptSecondsInvalid", MOST + 1, LEAST, MOST):
        change(FIRST, 9, 9, MOST + 1, rail.registrar.sends)


# Tokens


def test_accept_token__withdrawn__nothing_new_comes_in_but_what_waits_is_paid(rail, waiting):
    tx = rail.contract.acceptToken(FIRST, rail.token, False, rail.registrar.sends)

    assert fields(tx.events["InstitutionTokenChanged"], "institution", "token", "accepted") == (
        FIRST,
        rail.token.address,
        False,
    )
    assert not rail.contract.isTokenAccepted(FIRST, rail.token)
    assert rail.contract.isTokenAccepted(SECOND, rail.token)
    with refused("TokenNotAccepted", FIRST, rail.token):
        rail.contract.openPayout.call(rail.order(), rail.desk.sends)
    rail.confirm(rail.receipt(waiting))
    assert rail.state(waiting) == CONFIRMED


def test_accept_token__no_contract_there__refuses(rail):
    with refused("InstitutionTokenInvalid", person("nobody")):
        rail.contract.acceptToken.call(FIRST, person("nobody"), True, rail.registrar.sends)


# Suspension


def test_suspend_institution__payout_waits__nothing_of_the_institution_counts(rail, waiting):
    tx = rail.contract.suspendInstitution(FIRST, rail.registrar.sends)

    assert tx.events["InstitutionSuspended"]["institution"] == FIRST
    assert kept(rail)[5] is True
    with refused("InstitutionIsSuspended", FIRST):
        rail.confirm(rail.receipt(waiting))
    with refused("InstitutionIsSuspended", FIRST):
        rail.contract.refusePayout.call(waiting, 1, rail.bank.sends)
    with refused("InstitutionIsSuspended", FIRST):
        rail.contract.openPayout.call(rail.order(), rail.desk.sends)
    with refused("InstitutionIsSuspended", FIRST):
        rail.contract.fundPayout.call(FIRST, rail.token, 1, rail.payee.sends)
    with refused("InstitutionIsSuspended", FIRST):
        rail.collect(rail.collection())


def test_suspend_institution__payout_waits__payee_is_free_after_the_time_not_before(rail, waiting):
    rail.contract.suspendInstitution(FIRST, rail.registrar.sends)

    with refused("PayoutNotFree", waiting, rail.due(waiting)):
        rail.contract.takePayout.call(waiting, rail.payee, rail.payee.sends)

    rail.free_by_time(waiting)
    rail.contract.takePayout(waiting, person("cold wallet"), rail.payee.sends)
    assert rail.token.balanceOf(person("cold wallet")) == AMOUNT


def test_suspend_institution__twice__refuses(rail):
    rail.contract.suspendInstitution(FIRST, rail.registrar.sends)

    with refused("InstitutionIsSuspended", FIRST):
        rail.contract.suspendInstitution.call(FIRST, rail.registrar.sends)


def test_resume_institution__suspended__its_receipts_count_again(rail, waiting):
    rail.contract.suspendInstitution(FIRST, rail.registrar.sends)

    tx = rail.contract.resumeInstitution(FIRST, rail.registrar.sends)

    assert tx.events["InstitutionResumed"]["institution"] == FIRST
    rail.confirm(rail.receipt(waiting))
    assert rail.state(waiting) == CONFIRMED


def test_resume_institution__not_suspended__refuses(rail):
    with refused("InstitutionNotSuspended", FIRST):
        rail.contract.resumeInstitution.call(FIRST, rail.registrar.sends)


# What it takes


def test_accepts__within_limits__says_yes_and_the_payout_is_taken(rail):
    assert rail.contract.accepts(FIRST, rail.token, PER_PAYOUT)

    rail.open(amount=PER_PAYOUT)
    assert rail.contract.accepts(FIRST, rail.token, PER_PAYOUT)


def test_accepts__anything_that_would_be_refused__says_no(rail, house):
    accepts = rail.contract.accepts

    assert not accepts(FIRST, rail.token, 0)
    assert not accepts(FIRST, rail.token, PER_PAYOUT + 1)
    assert not accepts(NOBODY, rail.token, 1)
    assert not accepts(FIRST, house.quorum, 1)
    rail.open(amount=PER_PAYOUT)
    rail.open(amount=PER_PAYOUT)
    assert accepts(FIRST, rail.token, PER_DAY - 2 * PER_PAYOUT)
    assert not accepts(FIRST, rail.token, PER_DAY - 2 * PER_PAYOUT + 1)
    assert accepts(SECOND, rail.token, PER_PAYOUT)
    rail.contract.suspendInstitution(SECOND, rail.registrar.sends)
    assert not accepts(SECOND, rail.token, 1)


def test_use_today__payouts_and_premiums__are_counted_apart_and_forgotten_at_midnight(rail):
    rail.open(amount=10)
    rail.token.approve(rail.contract, 3, rail.payee.sends)
    rail.contract.fundPayout(FIRST, rail.token, 3, rail.payee.sends)
    rail.collect(rail.collection(amount=7))
    today = now() // DAY

    assert plain(rail.contract.useToday(FIRST)) == (today, 13, 3, 7)
    assert plain(rail.contract.useToday(SECOND)) == (today, 0, 0, 0)
    travel_to((today + 1) * DAY)
    assert plain(rail.contract.useToday(FIRST)) == (today + 1, 0, 0, 0)


def test_open_payout__day_used_up__refuses_until_midnight_to_the_second(rail):
    for amount in (PER_PAYOUT, PER_PAYOUT, PER_DAY - 2 * PER_PAYOUT):
        rail.open(amount=amount)
    midnight = (now() // DAY + 1) * DAY
    rail.token.transfer(rail.contract, TUSD, rail.desk.sends)

    next_block_at(midnight - 1)
    with refused("DayLimitExceeded", FIRST, PER_DAY + 1, PER_DAY):
        rail.contract.openPayout(rail.order(amount=1), rail.desk.sends)
    next_block_at(midnight)
    rail.contract.openPayout(rail.order(amount=1), rail.desk.sends)

    assert plain(rail.contract.useToday(FIRST))[1:] == (1, 0, 0)


# Views


def test_institutions_from__pages__neither_skip_nor_overrun(rail):
    both = (kept(rail, FIRST), kept(rail, SECOND))

    assert plain(rail.contract.institutionsFrom(0, 10)) == both
    assert plain(rail.contract.institutionsFrom(1, 1)) == both[:1]
    assert plain(rail.contract.institutionsFrom(2, 5)) == both[1:]
    assert plain(rail.contract.institutionsFrom(3, 5)) == ()
    assert plain(rail.contract.institutionsFrom(2**32 - 1, 2**32 - 1)) == ()


def test_institution_at__as_registered__shows_the_terms(rail):
    signer, account = rail.bank.address, rail.vault.address

    assert kept(rail) == (signer, PER_PAYOUT, RECEIPT_SECONDS, account, PER_DAY, False)


def test_institution_at__unknown__refuses(rail):
    with refused("InstitutionUnknown", NOBODY):
        rail.contract.institutionAt(NOBODY)
