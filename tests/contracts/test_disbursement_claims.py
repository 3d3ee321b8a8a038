"""Disbursement and claims desk together: a claim paid through an institution, from the decision to either leg."""

import pytest
from answers import plain
from chain_clock import now, travel_to
from disbursing import CONFIRMED, TAKEN, WAITING
from indemnity_house import RECEIPT_SECONDS
from indemnity_market import INSTITUTION
from market import TUSD
from parties import person
from refusals import refused
from typed_messages import digest, product_domain, values

from scripts.brownie.deploy import ROLES

CLOSED = 6
WORTH = 450 * TUSD  # of the 600 claimed


@pytest.fixture
def rails(home):
    """The contract under test, as deployed with the network."""
    return home.disbursement


@pytest.fixture
def wanted(home, claims, insured, holders):
    """A claim whose claimant wants to be paid through the institution."""
    number = claims.notify(insured, holders[0])
    home.desk.chooseInstitution(number, INSTITUTION, holders[0].sends)
    return number


@pytest.fixture
def opened(rails, claims, wanted):
    """Instruction of the claim, decided in full: its payout waits for the institution's receipt."""
    claims.decide(wanted)
    return int(rails.instructionCount())


def confirm(home, instruction, payee, amount):
    message = {
        "instructionId": instruction,
        "payee": payee.address,
        "token": home.token.address,
        "amount": amount,
        "currency": b"EUR",
        "rate": 920_000,
        "referenceHash": instruction.to_bytes(32, "big"),
    }
    domain = product_domain(home.disbursement, home.domain["chainId"])
    signature = home.bank.sign(digest("PayoutReceipt", message, domain))
    return home.disbursement.confirmPayout(values("PayoutReceipt", message), signature, home.relayer.sends)


def test_decide__through_an_institution__token_waits_for_the_receipt(home, rails, claims, wanted, holders):
    before, assets = home.token.balanceOf(holders[0]), home.treasury.bookedAssets()

    receipt = claims.decide(wanted)

    assert rails.instructionCount() == 1
    payee, amount, institution, token, due, state, claim = plain(rails.instructionAt(1))
    assert (payee, amount, institution) == (holders[0].address, WORTH, INSTITUTION)
    assert (token, due, state, claim) == (home.token.address, now() + RECEIPT_SECONDS, WAITING, wanted)
    assert home.token.balanceOf(rails) == rails.bookedOf(home.token) == WORTH
    assert home.token.balanceOf(holders[0]) == before
    assert home.treasury.bookedAssets() == assets - WORTH
    assert claims.claim(wanted)["state"] == CLOSED
    assert receipt.events["ClaimPaid"]["payee"] == holders[0].address


def test_report_loss__through_an_institution__token_waits_in_the_same_transaction(rails, claims, wanted):
    receipt = claims.report(wanted)

    assert receipt.events["PayoutOpened"]["claimId"] == wanted
    assert rails.bookedOf(claims.market.token) == WORTH


def test_confirm_payout__of_a_claim__the_institution_has_the_token_and_the_claimant_no_second_one(
    home, rails, opened, holders
):
    before, vault = home.token.balanceOf(holders[0]), home.token.balanceOf(home.vault)

    confirm(home, opened, holders[0], WORTH)

    assert home.token.balanceOf(home.vault) == vault + WORTH
    travel_to(now() + RECEIPT_SECONDS + 1)
    with refused("PayoutNotInState", opened, CONFIRMED):
        rails.takePayout(opened, holders[0], holders[0].sends)
    with refused("NothingHeld", holders[0]):
        home.treasury.takeHeldPayout(holders[0], holders[0].sends)
    assert home.token.balanceOf(holders[0]) == before


def test_take_payout__of_a_claim__institution_silent__claimant_has_the_token(home, rails, opened, holders):
    before = home.token.balanceOf(holders[0])
    travel_to(now() + RECEIPT_SECONDS + 1)

    rails.takePayout(opened, holders[0], holders[0].sends)

    assert home.token.balanceOf(holders[0]) == before + WORTH
    with refused("PayoutNotInState", opened, TAKEN):
        confirm(home, opened, holders[0], WORTH)


def paid_straight(home, rails, claims, wanted, holder):
    """Whether the decision pays the claimant's address at once."""
    before = home.token.balanceOf(holder)
    receipt = claims.decide(wanted)
    assert "PayoutOpened" not in receipt.events
    assert home.token.balanceOf(rails) == rails.bookedOf(home.token) == rails.instructionCount() == 0
    return home.token.balanceOf(holder) == before + WORTH


def test_decide__institution_limit_too_small__pays_straight(home, rails, claims, wanted, holders):
    rails.changeLimits(INSTITUTION, WORTH - 1, 10 * WORTH, RECEIPT_SECONDS, person("platform registrar").sends)

    assert paid_straight(home, rails, claims, wanted, holders[0])


def test_decide__institution_suspended_meanwhile__pays_straight(home, rails, claims, wanted, holders):
    rails.suspendInstitution(INSTITUTION, person("platform registrar").sends)

    assert paid_straight(home, rails, claims, wanted, holders[0])


def test_decide__institution_that_never_was__pays_straight(home, rails, claims, wanted, holders):
    home.desk.chooseInstitution(wanted, 77, holders[0].sends)

    assert paid_straight(home, rails, claims, wanted, holders[0])


def test_decide__over_the_treasurys_cap__is_held_for_the_claimant_and_no_instruction_opens(
    home, rails, claims, wanted, holders
):
    home.treasury.setPayoutCap(WORTH - 1, home.administrator.sends)

    claims.decide(wanted)

    assert rails.instructionCount() == 0
    assert home.treasury.heldPayoutOf(holders[0]) == WORTH
    assert claims.claim(wanted)["state"] == CLOSED


def test_decide__token_refuses_the_disbursement__is_held_for_the_claimant_and_no_instruction_opens(
    home, rails, claims, wanted, holders
):
    home.token.setBlocked(rails, True, person("issuer").sends)

    claims.decide(wanted)

    assert rails.instructionCount() == 0
    assert home.treasury.heldPayoutOf(holders[0]) == WORTH
    before = home.token.balanceOf(holders[0])
    home.treasury.pushHeldPayout(holders[0], home.relayer.sends)
    assert home.token.balanceOf(holders[0]) == before + WORTH


def test_decide__gift_lies_in_the_disbursement__pays_in_full_all_the_same(home, rails, claims, wanted, holders):
    home.token.transfer(rails, 7, holders[1].sends)

    claims.decide(wanted)

    assert home.token.balanceOf(rails) == WORTH + 7
    assert rails.bookedOf(home.token) == WORTH


def test_accepts_from__desk_with_and_without_its_role__says_whether_the_rail_takes_its_payouts(home, claims, people):
    token, rail = home.token.address, home.disbursement
    assert rail.acceptsFrom(claims.desk, INSTITUTION, token, TUSD)

    authority = home.house.platform.authority
    authority.revokeRole(ROLES["DESK"], claims.desk, people["platform administrator"].sends)

    assert not rail.acceptsFrom(claims.desk, INSTITUTION, token, TUSD)
    assert rail.accepts(INSTITUTION, token, TUSD)
