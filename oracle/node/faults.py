"""FAULTS ON PURPOSE, for tests and demonstrations only: a node that lies, or is slow.

Active only with the flag `--fault` and the environment variable QUITTANCE_ALLOW_FAULTS=1 together; a node that runs so
says it in `GET /v1/node`. Nothing else in this package knows of this file but the start of the process.
"""

import os
import signal
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from enum import StrEnum

from domain.money import Ppb
from domain.policy import Outcome
from domain.reports import Assessment, EventReport, Measurement, RiskReport
from oracle.node.assess import Application
from oracle.node.chain import Head
from oracle.node.node import Node, NodeLike, Observation
from oracle.node.refusals import Refusal
from oracle.node.signer import ReportSigner
from oracle.rounds.runner import no_harm
from oracle.sources.flight_status import FlightOutcome, FlightStatus, FlightStatusSource

SWITCH = "QUITTANCE_ALLOW_FAULTS"
KILL_AT = "QUITTANCE_KILL_AT"
SLOW_SECONDS = 20.0
LIE_MINUTES = 240


class Fault(StrEnum):
    """What a node can be made to do wrong."""

    LIE = "lie"
    SLOW = "slow"


class FaultsNotAllowed(Exception):
    """A fault was asked for without the switch."""


def with_fault(node: Node, signer: ReportSigner, fault: Fault) -> NodeLike:
    """A node that misbehaves.

    Raises:
        FaultsNotAllowed
    """
    if os.environ.get(SWITCH) != "1":
        raise FaultsNotAllowed(f"--fault {fault} is for tests only: set {SWITCH}=1 if this is one")
    return LyingNode(node, signer) if fault is Fault.LIE else SlowNode(node)


def kill_point() -> Callable[[str], None]:
    """What kills this process at the label in `QUITTANCE_KILL_AT`, as a power cut would; else nothing.

    Raises:
        FaultsNotAllowed
    """
    wanted = os.environ.get(KILL_AT)
    if wanted is None:
        return no_harm
    if os.environ.get(SWITCH) != "1":
        raise FaultsNotAllowed(f"{KILL_AT} is for tests only: set {SWITCH}=1 if this is one")

    def strike(label: str) -> None:
        if label == wanted:
            os.kill(os.getpid(), signal.SIGKILL)

    return strike


class _Wrapped:
    """Passes on what a fault leaves alone."""

    def __init__(self, honest: Node) -> None:
        self._honest = honest
        self.signer = honest.signer
        self.model_hash = honest.model_hash

    @property
    def source(self) -> FlightStatusSource:
        return self._honest.source

    def head(self) -> Head:
        return self._honest.head()


class LyingNode(_Wrapped):
    """Sees other things than there are, prices wrongly, and signs whatever is not true, asking nobody.

    Handed a true report it returns its signature over a false one: outcomes swapped, prices multiplied.
    """

    def __init__(self, honest: Node, signer: ReportSigner) -> None:
        super().__init__(honest)
        self._signer = signer

    def assess(
        self, product: str, applications: Sequence[Application]
    ) -> tuple[int, list[Assessment], list[tuple[int, Refusal]]]:
        """Honest, but for the price."""
        now, assessments, refusals = self._honest.assess(product, applications)
        return now, [_mispriced(each) for each in assessments], refusals

    def observe(self, product: str, insured_events: Sequence[str]) -> tuple[int, list[Observation]]:
        """Delays made longer, cancellations denied, and flights in the air already late."""
        now, observations = self._honest.observe(product, insured_events)
        return now, [replace(each, status=_false_status(each.status)) for each in observations]

    def sign_risk_report(self, report: RiskReport, texts: Mapping[int, str]) -> bytes:
        """A good signature over a false report."""
        if self._agrees(lambda: self._honest.sign_risk_report(report, texts)):
            report = replace(report, assessments=tuple(_mispriced(each) for each in report.assessments))
        return self._signer.sign_risk_report(report)

    def sign_event_report(self, report: EventReport, texts: Mapping[int, str]) -> bytes:
        """A good signature over a false report."""
        if self._agrees(lambda: self._honest.sign_event_report(report, texts)):
            report = replace(report, measurements=tuple(_false_measurement(each) for each in report.measurements))
        return self._signer.sign_event_report(report)

    @staticmethod
    def _agrees(ask: Callable[[], bytes]) -> bool:
        try:
            ask()
        except Refusal:
            return False
        return True


class SlowNode(_Wrapped):
    """Honest, and later than anybody waits for."""

    def assess(
        self, product: str, applications: Sequence[Application]
    ) -> tuple[int, list[Assessment], list[tuple[int, Refusal]]]:
        """In a while."""
        time.sleep(SLOW_SECONDS)
        return self._honest.assess(product, applications)

    def observe(self, product: str, insured_events: Sequence[str]) -> tuple[int, list[Observation]]:
        """In a while."""
        time.sleep(SLOW_SECONDS)
        return self._honest.observe(product, insured_events)

    def sign_risk_report(self, report: RiskReport, texts: Mapping[int, str]) -> bytes:
        """In a while."""
        time.sleep(SLOW_SECONDS)
        return self._honest.sign_risk_report(report, texts)

    def sign_event_report(self, report: EventReport, texts: Mapping[int, str]) -> bytes:
        """In a while."""
        time.sleep(SLOW_SECONDS)
        return self._honest.sign_event_report(report, texts)


def _mispriced(assessment: Assessment) -> Assessment:
    return replace(assessment, expected_share_ppb=Ppb(max(1, assessment.expected_share_ppb // 10)))


def _false_status(status: FlightStatus) -> FlightStatus:
    if status.outcome is FlightOutcome.UNKNOWN:
        return status
    return replace(status, outcome=FlightOutcome.MEASURED, value=status.value + LIE_MINUTES)


def _false_measurement(measurement: Measurement) -> Measurement:
    return replace(measurement, outcome=Outcome.MEASURED, value=measurement.value + LIE_MINUTES)
