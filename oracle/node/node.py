"""The node's use cases: say who it is, assess, observe, and sign what agrees with what it knows itself."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import structlog

from domain.flight import FlightKey
from domain.policy import event_id
from domain.reports import Assessment, EventReport, RiskReport
from oracle.node.assess import Application, Price, assess, flight_of
from oracle.node.chain import Chain, Head
from oracle.node.decide import check_event_report, check_risk_report, flights_of
from oracle.node.journal import SigningJournal
from oracle.node.refusals import Refusal
from oracle.node.signer import ReportSigner
from oracle.sources.errors import SourceUnavailable
from oracle.sources.flight_status import FlightStatus, FlightStatusSource

log: structlog.stdlib.BoundLogger = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Observation:
    """What the node saw of one insured event."""

    event_id: int
    insured_event: str
    status: FlightStatus


class NodeLike(Protocol):
    """What the HTTP side needs; `oracle/node/faults.py` has another that misbehaves on purpose."""

    @property
    def signer(self) -> str:
        """This node's address."""
        ...

    @property
    def model_hash(self) -> bytes:
        """Of the model it prices with."""
        ...

    @property
    def source(self) -> FlightStatusSource:
        """Where it looks."""
        ...

    def head(self) -> Head:
        """The newest block it sees."""
        ...

    def assess(
        self, product: str, applications: Sequence[Application]
    ) -> tuple[int, list[Assessment], list[tuple[int, Refusal]]]:
        """Time, assessments and refusals."""
        ...

    def observe(self, product: str, insured_events: Sequence[str]) -> tuple[int, list[Observation]]:
        """Time and observations."""
        ...

    def sign_risk_report(self, report: RiskReport, texts: Mapping[int, str]) -> bytes:
        """A signature, or a `Refusal`."""
        ...

    def sign_event_report(self, report: EventReport, texts: Mapping[int, str]) -> bytes:
        """A signature, or a `Refusal`."""
        ...


class Node:
    """One honest node. Safe to share between threads."""

    def __init__(
        self,
        *,
        chain: Chain,
        source: FlightStatusSource,
        price: Price,
        model_hash: bytes,
        signer: ReportSigner,
        journal: SigningJournal,
    ) -> None:
        self._chain = chain
        self._price = price
        self._signer = signer
        self._journal = journal
        self.source = source
        self.model_hash = model_hash
        self.signer = signer.address

    def head(self) -> Head:
        """The newest block."""
        return self._chain.head()

    def assess(
        self, product: str, applications: Sequence[Application]
    ) -> tuple[int, list[Assessment], list[tuple[int, Refusal]]]:
        """What the node thinks of applications at chain time.

        Returns:
            Time of observation (unix seconds), assessments, and the applications refused with their reasons.
        Raises:
            Refusal
        """
        view = self._chain.view(product)
        assessments, refusals = assess(applications, view.terms, view.time, self._price)
        log.info("applications.assessed", product=product, assessed=len(assessments), refused=len(refusals))
        return view.time, assessments, refusals

    def observe(self, product: str, insured_events: Sequence[str]) -> tuple[int, list[Observation]]:
        """What the node sees of events at chain time.

        Raises:
            Refusal
        """
        view = self._chain.view(product)
        statuses = self._observe([flight_of(text) for text in insured_events], view.time)
        pairs = zip(insured_events, statuses, strict=True)
        observations = [Observation(event_id(text), text, status) for text, status in pairs]
        final = sum(observation.status.is_final for observation in observations)
        log.info("events.observed", product=product, asked=len(observations), final=final, at=view.time)
        return view.time, observations

    def sign_risk_report(self, report: RiskReport, texts: Mapping[int, str]) -> bytes:
        """Sign a risk report this node agrees with.

        Raises:
            Refusal
        """
        view = self._chain.view(report.product)
        check_risk_report(
            report,
            texts,
            chain_id=self._chain.chain_id,
            view=view,
            signer=self.signer,
            model_hash=self.model_hash,
            price=self._price,
        )
        signature = self._signer.sign_risk_report(report)
        log.info("risk_report.signed", product=report.product, assessments=len(report.assessments))
        return signature

    def sign_event_report(self, report: EventReport, texts: Mapping[int, str]) -> bytes:
        """Sign an event report this node agrees with, and remember what it said before the signature leaves.

        Raises:
            Refusal
        """
        flights = flights_of(report, texts)
        view = self._chain.view(report.product, list(flights))
        statuses = self._observe(list(flights.values()), min(report.observed_at, view.time))
        check_event_report(
            report,
            texts,
            dict(zip(flights, statuses, strict=True)),
            chain_id=self._chain.chain_id,
            view=view,
            signer=self.signer,
            source_hash=self.source.source_hash,
        )
        self._journal.commit_to(report.product, report.measurements, report.observed_at)
        signature = self._signer.sign_event_report(report)
        log.info("event_report.signed", product=report.product, measurements=len(report.measurements))
        return signature

    def _observe(self, flights: Sequence[FlightKey], now: int) -> list[FlightStatus]:
        try:
            return self.source.observe_many(flights, now)
        except SourceUnavailable as error:
            raise Refusal(error.code, str(error)) from error
