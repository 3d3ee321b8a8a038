"""Questionnaires: complete in both languages, and answers that become statements."""

import shutil
from pathlib import Path

import pytest

from oracle.risk.application import parse_application
from oracle.risk.forms import ApplicationIncomplete, ApplicationInvalid
from oracle.risk.indicators import CASES, Case, Line, Party, Source
from oracle.risk.questionnaires import Answer, load_questionnaires
from oracle.risk.table_files import TABLES, TableInvalid
from oracle.risk.vocabulary import INDICATORS, asked
from tests.oracle.risk.applications import document

ANSWERS = {
    "age_years": "30", "sex": "male", "occupation": "sales", "past_claims_36m": "0", "sum_insured_minor": "500000.00",
    "premium_minor": "1200.5", "currency": "CNY", "term_years": "20", "history_mask": "hypertension, gout",
    "smoking": "never", "fasting_glucose_umol": "5.6", "hba1c_bp": "5.25", "bmi_tenths": "22.4",
    "residence_registered": "yes",
}  # fmt: skip
LIFE = Case(Line.LIFE, Party.PERSONAL)


@pytest.mark.parametrize("case", CASES, ids="-".join)
def test_load_questionnaires__every_form__asks_all_a_customer_can_state_in_both_languages(case: Case) -> None:
    form = load_questionnaires()[case]

    stated = {each.name for each in asked(*case) if Source.CUSTOMER in each.sources}
    assert [each.indicator for each in form.questions if each.indicator not in INDICATORS] == []
    assert sorted(each.indicator for each in form.questions) == sorted(stated)
    for question in form.questions:
        for words in (question.asked_of(case.party), *question.choices.values()):
            assert words.en.isascii() or "²" in words.en
            assert any("\u4e00" <= sign <= "\u9fff" for sign in words.zh)
        assert set(question.choices) == set(INDICATORS[question.indicator].choices)


@pytest.mark.parametrize("case", CASES, ids="-".join)
def test_load_questionnaires__every_form__declares_truth_and_asks_for_each_sensitive_source(case: Case) -> None:
    form = load_questionnaires()[case]

    sensitive = {source for each in asked(*case) for source in each.sources if source.sensitive}
    assert set(form.authorisations) == sensitive
    assert "truthfully" in form.declaration.en
    assert "如实" in form.declaration.zh


def test_questions__lines_of_the_manual__ask_what_it_names() -> None:
    forms = load_questionnaires()
    of = {case: {each.indicator for each in form.questions} for case, form in forms.items()}

    assert {"history_mask", "smoking", "alcohol_grams_week", "occupation"} <= of[LIFE] & of[
        Case(Line.HEALTH, Party.PERSONAL)
    ]
    motor = of[Case(Line.MOTOR, Party.PERSONAL)]
    assert {"driving_years", "violations_12m", "at_fault_accidents_36m", "vehicle_use"} <= motor
    company = of[Case(Line.PROPERTY, Party.CORPORATE)]
    assert {"income_minor", "liabilities_minor", "structure", "fire_equipment"} <= company
    assert "age_years" not in company


@pytest.mark.parametrize("case", CASES, ids="-".join)
def test_identity__every_form__asks_the_name_and_no_answer_reaches_an_application(case: Case) -> None:
    form = load_questionnaires()[case]

    assert [each.field for each in form.identity] == ["name", "identity_document"]
    for each in form.identity:
        words = each.asked_of(case.party)
        assert words.en.isascii()
        assert any("\u4e00" <= sign <= "\u9fff" for sign in words.zh)
        assert ("company" in words.en) == (case.party is Party.CORPORATE)
        with pytest.raises(ApplicationInvalid, match="is not asked for in this form"):
            form.statements({each.field: "somebody"})


def test_asked_of__company__is_asked_as_one() -> None:
    question = load_questionnaires()[Case(Line.PROPERTY, Party.CORPORATE)].question("income_minor")

    assert "company" in question.asked_of(Party.CORPORATE).en
    assert "your" in question.asked_of(Party.PERSONAL).en


def test_statements__answers_as_people_write_them__are_in_the_unit_of_the_indicator() -> None:
    stated = load_questionnaires()[LIFE].statements(ANSWERS)

    assert stated["sum_insured_minor"] == 50_000_000
    assert stated["premium_minor"] == 120_050
    assert stated["fasting_glucose_umol"] == 5_600
    assert stated["hba1c_bp"] == 525
    assert stated["bmi_tenths"] == 224
    assert stated["residence_registered"] is True
    assert stated["history_mask"] == 1 | 1 << 30


def test_statements__all_answered__make_an_application() -> None:
    stated = load_questionnaires()[LIFE].statements(ANSWERS)
    history = {"history": ["hypertension", "gout"]}
    whole = {**{name: value for name, value in stated.items() if name != "history_mask"}, **history}

    assert parse_application({**document(Line.LIFE), "statements": whole}).stated == stated


@pytest.mark.parametrize(
    ("indicator", "answer"),
    [
        ("age_years", "thirty"), ("age_years", "30.5"), ("age_years", "-1"), ("age_years", "121"), ("age_years", "nan"),
        ("fasting_glucose_umol", "5.6001"), ("fasting_glucose_umol", "1e3"), ("residence_registered", "maybe"),
        ("occupation", "astronaut"), ("driving_years", "3"), ("credit_score", "700"),
    ],
)  # fmt: skip
def test_statements__answer_wrong__names_the_question(indicator: str, answer: str) -> None:
    with pytest.raises(ApplicationInvalid) as refused:
        load_questionnaires()[LIFE].statements({**ANSWERS, indicator: answer})

    assert refused.value.field == indicator


def test_statements__required_answer_empty__is_incomplete() -> None:
    with pytest.raises(ApplicationIncomplete, match="occupation"):
        load_questionnaires()[LIFE].statements({**ANSWERS, "occupation": ""})


def test_required__question__is_that_of_the_form() -> None:
    form = load_questionnaires()[LIFE]

    assert form.required(form.question("occupation"))
    assert not form.required(form.question("marital_status"))


@pytest.mark.parametrize(
    ("file", "before", "after", "field"),
    [
        ("body", "indicator: smoking", "indicator: star_sign", "body.star_sign"),
        ("body", "indicator: alcohol_grams_week", "indicator: complaints_36m", "body.complaints_36m"),
        ("body", "indicator: alcohol_grams_week", "indicator: cigarettes_per_day", "life.questions"),
        ("body", "    answer: list", "    answer: choice", "body.history_mask"),
        ("body", "      former:", "      quit:", "body.smoking.choices"),
        (
            "body",
            "questions:",
            'questions:\n  - {indicator: bmi_tenths, answer: number, en: "BMI?", zh: "指数？"}',
            "life.questions",
        ),
        ("life", "parts: [body, means]", "parts: [body]", "life.questions"),
        ("common", "  hospital:", "  commerce2:", "common.authorisations"),
    ],
)
def test_load_questionnaires__table_wrong__names_what(
    tmp_path: Path, file: str, before: str, after: str, field: str
) -> None:
    folder = shutil.copytree(TABLES, tmp_path / "tables") / "questionnaires"
    table = folder / f"{file}.yaml"
    table.write_text(table.read_text("utf-8").replace(before, after), "utf-8")

    with pytest.raises(TableInvalid) as refused:
        load_questionnaires(folder)
    assert refused.value.field.startswith(field)


def test_answer__kinds__are_all_used() -> None:
    used = {question.answer for form in load_questionnaires().values() for question in form.questions}

    assert used == set(Answer)
