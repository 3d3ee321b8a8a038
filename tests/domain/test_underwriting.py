"""Rule S9: what can be sold."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.errors import QuoteRefused
from domain.hashing import ZERO_ADDRESS
from domain.money import Ppb, TokenUnits
from domain.policy import Outcome, event_id
from domain.premium import premium_due
from domain.reports import Assessment, Quote
from domain.settlement import InsuredEvent
from domain.underwriting import check_quote, check_sale, check_sum_insured, sale_window
from tests.domain.samples import HOLDER, QUORUM, TREASURY, flight_delay

TERMS = flight_delay().terms(treasury=TREASURY, quorum=QUORUM)
TEXT = "flight/UA/1545/EWR/IAH/2013-09-12T13:00Z"
DEPARTURE = 1_378_990_800
NOW = DEPARTURE - 7_200
ASSESSMENT = Assessment(
    application_id=7 << 8,
    event_id=event_id(TEXT),
    occurs_at=DEPARTURE,
    expected_share_ppb=Ppb(45_000_000),
    sum_insured_cap=TokenUnits(800_000_000),
    commitment=bytes(32),
)
QUOTE = Quote(
    application_id=7 << 8,
    holder=HOLDER,
    underwriter="0x" + "55" * 20,
    insured_event=TEXT,
    occurs_at=DEPARTURE,
    sum_insured=TokenUnits(500_000_000),
    premium=TokenUnits(28_125_000),
    valid_until=NOW + 600,
)


def priced(sum_insured: int, expected_share: int = 45_000_000) -> tuple[Assessment, Quote]:
    """Assessment and quote for another sum or risk, with the premium that follows."""
    due = premium_due(TokenUnits(sum_insured), Ppb(expected_share), TERMS.loading_bps, TERMS.min_premium)
    return (
        replace(ASSESSMENT, expected_share_ppb=Ppb(expected_share)),
        replace(QUOTE, sum_insured=TokenUnits(sum_insured), premium=due),
    )


def test_check_quote__as_the_contract_wants_it__is_accepted() -> None:
    check_quote(TERMS, ASSESSMENT, QUOTE, InsuredEvent(), now=NOW)
    check_quote(TERMS, *priced(800_000_000), InsuredEvent(), now=NOW)
    check_quote(TERMS, *priced(100_000_000), InsuredEvent(policies=3, occurs_at=DEPARTURE), now=QUOTE.valid_until)


@pytest.mark.parametrize(
    ("changed", "code", "field"),
    [
        ({"insured_event": ""}, "InsuredEventTextInvalid", "insured_event"),
        ({"insured_event": "x" * 129}, "InsuredEventTextInvalid", "insured_event"),
        ({"application_id": 1}, "ApplicationMismatch", "application_id"),
        ({"insured_event": TEXT.replace("IAH", "MIA")}, "EventMismatch", "event_id"),
        ({"occurs_at": DEPARTURE + 60}, "OccursAtMismatch", "occurs_at"),
        ({"holder": ZERO_ADDRESS}, "HolderInvalid", "holder"),
        ({"holder": TERMS.treasury}, "HolderInvalid", "holder"),
        ({"valid_until": NOW - 1}, "QuoteExpired", "valid_until"),
        ({"sum_insured": 99_999_999}, "SumInsuredOutOfRange", "sum_insured"),
        ({"sum_insured": 800_000_001}, "SumInsuredOutOfRange", "sum_insured"),
        ({"premium": 28_124_999}, "PremiumNotAsPriced", "premium"),
        ({"premium": 28_125_001}, "PremiumNotAsPriced", "premium"),
    ],
)
def test_check_quote__quote_the_contract_refuses__is_refused_by_the_same_name(
    changed: dict[str, Any], code: str, field: str
) -> None:
    with pytest.raises(QuoteRefused) as refused:
        check_quote(TERMS, ASSESSMENT, replace(QUOTE, **changed), InsuredEvent(), now=NOW)

    assert (refused.value.code, refused.value.field) == (code, field)
    assert refused.value.remedy


@pytest.mark.parametrize(
    ("event", "code"),
    [
        (InsuredEvent(policies=1, occurs_at=DEPARTURE, outcome=Outcome.CANCELLED), "EventAlreadyClosed"),
        (InsuredEvent(policies=1, occurs_at=DEPARTURE - 60), "OccursAtMismatch"),
        (
            InsuredEvent(policies=1, occurs_at=DEPARTURE, exposure=TokenUnits(1_999_500_000_001)),
            "EventExposureTooLarge",
        ),
    ],
)
def test_check_quote__event_that_takes_no_more__is_refused(event: InsuredEvent, code: str) -> None:
    with pytest.raises(QuoteRefused) as refused:
        check_quote(TERMS, ASSESSMENT, QUOTE, event, now=NOW)

    assert refused.value.code == code


def test_check_quote__last_unit_of_the_events_exposure__is_sold() -> None:
    event = InsuredEvent(policies=1, occurs_at=DEPARTURE, exposure=TokenUnits(1_999_500_000_000))

    check_quote(TERMS, ASSESSMENT, QUOTE, event, now=NOW)


@pytest.mark.parametrize(
    ("expected_share", "sold"), [(799_999_998, True), (799_999_999, False), (800_000_000, False), (10**9, False)]
)
def test_check_quote__premium_reaching_the_sum_insured__is_not_sold(expected_share: int, sold: bool) -> None:
    # With a loading of 25 % the premium is the sum insured at 0.8; 1 ppb less still rounds up to it.
    assessment, quote = priced(500_000_000, expected_share)

    if sold:
        check_quote(TERMS, assessment, quote, InsuredEvent(), now=NOW)
        return

    with pytest.raises(QuoteRefused) as refused:
        check_quote(TERMS, assessment, quote, InsuredEvent(), now=NOW)
    assert refused.value.code == "PremiumTooHigh"


@pytest.mark.parametrize(
    ("before_departure", "open_"),
    [(259_201, False), (259_200, True), (7_200, True), (3_600, True), (3_599, False), (0, False), (-60, False)],
)
def test_check_sale__around_the_lead_times__is_open_or_closed(before_departure: int, open_: bool) -> None:
    now = DEPARTURE - before_departure

    if open_:
        check_sale(TERMS, DEPARTURE, now=now)
        return

    with pytest.raises(QuoteRefused) as refused:
        check_sale(TERMS, DEPARTURE, now=now)
    assert refused.value.code == "SaleClosed"


@pytest.mark.parametrize(
    ("occurs_at", "inside"),
    [
        (TERMS.period_start - 1, False),
        (TERMS.period_start, True),
        (TERMS.period_end, True),
        (TERMS.period_end + 1, False),
    ],
)
def test_check_sale__around_the_period__is_inside_or_refused(occurs_at: int, inside: bool) -> None:
    now = occurs_at - 7_200

    if inside:
        check_sale(TERMS, occurs_at, now=now)
        return

    with pytest.raises(QuoteRefused) as refused:
        check_sale(TERMS, occurs_at, now=now)
    assert refused.value.code == "EventOutsidePeriod"


def test_sale_window__early_events__start_at_zero() -> None:
    assert sale_window(TERMS, DEPARTURE) == (DEPARTURE - 259_200, DEPARTURE - 3_600)
    assert sale_window(TERMS, 10) == (0, 0)


@given(st.integers(0, 2_000_000_000), st.none() | st.integers(0, 2_000_000_000))
def test_check_sum_insured__any_sum__is_within_terms_and_cap(sum_insured: int, cap: int | None) -> None:
    most = min(TERMS.max_sum_insured, TERMS.max_sum_insured if cap is None else cap)
    limit = None if cap is None else TokenUnits(cap)

    if TERMS.min_sum_insured <= sum_insured <= most:
        check_sum_insured(TERMS, TokenUnits(sum_insured), cap=limit)
        return

    with pytest.raises(QuoteRefused, match="sum_insured is "):
        check_sum_insured(TERMS, TokenUnits(sum_insured), cap=limit)
