"""The whole way from an application to its assessment, and what must hold of every one."""

import hashlib
import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.indemnity_reports import Measure
from domain.tiers import RiskTier, tier_of
from oracle.risk.application import parse_application
from oracle.risk.assess import assess, subject_of
from oracle.risk.assessment import Subject
from oracle.risk.decision import Decision
from oracle.risk.engine import Engine
from oracle.risk.indicators import Case, IndicatorInvalid, Line, Party, Source, Value
from oracle.risk.rounding import ratio_bps
from oracle.risk.vocabulary import asked
from tests.oracle.risk.applications import document
from tests.oracle.risk.subjects import EVERY_CASE, engine, row, rows_of, sampled_rows, subject, table_of, tables_with

ROOT = Path(__file__).parents[3]
DIGESTS = """
import hashlib
from tests.oracle.risk.subjects import EVERY_CASE, engine, sampled_rows
from oracle.risk.assess import assess
from oracle.risk.assessment import Subject
found = hashlib.sha256()
for case in EVERY_CASE:
    for row in sampled_rows(case, 20):
        found.update(assess(Subject(5, case, row), engine()).canonical_bytes)
print(found.hexdigest())
"""


@given(data=st.data())
@settings(max_examples=200, deadline=None)
def test_assess__any_row__hangs_together(data: st.DataObject) -> None:
    case = data.draw(st.sampled_from(EVERY_CASE))
    found = assess(Subject(1, case, data.draw(rows_of(case))), engine())
    measured, decided, table = found.measured, found.decided, table_of(case.line)

    assert 0 <= measured.score <= 10_000
    assert sum(each.millionths for each in measured.contributions) <= measured.scored * 10_000
    assert measured.scored * 10_000 < sum(each.millionths for each in measured.contributions) + 10_000
    assert found.tier is tier_of(measured.score, measured.loss_ratio_bps, table.bounds)
    assert found.tier is max(measured.tiers.by_score, measured.tiers.by_ratio)
    assert measured.loss_ratio_bps == ratio_bps(measured.expected_loss_minor, found.asked.premium_minor)
    assert 1 <= found.cap_minor <= found.asked.sum_insured_minor
    assert (decided.measure is Measure.EXCLUSION) <= bool(decided.exclusions)
    assert (decided.decision is Decision.REFER_DECLINE) == (found.factor_bps is None)
    assert found.review.committee == (measured.score > 9_000)


@given(data=st.data())
@settings(max_examples=100, deadline=None)
def test_assess__a_directed_indicator_moves_towards_risk__never_lowers_the_tier(data: st.DataObject) -> None:
    case = data.draw(st.sampled_from(EVERY_CASE))
    before = dict(data.draw(rows_of(case)))
    about = data.draw(
        st.sampled_from(
            [each for each in asked(*case) if each.monotone(case.line) and before.get(each.name) is not None]
        )
    )
    # Means and past cover move derived shares too, in the direction of their own; claims go with the sum insured.
    reach = st.integers(max(about.least, about.directed_from), about.most)
    low, high = sorted([data.draw(reach), data.draw(reach)])
    safer, riskier = (low, high) if about.monotone(case.line) > 0 else (high, low)

    tiers = [
        assess(Subject(1, case, {**before, about.name: about.decoded(value)}), engine()).tier
        for value in (safer, riskier)
    ]

    assert tiers == sorted(tiers)


def test_assess__same_rows_in_other_processes_and_hash_seeds__same_bytes() -> None:
    here = hashlib.sha256()
    for case in EVERY_CASE:
        for each in sampled_rows(case, 20):
            here.update(assess(Subject(5, case, each), engine()).canonical_bytes)

    for seed, threads in (("0", "1"), ("4242", "4")):
        environment = {**os.environ, "PYTHONHASHSEED": seed, "OMP_NUM_THREADS": threads, "PYTHONPATH": str(ROOT)}
        done = subprocess.run(
            [sys.executable, "-c", DIGESTS], env=environment, cwd=ROOT, check=True, capture_output=True, text=True
        )
        assert done.stdout.strip() == here.hexdigest()


def test_assess__order_of_the_row__leaves_no_trace() -> None:
    case = Case(Line.LIFE, Party.PERSONAL)
    given_row = row(Line.LIFE)
    turned = dict(reversed(given_row.items()))

    assert assess(Subject(1, case, given_row), engine()).digest == assess(Subject(1, case, turned), engine()).digest


