"""Groups compared, and populations told apart."""

import numpy as np
import pandas as pd
import pytest

from oracle.risk.learned.drift import SERIOUS, drift, psi, references_of
from oracle.risk.learned.fairness import fairness_table, widest_gap
from oracle.risk.learned.metrics import Judged
from tests.oracle.risk.learned.made_up import TASK, applicants


def test_fairness_table__one_sex_flagged_more__the_gap_is_found() -> None:
    frame = applicants(4_000)
    male = (frame["sex"] == "male").to_numpy()
    labels = frame["ill"].to_numpy()
    judged = Judged(np.where(male, 0.9, 0.1), male, labels, np.arange(4_000))

    table = fairness_table(judged, frame, TASK)

    by_name = {each.group: each for each in table}
    assert by_name["sex male"].flagged == by_name["sex male"].recall == by_name["sex male"].false_alarms == 1
    assert by_name["sex female"].flagged == 0
    assert widest_gap(table, "recall") == 1
    assert by_name["sex female"].base_rate == pytest.approx(labels[~male].mean())
    assert sum(each.rows for each in table if each.group.startswith("sex")) == 4_000
    assert sum(each.rows for each in table if "years" in each.group) == 4_000


def test_widest_gap__groups_too_small__not_compared() -> None:
    frame = applicants(40)
    judged = Judged(np.full(40, 0.5), np.full(40, True), frame["ill"].to_numpy(), np.arange(40))

    assert widest_gap(fairness_table(judged, frame, TASK), "recall") is None


def test_drift__same_population__none() -> None:
    references = references_of(applicants(20_000), TASK.numeric, TASK.categorical)

    found = drift(references, applicants(20_000, seed=7))

    assert max(found.values()) < 0.01


@pytest.mark.parametrize(
    ("column", "values"),
    [("age_years", 75), ("systolic_mmhg", np.nan), ("smoking", "pipe"), ("smoking", None)],
)
def test_drift__one_column_other__that_one_stands_out(column: str, values: object) -> None:
    references = references_of(applicants(5_000), TASK.numeric, TASK.categorical)

    found = drift(references, applicants(5_000, seed=7).assign(**{column: values}))

    assert found.pop(column) > SERIOUS
    assert max(found.values()) < 0.05


def test_references_of__one_value_or_none__still_readable() -> None:
    frame = pd.DataFrame({"age_years": [np.nan] * 5, "systolic_mmhg": [120] * 5, "smoking": "never", "sex": "male"})

    references = references_of(frame, TASK.numeric, TASK.categorical)

    assert drift(references, frame) == dict.fromkeys(TASK.features, 0.0)


def test_psi__worked_example__as_by_hand() -> None:
    assert psi(np.array([0.5, 0.5]), np.array([0.6, 0.4])) == pytest.approx(0.1 * np.log(1.2) - 0.1 * np.log(0.8))
