"""Payouts through institutions: every state, every refusal, and no token on both legs."""

from collections.abc import Callable
from contextlib import suppress
from itertools import product as pairs
from operator import itemgetter

import pytest

from domain.disbursement import Disbursement
from domain.errors import StepRefused
from domain.hashing import ZERO_ADDRESS
from domain.institutions import DAY_SECONDS
from domain.money import TokenUnits
from domain.payouts import TRANSITIONS, PayoutState, ordinary_money
from tests.domain.examples import EXAMPLES, rows
from tests.domain.rails import (
    AMOUNT,
    BANK,
    FIRST,
    NOBODY,
    NOON,
    OTHER_BANK,
    PAYEE,
    PER_DAY,
    PER_PAYOUT,
    PURSE,
    SECOND,
    SELF,
    TOKEN,
    VAULT,
    WAIT,
    balances,
    build_rail,
    make_terms,
    opened,
    order,
    receipt,
    refusal,
)


@pytest.fixture
def rail() -> Disbursement:
    return build_rail()


@pytest.fixture
def waiting(rail: Disbursement) -> int:
    return opened(rail)


# The two legs


def test_confirm_payout__receipt_in_time__the_institution_has_the_token(rail: Disbursement, waiting: int) -> None:
    rail.confirm_payout(receipt(waiting), BANK)

    assert rail.state(waiting) is PayoutState.CONFIRMED
    assert rail.tokens[TOKEN].balances[VAULT] == PURSE + AMOUNT
    assert balances(rail) == (0, 0)


def test_take_payout__silence__the_payee_is_free_after_the_time_not_in_its_last_second(
    rail: Disbursement, waiting: int
) -> None:
    with refusal("PayoutNotFree", waiting, NOON + WAIT):
        rail.take_payout(waiting, PAYEE, PAYEE, NOON + WAIT)

    rail.take_payout(waiting, PAYEE, "0xcold", NOON + WAIT + 1)

    assert rail.state(waiting) is PayoutState.TAKEN
    assert rail.tokens[TOKEN].balances["0xcold"] == AMOUNT


def test_take_payout__refused__at_once(rail: Disbursement, waiting: int) -> None:
    rail.refuse_payout(waiting, VAULT, 17)

    rail.take_payout(waiting, PAYEE, PAYEE, NOON)

    assert rail.tokens[TOKEN].balances[PAYEE] == PURSE + AMOUNT


@pytest.mark.parametrize("first", ["receipt", "payee"])
def test_both_legs__whoever_comes_second__is_refused(rail: Disbursement, waiting: int, first: str) -> None:
    opened(rail)
    legs = {
        "receipt": lambda: rail.confirm_payout(receipt(waiting), BANK),
        "payee": lambda: rail.take_payout(waiting, PAYEE, PAYEE, NOON + WAIT + 1),
    }
    legs[first]()
    (second,) = set(legs) - {first}

    with refusal("PayoutNotInState", waiting, int(rail.state(waiting))):
        legs[second]()
    assert balances(rail) == (AMOUNT, AMOUNT)


def test_reroute_payout__freed__goes_on_under_a_new_number(rail: Disbursement, waiting: int) -> None:
    rail.refuse_payout(waiting, BANK, 17)

    successor = rail.reroute_payout(waiting, PAYEE, SECOND, NOON + 9)

    assert (rail.state(waiting), rail.state(successor)) == (PayoutState.REROUTED, PayoutState.WAITING)
    assert rail.instructions[successor - 1].order == order(institution=SECOND)
    assert rail.instructions[successor - 1].receipt_due == NOON + 9 + WAIT
    with refusal("PayoutNotInState", waiting, int(PayoutState.REROUTED)):
        rail.confirm_payout(receipt(waiting), BANK)
    with refusal("ReceiptSignatureInvalid", SECOND, OTHER_BANK):
        rail.confirm_payout(receipt(successor), BANK)
    rail.confirm_payout(receipt(successor), OTHER_BANK)
    assert balances(rail) == (0, 0)


