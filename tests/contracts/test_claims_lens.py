"""ClaimsLens: deadlines, deposits, whose turn it is, and the books, as the contracts themselves have them."""

import pytest
from answers import plain
from brownie import ClaimsLens, accounts
from chain_clock import DAY, HOUR, next_block_at, now, travel_to
from claim_steps import NONE, WORTH, ZERO, acknowledge_by, decide_by, ruled, worth
from indemnity_claims import claim_id
from indemnity_market import INSTITUTION
from market import TUSD
from refusals import refused

NOBODY, INSURER, CLAIMANT, PANEL, ANYONE = range(5)
(NO_STEP, ACKNOWLEDGE, DECIDE, ESCALATE, DISPUTE, PAY_INSTALMENT, CLOSE, RULE, REOPEN, DELIVER) = range(10)
DISPUTE_WINDOW, REOPEN_WINDOW = 30 * DAY, 60 * DAY


@pytest.fixture(scope="module")
def lens(home):
    return ClaimsLens.deploy({"from": accounts[0]})


@pytest.fixture
def until(lens, claims):
    """Deadlines of a claim: acknowledge, decide, dispute, reopen, instalment."""
    return lambda number: plain(lens.deadlines(claims.desk, number))


@pytest.fixture
def step(lens, claims):
    """Whose turn it is, with what, and until or from when."""
    return lambda number: plain(lens.nextStep(claims.desk, number))


# Deadlines


def test_deadlines__noticed__are_the_insurers(claims, until, noticed):
    claim = claims.claim(noticed)

    assert until(noticed) == (acknowledge_by(claim), decide_by(claim), 0, 0, 0)


def test_deadlines__acknowledged_and_referred__leave_the_decision(claims, until, adjuster, noticed):
    due = decide_by(claims.claim(noticed))
    claims.desk.acknowledge(noticed, adjuster.sends)
    assert until(noticed) == (0, due, 0, 0, 0)

    claims.report(noticed, fraudScore=9_000)

    assert until(noticed) == (0, due, 0, 0, 0)


def test_deadlines__other_tier__has_longer(claims, home, until, holders):
    number = claims.notify(home.sold(holders[1], score=7_000, measure=1), holders[1])

    assert until(number)[1] == claims.claim(number)["clockFrom"] + 14 * DAY


def test_deadlines__denied__is_the_claimants(claims, until, denied):
    assert until(denied) == (0, 0, claims.claim(denied)["clockFrom"] + DISPUTE_WINDOW, 0, 0)


def test_deadlines__in_instalments__says_when_the_next_is_due(claims, until, noticed):
    claims.decide(noticed, instalments=3, intervalSeconds=DAY)

    assert until(noticed) == (0, 0, now() + DISPUTE_WINDOW, 0, now() + DAY)


def test_deadlines__closed__is_for_reopening(claims, until, noticed):
    claims.report(noticed)

    assert until(noticed) == (0, 0, 0, now() + REOPEN_WINDOW, 0)


@pytest.mark.parametrize("how", ["panel", "superseded", "reopened three times"])
def test_deadlines__final__there_are_none(claims, until, claimant, denied, how):
    number = denied
    if how == "panel":
        ruled(claims, claims.desk.dispute(denied, claimant.sends).return_value, 0)
    else:
        travel_to(now() + DISPUTE_WINDOW + DAY)
        claims.desk.close(denied, claimant.sends)
        claims.desk.reopen(denied, 700 * TUSD, b"\x01" * 32, claimant.sends)
    for _ in range(2 if how == "reopened three times" else 0):
        number = claims.desk.supersededBy(number)
        claims.decide(number)
        claims.desk.reopen(number, 700 * TUSD, b"\x01" * 32, claimant.sends)
    if how == "reopened three times":
        number = claims.desk.supersededBy(number)
        claims.decide(number)
        assert claims.claim(number)["flags"] >> 4 == 3

    assert until(number) == (0, 0, 0, 0, 0)
    assert claims.desk.isFinal(number)


def test_deadlines__pauses__are_counted_in(claims, home, until, noticed):
    claim = claims.claim(noticed)
    home.treasury.pause(5 * HOUR, home.guardian.sends)
    paused_at = now()
    travel_to(paused_at + HOUR)
    assert until(noticed)[:2] == (acknowledge_by(claim, HOUR), decide_by(claim, HOUR))

    travel_to(paused_at + 6 * HOUR)
    assert until(noticed)[:2] == (acknowledge_by(claim, 5 * HOUR), decide_by(claim, 5 * HOUR))
    claims.decide(noticed, loss=0)

    assert until(noticed)[2] == now() + DISPUTE_WINDOW  # the pause was before


