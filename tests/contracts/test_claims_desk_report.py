"""ClaimsDesk.acknowledge and reportLoss: what the machine pays at once, and what it leaves to people."""

import pytest
from answers import fields
from chain_clock import DAY, next_block_at, now, travel_to
from claim_steps import (
    ACKNOWLEDGED,
    CLOSED,
    NONE,
    OPEN,
    PAID,
    REFERRED,
    WORTH,
    decide_by,
    interest,
    paid_out,
    whole,
    worth,
)
from indemnity_claims import LOSS, claim_id, incident
from indemnity_terms import MEDIUM
from market import TUSD
from refusals import refused
from typed_messages import digest

TIER, AMOUNT, FRAUD, CONFIDENCE, EXCLUDED, UNNAMED, HIT, NOTHING, PART = (1 << bit for bit in range(9))


def referral(receipt):
    """Why a report was referred, and what stayed reserved; nothing if it was not."""
    events = receipt.events
    return fields(events["ClaimReferred"], "reasons", "reserve") if "ClaimReferred" in events else None


# Acknowledging


def test_acknowledge__by_an_adjuster__moves_the_claim_on(claims, home, insured, noticed):
    receipt = claims.desk.acknowledge(noticed, home.adjusters[1].sends)

    assert fields(receipt.events["ClaimAcknowledged"], "claimId", "adjuster") == (noticed, home.adjusters[1].address)
    assert claims.claim(noticed)["state"] == ACKNOWLEDGED
    assert whole(claims, insured)


def test_acknowledge__by_anybody_else__is_refused(claims, noticed, claimant):
    with refused("AdjusterRequired", noticed, claimant):
        claims.desk.acknowledge.call(noticed, claimant.sends)


def test_acknowledge__twice__is_refused(claims, home, noticed):
    claims.desk.acknowledge(noticed, home.adjusters[0].sends)

    with refused("ClaimNotInState", noticed, ACKNOWLEDGED):
        claims.desk.acknowledge.call(noticed, home.adjusters[0].sends)


def test_acknowledge__no_such_claim__is_refused(claims, home, insured):
    unknown = claim_id(home.product, insured, 7)

    with refused("ClaimNotInState", unknown, NONE):
        claims.desk.acknowledge.call(unknown, home.adjusters[0].sends)


# The machine pays


def test_report_loss__all_within_the_terms__pays_in_the_same_transaction(claims, insured, noticed, gained):
    receipt = claims.report(noticed)

    claim = claims.claim(noticed)
    assert receipt.return_value == WORTH
    assert gained() == WORTH
    assert paid_out(receipt) == (WORTH, 0)
    assert (claim["state"], claim["outcome"], claim["paid"], claim["reserve"]) == (CLOSED, PAID, WORTH, 0)
    assert claim["clockFrom"] == now()
    assert fields(receipt.events["ClaimClosed"], "claimId", "outcome", "paid") == (noticed, PAID, WORTH)
    assert referral(receipt) is None
    assert whole(claims, insured)


def test_report_loss__report__is_kept_in_the_log_with_its_signatures(claims, noticed):
    report = claims.loss_report(noticed)
    arguments = claims.report_arguments(report)

    receipt = claims.desk.reportLoss(*arguments, claims.market.relayer.sends)

    event = receipt.events["LossReported"]
    assert bytes(event["digest"]) == digest("LossReport", report, claims.domain)
    call = bytes.fromhex(claims.desk.reportLoss.encode_input(*arguments).removeprefix("0x"))
    assert bytes(event["report"]) == call[4:]


def test_report_loss__incident__is_registered_for_the_claim(claims, home, noticed):
    named = [incident(), incident()]

    claims.report(noticed, nullifiers=named)

    assert [home.incidents.firstClaimOf(nullifier) for nullifier in named] == [noticed, noticed]


def test_report_loss__acknowledged_claim__is_paid(claims, home, noticed, gained):
    claims.desk.acknowledge(noticed, home.adjusters[0].sends)

    claims.report(noticed)

    assert gained() == WORTH


def test_report_loss__more_than_was_claimed__counts_as_what_was_claimed(claims, noticed, gained):
    claims.report(noticed, loss=LOSS * 2)

    assert gained() == WORTH
    assert claims.claim(noticed)["outcome"] == PAID


def test_report_loss__everything_at_its_limit__is_paid(claims, insured, claimant, gained):
    most = 100 * TUSD + 1_000 * TUSD * 10 // 9 + 1  # worth 1,000 TUSD, the most the machine may pay
    number = claims.notify(insured, claimant, claimed=most)

    claims.report(number, fraudScore=3_000, confidenceBps=9_000)

    assert gained() == worth(most) == 1_000 * TUSD
    assert claims.claim(number)["state"] == CLOSED


def test_report_loss__after_the_deadline__pays_interest(claims, insured, noticed, gained):
    late = decide_by(claims.claim(noticed)) + 3 * DAY
    arguments = claims.report_arguments(claims.loss_report(noticed, validUntil=late))

    next_block_at(late)
    receipt = claims.desk.reportLoss(*arguments, claims.market.relayer.sends)

    assert paid_out(receipt) == (WORTH, interest(WORTH, 3 * DAY))
    assert gained() == WORTH + interest(WORTH, 3 * DAY) > WORTH
    assert whole(claims, insured, interest=interest(WORTH, 3 * DAY))


