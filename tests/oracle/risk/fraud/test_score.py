"""The score: between 0 and 100, never lower for one clue more, never a denial."""

from dataclasses import fields
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from oracle.risk.fraud.facts import Finding
from oracle.risk.fraud.rulebook import CLUES, FILE, RulebookInvalid, load_rulebook, rulebook
from oracle.risk.fraud.rules import Known
from oracle.risk.fraud.score import FraudScore, combined, fraud_bps, score_claim
from oracle.risk.learned.errors import ModelUnusable
from oracle.risk.learned.pipeline import Algorithm
from oracle.risk.learned.store import from_bytes, to_bytes
from oracle.risk.learned.train import train_task
from tests.oracle.risk.fraud.claims import claim
from tests.oracle.risk.learned.made_up import TASK, applicants, public

POINTS = st.lists(st.integers(0, 10_000), max_size=12)


@given(POINTS, st.integers(0, 10_000))
def test_combined__any_clues__in_range_and_never_lower_for_one_more(points: list[int], another: int) -> None:
    before, after = combined(points), combined([*points, another])

    assert 0 <= max(points, default=0) <= before <= after <= 10_000


@given(POINTS, st.randoms())
def test_combined__any_order__same_score(points: list[int], random: object) -> None:
    shuffled = list(points)
    random.shuffle(shuffled)  # type: ignore[attr-defined]  # Hypothesis' Random

    assert combined(shuffled) == combined(points)


@pytest.mark.parametrize(
    ("points", "score"),
    [([], 0), ([800], 800), ([5_000, 5_000], 7_500), ([8_000, 2_500], 8_500), ([1, 1], 2), ([10_000, 1], 10_000)],
)
def test_combined__worked_examples__as_by_hand(points: list[int], score: int) -> None:
    assert combined(points) == score


def test_score_claim__plain_claim__zero_and_no_clue() -> None:
    found = score_claim(claim(), Known())

    assert (found.score, found.clues, found.rules_hash) == (0, (), rulebook().hash)


def test_score_claim__rules_and_model__both_among_the_clues() -> None:
    found = score_claim(claim(findings=(Finding.ALTERED,)), Known(), model_bps=2_000, base_bps=600)

    assert [clue.code for clue in found.clues] == ["document-altered", "model"]
    assert found.score == 7_600
    assert (
        found.clues[1].en
        == "Among earlier claims like this one, 20.0 in a hundred were found to be fraud (6.0 % of all)."
    )
    assert all(clue.en and clue.zh and "{" not in clue.en + clue.zh for clue in found.clues)


@pytest.mark.parametrize("model_bps", [None, 0, 600])
def test_score_claim__model_says_no_more_than_the_base_rate__no_clue(model_bps: int | None) -> None:
    assert score_claim(claim(), Known(), model_bps=model_bps, base_bps=600).score == 0


def test_score_claim__everything_against_it__a_score_and_words_but_no_verdict() -> None:
    found = score_claim(claim(findings=tuple(Finding)), Known(), model_bps=9_999)

    assert {field.name for field in fields(FraudScore)} == {"claim_id", "score", "clues", "rules_hash"}
    told = " ".join(clue.en + clue.zh for clue in found.clues).lower()
    assert not any(word in told for word in ("deny", "denied", "refuse", "reject", "拒赔", "拒绝"))
    assert 9_900 < found.score <= 10_000


def test_fraud_bps__model_of_car_claims__dearer_fault_scores_higher() -> None:
    frame, task, digest = public("motor-fraud")
    model = from_bytes(to_bytes(train_task(task, frame, digest, algorithms=(Algorithm.BOOSTING,)).model))
    row = {str(name): value for name, value in frame[frame["fraud"] == 1].iloc[0].items()}
    row = {name: row[name] for name in task.features}

    mine, theirs = fraud_bps(model, [{**row, "fault": "Policy Holder"}, {**row, "fault": "Third Party"}])

    assert 10_000 > mine > theirs > 0


def test_fraud_bps__model_of_another_question__refused() -> None:
    model = train_task(TASK, applicants(600), "", algorithms=(Algorithm.BOOSTING,)).model

    with pytest.raises(ModelUnusable):
        fraud_bps(model, [{"age_years": 30}])


def test_rulebook__shipped__every_clue_in_both_languages() -> None:
    shipped = rulebook()

    assert set(shipped.words) == set(shipped.points) == set(CLUES)
    assert all(en.isascii() and not zh.isascii() for en, zh in shipped.words.values())


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("clues", "early", "points"), 10_001),
        (("clues", "early", "points"), "many"),
        (("clues", "early", "zh"), None),
        (("clues", "early"), None),
        (("clues", "surprise"), {"points": 1, "en": "x", "zh": "x"}),
        (("limits", "early_days"), 0),
        (("limits", "early_days"), float("nan")),
        (("limits", "late_days"), 5),
        (("version",), "one"),
    ],
)
def test_load_rulebook__broken__refused(tmp_path: Path, path: tuple[str, ...], value: object) -> None:
    document = yaml.safe_load(FILE.read_text("utf-8"))
    place = document
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = value
    (tmp_path / "rules.yaml").write_text(yaml.safe_dump(document), "utf-8")

    with pytest.raises(RulebookInvalid):
        load_rulebook(tmp_path / "rules.yaml")


@pytest.mark.parametrize("content", ["", "limits: [", "limits: {}\nclues: 3"])
def test_load_rulebook__no_rules_in_it__refused(tmp_path: Path, content: str) -> None:
    (tmp_path / "rules.yaml").write_text(content)

    with pytest.raises(RulebookInvalid):
        load_rulebook(tmp_path / "rules.yaml")
