"""ClaimsDesk.escalate: silence past the deadline brings a claim before the panel, for no deposit."""

from answers import fields
from chain_clock import DAY, HOUR, next_block_at, now, travel_to
from claim_steps import (
    AWARDED,
    CLOSED,
    DECIDED,
    DISPUTED,
    WORTH,
    acknowledge_by,
    decide_by,
    interest,
    paid_out,
    ruled,
    whole,
    worth,
)
from market import TUSD
from panel_room import Opinion
from refusals import refused

ESCALATED = 4


def escalated(claims, number, claimant, moment):
    """Escalates in the block of that time. Returns the receipt."""
    next_block_at(moment)
    return claims.desk.escalate(number, claimant.sends)


def test_escalate__nobody_acknowledged_in_time__costs_no_deposit(claims, home, insured, claimant, noticed, gained):
    due = acknowledge_by(claims.claim(noticed))
    next_block_at(due)
    with refused("DeadlineNotPassed", noticed, due, due):
        claims.desk.escalate(noticed, claimant.sends)

    receipt = escalated(claims, noticed, claimant, due + 1)

    names = ("claimId", "disputeId", "disputed", "deposit", "escalated")
    assert fields(receipt.events["ClaimDisputed"], *names) == (noticed, receipt.return_value, WORTH, 0, True)
    assert gained() == 0
    assert (claims.claim(noticed)["state"], claims.claim(noticed)["flags"]) == (DISPUTED, ESCALATED)
    assert whole(claims, insured)


def test_escalate__acknowledged_in_time__waits_for_the_decision(claims, adjuster, claimant, noticed):
    claims.desk.acknowledge(noticed, adjuster.sends)
    due = decide_by(claims.claim(noticed))
    next_block_at(due)
    with refused("DeadlineNotPassed", noticed, due, due):
        claims.desk.escalate(noticed, claimant.sends)

    escalated(claims, noticed, claimant, due + 1)

    assert claims.claim(noticed)["state"] == DISPUTED


def test_escalate__referred_claim__waits_for_the_decision(claims, claimant, noticed):
    claims.report(noticed, loss=400 * TUSD)
    due = decide_by(claims.claim(noticed))

    receipt = escalated(claims, noticed, claimant, due + 1)

    assert receipt.events["ClaimDisputed"]["disputed"] == WORTH - worth(400 * TUSD)


def test_escalate__other_tier__has_its_own_deadline(claims, home, holders, adjuster):
    policy = home.sold(holders[1], score=7_000, measure=1)
    number = claims.notify(policy, holders[1])
    claims.desk.acknowledge(number, adjuster.sends)
    due = claims.claim(number)["clockFrom"] + 14 * DAY  # ten working days, two weekends

    next_block_at(due)
    with refused("DeadlineNotPassed", number, due, due):
        claims.desk.escalate(number, holders[1].sends)
    escalated(claims, number, holders[1], due + 1)

    assert claims.claim(number)["state"] == DISPUTED


def test_escalate__estimated_low_before__disputes_all_the_claim_is_worth(
    claims, home, insured, adjuster, claimant, noticed
):
    claims.desk.reestimate(noticed, 1, adjuster.sends)

    receipt = escalated(claims, noticed, claimant, acknowledge_by(claims.claim(noticed)) + 1)

    assert home.room.dispute(receipt.return_value)["disputed"] == claims.claim(noticed)["reserve"] == WORTH
    assert whole(claims, insured)


def test_escalate__award__pays_interest_from_the_missed_deadline(claims, home, insured, claimant, noticed, gained):
    due = decide_by(claims.claim(noticed))
    dispute = escalated(claims, noticed, claimant, due + DAY).return_value
    home.room.draw(dispute)
    home.room.rule(dispute, [Opinion(WORTH)] * 3)

    next_block_at(due + 5 * DAY)
    receipt = home.room.conclude(dispute)

    owed = interest(WORTH, 5 * DAY)
    assert paid_out(receipt) == (WORTH, owed)
    assert gained() == WORTH + owed
    assert (claims.claim(noticed)["state"], claims.claim(noticed)["outcome"]) == (CLOSED, AWARDED)
    assert whole(claims, insured, interest=owed)


def test_escalate__award_before_the_decision_was_due__pays_no_interest(claims, home, claimant, noticed):
    dispute = escalated(claims, noticed, claimant, acknowledge_by(claims.claim(noticed)) + 1).return_value

    assert paid_out(ruled(claims, dispute, WORTH)) == (WORTH, 0)


def test_escalate__adjuster__comes_too_late(claims, adjuster, claimant, noticed):
    escalated(claims, noticed, claimant, acknowledge_by(claims.claim(noticed)) + 1)

    with refused("ClaimNotInState", noticed, DISPUTED):
        claims.desk.decide.call(*claims.decide_arguments(claims.decision(noticed)), adjuster.sends)
    with refused("ClaimNotInState", noticed, DISPUTED):
        claims.desk.reportLoss.call(*claims.report_arguments(claims.loss_report(noticed)), adjuster.sends)


# Pauses


def test_escalate__paused_in_between__the_insurer_has_so_much_longer(claims, home, claimant, noticed):
    home.treasury.pause(5 * HOUR, home.guardian.sends)
    due = acknowledge_by(claims.claim(noticed), paused=5 * HOUR)

    next_block_at(due)
    with refused("DeadlineNotPassed", noticed, due, due):
        claims.desk.escalate(noticed, claimant.sends)
    escalated(claims, noticed, claimant, due + 1)

    assert claims.claim(noticed)["state"] == DISPUTED


def test_escalate__paused_after_the_deadline__what_has_passed_stays_passed(claims, home, insured, claimant):
    midnights = (now() // DAY * DAY + n * DAY for n in range(1, 8))
    friday = next(day for day in midnights if (day // DAY + 3) % 7 == 4)  # 1970 began on a Thursday
    next_block_at(friday - 10 * HOUR)
    number = claims.notify(insured, claimant)
    due = acknowledge_by(claims.claim(number))
    assert due == friday + 14 * HOUR  # on Friday; a day later is the weekend

    next_block_at(due + 8 * HOUR)
    home.treasury.pause(DAY, home.guardian.sends)
    travel_to(due + 20 * HOUR)  # had the pause moved the clock's start, Monday would be the deadline now
    receipt = claims.desk.escalate(number, claimant.sends)

    assert receipt.events["ClaimDisputed"]["escalated"]


# What is refused


def test_escalate__by_anybody_but_the_claimant__is_refused(claims, adjuster, noticed):
    with refused("ClaimantRequired", noticed, adjuster):
        claims.desk.escalate.call(noticed, adjuster.sends)


def test_escalate__decided_claim__is_refused(claims, claimant, denied):
    with refused("ClaimNotInState", denied, DECIDED):
        claims.desk.escalate.call(denied, claimant.sends)


def test_escalate__claim_worth_nothing__is_refused(claims, insured, claimant):
    number = claims.notify(insured, claimant, claimed=100 * TUSD)
    travel_to(decide_by(claims.claim(number)) + 1)

    with refused("NothingDisputed", number):
        claims.desk.escalate.call(number, claimant.sends)
