"""What a quorum of nodes says of applications for indemnity policies (ADR 0038): the same words, or nothing.

Every node computes the same whole numbers from the same application and tables, so nothing is averaged: an assessment
counts when as many as needed say it word for word. Bodies hold people's data; nothing of them is logged or told back.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from backend.chain.nodes import Answer, OracleNodes, OracleUnavailable
from backend.chain.quorum import SignerSet, word_hex
from domain.errors import DomainError
from domain.indemnity_reports import Measure, RiskAssessment, UnderwritingReport
from domain.money import Bps, Ppb, TokenUnits
from domain.tiers import RiskTier
from domain.underwriting_decision import CaseAssessment, Conditions
from ledger.typed_data import SignatureInvalid, recover
from ledger.typed_indemnity import underwriting_report_digest

ASSESS_PATH = "/v1/underwriting-assessments"
SIGN_PATH = "/v1/underwriting-report-signatures"
MAX_DETAIL = 1_000


@dataclass(frozen=True, slots=True, repr=False)
class HandedIn:
    """One application as the nodes take it, and the salt of its commitment. Personal data: never logged."""

    application: Mapping[str, object]
    salt: bytes

    def __repr__(self) -> str:
        return "HandedIn(…)"

    def as_json(self) -> Answer:
        """As the nodes' API takes it."""
        return {"application": dict(self.application), "salt": f"0x{self.salt.hex()}"}


@dataclass(frozen=True, slots=True)
class Underwritten:
    """What the quorum says of one application.

    Attributes:
        risk: What goes into the report.
        case: What people act on.
        explanation: Why, by language, one line each.
    """

    model_hash: bytes
    risk: RiskAssessment
    case: CaseAssessment
    explanation: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Refused:
    """Why the quorum does not assess an application: a stable code, and fields and remedies in words."""

    code: str
    detail: str


def assess(nodes: OracleNodes, product: str, handed: HandedIn, needed: int) -> Underwritten | Refused:
    """Ask all nodes to assess one application.

    Raises:
        OracleUnavailable: Fewer than `needed` nodes say the same.
    """
    body = {"product": product, "applications": [handed.as_json()]}

    def enough(answers: Sequence[Answer]) -> bool:
        return compose(answers, needed) is not None

    answers = nodes.ask(ASSESS_PATH, body, enough)
    found = compose(answers, needed)
    if found is None:
        raise OracleUnavailable(
            f"{len(answers)} oracle nodes answered and {needed} must say the same of the application. Try again when "
            "more nodes are up, and run the same tables on all of them."
        )
    return found


def compose(answers: Sequence[Answer], needed: int) -> Underwritten | Refused | None:
    """What as many as needed say in the same words; None while they do not."""
    words = Counter(said for answer in answers if (said := _words(answer)) is not None)
    if not words or words.most_common(1)[0][1] < needed:
        return None
    said = json.loads(words.most_common(1)[0][0])
    if "refusal" in said:
        return Refused(said["refusal"]["code"], said["refusal"]["detail"])
    return _underwritten(said)


def sign_report(
    nodes: OracleNodes, report: UnderwritingReport, handed: Sequence[HandedIn], signers: SignerSet
) -> tuple[bytes, ...]:
    """Signatures of the set over a report, ascending by signer.

    Raises:
        OracleUnavailable: Too few nodes agree with the report.
    """
    body = {"report": report_json(report), "applications": [each.as_json() for each in handed]}
    digest = underwriting_report_digest(report)
    good: dict[str, bytes] = {}

    def enough(answers: Sequence[Answer]) -> bool:
        signature = _signature(answers[-1])
        signer = _recovered(digest, signature)
        if signer in signers.signers:
            good[signer] = signature
        return len(good) >= signers.needed

    answers = nodes.ask(SIGN_PATH, body, enough)
    if len(good) < signers.needed:
        raise OracleUnavailable(
            f"{len(good)} of {signers.needed} signatures were collected from {len(answers)} answers. Try again when "
            "more oracle nodes are up, and no earlier than the report they signed before has expired."
        )
    return tuple(good[signer] for signer in sorted(good, key=lambda each: int(each, 16)))


