"""ClaimsDesk.award, where other claims of the policy have the limits reserved: what it waits for, and how long.

Each claim may cost 4,000 of the 5,000 TUSD that all may.
"""

import pytest
from chain_clock import DAY, next_block_at, now, travel_to
from claim_steps import AWARDED, CLOSED, DISPUTED, UPHELD, WORTH, paid_out, ruled, whole
from indemnity_terms import YEAR
from market import TUSD
from panel_room import DECIDED
from refusals import refused

LARGE = 20_000 * TUSD
MOST = 4_000 * TUSD  # a claim can cost
LEFT = 1_000 * TUSD  # when one does


@pytest.fixture
def notified(claims, insured, claimant, adjuster):
    """Notifies so many claims and estimates the first at nothing, so that the later ones reserve the limits."""

    def notify(count):
        first = claims.notify(insured, claimant, claimed=LARGE)
        claims.desk.reestimate(first, 0, adjuster.sends)
        return [first] + [claims.notify(insured, claimant, claimed=LARGE) for _ in range(count - 1)]

    return notify


@pytest.fixture
def disputed(claims, notified, claimant):
    """Denies and disputes so many claims. Returns their ids and the disputes'."""

    def dispute(count):
        ids = notified(count)
        for number in ids:
            claims.decide(number, second=True, loss=0)
        return ids, [claims.desk.dispute(number, claimant.sends).return_value for number in ids]

    return dispute


@pytest.fixture
def both_granted(claims, home, disputed):
    """Has two panels grant this while the treasury is paused. Returns what `disputed` does, when it no longer is."""

    def grant(earlier, later):
        ids, disputes = disputed(2)
        home.treasury.pause(DAY, home.guardian.sends)
        for dispute, award in zip(disputes, (earlier, later), strict=True):
            assert "AwardUndelivered" in ruled(claims, dispute, award).events
        travel_to(home.treasury.pausedUntil())
        return ids, disputes

    return grant


@pytest.fixture
def waits(claims, home):
    """Asserts that an award waits, because less is left than it grants."""

    def check(dispute, granted, left):
        kept = home.room.dispute(dispute)
        assert (kept["state"], claims.claim(kept["claimId"])["state"]) == (DECIDED, DISPUTED)
        with refused("LimitsInUse", kept["claimId"], granted, left):
            home.panel.conclude(dispute, claims.market.relayer.sends)

    return check


@pytest.fixture
def paid(claims):
    """What was paid on each of the claims, which are all closed."""

    def amounts(ids):
        assert {claims.claim(number)["state"] for number in ids} == {CLOSED}
        return [claims.claim(number)["paid"] for number in ids]

    return amounts


def test_award__limits_reserved_for_another_claim__waits_and_is_delivered_later(claims, home, insured, claimant):
    first = claims.notify(insured, claimant)
    claims.desk.reestimate(first, 0, home.adjusters[0].sends)
    others = []
    while not others or claims.claim(others[-1])["reserve"]:
        others.append(claims.notify(insured, claimant, claimed=LARGE))
    claims.decide(first, loss=0)
    assert home.limits.worthApart(first, False) == WORTH
    dispute = claims.desk.dispute(first, claimant.sends).return_value

    assert "AwardUndelivered" in ruled(claims, dispute, WORTH).events
    with refused("LimitsInUse", first, WORTH, 0):
        home.panel.conclude.call(dispute, claimant.sends)

    for other in others:
        claims.desk.withdraw(other, claimant.sends)
    home.panel.conclude(dispute, claimant.sends)

    assert claims.claim(first)["paid"] == WORTH


# Later claims before the panel


def test_award__later_claims_granted_nothing__waits_for_their_panels_and_is_paid_in_full(
    claims, home, disputed, waits, paid
):
    ids, disputes = disputed(3)
    ruled(claims, disputes[0], MOST)
    waits(disputes[0], MOST, 0)
    ruled(claims, disputes[2], 0)
    waits(disputes[0], MOST, LEFT)
    ruled(claims, disputes[1], 0)

    home.room.conclude(disputes[0])

    assert paid(ids) == [MOST, 0, 0]
    assert [claims.claim(number)["outcome"] for number in ids] == [AWARDED, UPHELD, UPHELD]


@pytest.mark.parametrize("later", [1_000 * TUSD, 2_500 * TUSD])
def test_award__later_claim_granted_a_part_and_undelivered__waits_and_takes_what_that_leaves(
    home, both_granted, waits, paid, later
):
    ids, disputes = both_granted(MOST, later)
    granted = min(MOST, MOST + LEFT - later)
    waits(disputes[0], granted, LEFT)

    home.room.conclude(disputes[1])
    home.room.conclude(disputes[0])

    assert paid(ids) == [granted, later]


def test_award__later_claim_granted_all_it_reserves__waits_for_nobody(home, both_granted, paid):
    ids, disputes = both_granted(MOST, MOST)

    for dispute in disputes:
        home.room.conclude(dispute)

    assert paid(ids) == [LEFT, MOST]


# How long


def test_award__a_year_after_it_came_before_the_panel__waits_no_longer(claims, home, notified, claimant, waits):
    first, _ = notified(2)
    claims.decide(first, second=True, loss=0)
    travel_to(now() + 3 * DAY)  # the claim's clock runs from the decision
    receipt = claims.desk.dispute(first, claimant.sends)
    dispute, since = receipt.return_value, receipt.timestamp
    ruled(claims, dispute, MOST)
    assert home.limits.MAX_AWARD_WAIT_SECONDS() == YEAR

    next_block_at(since + YEAR)
    waits(dispute, MOST, LEFT)
    next_block_at(since + YEAR + 1)
    home.room.conclude(dispute)

    assert (claims.claim(first)["state"], claims.claim(first)["paid"]) == (CLOSED, LEFT)


def test_award__escalated_after_a_year_of_silence__still_waits_for_others(
    claims, home, insured, notified, claimant, waits
):
    first, other = notified(2)
    travel_to(now() + YEAR + DAY)
    dispute = claims.desk.escalate(first, claimant.sends).return_value
    ruled(claims, dispute, MOST)
    waits(dispute, MOST, LEFT)

    claims.desk.withdraw(other, claimant.sends)
    receipt = home.room.conclude(dispute)

    assert claims.claim(first)["paid"] == MOST
    assert whole(claims, insured, interest=paid_out(receipt)[1])


def test_award__first_panel_was_silent__the_year_counts_from_the_second(claims, home, notified, claimant, waits):
    first, _ = notified(2)
    claims.decide(first, second=True, loss=0)
    dispute = claims.desk.dispute(first, claimant.sends).return_value
    since = home.room.fall_silent(dispute).timestamp
    ruled(claims, dispute, MOST)

    next_block_at(since + YEAR)
    waits(dispute, MOST, LEFT)
    next_block_at(since + YEAR + 1)
    home.room.conclude(dispute)

    assert claims.claim(first)["paid"] == LEFT
