"""Policies, claims and papers that tests of claims start from."""

from dataclasses import replace

from domain.claim import Claim, ClaimState
from domain.claim_ids import claim_id
from domain.claim_reports import LossReport
from domain.hashing import ZERO_ADDRESS
from domain.indemnity_policy import Cause, IndemnityPolicy
from domain.indemnity_product import IndemnityProduct
from domain.indemnity_reports import IndemnityQuote, Measure, RiskAssessment
from domain.money import Bps, Ppb, TokenUnits
from domain.tiers import RiskTier
from tests.scenarios.twin import made_up_address, new_house, nowhere

NOTHING = TokenUnits(0)
WORD = bytes(32)


def new_product(*, waiting: int, notice_window: int) -> IndemnityProduct:
    """The household product with other times."""
    product = new_house(nowhere()).product
    rules = replace(product.terms.claims, notice_window_seconds=notice_window)
    product.terms = replace(product.terms, claims=rules, waiting_seconds=(waiting,))
    product.treasury.products[product.address].exposure = TokenUnits(1_000)
    return product


def new_policy(product: IndemnityProduct, *, starts_at: int, ends_at: int, sum_insured: int) -> IndemnityPolicy:
    """A low-risk policy, the product's first."""
    units = TokenUnits(sum_insured)
    policy = IndemnityPolicy(
        1, made_up_address("ann"), starts_at, ends_at, units, NOTHING, NOTHING, 0, RiskTier.LOW
    )  # fmt: skip
    product.policies[1] = policy
    return policy


def new_claim(*, product: str = ZERO_ADDRESS, state: ClaimState = ClaimState.NOTICED, clock_from: int = 0) -> Claim:
    """A claim on the product's first policy."""
    claim = claim_id(product, 1, 0)
    return Claim(
        claim, made_up_address("ann"), Cause(0, 0, 0), NOTHING, NOTHING, NOTHING, clock_from, state=state
    )  # fmt: skip


def loss_report() -> LossReport:
    """A report that says nothing against a claim."""
    return LossReport(1, ZERO_ADDRESS, 1, 0, 0, 1, TokenUnits(1), 0, Bps(10_000), 0, WORD, WORD, (WORD,))


def quote_and_assessment(tier: RiskTier, measure: Measure) -> tuple[IndemnityQuote, RiskAssessment]:
    """A quote with a measure, on an assessment with a tier."""
    people = (ZERO_ADDRESS,) * 4
    quote = IndemnityQuote(1, *people, WORD, TokenUnits(1), NOTHING, 0, measure, 0, 0)
    return quote, RiskAssessment(1, 0, Bps(0), tier, Ppb(0), TokenUnits(1), 0, WORD)
