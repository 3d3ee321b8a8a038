"""Worked examples S19 to S25 of docs/settlement.md, computed anew. A row there is a test here, with the same number."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from domain.claim import Claim, ClaimState, Referral
from domain.claim_decision import instalment_plan
from domain.claim_referral import referral_reasons
from domain.claim_reports import Decision, LossReport
from domain.errors import StepRefused
from domain.indemnity_policy import Cause, PolicyVersion
from domain.indemnity_reports import Measure
from domain.indemnity_underwriting import factor_of
from domain.money import Bps, TokenUnits
from domain.tiers import RiskTier
from tests.domain.claims import loss_report, new_claim, new_policy, new_product, quote_and_assessment
from tests.domain.examples import EXAMPLES, rows
from tests.scenarios.household import RULES, TIERS
from tests.scenarios.twin import new_house, nowhere

NOTHING = TokenUnits(0)
NONE = "–"


@pytest.mark.parametrize("number", rows("S19"))
def test_factor_of__worked_example__gives_the_factor(number: str) -> None:
    tier, measure, factor = EXAMPLES[number]
    quote, assessment = quote_and_assessment(RiskTier[tier], Measure[measure])

    if factor == NONE:
        with pytest.raises(StepRefused) as refused:
            factor_of(TIERS, assessment, quote)
        assert refused.value.code == "MeasureNotAllowed"
    else:
        assert factor_of(TIERS, assessment, quote) == int(factor)


@pytest.mark.parametrize("number", rows("S20"))
def test_open_claim__worked_example__settles_on_the_sum_then_insured(number: str) -> None:
    loss_at, notified_at, expected = EXAMPLES[number]
    product = new_product(waiting=100, notice_window=300)
    policy = new_policy(product, starts_at=1_000, ends_at=2_000, sum_insured=20)
    policy.versions.append(PolicyVersion(TokenUnits(10), 1_500, 0, TokenUnits(1)))
    cause = Cause(0, 0, int(loss_at))

    if expected == NONE:
        with pytest.raises(StepRefused) as refused:
            product.open_claim(policy.policy_id, cause, NOTHING, int(notified_at))
        assert refused.value.code in ("LossOutsideCover", "NoticeTooLate", "LossInFuture")
    else:
        product.open_claim(policy.policy_id, cause, NOTHING, int(notified_at))
        assert policy.terms_at(int(loss_at)) == (int(expected), 0)


@pytest.mark.parametrize("number", rows("S22"))
def test_referral_reasons__worked_example__gives_the_reasons(number: str) -> None:
    tier, total, fraud, confidence, excluded, incident, expected = EXAMPLES[number]
    rules = replace(RULES, auto_limit=TokenUnits(500))
    report: LossReport = replace(
        loss_report(),
        fraud_score=int(fraud),
        confidence_bps=Bps(int(confidence)),
        exclusions=0b10,
        nullifiers=() if incident == "none" else (bytes(32),),
    )

    found = referral_reasons(
        rules, RiskTier[tier], report, TokenUnits(int(total)),
        exclusions=0b10 if excluded == "yes" else 0b01, seen=incident == "known",
    )  # fmt: skip

    assert found == Referral(sum(Referral[name].value for name in expected.split(", ")))


@pytest.mark.parametrize("number", rows("S23"))
def test_deadlines__worked_example__gives_the_windows(number: str) -> None:
    state, since, paused, *expected = EXAMPLES[number]
    claim: Claim = new_claim(state=ClaimState[state], clock_from=unix_seconds(since))

    until = claim.deadlines(RULES, RiskTier.LOW, int(paused))

    found = (until.acknowledge, until.decide, until.dispute, until.reopen)
    assert list(found) == [0 if text == NONE else unix_seconds(text) for text in expected]


@pytest.mark.parametrize("number", rows("S24"))
def test_instalment_plan__worked_example__gives_the_parts(number: str) -> None:
    granted, count, expected_first, expected_each = (int(cell) for cell in EXAMPLES[number])
    decision = Decision(1, TokenUnits(granted), 7, bytes(32), (), bytes(32), count, 86_400, 0)

    plan, first = instalment_plan(decision, TokenUnits(granted), 0)

    assert (first, plan.each, plan.left) == (expected_first, expected_each, count - 1)
    assert first + plan.each * plan.left == granted


@pytest.mark.parametrize("number", rows("S25"))
def test_deposit_for__worked_example__gives_the_deposit(number: str) -> None:
    disputed, expected = (int(cell) for cell in EXAMPLES[number])
    house = new_house(nowhere())
    house.product.policies[1] = new_policy(house.product, starts_at=0, ends_at=1, sum_insured=1)

    deposit = house.desk.deposit_for(new_claim(product=house.product.address), TokenUnits(disputed))

    assert deposit == expected


def unix_seconds(text: str) -> int:
    """Unix seconds of an instant written in UTC."""
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp())
