import pytest

from domain.tiers import RiskTier
from oracle.risk.indicators import IndicatorInvalid, Line, Party, Value
from oracle.risk.watch import Seen, triggers, watch_list
from tests.oracle.risk.subjects import engine, row

LOW, MEDIUM, HIGH = RiskTier
Changes = dict[str, Value]


def fired(line: Line, before: Changes, after: Changes) -> list[str]:
    found = triggers(row(line, **before), row(line, **after), line, Party.PERSONAL, engine().tables)
    return [each.trigger.code for each in found]


@pytest.mark.parametrize(
    ("line", "before", "after", "codes"),
    [
        (Line.MOTOR, {"violations_12m": 1}, {"violations_12m": 2}, ["violations-rose"]),
        (Line.MOTOR, {"violations_12m": 2}, {"violations_12m": 1}, []),
        (Line.MOTOR, {"drink_driving_records": 0}, {"drink_driving_records": 1}, ["drink-driving"]),
        (Line.MOTOR, {"vehicle_use": "private"}, {"vehicle_use": "commercial"}, ["use-changed"]),
        (Line.MOTOR, {"vehicle_use": "commercial"}, {"vehicle_use": "commercial"}, []),
        (Line.LIFE, {"systolic_mmhg": 120}, {"systolic_mmhg": 139}, []),
        (Line.LIFE, {"systolic_mmhg": 120}, {"systolic_mmhg": 140}, ["pressure-rose"]),
        (Line.LIFE, {"systolic_mmhg": None}, {"systolic_mmhg": 200}, []),
        (Line.LIFE, {"credit_score": 700}, {"credit_score": 650}, ["credit-fell"]),
        (Line.LIFE, {"credit_score": 700}, {"credit_score": 651}, []),
        (Line.LIFE, {"history_mask": 0}, {"history_mask": 1 << 8}, ["illness-worse"]),
        (Line.LIFE, {"occupation": "sales"}, {"occupation": "roofer"}, ["occupation-worse"]),
        (Line.LIFE, {"smoking": "former"}, {"smoking": "current"}, ["smokes-again"]),
        (Line.LIFE, {"smoking": "current"}, {"smoking": "former"}, []),
    ],
)
def test_triggers__a_change__fires_what_the_table_says(
    line: Line, before: Changes, after: Changes, codes: list[str]
) -> None:
    assert fired(line, before, after) == codes


def test_triggers__fired__say_what_was_and_is() -> None:
    (found,) = triggers(row(Line.MOTOR), row(Line.MOTOR, violations_12m=4), Line.MOTOR, Party.PERSONAL, engine().tables)

    assert (found.before, found.after) == (0, 4)
    assert (found.trigger.en, found.trigger.zh) == ("a further traffic violation", "新增交通违章")


def test_triggers__a_row_with_garbage__names_the_field() -> None:
    with pytest.raises(IndicatorInvalid) as caught:
        triggers(row(Line.MOTOR), row(Line.MOTOR, violations_12m=-1), Line.MOTOR, Party.PERSONAL, engine().tables)

    assert caught.value.field == "violations_12m"


def test_watch_list__only_the_watched_who_changed__worst_first() -> None:
    plain, worse = row(Line.MOTOR), row(Line.MOTOR, violations_12m=4, past_claims_36m=2)
    seen = [
        (1, Seen(plain, LOW), Seen(worse, LOW)),
        (2, Seen(plain, HIGH), Seen(plain, HIGH)),
        (3, Seen(plain, HIGH), Seen(row(Line.MOTOR, violations_12m=1), HIGH)),
        (4, Seen(plain, HIGH), Seen(worse, HIGH)),
        (5, Seen(plain, MEDIUM), Seen(plain, HIGH)),
        (6, Seen(plain, HIGH), Seen(worse, MEDIUM)),
    ]

    found = watch_list(seen, Line.MOTOR, Party.PERSONAL, engine().tables)

    assert [each.policy_id for each in found] == [4, 3, 5, 6]
    assert [len(each.fired) for each in found] == [2, 1, 0, 2]
