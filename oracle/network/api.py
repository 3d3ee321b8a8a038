"""The network's part of a node's HTTP side: statements in, what the node knows out."""

from __future__ import annotations

from typing import Any, Protocol

from fastapi import FastAPI, Request, Response
from fastapi.responses import JSONResponse

from oracle.network.metrics import CONTENT_TYPE
from oracle.network.wanted import claim_id_of
from oracle.rounds.messages import decode
from oracle.rounds.refusals import RoundRefused
from oracle.rounds.statements import Statement

PROBLEM = "application/problem+json"
TITLES: dict[str, tuple[int, str]] = {
    "message_malformed": (422, "The statement does not have the documented form"),
    "request_invalid": (422, "The statement belongs to no request there can be"),
    "node_unknown": (403, "The statement is of no signer"),
    "signature_wrong": (403, "The statement is not signed by the node it names"),
    "statement_too_large": (413, "The statement is larger than its kind can be"),
    "too_many_statements": (503, "More statements wait than this node takes"),
    "claim_id_malformed": (422, "The path names no claim"),
    "claim_not_seen": (404, "This node has seen no such claim"),
}


class NetworkLike(Protocol):
    """A node's part in the network, or a dry run of it."""

    @property
    def failed(self) -> str | None:
        """Why rounds stand still, if they do."""
        ...

    @property
    def node(self) -> str:
        """Who signs here."""
        ...

    def receive(self, statement: Statement, size: int) -> bool:
        """A statement of another node, and its bytes; False where too many wait. Raises `RoundRefused`."""
        ...

    def claim(self, claim_id: int) -> dict[str, object] | None:
        """What is known of a claim."""
        ...

    def scorecard(self) -> list[dict[str, object]]:
        """Each node's rounds."""
        ...

    def peers(self) -> list[dict[str, object]]:
        """How each peer was last found."""
        ...

    def metrics(self) -> bytes:
        """In Prometheus' format."""
        ...


def add_network(app: FastAPI, network: NetworkLike) -> None:
    """The paths of `docs/operations.md`."""
    _add_rounds(app, network)
    _add_answers(app, network)


def _add_rounds(app: FastAPI, network: NetworkLike) -> None:
    @app.post("/v1/round-messages", status_code=202)
    async def receive(request: Request) -> Response:
        """A statement of another node. What is not rightly signed changes nothing."""
        try:
            body = await request.body()
            taken = network.receive(decode(body), len(body))
        except RoundRefused as refusal:
            return problem(refusal.code, refusal.detail)
        if not taken:
            return problem("too_many_statements", "the queue of statements is full: say it again in a second")
        return Response(status_code=202)


def _add_answers(app: FastAPI, network: NetworkLike) -> None:
    @app.get("/v1/claims/{claim_id}")
    def claim(claim_id: str) -> Response:
        """What this node saw of a claim, and how its rounds ended, in words."""
        number = claim_id_of(claim_id)
        if number is None:
            return problem("claim_id_malformed", f"claim id is {claim_id[:80]}: give 0x and 64 hex digits")
        known = network.claim(number)
        if known is None:
            detail = f"claim 0x{number:064x} is not known here: see that it was notified, and that this node follows"
            return problem("claim_not_seen", detail)
        return JSONResponse(known)

    @app.get("/v1/scorecard")
    def scorecard() -> dict[str, Any]:
        """Each node's rounds, agreement, latency and overturned outcomes, as this node saw them."""
        return {"seen_by": network.node, "nodes": network.scorecard()}

    @app.get("/v1/peers")
    def peers() -> dict[str, Any]:
        """How each peer was last found."""
        return {"peers": network.peers()}

    @app.get("/metrics")
    def metrics() -> Response:
        """For Prometheus."""
        return Response(network.metrics(), media_type=CONTENT_TYPE)


def problem(code: str, detail: str) -> JSONResponse:
    """A refusal as RFC 9457 has it."""
    status, title = TITLES[code]
    told = {"type": f"urn:quittance:oracle:{code}", "title": title, "status": status, "detail": detail, "code": code}
    return JSONResponse(told, status, media_type=PROBLEM)
