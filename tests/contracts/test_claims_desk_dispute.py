"""ClaimsDesk.dispute, escalate and award, played to the end with the real panel."""

import pytest
from answers import fields
from chain_clock import DAY, next_block_at, travel_to
from claim_steps import (
    AWARDED,
    CLOSED,
    DECIDED,
    DISPUTED,
    NOTICED,
    UPHELD,
    WORTH,
    decide_at,
    decide_by,
    interest,
    paid_out,
    ruled,
    whole,
    worth,
)
from market import TUSD
from panel_room import NO_CLAUSE, PANEL_SILENT, Opinion
from refusals import refused

DEPOSIT = WORTH * 500 // 10_000
DISPUTE_WINDOW = 30 * DAY


@pytest.fixture
def disputed(claims, denied, claimant):
    """Id of the panel's dispute about the denied claim."""
    return claims.desk.dispute(denied, claimant.sends).return_value


def test_dispute__denied_claim__brings_the_difference_before_the_panel(claims, home, insured, claimant, denied, gained):
    receipt = claims.desk.dispute(denied, claimant.sends)

    dispute = home.room.dispute(receipt.return_value)
    assert (dispute["claimId"], dispute["court"], dispute["claimant"]) == (denied, claims.desk, claimant.address)
    assert (dispute["disputed"], dispute["deposit"], dispute["depositTo"]) == (WORTH, DEPOSIT, home.treasury)
    names = ("claimId", "disputeId", "disputed", "deposit", "escalated")
    event = fields(receipt.events["ClaimDisputed"], *names)
    assert event == (denied, receipt.return_value, WORTH, DEPOSIT, False)
    assert gained() == -DEPOSIT
    assert (claims.claim(denied)["state"], claims.claim(denied)["reserve"]) == (DISPUTED, WORTH)
    assert whole(claims, insured)


def test_dispute__large_difference__costs_at_most_the_cap(claims, home, insured, claimant):
    number = claims.notify(insured, claimant, claimed=2_000 * TUSD)
    claims.decide(number, loss=0)

    dispute = claims.desk.dispute(number, claimant.sends).return_value

    assert home.room.dispute(dispute)["deposit"] == 50 * TUSD < worth(2_000 * TUSD) * 500 // 10_000


def test_award__part__is_paid_with_interest_from_the_decision(claims, home, insured, denied, disputed, gained):
    receipt = ruled(claims, disputed, 200 * TUSD)

    claim = claims.claim(denied)
    award = fields(receipt.events["ClaimAwarded"], "claimId", "granted", "reasonCode", "clause")
    assert award == (denied, 200 * TUSD, 12, Opinion(0).leaf)
    indemnity, owed = paid_out(receipt)
    assert indemnity == 200 * TUSD
    assert gained() == indemnity + owed + DEPOSIT  # which came back
    assert (claim["state"], claim["outcome"], claim["reserve"]) == (CLOSED, AWARDED, 0)
    assert (claim["paid"], claim["reasonCode"]) == (200 * TUSD, 12)
    assert whole(claims, insured, interest=owed)


def test_award__long_after_the_decision__pays_interest_to_the_second(claims, home, insured, claimant, denied):
    decided = claims.claim(denied)["clockFrom"]
    travel_to(decided + DISPUTE_WINDOW - DAY)
    dispute = claims.desk.dispute(denied, claimant.sends).return_value
    home.room.draw(dispute)
    home.room.rule(dispute, [Opinion(WORTH)] * 3)

    next_block_at(decided + DISPUTE_WINDOW)
    receipt = home.room.conclude(dispute)

    owed = interest(WORTH, DISPUTE_WINDOW)
    assert paid_out(receipt) == (WORTH, owed)
    assert whole(claims, insured, interest=owed)


def test_award__after_a_late_denial__pays_interest_from_the_deadline(claims, home, insured, claimant, noticed):
    due = decide_by(claims.claim(noticed))
    decide_at(claims, due + 20 * DAY, noticed, loss=0)
    dispute = claims.desk.dispute(noticed, claimant.sends).return_value
    home.room.draw(dispute)
    home.room.rule(dispute, [Opinion(WORTH)] * 3)

    next_block_at(due + 30 * DAY)
    receipt = home.room.conclude(dispute)

    owed = interest(WORTH, 30 * DAY)
    assert paid_out(receipt) == (WORTH, owed)
    assert whole(claims, insured, interest=owed)


def test_award__nothing__upholds_the_decision_and_costs_the_deposit(claims, home, insured, denied, disputed, gained):
    before = home.token.balanceOf(home.treasury)

    ruled(claims, disputed, 0)

    claim = claims.claim(denied)
    assert (claim["state"], claim["outcome"], claim["reserve"], claim["paid"]) == (CLOSED, UPHELD, 0, 0)
    assert gained() == 0
    assert home.token.balanceOf(home.treasury) == before + DEPOSIT
    assert claims.desk.isFinal(denied)
    assert whole(claims, insured)


def test_award__panel_silent_twice__grants_the_whole_difference(claims, home, insured, denied, disputed, gained):
    home.room.fall_silent(disputed)
    home.room.draw(disputed)
    home.room.end_windows(disputed)
    receipt = home.room.conclude(disputed)

    award = fields(receipt.events["ClaimAwarded"], "granted", "reasonCode", "clause")
    assert award == (WORTH, PANEL_SILENT, bytes.fromhex(NO_CLAUSE[2:]))
    indemnity, owed = paid_out(receipt)
    assert indemnity == WORTH
    assert gained() == WORTH + owed + DEPOSIT
    assert whole(claims, insured, interest=owed)


