"""From a table to a task: public sets are known by their columns, any other table by what its user says of it."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pandas as pd

from oracle.risk.indicators import IndicatorUnknown, Kind, Line
from oracle.risk.learned import public_sets
from oracle.risk.learned.errors import DataUnusable
from oracle.risk.learned.frames import read_frame
from oracle.risk.learned.task import Frame, GroupSplit, Task, TimeSplit
from oracle.risk.vocabulary import INDICATORS, indicator

DATA_VARIABLE: Final = "QUITTANCE_DATA"
MOST_FEATURES: Final = 200
EXPOSURE: Final = "exposure_days"
YEAR_DAYS: Final = 365


@dataclass(frozen=True)
class KnownSet:
    """A public set: its file's usual name, columns that give it away, and how it becomes a task's table."""

    file: str
    columns: frozenset[str]
    prepare: Callable[[Frame], Frame]
    task: Task


@dataclass(frozen=True)
class Asked:
    """What a user says of a table of their own.

    Attributes:
        features: Columns to learn from; empty: every column that is an indicator, and `exposure_days`.
        time: Column to order rows by; without it copies are kept together and rows split by a hash.
    """

    features: tuple[str, ...] = ()
    time: str = ""


KNOWN: Final = (
    KnownSet(
        "freMTPL2freq.parquet",
        frozenset({"ClaimNb", "Exposure", "BonusMalus", "DrivAge"}),
        public_sets.motor_claims,
        public_sets.MOTOR_CLAIM,
    ),
    KnownSet(
        "fraud_oracle_carclaims.parquet",
        frozenset({"FraudFound_P", "Days_Policy_Accident", "Year", "Month"}),
        public_sets.car_fraud,
        public_sets.MOTOR_FRAUD,
    ),
    KnownSet(
        "nhanes_bp_mortality_29951.parquet",
        frozenset({"death_allcause", "ftime_years", "cycle", "sbp"}),
        public_sets.deaths,
        public_sets.LIFE_DEATH,
    ),
    KnownSet(
        "medical_insurance_1338.csv.gz",
        frozenset({"charges", "smoker", "bmi", "children"}),
        public_sets.medical_charges,
        public_sets.HEALTH_TOP_CHARGES,
    ),
)


def data_folder() -> Path:
    """Where the public sets lie: `QUITTANCE_DATA`, else `../shared/data` beside the checkout."""
    named = os.environ.get(DATA_VARIABLE)
    return Path(named) if named else Path(__file__).resolve().parents[4] / "shared" / "data"


def known_set(task_name: str) -> KnownSet:
    """The public set of a task."""
    return next(known for known in KNOWN if known.task.name == task_name)


def load_known(known: KnownSet) -> tuple[Frame, str]:
    """A public set from the data folder, not yet prepared, and its hash.

    Raises:
        DataUnusable: It is not there.
    """
    path = data_folder() / known.file
    if not path.is_file():
        remedy = f"Set {DATA_VARIABLE} to the folder that has it"
        raise DataUnusable(DATA_VARIABLE, str(data_folder()), f"has no {known.file}", remedy)
    return read_frame(path)


def asked(line: str, frame: Frame, target: str, how: Asked) -> tuple[Task, Frame]:
    """The task for a table, and the table as the task wants it.

    Raises:
        DataUnusable: No such line; no column of the target; nothing to learn from.
    """
    if line not in tuple(Line):
        raise DataUnusable("line", line, "is no line of insurance", f"Choose one of {', '.join(Line)}")
    for known in KNOWN:
        if (known.task.line, known.task.target) == (line, target) and known.columns <= set(frame.columns):
            return known.task, known.prepare(frame)
    return _own_task(line, frame, target, how), frame


def _own_task(line: str, frame: Frame, target: str, how: Asked) -> Task:
    if target not in frame.columns:
        raise DataUnusable("target", target, "is not a column of the table", f"Choose one of {_some(frame)}")
    names = how.features or tuple(
        str(name) for name in frame.columns if _is_feature(str(name), {target, how.time}) and frame[name].notna().any()
    )
    if not names or len(names) > MOST_FEATURES:
        remedy = f"Name 1 to {MOST_FEATURES} columns with --feature, or call columns as oracle/risk/vocabulary.py does"
        raise DataUnusable("features", len(names), "columns to learn from were found", remedy)
    for name in names:
        if name == target or name not in frame.columns:
            raise DataUnusable("feature", name, "is the target, or not in the table", f"Choose from {_some(frame)}")
        if not frame[name].notna().any():
            raise DataUnusable("feature", name, "is empty in every row", "Leave it out")
    numeric = tuple(name for name in names if _is_numeric(name, frame))
    return Task(
        name=f"{line}-{target}",
        line=line,
        target=target,
        question=f"probability that {target} is 1",
        label=target,
        numeric=numeric,
        categorical=tuple(name for name in names if name not in numeric),
        split=TimeSplit(how.time) if how.time else GroupSplit(ignore=(EXPOSURE,) if EXPOSURE in names else ()),
        sex="sex" if "sex" in frame.columns else None,
        age="age_years" if "age_years" in frame.columns else None,
        at_use={EXPOSURE: YEAR_DAYS} if EXPOSURE in names else {},
    )


def _is_feature(name: str, not_these: set[str]) -> bool:
    return name not in not_these and (name in INDICATORS or name == EXPOSURE)


def _is_numeric(name: str, frame: Frame) -> bool:
    try:
        return indicator(name).kind in (Kind.WHOLE, Kind.FLAG)
    except IndicatorUnknown:
        return bool(pd.api.types.is_numeric_dtype(frame[name]) or pd.api.types.is_bool_dtype(frame[name]))


def _some(frame: Frame) -> str:
    names = [str(name) for name in frame.columns]
    return ", ".join(names[:12]) + (f" and {len(names) - 12} more" if len(names) > 12 else "")
