"""Keyset pages: a signed cursor that only fits the operation and filters it was made for, and a Link header."""

from __future__ import annotations

import base64
import hmac
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Final
from urllib.parse import urlencode

from fastapi import Depends, Query, Request, Response

from backend.dependencies import Services
from backend.fields import MAX_PAGE
from backend.http.idempotency import operation_of
from backend.http.server_key import ServerKey
from backend.problems import Problem

_PURPOSE: Final = "cursor"
_MAC_BYTES: Final = 16
_LONGEST: Final = 1024
Position = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Page:
    """The page a request asks for: at most `limit` rows after `position`, from the beginning when it is None."""

    position: Position | None
    limit: int
    _server_key: ServerKey
    _place: bytes
    _path: str
    _filters: tuple[tuple[str, str], ...]
    _response: Response

    def next_cursor(self, rows: int, last: Sequence[str | int] | None) -> str | None:
        """Cursor of the next page, also in the Link header; None when this one is not full.

        Args:
            rows: How many rows this page has.
            last: Sort key of its last row; the next page begins after it.
        """
        if rows < self.limit or last is None:
            return None
        cursor = make_cursor(self._server_key, self._place, tuple(last))
        query = urlencode([*self._filters, ("limit", str(self.limit)), ("cursor", cursor)])
        self._response.headers["Link"] = f'<{self._path}?{query}>; rel="next"'
        return cursor


def make_cursor(server_key: ServerKey, place: bytes, position: Position) -> str:
    """A cursor for a position, good only at its place."""
    plain = json.dumps(position, separators=(",", ":")).encode()
    signature = server_key.mac(_PURPOSE, place + b"\n" + plain)[:_MAC_BYTES]
    return base64.urlsafe_b64encode(signature + plain).decode().rstrip("=")


def read_cursor(server_key: ServerKey, place: bytes, cursor: str) -> Position:
    """The position of a cursor.

    Raises:
        Problem: `cursor_invalid`.
    """
    try:
        raw = base64.urlsafe_b64decode(cursor.encode("ascii") + b"=" * (-len(cursor) % 4))
    except ValueError as error:
        raise Problem("cursor_invalid") from error
    signature, plain = raw[:_MAC_BYTES], raw[_MAC_BYTES:]
    if not hmac.compare_digest(server_key.mac(_PURPOSE, place + b"\n" + plain)[:_MAC_BYTES], signature):
        raise Problem("cursor_invalid")
    return tuple(json.loads(plain))


def _page(
    request: Request, response: Response, services: Services,
    cursor: Annotated[
        str | None, Query(max_length=_LONGEST, description="`next_cursor` of the page before.")
    ] = None,
    limit: Annotated[int, Query(ge=1, le=MAX_PAGE, description="Most rows on a page.")] = 100,
) -> Page:  # fmt: skip
    filters = tuple(
        sorted((name, value) for name, value in request.query_params.multi_items() if name not in ("cursor", "limit"))
    )
    place = json.dumps([operation_of(request), request.path_params, filters]).encode()
    position = read_cursor(services.server_key, place, cursor) if cursor is not None else None
    return Page(position, limit, services.server_key, place, request.url.path, filters, response)


PageAsked = Annotated[Page, Depends(_page)]
"""A parameter of a route that lists."""
