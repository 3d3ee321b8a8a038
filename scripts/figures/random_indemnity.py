"""Random but valid subjects of indemnity insurance for the parity figures, over the whole range of every field."""

import random
from typing import Final

from domain.claim_ids import LANE_BITS, CoverageUse
from domain.claim_reports import ClaimAction, ClaimOrder, Decision, LossReport, Notice
from domain.indemnity_reports import (
    Cancellation,
    Endorsement,
    IndemnityQuote,
    Measure,
    RiskAssessment,
    UnderwritingReport,
)
from domain.indemnity_terms import MAX_COVERAGES, MAX_PERILS, ClaimRules, Coverage, IndemnityTerms, TierTable
from domain.money import Bps, Ppb, TokenUnits
from domain.tiers import RiskTier, TierBounds
from scripts.figures.random_cases import random_address

MAX_ASSESSMENTS: Final = 20


def random_indemnity_terms(rng: random.Random) -> IndemnityTerms:
    """Terms, in range for the factory or not."""
    return IndemnityTerms(
        treasury=random_address(rng),
        quorum=random_address(rng),
        desk=random_address(rng),
        disbursement=random_address(rng),
        clause_root=rng.randbytes(32),
        document_hash=rng.randbytes(32),
        min_sum_insured=TokenUnits(rng.getrandbits(64)),
        max_sum_insured=TokenUnits(rng.getrandbits(64)),
        min_premium=TokenUnits(rng.getrandbits(64)),
        period_seconds=rng.getrandbits(32),
        max_lead_seconds=rng.getrandbits(32),
        min_signatures=rng.getrandbits(8),
        tiers=_tier_table(rng),
        claims=_claim_rules(rng),
        coverages=tuple(_coverage(rng) for _ in range(rng.randrange(MAX_COVERAGES + 1))),
        waiting_seconds=tuple(rng.getrandbits(32) for _ in range(rng.randrange(MAX_PERILS + 1))),
    )


def random_underwriting_report(rng: random.Random, chain_id: int, product: str) -> UnderwritingReport:
    """A report of up to 20 assessments."""
    assessments = tuple(_assessment(rng) for _ in range(rng.randrange(MAX_ASSESSMENTS + 1)))
    head = (chain_id, product, rng.getrandbits(32), rng.getrandbits(40), rng.getrandbits(40))
    return UnderwritingReport(*head, model_hash=rng.randbytes(32), assessments=assessments)


def random_indemnity_quote(rng: random.Random) -> IndemnityQuote:
    """A quote."""
    people = [random_address(rng) for _ in range(4)]
    sums = (TokenUnits(rng.getrandbits(64)), TokenUnits(rng.getrandbits(64)))
    times = (rng.getrandbits(40), rng.getrandbits(40))
    measure = rng.choice(tuple(Measure))
    head = (rng.getrandbits(256), people[0], people[1], people[2], people[3], rng.randbytes(32))
    return IndemnityQuote(*head, *sums, rng.getrandbits(32), measure, *times, renews=rng.getrandbits(64))


def random_endorsement(rng: random.Random) -> Endorsement:
    """A change of a policy."""
    sums = (TokenUnits(rng.getrandbits(64)), TokenUnits(rng.getrandbits(64)))
    people = (random_address(rng), random_address(rng))
    head = (rng.getrandbits(256), rng.getrandbits(16), *sums, rng.getrandbits(32))
    return Endorsement(*head, *people, rng.getrandbits(40), rng.getrandbits(40))


def random_cancellation(rng: random.Random) -> Cancellation:
    """The end of a policy."""
    return Cancellation(rng.getrandbits(256), rng.getrandbits(16), rng.getrandbits(40))


def random_coverage_use(rng: random.Random) -> CoverageUse:
    """What is used of a policy's limits, and not yet the last claim it can have."""
    units = tuple(TokenUnits(rng.getrandbits(rng.randrange(1, LANE_BITS + 1))) for _ in range(MAX_COVERAGES))
    return CoverageUse(units, rng.randrange((1 << 16) - 1))


