"""ClaimsDesk.decide and reestimate: people grant all, part or nothing, for a reason and on a clause."""

import pytest
from answers import fields
from chain_clock import DAY, next_block_at, now
from claim_steps import (
    CLOSED,
    DECIDED,
    DENIED,
    NOTICED,
    PAID,
    PART_PAID,
    REFERRED,
    WORTH,
    decide_at,
    decide_by,
    interest,
    paid_out,
    whole,
    worth,
)
from indemnity_claims import LOSS, REASON, claim_id
from indemnity_terms import CLAUSE_ROOT, clause
from market import TUSD
from parties import person
from refusals import refused

PART = 300 * TUSD


def test_decide__all_granted__pays_and_closes(claims, insured, noticed, gained):
    receipt = claims.decide(noticed)

    claim = claims.claim(noticed)
    assert receipt.return_value == WORTH == gained()
    assert paid_out(receipt) == (WORTH, 0)
    assert (claim["state"], claim["outcome"], claim["reasonCode"]) == (CLOSED, PAID, REASON)
    assert (claim["paid"], claim["reserve"], claim["clockFrom"]) == (WORTH, 0, now())
    assert whole(claims, insured)


def test_decide__part_granted__pays_it_and_keeps_the_rest_reserved(claims, insured, noticed, gained):
    receipt = claims.decide(noticed, loss=PART)

    claim, part = claims.claim(noticed), worth(PART)
    assert receipt.return_value == part == gained()
    assert (claim["state"], claim["outcome"], claim["reserve"]) == (DECIDED, PART_PAID, WORTH - part)
    assert whole(claims, insured)


def test_decide__nothing_granted__keeps_all_reserved(claims, insured, noticed, gained):
    receipt = claims.decide(noticed, loss=0)

    claim = claims.claim(noticed)
    assert receipt.return_value == 0 == gained()
    assert (claim["state"], claim["outcome"], claim["reserve"]) == (DECIDED, DENIED, WORTH)
    assert "ClaimPaid" not in receipt.events
    assert whole(claims, insured)


def test_decide__decision__is_kept_in_the_log_word_for_word(claims, adjuster, noticed):
    decision = claims.decision(noticed, loss=PART)
    arguments = claims.decide_arguments(decision)

    receipt = claims.desk.decide(*arguments, adjuster.sends)

    event = receipt.events["ClaimDecided"]
    names = ("claimId", "adjuster", "outcome", "granted", "disputable")
    part = worth(PART)
    assert fields(event, *names) == (noticed, adjuster.address, PART_PAID, part, WORTH - part)
    call = bytes.fromhex(claims.desk.decide.encode_input(*arguments).removeprefix("0x"))
    assert bytes(event["decision"]) == call[4:]


def test_decide__after_the_machine_paid_part__decides_on_the_rest(claims, insured, noticed, gained):
    claims.report(noticed, loss=400 * TUSD)

    receipt = claims.decide(noticed)

    assert receipt.return_value == WORTH - worth(400 * TUSD)
    assert gained() == WORTH
    assert claims.claim(noticed)["outcome"] == PAID
    assert whole(claims, insured)


def test_decide__less_than_the_machine_paid__takes_nothing_back(claims, insured, noticed, gained):
    claims.report(noticed, loss=400 * TUSD)

    receipt = claims.decide(noticed, loss=0)

    claim = claims.claim(noticed)
    assert receipt.return_value == 0
    assert gained() == worth(400 * TUSD)
    assert (claim["state"], claim["outcome"]) == (DECIDED, PART_PAID)
    assert whole(claims, insured)


def test_decide__claim_worth_nothing__closes_it_denied(claims, insured, claimant, gained):
    number = claims.notify(insured, claimant, claimed=100 * TUSD)

    claims.decide(number)

    assert (claims.claim(number)["state"], claims.claim(number)["outcome"], gained()) == (CLOSED, DENIED, 0)
    assert whole(claims, insured)


def test_decide__late__pays_interest_from_the_deadline(claims, insured, noticed, gained):
    late = decide_by(claims.claim(noticed)) + 10 * DAY

    receipt = decide_at(claims, late, noticed)

    owed = interest(WORTH, 10 * DAY)
    assert paid_out(receipt) == (WORTH, owed)
    assert owed > 0
    assert gained() == WORTH + owed
    assert claims.claim(noticed)["lateSeconds"] == 10 * DAY
    assert whole(claims, insured, interest=owed)


