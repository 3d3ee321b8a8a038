"""ClaimsDesk.withdraw, reopen, isFinal and supersededBy: claims end, and new evidence opens another."""

import pytest
from answers import fields
from chain_clock import DAY, next_block_at, now, travel_to
from claim_steps import (
    CLOSED,
    DECIDED,
    NOTICED,
    PAID,
    WITHDRAWN,
    WORTH,
    ruled,
    whole,
    worth,
)
from indemnity_claims import claim_id, incident
from indemnity_terms import YEAR
from market import TUSD
from refusals import refused

REOPEN_WINDOW = 60 * DAY
NEWS = b"\x09" * 32
MORE = 800 * TUSD


def reopen(claims, number, claimant, claimed=MORE):
    """The id of the claim that supersedes this one."""
    return claims.desk.reopen(number, claimed, NEWS, claimant.sends).return_value


@pytest.fixture
def paid(claims, noticed):
    """Id of a claim that the machine has paid."""
    claims.report(noticed)
    return noticed


# Withdrawing


@pytest.mark.parametrize("state", ["noticed", "acknowledged", "referred"])
def test_withdraw__before_the_decision__frees_the_reserve(claims, insured, adjuster, claimant, noticed, state):
    if state == "acknowledged":
        claims.desk.acknowledge(noticed, adjuster.sends)
    if state == "referred":
        claims.report(noticed, fraudScore=9_000)

    receipt = claims.desk.withdraw(noticed, claimant.sends)

    claim = claims.claim(noticed)
    assert (claim["state"], claim["outcome"], claim["reserve"]) == (CLOSED, WITHDRAWN, 0)
    assert fields(receipt.events["ClaimClosed"], "outcome", "paid") == (WITHDRAWN, 0)
    assert whole(claims, insured)


def test_withdraw__what_the_machine_paid__stays_paid(claims, insured, claimant, noticed, gained):
    claims.report(noticed, loss=400 * TUSD)

    claims.desk.withdraw(noticed, claimant.sends)

    assert gained() == claims.claim(noticed)["paid"] == worth(400 * TUSD)
    assert whole(claims, insured)


def test_withdraw__by_anybody_but_the_claimant__is_refused(claims, adjuster, noticed):
    with refused("ClaimantRequired", noticed, adjuster):
        claims.desk.withdraw.call(noticed, adjuster.sends)


def test_withdraw__decided_claim__is_refused(claims, claimant, denied):
    with refused("ClaimNotInState", denied, DECIDED):
        claims.desk.withdraw.call(denied, claimant.sends)


def test_withdraw__no_such_claim__is_refused(claims, home, insured, claimant):
    unknown = claim_id(home.product, insured, 5)

    with refused("ClaimantRequired", unknown, claimant):
        claims.desk.withdraw.call(unknown, claimant.sends)


# Reopening


def test_reopen__new_evidence__opens_a_claim_that_supersedes(claims, home, insured, claimant, paid):
    old = claims.claim(paid)

    receipt = claims.desk.reopen(paid, MORE, NEWS, claimant.sends)

    successor = claim_id(home.product, insured, 1)
    claim = claims.claim(successor)
    assert receipt.return_value == successor == claims.desk.supersededBy(paid)
    assert fields(receipt.events["ClaimReopened"], "claimId", "superseded", "paidBefore") == (successor, paid, WORTH)
    names = ("claimId", "claimed", "reserve", "evidenceRoot", "notifiedBy")
    event = fields(receipt.events["ClaimNoticed"], *names)
    assert event == (successor, MORE, worth(MORE) - WORTH, NEWS, claimant.address)
    assert (claim["state"], claim["claimed"], claim["paid"], claim["reserve"]) == (
        NOTICED, MORE, WORTH, worth(MORE) - WORTH
    )  # fmt: skip
    assert (claim["cause"], claim["occurredAt"], claim["clockFrom"]) == (old["cause"], old["occurredAt"], now())
    assert claims.claim(paid) == old  # final records are superseded, never changed
    assert whole(claims, insured)


def test_reopen__granted__pays_only_what_is_due_beyond(claims, insured, claimant, gained, paid):
    successor = reopen(claims, paid, claimant)

    claims.decide(successor)

    assert gained() == worth(MORE) == claims.claim(successor)["paid"]
    assert claims.claim(successor)["outcome"] == PAID
    assert whole(claims, insured)


def test_reopen__the_machine__counts_what_was_paid_against_its_limit(claims, insured, claimant, paid):
    successor = reopen(claims, paid, claimant, claimed=1_300 * TUSD)
    assert claims.claim(successor)["reserve"] < 1_000 * TUSD < worth(1_300 * TUSD)

    receipt = claims.report(successor)

    assert receipt.events["ClaimReferred"]["reasons"] == 1 << 1


def test_reopen__same_incident__is_left_to_a_person(claims, claimant, noticed):
    seen = incident()
    claims.report(noticed, nullifiers=[seen])
    successor = reopen(claims, noticed, claimant)

    receipt = claims.report(successor, nullifiers=[seen])

    assert receipt.events["ClaimReferred"]["reasons"] == 1 << 6


