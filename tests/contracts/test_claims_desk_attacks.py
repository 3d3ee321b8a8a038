"""What people try with a desk that serves everybody, and what must hold however claims get in each other's way."""

import pytest
from brownie import ImpostorProduct
from chain_clock import DAY, now, travel_to
from claim_steps import CLOSED, DECIDED, DENIED, NOTICED, PAID, WORTH, acknowledge_by, paid_out, ruled, whole
from eth_utils import keccak
from indemnity_claims import LOSS, incident
from indemnity_market import INSTITUTION
from market import TUSD
from parties import person
from refusals import refused
from typed_messages import values

HIGHER = 8_000 * TUSD
HUGE = 7_212 * TUSD  # worth 6,400 TUSD: the most a claim may cost on the higher sum


# A product of one's own


@pytest.fixture
def attacker():
    return person("attacker")


@pytest.fixture
def impostor(home, attacker):
    """A product that says yes to everything; its terms are the home insurance's."""
    rules = home.product.termsWords()[7:9]
    return ImpostorProduct.deploy(home.disbursement, home.token, list(rules), attacker.sends)


@pytest.fixture
def false_claim(claims, impostor, attacker):
    """Id of a claim under it. Anybody can have one, and it is worth nothing."""
    return claims.notify(1, attacker, product=impostor.address)


def test_report_loss__product_of_ones_own__spoils_nobodys_incident(
    claims, home, insured, claimant, impostor, false_claim
):
    named = incident()
    stolen = claims.report_arguments(claims.loss_report(false_claim, nullifiers=[named]), nodes=[])
    with refused("ProductUnknown", impostor):
        claims.desk.reportLoss.call(*stolen, person("attacker").sends)

    claims.report(claims.notify(insured, claimant), nullifiers=[named])

    assert home.incidents.firstClaimOf(named) >> 96 == int(home.product.address, 16)


def test_escalate__product_of_ones_own__takes_no_arbitrators_time(claims, home, attacker, impostor, false_claim):
    travel_to(acknowledge_by(claims.claim(false_claim)) + 1)

    with refused("ProductUnknown", impostor):
        claims.desk.escalate.call(false_claim, attacker.sends)
    assert home.panel.disputeCount() == 0


def test_choose_institution__product_of_ones_own__cannot_reach_what_lies_at_the_disbursement(
    claims, home, attacker, impostor, false_claim
):
    home.token.mint(home.disbursement, LOSS, person("issuer").sends)  # sent there by mistake
    accomplice = person("accomplice")
    home.limits.setAdjusterLimit(impostor, accomplice, LOSS, LOSS, attacker.sends)
    with refused("ProductUnknown", impostor):
        claims.desk.chooseInstitution.call(false_claim, INSTITUTION, attacker.sends)
    decision = claims.decision(false_claim, clause=keccak(text="clause"), proof=[])

    claims.desk.decide(*claims.decide_arguments(decision), accomplice.sends)

    assert (home.disbursement.instructionCount(), home.disbursement.bookedOf(home.token)) == (0, 0)
    assert home.token.balanceOf(home.disbursement) == LOSS


def test_report_loss__product_of_ones_own_without_incidents__is_refused(claims, attacker, impostor, false_claim):
    arguments = claims.report_arguments(claims.loss_report(false_claim, nullifiers=[]), nodes=[])

    with refused("ProductUnknown", impostor):
        claims.desk.reportLoss.call(*arguments, attacker.sends)


def test_desk__called_back_in_the_middle_of_a_notice__refuses(claims, attacker, impostor, false_claim):
    desk, notice = claims.desk, claims.notice(1, product=impostor.address)
    zero, none = "0x" + "00" * 20, b""
    calls = {
        desk.notify: (values("Notice", notice),),
        desk.notifyFor: claims.notify_for_arguments(notice, attacker),
        desk.reportLoss: claims.report_arguments(claims.loss_report(false_claim), nodes=[]),
        desk.reestimate: (false_claim, 1),
        desk.decide: (tuple(claims.decision(false_claim).values()), zero, none),
        desk.payInstalment: (false_claim,),
        desk.takeInstalments: (false_claim,),
        desk.withdraw: (false_claim,),
        desk.escalate: (false_claim,),
        desk.dispute: (false_claim,),
        desk.reopen: (false_claim, 1, bytes(32)),
        desk.chooseInstitution: (false_claim, 1),
        desk.orderFor: claims.order_arguments(claims.order(false_claim, 0), attacker),
        desk.close: (false_claim,),
        desk.award: (false_claim, 1, 1, bytes(32)),
    }
    for function, arguments in calls.items():
        impostor.callBack(function.encode_input(*arguments), attacker.sends)
        with refused("ReentrancyGuardReentrantCall"):
            desk.notify.call(values("Notice", notice), attacker.sends)


# A later version of the policy


@pytest.fixture
def crowded(claims, home, insured, claimant, noticed):
    """Id of a claim under a policy whose sum was raised since, and used up beyond what it was before."""
    order = home.endorsement(insured, sumInsured=HIGHER)
    home.endorse(order, claimant)
    travel_to(order["effectiveAt"] + 1)
    later = claims.notify(insured, claimant, claimed=HUGE)
    assert claims.claim(later)["reserve"] == 6_400 * TUSD > 5_000 * TUSD
    assert whole(claims, insured)
    return noticed