def test_deadlines__are_the_desks_to_the_second(claims, until, claimant, noticed):
    due = until(noticed)[0]
    next_block_at(due)
    with refused("DeadlineNotPassed", noticed, due, due):
        claims.desk.escalate(noticed, claimant.sends)
    claims.decide(noticed, loss=0)
    closes = until(noticed)[2]
    next_block_at(closes)
    with refused("WindowOpen", noticed, closes, closes):
        claims.desk.close(noticed, claimant.sends)
    next_block_at(closes + 1)
    claims.desk.close(noticed, claimant.sends)
    ends = until(noticed)[3]

    next_block_at(ends + 1)
    with refused("WindowClosed", noticed, ends, ends + 1):
        claims.desk.reopen(noticed, 1, b"\x01" * 32, claimant.sends)


def test_lens__no_such_claim__is_refused(lens, claims, home, insured):
    unknown = claim_id(home.product, insured, 8)
    for ask in (lens.deadlines, lens.depositFor, lens.nextStep):
        with refused("ClaimNotInState", unknown, NONE):
            ask(claims.desk, unknown)


# Deposits


def test_deposit_for__before_the_decision__is_nothing_to_escalate(lens, claims, noticed):
    assert plain(lens.depositFor(claims.desk, noticed)) == (WORTH, 0)


