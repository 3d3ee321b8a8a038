"""Rule S21: which terms an indemnity product may have. That the contract says the same is held in tests/contracts."""

from dataclasses import fields, is_dataclass, replace
from typing import Any

import pytest

from domain.errors import TermOutOfRange
from domain.terms import IndemnityTerms, check_indemnity_terms
from tests.domain.samples import DESK, QUORUM, TREASURY, hospital_care

TERMS = hospital_care().terms(treasury=TREASURY, quorum=QUORUM, desk=DESK)
DAY = 86_400
YEARS = 5 * 365 * DAY
LEAST, MOST = TERMS.min_sum_insured, TERMS.max_sum_insured


def with_term(thing: Any, path: str, value: object) -> Any:
    """The terms with another value at a path such as "tiers.bounds.high_above_score" or "coverages.0.perils"."""
    first, _, rest = path.partition(".")
    if isinstance(thing, tuple):
        place = int(first)
        changed = with_term(thing[place], rest, value) if rest else value
        return (*thing[:place], changed, *thing[place + 1 :])
    changed = with_term(getattr(thing, first), rest, value) if rest else value
    return replace(thing, **{first: changed})


RANGES = [
    ("min_sum_insured", None, None),
    ("max_sum_insured", None, 2**56 - 1),
    ("min_premium", 1, LEAST - 1),
    ("period_seconds", None, YEARS),
    ("max_lead_seconds", 0, 365 * DAY),
    ("min_signatures", 3, 31),
    ("tiers.bounds.high_above_score", 6_000, 10_000),
    ("tiers.bounds.high_above_ratio_bps", 5_000, None),
    ("tiers.low_factor_bps", 1, None),
    ("tiers.medium_factor_bps", 10_000, None),
    ("tiers.loaded_factor_bps", 10_000, 65_535),
    ("tiers.high_factor_bps", 10_000, 65_535),
    ("tiers.committee_above_score", 0, 9_000),
    ("tiers.capped_sum_insured", LEAST, MOST),
    ("claims.notice_window_seconds", DAY, YEARS),
    ("claims.acknowledge_days", 1, 10),
    ("claims.decide_days_low", 1, 10),
    ("claims.decide_days", None, 90),
    ("claims.dispute_window_seconds", DAY, YEARS),
    ("claims.reopen_window_seconds", 0, YEARS),
    ("claims.interest_bps", 0, 10_000),
    ("claims.interest_cap_bps", 0, 10_000),
    ("claims.auto_tier", 0, 2),
    ("claims.max_fraud_score", 0, 10_000),
    ("claims.min_confidence_bps", 0, 10_000),
    ("claims.auto_limit", 0, MOST),
    ("claims.second_signature_above", 0, 2**64 - 1),
    ("claims.deposit_bps", 0, 10_000),
    ("claims.deposit_cap", 0, MOST),
    ("waiting_seconds.3", 0, 365 * DAY),
    ("coverages.0.perils", 1, 0b1111),
    ("coverages.0.limit_bps", None, 10_000),
    ("coverages.0.claim_limit_bps", 1, 10_000),
    ("coverages.0.share_bps", 1, 10_000),
    ("coverages.0.deductible", 0, MOST),
]
"""Path, and the least and the most that agree with the other terms; None: another term refuses first."""


def test_check_indemnity_terms__sample__is_accepted() -> None:
    check_indemnity_terms(TERMS)
    check_indemnity_terms(TERMS, threshold=3, signers=4)


def test_ranges__every_number_of_the_terms__is_among_them() -> None:
    tested = {path.replace(".0.", ".").replace(".3", "") for path, _, _ in RANGES}

    assert tested | {"tiers.bounds.medium_from_score", "tiers.bounds.medium_from_ratio_bps"} == set(numbers(TERMS))


def numbers(thing: Any, path: str = "") -> list[str]:
    """Paths of all numbers in the terms."""
    found = []
    for field in fields(thing):
        value, here = getattr(thing, field.name), f"{path}{field.name}"
        first = value[0] if isinstance(value, tuple) else value
        if is_dataclass(first):
            found += numbers(first, f"{here}.")
        elif isinstance(first, int) and not isinstance(first, bool):
            found.append(here)
    return found


@pytest.mark.parametrize(("path", "least", "most"), RANGES)
def test_check_indemnity_terms__term_at_and_beyond_its_bounds__is_accepted_and_refused(
    path: str, least: int | None, most: int | None
) -> None:
    field = path.replace(".0.", "[0].").replace(".3", "[3]")
    for bound, beyond in ((least, -1), (most, 1)):
        if bound is None:
            continue
        check_indemnity_terms(with_term(TERMS, path, bound))
        with pytest.raises(TermOutOfRange) as refused:
            check_indemnity_terms(with_term(TERMS, path, bound + beyond))
        assert (refused.value.field, refused.value.value) == (field, bound + beyond)
        assert (refused.value.least if beyond < 0 else refused.value.most) == bound


@pytest.mark.parametrize(
    ("path", "value", "field", "least", "most"),
    [
        ("min_sum_insured", 0, "min_sum_insured", 1, MOST),
        ("max_sum_insured", LEAST - 1, "min_sum_insured", 1, LEAST - 1),
        ("period_seconds", DAY - 1, "period_seconds", DAY, YEARS),
        ("tiers.low_factor_bps", 10_001, "tiers.medium_factor_bps", 10_001, 65_535),
        ("claims.decide_days", 1, "claims.decide_days_low", 1, 1),
        ("coverages.0.limit_bps", 4_999, "coverages[0].claim_limit_bps", 1, 4_999),
        ("coverages", (), "coverages", 1, 4),
        ("coverages", TERMS.coverages * 2, "coverages", 1, 4),
        ("waiting_seconds", (), "perils", 1, 32),
        ("waiting_seconds", (0,) * 33, "perils", 1, 32),
        ("waiting_seconds", (0,), "coverages[0].perils", 1, 1),
        ("claims.interest_bps", True, "claims.interest_bps", 0, 10_000),
    ],
)
def test_check_indemnity_terms__what_depends_on_others__is_refused_there(
    path: str, value: object, field: str, least: int, most: int
) -> None:
    with pytest.raises(TermOutOfRange) as refused:
        check_indemnity_terms(with_term(TERMS, path, value))

    assert (refused.value.field, refused.value.least, refused.value.most) == (field, least, most)


def test_check_indemnity_terms__quorum_known__its_own_threshold_and_size_count() -> None:
    seven: IndemnityTerms = replace(TERMS, min_signatures=5)

    check_indemnity_terms(seven, threshold=5, signers=7)
    with pytest.raises(TermOutOfRange, match="min_signatures is 3: must be 5 to 7"):
        check_indemnity_terms(TERMS, threshold=5, signers=7)
    with pytest.raises(TermOutOfRange, match="min_signatures is 5: must be 3 to 4"):
        check_indemnity_terms(seven, threshold=3, signers=4)
