"""Invented applications: nobody's. For trying the engine out and for measuring it, never for judging a model."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from oracle.risk.application import READ, STATED_ONLY
from oracle.risk.contradictions import contradictory
from oracle.risk.indicators import ABSENT, CASES, Case, IndicatorDefinition, Kind
from oracle.risk.portfolio.table import LINES, PARTIES, STATED
from oracle.risk.records import CONFIRMABLE, only_reported
from oracle.risk.rounding import Ints
from oracle.risk.vocabulary import asked

RECEIVED_AT: Final = 1_767_225_600
BATCH_ROWS: Final = 65_536
_CURRENCY: Final = 0
_GIVEN_SHARE: Final = 0.8
_TRIES: Final = 20
Random = np.random.Generator
_USUAL: Final[Mapping[str, Callable[[Random, int], Ints]]] = {
    "age_years": lambda draw, count: draw.integers(18, 75, count),
    "systolic_mmhg": lambda draw, count: _around(draw, count, 124, 17),
    "diastolic_mmhg": lambda draw, count: _around(draw, count, 79, 11),
    "fasting_glucose_umol": lambda draw, count: _around(draw, count, 5_400, 1_100),
    "hba1c_bp": lambda draw, count: _around(draw, count, 560, 80),
    "cholesterol_umol": lambda draw, count: _around(draw, count, 4_800, 900),
    "ldl_umol": lambda draw, count: _around(draw, count, 2_800, 750),
    "bmi_tenths": lambda draw, count: _around(draw, count, 240, 36),
    "cigarettes_per_day": lambda draw, count: draw.integers(0, 30, count),
    "alcohol_grams_week": lambda draw, count: draw.geometric(0.01, count),
    "history_mask": lambda draw, count: _few_bits(draw, count),
    "credit_score": lambda draw, count: _around(draw, count, 660, 70),
    "driving_years": lambda draw, count: draw.integers(0, 40, count),
    "building_age_years": lambda draw, count: draw.integers(0, 90, count),
    "term_years": lambda draw, count: draw.integers(1, 31, count),
    "sum_insured_minor": lambda draw, count: draw.integers(1, 200, count) * 1_000_000,
    "premium_minor": lambda draw, count: draw.integers(10, 1_000, count) * 1_000,
    "property_value_minor": lambda draw, count: draw.integers(20, 400, count) * 1_000_000,
}
"""Usual values; what is not named is drawn by its kind."""


def write_invented(path: Path, rows: int, seed: int, cases: tuple[Case, ...] = CASES) -> None:
    """Write a Parquet file of complete, consistent applications; the same arguments give the same rows."""
    draw = np.random.default_rng(seed)
    with pq.ParquetWriter(path, invented(0, draw, 1, cases).schema, compression="zstd") as writer:
        for start in range(0, rows, BATCH_ROWS):
            writer.write_table(invented(start + 1, draw, min(BATCH_ROWS, rows - start), cases))


def invented(first_id: int, draw: Random, rows: int, cases: tuple[Case, ...] = CASES) -> pa.Table:
    """Applications of the given forms, mixed, with ids counted from `first_id`."""
    drawn = draw.integers(0, len(cases), rows)
    columns = {name: np.full(rows, ABSENT, dtype=np.int64) for name in STATED}
    for place, case in enumerate(cases):
        at = np.flatnonzero(drawn == place)
        for name, values in _form(draw, case, len(at)).items():
            columns[name][at] = values
    lines = np.array([LINES.index(case.line.value) for case in cases])[drawn]
    parties = np.array([PARTIES.index(case.party.value) for case in cases])[drawn]
    return pa.table(
        {
            "application_id": pa.array(np.arange(first_id, first_id + rows)),
            "line": pa.array(np.array(LINES, dtype=np.object_)[lines], pa.string()),
            "party": pa.array(np.array(PARTIES, dtype=np.object_)[parties], pa.string()),
            "received_at": pa.array(np.full(rows, RECEIVED_AT)),
            **_read(draw, columns, rows),
            STATED_ONLY: _stated_only(draw, rows),
            **{name: _written(columns[name], STATED[name]) for name in STATED},
        }
    )


def _read(draw: Random, columns: Mapping[str, Ints], rows: int) -> dict[str, pa.Array]:
    """Whether each source was read; it was, where something is there that only it says."""
    read = {}
    for name, source in READ.items():
        held = [
            columns[each] != ABSENT for each, about in STATED.items() if only_reported(each) and source in about.sources
        ]
        read[name] = pa.array(np.logical_or.reduce([draw.random(rows) < _GIVEN_SHARE, *held]))
    return read


def _stated_only(draw: Random, rows: int) -> pa.Array:
    """One thing in every fifth application that its source could have said and did not."""
    names = pa.array(CONFIRMABLE)
    places = pa.array(draw.integers(0, len(names), rows), pa.int32(), mask=draw.random(rows) < _GIVEN_SHARE)
    return pa.DictionaryArray.from_arrays(places, names).cast(pa.string())


def _form(draw: Random, case: Case, count: int) -> dict[str, Ints]:
    form = {each.name: _drawn(draw, each, case, count) for each in asked(*case)}
    for _ in range(_TRIES):
        against = contradictory(form)
        if not any(rows.any() for rows in against.values()):
            break
        for (name, _other), rows in against.items():
            fresh = _drawn(draw, STATED[name], case, count)
            form[name] = np.where(rows, fresh, form[name])
    for (name, _other), rows in contradictory(form).items():
        # What contradicts even then is left out, or the least there is.
        form[name] = np.where(rows, STATED[name].least if case in STATED[name].required else ABSENT, form[name])
    return form


def _drawn(draw: Random, about: IndicatorDefinition, case: Case, count: int) -> Ints:
    if about.name == "currency":
        return np.full(count, _CURRENCY, dtype=np.int64)
    if about.name in _USUAL:
        values = np.clip(_USUAL[about.name](draw, count), about.least, about.most)
    elif about.kind in (Kind.CHOICE, Kind.FLAG):
        values = draw.integers(0, about.most + 1, count)
    elif about.most > 10**6:
        values = draw.integers(0, 500, count) * 100_000
    else:
        values = np.minimum(draw.geometric(0.6, count) - 1, about.most)
    given = (draw.random(count) < _GIVEN_SHARE) | (case in about.required)
    return np.where(given, values, ABSENT).astype(np.int64)


def _around(draw: Random, count: int, middle: int, spread: int) -> Ints:
    return np.rint(draw.normal(middle, spread, count)).astype(np.int64)


def _few_bits(draw: Random, count: int) -> Ints:
    """Medical histories: six of ten empty, the others of one or two illnesses."""
    bits = len(STATED["history_mask"].choices)
    masks = (1 << draw.integers(0, bits, count)) | (1 << draw.integers(0, bits, count))
    return np.where(draw.random(count) < 0.6, 0, masks)


def _written(coded: Ints, about: IndicatorDefinition) -> pa.Array:
    absent = coded == ABSENT
    if about.kind is Kind.CHOICE:
        indices = pa.array(coded, pa.int32(), mask=absent)
        return pa.DictionaryArray.from_arrays(indices, pa.array(about.choices)).cast(pa.string())
    if about.kind is Kind.FLAG:
        return pa.array(coded != 0, pa.bool_(), mask=absent)
    return pa.array(coded, pa.int64(), mask=absent)
