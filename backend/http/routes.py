"""Routes of the API: they keep answers under idempotency keys, and give what is read an ETag."""

from __future__ import annotations

import hashlib
import re
from asyncio import Semaphore
from collections.abc import Callable, Coroutine, Iterable
from contextlib import AbstractAsyncContextManager, nullcontext
from typing import Any, Final

from fastapi import APIRouter, Depends, Request, Response
from fastapi.routing import APIRoute
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers
from starlette.routing import BaseRoute
from starlette.types import Scope

from backend.access.permit import Door, OpenDoor
from backend.audit.entries import told_id
from backend.http.idempotency import Replay, claim_key, claim_of, refused
from backend.observability import carried
from backend.problems import PROBLEMS

_SAFE: Final = frozenset({"GET", "HEAD", "OPTIONS"})
_STREAMED: Final = ("/v1/evidence-uploads/", "application/offset+octet-stream")
MOST_AT_WORK: Final = 14
"""Requests at work at once in one process: two connections each are within the pool's thirty."""
_ROW: Final = re.compile(r"([a-z][a-z-]*)/\{([a-z_]+)(?::[a-z]+)?\}")
Handler = Callable[[Request], Coroutine[Any, Any, Response]]


class WriteWithoutKey(Exception):
    """A route changes something and asks for no idempotency key, or asks too early. The text says what to do."""


class ApiRoute(APIRoute):
    """A route whose answer is complete before its transaction commits."""

    def get_route_handler(self) -> Handler:
        """The route's handler, with keys and ETags around it."""
        handle = super().get_route_handler()

        async def answer(request: Request) -> Response:
            correlate(request)
            async with await _place(request):
                try:
                    response = await handle(request)
                except Replay as found:
                    request.state.replayed_status = found.response.status_code
                    return found.response
                except Exception as error:
                    return await run_in_threadpool(refused, request, error)
                claim = claim_of(request)
                if claim is not None:
                    await run_in_threadpool(claim.keep, response)
                return with_etag(request, response)

        return answer


def correlate(request: Request) -> None:
    """Logs, intents and workflows of this request say what it is about: the first row its path names."""
    found = _ROW.search(str(getattr(request.scope.get("route"), "path", "")))
    value = request.path_params.get(found.group(2)) if found else None
    if found and value is not None:
        carried.correlate(f"{found.group(1)}/{told_id(str(value))}")


async def _place(request: Request) -> AbstractAsyncContextManager[None]:
    """A turn to work, taken when the body is here: a slow sender keeps nobody waiting.

    Requests at work hold a connection and may want a second one. Were there more of them than connections for both,
    all would wait for each other.
    """
    places: Semaphore | None = getattr(request.app.state, "places", None)
    if places is None or is_streamed(request.scope) or request.headers.get("content-type", "").startswith("multipart/"):
        return nullcontext()
    await request.body()
    return places


def is_streamed(scope: Scope) -> bool:
    """Whether the route reads the body as it comes, a piece at a time, and holds no connection to the database then."""
    path, content_type = _STREAMED
    return str(scope["path"]).startswith(path) and Headers(scope=scope).get("content-type") == content_type


def api_router(subject: str, prefix: str = "/v1") -> APIRouter:
    """A router for one subject of the API."""
    return APIRouter(prefix=prefix, tags=[subject], responses=PROBLEMS, route_class=ApiRoute)


def with_etag(request: Request, response: Response) -> Response:
    """Name the version of what is read; say only "not modified" to who has it (RFC 9110, sections 8.8.3 and 13.1.2)."""
    body = getattr(response, "body", b"")
    if request.method not in ("GET", "HEAD") or response.status_code != 200 or not body:
        return response
    if "etag" not in response.headers:
        response.headers["ETag"] = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
    known = [tag.strip().removeprefix("W/") for tag in request.headers.get("if-none-match", "").split(",")]
    if "*" not in known and response.headers["ETag"] not in known:
        return response
    kept = {name: response.headers[name] for name in ("etag", "link", "cache-control") if name in response.headers}
    return Response(status_code=304, headers=kept)


def without_key(reason: str) -> Any:
    """For `dependencies=` of a route that changes something and must not take a key. `reason` is for who reads it."""

    def exempt() -> str:
        return reason

    exempt.__name__ = "without_idempotency_key"
    return Depends(exempt)


def require_keys(routes: Iterable[BaseRoute]) -> None:
    """Refuse an application in which something can be changed without an idempotency key, or in which a kept answer is
    given to somebody who may no longer ask for it.

    Raises:
        WriteWithoutKey
    """
    for route in routes:
        if not isinstance(route, APIRoute) or not (route.methods or set()) - _SAFE:
            continue
        calls = [dependency.call for dependency in route.dependant.dependencies]
        if claim_key in calls:
            if not isinstance(route, ApiRoute):
                raise WriteWithoutKey(f"{route.path} takes a key and cannot keep answers. Use api_router for it.")
            if not any(isinstance(call, Door | OpenDoor) for call in calls[: calls.index(claim_key)]):
                raise WriteWithoutKey(
                    f"{route.path} would give a kept answer before its door is passed. Write dependencies=[Permit(…), "
                    "IdempotencyKey]."
                )
        elif not any(getattr(call, "__name__", "") == "without_idempotency_key" for call in calls):
            raise WriteWithoutKey(
                f"{route.methods} {route.path} changes something without an idempotency key. Add IdempotencyKey to its "
                "dependencies, or without_key(reason)."
            )
