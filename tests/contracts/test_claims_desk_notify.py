"""ClaimsDesk.notify and notifyFor: who may give notice, what it leaves behind, and what it is refused for."""

import pytest
from answers import fields, plain
from brownie import ContractWallet, accounts
from chain_clock import DAY, next_block_at, now
from claim_steps import NOTICED, WORTH, ZERO, whole
from indemnity_claims import EVIDENCE, LOSS, claim_id
from indemnity_market import SUM
from indemnity_terms import BUILDING, CONTENTS, FIRE, INDEMNITY_TERMS, STORM, WATER, lock_of
from market import TUSD
from parties import person
from refusals import refused
from typed_messages import values


def test_notify__by_the_holder__files_the_claim(claims, home, insured, claimant):
    notice = claims.notice(insured)

    receipt = claims.desk.notify(values("Notice", notice), claimant.sends)

    number = claim_id(home.product, insured)
    assert receipt.return_value == number
    assert plain(claims.desk.claim(number)) == (
        claimant.address, NOTICED, BUILDING << 5 | FIRE, now(), notice["occurredAt"], LOSS, WORTH, 0, 0, 0, 0, 0
    )  # fmt: skip
    event = receipt.events["ClaimNoticed"]
    names = ("claimId", "claimant", "coverage", "peril", "occurredAt", "claimed", "reserve", "evidenceRoot")
    assert fields(event, *names, "notifiedBy") == (
        number, claimant.address, BUILDING, FIRE, notice["occurredAt"], LOSS, WORTH, EVIDENCE,
        claimant.address,
    )  # fmt: skip


def test_notify__claim__moves_exposure_to_the_reserve(claims, home, insured, claimant):
    claims.notify(insured, claimant)

    assert home.treasury.reservesOf(home.product) == WORTH
    assert home.product.exposureOf(insured) == lock_of(SUM) - WORTH
    assert whole(claims, insured)


def test_notify__other_coverage_and_peril__are_kept_apart(claims, insured, claimant):
    number = claims.notify(insured, claimant, coverage=CONTENTS, peril=FIRE, claimed=150 * TUSD)

    assert claims.claim(number)["cause"] == CONTENTS << 5 | FIRE
    assert claims.claim(number)["reserve"] == 80 * TUSD


def test_notify__several_claims__count_up(claims, home, insured, claimant):
    numbers = [claims.notify(insured, claimant) for _ in range(3)]

    assert numbers == [claim_id(home.product, insured, ordinal) for ordinal in range(3)]
    assert home.treasury.reservesOf(home.product) == 3 * WORTH
    assert whole(claims, insured)


def test_notify__loss_below_the_deductible__reserves_nothing(claims, insured, claimant):
    number = claims.notify(insured, claimant, claimed=100 * TUSD)

    assert (claims.claim(number)["state"], claims.claim(number)["reserve"]) == (NOTICED, 0)
    assert whole(claims, insured)


def test_notify__while_paused__is_taken(claims, home, insured, claimant):
    home.treasury.pause(DAY, home.guardian.sends)

    assert claims.claim(claims.notify(insured, claimant))["reserve"] == WORTH


def test_notify__policy_of_a_beneficiary__makes_the_beneficiary_the_claimant(claims, home, holders):
    policy = home.sold(holders[1], beneficiary=home.beneficiary)

    by_holder = claims.notify(policy, holders[1])
    by_beneficiary = claims.notify(policy, home.beneficiary)

    assert claims.claim(by_holder)["claimant"] == claims.claim(by_beneficiary)["claimant"] == home.beneficiary.address


def test_notify__by_anybody_else__is_refused(claims, insured, people):
    with refused("ClaimantInvalid", insured, people["stranger"]):
        claims.desk.notify.call(values("Notice", claims.notice(insured)), people["stranger"].sends)


def test_notify__nothing_claimed__is_refused(claims, insured, claimant):
    with refused("ClaimedNothing"):
        claims.desk.notify.call(values("Notice", claims.notice(insured, claimed=0)), claimant.sends)


