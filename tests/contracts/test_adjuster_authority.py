"""AdjusterAuthority: limits, days, second signatures, and that no machine denies."""

import pytest
from answers import fields, plain
from brownie import ContractWallet, accounts
from chain_clock import DAY, HOUR, next_block_at, now, travel_to
from claim_steps import ACKNOWLEDGED, CLOSED, DECIDED, DENIED, WORTH, worth
from conftest import FOUNDER
from indemnity_claims import LOSS
from insurers import second_insurer
from market import TUSD
from parties import person, signers
from refusals import refused

from scripts.brownie.deploy import ROLES

BIG = 4_000 * TUSD  # worth 3,510: above what one adjuster may sign alone


@pytest.fixture
def limits(home):
    return home.limits


@pytest.fixture
def set_limit(home, limits):
    """Sets what the first adjuster may grant alone."""
    return lambda *limit: limits.setAdjusterLimit(home.treasury, home.adjusters[0], *limit, home.administrator.sends)


@pytest.fixture
def big(claims, insured, claimant):
    """Id of a claim that is worth two signatures."""
    return claims.notify(insured, claimant, claimed=BIG)


def decides(claims, adjuster, decision, second=None):
    """The decision as a call that leaves nothing behind."""
    arguments = claims.decide_arguments(decision, adjuster=adjuster, second=second)
    return claims.desk.decide.call(*arguments, adjuster.sends)


# Limits


def test_set_adjuster_limit__by_the_administrator__is_kept_for_that_treasury(home, limits, set_limit):
    receipt = set_limit(10, 20)

    event = receipt.events["AdjusterLimitSet"]
    names = ("treasury", "adjuster", "perDecision", "perDay")
    assert fields(event, *names) == (home.treasury.address, home.adjusters[0].address, 10, 20)
    assert plain(limits.adjusterLimit(home.treasury, home.adjusters[0])) == (10, 20, 0, 0)
    assert plain(limits.adjusterLimit(home.token, home.adjusters[0])) == (0, 0, 0, 0)


def test_set_adjuster_limit__by_anybody_else__is_refused(home, limits, people):
    for nobody in (people["stranger"], people["guardian"], home.adjusters[0], person("platform administrator")):
        with refused("AdministratorRequired", home.treasury, nobody):
            limits.setAdjusterLimit.call(home.treasury, home.adjusters[0], 1, 1, nobody.sends)


def test_set_adjuster_limit__by_another_insurers_administrator__is_refused(home, limits, people):
    other = second_insurer(home.house, people)
    stranger = person("other administrator")

    with refused("AdministratorRequired", home.treasury, other.authority):
        _execute(other.authority, limits, home.treasury, stranger)
    with refused("AdministratorRequired", home.treasury, stranger):
        limits.setAdjusterLimit.call(home.treasury, home.adjusters[0], 1, 1, stranger.sends)


def test_set_adjuster_limit__administrator_with_a_delay__has_to_wait_for_it(home, limits):
    founder = person(FOUNDER)
    with refused("AdministratorRequired", home.treasury, founder):
        limits.setAdjusterLimit.call(home.treasury, home.adjusters[0], 1, 1, founder.sends)

    _execute(home.house.authority, limits, home.treasury, founder)

    assert plain(limits.adjusterLimit(home.treasury, person("adjuster 0")))[:2] == (7, 8)


def _execute(manager, limits, treasury, administrator):
    """Through the AccessManager, after its delay."""
    call = limits.setAdjusterLimit.encode_input(treasury, person("adjuster 0"), 7, 8)
    manager.schedule(limits, call, 0, administrator.sends)
    travel_to(now() + HOUR)
    manager.execute(limits, call, administrator.sends)


