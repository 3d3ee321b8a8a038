"""ClaimsDesk.chooseInstitution, orderFor and multicall: by signature, and through an institution to its receipt."""

import pytest
from answers import fields
from brownie import ContractWallet, accounts, chain
from chain_clock import DAY, next_block_at, now, travel_to
from claim_steps import (
    CHOOSE,
    CLOSED,
    DISPUTE,
    DISPUTED,
    ESCALATE,
    REOPEN,
    WITHDRAW,
    WITHDRAWN,
    WORTH,
    acknowledge_by,
    whole,
)
from disbursing import CONFIRMED, TAKEN
from eth_utils import keccak
from indemnity_market import INSTITUTION
from market import TUSD
from parties import person
from refusals import refused
from typed_messages import digest, product_domain, struct_hash, values

BY_INSTITUTION = 1
MORE = 800 * TUSD
NEWS = b"\x09" * 32


# Through an institution


def test_choose_institution__claimant__is_kept(claims, claimant, noticed):
    receipt = claims.desk.chooseInstitution(noticed, INSTITUTION, claimant.sends)

    assert fields(receipt.events["InstitutionChosen"], "claimId", "institution") == (noticed, INSTITUTION)
    assert claims.desk.institutionOf(noticed) == INSTITUTION
    assert claims.claim(noticed)["flags"] == BY_INSTITUTION


def test_choose_institution__none_again__is_paid_straight(claims, claimant, noticed, gained):
    claims.desk.chooseInstitution(noticed, INSTITUTION, claimant.sends)
    claims.desk.chooseInstitution(noticed, 0, claimant.sends)
    assert (claims.desk.institutionOf(noticed), claims.claim(noticed)["flags"]) == (0, 0)

    claims.report(noticed)

    assert gained() == WORTH


@pytest.fixture
def instruction(claims, home, claimant, noticed):
    """A claim's money waits at the institution for its receipt."""
    claims.desk.chooseInstitution(noticed, INSTITUTION, claimant.sends)
    claims.report(noticed)
    return int(home.disbursement.instructionCount())


def test_report_loss__institution_chosen__sends_the_money_its_way(
    claims, home, insured, claimant, noticed, instruction
):
    kept = home.disbursement.instructionAt(instruction).dict()

    assert (kept["claimId"], kept["payee"], kept["amount"]) == (noticed, claimant.address, WORTH)
    assert home.token.balanceOf(home.disbursement) == home.disbursement.bookedOf(home.token) == WORTH
    assert claims.claim(noticed)["state"] == CLOSED
    assert whole(claims, insured)


def test_report_loss__institution_confirms__gets_the_money(claims, home, claimant, instruction, gained):
    before = home.token.balanceOf(home.vault)
    message = {
        "instructionId": instruction, "payee": claimant.address, "token": home.token.address, "amount": WORTH,
        "currency": b"EUR", "rate": 920_000, "referenceHash": keccak(text="transfer"),
    }  # fmt: skip
    signature = home.bank.sign(digest("PayoutReceipt", message, product_domain(home.disbursement, chain.id)))

    home.disbursement.confirmPayout(values("PayoutReceipt", message), signature, home.relayer.sends)

    assert home.disbursement.instructionAt(instruction)[5] == CONFIRMED
    assert (home.token.balanceOf(home.vault) - before, gained()) == (WORTH, 0)


def test_report_loss__institution_stays_silent__leaves_the_money_to_the_claimant(home, claimant, instruction, gained):
    travel_to(home.disbursement.instructionAt(instruction)[4] + 1)

    home.disbursement.takePayout(instruction, claimant, claimant.sends)

    assert home.disbursement.instructionAt(instruction)[5] == TAKEN
    assert gained() == WORTH


@pytest.mark.parametrize("trouble", ["unknown", "suspended", "too much"])
def test_report_loss__institution_that_does_not_take_it__pays_straight(
    claims, home, claimant, noticed, gained, trouble
):
    registrar = person("platform registrar")
    if trouble == "suspended":
        home.disbursement.suspendInstitution(INSTITUTION, registrar.sends)
    if trouble == "too much":
        home.disbursement.changeLimits(INSTITUTION, WORTH - 1, 20_000 * TUSD, 2 * DAY, registrar.sends)
    claims.desk.chooseInstitution(noticed, 9 if trouble == "unknown" else INSTITUTION, claimant.sends)

    claims.report(noticed)

    assert gained() == WORTH


