"""Applicants drawn from written-down spreads (`applicants.yaml`), and the tier the manual's tables put each in.

They serve to learn the manual's own tier from raw indicators. They are nobody's, and no insurer's portfolio.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt
import pandas as pd
import yaml

from oracle.risk.contradictions import contradictory
from oracle.risk.derived import derived
from oracle.risk.engine import Engine, measure
from oracle.risk.indicators import ABSENT, Case, IndicatorDefinition, Kind, Line, Party
from oracle.risk.learned.errors import DataUnusable
from oracle.risk.learned.task import Floats, Frame, Ints
from oracle.risk.vocabulary import INDICATORS, asked

FILE: Final = Path(__file__).parent / "applicants.yaml"
AMOUNT_STEP_MINOR: Final = 10_000
PREMIUM_RATE: Final = "premium_ppm_of_sum"
TIER: Final = "tier"
WORDS: Final = ("sex",)
"""Choices whose order means nothing and that cards compare by name."""
Spread = Mapping[str, object]
Columns = dict[str, Ints]


@dataclass(frozen=True)
class Spreads:
    """The file: a spread for each indicator, and what the tariff that makes the premium looks at."""

    version: int
    target_loss_ratio_bps: int
    premium_spread: float
    tariff: Mapping[Line, frozenset[str]]
    indicators: Mapping[str, Spread]


def load_spreads(path: Path = FILE) -> Spreads:
    """Spreads from a file.

    Raises:
        DataUnusable: It does not say how an indicator of a personal application is spread.
    """
    document = yaml.safe_load(path.read_text("utf-8"))
    indicators = dict(document["indicators"])
    needed = {each.name for line in Line for each in asked(line, Party.PERSONAL)} - {"premium_minor"}
    if needed != set(indicators):
        odd = ", ".join(sorted(needed ^ set(indicators)))
        raise DataUnusable("indicators", odd, "has no spread, or is no indicator", f"Correct {path.name}")
    return Spreads(
        version=int(document["version"]),
        target_loss_ratio_bps=int(document["target_loss_ratio_bps"]),
        premium_spread=int(document["premium_spread_thousandths"]) / 1_000,
        tariff={Line(line): frozenset(names) for line, names in document["tariff"].items()},
        indicators=indicators,
    )


class _Draw:
    """Draws columns for so many applicants of one latent risk each."""

    def __init__(self, seed: int, rows: int) -> None:
        self.random = np.random.default_rng(seed)
        self.rows = rows
        self.risk: Floats = self.random.normal(size=rows)

    def column(self, about: IndicatorDefinition, spread: Spread, before: Mapping[str, Ints]) -> Ints:
        """Coded values, some of them absent."""
        form = next((name for name in _FORMS if name in spread), None)
        if form is None:
            raise DataUnusable(about.name, ", ".join(map(str, spread)), "is no form of spread", f"Correct {FILE.name}")
        drawn = np.rint(_FORMS[form](self, about, spread, before))
        least, most = _number(spread, "least", about.least), _number(spread, "most", about.most)
        values = np.clip(drawn, least, most).astype(np.int64)
        absent = self.random.random(self.rows) < _number(spread, "missing", 0) / 100
        return np.where(absent, ABSENT, values)

    def mixed(self, spread: Spread) -> Floats:
        """Standard normal, correlated with the latent risk by `risk`."""
        shared = _number(spread, "risk", 0) / 100
        noise = self.random.normal(size=self.rows)
        mixed: Floats = shared * self.risk + np.sqrt(1 - shared**2) * noise
        return mixed

    def pushed(self, spread: Spread) -> Floats:
        """The latent risk as it shifts log odds or log means."""
        pushed: Floats = _number(spread, "risk", 0) / 100 * self.risk
        return pushed


Form = Callable[[_Draw, IndicatorDefinition, Spread, Mapping[str, Ints]], Floats]


def _number(spread: Spread, name: str, default: float) -> float:
    value = spread.get(name, default)
    if not isinstance(value, int | float):
        raise DataUnusable(name, str(value), "is not a number", f"Correct {FILE.name}")
    return float(value)


def _around(draw: _Draw, _about: IndicatorDefinition, spread: Spread, _before: Mapping[str, Ints]) -> Floats:
    return _number(spread, "around", 0) + _number(spread, "spread", 1) * draw.mixed(spread)


def _count(draw: _Draw, _about: IndicatorDefinition, spread: Spread, _before: Mapping[str, Ints]) -> Floats:
    return draw.random.poisson(_number(spread, "mean", 0) * np.exp(draw.pushed(spread))).astype(np.float64)


def _amount(draw: _Draw, _about: IndicatorDefinition, spread: Spread, _before: Mapping[str, Ints]) -> Floats:
    raw = _number(spread, "median", 0) * np.exp(_number(spread, "spread", 0) / 100 * draw.mixed(spread))
    stepped: Floats = np.maximum(np.rint(raw / AMOUNT_STEP_MINOR), 1) * AMOUNT_STEP_MINOR
    return stepped


def _amounts(draw: _Draw, about: IndicatorDefinition, spread: Spread, before: Mapping[str, Ints]) -> Floats:
    return _amount(draw, about, spread, before) * np.maximum(before[str(spread["times"])], 0)


def _choice(draw: _Draw, about: IndicatorDefinition, spread: Spread, _before: Mapping[str, Ints]) -> Floats:
    written = spread.get("shares")
    shares = np.array(written if isinstance(written, list) else [1] * len(about.choices), dtype=np.float64)
    if len(shares) != len(about.choices):
        raise DataUnusable(about.name, len(shares), f"shares for {len(about.choices)} choices", f"Correct {FILE.name}")
    rank = np.arange(len(shares)) / max(len(shares) - 1, 1)
    weights = shares * np.exp(draw.pushed(spread)[:, None] * rank)
    edges = np.cumsum(weights, axis=1)
    at = draw.random.random(draw.rows) * edges[:, -1]
    places: Floats = (at[:, None] >= edges).sum(axis=1).astype(np.float64)
    return places


def _yes(draw: _Draw, _about: IndicatorDefinition, spread: Spread, _before: Mapping[str, Ints]) -> Floats:
    share = _number(spread, "holds", 0) / 100
    odds = share / (1 - share) * np.exp(draw.pushed(spread))
    return (draw.random.random(draw.rows) < odds / (1 + odds)).astype(np.float64)


def _set(draw: _Draw, about: IndicatorDefinition, spread: Spread, _before: Mapping[str, Ints]) -> Floats:
    chance = _number(spread, "each", 0) / 1_000 * np.exp(draw.pushed(spread))
    bits = draw.random.random((draw.rows, len(about.choices))) < chance[:, None]
    masks: Floats = (bits * 2.0 ** np.arange(len(about.choices))).sum(axis=1)  # exact: fewer bits than a float64 has
    return masks


def _years(draw: _Draw, _about: IndicatorDefinition, spread: Spread, before: Mapping[str, Ints]) -> Floats:
    part = 1 / (1 + np.exp(-1 - 1.5 * draw.mixed(spread)))
    years: Floats = np.maximum(before["age_years"] - _number(spread, "years_since", 0), 0) * part
    return years


_FORMS: Final[Mapping[str, Form]] = {
    "times": _amounts, "around": _around, "mean": _count, "median": _amount, "shares": _choice, "even": _choice,
    "holds": _yes, "each": _set, "years_since": _years,
}  # fmt: skip


def draw_applicants(line: Line, rows: int, seed: int, engine: Engine, spreads: Spreads | None = None) -> Frame:
    """Personal applicants as a table of raw indicators, with the tier of each (0 low, 1 medium, 2 high).

    A set becomes a column for each of its members. The premium is that of a tariff which sees only what a price list
    sees; as the ratio of premium to sum insured matters, it stands in a column of its own.
    """
    spreads = spreads or load_spreads()
    draw, case, columns = _Draw(seed, rows), Case(line, Party.PERSONAL), Columns()
    for about in asked(*case):
        if about.name != "premium_minor":
            columns[about.name] = draw.column(about, spreads.indicators[about.name], columns)
    for (name, _), at in contradictory(columns).items():
        columns[name] = np.where(
            at, INDICATORS[name].least if case in INDICATORS[name].required else ABSENT, columns[name]
        )
    columns["premium_minor"] = _premiums(columns, case, engine, spreads, draw)
    tiers = [int(measure(row, case, engine).tiers.together) for row in _coded(columns, case, engine)]
    return table_of(columns).assign(**{TIER: tiers})


def _premiums(columns: Columns, case: Case, engine: Engine, spreads: Spreads, draw: _Draw) -> Ints:
    usual = {name: _usual(values) for name, values in columns.items()}
    kept = spreads.tariff[case.line]
    listed = {
        name: values if name in kept else np.full(draw.rows, usual[name], dtype=np.int64)
        for name, values in columns.items()
    }
    losses = [
        int(engine.models.expected_loss_minor(case.line, row))
        for row in _coded({**listed, "premium_minor": np.ones(draw.rows, dtype=np.int64)}, case, engine)
    ]
    noise = np.exp(spreads.premium_spread * draw.random.normal(size=draw.rows))
    premiums = np.rint(np.array(losses) * 10_000 / spreads.target_loss_ratio_bps * noise)
    return np.maximum(premiums, 1).astype(np.int64)


def _usual(values: Ints) -> int:
    """What a price list takes for granted: the middle of what is given."""
    given = values[values != ABSENT]
    return int(np.sort(given)[len(given) // 2]) if len(given) else ABSENT


def _coded(columns: Columns, case: Case, engine: Engine) -> list[dict[str, int]]:
    names = list(columns)
    stated = [dict(zip(names, map(int, row), strict=True)) for row in zip(*columns.values(), strict=True)]
    return [{**row, **derived(row, *case, engine.tables.grading)} for row in stated]


def table_of(columns: Mapping[str, Ints]) -> Frame:
    """Coded columns as a model reads them: NaN or None where absent, a column for each member of a set.

    Choices stay numbered: their order in `oracle.risk.codes` goes roughly with the risk, and trees can use it.
    """
    table: dict[str, npt.NDArray[np.generic]] = {}
    for name, coded in columns.items():
        about = INDICATORS[name]
        if about.kind is Kind.SET:
            for bit, member in enumerate(about.choices):
                table[f"{name}:{member}"] = np.where(coded == ABSENT, np.nan, (coded >> bit) & 1)
        elif name in WORDS:
            words = np.array([*about.choices, None], dtype=np.object_)
            table[name] = words[coded]  # ABSENT is -1: the last, None
        else:
            table[name] = np.where(coded == ABSENT, np.nan, coded.astype(np.float64))
    table[PREMIUM_RATE] = columns["premium_minor"] * 1e6 / columns["sum_insured_minor"]
    return pd.DataFrame(table)