def test_decide__years_late__pays_interest_up_to_its_cap(claims, insured, noticed, gained):
    late = decide_by(claims.claim(noticed)) + 5 * 365 * DAY

    decide_at(claims, late, noticed)

    assert gained() == WORTH + WORTH // 10
    assert whole(claims, insured, interest=WORTH // 10)


def test_decide__paused_in_between__has_so_much_longer(claims, home, noticed):
    due = decide_by(claims.claim(noticed))
    home.treasury.pause(DAY, home.guardian.sends)

    receipt = decide_at(claims, due + DAY + 1, noticed)

    assert paid_out(receipt) == (WORTH, interest(WORTH, 1))
    assert claims.claim(noticed)["lateSeconds"] == 1


def test_decide__while_paused__pays_nothing_but_may_deny(claims, home, adjuster, noticed):
    home.treasury.pause(DAY, home.guardian.sends)
    arguments = claims.decide_arguments(claims.decision(noticed))
    with refused("TreasuryPaused", home.treasury.pausedUntil()):
        claims.desk.decide.call(*arguments, adjuster.sends)

    claims.decide(noticed, loss=0)

    assert claims.claim(noticed)["state"] == DECIDED


# What is refused


def test_decide__by_anybody_but_an_adjuster__is_refused(claims, home, noticed, people):
    arguments = claims.decide_arguments(claims.decision(noticed))
    for nobody in (people["stranger"], home.administrator, people["underwriter"], person("other adjuster")):
        with refused("AdjusterRequired", noticed, nobody):
            claims.desk.decide.call(*arguments, nobody.sends)


def test_decide__after_its_end_of_validity__is_refused(claims, adjuster, noticed):
    until = now() + 60
    arguments = claims.decide_arguments(claims.decision(noticed, validUntil=until))

    next_block_at(until + 1)
    with refused("DecisionExpired", noticed, until, until + 1):
        claims.desk.decide(*arguments, adjuster.sends)


def test_decide__without_a_reason__is_refused(claims, adjuster, noticed):
    with refused("ReasonMissing", noticed):
        claims.desk.decide.call(*claims.decide_arguments(claims.decision(noticed, reasonCode=0)), adjuster.sends)


def test_decide__more_than_was_claimed__is_refused(claims, adjuster, noticed):
    with refused("LossAboveClaimed", noticed, LOSS + 1, LOSS):
        claims.desk.decide.call(*claims.decide_arguments(claims.decision(noticed, loss=LOSS + 1)), adjuster.sends)


@pytest.mark.parametrize("forged", ["no proof", "other proof", "other words", "the root itself"])
def test_decide__clause_not_of_the_terms__is_refused(claims, adjuster, noticed, forged):
    words, proof = clause(0)
    words, proof = {
        "no proof": (words, []),
        "other proof": (words, clause(1)[1]),
        "other words": (clause(1)[0], proof),
        "the root itself": (CLAUSE_ROOT, []),
    }[forged]
    decision = claims.decision(noticed, loss=0, clause=words, proof=proof)

    with refused("ClauseNotProven", noticed, words, CLAUSE_ROOT):
        claims.desk.decide.call(*claims.decide_arguments(decision), adjuster.sends)


def test_decide__decided_claim__is_refused(claims, adjuster, insured, claimant, denied):
    closed = claims.notify(insured, claimant)
    claims.decide(closed)

    for number, state in ((denied, DECIDED), (closed, CLOSED), (claim_id(claims.market.product, insured, 9), 0)):
        with refused("ClaimNotInState", number, state):
            claims.desk.decide.call(*claims.decide_arguments(claims.decision(number)), adjuster.sends)


# Re-estimating


@pytest.mark.parametrize("reserve", [0, 1, WORTH - 1, WORTH])
def test_reestimate__any_amount__moves_the_reserve_and_nothing_else(claims, insured, adjuster, noticed, reserve):
    receipt = claims.desk.reestimate(noticed, reserve, adjuster.sends)

    event = receipt.events["ClaimReestimated"]
    assert fields(event, "claimId", "adjuster", "from", "to") == (noticed, adjuster.address, WORTH, reserve)
    assert (claims.claim(noticed)["reserve"], claims.claim(noticed)["state"]) == (reserve, NOTICED)
    assert whole(claims, insured)


def test_reestimate__low_or_high__changes_nothing_about_what_is_paid(claims, insured, claimant, adjuster, gained):
    low, high = claims.notify(insured, claimant), claims.notify(insured, claimant)
    claims.desk.reestimate(low, 0, adjuster.sends)
    claims.desk.reestimate(high, WORTH - 1, adjuster.sends)

    claims.report(low)
    claims.decide(high)

    assert gained() == 2 * WORTH
    assert whole(claims, insured)


def test_reestimate__more_than_the_claim_is_worth__is_refused(claims, adjuster, noticed):
    with refused("ReserveAboveWorth", noticed, WORTH + 1, WORTH):
        claims.desk.reestimate.call(noticed, WORTH + 1, adjuster.sends)


def test_reestimate__by_anybody_but_an_adjuster__is_refused(claims, noticed, claimant):
    with refused("AdjusterRequired", noticed, claimant):
        claims.desk.reestimate.call(noticed, 1, claimant.sends)


def test_reestimate__decided_claim__is_refused(claims, adjuster, denied):
    with refused("ClaimNotInState", denied, DECIDED):
        claims.desk.reestimate.call(denied, 1, adjuster.sends)


def test_reestimate__referred_claim__is_taken(claims, adjuster, noticed):
    claims.report(noticed, fraudScore=9_000)
    assert claims.claim(noticed)["state"] == REFERRED

    claims.desk.reestimate(noticed, 1, adjuster.sends)

    assert claims.claim(noticed)["reserve"] == 1
