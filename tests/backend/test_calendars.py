"""Calendar files: what the office works by, and what a file may not say."""

from datetime import date

import pytest
import yaml

from backend.calendars.files import FOLDER, CalendarInvalid, calendar, names, read_calendar
from domain.act_deadlines import add_working_days, is_working_day

CHINA = yaml.safe_load((FOLDER / "china.yaml").read_text("utf-8"))


def altered(**fields: object) -> bytes:
    return yaml.safe_dump({**CHINA, **fields}, allow_unicode=True).encode()


def year(**fields: object) -> list[dict[str, object]]:
    return [*CHINA["years"][:-1], {**CHINA["years"][-1], **fields}]


@pytest.mark.parametrize("name", names())
def test_calendar__every_file__is_valid_and_named_as_its_file(name: str) -> None:
    found = calendar(name)

    assert found.name == name
    assert set(found.titles) == {"en", "zh"}


@pytest.mark.parametrize(
    ("day", "works"),
    [
        (date(2026, 1, 2), False),  # a Friday between New Year and its weekend
        (date(2026, 1, 4), True),  # a Sunday worked in exchange
        (date(2026, 2, 14), True),
        (date(2026, 2, 23), False),  # the last day of the festival, a Monday
        (date(2026, 2, 24), True),
        (date(2026, 6, 19), False),
        (date(2025, 10, 8), False),
        (date(2024, 10, 12), True),
        (date(2023, 1, 2), False),
        (date(2026, 11, 21), False),
    ],
)
def test_calendar__china__works_as_announced(day: date, works: bool) -> None:
    assert is_working_day(day, calendar("china").days) is works


def test_calendar__china__as_many_working_days_in_a_year_as_announcements_give() -> None:
    days = calendar("china").days
    worked = [date.fromordinal(n) for n in range(date(2025, 1, 1).toordinal(), date(2026, 1, 1).toordinal())]

    assert sum(is_working_day(day, days) for day in worked) == 248


def test_calendar__before_the_spring_festival__three_days_end_after_it() -> None:
    assert add_working_days(date(2026, 2, 13), 3, calendar("china").days) == date(2026, 2, 25)


def test_calendar__weekdays__knows_no_holidays() -> None:
    assert add_working_days(date(2026, 10, 1), 5, calendar("weekdays").days) == date(2026, 10, 8)


@pytest.mark.parametrize("name", ["atlantis", "../china", "", "China"])
def test_calendar__unknown_name__says_which_there_are(name: str) -> None:
    with pytest.raises(CalendarInvalid, match="china, weekdays"):
        calendar(name)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (altered(years=year(worked_weekends=[date(2026, 1, 5)])), "2026-01-05 is worked in exchange and no weekend"),
        (altered(years=year(worked_weekends=[date(2026, 1, 3)])), "both off and worked"),
        (altered(years=year(worked_weekends=[date(2026, 1, 4)] * 2)), "listed twice"),
        (altered(years=year(worked_weekends=[date(2025, 1, 4)])), "is no day of 2026"),
        (altered(years=CHINA["years"][:-1]), "list every year that is known"),
        (altered(utc_offset="8"), "is no offset"),
        (altered(not_published=[2026, 2027]), "2026 is said to be known and not to be published"),
        (altered(extra=1), "extra"),
        (b"{", "cannot be read"),
        (
            altered(
                years=year(
                    holidays=[{"name": {"en": "A", "zh": "B"}, "first": date(2026, 3, 2), "last": date(2026, 3, 1)}]
                )
            ),
            "lasts from 2026-03-02 to 2026-03-01",
        ),
    ],
)
def test_read_calendar__what_cannot_be__is_refused_by_its_place(content: bytes, words: str) -> None:
    with pytest.raises(CalendarInvalid, match=words):
        read_calendar(content)


def test_read_calendar__other_words__have_another_digest() -> None:
    assert read_calendar(altered()).digest != read_calendar(altered(version="2026.2")).digest
