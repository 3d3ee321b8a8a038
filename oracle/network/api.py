"""The network's part of a node's HTTP side: statements in, what the node knows out."""

from __future__ import annotations

from typing import Annotated, Any, Protocol

from fastapi import FastAPI, Request, Response
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field

from domain.errors import AddressInvalid
from domain.hashing import checksum_address
from oracle.network.event_book import TooManyEvents
from oracle.network.events import MOST_TOLD, EventNotTaken, WatchedEvents
from oracle.network.metrics import CONTENT_TYPE
from oracle.network.transport import MOST_IN_BATCH
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
    "event_id_malformed": (422, "The path names no event"),
    "product_malformed": (422, "The path names no product"),
    "event_not_seen": (404, "This node has seen no such event"),
    "events_malformed": (422, "The body does not have the documented form"),
    "event_text_invalid": (422, "A text names no insured period"),
    "product_not_followed": (404, "This node reports no events of this product by rounds"),
    "event_not_insured": (422, "Nobody is insured against this event, or it is closed"),
    "event_time_differs": (422, "The chain times the event otherwise"),
    "chain_unread": (503, "This node cannot read the chain now"),
    "too_many_events_told": (422, "Too many events, or none"),
    "too_many_events": (503, "This node keeps as many events as it may"),
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

    def event(self, product: str, event_id: int) -> dict[str, object] | None:
        """What is known of an insured event."""
        ...

    @property
    def events(self) -> WatchedEvents | None:
        """The events reported by rounds here, if any are."""
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
    _add_events(app, network)


class InsuredEventsIn(BaseModel):
    """Texts of insured events of a product, which the chain knows by their hashes only."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    product: Annotated[str, Field(max_length=42)]
    insured_events: Annotated[list[Annotated[str, Field(max_length=200)]], Field(min_length=1, max_length=MOST_TOLD)]


def _add_events(app: FastAPI, network: NetworkLike) -> None:
    @app.post("/v1/insured-events")
    def tell(body: InsuredEventsIn) -> Response:
        """Have this node follow events. Telling every node is the relayer's part; telling one twice changes nothing."""
        if network.events is None:
            return problem(
                "product_not_followed",
                "no events are reported by rounds here: name products under `events`, and give this node a key",
            )
        try:
            fresh = network.events.tell(checksum_address(body.product), body.insured_events)
        except (AddressInvalid, EventNotTaken) as error:
            return problem(error.code if isinstance(error, EventNotTaken) else "events_malformed", str(error))
        except TooManyEvents as error:
            return problem("too_many_events", str(error))
        return JSONResponse({"new": fresh, "told": len(body.insured_events)})

    @app.get("/v1/insured-events/{product}/{event_id}")
    def event(product: str, event_id: str) -> Response:
        """What this node saw of an insured event, and how its rounds ended, in words."""
        number = claim_id_of(event_id)
        if number is None:
            return problem("event_id_malformed", f"event id is {event_id[:80]}: give 0x and 64 hex digits")
        try:
            address = checksum_address(product)
        except AddressInvalid as error:
            return problem("product_malformed", str(error))
        known = network.event(address, number)
        if known is None:
            followed = () if network.events is None else network.events.products
            if address not in followed:
                detail = f"product is {address}, followed are {', '.join(followed) or 'none'}: use one of them"
                return problem("product_not_followed", detail)
            return problem("event_not_seen", f"event 0x{number:064x} is not known here: tell this node its text first")
        return JSONResponse(known)


def _add_rounds(app: FastAPI, network: NetworkLike) -> None:
    @app.post("/v1/round-messages", status_code=202)
    async def receive(request: Request) -> Response:
        """Statements of other nodes, one to a line. What is not rightly signed changes nothing."""
        lines = (await request.body()).split(b"\n")
        if len(lines) > MOST_IN_BATCH:
            return problem("message_malformed", f"the body has {len(lines)} lines: send {MOST_IN_BATCH} at most")
        answer = Response(status_code=202)
        for line in lines:  # what is wrong with one is no word against the others
            try:
                if not network.receive(decode(line), len(line)):
                    return problem("too_many_statements", "the queue of statements is full: say it again in a second")
            except RoundRefused as refusal:
                answer = problem(refusal.code, refusal.detail)
        return answer


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
