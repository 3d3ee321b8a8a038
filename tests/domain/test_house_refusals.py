"""What the stories do not come to: steps that only a broken desk, a forged paper or an unlikely policy leads to."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from domain.claim_ids import CoverageUse, claim_id, coverage_use, split_claim_id
from domain.errors import AmountInvalid, IdentifierInvalid, StepRefused
from domain.hashing import ZERO_ADDRESS
from domain.house import House
from domain.indemnity_policy import MAX_CLAIMS, MAX_ENDORSEMENTS, Cause, PolicyVersion
from domain.indemnity_reports import Cancellation, Endorsement, IndemnityBinding, UnderwritingReport
from domain.money import TokenUnits
from domain.tiers import RiskTier
from domain.treasury_accounts import ClaimPayment
from tests.domain.claims import loss_report, new_claim
from tests.scenarios.household import DAY, TUSD
from tests.scenarios.random_history import FIRST
from tests.scenarios.scenario import Step
from tests.scenarios.twin import CAPITAL, PURSE, TwinPlayer, made_up_address, nowhere

NOTHING, ONE = TokenUnits(0), TokenUnits(1)
ANN = made_up_address("ann")
PRODUCT, TREASURY, DESK = (made_up_address(name) for name in ("product", "treasury", "desk"))
CAUSE = Cause(0, 0, FIRST)
LOCKED = TokenUnits(1_200 * TUSD)


def sale(player: TwinPlayer) -> tuple[UnderwritingReport, IndemnityBinding]:
    """A right report and binding: 1,000 TUSD for Ann."""
    fields = {"policy": "home", "holder": "ann", "sum_insured": 1_000 * TUSD}
    return player.papers.binding(Step(FIRST, "bind", fields, {}, "", ()))


def refusal_of(step: Callable[[], object]) -> tuple[Any, ...]:
    """Name and arguments of what a step is refused with."""
    with pytest.raises(StepRefused) as refused:
        step()
    return (refused.value.code, *refused.value.arguments)


@pytest.fixture
def player() -> TwinPlayer:
    """A house with one policy of 1,000 TUSD."""
    fresh = TwinPlayer(nowhere())
    report, binding = sale(fresh)
    fresh.house.product.bind(report, [binding], FIRST)
    return fresh


@pytest.fixture
def house(player: TwinPlayer) -> House:
    """Its house."""
    return player.house


OTHER = made_up_address("elsewhere")
REPORTS: list[tuple[dict[str, Any], tuple[Any, ...]]] = [
    ({"product": OTHER}, ("ReportForOtherContract", OTHER, PRODUCT)),
    ({"valid_until": FIRST - 1}, ("ReportExpired", FIRST - 1, FIRST)),
    ({"observed_at": FIRST + 1}, ("ReportFromFuture", FIRST + 1, FIRST)),
    ({"assessments": ()}, ("ReportSizeInvalid", 0)),
]


@pytest.mark.parametrize(("change", "refusal"), REPORTS)
def test_bind__report_not_of_here_and_now__is_refused(
    player: TwinPlayer, change: dict[str, Any], refusal: tuple[Any, ...]
) -> None:
    report, binding = sale(player)

    assert refusal_of(lambda: player.house.product.bind(replace(report, **change), [binding], FIRST)) == refusal


QUOTES: list[tuple[dict[str, Any], tuple[Any, ...]]] = [
    ({"application_id": 7}, ("ApplicationMismatch", 7, 512)),
    ({"valid_until": FIRST - 1}, ("QuoteExpired", FIRST - 1, FIRST)),
    ({"holder": ZERO_ADDRESS}, ("HolderInvalid", ZERO_ADDRESS)),
    ({"holder": TREASURY}, ("HolderInvalid", TREASURY)),
    ({"beneficiary": PRODUCT}, ("BeneficiaryInvalid", PRODUCT)),
    ({"payer": OTHER}, ("PayerInvalid", OTHER)),
]


@pytest.mark.parametrize(("change", "refusal"), QUOTES)
def test_bind__quote_that_may_not_be__is_refused(
    player: TwinPlayer, change: dict[str, Any], refusal: tuple[Any, ...]
) -> None:
    report, binding = sale(player)
    spoilt = replace(binding, quote=replace(binding.quote, **change))

    assert refusal_of(lambda: player.house.product.bind(report, [spoilt], FIRST)) == refusal


def test_bind__tier_that_does_not_follow__is_refused(player: TwinPlayer) -> None:
    report, binding = sale(player)
    wrong = replace(report, assessments=(replace(report.assessments[0], tier=RiskTier.HIGH),))

    refusal = refusal_of(lambda: player.house.product.bind(wrong, [binding], FIRST))

    assert refusal == ("TierMismatch", 512, RiskTier.HIGH, RiskTier.LOW)


def test_bind__high_risk_where_none_is_insured__is_refused(player: TwinPlayer) -> None:
    report, binding = sale(player)
    high = replace(report, assessments=(replace(report.assessments[0], score=8_001, tier=RiskTier.HIGH),))
    product = player.house.product
    product.terms = replace(product.terms, tiers=replace(product.terms.tiers, high_accepted=False))

    assert refusal_of(lambda: product.bind(high, [binding], FIRST)) == ("RiskRefused", 512, 8_001, 3_000)


def test_bind__counts_and_repeats__are_refused(player: TwinPlayer) -> None:
    product = player.house.product
    report, binding = sale(player)
    product.bind(report, [binding], FIRST)

    assert refusal_of(lambda: product.bind(report, [], FIRST)) == ("BindingCountInvalid", 0)
    assert refusal_of(lambda: product.bind(report, [binding] * 101, FIRST)) == ("BindingCountInvalid", 101)
    missing = replace(binding, assessment=1)
    assert refusal_of(lambda: product.bind(report, [missing], FIRST)) == ("AssessmentMissing", 1, 1)
    assert refusal_of(lambda: product.bind(report, [binding], FIRST)) == ("ApplicationUsed", 512)
    product.suspended = True
    assert refusal_of(lambda: product.bind(report, [binding], FIRST)) == ("SaleSuspended",)


def test_bind__committee_out_of_order__is_refused(player: TwinPlayer) -> None:
    names = ["member 1", "member 2", "member 3"]
    risk = {"score": 9_001, "measure": "EXCLUSION", "exclusions": ["frost"], "committee": names}
    fields = {"policy": "home", "holder": "ann", "sum_insured": 1_000 * TUSD, **risk}
    report, binding = player.papers.binding(Step(FIRST, "bind", fields, {}, "", ()))
    first, second, third = binding.committee

    swapped = replace(binding, committee=(second, first, third))

    refusal = refusal_of(lambda: player.house.product.bind(report, [swapped], FIRST))
    assert refusal == ("CommitteeOrderInvalid", second, first)


def test_bind__more_than_the_capital_carries__is_refused(player: TwinPlayer) -> None:
    treasury = player.house.treasury
    premium, exposure = TokenUnits(1), TokenUnits(CAPITAL)

    refusal = refusal_of(lambda: treasury.collect_premiums(PRODUCT, [(ANN, premium)], exposure, FIRST))

    needed = LOCKED + CAPITAL + 20 * TUSD + 1
    assert refusal == ("CapitalTooSmall", needed, CAPITAL + 20 * TUSD + 1)


def test_move__more_than_there_is__is_refused(house: House) -> None:
    left = PURSE - 20 * TUSD

    refusal = refusal_of(lambda: house.token.move(ANN, OTHER, TokenUnits(left + 1)))

    assert refusal == ("ERC20InsufficientBalance", ANN, left, left + 1)


def test_move__blocked_party__is_refused(house: House) -> None:
    house.token.blocked.add(ANN)

    assert refusal_of(lambda: house.token.move(ANN, OTHER, ONE)) == ("AccountBlocked", ANN)
    assert refusal_of(lambda: house.token.move(TREASURY, ANN, ONE)) == ("AccountBlocked", ANN)


def test_change_reserve__more_than_there_is__is_refused(house: House) -> None:
    treasury = house.treasury
    beyond = TokenUnits(LOCKED + 1)

    assert refusal_of(lambda: treasury.change_reserve(PRODUCT, ONE, NOTHING)) == ("ReserveTooSmall", PRODUCT, 1, 0)
    refusal = refusal_of(lambda: treasury.change_reserve(PRODUCT, NOTHING, beyond))
    assert refusal == ("ExposureTooSmall", PRODUCT, beyond, LOCKED)
    payment = ClaimPayment(ANN, NOTHING, NOTHING, beyond)
    assert refusal_of(lambda: treasury.pay_claim(PRODUCT, payment, FIRST))[0] == "ExposureTooSmall"


def test_run_off__more_than_there_is__is_refused(house: House) -> None:
    treasury, premium = house.treasury, 20 * TUSD

    refusal = refusal_of(lambda: treasury.run_off(PRODUCT, TokenUnits(LOCKED + 1), NOTHING))
    assert refusal == ("ExposureTooSmall", PRODUCT, LOCKED + 1, LOCKED)
    refusal = refusal_of(lambda: treasury.return_premium(PRODUCT, ANN, ONE, TokenUnits(premium), FIRST))
    assert refusal == ("PremiumTooSmall", PRODUCT, premium + 1, premium)


def test_deposit__and_redeemed_at_once__never_gains(house: House) -> None:
    treasury = house.treasury
    treasury.booked = TokenUnits(treasury.booked + 7)  # the capital has earned an odd sum
    for assets in (1, 2, 999_999, 1_000_003):
        had = house.token.balances[ANN]

        shares = treasury.deposit(ANN, TokenUnits(assets))
        treasury.redeem(ANN, shares)

        assert had - 1 <= house.token.balances[ANN] <= had


def test_orders__for_nothing_or_too_late__are_refused(house: House) -> None:
    product = house.product
    late = Cancellation(1, 0, FIRST)

    assert refusal_of(lambda: product.cancel(Cancellation(9, 0, FIRST), FIRST)) == ("PolicyUnknown", 9)
    assert refusal_of(lambda: product.cancel(late, FIRST + 1)) == ("OrderPastValidity", 1, FIRST, FIRST + 1)


def test_endorse__seventeenth_time__is_refused(house: House) -> None:
    version = PolicyVersion(TokenUnits(1), FIRST, 0, NOTHING)
    house.product.policies[1].versions = [version] * MAX_ENDORSEMENTS
    people = (ZERO_ADDRESS, made_up_address("underwriter"))
    order = Endorsement(1, MAX_ENDORSEMENTS, ONE, NOTHING, 0, *people, FIRST, FIRST + DAY)

    assert refusal_of(lambda: house.product.endorse(order, FIRST)) == ("EndorsementsExhausted", 1)


def test_open_claim__beyond_what_a_policy_has__is_refused(house: House) -> None:
    product = house.product

    unknown = Cause(2, 0, FIRST)
    assert refusal_of(lambda: product.open_claim(1, unknown, ONE, FIRST)) == ("CoverageUnknown", 1, 2)
    product.policies[1].use = CoverageUse(claims=MAX_CLAIMS)
    assert refusal_of(lambda: product.open_claim(1, CAUSE, ONE, FIRST)) == ("ClaimsExhausted", 1)


def test_report_loss__report_not_of_here_and_now__is_refused(house: House) -> None:
    desk, claim = house.desk, new_claim(product=PRODUCT, clock_from=FIRST)
    desk.claims[claim.claim_id] = claim
    right = replace(loss_report(), claim_id=claim.claim_id, desk=DESK, observed_at=FIRST, valid_until=FIRST)

    def refusal(**change: Any) -> tuple[Any, ...]:
        return refusal_of(lambda: desk.report_loss(replace(right, **change), FIRST))

    assert refusal(desk=OTHER) == ("ReportForOtherContract", OTHER, DESK)
    assert refusal(valid_until=FIRST - 1) == ("ReportExpired", FIRST - 1, FIRST)
    assert refusal(observed_at=FIRST + 1) == ("ReportFromFuture", FIRST + 1, FIRST)
    assert refusal(observed_at=FIRST - 1) == ("ReportBeforeNotice", claim.claim_id, FIRST - 1, FIRST)


def test_claim_id__there_and_back__is_the_same() -> None:
    place = (PRODUCT, 2**64 - 1, 2**32 - 1)

    assert split_claim_id(claim_id(*place)) == place


@pytest.mark.parametrize(
    ("step", "field"),
    [
        (lambda: claim_id(PRODUCT, 2**64, 0), "policy_id"),
        (lambda: claim_id(PRODUCT, 0, 2**32), "ordinal"),
        (lambda: split_claim_id(2**256), "claim_id"),
        (lambda: split_claim_id(-1), "claim_id"),
    ],
)
def test_claim_id__too_wide__is_refused(step: Callable[[], object], field: str) -> None:
    with pytest.raises(IdentifierInvalid) as refused:
        step()

    assert refused.value.field == field


def test_coverage_use__word_and_back__is_the_same() -> None:
    use = CoverageUse(tuple(TokenUnits(units) for units in (1, 2**56 - 1, 0, 7)), 65_535)

    assert coverage_use(use.word()) == use
    with pytest.raises(AmountInvalid):
        use.with_used(3, TokenUnits(2**56))
