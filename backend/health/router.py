"""HTTP for health, status and the stream."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import APIRouter, Depends, Header, Query, Request
from fastapi.sse import EventSourceResponse, ServerSentEvent

from backend.dependencies import Services, Transaction
from backend.health import service
from backend.health.schemas import AliveView, StatusView
from backend.health.stream import Streams, follow
from backend.problems import PROBLEMS

router = APIRouter(tags=["health"], responses=PROBLEMS)
STREAM_POLL_SECONDS = 0.25


@router.get("/v1/health/live")
@router.get("/health/live", include_in_schema=False)
def live() -> AliveView:
    """The process answers."""
    return AliveView()


@router.get("/v1/health/ready")
@router.get("/health/ready", include_in_schema=False)
def ready(request: Request, session: Transaction, services: Services) -> AliveView:
    """Chain and database answer, and the database keeps up with the chain."""
    service.require_ready(session, services.rpc, request.app.state.workers)
    return AliveView()


@router.get("/v1/status")
def get_status(request: Request, session: Transaction, services: Services) -> StatusView:
    """Where chain, database and transactions stand."""
    return service.status(
        session, services.rpc, request.app.state.node_watch, chain_id=services.deployment.chain_id,
        confirmations=services.settings.confirmations,
    )  # fmt: skip


def _streams(request: Request) -> Streams:
    streams: Streams = request.app.state.streams
    streams.require_room()
    return streams


@router.get("/v1/events", response_class=EventSourceResponse)
async def stream_events(
    services: Services,
    streams: Annotated[Streams, Depends(_streams)],
    last_event_id: Annotated[str | None, Header(pattern=r"^[0-9]{1,18}$", examples=["4711"])] = None,
    after: Annotated[int | None, Query(ge=0, lt=1 << 62, description="As Last-Event-ID, for a first request.")] = None,
) -> AsyncIterator[ServerSentEvent]:
    """What the chain tells, as it is indexed. Without a position: from now on. `after=0`: from the beginning."""
    position = int(last_event_id) if last_event_id is not None else after
    async for event in follow(services.database, streams, after=position, poll_seconds=STREAM_POLL_SECONDS):
        yield event