def test_report_loss__institution_and_a_day_that_is_used_up__is_held_for_the_claimant(
    claims, home, claimant, noticed, gained
):
    home.treasury.setPayoutCap(WORTH - 1, home.administrator.sends)
    claims.desk.chooseInstitution(noticed, INSTITUTION, claimant.sends)

    claims.report(noticed)

    assert (home.treasury.heldPayoutOf(claimant), home.disbursement.instructionCount()) == (WORTH, 0)


def test_choose_institution__by_anybody_but_the_claimant__is_refused(claims, adjuster, noticed):
    with refused("ClaimantRequired", noticed, adjuster):
        claims.desk.chooseInstitution.call(noticed, INSTITUTION, adjuster.sends)


def test_choose_institution__closed_claim__is_refused(claims, claimant, noticed):
    claims.report(noticed)

    with refused("ClaimNotInState", noticed, CLOSED):
        claims.desk.chooseInstitution.call(noticed, INSTITUTION, claimant.sends)


def test_choose_institution__in_dispute__keeps_the_claim_as_it_is(claims, claimant, denied):
    claims.desk.dispute(denied, claimant.sends)
    before = claims.claim(denied)

    claims.desk.chooseInstitution(denied, INSTITUTION, claimant.sends)

    assert claims.claim(denied) == {**before, "flags": BY_INSTITUTION}


# By signature


def test_order_for__withdrawal__closes_the_claim(claims, claimant, noticed):
    receipt = claims.order_for(claims.order(noticed, WITHDRAW), claimant)

    assert (claims.claim(noticed)["outcome"], receipt.return_value) == (WITHDRAWN, 0)
    assert claims.desk.nonces(claimant) == 1


def test_order_for__escalation__opens_a_dispute(claims, home, claimant, noticed):
    travel_to(acknowledge_by(claims.claim(noticed)) + 1)

    receipt = claims.order_for(claims.order(noticed, ESCALATE), claimant)

    assert receipt.return_value == home.panel.disputeOf(claims.desk, noticed) > 0


def test_order_for__dispute__takes_the_claimants_deposit(claims, home, claimant, denied, gained):
    receipt = claims.order_for(claims.order(denied, DISPUTE), claimant)

    assert receipt.return_value == home.panel.disputeOf(claims.desk, denied) > 0
    assert gained() == -WORTH // 20
    assert claims.claim(denied)["state"] == DISPUTED


def test_order_for__reopening__opens_the_claim_that_was_signed(claims, claimant, noticed):
    claims.report(noticed)

    receipt = claims.order_for(claims.order(noticed, REOPEN, amount=MORE, evidenceRoot=NEWS), claimant)

    assert receipt.return_value == claims.desk.supersededBy(noticed)
    assert claims.claim(receipt.return_value)["claimed"] == MORE
    assert bytes(receipt.events["ClaimNoticed"]["evidenceRoot"]) == NEWS


def test_order_for__institution__is_chosen(claims, claimant, noticed):
    receipt = claims.order_for(claims.order(noticed, CHOOSE, institution=INSTITUTION), claimant)

    assert (claims.desk.institutionOf(noticed), receipt.return_value) == (INSTITUTION, 0)


@pytest.mark.parametrize("action", [WITHDRAW, ESCALATE, DISPUTE, REOPEN, CHOOSE])
def test_order_for__a_second_time__is_refused(claims, claimant, noticed, action):
    order = claims.order(noticed, CHOOSE, institution=INSTITUTION)
    claims.order_for(order, claimant)
    again = {**order, "action": action}

    with refused("InvalidAccountNonce", claimant, 1):
        claims.desk.orderFor.call(*claims.order_arguments(again, claimant), claims.market.relayer.sends)


