"""The node over HTTP. HTTP in, HTTP out: every decision is the node's."""

from collections.abc import Callable
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from oracle.network.api import NetworkLike, add_network
from oracle.node.chain import Head
from oracle.node.messages import (
    AssessmentBody,
    AssessmentsIn,
    AssessmentsOut,
    EventReportSignatureIn,
    HealthOut,
    NodeOut,
    ObservationOut,
    ObservationsIn,
    ObservationsOut,
    RefusalOut,
    RiskReportSignatureIn,
    SignatureOut,
)
from oracle.node.node import NodeLike, log
from oracle.node.refusals import Refusal
from oracle.node.underwriting_app import add_underwriting
from oracle.node.underwriting_node import UnderwritingNode
from oracle.rounds.refusals import SigningFailed

VERSION = "1"
MAX_BODY_BYTES = 1_000_000
PROBLEM = "application/problem+json"
PROBLEMS: dict[int | str, dict[str, Any]] = {
    status: {"description": text, "content": {PROBLEM: {}}}
    for status, text in {
        404: "The product is not in this node's deployment",
        409: "The node does not agree with the report",
        413: "The body is too large",
        422: "The body does not have the documented form",
        500: "The node failed",
        502: "The evidence source answers wrongly",
        503: "Chain or evidence source give no answer",
    }.items()
}


def create_app(
    node: NodeLike | None,
    *,
    network: NetworkLike | None = None,
    underwriting: UnderwritingNode | None = None,
    head: Callable[[], Head] | None = None,
    fault: str | None = None,
) -> FastAPI:
    """The HTTP side of a node.

    Args:
        node: Prices and reports flights; None: it does not.
        network: Takes part in rounds about claims; None: it does not.
        underwriting: Assesses applications for indemnity policies; None: it does not.
        head: The newest block, where there is no `node` to ask.
        fault: Told to whoever asks who this node is.
    """
    app = FastAPI(title="Quittance oracle node", version=VERSION, docs_url=None, redoc_url=None)
    app.add_middleware(BodyLimit)
    app.add_exception_handler(Refusal, _answer_refusal)
    app.add_exception_handler(RequestValidationError, _answer_malformed)
    app.add_exception_handler(SigningFailed, _answer_unsigned)
    signers = [node and node.signer, network and network.node, underwriting and underwriting.signer]
    signer = next((each for each in signers if each), "")
    _add_information(app, node, network, signer, fault)
    newest = node.head if node is not None else head
    if newest is not None:
        _add_health(app, newest, signer, network)
    if node is not None:
        _add_risk(app, node)
        _add_events(app, node)
    if network is not None:
        add_network(app, network)
    if underwriting is not None:
        add_underwriting(app, underwriting, PROBLEMS)
    return app


def _add_information(
    app: FastAPI, node: NodeLike | None, network: NetworkLike | None, signer: str, fault: str | None
) -> None:
    @app.get("/v1/node")
    def who() -> NodeOut:
        """Who this node is: signer, and model and source where it reports flights."""
        told = {} if node is None else {
            "model_hash": node.model_hash, "source": node.source.name, "source_hash": node.source.source_hash,
        }  # fmt: skip
        rounds = network is not None
        return NodeOut.model_validate({**told, "signer": signer, "version": VERSION, "rounds": rounds, "fault": fault})


def _add_health(app: FastAPI, newest: Callable[[], Head], signer: str, network: NetworkLike | None) -> None:
    @app.get("/health", responses={503: PROBLEMS[503]})
    def health() -> HealthOut:
        """Whether the node sees the chain, and its rounds go on."""
        if network is not None and network.failed:
            raise Refusal(
                "rounds_stopped", f"rounds stopped with {network.failed}: see the log and start the node anew"
            )
        seen = newest()
        return HealthOut(status="ok", block_number=seen.block_number, block_time=seen.time, signer=signer)


def _add_risk(app: FastAPI, node: NodeLike) -> None:
    @app.post("/v1/assessments", responses=PROBLEMS)
    def assess(body: AssessmentsIn) -> AssessmentsOut:
        """What this node thinks of applications, at chain time."""
        now, assessments, refusals = node.assess(body.product, [each.to_domain() for each in body.applications])
        return AssessmentsOut(
            model_hash=node.model_hash,
            observed_at=now,
            assessments=[AssessmentBody.of(each) for each in assessments],
            refusals=[RefusalOut(application_id=i, code=r.code, detail=r.detail) for i, r in refusals],
        )

    @app.post("/v1/risk-report-signatures", responses=PROBLEMS)
    def sign_risk_report(body: RiskReportSignatureIn) -> SignatureOut:
        """Sign a risk report, if this node agrees with it."""
        signature = node.sign_risk_report(body.report.to_domain(), _texts(body))
        return SignatureOut(signer=node.signer, signature=signature)


def _add_events(app: FastAPI, node: NodeLike) -> None:
    @app.post("/v1/observations", responses=PROBLEMS)
    def observe(body: ObservationsIn) -> ObservationsOut:
        """What this node sees of events, at chain time."""
        now, observations = node.observe(body.product, body.insured_events)
        seen = [
            ObservationOut(
                event_id=each.event_id,
                insured_event=each.insured_event,
                status=each.status.outcome,
                value=each.status.value,
                freshness_seconds=each.status.freshness_seconds,
                provenance=each.status.provenance,
                licence=each.status.licence,
            )
            for each in observations
        ]
        return ObservationsOut(observed_at=now, source_hash=node.source.source_hash, observations=seen)

    @app.post("/v1/event-report-signatures", responses=PROBLEMS)
    def sign_event_report(body: EventReportSignatureIn) -> SignatureOut:
        """Sign an event report, if this node saw the same."""
        signature = node.sign_event_report(body.report.to_domain(), _texts(body))
        return SignatureOut(signer=node.signer, signature=signature)


def _texts(body: RiskReportSignatureIn | EventReportSignatureIn) -> dict[int, str]:
    try:
        return body.texts()
    except ValueError as error:
        raise Refusal("body_malformed", f"insured_events: {error}") from error


def _answer_refusal(_request: Request, error: Exception) -> JSONResponse:
    if not isinstance(error, Refusal):
        raise error
    log.info("request.refused", code=error.code)
    return JSONResponse(error.as_problem(), error.status, media_type=PROBLEM)


def _answer_unsigned(request: Request, error: Exception) -> JSONResponse:
    return _answer_refusal(request, Refusal("signing_failed", str(error)))


def _answer_malformed(request: Request, error: Exception) -> JSONResponse:
    if not isinstance(error, RequestValidationError):
        raise error
    first = error.errors()[0]
    where = ".".join(str(part) for part in first["loc"] if part != "body") or "body"
    return _answer_refusal(request, Refusal("body_malformed", f"{where}: {first['msg']}"))


class BodyLimit:
    """Refuses bodies above the limit while they arrive, whatever length they claim."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        body = bytearray()
        while True:
            message = await receive()
            if message["type"] != "http.request":
                return
            body += message.get("body", b"")
            if len(body) > MAX_BODY_BYTES:
                refusal = Refusal("body_too_large", f"the body exceeds {MAX_BODY_BYTES} bytes: send fewer subjects")
                await JSONResponse(refusal.as_problem(), refusal.status, media_type=PROBLEM)(scope, receive, send)
                return
            if not message.get("more_body", False):
                break
        whole: list[Message] = [{"type": "http.request", "body": bytes(body), "more_body": False}]

        async def replay() -> Message:
            return whole.pop() if whole else await receive()

        await self._app(scope, replay, send)
