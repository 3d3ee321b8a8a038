"""Rules S4, S5 and S10: what is owed, and the states of an insured event."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.curve import indemnity
from domain.errors import (
    AmountInvalid,
    Conflict,
    DomainError,
    EventAlreadyClosed,
    EventNotDue,
    EventStillOpen,
    IdentifierInvalid,
    ReportWindowOpen,
)
from domain.money import Bps, TokenUnits
from domain.policy import Outcome
from domain.reports import Measurement
from domain.settlement import InsuredEvent, Policy, amount_owed, share_owed
from tests.domain.samples import HOLDER, QUORUM, TREASURY, amounts, flight_delay, shares

TERMS = flight_delay().terms(treasury=TREASURY, quorum=QUORUM)
DEPARTURE = 1_378_990_800
policies = st.builds(
    Policy,
    holder=st.just(HOLDER),
    sum_insured=st.integers(100_000_000, 1_000_000_000).map(TokenUnits),
    premium=st.integers(1_000_000, 99_999_999).map(TokenUnits),
    bound_at=st.just(DEPARTURE - 7_200),
)
reportable = st.one_of(
    st.integers(-90, 1_300).map(lambda delay: Measurement(1, Outcome.MEASURED, delay)),
    st.sampled_from([Measurement(1, Outcome.CANCELLED, 0), Measurement(1, Outcome.DIVERTED, 0)]),
)


def insured(held: list[Policy]) -> InsuredEvent:
    """An event with these policies bound on it."""
    event = InsuredEvent()
    for policy in held:
        event = event.bind(policy, DEPARTURE, TERMS)
    return event


def one_policy(sum_insured: int = 500_000_000, premium: int = 28_125_000) -> Policy:
    """A policy of plain numbers."""
    return Policy(HOLDER, TokenUnits(sum_insured), TokenUnits(premium), DEPARTURE - 7_200)


# --- what is owed


@given(st.integers(-90, 1_300))
def test_share_owed__measured__is_the_curves(delay: int) -> None:
    assert share_owed(TERMS, Outcome.MEASURED, delay) == TERMS.curve.share_bps(delay)


@pytest.mark.parametrize(
    ("outcome", "share"), [(Outcome.CANCELLED, 4_000), (Outcome.DIVERTED, 3_000), (Outcome.NOT_REPORTED, 0)]
)
def test_share_owed__not_measured__is_that_of_the_terms(outcome: Outcome, share: int) -> None:
    terms = replace(TERMS, cancelled_share_bps=Bps(4_000), diverted_share_bps=Bps(3_000))

    assert share_owed(terms, outcome, 0) == share


@pytest.mark.parametrize("outcome", [Outcome.CANCELLED, Outcome.DIVERTED, Outcome.NOT_REPORTED])
def test_share_owed__value_without_measurement__is_refused(outcome: Outcome) -> None:
    with pytest.raises(AmountInvalid, match="value is 5"):
        share_owed(TERMS, outcome, 5)


def test_share_owed__open__is_refused() -> None:
    with pytest.raises(EventStillOpen):
        share_owed(TERMS, Outcome.OPEN, 0)


@given(amounts, amounts, shares)
def test_amount_owed__not_reported__is_the_premium_whatever_the_share(
    sum_insured: TokenUnits, premium: TokenUnits, share: Bps
) -> None:
    assert amount_owed(sum_insured, premium, Outcome.NOT_REPORTED, share) == premium


@given(amounts, amounts, shares, st.sampled_from([Outcome.MEASURED, Outcome.CANCELLED, Outcome.DIVERTED]))
def test_amount_owed__reported__is_the_indemnity_and_at_most_the_sum_insured(
    sum_insured: TokenUnits, premium: TokenUnits, share: Bps, outcome: Outcome
) -> None:
    assert amount_owed(sum_insured, premium, outcome, share) == indemnity(sum_insured, share) <= sum_insured


def test_amount_owed__open__is_refused() -> None:
    with pytest.raises(EventStillOpen):
        amount_owed(TokenUnits(1), TokenUnits(1), Outcome.OPEN, Bps(0))


# --- bind


@given(st.lists(policies, min_size=1, max_size=20))
def test_bind__policies_in_turn__are_counted_and_their_exposure_summed(held: list[Policy]) -> None:
    event = insured(held)

    assert (event.policies, event.settled, event.occurs_at) == (len(held), 0, DEPARTURE)
    assert event.exposure == sum(policy.sum_insured for policy in held)


def test_bind__exactly_the_most_exposure__is_the_last_that_fits() -> None:
    terms = replace(TERMS, max_event_exposure=TokenUnits(1_000_000_000))
    full = InsuredEvent().bind(one_policy(), DEPARTURE, terms).bind(one_policy(), DEPARTURE, terms)

    with pytest.raises(AmountInvalid, match="event exposure is 1000000001"):
        full.bind(one_policy(sum_insured=1), DEPARTURE, terms)


def test_bind__other_time__is_refused() -> None:
    with pytest.raises(Conflict, match=f"occurs_at is {DEPARTURE + 60}: differs from {DEPARTURE}"):
        insured([one_policy()]).bind(one_policy(), DEPARTURE + 60, TERMS)


def test_bind__closed_event__is_refused() -> None:
    closed = insured([one_policy()]).close(TERMS, Measurement(1, Outcome.CANCELLED, 0), DEPARTURE)

    with pytest.raises(EventAlreadyClosed):
        closed.bind(one_policy(), DEPARTURE, TERMS)


# --- close


@given(reportable)
def test_close__reported__keeps_outcome_value_and_share(measurement: Measurement) -> None:
    closed = insured([one_policy()]).close(TERMS, measurement, DEPARTURE)

    assert (closed.outcome, closed.value) == (measurement.outcome, measurement.value)
    assert closed.share_bps == share_owed(TERMS, measurement.outcome, measurement.value)
    assert (closed.policies, closed.settled, closed.exposure) == (1, 0, 500_000_000)


@pytest.mark.parametrize(
    ("measurement", "observed_at", "error"),
    [
        (Measurement(1, Outcome.MEASURED, 61), DEPARTURE - 1, EventNotDue),
        (Measurement(1, Outcome.OPEN, 0), DEPARTURE, AmountInvalid),
        (Measurement(1, Outcome.NOT_REPORTED, 0), DEPARTURE, AmountInvalid),
        (Measurement(1, Outcome.CANCELLED, 1), DEPARTURE, AmountInvalid),
        (Measurement(1, Outcome.DIVERTED, -1), DEPARTURE, AmountInvalid),
        (Measurement(1, Outcome.MEASURED, 2**31), DEPARTURE, AmountInvalid),
    ],
)
def test_close__report_that_cannot_be__is_refused(
    measurement: Measurement, observed_at: int, error: type[DomainError]
) -> None:
    with pytest.raises(error):
        insured([one_policy()]).close(TERMS, measurement, observed_at)


@given(reportable, reportable)
def test_close__second_report__is_refused(first: Measurement, second: Measurement) -> None:
    closed = insured([one_policy()]).close(TERMS, first, DEPARTURE)

    with pytest.raises(EventAlreadyClosed, match=first.outcome.name):
        closed.close(TERMS, second, DEPARTURE)
    with pytest.raises(EventAlreadyClosed):
        closed.close_unreported(TERMS, DEPARTURE + 10**9)


def test_close__nothing_insured__is_refused() -> None:
    with pytest.raises(IdentifierInvalid, match="has no policies"):
        InsuredEvent().close(TERMS, Measurement(1, Outcome.CANCELLED, 0), DEPARTURE)
    with pytest.raises(IdentifierInvalid, match="has no policies"):
        InsuredEvent().close_unreported(TERMS, DEPARTURE + 10**9)


def test_close_unreported__last_second_of_the_window__still_belongs_to_the_quorum() -> None:
    event = insured([one_policy()])
    closes_at = DEPARTURE + TERMS.report_window_seconds

    with pytest.raises(ReportWindowOpen, match=str(closes_at)):
        event.close_unreported(TERMS, closes_at)
    assert event.close_unreported(TERMS, closes_at + 1).outcome is Outcome.NOT_REPORTED
    assert event.close(TERMS, Measurement(1, Outcome.MEASURED, 5), closes_at + 10**6).outcome is Outcome.MEASURED


# --- settle


@given(st.lists(policies, min_size=1, max_size=12), reportable, st.lists(st.integers(0, 5), max_size=30))
def test_settle__in_any_batches__pays_each_policy_once_and_frees_all_exposure(
    held: list[Policy], measurement: Measurement, rooms: list[int]
) -> None:
    event = insured(held).close(TERMS, measurement, DEPARTURE)
    paid: list[TokenUnits] = []

    for room in [*rooms, len(held)]:
        step = event.settle(held, room)
        assert step.first == event.settled <= step.end == step.event.settled
        assert len(step.amounts) <= room
        assert step.paid <= step.exposure == event.exposure - step.event.exposure
        paid.extend(step.amounts)
        event = step.event

    owed = [indemnity(policy.sum_insured, event.share_bps) for policy in held] if event.share_bps else []
    assert paid == owed
    assert (event.settled, event.exposure) == (len(held), 0)


@given(st.lists(policies, min_size=1, max_size=12))
def test_settle__not_reported__returns_every_premium_exactly(held: list[Policy]) -> None:
    closed = insured(held).close_unreported(TERMS, DEPARTURE + TERMS.report_window_seconds + 1)

    step = closed.settle(held, len(held))

    assert list(step.amounts) == [policy.premium for policy in held]
    assert step.event.exposure == 0


def test_settle__nothing_owed__is_done_at_once_without_room() -> None:
    held = [one_policy(), one_policy()]
    closed = insured(held).close(TERMS, Measurement(1, Outcome.MEASURED, 59), DEPARTURE)

    step = closed.settle(held, 0)

    assert (step.first, step.end, step.exposure, step.amounts) == (0, 2, 1_000_000_000, ())
    assert step.event.settled == 2


def test_settle__open_event__is_refused() -> None:
    with pytest.raises(EventStillOpen):
        insured([one_policy()]).settle([one_policy()], 1)


def test_settle__not_all_policies_given__is_refused() -> None:
    closed = insured([one_policy(), one_policy()]).close(TERMS, Measurement(1, Outcome.CANCELLED, 0), DEPARTURE)

    with pytest.raises(IdentifierInvalid, match="policies is 1: are not the event's 2"):
        closed.settle([one_policy()], 1)
