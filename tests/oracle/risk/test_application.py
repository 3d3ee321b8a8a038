"""Applications: complete, possible, free of contradictions, and silent about what was not authorised."""

import json
from pathlib import Path
from typing import Any

import pytest

from oracle.risk.application import load_application, parse_application
from oracle.risk.forms import ApplicationContradictory, ApplicationIncomplete, ApplicationInvalid, statements_model
from oracle.risk.indicators import CASES, Case, Line, Party
from oracle.risk.vocabulary import INDICATORS, asked
from tests.oracle.risk.applications import NOW, document

LIFE = Line.LIFE


@pytest.mark.parametrize("case", CASES, ids="-".join)
def test_parse_application__complete__gives_every_indicator_of_the_form(case: Case) -> None:
    application = parse_application(document(*case))

    row = application.row()

    assert list(row) == [each.name for each in asked(*case)]
    assert all(row[each.name] is not None for each in asked(*case) if each.required_for(*case))
    for name, value in row.items():
        INDICATORS[name].check(value)


@pytest.mark.parametrize("case", CASES, ids="-".join)
def test_parse_application__any_required_field_left_out__is_refused_by_name(case: Case) -> None:
    for each in asked(*case):
        if each.required_for(*case):
            name = "history" if each.name == "history_mask" else each.name
            changes: dict[str, Any] = {name: None}
            with pytest.raises(ApplicationIncomplete) as refused:
                parse_application(document(*case, **changes))
            assert refused.value.fields == (name,)


def test_parse_application__occupation_left_empty__names_occupation() -> None:
    """The manual's example."""
    with pytest.raises(ApplicationIncomplete, match="occupation"):
        parse_application(document(LIFE, occupation=""))


def test_parse_application__several_missing__names_all() -> None:
    with pytest.raises(ApplicationIncomplete) as refused:
        parse_application(document(LIFE, occupation=None, smoking=None, premium_minor=None))

    assert set(refused.value.fields) == {"occupation", "smoking", "premium_minor"}
    assert all(name in str(refused.value) for name in refused.value.fields)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("age_years", float("nan")), ("age_years", -1), ("age_years", "30"), ("age_years", True),
        pytest.param("age_years", 10**5000, id="huge"), pytest.param("occupation", "x" * 10_000_000, id="10 MB"),
        ("occupation", "astronaut"), ("occupation", ["sales"]), ("sex", "MALE"),
        ("systolic_mmhg", 999), ("systolic_mmhg", 118.5), ("premium_minor", 0), ("premium_minor", -5),
        ("sum_insured_minor", 10**13), ("currency", "XXX"), ("history", "stroke"), ("history", ["stroke", "stroke"]),
        ("credit_score", 700), ("driving_years", 3), ("occupation_class", 1), ("star_sign", "leo"),
    ],
)  # fmt: skip
def test_parse_application__garbage__names_the_field_and_shortens_the_value(field: str, value: object) -> None:
    changes: dict[str, Any] = {field: value}
    with pytest.raises(ApplicationInvalid) as refused:
        parse_application(document(LIFE, **changes))

    assert [problem.field for problem in refused.value.problems] == [field]
    assert all(problem.remedy for problem in refused.value.problems)
    assert len(str(refused.value)) < 500


def test_parse_application__unknown_illness__names_its_place() -> None:
    with pytest.raises(ApplicationInvalid, match=r"history\.1"):
        parse_application(document(LIFE, history=["stroke", "flu"]))


def test_parse_application__several_wrong__names_all() -> None:
    with pytest.raises(ApplicationInvalid) as refused:
        parse_application(document(LIFE, age_years=-1, sex="x"))

    assert {problem.field for problem in refused.value.problems} == {"age_years", "sex"}


@pytest.mark.parametrize(
    ("line", "changes", "field"),
    [
        (LIFE, {"smoking": "never", "cigarettes_per_day": 10}, "cigarettes_per_day"),
        (LIFE, {"smoking": "current", "cigarettes_per_day": 0}, "cigarettes_per_day"),
        (LIFE, {"systolic_mmhg": 70, "diastolic_mmhg": 80}, "systolic_mmhg"),
        (LIFE, {"systolic_mmhg": 80, "diastolic_mmhg": 80}, "systolic_mmhg"),
        (LIFE, {"ldl_umol": 5_000, "cholesterol_umol": 4_999}, "ldl_umol"),
        (Line.MOTOR, {"age_years": 30, "driving_years": 15}, "driving_years"),
        (Line.MOTOR, {"age_years": 15, "driving_years": 1}, "driving_years"),
        (Line.MOTOR, {"past_claims_36m": 0, "past_claims_amount_minor": 1}, "past_claims_amount_minor"),
    ],
)
def test_parse_application__contradiction__names_both_answers(line: Line, changes: dict[str, Any], field: str) -> None:
    with pytest.raises(ApplicationContradictory) as refused:
        parse_application(document(line, **changes))

    assert refused.value.field == field


