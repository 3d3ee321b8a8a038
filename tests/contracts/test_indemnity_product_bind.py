"""IndemnityProduct.bind: what a sale leaves behind, and which tier, measure, sum, exclusions and price it may have."""

import pytest
from answers import fields, plain
from chain_clock import DAY, now
from indemnity_market import SUM
from indemnity_terms import CAP, EXCLUSION, HIGH, LOADING, LOW, MEDIUM, NONE, TIERS, YEAR, lock_of, price
from market import TUSD
from typed_messages import digest

pytestmark = pytest.mark.usefixtures("balanced_afterwards")

MOST = 20_000 * TUSD
MEDIUM_RISK, HIGH_RISK = {"score": 7_000}, {"score": 8_500, "exclusions": 0b101, "measure": EXCLUSION}


# What it leaves behind


def test_bind__low_risk__keeps_the_policy(home, holders):
    offer = home.offer(holders[0])

    receipt = home.sell(offer)

    bound = receipt.timestamp
    assert plain(receipt.return_value) == (1,)
    assert home.product.policyCount() == 1
    kept = {
        "holder": holders[0].address,
        "startsAt": bound,
        "endsAt": bound + YEAR,
        "sequence": 0,
        "sumInsured": SUM,
        "premium": 50 * TUSD,
        "unearned": 50 * TUSD,
        "exclusions": 0,
        "tier": LOW,
        "isRenewal": False,
        "isRenewed": False,
        "isClosed": False,
    }
    policy = home.policy(1)
    assert {name: policy[name] for name in kept} == kept


def test_bind__low_risk__takes_the_premium_and_locks_sum_and_interest(home, holders):
    before, capital = home.token.balanceOf(holders[0]), home.treasury.heldAssets()

    home.sell(home.offer(holders[0]))

    assert home.token.balanceOf(holders[0]) == before - 50 * TUSD
    assert home.treasury.heldAssets() == capital + 50 * TUSD
    assert home.product.exposureOf(1) == home.treasury.exposureOf(home.product) == SUM * 11 // 10 == lock_of(SUM)
    assert home.treasury.unearnedPremiumOf(home.product) == 50 * TUSD


def test_bind__sale__says_everything_in_events(home, holders):
    offer = home.offer(holders[0], beneficiary=home.beneficiary)
    arguments = home.bind_arguments(offer)

    receipt = home.product.bind(*arguments, home.relayer.sends)

    assessed, bound = receipt.events["ApplicationsAssessed"], receipt.events["IndemnityPolicyBound"]
    asked = home.product.bind.encode_input(*arguments)
    report = {**home.report([offer]), "observedAt": arguments[0][3], "validUntil": arguments[0][4]}
    assert bytes(assessed["digest"]) == digest("UnderwritingReport", report, home.domain)
    assert bytes(assessed["sale"]).hex() == asked[10:]
    application = offer.quote["applicationId"]
    assert fields(bound, "policyId", "holder", "applicationId", "beneficiary") == (
        1,
        holders[0].address,
        application,
        home.beneficiary.address,
    )
    assert plain(bound["policy"]) == plain(home.product.policy(1))


def test_bind__application__is_used(home, holders):
    offer = home.offer(holders[0])
    application = offer.quote["applicationId"]

    home.sell(offer)

    assert home.product.isApplicationUsed(application)
    assert not home.product.isApplicationUsed(application + 1)
    assert not home.product.isApplicationUsed(application + 256)


def test_bind__applications_of_one_batch__share_a_slot_and_stay_apart(home, holders):
    first = 0xFEED << 8

    home.sell(*(home.offer(holders[0], 1_000 * TUSD, application_id=first + i) for i in (0, 3, 255)))

    assert [i for i in range(256) if home.product.isApplicationUsed(first + i)] == [0, 3, 255]


def test_bind__start_ahead__begins_then(home, holders):
    starts_at = now() + 20 * DAY

    home.sell(home.offer(holders[0], starts_at=starts_at))

    policy = home.policy(1)
    assert (policy["startsAt"], policy["endsAt"]) == (starts_at, starts_at + YEAR)


def test_bind__start_in_the_past__begins_at_bind(home, holders):
    receipt = home.sell(home.offer(holders[0], starts_at=now() - 10 * DAY))

    assert home.policy(1)["startsAt"] == receipt.timestamp


