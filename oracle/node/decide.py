"""Whether a node may sign a report. Pure: the report, the chain, and what the node knows itself; no key in sight."""

from collections.abc import Mapping

from domain.errors import EventTextInvalid
from domain.flight import FlightKey
from domain.policy import Outcome, event_id
from domain.reports import Assessment, EventReport, Measurement, RiskReport
from oracle.node.assess import Price, flight_of, insurable_flight, sum_insured_cap
from oracle.node.chain import ChainView
from oracle.node.refusals import Refusal
from oracle.node.report_head import check_head, check_subjects
from oracle.sources.flight_status import REPORTABLE, FlightOutcome, FlightStatus

SHARE_TOLERANCE_PER_MILLE = 5
"""Expected payouts may differ by 0.5 % of this node's own: floating point is not the same on every machine."""

Texts = Mapping[int, str]


def check_risk_report(
    report: RiskReport, texts: Texts, *, chain_id: int, view: ChainView, signer: str, model_hash: bytes, price: Price
) -> None:
    """Refuse a risk report this node does not agree with.

    Args:
        report: To be signed.
        texts: Canonical text of each insured event, by event id.
        chain_id: Of the chain this node serves.
        view: The product on that chain.
        signer: This node's address.
        model_hash: Of this node's model.
        price: This node's own pricing; asked as of the report's own time.
    Raises:
        Refusal
    """
    check_head(report, chain_id, view, signer)
    if report.model_hash != model_hash:
        detail = f"model_hash is 0x{report.model_hash.hex()}, this node runs 0x{model_hash.hex()}"
        raise Refusal("model_hash_differs", f"{detail}: use the same model file everywhere")
    check_subjects("application_id", [a.application_id for a in report.assessments])
    flights = {a.event_id: _flight(a.event_id, texts) for a in report.assessments}
    own = price(list(flights.values()), view.terms, report.observed_at)
    for assessment in report.assessments:
        flight = flights[assessment.event_id]
        insurable_flight(flight.text(), view.terms, report.observed_at)
        expected = own[flight]
        if isinstance(expected, Refusal):
            raise expected
        _check_assessment(assessment, flight, expected, view)


def check_event_report(
    report: EventReport,
    texts: Texts,
    observed: Mapping[int, FlightStatus],
    *,
    chain_id: int,
    view: ChainView,
    signer: str,
    source_hash: bytes,
) -> None:
    """Refuse an event report this node does not agree with.

    Args:
        report: To be signed.
        texts: Canonical text of each insured event, by event id.
        observed: What this node saw of each event as of the report's own time, by event id.
        chain_id, view, signer: As for risk reports; the view holds the report's events.
        source_hash: Of this node's source.
    Raises:
        Refusal
    """
    check_head(report, chain_id, view, signer)
    if report.source_hash != source_hash:
        detail = f"source_hash is 0x{report.source_hash.hex()}, this node reads 0x{source_hash.hex()}"
        raise Refusal("source_hash_differs", f"{detail}: use the same source everywhere")
    check_subjects("event_id", [m.event_id for m in report.measurements])
    for measurement in report.measurements:
        flight = _flight(measurement.event_id, texts)
        _check_event_open(measurement, flight, view)
        _check_measurement(measurement, flight, observed[measurement.event_id])


def flights_of(report: EventReport, texts: Texts) -> dict[int, FlightKey]:
    """The flights a report speaks of, by event id.

    Raises:
        Refusal: A text is missing, malformed, or not the event's.
    """
    return {m.event_id: _flight(m.event_id, texts) for m in report.measurements}


def _flight(subject: int, texts: Texts) -> FlightKey:
    text = texts.get(subject)
    if text is None:
        raise Refusal("event_text_missing", f"insured_events has no 0x{subject:064x}: add its canonical text")
    flight = flight_of(text)
    try:
        hashed = event_id(text)
    except EventTextInvalid as error:  # longer than an event's text may be
        raise Refusal("event_text_invalid", str(error)) from error
    if hashed != subject:
        raise Refusal("event_text_mismatch", f"{text} hashes to 0x{hashed:064x}, not 0x{subject:064x}: pair them right")
    return flight


def _check_assessment(assessment: Assessment, flight: FlightKey, expected: int, view: ChainView) -> None:
    subject = f"of application 0x{assessment.application_id:064x}"
    if assessment.occurs_at != flight.occurs_at:
        detail = f"occurs_at {subject} is {assessment.occurs_at}, the flight departs at {flight.occurs_at}"
        raise Refusal("occurs_at_differs", f"{detail}: use the scheduled departure")
    if abs(assessment.expected_share_ppb - expected) * 1_000 > expected * SHARE_TOLERANCE_PER_MILLE:
        detail = f"expected_share_ppb {subject} is {assessment.expected_share_ppb}, this node has {expected}"
        raise Refusal("expected_share_differs", f"{detail}: assess again")
    cap = sum_insured_cap(view.terms)
    if assessment.sum_insured_cap != cap:
        detail = f"sum_insured_cap {subject} is {assessment.sum_insured_cap}, this node has {cap}"
        raise Refusal("sum_insured_cap_differs", f"{detail}: assess again")


def _check_event_open(measurement: Measurement, flight: FlightKey, view: ChainView) -> None:
    event = view.events[measurement.event_id]
    if event.policies == 0:
        raise Refusal("event_unknown", f"nothing is insured on {flight.text()}: leave it out")
    if event.outcome is not Outcome.OPEN:
        raise Refusal("event_closed", f"{flight.text()} is {event.outcome.name}, which is final: leave it out")
    if event.occurs_at != flight.occurs_at:
        detail = f"{flight.text()} stands on chain for {event.occurs_at}, and departs at {flight.occurs_at}"
        raise Refusal("occurs_at_differs", f"{detail}: this event cannot be reported by this node")


def _check_measurement(measurement: Measurement, flight: FlightKey, status: FlightStatus) -> None:
    text = flight.text()
    if status.outcome is FlightOutcome.UNKNOWN:
        raise Refusal("flight_unknown", f"insured_event is {text}: this node's source knows no such flight")
    if status.outcome is FlightOutcome.NOT_DUE:
        detail = f"{text} had not ended, as far as could be seen at {status.observed_at}"
        raise Refusal("observation_not_due", f"{detail}: report it later")
    seen = REPORTABLE[status.outcome]
    if (measurement.outcome, measurement.value) != (seen, status.value):
        said = f"{measurement.outcome.name} {measurement.value}"
        detail = f"{text} is reported as {said}, this node saw {seen.name} {status.value}"
        raise Refusal("observation_differs", f"{detail}: observe again")