@pytest.mark.parametrize("number", rows("S31"))
def test_legs__worked_example__the_token_goes_once(rail: Disbursement, number: str) -> None:
    refused_at, receipt_at, payee_at, outcome = EXAMPLES[number]
    instruction = opened(rail)
    start = rail.instructions[instruction - 1].receipt_due - 100
    steps: dict[str, Callable[[int], object]] = {
        "refusal": lambda _at: rail.refuse_payout(instruction, BANK, 1),
        "receipt": lambda _at: rail.confirm_payout(receipt(instruction), BANK),
        "payee": lambda at: rail.take_payout(instruction, PAYEE, PAYEE, at),
    }
    wanted = zip((refused_at, receipt_at, payee_at), steps.values(), strict=True)
    for at, step in sorted(((int(at), step) for at, step in wanted if at != "–"), key=itemgetter(0)):
        with suppress(StepRefused):
            step(start + at)

    state = rail.state(instruction)
    ends = {PayoutState.CONFIRMED: "institution", PayoutState.TAKEN: "payee"}
    assert ends.get(state, "nobody yet") == outcome
    gained = (rail.tokens[TOKEN].balances[VAULT] - PURSE, rail.tokens[TOKEN].balances[PAYEE] - PURSE)
    assert gained == (AMOUNT if outcome == "institution" else 0, AMOUNT if outcome == "payee" else 0)