def test_notify__what_the_product_refuses__is_refused(claims, home, insured, claimant):
    starts_at = home.policy(insured)["startsAt"]
    perils = {"coverage": BUILDING, "peril": STORM}
    with refused("PerilNotCovered", BUILDING, 2):
        claims.desk.notify.call(values("Notice", claims.notice(insured, peril=2)), claimant.sends)
    from_ = starts_at + INDEMNITY_TERMS["waitingSeconds"][STORM]
    with refused("LossOutsideCover", insured, now(), from_, home.policy(insured)["endsAt"]):
        claims.desk.notify.call(values("Notice", claims.notice(insured, **perils)), claimant.sends)
    with refused("PolicyUnknown", 99):
        claims.desk.notify.call(values("Notice", claims.notice(99)), claimant.sends)
    with refused("PolicyUnknown", 1 << 64 | insured):
        claims.desk.notify.call(values("Notice", claims.notice(1 << 64 | insured)), claimant.sends)


# By signature


def test_notify_for__signed_by_the_holder__files_the_claim(claims, insured, claimant, people):
    arguments = claims.notify_for_arguments(claims.notice(insured), claimant)

    receipt = claims.desk.notifyFor(*arguments, people["relayer"].sends)

    assert receipt.events["ClaimNoticed"]["notifiedBy"] == claimant.address
    assert claims.claim(receipt.return_value)["claimant"] == claimant.address
    assert claims.desk.nonces(claimant) == 1


def test_notify_for__at_its_deadline__is_taken(claims, insured, claimant, people):
    arguments = claims.notify_for_arguments(claims.notice(insured), claimant, deadline=now() + 60)

    next_block_at(arguments[2])

    assert claims.desk.notifyFor(*arguments, people["relayer"].sends).return_value


def test_notify_for__after_its_deadline__is_refused(claims, insured, claimant, people):
    arguments = claims.notify_for_arguments(claims.notice(insured), claimant, deadline=now() + 60)

    next_block_at(arguments[2] + 1)
    with refused("ClaimOrderExpired", arguments[2], arguments[2] + 1):
        claims.desk.notifyFor(*arguments, people["relayer"].sends)


def test_notify_for__a_second_time__is_refused(claims, insured, claimant, people):
    arguments = claims.notify_for_arguments(claims.notice(insured), claimant)
    claims.desk.notifyFor(*arguments, people["relayer"].sends)

    with refused("ClaimSignatureInvalid", claimant):
        claims.desk.notifyFor.call(*arguments, people["relayer"].sends)


@pytest.mark.parametrize("change", ["by", "nonce", "claimed", "peril", "desk"])
def test_notify_for__not_what_was_signed__is_refused(claims, insured, claimant, people, change):
    notice = claims.notice(insured)
    if change == "by":
        arguments = claims.notify_for_arguments(notice, claimant, by=people["stranger"])
    elif change == "nonce":
        arguments = claims.notify_for_arguments(notice, claimant, nonce=1)
    elif change == "desk":
        arguments = (*claims.notify_for_arguments(notice, claimant)[:3], claimant.sign(b"\x01" * 32))
    else:
        other = {"claimed": LOSS + 1, "peril": WATER}[change]
        signed = claims.notify_for_arguments(notice, claimant)
        arguments = (values("Notice", {**notice, change: other}), *signed[1:])

    with refused("ClaimSignatureInvalid", claimant):
        claims.desk.notifyFor.call(*arguments, people["relayer"].sends)


def test_notify_for__signer_without_a_part__is_refused(claims, insured, people):
    arguments = claims.notify_for_arguments(claims.notice(insured), people["stranger"])

    with refused("ClaimantInvalid", insured, people["stranger"]):
        claims.desk.notifyFor.call(*arguments, people["relayer"].sends)


def test_notify_for__nobody__is_refused(claims, insured, claimant, people):
    arguments = claims.notify_for_arguments(claims.notice(insured), claimant, address=ZERO)

    with refused("ClaimSignatureInvalid", ZERO):
        claims.desk.notifyFor.call(*arguments, people["relayer"].sends)


def test_notify_for__signed_for_a_contract_wallet__files_the_claim(claims, home, holders, people):
    wallet = ContractWallet.deploy(person("wallet owner"), {"from": accounts[0]})
    policy = home.sold(holders[2], beneficiary=wallet.address)
    notice, owner = claims.notice(policy), person("wallet owner")
    forged = claims.notify_for_arguments(notice, people["stranger"], address=wallet.address)
    with refused("ClaimSignatureInvalid", wallet):
        claims.desk.notifyFor.call(*forged, people["relayer"].sends)

    arguments = claims.notify_for_arguments(notice, owner, address=wallet.address)
    receipt = claims.desk.notifyFor(*arguments, people["relayer"].sends)

    assert claims.claim(receipt.return_value)["claimant"] == wallet.address