def test_decide__limits_used_up_under_a_later_version__the_claim_keeps_its_reserve(claims, insured, crowded, gained):
    before = gained()

    claims.decide(crowded)

    assert gained() - before == WORTH
    assert claims.claim(crowded)["outcome"] == PAID
    assert whole(claims, insured)


def test_award__limits_used_up_under_a_later_version__reaches_the_claimant(claims, home, insured, claimant, noticed):
    claims.decide(noticed, loss=300 * TUSD, instalments=3, intervalSeconds=DAY)
    dispute = claims.desk.dispute(noticed, claimant.sends).return_value
    order = home.endorsement(insured, sumInsured=HIGHER)
    home.endorse(order, claimant)
    travel_to(order["effectiveAt"] + 1)
    claims.notify(insured, claimant, claimed=HUGE)

    receipt = ruled(claims, dispute, 100 * TUSD)

    assert (claims.claim(noticed)["state"], claims.claim(noticed)["paid"]) == (CLOSED, 280 * TUSD)
    assert whole(claims, insured, interest=paid_out(receipt)[1])


def test_reestimate__high_to_leave_another_claim_nothing__does_not_keep_it_from_its_money(
    claims, insured, claimant, adjuster, gained
):
    starved = claims.notify(insured, claimant)
    claims.desk.reestimate(starved, 0, adjuster.sends)
    while claims.claim(claims.notify(insured, claimant, claimed=HUGE))["reserve"]:
        pass  # until nothing of the limits is left
    claims.decide(starved, loss=0)
    record = claims.claim(starved)
    assert (record["state"], record["outcome"], record["reserve"]) == (DECIDED, DENIED, 0)

    dispute = claims.desk.dispute(starved, claimant.sends).return_value

    assert claims.market.room.dispute(dispute)["disputed"] == WORTH
    assert whole(claims, insured)


# Payees and tokens that refuse


def test_report_loss__blocked_claimant__is_held_and_stops_nothing(claims, home, insured, claimant, noticed, people):
    home.token.setBlocked(claimant, True, people["issuer"].sends)

    claims.report(noticed)

    assert claims.claim(noticed)["state"] == CLOSED
    assert home.treasury.heldPayoutOf(claimant) == WORTH
    assert whole(claims, insured)


def test_award__blocked_claimant__is_held_with_its_interest(claims, home, insured, claimant, noticed, people):
    claims.decide(noticed, loss=0)
    dispute = claims.desk.dispute(noticed, claimant.sends).return_value
    home.token.setBlocked(claimant, True, people["issuer"].sends)

    receipt = ruled(claims, dispute, WORTH)

    indemnity, owed = paid_out(receipt)
    assert home.treasury.heldPayoutOf(claimant) == indemnity + owed == WORTH + owed
    assert home.panel.heldDeposit(claimant, home.token) == WORTH // 20
    assert whole(claims, insured, interest=owed)


def test_conclude__lost_deposit_and_blocked_treasury__anybody_pushes_it_there(claims, home, noticed, claimant, people):
    claims.decide(noticed, loss=0)
    dispute = claims.desk.dispute(noticed, claimant.sends).return_value
    home.token.setBlocked(home.treasury, True, people["issuer"].sends)
    ruled(claims, dispute, 0)
    lost = home.panel.heldDeposit(home.treasury, home.token)
    assert lost == WORTH // 20
    home.token.setBlocked(home.treasury, False, people["issuer"].sends)

    home.panel.pushHeldDeposit(home.token, home.treasury, people["stranger"].sends)

    assert home.panel.heldDeposit(home.treasury, home.token) == 0
    assert home.treasury.heldAssets() - home.treasury.bookedAssets() == lost
    assert home.treasury.absorbSurplus(people["treasurer"].sends).return_value == lost


def test_report_loss__with_too_little_gas__fails_as_a_whole(claims, noticed, claimant):
    arguments = claims.report_arguments(claims.loss_report(noticed))

    with pytest.raises(Exception):  # noqa: B017, PT011 - out of gas, or GasTooLow: where it runs out is the compiler's
        claims.desk.reportLoss(*arguments, {**claims.market.relayer.sends, "gas_limit": 220_000})

    assert claims.claim(noticed)["state"] == NOTICED


def test_claims__as_many_as_limits_allow__never_cost_more_than_was_locked(claims, home, insured, claimant, gained):
    """Four claims that each want the most a claim may cost: the policy pays its sum insured, and interest at most."""
    numbers = [claims.notify(insured, claimant, claimed=20_000 * TUSD) for _ in range(4)]
    assert [claims.claim(number)["reserve"] for number in numbers] == [4_000 * TUSD, 1_000 * TUSD, 0, 0]
    travel_to(now() + 4 * 365 * DAY)

    for number in numbers:
        claims.decide(number, second=True)

    assert gained() == 5_500 * TUSD == 5_000 * TUSD + 5_000 * TUSD // 10
    assert home.product.exposureOf(insured) == 0 == home.treasury.totalReserves()
    assert whole(claims, insured, interest=500 * TUSD)
