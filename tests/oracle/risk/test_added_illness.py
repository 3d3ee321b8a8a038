"""To have one illness more never gets anybody insured for more, or instead of being refused (R7)."""

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.indemnity_reports import Measure
from domain.tiers import RiskTier
from oracle.risk.assess import assess
from oracle.risk.assessment import Assessment, Subject
from oracle.risk.codes import ILLNESSES
from oracle.risk.decision import Decision
from oracle.risk.indicators import Case, Line, Party
from tests.oracle.risk.subjects import engine, priced_for, row, rows_of, subject

WORSE = list(Decision)
"""From best to worst."""
BODIES = [Case(line, party) for line in (Line.LIFE, Line.HEALTH) for party in Party]
CAP = 50_000_000


def no_better(more: Assessment, fewer: Assessment) -> bool:
    """Whether the one with an illness more comes off no better than the other."""
    return (
        more.tier >= fewer.tier
        and WORSE.index(more.decided.decision) >= WORSE.index(fewer.decided.decision)
        and more.cap_minor <= fewer.cap_minor
    )


@pytest.mark.parametrize("case", BODIES)
@given(data=st.data())
@settings(max_examples=60, deadline=None)
def test_assess__one_illness_more__never_comes_off_better(case: Case, data: st.DataObject) -> None:
    drawn = dict(data.draw(st.one_of(rows_of(case), st.just(row(*case)))))
    drawn["sum_insured_minor"] = data.draw(st.sampled_from([CAP // 5, CAP, CAP + 1, 4 * CAP]))
    drawn["premium_minor"] = data.draw(st.integers(10_000, 2_000_000))
    first = data.draw(st.integers(0, 2 ** len(ILLNESSES) - 1).filter(lambda mask: mask.bit_count() < len(ILLNESSES)))
    few = data.draw(st.booleans())
    first = first & data.draw(st.sampled_from([0, 1, 2, 1 << 5])) if few else first
    place = data.draw(st.sampled_from([bit for bit in range(len(ILLNESSES)) if not first >> bit & 1]))

    fewer, more = (
        assess(Subject(7, case, {**drawn, "history_mask": mask}), engine()) for mask in (first, first | 1 << place)
    )

    assert no_better(more, fewer)


@pytest.mark.parametrize("line", [Line.LIFE, Line.HEALTH])
def test_assess__premiums_from_low_to_high_tier__hypertension_never_helps(line: Line) -> None:
    seen = set()
    for premium in range(2_000, 600_000, 7_919):
        asked = {"sum_insured_minor": 2 * CAP, "premium_minor": premium}
        sound, ill = (assess(subject(line, **asked, history_mask=mask), engine()) for mask in (0, 1))

        assert no_better(ill, sound), premium
        seen.add((sound.decided.decision, ill.decided.decision))

    assert {pair for pair in seen if pair[0] is not pair[1]} >= {(Decision.ACCEPT, Decision.CONDITIONAL)}
    assert {first for first, _ in seen} == {Decision.ACCEPT, Decision.CONDITIONAL, Decision.REFER_DECLINE}
    assert Decision.EXCLUDE in {second for _, second in seen}


def test_assess__medium_with_hypertension_asks_for_800_000_yuan__is_capped_too() -> None:
    sound = priced_for(RiskTier.MEDIUM, Line.LIFE, sum_insured_minor=80_000_000)
    ill = priced_for(RiskTier.MEDIUM, Line.LIFE, sum_insured_minor=80_000_000, history_mask=1)

    assert (sound.decided.measure, sound.cap_minor) == (Measure.CAP, CAP)
    assert (ill.decided.measure, ill.cap_minor) == (Measure.EXCLUSION, CAP)


def test_assess__high_without_the_illness_too__is_referred_for_all_it_could_exclude() -> None:
    found = priced_for(RiskTier.HIGH, Line.LIFE, age_years=30)
    cheap = {"premium_minor": found.asked.premium_minor}

    ill = assess(subject(Line.LIFE, age_years=30, history_mask=1, **cheap), engine())

    assert found.decided.decision is ill.decided.decision is Decision.REFER_DECLINE
    assert [rule.code for rule in ill.decided.exclusions] == ["hypertension-complications"]
    assert ill.factor_bps is None


def test_assess__high_by_the_illness_alone__is_accepted_with_its_exclusion() -> None:
    ill = priced_for(RiskTier.HIGH, Line.LIFE, history_mask=1)
    sound = assess(subject(Line.LIFE, premium_minor=ill.asked.premium_minor), engine())

    assert sound.tier is not RiskTier.HIGH
    assert (ill.decided.decision, ill.decided.measure) == (Decision.EXCLUDE, Measure.EXCLUSION)


def test_decision__order_of_the_enumeration__is_from_best_to_worst() -> None:
    assert all(WORSE.index(first) < WORSE.index(second) for first, second in pairwise(Decision))
    assert (WORSE[0], WORSE[-1]) == (Decision.ACCEPT, Decision.REFER_DECLINE)
