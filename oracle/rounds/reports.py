"""The reports rounds are about: made of the request and what was agreed, byte for byte the same at every node.

Names of numbers and decisions, with ids as 64 hex digits:

- event: number `value.{event}`, decision `outcome.{event}`; version `source`
- risk: numbers `expected_share_ppb.{application}`, `sum_insured_cap.{application}`; decisions `event.`, `occurs_at.`
  and `commitment.{application}`; version `model`
- loss: numbers `loss`, `fraud_score`, `confidence_bps`; decisions `evidence`, `exclusions`, `nullifiers.{index}`;
  version `model`

All of them have the number `observed_at`. A decision that is a number is its 32-byte word.
"""

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Protocol, TypeAlias

from faster_eth_abi.exceptions import EncodingError

from domain.claim_reports import LossReport
from domain.money import Bps, Ppb, TokenUnits
from domain.policy import Outcome
from domain.reports import Assessment, EventReport, Measurement, RiskReport
from ledger.typed_claims import loss_report_digest
from ledger.typed_data import event_report_digest, risk_report_digest
from oracle.rounds.agreement import Agreed, lower_median
from oracle.rounds.refusals import Code, Disagreement
from oracle.rounds.rules import Request, RequestKind
from oracle.rounds.statements import SignedObservation

Report: TypeAlias = EventReport | RiskReport | LossReport
MAX_NULLIFIERS = 32


@dataclass(frozen=True, slots=True)
class MadeReport:
    """A report, what is signed of it, and when it stops counting (unix seconds)."""

    report: Report
    digest: bytes
    valid_until: int


class ReportMaker(Protocol):
    """Makes the report of what was agreed."""

    def __call__(self, request: Request, agreed: Agreed) -> MadeReport:
        """The same bytes for the same arguments, everywhere.

        Raises:
            Disagreement
        """
        ...


def digest_of(report: Report) -> bytes:
    """What `OracleQuorum` is asked about."""
    if isinstance(report, EventReport):
        return event_report_digest(report)
    return risk_report_digest(report) if isinstance(report, RiskReport) else loss_report_digest(report)


def make_report(request: Request, agreed: Agreed) -> MadeReport:
    """The report of what was agreed.

    A wide spread leaves no report: people decide. Where the terms refer a claim for want of confidence, the loss
    report is made all the same and says a confidence of 0, so a person has its figures.

    Raises:
        Disagreement: A field is missing or out of its range, or the spread is wide.
    """
    if agreed.wide and not (request.kind is RequestKind.LOSS and request.refers_below_bps):
        raise Disagreement(Code.SPREAD_WIDE, agreed.wide)
    try:
        report = _MAKERS[request.kind](request, agreed)
        digest = digest_of(report)
    except KeyError as error:
        raise Disagreement(Code.REPORT_IMPOSSIBLE, (str(error.args[0]),)) from error
    except (ValueError, OverflowError, EncodingError) as error:  # a number outside its type
        raise Disagreement(Code.REPORT_IMPOSSIBLE) from error
    return MadeReport(report, digest, report.valid_until)


def possible_digests(request: Request, observations: Sequence[SignedObservation]) -> frozenset[bytes]:
    """What a signature under the report of these observations can be over, whatever rules say of their spreads."""
    seen = [each.observation for each in observations]
    names = [tuple(name for name, _ in each.numbers) for each in seen]
    if not seen or any(each != names[0] for each in names):
        return frozenset()
    columns = zip(*([value for _, value in each.numbers] for each in seen), strict=True)
    numbers = tuple((name, lower_median(column)) for name, column in zip(names[0], columns, strict=True))
    found = set()
    for wide in ((), names[0]):
        with suppress(Disagreement):
            found.add(make_report(request, Agreed(numbers, seen[0].decisions, seen[0].versions, (), wide)).digest)
    return frozenset(found)


def _event_report(request: Request, agreed: Agreed) -> EventReport:
    measurements = tuple(
        Measurement(
            event_id=subject,
            outcome=Outcome(_number(agreed.decision, f"outcome.{subject:064x}")),
            value=agreed.number[f"value.{subject:064x}"],
        )
        for subject in request.subjects
    )
    observed_at = agreed.number["observed_at"]
    return EventReport(
        chain_id=request.chain_id,
        product=request.contract,
        signer_epoch=request.signer_epoch,
        observed_at=observed_at,
        valid_until=observed_at + request.valid_seconds,
        source_hash=agreed.version["source"],
        measurements=measurements,
    )


def _risk_report(request: Request, agreed: Agreed) -> RiskReport:
    """Of parametric products. No node asks for it: applications are handed in, not followed (ADR 0038).

    Kept because rounds are one protocol for every kind of report. A third of the simulated rounds are about this one,
    which alone has several numbers and decisions for each subject; and where applications lie within reach of every
    node, somebody who asks is all that is missing.
    """
    observed_at = agreed.number["observed_at"]
    return RiskReport(
        chain_id=request.chain_id,
        product=request.contract,
        signer_epoch=request.signer_epoch,
        observed_at=observed_at,
        valid_until=observed_at + request.valid_seconds,
        model_hash=agreed.version["model"],
        assessments=tuple(_assessment(subject, agreed) for subject in request.subjects),
    )


def _assessment(application: int, agreed: Agreed) -> Assessment:
    key = f"{application:064x}"
    return Assessment(
        application_id=application,
        event_id=_number(agreed.decision, f"event.{key}"),
        occurs_at=_number(agreed.decision, f"occurs_at.{key}"),
        expected_share_ppb=Ppb(agreed.number[f"expected_share_ppb.{key}"]),
        sum_insured_cap=TokenUnits(agreed.number[f"sum_insured_cap.{key}"]),
        commitment=agreed.decision[f"commitment.{key}"],
    )


def _loss_report(request: Request, agreed: Agreed) -> LossReport:
    observed_at = agreed.number["observed_at"]
    count = sum(name.startswith("nullifiers.") for name in agreed.decision)
    if count > MAX_NULLIFIERS:
        raise ValueError(f"{count} nullifiers, at most {MAX_NULLIFIERS}")
    return LossReport(
        chain_id=request.chain_id,
        desk=request.contract,
        signer_epoch=request.signer_epoch,
        observed_at=observed_at,
        valid_until=observed_at + request.valid_seconds,
        claim_id=request.subjects[0],
        loss=TokenUnits(agreed.number["loss"]),
        fraud_score=agreed.number["fraud_score"],
        confidence_bps=Bps(agreed.number["confidence_bps"] if agreed.automatic else 0),
        exclusions=_number(agreed.decision, "exclusions"),
        evidence_root=agreed.decision["evidence"],
        model_hash=agreed.version["model"],
        nullifiers=tuple(agreed.decision[f"nullifiers.{index}"] for index in range(count)),
    )


def _number(decisions: Mapping[str, bytes], name: str) -> int:
    return int.from_bytes(decisions[name], "big")


_MAKERS: dict[RequestKind, Callable[[Request, Agreed], Report]] = {
    RequestKind.EVENT: _event_report,
    RequestKind.RISK: _risk_report,
    RequestKind.LOSS: _loss_report,
}
