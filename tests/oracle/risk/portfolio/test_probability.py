"""A learned model beside the assessment: the same probability as one by one, and no other number moved."""

from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from oracle.risk.engine import load_engine
from oracle.risk.indicators import ABSENT, CASES, Case, Kind, Line, Party
from oracle.risk.learned.calibration import Calibrator
from oracle.risk.learned.claim_probability import claim_probabilities
from oracle.risk.learned.errors import ModelUnusable
from oracle.risk.learned.frames import features_of
from oracle.risk.learned.model import LearnedModel
from oracle.risk.learned.pipeline import Algorithm, fit, pipeline_for
from oracle.risk.learned.store import to_bytes
from oracle.risk.learned.task import GroupSplit, Task
from oracle.risk.portfolio.batch import score_batch
from oracle.risk.portfolio.invented import invented
from oracle.risk.portfolio.probability import LEARNED_NAME, Probability, load_probability, probability_of
from oracle.risk.portfolio.reports import PROBABILITY
from oracle.risk.portfolio.source import open_portfolio
from oracle.risk.portfolio.table import STATED, PortfolioInvalid
from oracle.risk.vocabulary import asked

MOTOR = Case(Line.MOTOR, Party.PERSONAL)


@cache
def model(extra: tuple[str, ...] = ()) -> LearnedModel:
    """Small boosted trees on every indicator of the motor form, and further numbers."""
    random = np.random.default_rng(2)
    table = invented(1, random, 400, (MOTOR,))
    for column in extra:
        table = table.append_column(column, pa.array(random.normal(size=400)))
    names = [each.name for each in asked(*MOTOR)]
    numeric = (*(n for n in names if STATED[n].kind in (Kind.WHOLE, Kind.FLAG)), *extra)
    words = tuple(n for n in names if STATED[n].kind is Kind.CHOICE)
    task = Task("motor-claim", "motor", "claim", "?", "claim", numeric, words, GroupSplit())
    frame = table.to_pandas()
    labels = (random.random(400) < 0.1 + 0.1 * np.minimum(frame["violations_12m"].to_numpy(), 5)).astype(np.int64)
    features = features_of(frame, numeric, words)
    pipeline = fit(pipeline_for(task, Algorithm.BOOSTING, 400), features, labels)
    calibrator = Calibrator("isotonic", (0.0, 1.0), (0.0, 1.0))
    return LearnedModel(task.name, Algorithm.BOOSTING, numeric, words, {}, pipeline, calibrator, 0.5)


@pytest.fixture(scope="module")
def probability() -> Probability:
    return probability_of(to_bytes(model()))


def test_score_batch__with_a_model__each_probability_is_the_one_of_the_row_alone(probability) -> None:
    table = invented(1, np.random.default_rng(5), 40, (MOTOR,))
    engine = load_engine(learned={LEARNED_NAME: probability.digest})

    reports = score_batch(table, 0, engine, probability).reports

    alone = [claim_probabilities(probability.model, [record])[0].bps for record in table.to_pylist()]
    assert reports[PROBABILITY].to_pylist() == alone
    assert len(set(alone)) > 10


def test_score_batch__with_a_model__other_lines_have_none_and_no_other_column_moves(probability) -> None:
    table = invented(1, np.random.default_rng(6), 300)
    without = score_batch(table, 0, load_engine())
    engine = load_engine(learned={LEARNED_NAME: probability.digest})

    with_model = score_batch(table, 0, engine, probability)

    rows = with_model.reports.to_pylist()
    assert all((row[PROBABILITY] is None) == (row["line"] != "motor") for row in rows)
    assert with_model.reports.drop_columns([PROBABILITY]).to_pylist() == without.reports.to_pylist()
    assert with_model.reports.schema.metadata[b"engine"] != without.reports.schema.metadata[b"engine"]


def test_score_batch__model_with_a_further_column__reads_it_and_refusals_still_name_the_row() -> None:
    probability = probability_of(to_bytes(model(extra=("telematics",))))
    table = invented(1, np.random.default_rng(7), 50, (MOTOR,))
    low, high = (table.append_column("telematics", pa.array(np.full(50, value))) for value in (-3.0, 3.0))
    place = table.schema.get_field_index("driving_years")
    high = high.set_column(place, "driving_years", pa.array([-5, *high["driving_years"].to_pylist()[1:]]))
    engine = load_engine(learned={LEARNED_NAME: probability.digest})

    scored = [score_batch(each, 0, engine, probability) for each in (low, high)]

    assert probability.extras == ("telematics",)
    assert [row["field"] for row in scored[1].refused.to_pylist()] == ["driving_years"]
    assert scored[0].reports[PROBABILITY].to_pylist()[1:] != scored[1].reports[PROBABILITY].to_pylist()


def test_open_portfolio__column_the_model_asks_for_is_missing__refused_by_name(tmp_path: Path) -> None:
    pq.write_table(invented(1, np.random.default_rng(0), 3), tmp_path / "in.parquet")

    with pytest.raises(PortfolioInvalid, match="telematics"):
        open_portfolio(tmp_path / "in.parquet", ("telematics",))


@pytest.mark.parametrize("name", ["motor-fraud", "boats-claim", "claim"])
def test_probability_of__model_of_another_question__refused(name: str) -> None:
    with pytest.raises(PortfolioInvalid, match="does not foretell claims"):
        probability_of(to_bytes(replace(model(), name=name)))


def test_load_probability__no_model_there__says_what_is_missing(tmp_path: Path) -> None:
    with pytest.raises(ModelUnusable):
        load_probability(tmp_path)


def test_bps__form_of_another_line__absent_throughout(probability) -> None:
    case = next(case for case in CASES if case.line is Line.LIFE)

    assert probability.bps(pa.table({}), {}, np.arange(3), case).tolist() == [ABSENT] * 3
