"""What a quorum says, made of what its nodes say: assessments, observations, signatures. Pure but for asking."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median_low
from typing import Any

from backend.chain.nodes import Answer, OracleNodes, OracleUnavailable
from domain.money import Ppb, TokenUnits
from domain.policy import Outcome
from domain.reports import Assessment, EventReport, Measurement, RiskReport
from ledger.typed_data import SignatureInvalid, event_report_digest, recover, risk_report_digest

OUTCOMES = {"measured": Outcome.MEASURED, "cancelled": Outcome.CANCELLED, "diverted": Outcome.DIVERTED}
MAX_PPB = (1 << 32) - 1
MAX_UNITS = (1 << 96) - 1


@dataclass(frozen=True, slots=True)
class SignerSet:
    """A signer set on the chain. `needed` is the larger of its threshold and what the terms ask."""

    epoch: int
    signers: frozenset[str]
    needed: int


@dataclass(frozen=True, slots=True)
class NodeRefusal:
    """Why nodes do not assess an application."""

    code: str
    detail: str


@dataclass(frozen=True, slots=True)
class Assessed:
    """What the quorum's assessments come to."""

    model_hash: bytes
    assessments: dict[int, Assessment]
    refusals: dict[int, NodeRefusal]


@dataclass(frozen=True, slots=True)
class Observed:
    """Events the quorum agrees on. Events not yet landed, or not agreed on, are left out."""

    source_hash: bytes
    measurements: tuple[Measurement, ...]


def assess(nodes: OracleNodes, product: str, applications: Sequence[Answer], needed: int) -> Assessed:
    """Ask all nodes to assess applications; the quorum's expected share is the median of theirs.

    Raises:
        OracleUnavailable: Fewer than `needed` nodes agree on an application, neither in assessing nor in refusing.
    """
    body = {"product": product, "applications": list(applications)}
    ids = [int(a["application_id"], 16) for a in applications]

    def enough(answers: Sequence[Answer]) -> bool:
        return len(answers) >= needed and not _undecided(compose_assessments(answers, ids, needed), ids)

    answers = nodes.ask("/v1/assessments", body, enough)
    result = compose_assessments(answers, ids, needed)
    missing = _undecided(result, ids)
    if result is None or missing:
        raise OracleUnavailable(
            f"{len(answers)} oracle nodes answered and {needed} must agree on each application; "
            f"{len(missing)} of {len(ids)} are undecided. Try again when more nodes are up."
        )
    return result


def _undecided(result: Assessed | None, ids: Sequence[int]) -> list[int]:
    if result is None:
        return list(ids)
    return [i for i in ids if i not in result.assessments and i not in result.refusals]


def compose_assessments(answers: Sequence[Answer], ids: Sequence[int], needed: int) -> Assessed | None:
    """Assessments that `needed` nodes with one model agree on, and refusals that so many agree on."""
    parsed = [p for p in (_parse_assessments(answer) for answer in answers) if p is not None]
    models = Counter(model for model, _, _ in parsed).most_common(1)
    if not models or models[0][1] < needed:
        return None
    same = [(good, bad) for model, good, bad in parsed if model == models[0][0]]
    found: dict[int, Assessment] = {}
    refused: dict[int, NodeRefusal] = {}
    for application_id in ids:
        voices = [good[application_id] for good, _ in same if application_id in good]
        facts = Counter((v.event_id, v.occurs_at, v.commitment) for v in voices).most_common(1)
        if facts and facts[0][1] >= needed:
            agreeing = [v for v in voices if (v.event_id, v.occurs_at, v.commitment) == facts[0][0]]
            found[application_id] = _median(agreeing)
            continue
        reasons = [bad[application_id] for _, bad in same if application_id in bad]
        if len(reasons) >= needed:
            code = Counter(r.code for r in reasons).most_common(1)[0][0]
            refused[application_id] = next(r for r in reasons if r.code == code)
    return Assessed(models[0][0], found, refused)


def _median(voices: Sequence[Assessment]) -> Assessment:
    first = voices[0]
    return Assessment(
        application_id=first.application_id, event_id=first.event_id, occurs_at=first.occurs_at,
        expected_share_ppb=Ppb(median_low([v.expected_share_ppb for v in voices])),
        sum_insured_cap=TokenUnits(median_low([v.sum_insured_cap for v in voices])), commitment=first.commitment,
    )  # fmt: skip


def _parse_assessments(answer: Answer) -> tuple[bytes, dict[int, Assessment], dict[int, NodeRefusal]] | None:
    """One node's answer, None when it is not one: a lying node may send anything."""
    try:
        good = {}
        for a in answer["assessments"]:
            parsed = Assessment(
                application_id=int(a["application_id"], 16), event_id=int(a["event_id"], 16),
                occurs_at=int(a["occurs_at"]), expected_share_ppb=Ppb(_bounded(a["expected_share_ppb"], MAX_PPB)),
                sum_insured_cap=TokenUnits(_bounded(a["sum_insured_cap"], MAX_UNITS)),
                commitment=bytes.fromhex(a["commitment"][2:]),
            )  # fmt: skip
            good[parsed.application_id] = parsed
        refusals = answer.get("refusals", [])
        bad = {int(r["application_id"], 16): NodeRefusal(str(r["code"]), str(r["detail"])[:500]) for r in refusals}
        return bytes.fromhex(answer["model_hash"][2:]), good, bad
    except (KeyError, TypeError, ValueError, AttributeError):
        return None