def random_loss_report(rng: random.Random, chain_id: int, desk: str) -> LossReport:
    """What a quorum says of a claim."""
    head = (chain_id, desk, rng.getrandbits(32), rng.getrandbits(40), rng.getrandbits(40), rng.getrandbits(256))
    found = (TokenUnits(rng.getrandbits(64)), rng.getrandbits(16), Bps(rng.getrandbits(16)), rng.getrandbits(32))
    nullifiers = tuple(rng.randbytes(32) for _ in range(rng.randrange(5)))
    return LossReport(*head, *found, rng.randbytes(32), rng.randbytes(32), nullifiers)


def random_notice(rng: random.Random) -> Notice:
    """Notice of a loss."""
    place = (random_address(rng), rng.getrandbits(256), rng.getrandbits(8), rng.getrandbits(8), rng.getrandbits(40))
    return Notice(*place, TokenUnits(rng.getrandbits(64)), rng.randbytes(32))


def random_claim_order(rng: random.Random) -> ClaimOrder:
    """A claimant's order."""
    what = (rng.getrandbits(256), rng.choice(tuple(ClaimAction)), TokenUnits(rng.getrandbits(64)), rng.randbytes(32))
    return ClaimOrder(*what, rng.getrandbits(32), rng.getrandbits(256), rng.getrandbits(40))


def random_decision(rng: random.Random) -> Decision:
    """An adjuster's decision."""
    proof = tuple(rng.randbytes(32) for _ in range(rng.randrange(4)))
    head = (rng.getrandbits(256), TokenUnits(rng.getrandbits(64)), rng.getrandbits(16), rng.randbytes(32), proof)
    return Decision(*head, rng.randbytes(32), rng.getrandbits(8), rng.getrandbits(32), rng.getrandbits(40))


def _assessment(rng: random.Random) -> RiskAssessment:
    shares = (rng.getrandbits(16), Bps(rng.getrandbits(16)))
    price = (Ppb(rng.getrandbits(32)), TokenUnits(rng.getrandbits(64)))
    tier = rng.choice(tuple(RiskTier))
    return RiskAssessment(rng.getrandbits(256), *shares, tier, *price, rng.getrandbits(32), rng.randbytes(32))


def _tier_table(rng: random.Random) -> TierTable:
    bounds = TierBounds(rng.getrandbits(16), rng.getrandbits(16), Bps(rng.getrandbits(16)), Bps(rng.getrandbits(16)))
    factors = [Bps(rng.getrandbits(16)) for _ in range(4)]
    cap = TokenUnits(rng.getrandbits(64))
    return TierTable(
        bounds, factors[0], factors[1], factors[2], factors[3], rng.getrandbits(16), cap, rng.random() < 0.5
    )


def _claim_rules(rng: random.Random) -> ClaimRules:
    return ClaimRules(
        notice_window_seconds=rng.getrandbits(32),
        acknowledge_days=rng.getrandbits(16),
        decide_days_low=rng.getrandbits(16),
        decide_days=rng.getrandbits(16),
        dispute_window_seconds=rng.getrandbits(32),
        reopen_window_seconds=rng.getrandbits(32),
        interest_bps=Bps(rng.getrandbits(16)),
        interest_cap_bps=Bps(rng.getrandbits(16)),
        auto_tier=rng.choice(tuple(RiskTier)),
        max_fraud_score=rng.getrandbits(16),
        min_confidence_bps=Bps(rng.getrandbits(16)),
        auto_limit=TokenUnits(rng.getrandbits(64)),
        second_signature_above=TokenUnits(rng.getrandbits(64)),
        deposit_bps=Bps(rng.getrandbits(16)),
        deposit_cap=TokenUnits(rng.getrandbits(64)),
    )


def _coverage(rng: random.Random) -> Coverage:
    shares = [Bps(rng.getrandbits(16)) for _ in range(3)]
    return Coverage(rng.getrandbits(32), shares[0], shares[1], shares[2], TokenUnits(rng.getrandbits(64)))