def test_assess__anything_else_in_the_row__changes_the_bytes() -> None:
    assert assess(subject(Line.LIFE), engine()).digest != assess(subject(Line.LIFE, bmi_tenths=225), engine()).digest


def test_canonical_bytes__read_back__hold_whole_numbers_and_both_languages() -> None:
    found = json.loads(assess(subject(Line.LIFE, history_mask=1, age_years=70), engine()).canonical_bytes)

    assert found["format"] == "quittance-risk-assessment/3"
    assert found["table_version"] == table_of(Line.LIFE).version
    assert found["table_hash"] == f"0x{table_of(Line.LIFE).hash.hex()}"
    assert found["model_hash"] == f"0x{engine().hash.hex()}"
    assert set(found["decided"]["exclusions"][0]) == {"code", "en", "zh"}
    assert found["measured"]["contributions"][0] == {
        "indicator": "age_years", "value": 70, "points": 10_000, "weight_bps": 2_000, "millionths": 20_000_000,
    }  # fmt: skip


@pytest.mark.parametrize("line", Line)
def test_assess__standard_risk__is_not_high_by_score(line: Line) -> None:
    assert assess(subject(line), engine()).measured.tiers.by_score is RiskTier.LOW


@pytest.mark.parametrize(
    ("line", "changes", "reason"),
    [
        (Line.LIFE, {"history_mask": 1 << 9, "premium_minor": 9_000_000}, "late-stage-cancer"),
        (Line.HEALTH, {"history_mask": 1 << 9, "premium_minor": 9_000_000}, "late-stage-cancer"),
        (Line.MOTOR, {"drink_driving_records": 2, "premium_minor": 9_000_000}, "several-drink-driving-records"),
    ],
)
def test_assess__a_reason_to_refuse__is_high_whatever_the_card_says(
    line: Line, changes: dict[str, Value], reason: str
) -> None:
    found = assess(subject(line, **changes), engine())

    assert found.measured.scored <= 8_000
    assert (found.score, found.tier) == (8_001, RiskTier.HIGH)
    assert found.decided.decision is Decision.REFER_DECLINE
    assert [rule.code for rule in found.decided.declines] == [reason]


@pytest.mark.parametrize("case", EVERY_CASE, ids=lambda case: f"{case.line}-{case.party}")
def test_assess__every_required_indicator_left_out__is_named(case: Case) -> None:
    complete = row(*case)
    assess(Subject(1, case, complete), engine())

    for each in asked(*case):
        if case in each.required:
            with pytest.raises(IndicatorInvalid) as caught:
                assess(Subject(1, case, {**complete, each.name: None}), engine())
            assert caught.value.field == each.name


def test_assess__several_required_left_out__all_are_named() -> None:
    with pytest.raises(IndicatorInvalid, match="Give age_years, smoking"):
        assess(subject(Line.LIFE, age_years=None, smoking=None), engine())


def test_subject_of__a_source_not_authorised__is_said_so() -> None:
    application = parse_application(document(Line.LIFE, authorised=("credit-report",)))

    found = assess(subject_of(application), engine())

    assert Source.HOSPITAL in found.unread
    assert Source.CREDIT_REPORT not in found.unread


def test_engine_hash__another_table_or_learned_model__is_another() -> None:
    tables, models = engine().tables, engine().models
    changed = tables_with("motor", lambda table: table.update(version="of another day"))

    hashes = {
        Engine(tables, models).hash,
        Engine(changed, models).hash,
        Engine(tables, models, {"motor": bytes(32)}).hash,
        Engine(tables, models, {"motor": bytes([1]) * 32}).hash,
    }

    assert len(hashes) == 4
    assert Engine(tables, models).hash == engine().hash


def test_assess__one_applicant__takes_far_less_than_20_ms() -> None:
    hardest = subject(Line.LIFE, age_years=60, smoking="current", systolic_mmhg=180, premium_minor=900_000)
    assess(hardest, engine())
    taken = []
    for _ in range(30):
        begun = time.perf_counter()
        assess(hardest, engine())
        taken.append(time.perf_counter() - begun)

    assert sorted(taken)[len(taken) // 2] < 0.02
