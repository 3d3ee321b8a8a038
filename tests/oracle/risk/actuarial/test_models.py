"""What holds of every model: one row as many, no overflow, and risk that moves as the manual says."""

import shutil
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.errors import DomainError
from oracle.risk.actuarial.models import FOLDER, load_models
from oracle.risk.codes import CURRENCIES
from oracle.risk.derived import definition
from oracle.risk.indicators import ABSENT, IndicatorInvalid, Line
from oracle.risk.rounding import MAX_AMOUNT_MINOR
from oracle.risk.table_files import TableInvalid
from tests.oracle.risk.actuarial.rows import models, reference, rows

LINES = tuple(Line)
MANY_ROWS = st.sampled_from(LINES).flatmap(lambda line: st.tuples(st.just(line), st.lists(rows(line), min_size=1)))
TWO_ROWS = st.sampled_from(LINES).flatmap(lambda line: st.tuples(st.just(line), rows(line), st.randoms()))


@given(MANY_ROWS)
@settings(deadline=None)
def test_expected_loss_minor__any_columns__are_those_of_the_rows_one_by_one(
    many: tuple[Line, list[dict[str, int]]],
) -> None:
    line, given_rows = many
    columns = {name: np.array([row[name] for row in given_rows], dtype=np.int64) for name in given_rows[0]}

    losses = models().expected_loss_minor(line, columns)

    # Python's whole numbers do not overflow, so agreement shows that 64 bits suffice.
    assert losses.tolist() == [models().expected_loss_minor(line, row) for row in given_rows]


@given(TWO_ROWS)
@settings(deadline=None, max_examples=300)
def test_expected_loss_minor__riskier_by_one_indicator__is_not_less(drawn: tuple[Line, dict[str, int], object]) -> None:
    line, row, random = drawn
    for name in row:
        about = definition(name)
        direction = about.monotone(line)
        if direction == 0 or row[name] == ABSENT:
            continue
        least = max(about.least, about.directed_from)
        two = sorted(random.randint(least, about.most) for _ in range(2))  # type: ignore[attr-defined]
        less, more = (models().expected_loss_minor(line, {**row, name: value}) for value in two[::direction])
        assert less <= more, name


@given(
    st.sampled_from(LINES).flatmap(lambda line: st.tuples(st.just(line), rows(line))), st.integers(1, MAX_AMOUNT_MINOR)
)
@settings(deadline=None)
def test_expected_loss_minor__higher_sum_insured__is_not_less(drawn: tuple[Line, dict[str, int]], other: int) -> None:
    line, row = drawn
    sums = sorted((row["sum_insured_minor"], other))

    small, great = (models().expected_loss_minor(line, {**row, "sum_insured_minor": each}) for each in sums)

    assert 0 < small <= great


@pytest.mark.parametrize("line", LINES)
@pytest.mark.parametrize("currency", [each for each in CURRENCIES if each != "CNY"])
def test_expected_loss_minor__wrong_currency__names_the_field(line: Line, currency: str) -> None:
    row = reference(line, currency=currency)

    with pytest.raises(IndicatorInvalid, match=currency) as refused:
        models().expected_loss_minor(line, row)

    assert refused.value.field == "currency"


def test_expected_loss_minor__one_wrong_currency_in_a_column__is_refused() -> None:
    columns = {name: np.array([code, code]) for name, code in reference(Line.MOTOR).items()}
    columns["currency"] = np.array([0, 2])

    with pytest.raises(IndicatorInvalid, match="USD"):
        models().expected_loss_minor(Line.MOTOR, columns)


@pytest.mark.parametrize("name", ["sum_insured_minor", "currency", "age_years", "sex", "term_years"])
def test_expected_loss_minor__without_what_it_needs__names_it(name: str) -> None:
    with pytest.raises(IndicatorInvalid) as refused:
        models().expected_loss_minor(Line.LIFE, {**reference(Line.LIFE), name: ABSENT})

    assert refused.value.field == name


def test_load_models__twice__has_one_hash() -> None:
    assert load_models().hash == load_models().hash
    assert dict(load_models().versions) == {
        **dict.fromkeys(("china-life", "property"), "1"),
        **dict.fromkeys(("accident", "hospital", "mortality", "motor"), "2"),
    }


@pytest.mark.parametrize(
    ("file", "before", "after", "field"),
    [
        ("motor", "claims_ppm: 160000", "claims_ppm: 160001", "motor.version"),
        ("motor", 'version: "2"', 'version: "9"', "motor.version"),
    ],
)
def test_load_models__changed_under_an_old_version__is_refused(
    tmp_path: Path, file: str, before: str, after: str, field: str
) -> None:
    folder = changed(tmp_path, file, before, after)

    with pytest.raises(TableInvalid) as refused:
        load_models(folder)

    assert refused.value.field == field


@pytest.mark.parametrize(
    ("file", "before", "after", "field"),
    [
        ("motor", "3: 25000", "3: 18000", "motor.violations_12m"),
        ("motor", "10: 10000}", "10: 13000}", "motor.driving_years"),
        ("motor", "private: 10000, commercial: 18000", "private: 10000", "motor.vehicle_use"),
        ("motor", "private: 10000, commercial", "private: 10000, taxi: 9, commercial", "motor.vehicle_use"),
        ("motor", "  drink_driving_records:", "  star_sign:", "star_sign"),
        ("motor", "motorcycle: 500000", "tricycle: 500000", "motor.mean_claim"),
        ("motor", "currency: CNY", "currency: USD", "motor.currency"),
        ("motor", "claims_ppm: 160000", "claims_ppm: 0.16", "claims_ppm"),
        ("motor", "from: {0: 10000, 1: 18000", "from: {1: 18000", "motor.drink_driving_records"),
        ("mortality", "[systolic_mmhg, diastolic_mmhg]", "[systolic_mmhg, sex]", "mortality.together"),
        ("mortality", "[cholesterol_umol, ldl_umol]", "[cholesterol_umol, hba1c_bp]", "mortality.together"),
        ("mortality", "female: CL2", "female: CL9", "mortality.base"),
        ("mortality", "2: 500000", "2: 400000", "mortality.selection_ppm"),
        ("mortality", "{1: 443563, 2", "{2", "mortality.selection_ppm"),
        ("china-life", "867, 615,", "615,", "china-life.deaths_ppm"),
        ("property", '"true": 10000', '"true": 40', "property.flood.flood_zone"),
        ("hospital", "1: 13000, 2: 20000", "1: 23000, 2: 20000", "hospital.illness_seriousness"),
        ("accident", "benefit_ppb: 250000", "benefit_ppb: 0", "accident.benefit_ppb"),
    ],
)  # fmt: skip
def test_load_models__table_wrong__names_the_field(
    tmp_path: Path, file: str, before: str, after: str, field: str
) -> None:
    folder = changed(tmp_path, file, before, after)

    with pytest.raises(DomainError) as refused:
        load_models(folder, locked=False)

    assert field in refused.value.field


def changed(tmp_path: Path, file: str, before: str, after: str) -> Path:
    """A copy of the tables with one change, which must be one."""
    folder = shutil.copytree(FOLDER, tmp_path / "actuarial")
    table = folder / f"{file}.yaml"
    text = table.read_text("utf-8")
    assert before in text
    table.write_text(text.replace(before, after, 1), "utf-8")
    return folder
