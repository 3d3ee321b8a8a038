"""What a node thinks of applications. Pure: everything it needs is an argument."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from domain.errors import EventTextInvalid, QuoteRefused
from domain.flight import FlightKey, parse_flight_key
from domain.money import Ppb, TokenUnits
from domain.parametric_terms import ParametricTerms
from domain.reports import Assessment
from domain.underwriting import check_sale, check_sum_insured
from oracle.node.refusals import Refusal

Prices = Mapping[FlightKey, Ppb | Refusal]
Price = Callable[[Sequence[FlightKey], ParametricTerms, int], Prices]

_QUOTE_CODES = {
    "EventOutsidePeriod": "event_outside_period",
    "SaleClosed": "sale_closed",
    "SumInsuredOutOfRange": "sum_insured_out_of_range",
}


@dataclass(frozen=True, slots=True)
class Application:
    """Somebody wants to insure an event. `sum_insured` in token units; `commitment` 32 bytes."""

    application_id: int
    insured_event: str
    sum_insured: TokenUnits
    commitment: bytes


def assess(
    applications: Sequence[Application], terms: ParametricTerms, now: int, price: Price
) -> tuple[list[Assessment], list[tuple[int, Refusal]]]:
    """Assess a batch: what can be insured with its price, what cannot with the reason.

    Args:
        applications: In any order; assessments keep it.
        terms: Of the product.
        now: Chain time, unix seconds.
        price: Expected payout of flights under terms at a time.
    """
    accepted: list[tuple[Application, FlightKey]] = []
    refused: list[tuple[int, Refusal]] = []
    for application in applications:
        try:
            flight = insurable_flight(application.insured_event, terms, now)
            _check_sum(terms, application.sum_insured)
            accepted.append((application, flight))
        except Refusal as refusal:
            refused.append((application.application_id, refusal))
    prices = price([flight for _, flight in accepted], terms, now)
    assessments: list[Assessment] = []
    for application, flight in accepted:
        expected = prices[flight]
        if isinstance(expected, Refusal):
            refused.append((application.application_id, expected))
            continue
        assessments.append(
            Assessment(
                application_id=application.application_id,
                event_id=flight.event_id(),
                occurs_at=flight.occurs_at,
                expected_share_ppb=expected,
                sum_insured_cap=sum_insured_cap(terms),
                commitment=application.commitment,
            )
        )
    return assessments, refused


def insurable_flight(insured_event: str, terms: ParametricTerms, now: int) -> FlightKey:
    """The flight a text names, if the terms allow selling it at `now`.

    Raises:
        Refusal: `event_text_invalid`, `event_outside_period`, `sale_closed`.
    """
    flight = flight_of(insured_event)
    try:
        check_sale(terms, flight.occurs_at, now=now)
    except QuoteRefused as error:
        raise Refusal(_QUOTE_CODES[error.code], str(error)) from error
    return flight


def flight_of(insured_event: str) -> FlightKey:
    """The flight a text names.

    Raises:
        Refusal: `event_text_invalid`.
    """
    try:
        return parse_flight_key(insured_event)
    except EventTextInvalid as error:
        raise Refusal("event_text_invalid", str(error)) from error


def sum_insured_cap(terms: ParametricTerms) -> TokenUnits:
    """Most this node lets a flight be insured for: what the terms allow."""
    return terms.max_sum_insured


def _check_sum(terms: ParametricTerms, sum_insured: TokenUnits) -> None:
    try:
        check_sum_insured(terms, sum_insured)
    except QuoteRefused as error:
        raise Refusal(_QUOTE_CODES[error.code], str(error)) from error
