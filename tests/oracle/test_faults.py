"""Faults on purpose: only behind their switch, and harmless to an honest majority."""

from dataclasses import replace

import pytest

from domain.policy import Outcome
from ledger.typed_data import event_report_digest, recover, risk_report_digest
from oracle.node import faults
from oracle.node.faults import Fault, FaultsNotAllowed, LyingNode, with_fault
from oracle.node.signer import ReportSigner
from tests.oracle.samples import KEYS, NIGHT, PRODUCT, SIGNERS, Nodes, application, event_report, refused, risk_report


def test_lying_node__whatever_it_says__honest_nodes_refuse_and_its_signature_fits_nothing_true(
    nodes: Nodes, texts: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    honest, other, chain = nodes
    chain.now = NIGHT
    monkeypatch.setenv("QUITTANCE_ALLOW_FAULTS", "1")
    liar = with_fault(other, ReportSigner.of_key(KEYS[1]), Fault.LIE)
    assert isinstance(liar, LyingNode)
    truth, by_id = event_report(honest, texts)

    seen = {each.event_id: each.status for each in liar.observe(PRODUCT, texts)[1]}
    lie = replace(
        truth,
        measurements=tuple(
            replace(m, outcome=Outcome.MEASURED, value=seen[m.event_id].value) for m in truth.measurements
        ),
    )

    assert refused(lambda: honest.sign_event_report(lie, by_id)) == "observation_differs"
    assert recover(event_report_digest(lie), liar.sign_event_report(lie, by_id)) == SIGNERS[1]
    assert recover(event_report_digest(truth), liar.sign_event_report(truth, by_id)) not in SIGNERS


def test_lying_node__prices_too_low__honest_nodes_refuse(
    nodes: Nodes, texts: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    honest, other, _ = nodes
    monkeypatch.setenv("QUITTANCE_ALLOW_FAULTS", "1")
    liar = with_fault(other, ReportSigner.of_key(KEYS[1]), Fault.LIE)
    truth, by_id = risk_report(honest, [application(0, texts[0])])
    lie = replace(truth, assessments=tuple(liar.assess(PRODUCT, [application(0, texts[0])])[1]))

    assert refused(lambda: honest.sign_risk_report(lie, by_id)) == "expected_share_differs"
    assert recover(risk_report_digest(truth), liar.sign_risk_report(truth, by_id)) not in SIGNERS


def test_with_fault__without_the_switch__refused(nodes: Nodes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("QUITTANCE_ALLOW_FAULTS", raising=False)

    with pytest.raises(FaultsNotAllowed, match="set QUITTANCE_ALLOW_FAULTS=1"):
        with_fault(nodes[0], ReportSigner.of_key(KEYS[0]), Fault.SLOW)


def test_slow_node__asked__honest_but_late(nodes: Nodes, texts: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    slept: list[float] = []
    monkeypatch.setenv("QUITTANCE_ALLOW_FAULTS", "1")
    monkeypatch.setattr(faults.time, "sleep", slept.append)
    slow = with_fault(nodes[1], ReportSigner.of_key(KEYS[1]), Fault.SLOW)
    report, by_id = risk_report(nodes[0], [application(0, texts[0])])

    assert recover(risk_report_digest(report), slow.sign_risk_report(report, by_id)) == SIGNERS[1]
    assert slow.assess(PRODUCT, [application(0, texts[0])]) == nodes[0].assess(PRODUCT, [application(0, texts[0])])
    assert slow.observe(PRODUCT, texts[:1]) == nodes[0].observe(PRODUCT, texts[:1])
    assert slept == [faults.SLOW_SECONDS] * 3
