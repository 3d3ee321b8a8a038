"""`quittance risk fraud`, `watch`, `outliers`, `standard`, `audit-sample`, `mismatches` as a person runs them."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import yaml

from oracle.risk.fraud.claim_file import load_claim, parse_claim
from oracle.risk.fraud.score import score_claim
from oracle.risk.indicators import Case, Line, Party
from oracle.risk.learned.card import write_model
from oracle.risk.learned.pipeline import Algorithm
from oracle.risk.learned.train import train_task
from oracle.risk.portfolio.invented import invented
from oracle.risk.quality import drawn
from tests.oracle.risk.applications import document
from tests.oracle.risk.learned.made_up import TASK, applicants, fewer_trees
from tests.oracle.risk.test_cli import refused, run

EXAMPLES = Path(__file__).parents[3] / "docs" / "examples"
SECRET = b"sixteen bytes ok" * 2


def written(folder: Path, name: str, content: object) -> Path:
    (folder / name).write_text(yaml.safe_dump(content), "utf-8")
    return folder / name


def parsed(*arguments: object) -> Any:
    result = run(*arguments, "--json")
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


@pytest.mark.parametrize("path", sorted((EXAMPLES / "claims").glob("*.yaml")), ids=lambda path: path.stem)
def test_fraud__every_example__tells_the_score_and_every_clue_in_both_languages(path: Path) -> None:
    claim = load_claim(path)
    expected = score_claim(claim.facts, claim.known)

    said = " ".join(run("fraud", path).stdout.replace("│", " ").split())

    assert f"{expected.score // 100}.{expected.score % 100:02d} of 100" in said
    for clue in expected.clues:
        assert clue.en in said
        assert clue.zh in said.replace(" ", "") or clue.zh in said
    assert "it denies nothing" in said


def test_fraud__worked_example__finds_the_same_invoice_however_it_is_written() -> None:
    found = parsed("fraud", EXAMPLES / "claims" / "hospital.yaml")

    codes = [clue["code"] for clue in found["clues"]]
    assert codes[0] == "invoice-in-other-claim"
    assert {"very-early", "document-dates-disagree"} <= set(codes)
    assert "8412" in found["clues"][0]["en"]
    assert parsed("fraud", EXAMPLES / "claims" / "plain.yaml")["score"] == 0


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"claimed_minor": None}, "claimed_minor"), ({"claimed_minor": -1}, "claimed_minor"),
        ({"findings": ["odd"]}, "findings.0"), ({"surprise": 1}, "surprise"), ({"incident_at": "now"}, "incident_at"),
        ({"documents": ["abc"]}, "documents.0"),
        ({"invoices": [{"issuer": "", "number": "1", "amount_minor": 1}]}, "issuer"),
    ],
)  # fmt: skip
def test_fraud__fact_that_cannot_be__names_it(change: dict[str, Any], field: str, tmp_path: Path) -> None:
    facts = yaml.safe_load((EXAMPLES / "claims" / "plain.yaml").read_text("utf-8"))
    facts = {name: value for name, value in {**facts, **change}.items() if value is not None}

    assert refused(run("fraud", written(tmp_path, "claim.yaml", facts))).startswith(f"{field} is ")


def test_fraud__model_without_its_row_or_of_another_question__refused(tmp_path: Path) -> None:
    plain = EXAMPLES / "claims" / "plain.yaml"
    facts = yaml.safe_load(plain.read_text("utf-8"))
    row = {"age_years": 30, "systolic_mmhg": 120, "smoking": "never", "sex": "male"}
    with fewer_trees():
        write_model(train_task(TASK, applicants(600), "", algorithms=(Algorithm.BOOSTING,)), tmp_path / "model")
    whole = written(tmp_path, "a.yaml", {**facts, "model_row": row})
    part = written(tmp_path, "b.yaml", {**facts, "model_row": {"age_years": 30}})

    assert "model_row" in refused(run("fraud", plain, "--model", tmp_path / "model"))
    assert "systolic_mmhg" in refused(run("fraud", part, "--model", tmp_path / "model"))
    assert "whether a claim is fraud" in refused(run("fraud", whole, "--model", tmp_path / "model"))


def test_fraud__model_that_finds_more_than_the_base_rate__adds_a_clue(tmp_path: Path) -> None:
    task = type(TASK)(**{**TASK.__dict__, "name": "health-fraud"})
    with fewer_trees():
        write_model(train_task(task, applicants(2_000), "", algorithms=(Algorithm.BOOSTING,)), tmp_path / "model")
    facts = yaml.safe_load((EXAMPLES / "claims" / "plain.yaml").read_text("utf-8"))
    row = {"age_years": 79, "systolic_mmhg": 160, "smoking": "current", "sex": "male"}
    path = written(tmp_path, "claim.yaml", {**facts, "model_row": row})

    found = parsed("fraud", path, "--model", tmp_path / "model")

    assert [clue["code"] for clue in found["clues"]] == ["model"]
    assert found["score"] > 0


def test_parse_claim__policyholders_linked__is_a_clue_from_three_on() -> None:
    facts = yaml.safe_load((EXAMPLES / "claims" / "plain.yaml").read_text("utf-8"))

    codes = []
    for linked in (2, 3):
        claim = parse_claim({**facts, "other_claims": {"policyholders_linked": linked}})
        codes.append([clue.code for clue in score_claim(claim.facts, claim.known).clues])

    assert codes == [[], ["shared-contacts"]]


RECKLESS: dict[str, Any] = {
    "age_years": 20,
    "driving_years": 1,
    "violations_12m": 9,
    "at_fault_accidents_36m": 4,
    "past_claims_36m": 6,
}


def test_watch__high_risk_with_another_violation__is_listed_with_the_trigger(tmp_path: Path) -> None:
    old = written(tmp_path, "old.yaml", document(Line.MOTOR, **RECKLESS, drink_driving_records=2))
    new = written(
        tmp_path, "new.yaml", document(Line.MOTOR, **{**RECKLESS, "violations_12m": 12}, drink_driving_records=2)
    )

    found = parsed("watch", old, new)
    same = parsed("watch", old, old)

    assert (found["tier_before"], found["watched"]) == ("high", True)
    (trigger,) = [each for each in found["triggers"] if each["indicator"] == "violations_12m"]
    assert (trigger["before"], trigger["after"]) == (9, 12)
    assert (same["watched"], same["triggers"]) == (False, [])
    said = run("watch", old, new).stdout
    assert "on the watch list" in said
    assert "列入监测名单" in said


def test_watch__another_form__refused(tmp_path: Path) -> None:
    paths = [written(tmp_path, f"{line}.yaml", document(line)) for line in (Line.MOTOR, Line.LIFE)]

    assert "another form" in refused(run("watch", *paths))


def test_outliers__young_with_many_claims_among_usual__is_listed_first_or_with_reason(tmp_path: Path) -> None:
    table = invented(1, np.random.default_rng(2), 150, (Case(Line.MOTOR, Party.PERSONAL),))
    columns = {"age_years": [40] * 149 + [22], "past_claims_36m": [0] * 149 + [9]}
    for name, values in columns.items():
        table = table.set_column(table.schema.get_field_index(name), name, pa.array(values, pa.int64()))
    pq.write_table(table, tmp_path / "in.parquet")

    found = {each["application_id"]: each for each in parsed("outliers", "--in", tmp_path / "in.parquet")}

    assert "young-many-claims" in {reason["code"] for reason in found["150"]["reasons"]}
    assert len(found) < 15
    assert "150" in run("outliers", "--in", tmp_path / "in.parquet", "--language", "zh").stdout


def test_outliers__few_of_a_form__rules_alone(tmp_path: Path) -> None:
    table = invented(1, np.random.default_rng(2), 20)
    pq.write_table(table.drop_columns(["past_claims_36m"]), tmp_path / "in.parquet")

    assert parsed("outliers", "--in", tmp_path / "in.parquet") == []


def test_standard__learned_tiers__score_the_standard_and_hand_on_the_others(tmp_path: Path) -> None:
    with fewer_trees():
        learned = run("learn-tiers", "--line", "accident", "--out", tmp_path / "m", "--rows", 1_500)
    assert learned.exit_code == 0, learned.output
    young = written(tmp_path, "young.yaml", document(Line.ACCIDENT))
    older = written(tmp_path, "older.yaml", document(Line.ACCIDENT, age_years=41, past_claims_36m=1))

    unknown = document(Line.ACCIDENT, sum_insured_minor=60_000_000, drink_driving_records=None)
    unread = written(tmp_path, "unread.yaml", unknown)

    found, other, held = (parsed("standard", path, "--models", tmp_path / "m") for path in (young, older, unread))

    assert found["because"] == []
    assert held["because"] == ["facts-lacking", "not-read"]
    assert found["tier"] in ("low", "medium", "high")
    assert 0 < found["high_bps"] < 10_000
    assert (other["tier"], other["high_bps"], other["because"]) == (None, None, ["age", "claims"])
    assert "a person looks" in run("standard", older, "--models", tmp_path / "m").stdout
    life = written(tmp_path, "life.yaml", document(Line.LIFE))
    assert "does not give tiers of life" in refused(run("standard", life, "--models", tmp_path / "m"))


def test_audit_sample__secret__draws_what_the_rule_draws_and_no_other(tmp_path: Path) -> None:
    run("invent", "--out", tmp_path / "in.parquet", "--rows", 400)
    (tmp_path / "secret").write_bytes(SECRET + b"\n")

    found = parsed("audit-sample", "--in", tmp_path / "in.parquet", "--secret-file", tmp_path / "secret")

    assert found["application_ids"] == [str(each) for each in range(1, 401) if drawn(each, SECRET, 1_000)]
    assert 20 <= len(found["application_ids"]) <= 60


def test_audit_sample__secret_short_or_absent__refused(tmp_path: Path) -> None:
    run("invent", "--out", tmp_path / "in.parquet", "--rows", 4)
    (tmp_path / "secret").write_bytes(b"short\n")

    for name, told in (("secret", "5 bytes"), ("absent", "cannot be used")):
        assert told in refused(run("audit-sample", "--in", tmp_path / "in.parquet", "--secret-file", tmp_path / name))


def test_mismatches__motor_example__lists_the_violation_not_stated() -> None:
    found = parsed("mismatches", EXAMPLES / "applications" / "motor.yaml", EXAMPLES / "applications" / "accident.yaml")

    (one,) = [each for each in found if each["indicator"] == "violations_12m"]
    assert one == {
        "application_id": "1004", "indicator": "violations_12m", "source": "traffic-authority",
        "stated": "2", "reported": "3", "favours": "customer",
    }  # fmt: skip
    assert "1 mismatch in 1 application\n" in run("mismatches", EXAMPLES / "applications" / "motor.yaml").stdout
    both = run("mismatches", EXAMPLES / "applications" / "motor.yaml", EXAMPLES / "applications" / "accident.yaml")
    assert "1 mismatch in 2 applications\n" in both.stdout