def test_decide__within_the_adjusters_limit__is_counted(claims, home, limits, set_limit, noticed):
    set_limit(WORTH, 2 * WORTH)

    claims.decide(noticed)

    assert plain(limits.adjusterLimit(home.treasury, home.adjusters[0])) == (WORTH, 2 * WORTH, WORTH, now() // DAY)


def test_decide__one_unit_over_the_adjusters_limit__is_refused(claims, adjuster, set_limit, noticed):
    set_limit(WORTH - 1, 10 * WORTH)

    with refused("AuthorityExceeded", adjuster, WORTH, WORTH - 1):
        decides(claims, adjuster, claims.decision(noticed))


def test_decide__adjuster_without_a_limit__grants_nothing_but_may_deny(claims, set_limit, adjuster, noticed):
    set_limit(0, 0)
    with refused("AuthorityExceeded", adjuster, WORTH, 0):
        decides(claims, adjuster, claims.decision(noticed))

    claims.decide(noticed, loss=0)

    assert claims.claim(noticed)["state"] == DECIDED


def test_decide__over_the_adjusters_day__waits_for_the_next_day(claims, insured, claimant, set_limit, adjuster):
    first, second = claims.notify(insured, claimant), claims.notify(insured, claimant)
    set_limit(WORTH, 2 * WORTH - 1)
    travel_to((now() // DAY + 1) * DAY + HOUR)
    claims.decide(first)
    with refused("DailyAuthorityExceeded", adjuster, 2 * WORTH, 2 * WORTH - 1):
        decides(claims, adjuster, claims.decision(second))

    travel_to((now() // DAY + 1) * DAY)
    claims.decide(second)

    assert claims.claim(second)["state"] == CLOSED


def test_set_adjuster_limit__in_the_middle_of_a_day__forgets_nothing(
    claims, home, limits, insured, claimant, set_limit, adjuster
):
    first, second = claims.notify(insured, claimant), claims.notify(insured, claimant)
    set_limit(WORTH, WORTH)
    claims.decide(first)

    set_limit(WORTH, 2 * WORTH - 1)

    assert limits.adjusterLimit(home.treasury, adjuster)[2] == WORTH
    with refused("DailyAuthorityExceeded", adjuster, 2 * WORTH, 2 * WORTH - 1):
        decides(claims, adjuster, claims.decision(second))


def test_authorise__by_anybody_but_the_desk__is_refused(claims, home, limits, adjuster, claimant, noticed):
    place = (home.treasury.address, home.quorum.address) if hasattr(home, "quorum") else (home.treasury.address,) * 2
    parties = (claimant.address, claimant.address)
    case = (bytes(32), adjuster.address, *parties, *place, bytes(32), LOSS, WORTH, WORTH, WORTH, 0)
    arguments = claims.decide_arguments(claims.decision(noticed))
    handed_in = bytes.fromhex(claims.desk.decide.encode_input(*arguments)[10:])

    assert limits.desk() == claims.desk
    with refused("ClaimsDeskRequired", adjuster):
        limits.authorise.call(case, handed_in, adjuster.sends)


def test_require_adjuster__with_and_without_the_role__says_so(home, limits, adjuster, people):
    limits.requireAdjuster(5, home.treasury, adjuster)
    with refused("AdjusterRequired", 5, people["stranger"]):
        limits.requireAdjuster(5, home.treasury, people["stranger"])


def test_require_adjuster__whose_role_has_a_delay__is_none(home, limits):
    slow = person("slow adjuster")
    home.house.authority.grantRole(ROLES["ADJUSTER"], slow, HOUR, home.administrator.sends)

    with refused("AdjusterRequired", 5, slow):
        limits.requireAdjuster(5, home.treasury, slow)


# Second signatures


def test_decide__worth_two_signatures_with_both__is_taken(claims, big, gained):
    claims.decide(big, second=True)

    assert gained() == worth(BIG)


@pytest.mark.parametrize("loss", [BIG, 600 * TUSD, 0])
def test_decide__worth_two_signatures_with_one__is_refused(claims, adjuster, big, loss):
    with refused("SecondSignatureRequired", big, worth(BIG), 3_000 * TUSD):
        decides(claims, adjuster, claims.decision(big, loss=loss))


def test_decide__worth_exactly_the_limit__takes_one_signature(claims, insured, claimant, gained):
    claimed = 100 * TUSD + 3_000 * TUSD * 10 // 9 + 1
    number = claims.notify(insured, claimant, claimed=claimed)
    assert worth(claimed) == 3_000 * TUSD

    claims.decide(number)

    assert gained() == 3_000 * TUSD


def test_decide__second_is_the_first__is_refused(claims, adjuster, big):
    with refused("SecondSignatureInvalid", big, adjuster):
        decides(claims, adjuster, claims.decision(big), second=adjuster)


def test_decide__second_is_no_adjuster__is_refused(claims, adjuster, big, people):
    with refused("SecondSignatureInvalid", big, people["stranger"]):
        decides(claims, adjuster, claims.decision(big), second=people["stranger"])


@pytest.mark.parametrize("change", ["loss", "reasonCode", "letterHash", "instalments", "validUntil", "adjuster"])
def test_decide__not_what_the_second_signed__is_refused(claims, home, big, change):
    first, second = home.adjusters
    decision = claims.decision(big, loss=BIG // 2)
    signed = first if change != "adjuster" else person("adjuster 7")
    other = {
        "loss": BIG // 4, "reasonCode": 13, "letterHash": bytes(32), "instalments": 1, "validUntil": now() + 2 * DAY
    }  # fmt: skip
    signature = claims.second_signature(decision, signed, second)
    used = {**decision, change: other[change]} if change in other else decision

    with refused("SecondSignatureInvalid", big, second):
        claims.desk.decide.call(tuple(used.values()), second.address, signature, first.sends)


def test_decide__second_signature_of_another_claim__is_refused(claims, home, insured, holders, claimant, big):
    first, second = home.adjusters
    policy = home.sold(holders[3])
    another = claims.notify(policy, holders[3], claimed=BIG)
    signature = claims.second_signature(claims.decision(another), first, second)

    with refused("SecondSignatureInvalid", big, second):
        claims.desk.decide.call(tuple(claims.decision(big).values()), second.address, signature, first.sends)


def test_decide__second_signs_by_contract_wallet__is_taken(claims, home, adjuster, big, gained):
    wallet = ContractWallet.deploy(person("wallet owner"), {"from": accounts[0]})
    home.house.authority.grantRole(ROLES["ADJUSTER"], wallet, 0, home.administrator.sends)
    decision = claims.decision(big)
    signature = claims.second_signature(decision, adjuster, person("wallet owner"))

    claims.desk.decide(tuple(decision.values()), wallet, signature, adjuster.sends)

    assert gained() == worth(BIG)


# Nobody decides for themselves


@pytest.fixture
def insider(home, claimant):
    """The claimant as an adjuster, with a limit."""
    home.house.authority.grantRole(ROLES["ADJUSTER"], claimant, 0, home.administrator.sends)
    home.limits.setAdjusterLimit(home.treasury, claimant, BIG, BIG, home.administrator.sends)
    return claimant


@pytest.fixture
def for_another(claims, home, insider):
    """Id of a claim under the adjuster's own policy, which is paid to somebody else."""
    return claims.notify(home.sold(insider, beneficiary=home.beneficiary.address), insider)


@pytest.mark.parametrize("loss", [LOSS, LOSS - 1, 0])
def test_decide__adjuster_is_the_claimant__is_refused(claims, insider, noticed, loss):
    with refused("OwnClaim", noticed, insider):
        decides(claims, insider, claims.decision(noticed, loss=loss))


@pytest.mark.parametrize("loss", [LOSS, 0])
def test_decide__adjuster_holds_the_policy_another_is_paid_under__is_refused(claims, home, insider, for_another, loss):
    assert claims.claim(for_another)["claimant"] == home.beneficiary.address

    with refused("OwnClaim", for_another, insider):
        decides(claims, insider, claims.decision(for_another, loss=loss))


def test_decide__adjuster_is_the_beneficiary_of_anothers_policy__is_refused(claims, home, holders, insider):
    policy = home.sold(holders[3], beneficiary=insider.address)
    number = claims.notify(policy, holders[3])

    with refused("OwnClaim", number, insider):
        decides(claims, insider, claims.decision(number))


def test_decide__second_is_the_claimant__is_refused(claims, adjuster, insider, big):
    with refused("OwnClaim", big, insider):
        decides(claims, adjuster, claims.decision(big), second=insider)


def test_decide__second_holds_the_policy_another_is_paid_under__is_refused(claims, home, adjuster, insider):
    policy = home.sold(insider, beneficiary=home.beneficiary.address)
    number = claims.notify(policy, insider, claimed=BIG)

    with refused("OwnClaim", number, insider):
        decides(claims, adjuster, claims.decision(number), second=insider)


def test_decide__an_insured_adjuster_decides_anothers_claim__is_taken(claims, home, holders, insider):
    number = claims.notify(home.sold(holders[3]), holders[3])

    assert decides(claims, insider, claims.decision(number)) == WORTH


def test_acknowledge__by_an_adjuster_who_is_the_claimant__is_taken(claims, insider, noticed):
    claims.desk.acknowledge(noticed, insider.sends)

    assert claims.claim(noticed)["state"] == ACKNOWLEDGED


# No machine denies


@pytest.fixture
def machine(home, nodes):
    """An oracle node that was given an adjuster's role, and a limit."""
    home.house.authority.grantRole(ROLES["ADJUSTER"], nodes[0], 0, home.administrator.sends)
    home.limits.setAdjusterLimit(home.treasury, nodes[0], BIG, BIG, home.administrator.sends)
    return nodes[0]


@pytest.mark.parametrize("loss", [0, 100 * TUSD, LOSS - 1])
def test_decide__machine_that_denies__is_refused(claims, machine, noticed, loss):
    with refused("MachineCannotDeny", noticed, machine):
        decides(claims, machine, claims.decision(noticed, loss=loss))


def test_decide__machine_that_denies_what_is_worth_nothing_now__is_refused(
    claims, insured, claimant, machine, adjuster
):
    second = claims.notify(insured, claimant)
    claims.desk.reestimate(second, 0, adjuster.sends)
    while claims.claim(claims.notify(insured, claimant, claimed=20_000 * TUSD))["reserve"]:
        pass  # until nothing is left for the claim, for now

    with refused("MachineCannotDeny", second, machine):
        decides(claims, machine, claims.decision(second, loss=0))


def test_decide__machine_that_grants_all__is_taken(claims, machine, noticed, gained):
    claims.desk.decide(*claims.decide_arguments(claims.decision(noticed)), machine.sends)

    assert gained() == WORTH


def test_decide__machine_as_second_under_a_denial__is_refused(claims, adjuster, machine, big):
    with refused("SecondSignatureInvalid", big, machine):
        decides(claims, adjuster, claims.decision(big, loss=0), second=machine)

    assert decides(claims, adjuster, claims.decision(big), second=machine) == worth(BIG)


def test_decide__key_of_the_set_before_in_its_overlap__is_a_machine_until_the_set_retires(
    claims, home, people, adjuster, machine, noticed, big
):
    fresh = [node.address for node in signers(4, "new node")]
    rotated = home.house.quorum.rotateSigners(fresh, 1, HOUR, people["oracle governor"].sends)
    retires_at = rotated.events["SignerSetRotated"]["previousRetiresAt"]

    with refused("MachineCannotDeny", noticed, machine):
        decides(claims, machine, claims.decision(noticed, loss=0))
    with refused("SecondSignatureInvalid", big, machine):
        decides(claims, adjuster, claims.decision(big, loss=0), second=machine)

    decision = claims.decide_arguments(claims.decision(noticed, loss=0, validUntil=retires_at + HOUR))
    next_block_at(retires_at)  # the first second in which its reports are refused too
    claims.desk.decide(*decision, machine.sends)
    assert claims.claim(noticed)["outcome"] == DENIED


def test_decide__key_that_left_the_signer_set__is_a_person_again(claims, home, people, machine, noticed):
    fresh = [node.address for node in signers(4, "new node")]
    home.house.quorum.rotateSigners(fresh, 1, 0, people["oracle governor"].sends)

    assert decides(claims, machine, claims.decision(noticed, loss=0)) == 0
