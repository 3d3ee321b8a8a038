"""An application as one row of a portfolio: the same row again, what was read, and what is refused."""

from typing import Any

import pytest

from oracle.risk.application import READ, parse_application
from oracle.risk.forms import ApplicationContradictory, ApplicationInvalid
from oracle.risk.indicators import CASES, Case, Line, Source
from oracle.risk.records import application_of_record
from tests.oracle.risk.applications import document

LIFE = Line.LIFE


@pytest.mark.parametrize("case", CASES, ids="-".join)
def test_application_of_record__own_record__gives_the_same_row(case: Case) -> None:
    authorised = tuple(source.value for source in Source if source.sensitive)
    given = document(*case, authorised=authorised, reports={"insurers": {"complaints_36m": 2}})
    record = parse_application(given).record()

    again = application_of_record(record)

    assert again.record() == record
    assert again.row()["complaints_36m"] == 2


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"application_id": None}, "application_id"), ({"line": "pets"}, "line"), ({"occupation": None}, "occupation"),
        ({"age_years": -1}, "age_years"), ({"age_years": float("nan")}, "age_years"), ({"column_9": 1}, "column_9"),
        ({"history_mask": -1}, "history_mask"), ({"history_mask": 1 << 62}, "history_mask"),
        ({"history_mask": True}, "history_mask"),
        ({"cigarettes_per_day": 9}, "cigarettes_per_day"), ({"read_hospital": 1}, "read_hospital"),
        ({"stated_only": 1}, "stated_only"), ({"stated_only": "credit_score"}, "stated_only"),
        ({"stated_only": "smoking,,bmi_tenths"}, "stated_only"), ({"stated_only": "x" * 10**6}, "stated_only"),
        ({"credit_score": 9_000, "read_credit_report": True}, "reports.0.values.credit_score"),
    ],
)  # fmt: skip
def test_application_of_record__garbage__names_the_field(changes: dict[str, Any], field: str) -> None:
    record = {**parse_application(document(LIFE)).record(), **changes}

    with pytest.raises(ApplicationInvalid) as refused:
        application_of_record(record)

    assert refused.value.field == field


def test_application_of_record__own_record__was_read_from_the_same_sources() -> None:
    given = document(
        LIFE,
        authorised=("hospital", "insurers", "credit-report"),
        reports={"hospital": {"systolic_mmhg": 118}, "insurers": {"complaints_36m": 0}, "credit-report": {}},
    )

    record = parse_application(given).record()

    assert {source for name, source in READ.items() if record[name]} == {Source.HOSPITAL, Source.INSURERS}
    assert application_of_record(record).sources == (Source.CUSTOMER, Source.HOSPITAL, Source.INSURERS)


@pytest.mark.parametrize(
    ("said", "sources"),
    [
        ({}, (Source.CUSTOMER,)),
        ({"credit_score": 700}, (Source.CUSTOMER, Source.CREDIT_REPORT)),
        ({"credit_score": 700, "read_credit_report": True}, (Source.CUSTOMER, Source.CREDIT_REPORT)),
        ({"read_commerce": True, "surrenders_60m": None}, (Source.CUSTOMER,)),
        ({"read_credit_report": True}, (Source.CUSTOMER, Source.CREDIT_REPORT)),
        ({"read_credit_report": False, "read_hospital": True}, (Source.CUSTOMER, Source.HOSPITAL)),
    ],
)
def test_application_of_record__flags_of_reading__say_what_was_read(
    said: dict[str, Any], sources: tuple[Source, ...]
) -> None:
    record = {name: value for name, value in parse_application(document(LIFE)).record().items() if name not in READ}

    assert application_of_record({**record, **said}).sources == sources


def test_application_of_record__not_read_and_something_only_it_says__is_contradictory() -> None:
    record = {**parse_application(document(LIFE)).record(), "credit_score": 700, "read_credit_report": False}

    with pytest.raises(ApplicationContradictory, match="credit-report is said not to have been read") as refused:
        application_of_record(record)

    assert refused.value.field == "credit_score"


def test_record__partial_report__names_what_was_only_stated() -> None:
    report = {"violations_12m": 3, "driving_years": 10, "vehicle_use": "private", "vehicle_type": "car"}
    given = document(Line.MOTOR, reports={"traffic-authority": report}, authorised=("traffic-authority",))

    application = parse_application(given)
    record = application.record()

    assert record["read_traffic_authority"] is True
    assert record["stated_only"] == "drink_driving_records,at_fault_accidents_36m"
    again = application_of_record(record)
    assert again.confirmed == application.confirmed
    assert set(again.confirmed) == set(report)
    assert again.record() == record


def test_application_of_record__flag_empty_beside_a_credit_score__confirms_the_score_alone() -> None:
    record = {name: value for name, value in parse_application(document(LIFE)).record().items() if name not in READ}

    assert application_of_record({**record, "credit_score": 700}).confirmed == ("credit_score",)
    flagged = application_of_record({**record, "credit_score": 700, "read_credit_report": True}).confirmed
    assert flagged == ("income_minor", "assets_minor", "liabilities_minor", "credit_score")