def observe(nodes: OracleNodes, product: str, insured_events: Sequence[str], needed: int) -> Observed | None:
    """Ask all nodes how events ended. None when fewer than `needed` answered from one source."""
    body = {"product": product, "insured_events": list(insured_events)}

    def enough(answers: Sequence[Answer]) -> bool:
        if len(answers) < needed:
            return False
        decided = _tally(answers, needed)
        return decided is not None and len(decided[1]) == len(insured_events)

    answers = nodes.ask("/v1/observations", body, enough)
    decided = _tally(answers, needed)
    if decided is None:
        return None
    asked = set(insured_events)
    final = [
        Measurement(event_id, OUTCOMES[status], value)
        for (event_id, text), (status, value) in decided[1].items()
        if status in OUTCOMES and text in asked
    ]
    return Observed(decided[0], tuple(sorted(final, key=lambda m: m.event_id)))


def _tally(answers: Sequence[Answer], needed: int) -> tuple[bytes, dict[tuple[int, str], tuple[str, int]]] | None:
    """For each event the status and value that `needed` nodes with one source agree on."""
    parsed = [p for p in (_parse_observations(answer) for answer in answers) if p is not None]
    sources = Counter(source for source, _ in parsed).most_common(1)
    if not sources or sources[0][1] < needed:
        return None
    votes: dict[tuple[int, str], Counter[tuple[str, int]]] = {}
    for source, observations in parsed:
        if source == sources[0][0]:
            for key, seen in observations.items():
                votes.setdefault(key, Counter())[seen] += 1
    best = {key: counter.most_common(1)[0] for key, counter in votes.items()}
    return sources[0][0], {key: seen for key, (seen, count) in best.items() if count >= needed}


def _parse_observations(answer: Answer) -> tuple[bytes, dict[tuple[int, str], tuple[str, int]]] | None:
    try:
        seen = {}
        for o in answer["observations"]:
            status = str(o["status"])
            value = int(o["value"]) if status == "measured" else 0
            if not -(1 << 31) <= value < 1 << 31:
                return None
            seen[(int(o["event_id"], 16), str(o["insured_event"]))] = (status, value)
        return bytes.fromhex(answer["source_hash"][2:]), seen
    except (KeyError, TypeError, ValueError, AttributeError):
        return None


def sign_risk_report(
    nodes: OracleNodes, report: RiskReport, texts: Mapping[int, str], signers: SignerSet
) -> list[bytes]:
    """Signatures of the set over a risk report, ascending by signer.

    Raises:
        OracleUnavailable
    """
    body = {"report": risk_report_json(report), "insured_events": _texts(texts)}
    return _signatures(nodes, "/v1/risk-report-signatures", body, risk_report_digest(report), signers)


def sign_event_report(
    nodes: OracleNodes, report: EventReport, texts: Mapping[int, str], signers: SignerSet
) -> list[bytes]:
    """Signatures of the set over an event report, ascending by signer.

    Raises:
        OracleUnavailable
    """
    body = {"report": event_report_json(report), "insured_events": _texts(texts)}
    return _signatures(nodes, "/v1/event-report-signatures", body, event_report_digest(report), signers)


def _signatures(nodes: OracleNodes, path: str, body: Answer, digest: bytes, signers: SignerSet) -> list[bytes]:
    good: dict[str, bytes] = {}

    def enough(answers: Sequence[Answer]) -> bool:
        signature = _signature(answers[-1])
        signer = _recovered(digest, signature)
        if signer in signers.signers:
            good[signer] = signature
        return len(good) >= signers.needed

    answers = nodes.ask(path, body, enough)
    if len(good) < signers.needed:
        raise OracleUnavailable(
            f"{len(good)} of {signers.needed} signatures were collected from {len(answers)} answers. Try again when "
            "more oracle nodes are up."
        )
    return [good[signer] for signer in sorted(good, key=lambda s: int(s, 16))]


def _signature(answer: Answer) -> bytes:
    try:
        return bytes.fromhex(answer["signature"][2:])
    except (KeyError, TypeError, ValueError):
        return b""


def _recovered(digest: bytes, signature: bytes) -> str:
    try:
        return recover(digest, signature)
    except SignatureInvalid:
        return ""


def _bounded(value: Any, most: int) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= most:
        raise ValueError("out of range")
    return value


def _texts(texts: Mapping[int, str]) -> dict[str, str]:
    return {word_hex(event_id): text for event_id, text in texts.items()}


def word_hex(value: int) -> str:
    """An id as JSON has it."""
    return f"0x{value:064x}"


def risk_report_json(report: RiskReport) -> Answer:
    """A risk report as nodes take it."""
    assessments = [
        {
            "application_id": word_hex(a.application_id), "event_id": word_hex(a.event_id), "occurs_at": a.occurs_at,
            "expected_share_ppb": a.expected_share_ppb, "sum_insured_cap": a.sum_insured_cap,
            "commitment": "0x" + a.commitment.hex(),
        }
        for a in report.assessments
    ]  # fmt: skip
    return _head(report) | {"model_hash": "0x" + report.model_hash.hex(), "assessments": assessments}


def event_report_json(report: EventReport) -> Answer:
    """An event report as nodes take it."""
    measurements = [
        {"event_id": word_hex(m.event_id), "outcome": int(m.outcome), "value": m.value} for m in report.measurements
    ]
    return _head(report) | {"source_hash": "0x" + report.source_hash.hex(), "measurements": measurements}


def _head(report: RiskReport | EventReport) -> Answer:
    return {
        "chain_id": report.chain_id, "product": report.product, "signer_epoch": report.signer_epoch,
        "observed_at": report.observed_at, "valid_until": report.valid_until,
    }  # fmt: skip
