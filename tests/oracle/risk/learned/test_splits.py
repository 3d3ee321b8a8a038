"""Parts that share nothing, however often a row occurs and in whatever order."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest

from oracle.risk.learned.errors import DataUnusable
from oracle.risk.learned.splits import PARTS, Parts, groups_of, parts_of, thinned
from oracle.risk.learned.task import GroupSplit, TimeSplit
from tests.oracle.risk.learned.made_up import BY_TIME, TASK, applicants


def part_numbers(parts: Parts, rows: int) -> np.ndarray:
    """For each row the part it is in; fails if one is in none or in two."""
    found = np.full(rows, -1)
    for number, name in enumerate(PARTS):
        assert (found[getattr(parts, name)] == -1).all()
        found[getattr(parts, name)] = number
    assert (found >= 0).all()
    return found


def test_parts_of__copies_of_rows__fall_into_one_part() -> None:
    frame = applicants(2_000)
    copied = pd.concat([frame, frame[frame["ill"] == 1], frame[frame["ill"] == 1]], ignore_index=True)

    part = part_numbers(parts_of(copied, TASK), len(copied))

    features = copied[list(TASK.features)].agg(lambda row: "|".join(map(str, row)), axis=1)
    assert pd.Series(part).groupby(features).nunique().max() == 1
    assert features.duplicated().any()


def test_parts_of__rows_in_another_order__same_part_for_each() -> None:
    frame = applicants(1_000)
    order = np.random.default_rng(0).permutation(len(frame))

    straight = part_numbers(parts_of(frame, TASK), len(frame))
    shuffled = part_numbers(parts_of(frame.iloc[order].reset_index(drop=True), TASK), len(frame))

    np.testing.assert_array_equal(shuffled, straight[order])


def test_parts_of__many_rows__sixty_ten_ten_twenty() -> None:
    sizes = parts_of(applicants(20_000), TASK).sizes()

    shares = {name: size / 20_000 for name, size in sizes.items()}
    assert shares == pytest.approx({"train": 0.6, "calibrate": 0.1, "validate": 0.1, "test": 0.2}, abs=0.02)


def test_parts_of__ignored_column__does_not_make_rows_different() -> None:
    frame = applicants(500)
    doubled = pd.concat([frame, frame.assign(systolic_mmhg=99)], ignore_index=True)
    task = replace(TASK, split=GroupSplit(ignore=("systolic_mmhg",)))

    part = part_numbers(parts_of(doubled, task), len(doubled))

    np.testing.assert_array_equal(part[:500], part[500:])
    assert (groups_of(doubled, TASK)[:500] != groups_of(doubled, TASK)[500:]).any()


def test_parts_of__five_folds__each_row_judged_once() -> None:
    frame = applicants(1_500)

    judged = np.concatenate([parts_of(frame, TASK, fold).test for fold in range(5)])

    np.testing.assert_array_equal(np.sort(judged), np.arange(len(frame)))


def test_parts_of__by_time__each_part_after_the_one_before() -> None:
    frame = applicants(3_000).sample(frac=1, random_state=3).reset_index(drop=True)

    parts = parts_of(frame, BY_TIME)

    months = frame["month"].to_numpy()
    for earlier, later in pairwise(PARTS):
        assert months[getattr(parts, earlier)].max() < months[getattr(parts, later)].min()


def test_parts_of__given_starts__begin_there() -> None:
    frame = applicants(3_000)

    parts = parts_of(frame, replace(BY_TIME, split=TimeSplit("month", starts=(12, 24, 30))))

    assert frame["month"].iloc[parts.calibrate].min() == 12
    assert frame["month"].iloc[parts.test].min() == 30


@pytest.mark.parametrize(
    ("split", "field"),
    [
        (TimeSplit("month", starts=(90, 95, 99)), "part"),
        (TimeSplit("quarter"), "time"),
        (TimeSplit("smoking"), "smoking"),
    ],
)
def test_parts_of__time_that_does_not_split__names_the_field(split: TimeSplit, field: str) -> None:
    with pytest.raises(DataUnusable) as refused:
        parts_of(applicants(200), replace(TASK, split=split))

    assert refused.value.field == field


def test_thinned__one_in_four__whole_groups() -> None:
    frame = pd.concat([applicants(4_000)] * 2, ignore_index=True)

    kept = thinned(frame, TASK, 4)

    assert len(kept) == pytest.approx(2_000, rel=0.1)
    assert (kept.groupby(list(TASK.features), dropna=False).size() % 2 == 0).all()