def test_deposit_for__denied__is_what_the_dispute_takes(lens, claims, home, claimant, denied):
    disputed, deposit = lens.depositFor(claims.desk, denied)

    dispute = home.room.dispute(claims.desk.dispute(denied, claimant.sends).return_value)
    assert (dispute["disputed"], dispute["deposit"]) == (disputed, deposit) == (WORTH, WORTH // 20)
    assert plain(lens.depositFor(claims.desk, denied)) == (0, 0)


def test_deposit_for__large_difference__stops_at_the_cap(lens, claims, insured, claimant):
    number = claims.notify(insured, claimant, claimed=3_000 * TUSD)
    claims.decide(number, loss=0)

    assert plain(lens.depositFor(claims.desk, number)) == (worth(3_000 * TUSD), 50 * TUSD)


def test_deposit_for__limits_reserved_for_others__is_what_the_dispute_takes(
    lens, claims, home, step, insured, claimant
):
    number = crowded_out(claims, insured, claimant)
    claims.decide(number, loss=0)
    assert step(number)[:2] == (CLAIMANT, DISPUTE)
    disputed, deposit = lens.depositFor(claims.desk, number)
    home.token.approve(home.panel, deposit, claimant.sends)

    dispute = home.room.dispute(claims.desk.dispute(number, claimant.sends).return_value)

    assert (dispute["disputed"], dispute["deposit"]) == (disputed, deposit) == (WORTH, WORTH // 20)


def test_deposit_for__in_instalments__is_for_what_was_not_granted(lens, claims, noticed):
    claims.decide(noticed, loss=300 * TUSD, instalments=3, intervalSeconds=DAY)

    rest = WORTH - worth(300 * TUSD)
    assert plain(lens.depositFor(claims.desk, noticed)) == (rest, rest // 20)


def test_deposit_for__closed__is_nothing(lens, claims, noticed):
    claims.report(noticed)

    assert plain(lens.depositFor(claims.desk, noticed)) == (0, 0)


# Whose turn


def test_next_step__in_time__is_the_insurers(claims, step, adjuster, noticed):
    claim = claims.claim(noticed)
    assert step(noticed) == (INSURER, ACKNOWLEDGE, acknowledge_by(claim))

    claims.desk.acknowledge(noticed, adjuster.sends)

    assert step(noticed) == (INSURER, DECIDE, decide_by(claim))


def test_next_step__silence__is_the_claimants_who_may_escalate(claims, step, claimant, noticed):
    due = acknowledge_by(claims.claim(noticed))
    travel_to(due + 1)
    assert step(noticed) == (CLAIMANT, ESCALATE, due)

    claims.desk.escalate(noticed, claimant.sends)

    assert step(noticed) == (PANEL, RULE, 0)


def test_next_step__silence_about_a_claim_worth_nothing__stays_the_insurers(claims, step, insured, claimant):
    number = claims.notify(insured, claimant, claimed=100 * TUSD)
    due = decide_by(claims.claim(number))
    travel_to(due + 1)

    assert step(number) == (INSURER, DECIDE, due)


def test_next_step__denied__goes_from_claimant_to_anyone_to_claimant(claims, step, claimant, denied):
    closes = claims.claim(denied)["clockFrom"] + DISPUTE_WINDOW
    assert step(denied) == (CLAIMANT, DISPUTE, closes)
    travel_to(closes + 1)
    assert step(denied) == (ANYONE, CLOSE, closes + 1)
    claims.desk.close(denied, claimant.sends)
    ends = now() + REOPEN_WINDOW
    assert step(denied) == (CLAIMANT, REOPEN, ends)

    travel_to(ends + 1)

    assert step(denied) == (NOBODY, NO_STEP, 0)


def test_next_step__panel_drawn__is_the_panels_until_it_may_not_reveal(claims, home, step, claimant, denied):
    dispute = claims.desk.dispute(denied, claimant.sends).return_value
    home.room.draw(dispute)

    assert step(denied) == (PANEL, RULE, home.panel.windows(dispute)[1])


def test_next_step__award_not_delivered__is_anyones(claims, home, step, insured, claimant):
    number = crowded_out(claims, insured, claimant)
    due = acknowledge_by(claims.claim(number))
    travel_to(due + 1)
    assert step(number) == (CLAIMANT, ESCALATE, due)
    dispute = claims.desk.escalate(number, claimant.sends).return_value
    ruled(claims, dispute, WORTH)
    assert step(number) == (ANYONE, DELIVER, 0)

    claims.desk.withdraw(number + 1, claimant.sends)
    home.panel.conclude(dispute, claims.market.relayer.sends)

    assert step(number) == (NOBODY, NO_STEP, 0)


def crowded_out(claims, insured, claimant):
    """Id of a claim estimated at nothing, after which two others reserve the whole sum insured."""
    number = claims.notify(insured, claimant)
    claims.desk.reestimate(number, 0, claims.market.adjusters[0].sends)
    for _ in range(2):
        claims.notify(insured, claimant, claimed=20_000 * TUSD)
    return number


def test_next_step__in_instalments__is_anyones_when_one_is_due(claims, step, insured, claimant, noticed):
    claims.decide(noticed, instalments=2, intervalSeconds=DAY)
    due = claims.desk.instalments(noticed)[1]
    assert step(noticed) == (ANYONE, PAY_INSTALMENT, due)
    part = claims.notify(insured, claimant)
    claims.decide(part, loss=300 * TUSD, instalments=2, intervalSeconds=DAY)
    assert step(part)[:2] == (CLAIMANT, DISPUTE)

    travel_to(claims.desk.instalments(part)[1])

    assert step(part)[:2] == (ANYONE, PAY_INSTALMENT)


# Pages and books


def test_claims_of__policy__pages_through_its_claims(lens, claims, home, insured, claimant, noticed):
    second = claims.notify(insured, claimant)
    claims.desk.chooseInstitution(second, INSTITUTION, claimant.sends)
    claims.report(noticed)
    third = claims.desk.reopen(noticed, 800 * TUSD, b"\x01" * 32, claimant.sends).return_value
    claims.decide(third, instalments=3, intervalSeconds=DAY)

    def page(first, limit):
        return lens.claimsOf(claims.desk, home.product, insured, first, limit)

    records = plain(page(0, 100))
    assert [record[0] for record in records] == [noticed, second, third]
    for number, claim, plan, superseded_by, institution, final in records:
        assert claim == plain(claims.desk.claim(number))
        assert plan == plain(claims.desk.instalments(number))
        assert (superseded_by, institution) == (claims.desk.supersededBy(number), claims.desk.institutionOf(number))
        assert final == claims.desk.isFinal(number)
    assert [record[3] for record in records] == [third, 0, 0]
    assert records[2][2][3] == 2
    assert [record[0] for record in page(1, 1)] == [second]
    assert [record[0] for record in page(2, 2**256 - 1)] == [third]
    assert list(page(3, 10)) == list(page(2**256 - 1, 10)) == list(page(0, 0)) == []


def test_treasury_standing__with_a_claim__is_what_the_treasury_says(lens, claims, home, noticed, claimant):
    treasury = home.treasury
    treasury.setPayoutCap(WORTH - 1, home.administrator.sends)
    claims.report(noticed)
    treasury.pause(DAY, home.guardian.sends)

    assert plain(lens.treasuryStanding(treasury)) == plain(
        (
            treasury.asset(), treasury.heldAssets(), treasury.bookedAssets(), treasury.totalAssets(),
            treasury.freeCapital(), treasury.totalExposure(), treasury.totalReserves(), treasury.totalUnearnedPremium(),
            treasury.totalHeldPayouts(), treasury.requiredRatioBps(), *treasury.payoutCap(), treasury.pausedUntil(),
        )
    )  # fmt: skip
    assert lens.treasuryStanding(treasury)[8] == WORTH


def test_liabilities__by_product__are_what_the_treasury_says(lens, home, insured, noticed):
    product, treasury = home.product, home.treasury

    expected = (True, treasury.exposureOf(product), WORTH, treasury.unearnedPremiumOf(product))
    assert plain(lens.liabilities(treasury, product)) == plain(expected)
    assert plain(lens.liabilities(treasury, ZERO)) == (False, 0, 0, 0)
