"""ClaimsDesk.decide in instalments, payInstalment and close: what is granted comes when due; nothing is left."""

import pytest
from answers import plain
from chain_clock import DAY, next_block_at, now, travel_to
from claim_steps import (
    CLOSED,
    DECIDED,
    DENIED,
    NOTICED,
    PAID,
    PART_PAID,
    WORTH,
    decide_at,
    decide_by,
    interest,
    paid_out,
    whole,
    worth,
)
from market import TUSD
from refusals import refused

MONTH = 30 * DAY
DISPUTE_WINDOW = 30 * DAY
IN_INSTALMENTS = 2


@pytest.fixture
def planned(claims, noticed):
    """Id of a claim granted in full, in 4 instalments a month apart: the first is paid."""
    claims.decide(noticed, instalments=4, intervalSeconds=MONTH)
    return noticed


def pay(claims, number):
    """The next instalment, in the first second in which it is due."""
    next_block_at(claims.desk.instalments(number)[1])
    return claims.desk.payInstalment(number, claims.market.relayer.sends)


def test_decide__in_instalments__pays_the_first_and_reserves_the_rest(claims, insured, gained, planned):
    claim = claims.claim(planned)
    each = WORTH // 4

    assert plain(claims.desk.instalments(planned)) == (each, now() + MONTH, MONTH, 3)
    assert gained() == claim["paid"] == WORTH - 3 * each
    assert (claim["state"], claim["outcome"], claim["flags"]) == (DECIDED, PAID, IN_INSTALMENTS)
    assert claim["reserve"] == 3 * each
    assert whole(claims, insured)


def test_decide__in_instalments_with_odd_units__pays_them_first(claims, insured, claimant, gained):
    number = claims.notify(insured, claimant, claimed=600 * TUSD + 12)  # worth 450,000,010 units

    claims.decide(number, instalments=7, intervalSeconds=DAY)

    assert gained() == 64_285_720
    assert claims.desk.instalments(number)[0] == 64_285_715
    assert claims.claim(number)["reserve"] == 6 * 64_285_715
    assert whole(claims, insured)