@pytest.mark.parametrize("ending", ["withdrawn", "denied", "part"])
def test_reopen__however_it_ended_without_the_panel__is_taken(claims, insured, claimant, noticed, ending):
    if ending == "withdrawn":
        claims.desk.withdraw(noticed, claimant.sends)
    else:
        claims.decide(noticed, loss=0 if ending == "denied" else 300 * TUSD)
        travel_to(now() + 31 * DAY)
        claims.desk.close(noticed, claimant.sends)

    successor = reopen(claims, noticed, claimant)

    assert claims.claim(successor)["state"] == NOTICED
    assert whole(claims, insured)


def test_reopen__policy_over_and_notice_too_late__is_taken(claims, home, insured, claimant, holders):
    travel_to(home.policy(insured)["endsAt"] - DAY)
    number = claims.notify(insured, claimant)
    claims.report(number)
    travel_to(now() + REOPEN_WINDOW - DAY)

    successor = reopen(claims, number, claimant)

    assert claims.claim(successor)["reserve"] == worth(MORE) - WORTH


def test_reopen__beneficiary_changed_since__stays_with_its_claimant(claims, home, insured, claimant, paid):
    home.endorse(home.endorsement(insured, beneficiary=home.beneficiary.address), claimant)

    successor = reopen(claims, paid, claimant)

    assert claims.claim(successor)["claimant"] == claimant.address


def test_reopen__in_the_windows_last_second__is_taken_and_after_it_refused(claims, claimant, paid):
    ends = claims.claim(paid)["clockFrom"] + REOPEN_WINDOW
    next_block_at(ends)
    claims.desk.reopen(paid, MORE, NEWS, claimant.sends)
    successor = claims.desk.supersededBy(paid)
    claims.decide(successor)
    ends = claims.claim(successor)["clockFrom"] + REOPEN_WINDOW

    next_block_at(ends + 1)
    with refused("WindowClosed", successor, ends, ends + 1):
        claims.desk.reopen(successor, MORE, NEWS, claimant.sends)


def test_reopen__a_fourth_time__is_refused(claims, insured, claimant, paid):
    last = paid
    for more in range(3):
        last = reopen(claims, last, claimant, claimed=MORE + more)
        assert claims.claim(last)["flags"] >> 4 == more + 1
        claims.decide(last)

    assert claims.desk.MAX_REOPENINGS() == 3
    assert claims.desk.isFinal(last)
    with refused("ReopeningsExhausted", last, 3):
        claims.desk.reopen.call(last, MORE, NEWS, claimant.sends)
    assert whole(claims, insured)


def test_reopen__by_anybody_but_the_claimant__is_refused(claims, adjuster, paid):
    with refused("ClaimantRequired", paid, adjuster):
        claims.desk.reopen.call(paid, MORE, NEWS, adjuster.sends)


def test_reopen__open_claim__is_refused(claims, claimant, noticed):
    with refused("ClaimNotInState", noticed, NOTICED):
        claims.desk.reopen.call(noticed, MORE, NEWS, claimant.sends)


def test_reopen__nothing_claimed__is_refused(claims, claimant, paid):
    with refused("ClaimedNothing"):
        claims.desk.reopen.call(paid, 0, NEWS, claimant.sends)


def test_reopen__superseded_claim__is_refused(claims, claimant, paid):
    successor = reopen(claims, paid, claimant)

    with refused("ClaimSuperseded", paid, successor):
        claims.desk.reopen.call(paid, MORE, NEWS, claimant.sends)


@pytest.mark.parametrize("award", [0, 100 * TUSD])
def test_reopen__after_the_panel__is_refused(claims, claimant, denied, award):
    ruled(claims, claims.desk.dispute(denied, claimant.sends).return_value, award)

    with refused("PanelDecisionFinal", denied):
        claims.desk.reopen.call(denied, MORE, NEWS, claimant.sends)


# Finality


def test_is_final__through_a_claims_life__is_true_only_at_the_end(claims, home, insured, claimant, noticed):
    assert not claims.desk.isFinal(claim_id(home.product, insured, 9))
    assert not claims.desk.isFinal(noticed)
    claims.decide(noticed)
    closed_at = claims.claim(noticed)["clockFrom"]
    travel_to(closed_at + REOPEN_WINDOW)
    assert not claims.desk.isFinal(noticed)

    travel_to(closed_at + REOPEN_WINDOW + 1)

    assert claims.desk.isFinal(noticed)
    home.treasury.pause(DAY, home.guardian.sends)
    travel_to(now() + DAY)
    assert claims.desk.isFinal(noticed)  # what has passed stays passed


def test_is_final__superseded__is_true(claims, claimant, paid):
    successor = reopen(claims, paid, claimant)

    assert claims.desk.isFinal(paid)
    assert not claims.desk.isFinal(successor)


def test_close_policies__claim_that_can_be_reopened__is_refused(claims, home, insured, claimant, noticed):
    travel_to(home.policy(insured)["endsAt"] + 31 * DAY)
    with refused("ClaimNotFinal", noticed):
        home.product.closePolicies.call([insured], claimant.sends)
    claims.decide(noticed)
    travel_to(now() + REOPEN_WINDOW + 1)

    home.product.closePolicies([insured], claimant.sends)

    assert home.product.exposureOf(insured) == 0 == home.treasury.exposureOf(home.product)
    assert now() - home.policy(insured)["startsAt"] > YEAR
