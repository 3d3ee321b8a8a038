"""Tables: what is taken in, and what is refused with the field named."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from oracle.risk.learned import datasets
from oracle.risk.learned.datasets import Asked, asked, data_folder, load_known
from oracle.risk.learned.errors import DataUnusable
from oracle.risk.learned.frames import MISSING, digest_of, features_of, labels_of, read_frame
from oracle.risk.learned.task import GroupSplit, TimeSplit
from tests.oracle.risk.learned.made_up import applicants


@pytest.mark.parametrize("name", ["a.parquet", "a.csv", "a.csv.gz"])
def test_read_frame__each_form__same_rows_and_the_hash_of_the_file(tmp_path: Path, name: str) -> None:
    frame, path = applicants(50), tmp_path / name
    frame.to_parquet(path) if name.endswith("parquet") else frame.to_csv(path, index=False)

    read, digest = read_frame(path)

    pd.testing.assert_frame_equal(read, frame, check_dtype=False)
    path.write_bytes(path.read_bytes()[:-1] + b"\n")
    assert len(digest) == 64


@pytest.mark.parametrize(
    ("name", "content", "problem"),
    [
        ("a.xlsx", b"x", "neither"),
        ("a.parquet", b"not parquet", "cannot be read"),
        ("a.csv", b"", "cannot be read"),
        ("a.csv", b"age_years\n", "no rows"),
    ],
)
def test_read_frame__unusable_file__says_what_is_wrong(tmp_path: Path, name: str, content: bytes, problem: str) -> None:
    (tmp_path / name).write_bytes(content)

    with pytest.raises(DataUnusable, match=problem):
        read_frame(tmp_path / name)


def test_read_frame__no_such_file__told() -> None:
    with pytest.raises(DataUnusable, match="cannot be read"):
        read_frame(Path("/nowhere/a.csv"))


def test_features_of__missing_values__nan_and_a_word() -> None:
    frame = pd.DataFrame({"age_years": [30, None], "flood_zone": [True, False], "smoking": ["never", None]})

    found = features_of(frame, ("age_years", "flood_zone"), ("smoking",))

    assert found["smoking"].tolist() == ["never", MISSING]
    assert np.isnan(found["age_years"][1])
    assert found["flood_zone"].tolist() == [1.0, 0.0]


@pytest.mark.parametrize(
    ("column", "values", "field"),
    [
        ("age_years", [30, "thirty"], "age_years"),
        ("age_years", [30, float("inf")], "age_years"),
        ("smoking", ["never", "x" * 10_000_000], "smoking"),
        ("other", [1, 2], "column"),
    ],
)
def test_features_of__garbage__names_the_field(column: str, values: list[object], field: str) -> None:
    frame = pd.DataFrame({"age_years": [30, 40], "smoking": ["never", "never"]}).assign(**{column: values})
    frame = frame.drop(columns="smoking") if column == "other" else frame

    with pytest.raises(DataUnusable) as refused:
        features_of(frame, ("age_years",), ("smoking",))

    assert refused.value.field == field
    assert len(str(refused.value)) < 400


@pytest.mark.parametrize("values", [[0, 1, None], [0, 1, 2], [0, 1, -1], ["no", "yes", "no"], [1, 1, 1], [0, 0.5, 1]])
def test_labels_of__not_zero_and_one__refused(values: list[object]) -> None:
    with pytest.raises(DataUnusable) as refused:
        labels_of("ill", pd.Series(values))

    assert refused.value.field == "ill"


def test_labels_of__true_and_false__one_and_zero() -> None:
    assert labels_of("ill", pd.Series([True, False])).tolist() == [1, 0]


def test_digest_of__a_cell_or_a_name_changed__another_digest() -> None:
    frame = applicants(20)

    digests = {
        digest_of(frame),
        digest_of(frame.assign(age_years=frame["age_years"] + (np.arange(20) == 3))),
        digest_of(frame.rename(columns={"sex": "gender"})),
    }

    assert len(digests) == 3
    assert digest_of(frame) == digest_of(frame.copy())


def test_asked__own_table__split_and_horizon_from_what_is_said() -> None:
    frame = applicants(50).assign(exposure_days=100)

    plain, _ = asked("life", frame, "ill", Asked())
    timed, _ = asked("life", frame, "ill", Asked(features=("age_years",), time="month"))

    assert plain.split == GroupSplit(ignore=("exposure_days",))
    assert plain.at_use == {"exposure_days": 365}
    assert timed.split == TimeSplit("month")
    assert timed.features == ("age_years",)


@pytest.mark.parametrize(
    ("line", "target", "how", "field"),
    [
        ("marine", "ill", Asked(), "line"),
        ("life", "dead", Asked(), "target"),
        ("life", "ill", Asked(features=("height",)), "feature"),
        ("life", "ill", Asked(features=("ill",)), "feature"),
    ],
)
def test_asked__what_cannot_be__names_the_field(line: str, target: str, how: Asked, field: str) -> None:
    with pytest.raises(DataUnusable) as refused:
        asked(line, applicants(50), target, how)

    assert refused.value.field == field


def test_asked__no_indicator_among_the_columns__refused() -> None:
    with pytest.raises(DataUnusable) as refused:
        asked("life", pd.DataFrame({"x": [1], "ill": [1]}), "ill", Asked())

    assert refused.value.field == "features"


def test_load_known__folder_without_the_file__names_the_variable(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("QUITTANCE_DATA", str(tmp_path))

    assert data_folder() == tmp_path
    with pytest.raises(DataUnusable) as refused:
        load_known(datasets.KNOWN[0])
    assert refused.value.field == "QUITTANCE_DATA"
