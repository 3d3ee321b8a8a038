"""Terms of an indemnity product as the words its clone carries in its code. Twin of `TermsCode.pack`."""

from __future__ import annotations

from faster_eth_abi.abi import encode

from domain.indemnity_terms import ClaimRules, Coverage, IndemnityTerms, TierTable

WAITS_A_WORD = 8


def packed(terms: IndemnityTerms) -> tuple[int, ...]:
    """The words, in their order."""
    t = terms
    counts = ((len(t.coverages), 8), (len(t.waiting_seconds), 8))
    waits = [t.waiting_seconds[n : n + WAITS_A_WORD] for n in range(0, len(t.waiting_seconds), WAITS_A_WORD)]
    return (
        _word((_number(t.treasury), 160), (t.min_sum_insured, 64), (t.period_seconds, 32)),
        _word((_number(t.quorum), 160), (t.max_sum_insured, 64), (t.max_lead_seconds, 32)),
        _word((_number(t.desk), 160), (t.min_premium, 64), (t.min_signatures, 8), *counts),
        _number(t.disbursement),
        int.from_bytes(t.clause_root),
        int.from_bytes(t.document_hash),
        _tiers(t.tiers),
        *_rules(t.claims),
        *map(_coverage, t.coverages),
        *(_word(*((seconds, 32) for seconds in page)) for page in waits),
    )


def clone_arguments(terms: IndemnityTerms) -> bytes:
    """What stands behind the proxy in the code of a product with these terms."""
    return encode(["uint256[]"], [packed(terms)])


def _tiers(t: TierTable) -> int:
    b = t.bounds
    bounds = (b.medium_from_score, b.high_above_score, b.medium_from_ratio_bps, b.high_above_ratio_bps)
    factors = (t.low_factor_bps, t.medium_factor_bps, t.loaded_factor_bps, t.high_factor_bps)
    small = ((value, 16) for value in (*bounds, *factors, t.committee_above_score))
    return _word(*small, (t.capped_sum_insured, 64), (int(t.high_accepted), 1))


def _rules(r: ClaimRules) -> tuple[int, int]:
    days = ((value, 16) for value in (r.acknowledge_days, r.decide_days_low, r.decide_days))
    windows = ((r.dispute_window_seconds, 32), (r.reopen_window_seconds, 32))
    shares = ((r.interest_bps, 16), (r.interest_cap_bps, 16), (int(r.auto_tier), 8))
    limits = ((r.max_fraud_score, 16), (r.min_confidence_bps, 16), (r.deposit_bps, 16))
    first = _word((r.notice_window_seconds, 32), *days, *windows, *shares, *limits)
    return first, _word((r.auto_limit, 64), (r.second_signature_above, 64), (r.deposit_cap, 64))


def _coverage(c: Coverage) -> int:
    return _word((c.perils, 32), (c.limit_bps, 16), (c.claim_limit_bps, 16), (c.share_bps, 16), (c.deductible, 64))


def _word(*fields: tuple[int, int]) -> int:
    """One word of values and their bits, the lowest first."""
    word = shift = 0
    for value, bits in fields:
        word |= value << shift
        shift += bits
    return word


def _number(address: str) -> int:
    return int(address, 16)
