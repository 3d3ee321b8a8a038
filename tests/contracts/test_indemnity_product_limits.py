"""IndemnityProduct.payClaim and claimTerms: no coverage and no policy ever pays more than it promised."""

import pytest
from answers import plain
from brownie import ZERO_ADDRESS, accounts
from chain_clock import DAY, now, travel_to
from indemnity_claims import claim_id
from indemnity_market import SUM
from indemnity_terms import BUILDING, CLAIM_RULES, CONTENTS, EXCLUSION, FIRE, HIGH, LODGING, lock_of
from market import TUSD
from refusals import refused

pytestmark = pytest.mark.usefixtures("balanced_afterwards")

LIMIT_BUILDING, LIMIT_CONTENTS = SUM, SUM * 4 // 10


class Payments:
    """What the desk may tell the product of the first claims of a policy."""

    def __init__(self, home, policy_id, payee):
        self.home, self.policy_id, self.payee = home, policy_id, payee
        self.sends = {"from": accounts.at(home.desk.address, force=True)}

    def open(self, claimed, coverage=BUILDING, occurred_at=None):
        cause = (coverage, FIRE, occurred_at or now())
        return int(self.home.product.openClaim(self.policy_id, cause, claimed, 0, False, self.sends).return_value[2])

    def arguments(self, reserves, indemnity, coverage=BUILDING, **others):
        claim = claim_id(self.home.product, self.policy_id, others.get("ordinal", 0))
        cause = (coverage, FIRE, others.get("occurred_at", now()))
        return cause, (claim, self.payee.address, ZERO_ADDRESS, *reserves, indemnity, others.get("interest", 0))

    def pay(self, reserves, indemnity, coverage=BUILDING, **others):
        return self.home.product.payClaim(*self.arguments(reserves, indemnity, coverage, **others), self.sends)

    def refuses(self, error, reserves, indemnity, coverage=BUILDING, **others):
        with refused(*error):
            self.home.product.payClaim.call(*self.arguments(reserves, indemnity, coverage, **others), self.sends)


@pytest.fixture
def payments(home, insured, holders):
    return Payments(home, insured, holders[0])


# payClaim


def test_pay_claim__all_of_the_reserve__is_paid_and_counted(home, insured, holders, payments):
    purse, reserve = home.token.balanceOf(holders[0]), payments.open(600 * TUSD)

    receipt = payments.pay((reserve, 0), reserve)

    assert receipt.return_value is True
    assert home.token.balanceOf(holders[0]) == purse + reserve
    assert plain(home.product.coverageUse(insured)) == ((reserve, 0, 0, 0), 1)
    assert home.treasury.reservesOf(home.product) == 0
    assert home.product.exposureOf(insured) == lock_of(SUM) - reserve
    assert home.balanced()


def test_pay_claim__less_than_the_reserve__frees_the_rest(home, insured, payments):
    reserve = payments.open(600 * TUSD)

    payments.pay((reserve, 0), 100 * TUSD)

    assert home.product.coverageUse(insured)[0][BUILDING] == 100 * TUSD
    assert home.product.exposureOf(insured) == lock_of(SUM) - 100 * TUSD
    assert home.balanced()


def test_pay_claim__nothing__only_changes_the_reserve(home, insured, holders, payments):
    purse, reserve = home.token.balanceOf(holders[0]), payments.open(600 * TUSD)

    receipt = payments.pay((reserve, reserve + 70), 0)

    assert receipt.return_value is False
    assert receipt.events["ReserveChanged"]["to"] == home.treasury.reservesOf(home.product) == reserve + 70
    assert home.token.balanceOf(holders[0]) == purse
    assert home.balanced()


def test_pay_claim__interest__comes_from_what_is_locked_for_it(home, insured, holders, payments):
    purse, reserve = home.token.balanceOf(holders[0]), payments.open(600 * TUSD)

    payments.pay((reserve, 0), reserve, interest=45 * TUSD)

    assert home.token.balanceOf(holders[0]) == purse + reserve + 45 * TUSD
    assert home.product.coverageUse(insured)[0][BUILDING] == reserve
    assert home.product.exposureOf(insured) == lock_of(SUM) - reserve - 45 * TUSD
    assert home.balanced()


