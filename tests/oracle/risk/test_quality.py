"""The sample for authenticity checks, and mismatches between customer and third party."""

import subprocess
import sys
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oracle.risk.application import parse_application
from oracle.risk.indicators import IndicatorInvalid, Line, Source
from oracle.risk.quality import Favours, QualityTable, drawn, mismatches, quality_table, sample
from oracle.risk.table_files import TableFile, TableInvalid
from tests.oracle.risk.applications import NOW, document

KEY = b"a key of some length"
IDS = st.integers(1, (1 << 128) - 1)


@pytest.fixture(scope="module")
def table() -> QualityTable:
    return quality_table()


def test_sample__many_applications__is_a_tenth(table: QualityTable) -> None:
    found = len(sample(range(1, 50_001), KEY, table))

    assert abs(found - 5_000) < 4 * 67  # Four standard deviations of a binomial draw.


def test_sample__any_order__draws_the_same(table: QualityTable) -> None:
    ids = list(range(1, 500))

    assert sample(reversed(ids), KEY, table) == sample(ids, KEY, table)[::-1]


def test_sample__other_key__draws_others(table: QualityTable) -> None:
    assert sample(range(1, 500), KEY, table) != sample(range(1, 500), b"another key of length", table)


def test_drawn__another_process__draws_the_same() -> None:
    code = (
        "from oracle.risk.quality import drawn\n"
        f"import sys; sys.stdout.write(str([n for n in range(1, 300) if drawn(n, {KEY!r}, 1000)]))"
    )
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)

    assert told.stdout == str([n for n in range(1, 300) if drawn(n, KEY, 1_000)])


@given(IDS, st.integers(0, 10_000), st.integers(0, 10_000))
def test_drawn__greater_share__keeps_those_drawn_before(application_id: int, left: int, right: int) -> None:
    small, great = sorted((left, right))

    assert drawn(application_id, KEY, small) <= drawn(application_id, KEY, great)
    assert drawn(application_id, KEY, 10_000)
    assert not drawn(application_id, KEY, 0)


@pytest.mark.parametrize("application_id", [0, -1, 1 << 128])
def test_drawn__no_application_id__is_refused(application_id: int) -> None:
    with pytest.raises(IndicatorInvalid, match="application_id"):
        drawn(application_id, KEY, 1_000)


@pytest.mark.parametrize(("key", "share"), [(b"short", 1_000), (KEY, 10_001), (KEY, -1)])
def test_drawn__key_or_share_wrong__is_refused(key: bytes, share: int) -> None:
    with pytest.raises(ValueError, match="bps"):
        drawn(1, key, share)


def told(table: QualityTable, line: Line, source: str, stated: dict[str, Any], reported: dict[str, Any]) -> list[
    tuple[str, str, str, Favours]
]:  # fmt: skip
    given = document(line, reports={source: reported}, authorised=(source,), **stated)
    return [
        (each.indicator, each.stated, each.reported, each.favours)
        for each in mismatches(parse_application(given), table)
    ]


def test_mismatches__customer_left_out_violations__is_listed_in_their_favour(table: QualityTable) -> None:
    found = told(table, Line.MOTOR, "traffic-authority", {"violations_12m": 0}, {"violations_12m": 3})

    assert found == [("violations_12m", "0", "3", Favours.CUSTOMER)]


@pytest.mark.parametrize(
    ("stated", "reported", "found"),
    [(118, 133, []), (118, 134, [Favours.CUSTOMER]), (118, 103, []), (118, 102, [Favours.INSURER])],
)
def test_mismatches__blood_pressure__is_listed_beyond_its_tolerance(
    table: QualityTable, stated: int, reported: int, found: list[Favours]
) -> None:
    listed = told(table, Line.LIFE, "hospital", {"systolic_mmhg": stated}, {"systolic_mmhg": reported})

    assert [each[3] for each in listed] == found


@pytest.mark.parametrize(("reported", "found"), [(18_000_000, 0), (17_999_999, 1), (22_000_000, 0), (22_000_001, 1)])
def test_mismatches__income__may_differ_by_a_tenth(table: QualityTable, reported: int, found: int) -> None:
    listed = told(table, Line.LIFE, "credit-report", {"income_minor": 20_000_000}, {"income_minor": reported})

    assert len(listed) == found


def test_mismatches__medical_history__names_what_only_one_of_them_names(table: QualityTable) -> None:
    stated, reported = {"history": ["gout", "asthma"]}, {"history": ["gout", "stroke"]}

    assert told(table, Line.LIFE, "hospital", stated, reported) == [
        ("history_mask", "asthma", "stroke", Favours.CUSTOMER)
    ]


def test_mismatches__history_only_the_customer_names__favours_the_insurer(table: QualityTable) -> None:
    found = told(table, Line.LIFE, "hospital", {"history": ["gout"]}, {"history": []})

    assert found == [("history_mask", "gout", "", Favours.INSURER)]


def test_mismatches__choice_without_direction__favours_neither(table: QualityTable) -> None:
    found = told(table, Line.MOTOR, "traffic-authority", {"vehicle_type": "car"}, {"vehicle_type": "van"})

    assert found == [("vehicle_type", "car", "van", Favours.NEITHER)]


def test_mismatches__source_not_authorised__is_not_compared(table: QualityTable) -> None:
    given = document(Line.MOTOR, reports={"traffic-authority": {"violations_12m": 9}})

    assert mismatches(parse_application(given), table) == []


def test_mismatches__agreement_or_silence__is_no_mismatch(table: QualityTable) -> None:
    assert told(table, Line.LIFE, "hospital", {}, {"smoking": "never", "cigarettes_per_day": 0}) == []


def test_mismatches__two_reports__are_listed_in_order_of_time(table: QualityTable) -> None:
    given = document(Line.MOTOR, authorised=("traffic-authority",))
    given["reports"] = [
        {"source": "traffic-authority", "obtained_at": NOW, "values": {"violations_12m": 2}},
        {"source": "traffic-authority", "obtained_at": NOW - 5, "values": {"violations_12m": 1}},
    ]

    found = mismatches(parse_application(given), table)

    assert [(each.obtained_at, each.reported, each.source) for each in found] == [
        (NOW - 5, "1", Source.TRAFFIC_AUTHORITY), (NOW, "2", Source.TRAFFIC_AUTHORITY),
    ]  # fmt: skip


@pytest.mark.parametrize("name", ["star_sign", "smoking", "age_years", "credit_score"])
def test_quality_table__tolerance_for_nothing_comparable__is_refused(name: str) -> None:
    content = (
        '{"table":"quality","version":"1","sample_bps":1000,"tolerances":{"' + name + '":{"units":1,"bps":0}}}'
    ).encode()

    with pytest.raises(TableInvalid, match=name):
        quality_table(TableFile("quality", "1", content))
