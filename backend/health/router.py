"""HTTP for health, status and the stream."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import APIRouter, Depends, Header, Query, Request
from fastapi.sse import EventSourceResponse, ServerSentEvent

from backend.access.permit import Public
from backend.access.rates import network_of
from backend.dependencies import Services
from backend.health import service
from backend.health.schemas import AliveView, StatusView
from backend.health.stream import Streams, follow
from backend.problems import PROBLEMS

router = APIRouter(tags=["health"], responses=PROBLEMS)
STREAM_POLL_SECONDS = 0.25


_LIVE = Public("health.live", counted=False, told=False)
_READY = Public("health.ready", counted=False, told=False)


@router.get("/v1/health/live", operation_id="health.live", dependencies=[_LIVE])
@router.get("/health/live", operation_id="health.live", dependencies=[_LIVE], include_in_schema=False)
def live() -> AliveView:
    """The process answers."""
    return AliveView()


@router.get("/v1/health/ready", operation_id="health.ready", dependencies=[_READY])
@router.get("/health/ready", operation_id="health.ready", dependencies=[_READY], include_in_schema=False)
def ready(request: Request, services: Services) -> AliveView:
    """Chain and database answer, and the database keeps up with the chain."""
    service.require_ready(services.database, services.rpc, request.app.state.workers)
    return AliveView()


@router.get("/v1/status", operation_id="status.read", dependencies=[Public("status.read")])
def get_status(request: Request, services: Services) -> StatusView:
    """Where chain, database and transactions stand."""
    with services.database.every_tenant() as session:  # counts of the whole house, and nothing else of it
        return service.status(
            session, services.rpc, request.app.state.node_watch, chain_id=services.deployment.chain_id,
            confirmations=services.settings.confirmations,
        )  # fmt: skip


def _network(request: Request) -> str:
    return network_of(request.client.host) if request.client else "local"


def _streams(request: Request) -> Streams:
    streams: Streams = request.app.state.streams
    streams.require_room(_network(request))
    return streams


@router.get(
    "/v1/events", response_class=EventSourceResponse, operation_id="events.stream",
    dependencies=[Public("events.stream")],
)  # fmt: skip
async def stream_events(
    services: Services,
    streams: Annotated[Streams, Depends(_streams)],
    network: Annotated[str, Depends(_network)],
    last_event_id: Annotated[str | None, Header(pattern=r"^[0-9]{1,18}$", examples=["4711"])] = None,
    after: Annotated[int | None, Query(ge=0, lt=1 << 62, description="As Last-Event-ID, for a first request.")] = None,
) -> AsyncIterator[ServerSentEvent]:
    """What the chain tells, as it is indexed. Without a position: from now on. `after=0`: from the beginning.

    A position past the newest event was counted by another database, before a back-up was restored for example:
    `StreamRestarted` comes first. Read again what you show; what happens from now on follows.
    """
    position = int(last_event_id) if last_event_id is not None else after
    async for event in follow(
        services.database, streams, after=position, poll_seconds=STREAM_POLL_SECONDS, network=network
    ):
        yield event