def test_bind__no_beneficiary__holder_is_paid(home, holders):
    home.sell(home.offer(holders[0]), home.offer(holders[0], beneficiary=home.beneficiary))

    assert home.product.payeeOf(1) == holders[0].address
    assert home.product.payeeOf(2) == home.beneficiary.address


# Tier and measure

ALLOWED = {
    (LOW, NONE): TIERS["lowFactorBps"],
    (MEDIUM, LOADING): TIERS["loadedFactorBps"],
    (MEDIUM, CAP): TIERS["mediumFactorBps"],
    (MEDIUM, EXCLUSION): TIERS["mediumFactorBps"],
    (HIGH, EXCLUSION): TIERS["highFactorBps"],
}
SCORES = {LOW: 3_000, MEDIUM: 7_000, HIGH: 8_500}


def offer_of(home, holder, tier, measure, **changes):
    exclusions = 0b11 if measure == EXCLUSION else 0
    return home.offer(holder, 3_000 * TUSD, score=SCORES[tier], measure=measure, exclusions=exclusions, **changes)


@pytest.mark.parametrize(("tier", "measure"), ALLOWED)
def test_bind__measure_the_tier_allows__is_sold_at_its_factor(home, holders, tier, measure):
    home.sell(offer_of(home, holders[0], tier, measure))

    policy = home.policy(1)
    assert policy["tier"] == tier
    assert policy["premium"] == 3_000 * TUSD // 100 * ALLOWED[tier, measure] // 10_000
    assert policy["exclusions"] == (0b11 if measure == EXCLUSION else 0)


@pytest.mark.parametrize(
    ("tier", "measure"), [(t, m) for t in SCORES for m in (NONE, LOADING, CAP, EXCLUSION) if (t, m) not in ALLOWED]
)
def test_bind__measure_the_tier_does_not_allow__refuses(home, holders, tier, measure):
    offer = offer_of(home, holders[0], tier, measure)

    home.refuses(offer, "MeasureNotAllowed", offer.quote["applicationId"], tier, measure)


@pytest.mark.parametrize(
    ("score", "ratio", "tier"),
    [
        (5_999, 4_999, LOW),
        (6_000, 0, MEDIUM),
        (0, 5_000, MEDIUM),
        (8_000, 8_000, MEDIUM),
        (8_001, 0, HIGH),
        (0, 8_001, HIGH),
    ],
)
def test_bind__score_and_ratio_at_a_bound__give_the_tier(home, holders, score, ratio, tier):
    measure = {LOW: NONE, MEDIUM: LOADING, HIGH: EXCLUSION}[tier]
    exclusions = 1 if tier == HIGH else 0

    home.sell(home.offer(holders[0], score=score, ratio=ratio, measure=measure, exclusions=exclusions))

    assert home.policy(1)["tier"] == tier


@pytest.mark.parametrize(("reported", "tier"), [(MEDIUM, LOW), (HIGH, LOW)])
def test_bind__tier_other_than_score_and_ratio_give__refuses(home, holders, reported, tier):
    offer = home.offer(holders[0]).assess(tier=reported)

    home.refuses(offer, "TierMismatch", offer.quote["applicationId"], reported, tier)


def test_bind__high_risk_called_low__refuses(home, holders):
    offer = home.offer(holders[0], score=8_500, measure=EXCLUSION, exclusions=1).assess(tier=LOW)

    home.refuses(offer, "TierMismatch", offer.quote["applicationId"], LOW, HIGH)


@pytest.mark.parametrize("measure", [NONE, EXCLUSION])
def test_bind__high_risk_the_product_does_not_insure__refuses(cautious, holders, measure):
    exclusions = 1 if measure == EXCLUSION else 0
    offer = cautious.offer(holders[0], score=8_500, ratio=4_000, measure=measure, exclusions=exclusions)

    cautious.refuses(offer, "RiskRefused", offer.quote["applicationId"], 8_500, 4_000)


# Exclusions


def test_bind__other_exclusions_than_reported__refuses(home, holders):
    offer = home.offer(holders[0], **HIGH_RISK)

    home.refuses(offer.change(exclusions=0b001), "ExclusionsMismatch", offer.quote["applicationId"], 0b001, 0b101)