@pytest.mark.parametrize(
    ("line", "changes"),
    [
        (LIFE, {"smoking": "current", "cigarettes_per_day": 10}),
        (LIFE, {"smoking": "never", "cigarettes_per_day": 0}),
        (LIFE, {"smoking": "former", "cigarettes_per_day": 0}),
        (LIFE, {"systolic_mmhg": 81, "diastolic_mmhg": 80}),
        (Line.MOTOR, {"age_years": 30, "driving_years": 14}),
        (Line.MOTOR, {"past_claims_36m": 1, "past_claims_amount_minor": 0}),
    ],
)
def test_parse_application__just_consistent__is_accepted(line: Line, changes: dict[str, Any]) -> None:
    row = parse_application(document(line, **changes)).row()

    assert changes.items() <= row.items()


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"application_id": 0}, "application_id"), ({"application_id": 1 << 128}, "application_id"),
        ({"line": "pets"}, "line"), ({"received_at": -1}, "received_at"), ({"surprise": 1}, "surprise"),
        ({"declaration": {"truthful": False, "signed_at": NOW}}, "declaration.truthful"),
        ({"consents": [{"source": "neighbour", "signed_at": NOW}]}, "consents.0.source"),
        ({"statements": {f"a{n}": 1 for n in range(101)}}, "statements"),
    ],
)  # fmt: skip
def test_parse_application__envelope_wrong__names_the_field(change: dict[str, Any], field: str) -> None:
    with pytest.raises(ApplicationInvalid) as refused:
        parse_application({**document(LIFE), **change})

    assert refused.value.field == field


@pytest.mark.parametrize("whole", [None, [], "life", 3])
def test_parse_application__no_mapping__is_refused(whole: object) -> None:
    with pytest.raises(ApplicationInvalid, match="no mapping"):
        parse_application(whole)


@pytest.mark.parametrize(
    ("source", "values", "field"),
    [
        ("hospital", {"systolic_mmhg": 999}, "reports.0.values.systolic_mmhg"),
        ("hospital", {"income_minor": 1}, "reports.0.values.income_minor"),
        ("hospital", {"systolic_mmhg": 70, "diastolic_mmhg": 80}, "reports.0.values.systolic_mmhg"),
        ("customer", {"age_years": 30}, "reports.0.source"),
    ],
)
def test_parse_application__authorised_report_wrong__names_its_field(
    source: str, values: dict[str, Any], field: str
) -> None:
    with pytest.raises(ApplicationInvalid) as refused:
        parse_application(document(LIFE, reports={source: values}, authorised=("hospital",)))

    assert refused.value.field == field


@pytest.mark.parametrize(
    ("stated", "reported", "counting"),
    [
        ({"systolic_mmhg": 118}, {"systolic_mmhg": 150}, {"systolic_mmhg": 150}),
        ({"systolic_mmhg": 150}, {"systolic_mmhg": 118}, {"systolic_mmhg": 150}),
        ({"smoking": "never"}, {"smoking": "former"}, {"smoking": "former"}),
        ({"history": ["gout"]}, {"history": ["stroke"]}, {"history_mask": (1 << 30) | (1 << 5)}),
        ({}, {"cigarettes_per_day": 0}, {"cigarettes_per_day": 0}),
    ],
)
def test_row__customer_and_report_differ__counts_what_means_more_risk(
    stated: dict[str, Any], reported: dict[str, Any], counting: dict[str, Any]
) -> None:
    given = document(LIFE, reports={"hospital": reported}, authorised=("hospital",), **stated)

    assert counting.items() <= parse_application(given).row().items()


def test_row__no_direction__counts_the_latest_report() -> None:
    given = document(Line.MOTOR, authorised=("traffic-authority",), vehicle_type="car")
    given["reports"] = [
        {"source": "traffic-authority", "obtained_at": NOW, "values": {"vehicle_type": "bus"}},
        {"source": "traffic-authority", "obtained_at": NOW - 9, "values": {"vehicle_type": "van"}},
    ]

    assert parse_application(given).row()["vehicle_type"] == "bus"


def test_load_application__file__is_read(tmp_path: Path) -> None:
    file = tmp_path / "application.json"
    file.write_text(json.dumps(document(LIFE)))

    assert load_application(file) == parse_application(document(LIFE))


def test_statements_model__schema__tells_a_screen_what_to_ask() -> None:
    schema = statements_model(Case(LIFE, Party.PERSONAL)).model_json_schema()

    assert schema["properties"]["age_years"] == {
        "description": "age (years)", "maximum": 120, "minimum": 0, "title": "年龄", "type": "integer",
    }  # fmt: skip
    assert {"occupation", "history", "sum_insured_minor"} <= set(schema["required"])
    assert schema["additionalProperties"] is False


@pytest.mark.parametrize(
    ("change", "field", "remedy"),
    [
        ({"application_id": -1}, "application_id", "Give the id on chain, a whole number from 1 to 2^128 - 1"),
        ({"line": "pets"}, "line", "Write 'life', 'health', 'accident', 'motor' or 'property'"),
        ({"received_at": "now"}, "received_at", "Give the time as whole seconds since 1970, UTC"),
        ({"declaration": 3}, "declaration", "Give its fields by name"),
        ({"declaration": {"truthful": False, "signed_at": 1}}, "declaration.truthful", "Write true once the applicant"),
        ({"consents": 3}, "consents", "Give a list"),
        ({"consents": [{"source": "hospital", "signed_at": 1}] * 21}, "consents", "Give at most 20"),
        ({"statements": []}, "statements", "Give its fields by name"),
        ({"reports": [{"source": "survey", "obtained_at": 1, "values": {}, "reference": "x" * 201}]},
         "reports.0.reference", "Shorten it to 200 characters"),
        ({"recieved_at": 1}, "recieved_at", "Leave it out, or look for a slip in its name"),
    ],
)  # fmt: skip
def test_parse_application__envelope_is_wrong__says_what_to_write(
    change: dict[str, Any], field: str, remedy: str
) -> None:
    with pytest.raises(ApplicationInvalid) as refused:
        parse_application({**document(Line.LIFE), **change})

    assert refused.value.field == field
    assert refused.value.remedy.startswith(remedy)
