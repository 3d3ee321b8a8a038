"""Step functions: one table for one applicant and for columns."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from oracle.risk.steps import Steps

BANDS = Steps([-1, 0, 130, 140], [7, 1, 2, 3])


@pytest.mark.parametrize(("value", "found"), [(-1, 7), (0, 1), (129, 1), (130, 2), (139, 2), (140, 3), (10_000, 3)])
def test_at__around_the_breakpoints__begins_a_step_at_its_breakpoint(value: int, found: int) -> None:
    assert BANDS.at(value) == found


def test_at__below_the_first_breakpoint__takes_the_first_value() -> None:
    assert Steps([5, 6], [1, 2]).at(0) == 1


@given(st.lists(st.integers(-1, 500), min_size=1))
def test_at_each__any_column__agrees_with_one_by_one(column: list[int]) -> None:
    assert BANDS.of(np.array(column)).tolist() == [BANDS.of(value) for value in column]


@pytest.mark.parametrize(("breakpoints", "values"), [([], []), ([0, 1], [1]), ([1, 1], [1, 2]), ([2, 1], [1, 2])])
def test_init__no_function__is_refused(breakpoints: list[int], values: list[int]) -> None:
    with pytest.raises(ValueError, match="breakpoints"):
        Steps(breakpoints, values)