def test_pay_claim__whole_sum_and_all_interest__uses_up_the_lock(home, insured, payments):
    most = CLAIM_RULES["interestCapBps"]
    for ordinal, coverage in enumerate((BUILDING, CONTENTS)):
        reserve = payments.open(20_000 * TUSD, coverage)
        payments.pay((reserve, 0), reserve, coverage, ordinal=ordinal, interest=reserve * most // 10_000)

    assert sum(home.product.coverageUse(insured)[0]) == SUM
    assert home.product.exposureOf(insured) == home.treasury.exposureOf(home.product) == 0


def test_pay_claim__token_refuses_the_payee__is_held(home, insured, holders, payments, people):
    reserve = payments.open(600 * TUSD)
    home.token.setBlocked(holders[0], True, people["issuer"].sends)

    assert payments.pay((reserve, 0), reserve).return_value is False
    assert home.treasury.heldPayoutOf(holders[0]) == reserve
    assert home.balanced()


def test_pay_claim__beyond_the_coverage__refuses(home, insured, payments):
    reserve = payments.open(9_000 * TUSD, CONTENTS)
    error = ("CoverageLimitExceeded", insured, CONTENTS, LIMIT_CONTENTS + 1, LIMIT_CONTENTS)

    payments.refuses(error, (reserve, 0), LIMIT_CONTENTS + 1, CONTENTS)
    payments.refuses(error, (reserve, LIMIT_CONTENTS + 1), 0, CONTENTS)
    payments.refuses(error, (reserve, LIMIT_CONTENTS), 1, CONTENTS)
    payments.pay((reserve, 0), LIMIT_CONTENTS, CONTENTS)


def test_pay_claim__beyond_the_sum__refuses(home, insured, payments):
    payments.open(9_000 * TUSD)
    reserve = payments.open(1_000 * TUSD, CONTENTS)

    error = ("SumInsuredExceeded", insured, SUM + 1, SUM)
    payments.refuses(error, (reserve, 0), 1_000 * TUSD + 1, CONTENTS, ordinal=1)
    payments.pay((reserve, 0), 1_000 * TUSD, CONTENTS, ordinal=1)
    assert plain(home.product.coverageUse(insured)[0]) == (4_000 * TUSD, 1_000 * TUSD, 0, 0)


def test_pay_claim__beyond_the_sum_at_the_time_of_the_loss__refuses(home, insured, holders, payments):
    changed_at = now() + DAY
    home.endorse(home.endorsement(insured, sumInsured=8_000 * TUSD, effectiveAt=changed_at), holders[0])
    travel_to(changed_at + DAY)
    reserve = payments.open(9_000 * TUSD, occurred_at=changed_at)

    error = ("CoverageLimitExceeded", insured, BUILDING, LIMIT_BUILDING + 1, LIMIT_BUILDING)
    payments.refuses(error, (reserve, 0), LIMIT_BUILDING + 1, occurred_at=changed_at)
    payments.pay((reserve, 0), LIMIT_BUILDING + 1, occurred_at=changed_at + 1)
    assert home.balanced()


def test_pay_claim__more_than_the_reserves_there_are__refuses(home, insured, payments):
    reserve = payments.open(600 * TUSD)
    payments.pay((reserve, 0), reserve)

    payments.refuses(("ReserveTooSmall", home.product, reserve, 0), (reserve, 0), reserve)


def test_pay_claim__interest_beyond_the_lock__refuses(home, insured, payments):
    reserve, lock = payments.open(600 * TUSD), lock_of(SUM)

    error = ("ExposureTooSmall", home.product, lock + 1, lock)
    payments.refuses(error, (reserve, 0), reserve, interest=lock - reserve + 1)


def test_pay_claim__treasury_paused__refuses(home, insured, payments):
    reserve = payments.open(600 * TUSD)
    home.treasury.pause(DAY, home.guardian.sends)

    payments.refuses(("TreasuryPaused", home.treasury.pausedUntil()), (reserve, 0), reserve)


# claimTerms


def terms_of(home, policy_id, **changes):
    fields = {"coverage": BUILDING, "occurred_at": now(), "claimed": 600 * TUSD, "loss": 300 * TUSD, **changes}
    cause = (fields["coverage"], FIRE, fields["occurred_at"])
    kept = fields.get("reserve", 0), fields.get("paid", 0)
    return home.product.claimTerms((policy_id, cause, fields["claimed"], fields["loss"], *kept, 0, 0)).dict()


def test_claim_terms__policy__names_who_handles_its_claims(home, holders):
    policy_id = home.sold(holders[1], score=8_500, measure=EXCLUSION, exclusions=0b110)

    terms = terms_of(home, policy_id)

    names = ("treasury", "quorum", "disbursement", "clauseRoot", "minSignatures", "tier", "exclusions")
    assert plain([terms[name] for name in names]) == (
        home.treasury.address,
        home.house.quorum.address,
        home.disbursement.address,
        home.terms["clauseRoot"],
        3,
        HIGH,
        0b110,
    )


def test_claim_terms__holder__named_where_somebody_else_may_be_paid(home, holders):
    plain_policy, for_another = home.sold(holders[1]), home.sold(holders[1], beneficiary=home.beneficiary.address)
    endorsed = home.sold(holders[1], beneficiary=home.beneficiary.address)
    home.endorse(home.endorsement(endorsed, beneficiary=ZERO_ADDRESS), holders[1])

    assert terms_of(home, plain_policy)["holder"] == ZERO_ADDRESS
    assert terms_of(home, for_another)["holder"] == holders[1].address
    assert terms_of(home, endorsed)["holder"] == holders[1].address


def test_claim_terms__two_losses__says_what_each_is_worth(home, insured):
    terms = terms_of(home, insured)

    assert (terms["full"], terms["worth"]) == (450 * TUSD, 180 * TUSD)


def test_claim_terms__loss_above_what_is_claimed__is_worth_what_is_claimed(home, insured):
    assert terms_of(home, insured, loss=601 * TUSD)["worth"] == 450 * TUSD


def test_claim_terms__paid_before__is_taken_off(home, insured):
    terms = terms_of(home, insured, paid=200 * TUSD)

    assert (terms["full"], terms["worth"]) == (250 * TUSD, 0)


def test_claim_terms__own_reserve__does_not_stand_in_its_way(home, insured, payments):
    payments.open(9_000 * TUSD)
    reserve = payments.open(1_000 * TUSD)

    assert reserve == 810 * TUSD
    assert terms_of(home, insured, claimed=5_000 * TUSD, reserve=reserve)["full"] == 1_000 * TUSD
    assert terms_of(home, insured, claimed=5_000 * TUSD, reserve=0)["full"] == 190 * TUSD


def test_claim_terms__no_such_coverage__refuses(home, insured):
    with refused("CoverageUnknown", insured, 3):
        terms_of(home, insured, coverage=3)


def test_claim_terms__no_such_policy__nothing_is_payable(home, insured):
    terms = terms_of(home, 99, coverage=LODGING)

    assert (terms["full"], terms["worth"]) == (0, 0)
