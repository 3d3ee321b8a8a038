"""Nodes together: they agree to the byte, refuse what they did not see, and never say two things of one event."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from domain.money import Ppb, TokenUnits
from domain.policy import Outcome
from domain.reports import EventReport, RiskReport
from ledger.typed_data import event_report_digest, recover, risk_report_digest
from oracle.node.pricer import FlightPricer
from oracle.node.report_head import MAX_REPORT_AGE_SECONDS, MAX_VALIDITY_SECONDS
from oracle.sources.archive import ArchiveSource
from oracle.sources.errors import SourceRateLimited
from oracle.sources.flight_records import FlightRecords
from oracle.sources.flight_status import FlightOutcome, FlightStatus
from tests.oracle.samples import (
    EVENING,
    NIGHT,
    PRODUCT,
    SIGNERS,
    TERMS,
    Nodes,
    PretendedChain,
    application,
    event_report,
    insured,
    make_node,
    refused,
    risk_report,
)


def test_assess__two_nodes__byte_identical(nodes: Nodes, texts: list[str]) -> None:
    first, second, _ = nodes
    applications = [application(number, text) for number, text in enumerate(texts)]

    ours, theirs = risk_report(first, applications)[0], risk_report(second, applications)[0]

    assert len(ours.assessments) == 50
    assert risk_report_digest(ours) == risk_report_digest(theirs)
    assert (
        recover(risk_report_digest(ours), second.sign_risk_report(ours, risk_report(first, applications)[1]))
        == (SIGNERS[1])
    )


def test_assess__asked_in_other_company__same_price(nodes: Nodes, texts: list[str]) -> None:
    node, _, _ = nodes

    alone = node.assess(PRODUCT, [application(3, texts[3])])[1]
    among = node.assess(PRODUCT, [application(n, text) for n, text in enumerate(reversed(texts))])[1]

    (same,) = [each for each in among if each.event_id == alone[0].event_id]
    assert same.expected_share_ppb == alone[0].expected_share_ppb


def test_assess__mixed_batch__each_refused_for_its_own_reason(nodes: Nodes, texts: list[str]) -> None:
    node, _, _ = nodes
    batch = [
        application(0, texts[0]),
        application(1, "flight/ua/1545/EWR/IAH/2013-01-01T10:15Z"),
        application(2, texts[1].replace("2013-09-12", "2014-09-12")),
        application(3, "flight/UA/1545/EWR/IAH/2013-01-01T10:15Z"),
        application(4, texts[1], TERMS.max_sum_insured + 1),
        application(5, texts[1].replace("flight/", "flight/")[:-17] + "2013-09-12T23:58Z"),
    ]

    _, assessments, refusals = node.assess(PRODUCT, batch)

    assert [each.application_id for each in assessments] == [batch[0].application_id]
    assert assessments[0].sum_insured_cap == TERMS.max_sum_insured
    assert {number & 0xFF: refusal.code for number, refusal in refusals} == {
        1: "event_text_invalid",
        2: "event_outside_period",
        3: "sale_closed",
        4: "sum_insured_out_of_range",
        5: "flight_unknown",
    }


def test_assess__unknown_product__refused(nodes: Nodes, texts: list[str]) -> None:
    assert refused(lambda: nodes[0].assess(TERMS.treasury, [application(0, texts[0])])) == "product_unknown"


RISK_LIES: list[tuple[str, Callable[[RiskReport], RiskReport]]] = [
    ("report_for_other_chain", lambda r: replace(r, chain_id=1)),
    ("product_unknown", lambda r: replace(r, product=TERMS.treasury)),
    ("signer_epoch_invalid", lambda r: replace(r, signer_epoch=2)),
    ("report_from_future", lambda r: replace(r, observed_at=r.observed_at + 1)),
    ("report_too_old", lambda r: replace(r, observed_at=r.observed_at - MAX_REPORT_AGE_SECONDS - 1)),
    ("report_expired", lambda r: replace(r, valid_until=r.observed_at - 1)),
    ("validity_too_long", lambda r: replace(r, valid_until=r.observed_at + MAX_VALIDITY_SECONDS + 1)),
    ("model_hash_differs", lambda r: replace(r, model_hash=bytes(32))),
    ("subject_repeated", lambda r: replace(r, assessments=(r.assessments[0], *r.assessments))),
    ("body_malformed", lambda r: replace(r, assessments=())),
    ("event_text_missing", lambda r: with_first(r, event_id=5)),
    ("occurs_at_differs", lambda r: with_first(r, occurs_at=r.assessments[0].occurs_at + 60)),
    ("expected_share_differs", lambda r: with_first(r, expected_share_ppb=share(r, 1.006))),
    ("expected_share_differs", lambda r: with_first(r, expected_share_ppb=share(r, 0.994))),
    ("sum_insured_cap_differs", lambda r: with_first(r, sum_insured_cap=TokenUnits(1))),
]


def with_first(report: RiskReport, **changes: object) -> RiskReport:
    first, *rest = report.assessments
    return replace(report, assessments=(replace(first, **changes), *rest))  # type: ignore[arg-type]  # any field


def share(report: RiskReport, factor: float) -> Ppb:
    return Ppb(round(report.assessments[0].expected_share_ppb * factor))


@pytest.mark.parametrize(("code", "lie"), RISK_LIES)
def test_sign_risk_report__not_what_the_node_knows__refused_by_name(
    nodes: Nodes, texts: list[str], code: str, lie: Callable[[RiskReport], RiskReport]
) -> None:
    report, by_id = risk_report(nodes[0], [application(n, text) for n, text in enumerate(texts[:3])])

    assert refused(lambda: nodes[1].sign_risk_report(lie(report), by_id)) == code


def test_sign_risk_report__within_tolerance__signed(nodes: Nodes, texts: list[str]) -> None:
    report, by_id = risk_report(nodes[0], [application(0, texts[0])])
    near = with_first(report, expected_share_ppb=share(report, 1.004))

    assert recover(risk_report_digest(near), nodes[1].sign_risk_report(near, by_id)) == SIGNERS[1]


def test_sign_risk_report__another_flights_text__refused(nodes: Nodes, texts: list[str]) -> None:
    report, by_id = risk_report(nodes[0], [application(0, texts[0])])
    (event_id,) = by_id

    assert refused(lambda: nodes[1].sign_risk_report(report, {event_id: texts[1]})) == "event_text_mismatch"
    assert refused(lambda: nodes[1].sign_risk_report(report, {event_id: "no flight"})) == "event_text_invalid"


def test_sign_risk_report__node_not_in_the_set__refused(nodes: Nodes, texts: list[str]) -> None:
    report, by_id = risk_report(nodes[0], [application(0, texts[0])])
    nodes[2].signers = SIGNERS[2:]

    assert refused(lambda: nodes[1].sign_risk_report(report, by_id)) == "signer_not_in_set"


def test_sign_risk_report__hours_later__priced_as_of_the_report(nodes: Nodes, texts: list[str]) -> None:
    first, second, chain = nodes
    chain.now = EVENING - 8 * 3_600  # before the evening, so features depend on the time of asking
    report, by_id = risk_report(first, [application(0, texts[0])])
    chain.now += 5 * 3_600
    report = replace(report, valid_until=chain.now)

    assert second.sign_risk_report(report, by_id)


def test_sign_event_report__true__signed_by_both(nodes: Nodes, texts: list[str]) -> None:
    first, second, chain = nodes
    chain.now = NIGHT

    report, by_id = event_report(first, texts)

    assert len(report.measurements) == 50
    assert Outcome.CANCELLED in {each.outcome for each in report.measurements}
    digest = event_report_digest(report)
    assert recover(digest, first.sign_event_report(report, by_id)) == SIGNERS[0]
    assert recover(digest, second.sign_event_report(report, by_id)) == SIGNERS[1]


def with_measurement(report: EventReport, **changes: object) -> EventReport:
    first, *rest = report.measurements
    return replace(report, measurements=(replace(first, **changes), *rest))  # type: ignore[arg-type]  # any field


EVENT_LIES: list[tuple[str, Callable[[EventReport], EventReport]]] = [
    ("report_for_other_chain", lambda r: replace(r, chain_id=1)),
    ("product_unknown", lambda r: replace(r, product=TERMS.treasury)),
    ("signer_epoch_invalid", lambda r: replace(r, signer_epoch=0)),
    ("report_from_future", lambda r: replace(r, observed_at=r.observed_at + 1)),
    ("report_expired", lambda r: replace(r, valid_until=r.observed_at - 1)),
    ("source_hash_differs", lambda r: replace(r, source_hash=bytes(32))),
    ("subject_repeated", lambda r: replace(r, measurements=r.measurements * 2)),
    ("observation_differs", lambda r: with_measurement(r, value=r.measurements[0].value + 1)),
    ("observation_differs", lambda r: with_measurement(r, outcome=Outcome.CANCELLED, value=0)),
    ("event_text_missing", lambda r: with_measurement(r, event_id=5)),
]


@pytest.mark.parametrize(("code", "lie"), EVENT_LIES)
def test_sign_event_report__not_what_the_node_saw__refused_by_name(
    nodes: Nodes, texts: list[str], code: str, lie: Callable[[EventReport], EventReport]
) -> None:
    nodes[2].now = NIGHT
    report, by_id = event_report(nodes[0], texts[:3])

    assert refused(lambda: nodes[1].sign_event_report(lie(report), by_id)) == code


def test_sign_event_report__dated_before_it_was_visible__refused(nodes: Nodes, texts: list[str]) -> None:
    first, second, chain = nodes
    chain.now = NIGHT
    report, by_id = event_report(first, texts[:1])
    (event_id,) = by_id
    chain.now = chain.events[event_id].occurs_at + 60
    early = replace(report, observed_at=chain.now, valid_until=chain.now + 60)

    assert refused(lambda: second.sign_event_report(early, by_id)) == "observation_not_due"


@pytest.mark.parametrize(
    ("code", "changes"),
    [
        ("event_unknown", {"policies": 0}),
        ("event_closed", {"outcome": Outcome.MEASURED}),
        ("occurs_at_differs", {"occurs_at": 1}),
    ],
)
def test_sign_event_report__event_in_another_state__refused(
    nodes: Nodes, texts: list[str], code: str, changes: dict[str, object]
) -> None:
    first, second, chain = nodes
    chain.now = NIGHT
    report, by_id = event_report(first, texts[:1])
    (event_id,) = by_id
    chain.events[event_id] = replace(chain.events[event_id], **changes)  # type: ignore[arg-type]  # any field

    assert refused(lambda: second.sign_event_report(report, by_id)) == code


class _Contradicting(ArchiveSource):
    """Sees every delay one minute longer than it was: a corrected feed, say."""

    def observe(self, flight: object, now: int) -> FlightStatus:
        status = super().observe(flight, now)  # type: ignore[arg-type]  # a flight
        return replace(status, value=status.value + 1) if status.outcome is FlightOutcome.MEASURED else status


def test_sign_event_report__restarted_and_seeing_otherwise__never_signs_two_reports(
    archive: ArchiveSource, records: FlightRecords, pricer: FlightPricer, tmp_path: Path, texts: list[str]
) -> None:
    chain = PretendedChain(NIGHT, insured(texts))
    before = make_node(0, chain, archive, pricer, tmp_path)
    report, by_id = event_report(before, texts[:2])
    before.sign_event_report(report, by_id)

    after = make_node(0, chain, archive, pricer, tmp_path, source=_Contradicting(records))
    other, other_by_id = event_report(after, texts[:2])

    assert other.measurements != report.measurements
    assert refused(lambda: after.sign_event_report(other, other_by_id)) == "already_signed_otherwise"
    again = make_node(0, chain, archive, pricer, tmp_path)
    later = replace(report, valid_until=report.valid_until + 60)
    assert recover(event_report_digest(later), again.sign_event_report(later, by_id)) == SIGNERS[0]


class _Limited(ArchiveSource):
    def observe(self, flight: object, now: int) -> FlightStatus:
        raise SourceRateLimited(f"too many requests for {flight} at {now}", 60)


def test_observe__source_asks_for_patience__told(
    archive: ArchiveSource, records: FlightRecords, pricer: FlightPricer, tmp_path: Path, texts: list[str]
) -> None:
    node = make_node(0, PretendedChain(NIGHT), archive, pricer, tmp_path, source=_Limited(records))

    assert refused(lambda: node.observe(PRODUCT, texts[:1])) == "source_rate_limited"