def test_order_for__at_its_deadline_and_after__is_taken_and_refused(claims, claimant, noticed):
    until = now() + 60
    late = claims.order_arguments(claims.order(noticed, CHOOSE, nonce=1, deadline=until), claimant)
    next_block_at(until)
    claims.desk.orderFor(
        *claims.order_arguments(claims.order(noticed, CHOOSE, deadline=until), claimant), claims.market.relayer.sends
    )

    next_block_at(until + 1)
    with refused("ClaimOrderExpired", until, until + 1):
        claims.desk.orderFor(*late, claims.market.relayer.sends)


@pytest.mark.parametrize("change", ["action", "amount", "evidenceRoot", "institution", "deadline"])
def test_order_for__not_what_was_signed__is_refused(claims, claimant, noticed, change):
    order = claims.order(noticed, CHOOSE, institution=INSTITUTION)
    _, signature = claims.order_arguments(order, claimant)
    other = {
        "action": WITHDRAW, "amount": 1, "evidenceRoot": NEWS, "institution": 2, "deadline": order["deadline"] + 1
    }  # fmt: skip
    changed = values("ClaimOrder", {**order, change: other[change]})

    with refused("ClaimSignatureInvalid", claimant):
        claims.desk.orderFor.call(changed, signature, claims.market.relayer.sends)


def test_order_for__signed_by_somebody_else__is_refused(claims, claimant, adjuster, noticed):
    with refused("ClaimSignatureInvalid", claimant):
        claims.desk.orderFor.call(
            *claims.order_arguments(claims.order(noticed, WITHDRAW), adjuster), claims.market.relayer.sends
        )


def test_order_for__no_such_claim__is_refused(claims, claimant, noticed):
    nobody = "0x" + "00" * 20
    order = {**claims.order(noticed, WITHDRAW), "claimId": noticed + 1, "nonce": claims.desk.nonces(nobody)}

    with refused("ClaimSignatureInvalid", nobody):
        claims.desk.orderFor.call(*claims.order_arguments(order, claimant), claims.market.relayer.sends)


def test_order_for__what_the_action_refuses__is_refused(claims, claimant, noticed):
    order = claims.order(noticed, DISPUTE)

    with refused("ClaimNotInState", noticed, 1):
        claims.desk.orderFor.call(*claims.order_arguments(order, claimant), claims.market.relayer.sends)


def test_order_for__claimant_with_a_contract_wallet__is_taken(claims, home, holders):
    wallet = ContractWallet.deploy(person("wallet owner"), {"from": accounts[0]})
    number = claims.notify(home.sold(holders[2], beneficiary=wallet.address), holders[2])

    claims.order_for(claims.order(number, WITHDRAW), person("wallet owner"))

    assert claims.claim(number)["outcome"] == WITHDRAWN


# Several at once


def test_multicall__several_of_the_adjuster__are_done_in_one_transaction(claims, insured, claimant, adjuster, gained):
    numbers = [claims.notify(insured, claimant) for _ in range(3)]
    decisions = [claims.decide_arguments(claims.decision(number)) for number in numbers[1:]]
    calls = [
        claims.desk.acknowledge.encode_input(numbers[0]),
        *(claims.desk.decide.encode_input(*decision) for decision in decisions),
    ]

    claims.desk.multicall(calls, adjuster.sends)

    assert [claims.claim(number)["state"] for number in numbers] == [2, CLOSED, CLOSED]
    assert gained() == 2 * WORTH
    assert whole(claims, insured)


def test_multicall__one_that_fails__undoes_all(claims, claimant, adjuster, noticed):
    calls = [claims.desk.acknowledge.encode_input(noticed), claims.desk.withdraw.encode_input(noticed)]

    with refused("ClaimantRequired", noticed, adjuster):
        claims.desk.multicall.call(calls, adjuster.sends)


def test_domain_separator__desk__is_that_of_its_messages(claims, home):
    struct = b"\x05" * 32
    domain = claims.desk.domainSeparator()

    order = {
        "claimId": 1, "action": 0, "amount": 0, "evidenceRoot": struct, "institution": 0, "nonce": 0, "deadline": 0
    }  # fmt: skip
    expected = keccak(b"\x19\x01" + bytes(domain) + struct_hash("ClaimOrder", order))
    assert digest("ClaimOrder", order, claims.domain) == expected