def test_award__while_paused__is_delivered_afterwards(claims, home, insured, denied, disputed, gained):
    home.room.draw(disputed)
    home.room.rule(disputed, [Opinion(100 * TUSD)] * 3)
    home.treasury.pause(DAY, home.guardian.sends)

    assert "AwardUndelivered" in home.room.conclude(disputed).events
    assert claims.claim(denied)["state"] == DISPUTED
    travel_to(home.treasury.pausedUntil())
    receipt = home.room.conclude(disputed)

    assert paid_out(receipt)[0] == 100 * TUSD
    assert claims.claim(denied)["state"] == CLOSED
    assert whole(claims, insured, interest=paid_out(receipt)[1])


def test_award__by_anybody_but_the_panel__is_refused(claims, denied, disputed, claimant):
    with refused("PanelRequired", claimant):
        claims.desk.award.call(denied, WORTH, 12, bytes(32), claimant.sends)


def test_award__claim_not_in_dispute__is_refused(claims, home, denied):
    with refused("ClaimNotInState", denied, DECIDED):
        claims.desk.award.call(denied, WORTH, 12, bytes(32), {"from": home.panel})


# Instalments under dispute


def test_award__instalments_to_come__are_paid_with_it(claims, home, insured, claimant, noticed, gained):
    part = worth(300 * TUSD)
    claims.decide(noticed, loss=300 * TUSD, instalments=3, intervalSeconds=DAY)
    dispute = claims.desk.dispute(noticed, claimant.sends).return_value
    assert home.room.dispute(dispute)["disputed"] == WORTH - part
    assert whole(claims, insured)
    travel_to(claims.desk.instalments(noticed)[1])
    claims.desk.payInstalment(noticed, claims.market.relayer.sends)
    assert claims.claim(noticed)["state"] == DISPUTED
    assert whole(claims, insured)

    receipt = ruled(claims, dispute, 50 * TUSD)

    indemnity, owed = paid_out(receipt)
    assert indemnity == part // 3 + 50 * TUSD
    assert claims.claim(noticed)["paid"] == part + 50 * TUSD
    assert gained() == part + 50 * TUSD + owed
    assert (claims.claim(noticed)["flags"], claims.desk.instalments(noticed)[3]) == (0, 0)
    assert whole(claims, insured, interest=owed)


def test_award__nothing_while_instalments_run__pays_what_was_promised(claims, insured, claimant, noticed):
    claims.decide(noticed, loss=300 * TUSD, instalments=3, intervalSeconds=DAY)
    dispute = claims.desk.dispute(noticed, claimant.sends).return_value

    ruled(claims, dispute, 0)

    assert (claims.claim(noticed)["paid"], claims.claim(noticed)["outcome"]) == (worth(300 * TUSD), UPHELD)
    assert whole(claims, insured)


def test_dispute__all_granted_in_instalments__leaves_nothing_to_dispute(claims, claimant, noticed):
    claims.decide(noticed, instalments=3, intervalSeconds=DAY)

    with refused("NothingDisputed", noticed):
        claims.desk.dispute.call(noticed, claimant.sends)


# What is refused


def test_dispute__by_anybody_but_the_claimant__is_refused(claims, denied, adjuster):
    with refused("ClaimantRequired", denied, adjuster):
        claims.desk.dispute.call(denied, adjuster.sends)


def test_dispute__claim_not_decided__is_refused(claims, noticed, claimant):
    with refused("ClaimNotInState", noticed, NOTICED):
        claims.desk.dispute.call(noticed, claimant.sends)


def test_dispute__in_the_windows_last_second__is_taken(claims, claimant, denied):
    next_block_at(claims.claim(denied)["clockFrom"] + DISPUTE_WINDOW)

    claims.desk.dispute(denied, claimant.sends)

    assert claims.claim(denied)["state"] == DISPUTED


def test_dispute__after_the_window__is_refused(claims, claimant, denied):
    ends = claims.claim(denied)["clockFrom"] + DISPUTE_WINDOW

    next_block_at(ends + 1)
    with refused("WindowClosed", denied, ends, ends + 1):
        claims.desk.dispute(denied, claimant.sends)


def test_dispute__without_an_allowance__is_refused(claims, home, claimant, denied):
    home.token.approve(home.panel, 0, claimant.sends)

    with refused("ERC20InsufficientAllowance", home.panel, 0, DEPOSIT):
        claims.desk.dispute.call(denied, claimant.sends)


# Limits that other claims have reserved


def test_award__limits_reserved_for_another_claim__waits_and_is_delivered_later(claims, home, insured, claimant):
    first = claims.notify(insured, claimant)
    claims.desk.reestimate(first, 0, home.adjusters[0].sends)
    others = []
    while not others or claims.claim(others[-1])["reserve"]:
        others.append(claims.notify(insured, claimant, claimed=20_000 * TUSD))
    claims.decide(first, loss=0)
    assert home.limits.worthApart(first, False) == WORTH
    assert home.limits.MAX_AWARD_WAIT_SECONDS() == 365 * 86_400
    dispute = claims.desk.dispute(first, claimant.sends).return_value

    assert "AwardUndelivered" in ruled(claims, dispute, WORTH).events
    with refused("LimitsInUse", first, WORTH, 0):
        home.panel.conclude.call(dispute, claimant.sends)

    for other in others:
        claims.desk.withdraw(other, claimant.sends)
    home.panel.conclude(dispute, claimant.sends)

    assert claims.claim(first)["paid"] == WORTH
