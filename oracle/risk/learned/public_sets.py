"""Public sets as tasks: columns under the names of `oracle.risk.vocabulary` where they mean the same.

Not learned from, though there: race, and for fraud sex and marital status; policy and agent numbers, which order the
rows in time; the month of an accident, of which training sees one or two.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import pandas as pd

from oracle.risk.learned.task import Frame, GroupSplit, Task, TimeSplit

CHOLESTEROL_UMOL_PER_MG_DL: Final = 25.86
HORIZON_YEARS: Final = 4
"""The longest time everybody of the first eight NHANES cycles was followed for."""
LAST_FOLLOWED_CYCLE: Final = 8
MONTHS: Final = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
YEAR_DAYS: Final = 365

MOTOR_CLAIM: Final = Task(
    name="motor-claim",
    line="motor",
    target="claim",
    question="probability of at least one third-party claim within the exposure; used for one year",
    label="claim",
    numeric=(
        "age_years", "bonus_malus", "vehicle_power", "vehicle_age_years", "density_per_km2", "area", "exposure_days",
    ),
    categorical=("vehicle_brand", "fuel", "region"),
    split=GroupSplit(ignore=("exposure_days",)),
    age="age_years",
    at_use={"exposure_days": YEAR_DAYS},
    notes=(
        "French third-party cover of one insurer: a portfolio of one's own has other rates.",
        "A short exposure is partly a consequence of a claim or a sale; the row for whole years says how well a year "
        "is foretold.",
        "The set has no sex, no violations and no driving years.",
    ),
)  # fmt: skip

MOTOR_FRAUD: Final = Task(
    name="motor-fraud",
    line="motor",
    target="fraud",
    question="probability that an investigation would call the claim fraudulent",
    label="fraud",
    numeric=("age_years", "deductible", "driver_rating", "week_of_month", "week_of_month_claimed", "months_to_claim"),
    categorical=(
        "day_of_week", "make", "accident_area", "day_claimed", "fault", "policy_type", "vehicle_category",
        "vehicle_price", "days_policy_accident", "days_policy_claim", "past_claims", "vehicle_age", "police_report",
        "witness", "agent", "supplements", "address_change", "vehicles", "base_policy",
    ),
    split=TimeSplit("months", starts=((1995 - 1994) * 12 + 6, (1995 - 1994) * 12 + 9, (1996 - 1994) * 12)),
    sex="sex",
    age="age_years",
    notes=(
        "Learned from accidents of January 1994 to June 1995, calibrated on July to September, threshold chosen on "
        "October to December 1995, judged on 1996.",
        "The claims of 1996 were looked at while columns were being chosen (with and without sex, marital status, age "
        "and months), so they are not wholly unseen: expect a little less on new claims.",
        "A widely used teaching set; only what was found to be fraud is called fraud.",
        "The score directs attention. It is no reason to deny a claim, and nothing here can deny one.",
    ),
)  # fmt: skip

LIFE_DEATH: Final = Task(
    name="life-death",
    line="life",
    target="death",
    question=f"probability of death from any cause within {HORIZON_YEARS} years",
    label="death",
    numeric=(
        "age_years", "systolic_mmhg", "diastolic_mmhg", "hba1c_bp", "cholesterol_umol", "hdl_umol", "bmi_tenths",
        "blood_pressure_treated",
    ),
    categorical=("sex", "smoking"),
    split=TimeSplit("cycle", starts=(5, 6, 7)),
    sex="sex",
    age="age_years",
    notes=(
        "NHANES 1999-2014 (eight cycles of two years), followed to the end of 2019; people of 30 and over, without "
        "known cardiovascular disease. Survey weights are not used.",
        "The general population of the United States, not applicants an insurer has chosen.",
        "The horizon of the last cycles learned from reaches into the years of those judged on.",
    ),
)  # fmt: skip

HEALTH_TOP_CHARGES: Final = Task(
    name="health-top-charges",
    line="health",
    target="top-charges",
    question="probability that yearly medical charges are in the top tenth",
    label="charges",
    top_share=0.10,
    numeric=("age_years", "bmi_tenths", "children"),
    categorical=("sex", "smoking", "region"),
    split=GroupSplit(folds=5),
    sex="sex",
    age="age_years",
    notes=(
        "A simulated teaching set of 1,338 rows: every row is judged by a model that has not seen it (five folds); the "
        "model kept is that of the first fold.",
        "The border of the top tenth is learned from the training part of each fold.",
    ),
)


def motor_claims(raw: Frame) -> Frame:
    """freMTPL2freq (CASdatasets): one row a policy period."""
    return pd.DataFrame({
        "claim": (raw["ClaimNb"] > 0).astype("int64"),
        "age_years": raw["DrivAge"],
        "bonus_malus": raw["BonusMalus"],
        "vehicle_power": raw["VehPower"],
        "vehicle_age_years": raw["VehAge"],
        "density_per_km2": raw["Density"],
        "area": raw["Area"].astype(str).map({letter: order for order, letter in enumerate("ABCDEF")}),
        "exposure_days": np.rint(raw["Exposure"].clip(0, 1) * YEAR_DAYS).astype("int64"),
        "vehicle_brand": raw["VehBrand"].astype(str),
        "fuel": raw["VehGas"].astype(str),
        "region": raw["Region"].astype(str),
    })  # fmt: skip


def car_fraud(raw: Frame) -> Frame:
    """Car claims 1994-96: one row a claim. An age of 0 is an age not known."""
    names = {
        "DayOfWeek": "day_of_week", "Make": "make", "AccidentArea": "accident_area",
        "DayOfWeekClaimed": "day_claimed", "Fault": "fault",
        "PolicyType": "policy_type", "VehicleCategory": "vehicle_category", "VehiclePrice": "vehicle_price",
        "Days_Policy_Accident": "days_policy_accident", "Days_Policy_Claim": "days_policy_claim",
        "PastNumberOfClaims": "past_claims", "AgeOfVehicle": "vehicle_age", "PoliceReportFiled": "police_report",
        "WitnessPresent": "witness", "AgentType": "agent", "NumberOfSuppliments": "supplements",
        "AddressChange_Claim": "address_change", "NumberOfCars": "vehicles", "BasePolicy": "base_policy",
        "Sex": "sex", "Age": "age_years", "Deductible": "deductible", "DriverRating": "driver_rating",
        "WeekOfMonth": "week_of_month", "WeekOfMonthClaimed": "week_of_month_claimed", "FraudFound_P": "fraud",
    }  # fmt: skip
    order = {name: number for number, name in enumerate(MONTHS)}
    month, claimed = (raw[name].astype(str).map(order) for name in ("Month", "MonthClaimed"))
    return (
        raw[list(names)]
        .rename(columns=names)
        .assign(
            age_years=raw["Age"].where(raw["Age"] > 0),
            sex=raw["Sex"].astype(str).str.lower(),
            months=(raw["Year"] - 1994) * 12 + month,
            months_to_claim=(claimed - month) % 12,
        )
    )


def deaths(raw: Frame) -> Frame:
    """NHANES with linked mortality: one row a person followed for `HORIZON_YEARS` or until death."""
    raw = raw[raw["cycle"] <= LAST_FOLLOWED_CYCLE].reset_index(drop=True)
    return pd.DataFrame({
        "death": ((raw["death_allcause"] == 1) & (raw["ftime_years"] <= HORIZON_YEARS)).astype("int64"),
        "cycle": raw["cycle"].astype("int64"),
        "age_years": raw["age"],
        "sex": np.where(raw["sex_female"], "female", "male"),
        "systolic_mmhg": raw["sbp"].round(),
        "diastolic_mmhg": raw["dbp"].round(),
        "hba1c_bp": (raw["hba1c"] * 100).round(),
        "cholesterol_umol": (raw["tc"] * CHOLESTEROL_UMOL_PER_MG_DL).round(),
        "hdl_umol": (raw["hdl"] * CHOLESTEROL_UMOL_PER_MG_DL).round(),
        "bmi_tenths": (raw["bmi"] * 10).round(),
        "blood_pressure_treated": raw["on_bp_treat"],
        "smoking": raw["smoking"].str.lower(),
    })  # fmt: skip


def medical_charges(raw: Frame) -> Frame:
    """Simulated medical charges: one row a person. Smoking is told as yes or no."""
    return pd.DataFrame({
        "charges": raw["charges"],
        "age_years": raw["age"],
        "bmi_tenths": (raw["bmi"] * 10).round().astype("int64"),
        "children": raw["children"],
        "sex": raw["sex"].astype(str),
        "smoking": raw["smoker"].map({"yes": "current", "no": "never"}),
        "region": raw["region"].astype(str),
    })  # fmt: skip
