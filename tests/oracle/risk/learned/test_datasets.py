"""Which columns of a table of one's own are learned from."""

import numpy as np
import pytest

from oracle.risk.learned.datasets import Asked, asked
from oracle.risk.learned.errors import DataUnusable
from tests.oracle.risk.learned.made_up import applicants


def test_asked__indicator_empty_in_every_row__is_not_learned_from() -> None:
    frame = applicants(200).assign(bmi_tenths=np.nan, credit_score=700)

    task, _ = asked("life", frame, "ill", Asked())

    assert "bmi_tenths" not in task.features
    assert {"credit_score", "age_years", "systolic_mmhg", "smoking", "sex"} <= set(task.features)


def test_asked__empty_column_named_as_feature__refused_by_name() -> None:
    with pytest.raises(DataUnusable, match=r"bmi_tenths.*empty in every row"):
        asked("life", applicants(200).assign(bmi_tenths=np.nan), "ill", Asked(features=("age_years", "bmi_tenths")))