def report_json(report: UnderwritingReport) -> Answer:
    """A report as nodes take it."""
    return {
        "chain_id": report.chain_id, "product": report.product, "signer_epoch": report.signer_epoch,
        "observed_at": report.observed_at, "valid_until": report.valid_until,
        "model_hash": f"0x{report.model_hash.hex()}", "assessments": [risk_json(each) for each in report.assessments],
    }  # fmt: skip


def risk_json(risk: RiskAssessment) -> Answer:
    """An assessment as nodes take it."""
    return {
        "application_id": word_hex(risk.application_id), "score": risk.score, "loss_ratio_bps": risk.loss_ratio_bps,
        "tier": int(risk.tier), "rate_ppb": risk.rate_ppb, "sum_insured_cap": risk.sum_insured_cap,
        "exclusions": risk.exclusions, "commitment": f"0x{risk.commitment.hex()}",
    }  # fmt: skip


def risk_of(said: Mapping[str, Any]) -> RiskAssessment:
    """An assessment as nodes tell it.

    Raises:
        KeyError, TypeError, ValueError: It is none.
    """
    return RiskAssessment(
        application_id=int(said["application_id"], 16), score=_whole(said["score"]),
        loss_ratio_bps=Bps(_whole(said["loss_ratio_bps"])), tier=RiskTier(_whole(said["tier"])),
        rate_ppb=Ppb(_whole(said["rate_ppb"])), sum_insured_cap=TokenUnits(_whole(said["sum_insured_cap"])),
        exclusions=_whole(said["exclusions"]), commitment=_bytes32(said["commitment"]),
    )  # fmt: skip


def _words(answer: Answer) -> str | None:
    """What one node says, as text to be counted; None when it is no answer. A lying node may send anything."""
    try:
        if answer["assessments"]:
            (each,) = answer["assessments"]
            said = {"model_hash": answer["model_hash"], **{key: each[key] for key in ("risk", "case", "explanation")}}
            _underwritten(said)
        else:
            (refusal,) = answer["refusals"]
            told = {"code": str(refusal["code"])[:80], "detail": str(refusal["detail"])[:MAX_DETAIL]}
            said = {"model_hash": answer["model_hash"], "refusal": told}
        return json.dumps(said, sort_keys=True, ensure_ascii=False)
    except (KeyError, TypeError, ValueError, AttributeError, DomainError):
        return None


def _underwritten(said: Mapping[str, Any]) -> Underwritten:
    risk, case = risk_of(said["risk"]), said["case"]
    recommended = case["recommended"]
    explanation = {str(each): tuple(map(str, lines)) for each, lines in said["explanation"].items()}
    return Underwritten(
        model_hash=_bytes32(said["model_hash"]),
        risk=risk,
        case=CaseAssessment(
            digest=_bytes32(case["digest"]), score=risk.score, loss_ratio_bps=_whole(case["loss_ratio_bps"]),
            tier=risk.tier, recommended=None if recommended is None else _conditions(recommended),
            exclusions=_texts(case["exclusions"]), outliers=_texts(case["outliers"]),
            committee=_flag(case["committee"]), fast_lane=_flag(case["fast_lane"]),
        ),
        explanation=explanation,
    )  # fmt: skip


def _conditions(said: Mapping[str, Any]) -> Conditions:
    cap = said["cap_minor"]
    return Conditions(
        Measure[str(said["measure"]).upper()], _whole(said["loading_bps"]), None if cap is None else _whole(cap),
        _texts(said["exclusions"]),
    )  # fmt: skip


def _whole(value: object) -> int:
    if type(value) is not int or value < 0:
        raise ValueError("not a whole number")
    return value


def _flag(value: object) -> bool:
    if type(value) is not bool:
        raise ValueError("neither true nor false")
    return value


def _texts(value: object) -> tuple[str, ...]:
    if not isinstance(value, list):
        raise TypeError("not a list")
    return tuple(map(str, value))


def _bytes32(value: object) -> bytes:
    found = bytes.fromhex(str(value).removeprefix("0x"))
    if len(found) != 32:
        raise ValueError("not 32 bytes")
    return found


def _signature(answer: Answer) -> bytes:
    try:
        return bytes.fromhex(answer["signature"].removeprefix("0x"))
    except (KeyError, TypeError, ValueError, AttributeError):
        return b""


def _recovered(digest: bytes, signature: bytes) -> str:
    try:
        return recover(digest, signature)
    except SignatureInvalid:
        return ""
