"""Relativities said to come from public data, against that data. Skipped where the data is absent.

The data lies beside the repository, in ../shared/data, or where QUITTANCE_DATA says.
"""

import os
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import PoissonRegressor

from oracle.risk.actuarial.relativities import Chain
from tests.oracle.risk.actuarial.rows import models

DATA = Path(os.environ.get("QUITTANCE_DATA", Path(__file__).parents[5] / "shared" / "data"))
NHANES = DATA / "nhanes_bp_mortality_29951.parquet"
FREMTPL2 = DATA / "freMTPL2freq.parquet"
MG_PER_MMOL_GLUCOSE, MG_PER_MMOL_CHOLESTEROL = 18.016, 38.67


def steps_of(chain: Chain, name: str, coded: int) -> float:
    """Factor of one indicator as a number."""
    return next(steps for group in chain.groups for each, steps in group if each == name).at(coded) / 10_000


def ratios(columns: dict[str, np.ndarray], rate: np.ndarray, weight: np.ndarray) -> dict[str, float]:
    """Rate ratios of a Poisson regression, almost without penalty."""
    design = pd.DataFrame(columns)
    fitted = PoissonRegressor(alpha=1e-7, max_iter=3_000).fit(design, rate, sample_weight=weight)
    return dict(zip(columns, np.exp(fitted.coef_), strict=True))


@pytest.fixture(scope="module")
def lives() -> pd.DataFrame:
    if not NHANES.exists():
        pytest.skip(f"{NHANES.name} is not beside the repository")
    table = pd.read_parquet(NHANES)
    return table[(table.ftime_years > 0) & table.smoking.notna() & table.sbp.notna()]


def deaths_by(lives: pd.DataFrame, **columns: pd.Series) -> dict[str, float]:
    """Ratios with age (by piecewise lines), sex and smoking held."""
    base = {f"age{start}": np.clip(lives.age - start, 0, 5) for start in range(25, 95, 5)}
    base["female"] = lives.sex_female.astype(float)
    base["current"], base["former"] = (lives.smoking == "Current") * 1.0, (lives.smoking == "Former") * 1.0
    every = {**base, **{name: column.astype(float) for name, column in columns.items()}}
    return ratios(every, (lives.death_allcause / lives.ftime_years).to_numpy(), lives.ftime_years.to_numpy())


def test_mortality__smoking_and_blood_pressure__lie_within_a_tenth_of_nhanes(lives: pd.DataFrame) -> None:
    found = deaths_by(
        lives, high130=lives.sbp.between(130, 139.99), high140=lives.sbp.between(140, 159.99), high160=lives.sbp >= 160
    )

    chain = models().mortality.chain
    assert steps_of(chain, "smoking", 2) == pytest.approx(found["current"], rel=0.1)
    assert steps_of(chain, "smoking", 1) == pytest.approx(found["former"], rel=0.1)
    for name, pressure in (("high130", 130), ("high140", 140), ("high160", 160)):
        assert steps_of(chain, "systolic_mmhg", pressure) == pytest.approx(found[name], rel=0.1)


def test_mortality__blood_sugar_lipids_and_weight__lie_within_a_seventh_of_nhanes(lives: pd.DataFrame) -> None:
    known = lives.dropna(subset=["hba1c", "tc", "bmi"])
    found = deaths_by(
        known, hba1c900=known.hba1c >= 9,
        hba1c650=known.hba1c.between(6.5, 7.49), hba1c750=known.hba1c.between(7.5, 8.99),
        lipids=known.tc / MG_PER_MMOL_CHOLESTEROL >= 7.24, thin=known.bmi < 18.5, heavy=known.bmi >= 40,
    )  # fmt: skip

    chain = models().mortality.chain
    for name, indicator, coded in (
        ("hba1c750", "hba1c_bp", 750), ("hba1c900", "hba1c_bp", 900), ("lipids", "cholesterol_umol", 7_240),
        ("thin", "bmi_tenths", 180), ("heavy", "bmi_tenths", 400),
    ):  # fmt: skip
        assert steps_of(chain, indicator, coded) == pytest.approx(found[name], rel=0.15), name
    # Slightly raised sugar alone shows less than the ratio of all diabetics, which the table takes for it.
    assert found["hba1c650"] < steps_of(chain, "hba1c_bp", 650)


def test_mortality__fasting_sugar__lies_within_a_seventh_of_nhanes(lives: pd.DataFrame) -> None:
    known = lives.dropna(subset=["fpg"])
    mmol = known.fpg / MG_PER_MMOL_GLUCOSE
    found = deaths_by(known, raised=mmol.between(7.0, 9.99), high=mmol >= 10.0)

    chain = models().mortality.chain
    assert steps_of(chain, "fasting_glucose_umol", 7_000) == pytest.approx(found["raised"], rel=0.15)
    assert steps_of(chain, "fasting_glucose_umol", 10_000) == pytest.approx(found["high"], rel=0.15)


def test_motor__driving_years__lie_within_a_seventh_of_fremtpl2_by_age() -> None:
    if not FREMTPL2.exists():
        pytest.skip(f"{FREMTPL2.name} is not beside the repository")
    table = pd.read_parquet(FREMTPL2)
    exposure, claims = np.minimum(table.Exposure, 1), np.minimum(table.ClaimNb, 4)
    # Ages since the licence at 18; the classes of the table, the oldest class the reference.
    classes = {0: (18, 20), 2: (20, 21), 3: (21, 23), 5: (23, 25), 7: (25, 28)}
    columns = {f"years{start}": table.DrivAge.between(low, high - 1) * 1.0 for start, (low, high) in classes.items()}
    columns |= {area: (table.Area == area) * 1.0 for area in "BCDEF"}
    found = ratios(columns, (claims / exposure).to_numpy(), exposure.to_numpy())

    chain = models().motor.chain
    for years, fitted_class in ((0, 0), (1, 2), (2, 3), (5, 5), (7, 7)):
        fitted = found[f"years{fitted_class}"]
        assert steps_of(chain, "driving_years", years) == pytest.approx(fitted, rel=0.15), years
    regions = next(steps for group in chain.groups for name, steps in group if name == "region")
    assert max(regions.values) / 10_000 <= found["F"]
