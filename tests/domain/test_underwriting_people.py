"""Manual R16: who may decide, review and sit on the committee."""

from collections.abc import Callable
from datetime import UTC, date, datetime

import pytest

from domain.errors import AmountInvalid, IdentifierInvalid, PersonRefused
from domain.underwriting_people import Machine, Office, Person, check_instant, junior, office_holder, senior


def noon(year: int, month: int, day: int) -> int:
    return int(datetime(year, month, day, 12, tzinfo=UTC).timestamp())


@pytest.mark.parametrize(
    ("licensed", "last_day_too_early", "first_day"),
    [
        (date(2025, 1, 5), (2026, 1, 4), (2026, 1, 5)),
        (date(2024, 2, 29), (2025, 2, 28), (2025, 3, 1)),
        (date(2025, 3, 1), (2026, 2, 28), (2026, 3, 1)),
    ],
)
def test_junior__year_since_the_licence__may_from_the_anniversary(
    licensed: date, last_day_too_early: tuple[int, int, int], first_day: tuple[int, int, int]
) -> None:
    somebody = Person("li", licensed)

    assert junior(somebody, noon(*first_day)) == somebody
    with pytest.raises(PersonRefused) as refused:
        junior(somebody, noon(*last_day_too_early))
    assert (refused.value.code, refused.value.value) == ("NotLicensedLongEnough", "li")


def test_junior__never_licensed__is_refused() -> None:
    with pytest.raises(PersonRefused, match="has not been licensed for 1 year"):
        junior(Person("li"), noon(2026, 1, 1))


@pytest.mark.parametrize(
    ("licensed", "exam", "code"),
    [
        (date(2023, 1, 2), date(2024, 1, 1), "NotLicensedLongEnough"),
        (date(2023, 1, 1), None, "ExamMissing"),
        (date(2023, 1, 1), date(2026, 1, 2), "ExamMissing"),
        (date(2023, 1, 1), date(2026, 1, 1), None),
    ],
)
def test_senior__three_years_and_the_exam__are_both_needed(licensed: date, exam: date | None, code: str | None) -> None:
    somebody = Person("li", licensed, exam)

    if code is None:
        assert senior(somebody, noon(2026, 1, 1)) == somebody
        return
    with pytest.raises(PersonRefused) as refused:
        senior(somebody, noon(2026, 1, 1))
    assert refused.value.code == code


def test_office_holder__other_office__is_refused_by_name() -> None:
    somebody = Person("li", offices=frozenset({Office.LEGAL_MANAGER}))

    assert office_holder(somebody, frozenset(Office)) == somebody
    with pytest.raises(PersonRefused, match="general-manager") as refused:
        office_holder(somebody, {Office.GENERAL_MANAGER})
    assert refused.value.code == "OfficeNotHeld"


def test_any_qualification__machine__has_none() -> None:
    engine = Machine("engine")
    asked: tuple[Callable[[], Person], ...] = (
        lambda: junior(engine, 0),
        lambda: senior(engine, 0),
        lambda: office_holder(engine, frozenset(Office)),
    )
    for qualified in asked:
        with pytest.raises(PersonRefused) as refused:
            qualified()
        assert (refused.value.code, refused.value.value) == ("MachineMayNot", "engine")


@pytest.mark.parametrize("made", [Person, Machine])
@pytest.mark.parametrize("name", ["", "  ", "x" * 101])
def test_actor__no_name__is_refused(made: type[Person] | type[Machine], name: str) -> None:
    with pytest.raises(IdentifierInvalid):
        made(name)


@pytest.mark.parametrize("at", [-1, 253_402_300_800, True])
def test_check_instant__no_time__is_refused(at: int) -> None:
    with pytest.raises(AmountInvalid) as refused:
        check_instant(at)

    assert refused.value.field == "at"
