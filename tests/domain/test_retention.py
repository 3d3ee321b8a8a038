"""How long records are kept, on the days that decide."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.errors import AmountInvalid
from domain.retention import Contract, Duty, RecordKind, Window, duty, duty_of_shared, file_years, window, years_after

ENDED = date(2026, 6, 30)
THIRD_PARTY = RecordKind.THIRD_PARTY_DATA
FILE = [kind for kind in RecordKind if kind is not THIRD_PARTY]
DAYS = st.dates(date(2000, 1, 1), date(2200, 12, 31))


@pytest.mark.parametrize("kind", FILE)
@pytest.mark.parametrize(
    ("term", "today", "expected"),
    [
        (1, date(2031, 6, 29), Duty.KEEP),
        (1, date(2031, 6, 30), Duty.MAY_PURGE),
        (20, date(2031, 6, 30), Duty.KEEP),
        (20, date(2036, 6, 29), Duty.KEEP),
        (20, date(2036, 6, 30), Duty.MAY_PURGE),
    ],
)
def test_duty__file__is_kept_5_years_and_10_after_a_long_term(
    kind: RecordKind, term: int, today: date, expected: Duty
) -> None:
    assert duty(kind, Contract(ENDED, term), today) is expected


@pytest.mark.parametrize("term", [1, 20])
@pytest.mark.parametrize(
    ("today", "expected"),
    [
        (date(2026, 6, 29), Duty.KEEP),
        (date(2026, 6, 30), Duty.MAY_PURGE),
        (date(2027, 6, 29), Duty.MAY_PURGE),
        (date(2027, 6, 30), Duty.MUST_PURGE),
        (date(2040, 1, 1), Duty.MUST_PURGE),
    ],
)
def test_duty__third_party_data__is_gone_a_year_after_the_end(term: int, today: date, expected: Duty) -> None:
    assert duty(THIRD_PARTY, Contract(ENDED, term), today) is expected


@pytest.mark.parametrize("kind", RecordKind)
def test_duty__contract_still_running__keeps_everything(kind: RecordKind) -> None:
    assert window(kind, Contract(None, 20)) == Window(None, None)
    assert duty(kind, Contract(None, 20), date(2199, 1, 1)) is Duty.KEEP


@given(kind=st.sampled_from(RecordKind), ended=DAYS, later=st.integers(0, 20_000), term=st.integers(1, 80))
def test_duty__held__keeps_everything(kind: RecordKind, ended: date, later: int, term: int) -> None:
    assert duty(kind, Contract(ended, term), ended + timedelta(later), held=True) is Duty.KEEP


@given(kind=st.sampled_from(FILE), ended=DAYS, term=st.integers(1, 80), days=st.integers(0, 20_000))
def test_duty__file__is_never_purged_within_its_years(kind: RecordKind, ended: date, term: int, days: int) -> None:
    found = duty(kind, Contract(ended, term), ended + timedelta(days))

    assert found is not Duty.MUST_PURGE
    if days < 365 * (10 if term > 1 else 5):
        assert found is Duty.KEEP


@given(kind=st.sampled_from(RecordKind), ended=DAYS, term=st.integers(1, 80), days=st.integers(-5_000, 20_000))
def test_duty__a_day_later__never_turns_back(kind: RecordKind, ended: date, term: int, days: int) -> None:
    order = list(Duty)
    today = ended + timedelta(days)

    now, next_day = (duty(kind, Contract(ended, term), day) for day in (today, today + timedelta(1)))

    assert order.index(now) <= order.index(next_day)


@pytest.mark.parametrize(("term", "years"), [(1, 5), (2, 10), (80, 10)])
def test_file_years__more_than_one_year__is_a_long_term(term: int, years: int) -> None:
    assert file_years(term) == years


def test_duty_of_shared__two_contracts__the_one_that_still_needs_it_decides() -> None:
    old, running = Contract(date(2020, 1, 1)), Contract(None, 20)
    today = date(2026, 1, 1)

    assert duty_of_shared(THIRD_PARTY, [old], today) is Duty.MUST_PURGE
    assert duty_of_shared(THIRD_PARTY, [old, Contract(date(2025, 6, 1))], today) is Duty.MAY_PURGE
    assert duty_of_shared(THIRD_PARTY, [old, running], today) is Duty.KEEP


def test_duty_of_shared__no_contract__is_refused() -> None:
    with pytest.raises(AmountInvalid, match="contracts"):
        duty_of_shared(THIRD_PARTY, [], ENDED)


@pytest.mark.parametrize("term", [0, 81, True])
def test_contract__term_that_cannot_be__is_refused(term: int) -> None:
    with pytest.raises(AmountInvalid, match="term_years"):
        Contract(ENDED, term)


@pytest.mark.parametrize(("years", "expected"), [(1, date(2029, 3, 1)), (4, date(2032, 2, 29)), (5, date(2033, 3, 1))])
def test_years_after__leap_day__is_never_early(years: int, expected: date) -> None:
    assert years_after(date(2028, 2, 29), years) == expected


def test_years_after__beyond_the_calendar__is_refused() -> None:
    with pytest.raises(AmountInvalid, match="ended_on"):
        years_after(date(9_998, 1, 1), 5)
