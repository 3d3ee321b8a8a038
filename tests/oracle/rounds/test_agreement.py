"""Lower medians, groups and spreads."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oracle.rounds.agreement import agree, check_own, group_of, lower_median, spread_around
from oracle.rounds.refusals import Code, Disagreement
from oracle.rounds.simulation import seats_of
from oracle.rounds.statements import Observation, SignedObservation
from tests.oracle.rounds.worlds import request, rules, seen


def said(*observations: Observation) -> tuple[SignedObservation, ...]:
    """Unsigned: what agreement is told is right already."""
    seats = seats_of(4)
    return tuple(
        SignedObservation(request(), seat.node, each, b"") for seat, each in zip(seats, observations, strict=False)
    )


@pytest.mark.parametrize(("values", "median"), [([3], 3), ([4, 1], 1), ([9, 1, 5], 5), ([9, 1, 5, 7], 5)])
def test_lower_median__odd_and_even__middle_or_the_lower_of_two(values: list[int], median: int) -> None:
    assert lower_median(values) == median


@given(st.integers(1, 10), st.data())
def test_lower_median__up_to_f_of_2f_plus_1_or_more_false__among_the_true(faults: int, data: st.DataObject) -> None:
    true = data.draw(st.lists(st.integers(100, 200), min_size=faults + 1, max_size=2 * faults + 3))
    least = 2 * faults + 1 - len(true)
    false = data.draw(st.lists(st.integers(-(10**9), 10**9), min_size=max(0, least), max_size=faults))

    assert min(true) <= lower_median([*true, *false]) <= max(true)


@pytest.mark.parametrize(
    ("values", "median", "spread"), [([1, 2, 3, 900], 2, 2), ([1, 5, 6, 7], 5, 2), ([4, 4, 4, 4], 4, 0)]
)
def test_spread_around__one_far_away__narrowest_range_with_the_median(
    values: list[int], median: int, spread: int
) -> None:
    assert spread_around(values, median, 3) == spread


def test_agree__outlier_among_four__median_of_the_others_and_their_spread() -> None:
    agreed = agree(rules(), said(seen(1_000), seen(1_002), seen(5_000), seen(1_001)))

    assert agreed.number["loss"] == 1_001
    assert dict(agreed.spreads)["loss"] == 2
    assert agreed.automatic


@pytest.mark.parametrize(
    ("observations", "code", "fields"),
    [
        ([seen(), seen()], Code.TOO_FEW_OBSERVATIONS, ()),
        ([seen(), seen(), seen(), seen(model=4)], Code.VERSIONS_DIFFER, ("model",)),
        ([seen(), seen(), seen(), seen(evidence=4)], Code.DECISION_DIFFERS, ("evidence",)),
        ([seen(), seen(), seen(2_000), seen(2_000)], Code.TOO_FEW_NEAR, ("loss",)),
        ([seen(-1)] * 4, Code.LIMIT_BROKEN, ("loss",)),
        ([seen(1_000_001)] * 4, Code.LIMIT_BROKEN, ("loss",)),
    ],
)
def test_agree__what_makes_no_report__named(
    observations: list[Observation], code: Code, fields: tuple[str, ...]
) -> None:
    with pytest.raises(Disagreement) as disagreement:
        agree(rules(), said(*observations))

    assert (disagreement.value.code, disagreement.value.fields) == (code, fields)


def test_group_of__three_alike_and_one_not__the_three() -> None:
    everybody = said(seen(1), seen(2, evidence=9), seen(3), seen(4))

    assert group_of(rules(), everybody) == (everybody[0], everybody[2], everybody[3])


def test_group_of__two_and_two__refused_with_the_fields_they_differ_in() -> None:
    with pytest.raises(Disagreement) as disagreement:
        group_of(rules(), said(seen(), seen(), seen(evidence=9), seen(evidence=9)))

    assert disagreement.value.code is Code.TOO_FEW_OBSERVATIONS
    assert disagreement.value.fields == ("evidence",)


@pytest.mark.parametrize(
    ("own", "code", "fields"),
    [
        (seen(model=4), Code.VERSIONS_DIFFER, ("model",)),
        (seen(evidence=4), Code.DECISION_DIFFERS, ("evidence",)),
        (seen(1_021), Code.NUMBER_DIFFERS, ("loss",)),
    ],
)
def test_check_own__beyond_the_tolerance__named(own: Observation, code: Code, fields: tuple[str, ...]) -> None:
    agreed = agree(rules(), said(seen(), seen(), seen(), seen()))

    with pytest.raises(Disagreement) as disagreement:
        check_own(rules(), agreed, own)

    assert (disagreement.value.code, disagreement.value.fields) == (code, fields)


def test_check_own__at_the_tolerance__agrees() -> None:
    check_own(rules(), agree(rules(), said(seen(), seen(), seen(), seen())), seen(1_020))
