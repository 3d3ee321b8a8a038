"""What goes in and out over HTTP. Amounts are JSON integers; ids, hashes and signatures 0x-hex."""

from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, PlainSerializer

from domain.errors import AddressInvalid
from domain.hashing import checksum_address
from domain.money import Ppb, TokenUnits
from domain.policy import MAX_EVENT_TEXT_BYTES, Outcome
from domain.reports import MAX_REPORT_SIZE, Assessment, EventReport, Measurement, RiskReport
from oracle.node.assess import Application
from oracle.sources.flight_status import FlightOutcome

MAX_UINT256 = (1 << 256) - 1
MAX_UINT96 = (1 << 96) - 1
MAX_UINT40 = (1 << 40) - 1
MAX_UINT32 = (1 << 32) - 1
MAX_INT32 = (1 << 31) - 1


def _parse_id(value: object) -> int:
    if not isinstance(value, str) or not value.startswith("0x") or not 3 <= len(value) <= 66:
        raise ValueError("give an id as 0x and up to 64 hex digits")
    return int(value[2:], 16)


def _parse_bytes32(value: object) -> bytes:
    if not isinstance(value, str) or not value.startswith("0x") or len(value) != 66:
        raise ValueError("give 32 bytes as 0x and 64 hex digits")
    return bytes.fromhex(value[2:])


def _parse_address(value: object) -> str:
    try:
        return checksum_address(str(value))
    except AddressInvalid as error:
        raise ValueError(str(error)) from error


def show_id(value: int) -> str:
    """An id as JSON has it: 0x and 64 hex digits."""
    return f"0x{value:064x}"


def _show_bytes(value: bytes) -> str:
    return f"0x{value.hex()}"


HexId = Annotated[int, BeforeValidator(_parse_id), PlainSerializer(show_id, return_type=str)]
ShownId = Annotated[int, PlainSerializer(show_id, return_type=str)]
Bytes32 = Annotated[bytes, BeforeValidator(_parse_bytes32), PlainSerializer(_show_bytes, return_type=str)]
HexBytes = Annotated[bytes, PlainSerializer(_show_bytes, return_type=str)]
Address = Annotated[str, BeforeValidator(_parse_address)]
UnixSeconds = Annotated[int, Field(ge=0, le=MAX_UINT40, strict=True)]
Amount = Annotated[int, Field(ge=0, le=MAX_UINT96, strict=True)]
EventText = Annotated[str, Field(min_length=1, max_length=MAX_EVENT_TEXT_BYTES)]
Texts = Annotated[dict[str, EventText], Field(max_length=MAX_REPORT_SIZE)]