def test_pay_instalment__when_due__pays_until_all_is_paid(claims, insured, gained, planned):
    for left in (2, 1, 0):
        receipt = pay(claims, planned)
        assert paid_out(receipt) == (WORTH // 4, 0)
        assert claims.desk.instalments(planned)[3] == left
        assert whole(claims, insured)

    claim = claims.claim(planned)
    assert gained() == WORTH
    assert (claim["state"], claim["outcome"], claim["flags"], claim["reserve"]) == (CLOSED, PAID, 0, 0)


def test_pay_instalment__before_it_is_due__is_refused(claims, planned):
    due = claims.desk.instalments(planned)[1]

    next_block_at(due - 1)
    with refused("InstalmentNotDue", planned, due, due - 1):
        claims.desk.payInstalment(planned, claims.market.relayer.sends)


def test_pay_instalment__late__counts_on_from_when_it_was_due(claims, planned):
    due = claims.desk.instalments(planned)[1]
    travel_to(due + 2 * MONTH)

    claims.desk.payInstalment(planned, claims.market.relayer.sends)
    claims.desk.payInstalment(planned, claims.market.relayer.sends)
    claims.desk.payInstalment(planned, claims.market.relayer.sends)

    assert claims.claim(planned)["state"] == CLOSED


def test_pay_instalment__none_to_come__is_refused(claims, denied):
    with refused("NoInstalments", denied):
        claims.desk.payInstalment.call(denied, claims.market.relayer.sends)


def test_pay_instalment__claim_not_decided__is_refused(claims, planned, insured, claimant):
    open_ = claims.notify(insured, claimant)
    for _ in range(3):
        pay(claims, planned)

    for number, state in ((open_, NOTICED), (planned, CLOSED)):
        with refused("ClaimNotInState", number, state):
            claims.desk.payInstalment.call(number, claims.market.relayer.sends)


def test_pay_instalment__while_paused__is_refused_and_paid_later(claims, home, gained, planned):
    travel_to(claims.desk.instalments(planned)[1])
    home.treasury.pause(DAY, home.guardian.sends)
    with refused("TreasuryPaused", home.treasury.pausedUntil()):
        claims.desk.payInstalment.call(planned, claims.market.relayer.sends)

    travel_to(home.treasury.pausedUntil())
    claims.desk.payInstalment(planned, claims.market.relayer.sends)

    assert gained() == WORTH - 2 * (WORTH // 4)


@pytest.mark.parametrize(
    ("instalments", "interval"),
    [(2, DAY - 1), (2, 31 * DAY + 1), (61, DAY), (255, DAY), (2, 0)],
)
def test_decide__instalments_out_of_range__is_refused(claims, adjuster, noticed, instalments, interval):
    decision = claims.decision(noticed, instalments=instalments, intervalSeconds=interval)

    with refused("InstalmentsInvalid", noticed, instalments, interval):
        claims.desk.decide.call(*claims.decide_arguments(decision), adjuster.sends)


def test_decide__nothing_in_instalments__is_refused(claims, adjuster, noticed):
    decision = claims.decision(noticed, loss=0, instalments=2, intervalSeconds=DAY)

    with refused("InstalmentsInvalid", noticed, 2, DAY):
        claims.desk.decide.call(*claims.decide_arguments(decision), adjuster.sends)


@pytest.mark.parametrize(("instalments", "interval"), [(2, DAY), (60, 31 * DAY), (2, 31 * DAY)])
def test_decide__instalments_at_their_limits__are_taken(claims, insured, noticed, instalments, interval):
    claims.decide(noticed, instalments=instalments, intervalSeconds=interval)

    assert claims.desk.instalments(noticed)[3] == instalments - 1
    assert whole(claims, insured)


def test_decide__one_instalment__is_paid_at_once(claims, noticed, gained):
    claims.decide(noticed, instalments=1, intervalSeconds=0)

    assert gained() == WORTH
    assert claims.claim(noticed)["state"] == CLOSED


def test_decide__late_in_instalments__pays_interest_on_all_of_them_once(claims, insured, noticed, gained):
    late = decide_by(claims.claim(noticed)) + 10 * DAY

    decide_at(claims, late, noticed, instalments=2, intervalSeconds=DAY)
    receipt = pay(claims, noticed)

    owed = interest(WORTH, 10 * DAY)
    assert paid_out(receipt) == (WORTH // 2, 0)
    assert gained() == WORTH + owed
    assert whole(claims, insured, interest=owed)


# Closing


def test_close__after_the_window__frees_the_reserve(claims, insured, denied):
    ends = claims.claim(denied)["clockFrom"] + DISPUTE_WINDOW
    next_block_at(ends)
    with refused("WindowOpen", denied, ends, ends):
        claims.desk.close(denied, claims.market.relayer.sends)

    next_block_at(ends + 1)
    claims.desk.close(denied, claims.market.relayer.sends)

    claim = claims.claim(denied)
    assert (claim["state"], claim["outcome"], claim["reserve"]) == (CLOSED, DENIED, 0)
    assert claim["clockFrom"] == ends + 1
    assert whole(claims, insured)


def test_close__paused_in_between__waits_so_much_longer(claims, home, denied):
    ends = claims.claim(denied)["clockFrom"] + DISPUTE_WINDOW + DAY
    home.treasury.pause(DAY, home.guardian.sends)

    next_block_at(ends)
    with refused("WindowOpen", denied, ends, ends):
        claims.desk.close(denied, claims.market.relayer.sends)
    next_block_at(ends + 1)
    claims.desk.close(denied, claims.market.relayer.sends)

    assert claims.claim(denied)["state"] == CLOSED


def test_close__instalments_to_come__is_refused(claims, noticed):
    claims.decide(noticed, loss=300 * TUSD, instalments=3, intervalSeconds=20 * DAY)
    ends = claims.claim(noticed)["clockFrom"] + DISPUTE_WINDOW
    next_block_at(ends + 1)
    with refused("WindowOpen", noticed, ends, ends + 1):
        claims.desk.close(noticed, claims.market.relayer.sends)
    claims.desk.payInstalment(noticed, claims.market.relayer.sends)
    due = claims.desk.instalments(noticed)[1]
    assert due == ends + 10 * DAY

    next_block_at(due)
    with refused("WindowOpen", noticed, due, due):
        claims.desk.close(noticed, claims.market.relayer.sends)


def test_close__part_paid_in_instalments__after_the_last_one(claims, insured, noticed, gained):
    claims.decide(noticed, loss=300 * TUSD, instalments=2, intervalSeconds=DAY)
    pay(claims, noticed)
    assert claims.claim(noticed)["state"] == DECIDED  # the rest may still be disputed

    travel_to(claims.claim(noticed)["clockFrom"] + DISPUTE_WINDOW + 1)
    claims.desk.close(noticed, claims.market.relayer.sends)

    assert (claims.claim(noticed)["outcome"], gained()) == (PART_PAID, worth(300 * TUSD))
    assert whole(claims, insured)


def test_close__claim_not_decided__is_refused(claims, insured, claimant, noticed):
    closed = claims.notify(insured, claimant)
    claims.decide(closed)

    for number, state in ((noticed, NOTICED), (closed, CLOSED)):
        with refused("ClaimNotInState", number, state):
            claims.desk.close.call(number, claims.market.relayer.sends)


# All at once


def test_take_instalments__by_the_claimant__pays_all_that_is_left_at_any_time(
    claims, insured, claimant, gained, planned
):
    receipt = claims.desk.takeInstalments(planned, claimant.sends)

    claim = claims.claim(planned)
    assert paid_out(receipt) == (3 * (WORTH // 4), 0)
    assert gained() == WORTH
    assert claims.desk.instalments(planned)[3] == 0
    assert (claim["state"], claim["outcome"], claim["flags"], claim["reserve"]) == (CLOSED, PAID, 0, 0)
    assert whole(claims, insured)


def test_take_instalments__by_anybody_else__is_refused(claims, planned):
    relayer = claims.market.relayer
    with refused("ClaimantRequired", planned, relayer):
        claims.desk.takeInstalments.call(planned, relayer.sends)


def test_take_instalments__none_to_come__is_refused(claims, claimant, denied):
    with refused("NoInstalments", denied):
        claims.desk.takeInstalments.call(denied, claimant.sends)
