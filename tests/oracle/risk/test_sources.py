"""How old a report may be, and what is said where one is older."""

import json
from typing import Any

import pytest

from domain.hashing import canonical_json
from oracle.risk.application import Unread, parse_application
from oracle.risk.assess import assess, subject_of
from oracle.risk.explain import notice
from oracle.risk.indicators import Line, Source
from oracle.risk.sources import DAY_SECONDS, greatest_ages, sources_of_table
from oracle.risk.table_files import TABLES, TableFile, TableInvalid, read_table
from tests.oracle.risk.applications import NOW, Document, document
from tests.oracle.risk.subjects import engine, refused

FORM = {
    Source.CREDIT_REPORT: (Line.LIFE, "arrears_24m", 9),
    Source.HOSPITAL: (Line.LIFE, "systolic_mmhg", 190),
    Source.TRAFFIC_AUTHORITY: (Line.MOTOR, "violations_12m", 7),
    Source.COMMERCE: (Line.LIFE, "surrenders_60m", 4),
    Source.INSURERS: (Line.LIFE, "past_claims_36m", 5),
    Source.SURVEY: (Line.PROPERTY, "building_age_years", 90),
}
"""A form each source speaks about, and something it says there."""


def reported(source: Source, age: int) -> Document:
    """An application with one report of this age, in seconds."""
    line, name, value = FORM[source]
    written = document(line, reports={source.value: {name: value}}, authorised=(source.value,))
    written["reports"][0]["obtained_at"] = NOW - age
    for consent in written["consents"]:
        consent["signed_at"] = NOW - age - 60
    return written


def altered(change: dict[str, Any]) -> TableFile:
    table = json.loads(read_table(TABLES / "sources.yaml").content)
    ages = {**table["greatest_age_days"], **change}
    table["greatest_age_days"] = {name: days for name, days in ages.items() if days is not None}
    return TableFile("sources", table["version"], canonical_json(table))


@pytest.mark.parametrize("source", FORM)
def test_parse_application__report_older_than_its_source_allows__is_not_read(source: Source) -> None:
    _, name, value = FORM[source]
    greatest = greatest_ages()[source]

    at, past = (parse_application(reported(source, age)) for age in (greatest, greatest + 1))

    assert (at.row()[name], at.unread.get(source)) == (value, None)
    assert past.row()[name] != value
    assert past.unread[source] is Unread.TOO_OLD
    assert (source in at.sources, source in past.sources) == (True, False)


def test_parse_application__old_report_and_a_new_one__reads_the_new_one() -> None:
    written = reported(Source.HOSPITAL, greatest_ages()[Source.HOSPITAL] + 1)
    written["reports"].append({"source": "hospital", "obtained_at": NOW, "values": {"systolic_mmhg": 150}})

    application = parse_application(written)

    assert application.row()["systolic_mmhg"] == 150
    assert Source.HOSPITAL not in application.unread


def test_parse_application__old_report_and_an_empty_one__says_that_the_old_one_is_too_old() -> None:
    written = reported(Source.HOSPITAL, greatest_ages()[Source.HOSPITAL] + 1)
    written["reports"].append({"source": "hospital", "obtained_at": NOW, "values": {}})

    assert parse_application(written).unread[Source.HOSPITAL] is Unread.TOO_OLD


def test_parse_application__old_and_not_authorised__is_for_want_of_consent() -> None:
    written = {**reported(Source.HOSPITAL, 400 * DAY_SECONDS), "consents": []}

    assert parse_application(written).unread[Source.HOSPITAL] is Unread.NOT_AUTHORISED


def test_assess__traffic_record_too_old__confirms_nothing_and_the_notice_says_why() -> None:
    old = reported(Source.TRAFFIC_AUTHORITY, greatest_ages()[Source.TRAFFIC_AUTHORITY] + 1)

    found = assess(subject_of(parse_application(old)), engine())
    told = notice(found, engine().tables)

    assert (found.outdated, found.review.unconfirmed) == ((Source.TRAFFIC_AUTHORITY,), (Source.TRAFFIC_AUTHORITY,))
    assert Source.TRAFFIC_AUTHORITY not in found.unread
    assert "Reports that were too old were not read: records of the traffic authority." in " ".join(told["en"])
    assert "报告已过有效期，未予采用：交通管理部门记录" in " ".join(told["zh"])


@pytest.mark.parametrize(
    ("change", "named"),
    [({"survey": None}, "survey"), ({"customer": 9}, "customer"), ({"hospital": 0}, 0), ({"hospital": 9_999}, 9_999)],
)
def test_sources_of_table__source_missing_the_customer_or_no_age__is_refused(
    change: dict[str, Any], named: object
) -> None:
    with pytest.raises(TableInvalid) as caught:
        sources_of_table(altered(change))

    assert caught.value.value == named
    assert caught.value.field.startswith("sources.greatest_age_days")


def test_tables__ages_reports_are_not_read_by__are_refused() -> None:
    def change(table: dict[str, Any]) -> None:
        table["greatest_age_days"]["hospital"] = 181

    error = refused("sources", change)

    assert (error.field, error.value) == ("sources.greatest_age_days.hospital", 181)
    assert "180 days" in error.problem
