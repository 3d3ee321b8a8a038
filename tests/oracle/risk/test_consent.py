"""Which consent covers which report, and when a report may have been obtained."""

import pytest

from oracle.risk.application import Unread, parse_application
from oracle.risk.forms import ApplicationContradictory
from oracle.risk.indicators import Line, Source
from tests.oracle.risk.applications import NOW, document

LIFE = Line.LIFE


@pytest.mark.parametrize("order", [1, -1])
def test_parse_application__signed_again_later__keeps_what_the_first_signature_covers(order: int) -> None:
    given = document(LIFE, reports={"hospital": {"systolic_mmhg": 170}})
    given["consents"] = [{"source": "hospital", "signed_at": NOW - ago} for ago in (120, 30)][::order]

    application = parse_application(given)

    assert application.row()["systolic_mmhg"] == 170
    assert Source.HOSPITAL not in application.unread


def test_parse_application__report_of_a_consent_taken_back__is_not_covered_by_a_later_one() -> None:
    given = document(LIFE, reports={"hospital": {"systolic_mmhg": 170}})
    given["consents"] = [
        {"source": "hospital", "signed_at": NOW - 120, "withdrawn_at": NOW - 40},
        {"source": "hospital", "signed_at": NOW - 30},
    ]

    assert parse_application(given).unread[Source.HOSPITAL] is Unread.ASKED_TOO_EARLY


@pytest.mark.parametrize("order", [1, -1])
def test_parse_application__one_report_too_early_and_one_covered__is_read_and_not_called_unread(order: int) -> None:
    given = document(LIFE, reports={"hospital": {"systolic_mmhg": 150}}, authorised=("hospital",))
    early = {"source": "hospital", "obtained_at": NOW - 200, "values": {"systolic_mmhg": 190}}
    given["reports"] = [early, *given["reports"]][::order]

    application = parse_application(given)

    assert application.row()["systolic_mmhg"] == 150
    assert Source.HOSPITAL in application.sources
    assert Source.HOSPITAL not in application.unread


def test_parse_application__report_later_than_the_application__is_refused_by_name() -> None:
    given = document(LIFE, reports={"hospital": {"systolic_mmhg": 118}}, authorised=("hospital",))
    given["reports"][0]["obtained_at"] = given["received_at"] + 1

    with pytest.raises(ApplicationContradictory, match="received_at") as refused:
        parse_application(given)

    assert refused.value.field == "reports.0.obtained_at"
    given["reports"][0]["obtained_at"] = given["received_at"]
    assert parse_application(given).row()["systolic_mmhg"] == 118


def test_row__source_not_authorised__is_not_read_and_named() -> None:
    reports = {"credit-report": {"credit_score": 420}, "hospital": {"systolic_mmhg": 170}}

    application = parse_application(document(LIFE, reports=reports, authorised=("hospital",)))

    assert application.row()["credit_score"] is None
    assert application.row()["systolic_mmhg"] == 170
    assert application.unread[Source.CREDIT_REPORT] is Unread.NOT_AUTHORISED
    assert Source.HOSPITAL not in application.unread
    assert application.sources == (Source.CUSTOMER, Source.HOSPITAL)


def test_parse_application__unauthorised_report_is_garbage__is_dropped_unseen() -> None:
    application = parse_application(
        document(LIFE, reports={"hospital": {"systolic_mmhg": "x" * 1_000, "nonsense": []}})
    )

    assert application.reports == ()
    assert application.row()["systolic_mmhg"] == 118


def test_parse_application__authorisation_withdrawn__is_not_read() -> None:
    given = document(LIFE, reports={"hospital": {"systolic_mmhg": 170}})
    given["consents"] = [{"source": "hospital", "signed_at": NOW - 120, "withdrawn_at": NOW}]

    application = parse_application(given)

    assert application.unread[Source.HOSPITAL] is Unread.WITHDRAWN
    assert application.row()["systolic_mmhg"] == 118


def test_parse_application__asked_before_authorised__is_not_read() -> None:
    given = document(LIFE, reports={"hospital": {"systolic_mmhg": 170}})
    given["consents"] = [{"source": "hospital", "signed_at": NOW}]

    application = parse_application(given)

    assert application.unread[Source.HOSPITAL] is Unread.ASKED_TOO_EARLY
    assert application.row()["systolic_mmhg"] == 118


def test_parse_application__authorised_again_after_withdrawal__is_read() -> None:
    given = document(LIFE, reports={"hospital": {"systolic_mmhg": 170}})
    given["consents"] = [
        {"source": "hospital", "signed_at": NOW - 100},
        {"source": "hospital", "signed_at": NOW - 120, "withdrawn_at": NOW - 110},
    ]

    assert parse_application(given).row()["systolic_mmhg"] == 170


def test_parse_application__survey__needs_no_authorisation() -> None:
    application = parse_application(document(Line.PROPERTY, reports={"survey": {"structure": "timber"}}))

    assert application.row()["structure"] == "timber"
