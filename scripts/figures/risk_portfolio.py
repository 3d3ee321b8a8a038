"""How fast the risk engine is: one applicant, and a portfolio against the bare predict of scikit-learn in one run.

The portfolio is scored from file to file: read, checked, assessed, written. The bare side predicts the same rows, as
features already in memory, with the boosted trees `quittance risk train` makes. Same rows, same machine, one thread,
one after the other; several turns, of which the middle one counts. The applications are invented.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import pyarrow.parquet as pq
from sklearn.ensemble import HistGradientBoostingClassifier
from threadpoolctl import threadpool_limits

from oracle.risk.application import parse_application
from oracle.risk.assess import assess, subject_of
from oracle.risk.documents import parsed_document, read_document
from oracle.risk.engine import Engine, load_engine
from oracle.risk.indicators import Case, Kind, Line, Party
from oracle.risk.learned.calibration import Calibrator
from oracle.risk.learned.frames import features_of
from oracle.risk.learned.model import LearnedModel
from oracle.risk.learned.pipeline import Algorithm, fit, pipeline_for, raw_probabilities
from oracle.risk.learned.store import to_bytes
from oracle.risk.learned.task import Frame, GroupSplit, Task
from oracle.risk.portfolio.columns import complete
from oracle.risk.portfolio.invented import write_invented
from oracle.risk.portfolio.probability import LEARNED_NAME, Probability, probability_of
from oracle.risk.portfolio.run import HereScorer, score_portfolio
from oracle.risk.portfolio.source import open_portfolio
from oracle.risk.portfolio.table import coded_table
from oracle.risk.rounding import Ints
from oracle.risk.vocabulary import INDICATORS, asked
from scripts.figures.figure import Figure
from scripts.machine import ROOT

COMMAND: Final = "quittance figures risk_portfolio"
EXAMPLES: Final = ROOT / "docs" / "examples" / "applications"
CASE: Final = Case(Line.MOTOR, Party.PERSONAL)
APPLICANTS: Final = 3_000
LEARNED_ROWS: Final = 30_000
MILLION: Final = 1_000_000
MOST_P99_MS: Final = 20.0
LEAST_SHARE: Final = 0.6
MOST_PEAK_MB: Final = 500.0
MOST_GROWTH: Final = 1.2


@dataclass(frozen=True, slots=True)
class Turn:
    """Seconds of one turn.

    Attributes:
        pipeline: Bare predict of the model's pipeline, from words and numbers in memory.
        trees: Bare predict of boosted trees as large, from a matrix of numbers in memory.
        plain, learned: The portfolio from file to file, without and with the model beside it.
    """

    pipeline: float
    trees: float
    plain: float
    learned: float


@dataclass(frozen=True)
class Learned:
    """A model as `quittance risk train` makes it, and its trees fitted to numbers alone."""

    model: LearnedModel
    trees: HistGradientBoostingClassifier


@dataclass(frozen=True, slots=True)
class Alone:
    """A run in a process of its own."""

    seconds: float
    peak_mb: float


def measure(*, full: bool = False) -> list[Figure]:
    """One applicant, 3 turns of 100,000 applications (5 of 300,000 at full size), and a million in a process alone."""
    rows, turns = (300_000, 5) if full else (100_000, 3)
    engine = load_engine()
    with tempfile.TemporaryDirectory(prefix="quittance-portfolio-") as name:
        folder = Path(name)
        write_invented(folder / "in.parquet", rows, 1, (CASE,))
        model = _learned(folder / "in.parquet", engine)
        found = [_turn(folder, model, engine) for _ in range(turns)]
        alone = [_alone(folder, count) for count in (MILLION // 5, MILLION)]
    return [*_one_applicant(engine), *_shares(found, rows), *_of_a_million(*alone)]


def _one_applicant(engine: Engine) -> list[Figure]:
    contents = [json.dumps(read_document(path)).encode() for path in sorted(EXAMPLES.glob("*.yaml"))]
    took = []
    for place in range(APPLICANTS):
        content = contents[place % len(contents)]
        began = time.perf_counter()
        canonical = assess(subject_of(parse_application(parsed_document(content))), engine).canonical_bytes
        took.append((time.perf_counter() - began) * 1_000)
        if not canonical:
            raise RuntimeError("an assessment came out empty")
    note = f"JSON to canonical report, {APPLICANTS:,} times over {len(contents)} examples of all lines"
    p99 = float(np.quantile(took, 0.99))
    return [
        Figure("one applicant, 99th percentile", round(p99, 2), "ms", MOST_P99_MS, "<=", COMMAND, note),
        Figure("one applicant, median", round(statistics.median(took), 2), "ms", None, "<=", COMMAND, note),
    ]


def _shares(turns: Sequence[Turn], rows: int) -> list[Figure]:
    note = f"{rows:,} motor applications from file to file, {len(turns)} turns, middle one; above 1 is faster"
    shares = (
        ("boosted trees on numbers", [turn.trees / turn.plain for turn in turns]),
        ("the model's pipeline", [turn.pipeline / turn.plain for turn in turns]),
        ("the model's pipeline, which is in the run too", [turn.pipeline / turn.learned for turn in turns]),
    )
    paces = (
        ("portfolio", [turn.plain for turn in turns]),
        ("portfolio with a learned model", [turn.learned for turn in turns]),
        ("bare predict of the model's pipeline", [turn.pipeline for turn in turns]),
        ("bare predict of boosted trees on numbers", [turn.trees for turn in turns]),
    )
    return [
        *(
            Figure(
                f"portfolio, rows a second over the bare predict of {words}",
                round(statistics.median(found), 2), "x", LEAST_SHARE, ">=", COMMAND, note,
            )
            for words, found in shares
        ),
        *(
            Figure(
                f"rows a second, {words}", round(rows / statistics.median(took)), "1/s", None, ">=", COMMAND, note
            )
            for words, took in paces
        ),
    ]  # fmt: skip


def _of_a_million(fifth: Alone, whole: Alone) -> list[Figure]:
    note = "applications of every form, `quittance risk score` in a process of its own"
    growth = "a million applications, peak memory over that of a fifth of them"
    return [
        Figure("a million applications, peak memory", round(whole.peak_mb), "MB", MOST_PEAK_MB, "<=", COMMAND, note),
        Figure(growth, round(whole.peak_mb / fifth.peak_mb, 2), "x", MOST_GROWTH, "<=", COMMAND, note),
        Figure("a million applications, start to end", round(whole.seconds, 1), "s", None, "<=", COMMAND, note),
    ]


def _turn(folder: Path, learned: Learned, engine: Engine) -> Turn:
    frame = pq.read_table(folder / "in.parquet").to_pandas()
    features = features_of(frame, learned.model.numeric, learned.model.categorical)
    numbers = _numbers(folder / "in.parquet")
    probability = probability_of(to_bytes(learned.model))
    with_model = load_engine(learned={LEARNED_NAME: probability.digest})
    with threadpool_limits(1):
        return Turn(
            _seconds(lambda: raw_probabilities(learned.model.pipeline, features)),
            _seconds(lambda: learned.trees.predict(numbers)),
            _seconds(lambda: _score(folder, engine, None)),
            _seconds(lambda: _score(folder, with_model, probability)),
        )


def _numbers(path: Path) -> Ints:
    """Every indicator of the form as a matrix of codes."""
    table = coded_table(pq.read_table(path))
    form = complete(table.columns, np.arange(table.rows), CASE)
    return np.stack([form[each.name] for each in asked(*CASE)], axis=1)


def _score(folder: Path, engine: Engine, probability: Probability | None) -> None:
    portfolio = open_portfolio(folder / "in.parquet")
    summary = score_portfolio(
        portfolio, folder / "reports.parquet", folder / "refused.parquet",
        engine=engine, scorer=HereScorer(engine, probability), learned=probability is not None,
    )  # fmt: skip
    if summary.reported != portfolio.rows:
        raise RuntimeError(f"{summary.refused} invented applications were refused")


def _seconds(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def _learned(path: Path, engine: Engine) -> Learned:
    """Boosted trees on every indicator of the form, for answers drawn with the expected loss ratio as odds."""
    frame: Frame = pq.read_table(path).slice(0, LEARNED_ROWS).to_pandas()
    chances = np.clip(_ratios(path, engine)[: len(frame)] / 40_000, 0.02, 0.9)
    labels = (np.random.default_rng(4).random(len(frame)) < chances).astype(np.int64)
    names = [each.name for each in asked(*CASE)]
    numeric = tuple(name for name in names if INDICATORS[name].kind in (Kind.WHOLE, Kind.FLAG))
    words = tuple(name for name in names if INDICATORS[name].kind is Kind.CHOICE)
    task = Task("motor-claim", "motor", "claim", "an invented answer", "claim", numeric, words, GroupSplit())
    pipeline = fit(pipeline_for(task, Algorithm.BOOSTING, len(frame)), features_of(frame, numeric, words), labels)
    calibrator = Calibrator("isotonic", (0.0, 1.0), (0.0, 1.0))
    model = LearnedModel(task.name, Algorithm.BOOSTING, numeric, words, {}, pipeline, calibrator, 0.5)
    trees = pipeline_for(task, Algorithm.BOOSTING, len(frame)).named_steps["trees"]
    return Learned(model, fit(trees, _numbers(path)[: len(frame)], labels))


def _ratios(path: Path, engine: Engine) -> Ints:
    with tempfile.TemporaryDirectory(prefix="quittance-portfolio-") as name:
        portfolio, reports = open_portfolio(path), Path(name) / "reports.parquet"
        score_portfolio(portfolio, reports, Path(name) / "refused.parquet", engine=engine, scorer=HereScorer(engine))
        found: Ints = pq.read_table(reports)["loss_ratio_bps"].to_numpy()
        return found


def _alone(folder: Path, rows: int) -> Alone:
    """`quittance risk score` in a process of its own; its peak is the highest mark the kernel kept of its memory."""
    write_invented(folder / "alone.parquet", rows, 2)
    arguments = ["risk", "score", "--in", str(folder / "alone.parquet"), "--out", str(folder / "out.parquet")]
    began, peak_kb = time.perf_counter(), 0
    process = subprocess.Popen([sys.executable, "-m", "scripts.cli", *arguments], cwd=ROOT, stdout=subprocess.DEVNULL)
    while process.poll() is None:
        peak_kb = max(peak_kb, _high_mark_kb(process.pid))
        time.sleep(0.01)
    if process.returncode:
        raise RuntimeError(f"{rows:,} applications could not be scored")
    return Alone(time.perf_counter() - began, peak_kb / 1_000)


def _high_mark_kb(pid: int) -> int:
    """Not `ru_maxrss`: that starts from what the parent had when it forked."""
    try:
        lines = Path(f"/proc/{pid}/status").read_text("ascii").splitlines()
    except (OSError, UnicodeDecodeError):
        return 0
    return next((int(line.split()[1]) for line in lines if line.startswith("VmHWM:")), 0)