def test_report_loss__in_the_last_second__pays_no_interest(claims, noticed):
    last = decide_by(claims.claim(noticed))
    arguments = claims.report_arguments(claims.loss_report(noticed, validUntil=last))

    next_block_at(last)

    assert paid_out(claims.desk.reportLoss(*arguments, claims.market.relayer.sends)) == (WORTH, 0)


def test_report_loss__over_the_days_cap__is_held_for_the_claimant(claims, home, insured, noticed, claimant, gained):
    home.treasury.setPayoutCap(WORTH - 1, home.administrator.sends)

    claims.report(noticed)

    assert claims.claim(noticed)["state"] == CLOSED
    assert claims.claim(noticed)["paid"] == WORTH
    assert (gained(), home.treasury.heldPayoutOf(claimant)) == (0, WORTH)
    assert whole(claims, insured)


# The machine refers


@pytest.mark.parametrize(
    ("changes", "reasons"),
    [
        ({"fraudScore": 3_001}, FRAUD),
        ({"confidenceBps": 8_999}, CONFIDENCE),
        ({"nullifiers": []}, UNNAMED),
        ({"loss": 100 * TUSD}, NOTHING),
        (
            {"fraudScore": 10_000, "confidenceBps": 0, "nullifiers": [], "loss": 0},
            FRAUD | CONFIDENCE | UNNAMED | NOTHING,
        ),
    ],
)
def test_report_loss__outside_the_machines_terms__is_left_to_a_person(
    claims, insured, noticed, gained, changes, reasons
):
    receipt = claims.report(noticed, **changes)

    claim = claims.claim(noticed)
    assert receipt.return_value == 0
    assert gained() == 0
    assert referral(receipt) == (reasons, WORTH)
    assert (claim["state"], claim["outcome"], claim["reserve"], claim["paid"]) == (REFERRED, OPEN, WORTH, 0)
    assert whole(claims, insured)


def test_report_loss__higher_tier_than_the_machines__is_left_to_a_person(claims, home, holders):
    policy = home.sold(holders[1], score=7_000, measure=1)
    assert home.policy(policy)["tier"] == MEDIUM

    number = claims.notify(policy, holders[1])

    assert referral(claims.report(number)) == (TIER, WORTH)


def test_report_loss__more_than_the_machine_may_pay__is_left_to_a_person(claims, insured, claimant):
    most = 100 * TUSD + 1_000 * TUSD * 10 // 9 + 2
    number = claims.notify(insured, claimant, claimed=most)
    assert worth(most) == 1_000 * TUSD + 1

    assert referral(claims.report(number)) == (AMOUNT, worth(most))


def test_report_loss__exclusion_of_the_policy__is_left_to_a_person(claims, home, insured, claimant):
    order = home.endorsement(insured, exclusions=0b110)
    home.endorse(order, claimant)
    before = claims.notify(insured, claimant)
    travel_to(order["effectiveAt"] + 1)
    after = [claims.notify(insured, claimant) for _ in range(2)]

    assert referral(claims.report(before, exclusions=0b100)) is None  # the loss was before the change
    assert referral(claims.report(after[0], exclusions=0b001)) is None  # a clause that was not excluded
    assert referral(claims.report(after[1], exclusions=0b101)) == (EXCLUDED, WORTH)


def test_report_loss__incident_claimed_before__is_left_to_a_person(claims, home, insured, claimant, noticed):
    seen = incident()
    claims.report(noticed, nullifiers=[seen])
    again = claims.notify(insured, claimant)

    receipt = claims.report(again, nullifiers=[incident(), seen])

    assert referral(receipt) == (HIT, WORTH)
    assert fields(receipt.events["IncidentDuplicate"], "claimId", "firstClaimId") == (again, noticed)
    assert claims.decide(again).return_value == WORTH  # a hit stops the machine, never the claim


def test_report_loss__less_than_was_claimed__pays_it_and_leaves_the_rest_to_a_person(claims, insured, noticed, gained):
    receipt = claims.report(noticed, loss=400 * TUSD)

    claim, part = claims.claim(noticed), worth(400 * TUSD)
    assert gained() == part
    assert paid_out(receipt) == (part, 0)
    assert referral(receipt) == (PART, WORTH - part)
    assert (claim["state"], claim["outcome"], claim["reserve"]) == (REFERRED, OPEN, WORTH - part)
    assert whole(claims, insured)


# A desk the network no longer wants


def test_report_loss__register_no_longer_takes_the_desk__is_left_to_a_person(claims, home, people, insured, noticed):
    home.house.platform.incidents.admitDesk(claims.desk, False, people["platform registrar"].sends)

    receipt = claims.report(noticed)

    assert referral(receipt) == (1 << 6, WORTH)
    assert claims.claim(noticed)["state"] == REFERRED
    assert whole(claims, insured)