@pytest.mark.parametrize(
    ("amount", "rate", "millionths"),
    [
        (400_000_000, 920_000, 368_000_000),
        (1, 920_000, 0),
        (1_999_999, 1, 1),
        (2**64 - 1, 2**64 - 1, (2**64 - 1) ** 2 // 10**6),
    ],
)
def test_ordinary_money__rate__rounds_down(amount: int, rate: int, millionths: int) -> None:
    assert ordinary_money(TokenUnits(amount), rate) == millionths


# States


def test_transitions__from_any_state__lead_up_only_and_end() -> None:
    assert set(TRANSITIONS) == set(PayoutState)
    assert all(after > before for before, following in TRANSITIONS.items() for after in following)
    assert [state for state in PayoutState if not TRANSITIONS[state]] == [
        PayoutState.REROUTED,
        PayoutState.TAKEN,
        PayoutState.CONFIRMED,
    ]


def reached(rail: Disbursement, state: PayoutState) -> int:
    """A payout in this state; 9 is none."""
    if state is PayoutState.NONE:
        return 9
    number = opened(rail)
    if state is PayoutState.CONFIRMED:
        rail.confirm_payout(receipt(number), BANK)
    elif state is not PayoutState.WAITING:
        rail.refuse_payout(number, BANK, 1)
        if state is PayoutState.TAKEN:
            rail.take_payout(number, PAYEE, PAYEE, NOON)
        elif state is PayoutState.REROUTED:
            rail.reroute_payout(number, PAYEE, SECOND, NOON)
    assert rail.state(number) is state
    return number


STEPS = {
    PayoutState.CONFIRMED: lambda rail, number: rail.confirm_payout(receipt(number), BANK),
    PayoutState.REFUSED: lambda rail, number: rail.refuse_payout(number, BANK, 1),
    PayoutState.TAKEN: lambda rail, number: rail.take_payout(number, PAYEE, PAYEE, NOON + WAIT + 1),
    PayoutState.REROUTED: lambda rail, number: rail.reroute_payout(number, PAYEE, SECOND, NOON + WAIT + 1),
}


@pytest.mark.parametrize(("before", "after"), list(pairs(PayoutState, STEPS)))
def test_steps__every_state_to_every_other__follow_the_table(
    rail: Disbursement, before: PayoutState, after: PayoutState
) -> None:
    number = reached(rail, before)

    if after in TRANSITIONS[before]:
        STEPS[after](rail, number)
        assert rail.state(number) is after
    else:
        with refusal("PayoutNotInState", number, int(before)):
            STEPS[after](rail, number)
        assert rail.state(number) is before


# Refusals


def test_open_payout__each_thing_wrong__says_so(rail: Disbursement) -> None:
    with refusal("RecipientInvalid", ZERO_ADDRESS):
        rail.open_payout(order(payee=ZERO_ADDRESS), NOON)
    with refusal("RecipientInvalid", SELF):
        rail.open_payout(order(payee=SELF), NOON)
    with refusal("InstitutionUnknown", NOBODY):
        rail.open_payout(order(institution=NOBODY), NOON)
    with refusal("TokenNotAccepted", FIRST, "0xother"):
        rail.open_payout(order(token="0xother"), NOON)
    with refusal("AmountZero"):
        rail.open_payout(order(amount=0), NOON)
    with refusal("PayoutLimitExceeded", FIRST, PER_PAYOUT + 1, PER_PAYOUT):
        rail.open_payout(order(amount=PER_PAYOUT + 1), NOON)
    with refusal("PayoutUnfunded", TOKEN, AMOUNT, 0):
        rail.open_payout(order(), NOON)
    rail.book.suspend(FIRST)
    with refusal("InstitutionIsSuspended", FIRST):
        rail.open_payout(order(), NOON)


def test_open_payout__day_is_full__refused_until_midnight(rail: Disbursement) -> None:
    for amount in (1_000, 1_000, 500):
        opened(rail, amount=amount)
    midnight = NOON + DAY_SECONDS // 2

    with refusal("DayLimitExceeded", FIRST, PER_DAY + 1, PER_DAY):
        opened(rail, now=midnight - 1, amount=1)
    assert not rail.book.accepts(FIRST, TOKEN, TokenUnits(1), midnight - 1)
    assert rail.book.accepts(FIRST, TOKEN, PER_PAYOUT, midnight)


def test_fund_payout__half_of_the_day__is_all_there_is_for_payees_own_money(rail: Disbursement) -> None:
    rail.fund_payout(PAYEE, FIRST, TOKEN, PER_PAYOUT, NOON)

    with refusal("DayLimitExceeded", FIRST, 1_251, 1_250):
        rail.fund_payout(PAYEE, FIRST, TOKEN, TokenUnits(251), NOON)
    assert rail.book.accepts(FIRST, TOKEN, PER_PAYOUT, NOON)


def test_reroute_payout__payees_own_tokens__count_as_such_again(rail: Disbursement) -> None:
    number = rail.fund_payout(PAYEE, FIRST, TOKEN, PER_PAYOUT, NOON)
    rail.refuse_payout(number, BANK, 1)
    rail.fund_payout(PAYEE, SECOND, TOKEN, TokenUnits(251), NOON)

    with refusal("DayLimitExceeded", SECOND, 1_251, 1_250):
        rail.reroute_payout(number, PAYEE, SECOND, NOON)


def test_confirm_payout__each_thing_wrong__says_so(rail: Disbursement, waiting: int) -> None:
    for changed in ({"payee": "0xother"}, {"token": "0xother"}, {"amount": AMOUNT - 1}):
        with refusal("ReceiptMismatch", waiting, PAYEE, TOKEN, AMOUNT):
            rail.confirm_payout(receipt(waiting, **changed), BANK)
    for signer in (VAULT, OTHER_BANK, PAYEE):
        with refusal("ReceiptSignatureInvalid", FIRST, BANK):
            rail.confirm_payout(receipt(waiting), signer)
    for currency in (b"eur", b"EU", b"EU1", b"EURO"):
        with refusal("CurrencyInvalid", currency):
            rail.confirm_payout(receipt(waiting, currency=currency), BANK)
    with refusal("ReceiptIncomplete", 0, receipt(waiting).reference_hash):
        rail.confirm_payout(receipt(waiting, rate=0), BANK)
    with refusal("ReceiptIncomplete", 920_000, bytes(32)):
        rail.confirm_payout(receipt(waiting, reference_hash=bytes(32)), BANK)
    rail.book.suspend(FIRST)
    with refusal("InstitutionIsSuspended", FIRST):
        rail.confirm_payout(receipt(waiting), BANK)


def test_confirm_payout__one_transfer_for_two__refused(rail: Disbursement, waiting: int) -> None:
    again = opened(rail)
    rail.confirm_payout(receipt(waiting), BANK)

    with refusal("ReferenceUsed", FIRST, receipt(waiting).reference_hash):
        rail.confirm_payout(receipt(again, reference_hash=receipt(waiting).reference_hash), BANK)


def test_confirm_payout__account_blocked__changes_nothing(rail: Disbursement, waiting: int) -> None:
    rail.tokens[TOKEN].blocked.add(VAULT)

    with refusal("AccountBlocked", VAULT):
        rail.confirm_payout(receipt(waiting), BANK)
    rail.book.rotate_keys(FIRST, BANK, "0xnew-vault")
    rail.confirm_payout(receipt(waiting), BANK)

    assert rail.tokens[TOKEN].balances["0xnew-vault"] == AMOUNT


def test_refuse_payout__each_thing_wrong__says_so(rail: Disbursement, waiting: int) -> None:
    with refusal("InstitutionRequired", waiting, OTHER_BANK):
        rail.refuse_payout(waiting, OTHER_BANK, 1)
    with refusal("RefusalReasonMissing", waiting):
        rail.refuse_payout(waiting, BANK, 0)
    rail.book.suspend(FIRST)
    with refusal("InstitutionIsSuspended", FIRST):
        rail.refuse_payout(waiting, BANK, 1)


def test_take_payout__each_thing_wrong__says_so(rail: Disbursement, waiting: int) -> None:
    rail.refuse_payout(waiting, BANK, 1)

    with refusal("PayeeRequired", waiting, VAULT):
        rail.take_payout(waiting, VAULT, VAULT, NOON)
    for nowhere in (ZERO_ADDRESS, SELF):
        with refusal("RecipientInvalid", nowhere):
            rail.take_payout(waiting, PAYEE, nowhere, NOON)


# Institutions


def test_institutions__each_thing_wrong__says_so(rail: Disbursement) -> None:
    book = rail.book
    for signer, account in ((ZERO_ADDRESS, VAULT), (BANK, ZERO_ADDRESS), (BANK, SELF)):
        with refusal("InstitutionKeysInvalid", signer, account):
            book.register(make_terms(signer, account))
        with refusal("InstitutionKeysInvalid", signer, account):
            book.rotate_keys(FIRST, signer, account)
    for per_payout, per_day in ((0, 5), (6, 5)):
        with refusal("InstitutionLimitsInvalid", per_payout, per_day):
            book.change_limits(FIRST, TokenUnits(per_payout), TokenUnits(per_day), WAIT)
    for seconds in (3_599, 14 * DAY_SECONDS + 1):
        with refusal("ReceiptSecondsInvalid", seconds, 3_600, 14 * DAY_SECONDS):
            book.change_limits(FIRST, TokenUnits(1), TokenUnits(1), seconds)
    with refusal("InstitutionNotSuspended", FIRST):
        book.resume(FIRST)
    book.suspend(FIRST)
    with refusal("InstitutionIsSuspended", FIRST):
        book.suspend(FIRST)
    for number in (0, NOBODY):
        with refusal("InstitutionUnknown", number):
            book.resume(number)


def test_change_limits__running_payout__keeps_its_time(rail: Disbursement, waiting: int) -> None:
    rail.book.change_limits(FIRST, TokenUnits(1), TokenUnits(1), 3_600)

    assert rail.instructions[waiting - 1].receipt_due == NOON + WAIT
    assert rail.book.known(FIRST).terms.receipt_seconds == 3_600


def test_accept_token__withdrawn__nothing_new(rail: Disbursement) -> None:
    rail.book.accept_token(FIRST, TOKEN, accepted=False)

    with refusal("TokenNotAccepted", FIRST, TOKEN):
        opened(rail)