def test_bind__exclusion_of_nothing__refuses(home, holders):
    offer = home.offer(holders[0], score=7_000, measure=EXCLUSION)

    home.refuses(offer, "ExclusionsMismatch", offer.quote["applicationId"], 0, 0)


@pytest.mark.parametrize("risk", [{"measure": NONE}, {**MEDIUM_RISK, "measure": LOADING}])
def test_bind__exclusions_without_that_measure__refuses(home, holders, risk):
    offer = home.offer(holders[0], exclusions=0b10, **risk)

    home.refuses(offer, "ExclusionsMismatch", offer.quote["applicationId"], 0b10, 0)


def test_bind__exclusions_reported_but_loaded_instead__are_not_needed(home, holders):
    home.sell(home.offer(holders[0], **MEDIUM_RISK, measure=LOADING).assess(exclusions=0b10))

    assert home.policy(1)["exclusions"] == 0


# Sum insured


@pytest.mark.parametrize("sum_insured", [1_000 * TUSD - 1, MOST + 1])
def test_bind__sum_outside_the_terms__refuses_whatever_the_oracle_allows(home, holders, sum_insured):
    offer = home.offer(holders[0], sum_insured).assess(sumInsuredCap=2**64 - 1)

    home.refuses(offer, "SumInsuredOutOfRange", sum_insured, 1_000 * TUSD, MOST)


@pytest.mark.parametrize("sum_insured", [1_000 * TUSD, MOST])
def test_bind__sum_at_an_end_of_the_range__is_sold(home, holders, sum_insured):
    home.sell(home.offer(holders[0], sum_insured))

    assert home.policy(1)["sumInsured"] == sum_insured


def test_bind__sum_above_what_the_oracle_allows__refuses(home, holders):
    offer = home.offer(holders[0], SUM).assess(sumInsuredCap=SUM - 1)

    home.refuses(offer, "SumInsuredOutOfRange", SUM, 1_000 * TUSD, SUM - 1)


def test_bind__capped_risk_above_the_cap__refuses(home, holders):
    cap = TIERS["cappedSumInsured"]

    home.refuses(
        home.offer(holders[0], cap + 1, **MEDIUM_RISK, measure=CAP), "SumInsuredOutOfRange", cap + 1, 1_000 * TUSD, cap
    )


def test_bind__capped_risk_with_a_lower_cap_of_the_oracle__refuses(home, holders):
    cap = TIERS["cappedSumInsured"]
    offer = home.offer(holders[0], cap, **MEDIUM_RISK, measure=CAP).assess(sumInsuredCap=cap - 1)

    home.refuses(offer, "SumInsuredOutOfRange", cap, 1_000 * TUSD, cap - 1)


def test_bind__capped_risk_at_the_cap__is_sold(home, holders):
    home.sell(home.offer(holders[0], TIERS["cappedSumInsured"], **MEDIUM_RISK, measure=CAP))

    assert home.policy(1)["sumInsured"] == TIERS["cappedSumInsured"]


# Premium


@pytest.mark.parametrize("by", [-1, 1])
def test_bind__premium_a_unit_off__refuses(home, holders, by):
    home.refuses(home.offer(holders[0]).change(premium=50 * TUSD + by), "PremiumNotAsPriced", 50 * TUSD + by, 50 * TUSD)


def test_bind__price_that_does_not_divide__is_rounded_up(home, holders):
    sum_insured, rate = 1_234_567_891, 7_654_321

    home.sell(home.offer(holders[0], sum_insured, rate=rate, score=7_000, measure=LOADING))

    exact = sum_insured * rate * 13_000 / 10**13
    assert home.policy(1)["premium"] == price(sum_insured, rate, 13_000) == int(exact) + 1


def test_bind__price_below_the_minimum__is_the_minimum(home, holders):
    home.sell(home.offer(holders[0], 1_000 * TUSD, rate=1))

    assert home.policy(1)["premium"] == 5 * TUSD


@pytest.mark.parametrize("rate", [10**9, 2 * 10**9])
def test_bind__premium_that_reaches_the_sum__refuses(home, holders, rate):
    due = price(SUM, rate, 10_000)

    home.refuses(home.offer(holders[0], rate=rate), "PremiumTooHigh", due, SUM)