class In(BaseModel):
    """What comes in: nothing more than documented, and never changed."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Out(BaseModel):
    """What goes out."""

    model_config = ConfigDict(frozen=True)


class ApplicationIn(In):
    """One application; `sum_insured` in token units."""

    application_id: HexId
    insured_event: EventText
    sum_insured: Amount
    commitment: Bytes32

    def to_domain(self) -> Application:
        """As the node knows it."""
        return Application(self.application_id, self.insured_event, TokenUnits(self.sum_insured), self.commitment)


class AssessmentsIn(In):
    """Applications for one product."""

    product: Address
    applications: Annotated[list[ApplicationIn], Field(min_length=1, max_length=MAX_REPORT_SIZE)]


class AssessmentBody(In):
    """One assessment, in and out."""

    application_id: HexId
    event_id: HexId
    occurs_at: UnixSeconds
    expected_share_ppb: Annotated[int, Field(ge=0, le=MAX_UINT32, strict=True)]
    sum_insured_cap: Amount
    commitment: Bytes32

    @classmethod
    def of(cls, assessment: Assessment) -> "AssessmentBody":
        """From the domain. Nothing is checked again."""
        return cls.model_construct(**{name: getattr(assessment, name) for name in cls.model_fields})

    def to_domain(self) -> Assessment:
        """As it is signed."""
        return Assessment(
            application_id=self.application_id,
            event_id=self.event_id,
            occurs_at=self.occurs_at,
            expected_share_ppb=Ppb(self.expected_share_ppb),
            sum_insured_cap=TokenUnits(self.sum_insured_cap),
            commitment=self.commitment,
        )


class RefusalOut(Out):
    """An application the node does not assess, and why."""

    application_id: ShownId
    code: str
    detail: str


class AssessmentsOut(Out):
    """What the node thinks of the applications."""

    model_hash: HexBytes
    observed_at: int
    assessments: list[AssessmentBody]
    refusals: list[RefusalOut]


class ReportHeadIn(In):
    """What every report begins with."""

    chain_id: Annotated[int, Field(ge=0, strict=True)]
    product: Address
    signer_epoch: Annotated[int, Field(ge=0, le=MAX_UINT32, strict=True)]
    observed_at: UnixSeconds
    valid_until: UnixSeconds


class RiskReportIn(ReportHeadIn):
    """A risk report to be signed."""

    model_hash: Bytes32
    assessments: Annotated[list[AssessmentBody], Field(min_length=1, max_length=MAX_REPORT_SIZE)]

    def to_domain(self) -> RiskReport:
        """As it is signed."""
        return RiskReport(
            chain_id=self.chain_id,
            product=self.product,
            signer_epoch=self.signer_epoch,
            observed_at=self.observed_at,
            valid_until=self.valid_until,
            model_hash=self.model_hash,
            assessments=tuple(each.to_domain() for each in self.assessments),
        )


class _TextsIn(In):
    insured_events: Texts

    def texts(self) -> dict[int, str]:
        """Canonical texts by event id."""
        return {_parse_id(key): text for key, text in self.insured_events.items()}


class RiskReportSignatureIn(_TextsIn):
    """A risk report and the texts of its events."""

    report: RiskReportIn


class MeasurementIn(In):
    """One measurement; `outcome` as the contract numbers it."""

    event_id: HexId
    outcome: Annotated[int, Field(ge=Outcome.MEASURED, le=Outcome.DIVERTED, strict=True)]
    value: Annotated[int, Field(ge=-MAX_INT32 - 1, le=MAX_INT32, strict=True)]

    def to_domain(self) -> Measurement:
        """As it is signed."""
        return Measurement(self.event_id, Outcome(self.outcome), self.value)


class EventReportIn(ReportHeadIn):
    """An event report to be signed."""

    source_hash: Bytes32
    measurements: Annotated[list[MeasurementIn], Field(min_length=1, max_length=MAX_REPORT_SIZE)]

    def to_domain(self) -> EventReport:
        """As it is signed."""
        return EventReport(
            chain_id=self.chain_id,
            product=self.product,
            signer_epoch=self.signer_epoch,
            observed_at=self.observed_at,
            valid_until=self.valid_until,
            source_hash=self.source_hash,
            measurements=tuple(each.to_domain() for each in self.measurements),
        )


class EventReportSignatureIn(_TextsIn):
    """An event report and the texts of its events."""

    report: EventReportIn


class SignatureOut(Out):
    """Who signed, and the 65 bytes."""

    signer: str
    signature: HexBytes


class ObservationsIn(In):
    """Events somebody asks about."""

    product: Address
    insured_events: Annotated[list[EventText], Field(min_length=1, max_length=MAX_REPORT_SIZE)]


class ObservationOut(Out):
    """What the node saw of one event; `value` in minutes, 0 unless measured."""

    event_id: ShownId
    insured_event: str
    status: FlightOutcome
    value: int
    freshness_seconds: int
    provenance: HexBytes
    licence: str


class ObservationsOut(Out):
    """What the node saw at chain time."""

    observed_at: int
    source_hash: HexBytes
    observations: list[ObservationOut]


class NodeOut(Out):
    """Who this node is; model and source where it prices and reports flights, `rounds` where it joins rounds."""

    signer: str
    model_hash: HexBytes | None = None
    source: str | None = None
    source_hash: HexBytes | None = None
    version: str
    rounds: bool = False
    fault: str | None = None


class HealthOut(Out):
    """Whether the node can work; `block_time` is what it takes for now."""

    status: str
    block_number: int
    block_time: int
    signer: str
