"""What goes on with a piece of work from the request to the chain: its request's id, what it is about, its trace.

Inside a request these are context variables. Where work is handed to others by a row, they are kept in that row
(`current().as_json()`) and taken up again by whoever does the work (`resumed`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

import structlog

from backend.observability import tracing
from backend.observability.redaction import told_id

_REQUEST_ID: Final = re.compile(r"[0-9a-f-]{32,36}|sha256:[0-9a-f]{16}")
_SUBJECT: Final = re.compile(r"[a-z_-]{1,40}[/:][A-Za-z0-9_.:-]{1,100}")
_TRACE: Final = re.compile(r"00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}")
MOST_LINKS: Final = 50


@dataclass(frozen=True, slots=True)
class Carried:
    """Where a piece of work comes from.

    Args:
        correlation: What it is about, such as `claims/7`: the same for everything done about it.
        traceparent: Its span, in the W3C's form.
        links: Spans of the other work done in one go with this.
    """

    request_id: str | None = None
    correlation: str | None = None
    traceparent: str | None = None
    links: tuple[str, ...] = ()

    def as_json(self) -> dict[str, object] | None:
        """For a JSONB column; None where nothing is known."""
        parts = {"request_id": self.request_id, "correlation": self.correlation, "traceparent": self.traceparent}
        found: dict[str, object] = {name: value for name, value in parts.items() if value}
        return found | ({"links": list(self.links)} if self.links else {}) or None

    @classmethod
    def of(cls, kept: Mapping[str, object] | None) -> Carried:
        """What a row kept; what is not well formed is left out."""
        if not isinstance(kept, Mapping):
            return cls()
        links = kept.get("links")
        listed = tuple(found for each in links if (found := _well(_TRACE, each))) if isinstance(links, list) else ()
        return cls(
            _well(_REQUEST_ID, kept.get("request_id")), _well(_SUBJECT, kept.get("correlation")),
            _well(_TRACE, kept.get("traceparent")), listed[:MOST_LINKS],
        )  # fmt: skip

    @classmethod
    def together(cls, several: list[Carried]) -> Carried:
        """Of work done in one go: what all have in common, the first's trace, links to the others'."""
        if not several:
            return cls()
        requests, subjects = ({each.request_id for each in several}, {each.correlation for each in several})
        traces = list(dict.fromkeys(each.traceparent for each in several if each.traceparent))
        return cls(
            requests.pop() if len(requests) == 1 else None, subjects.pop() if len(subjects) == 1 else None,
            traces[0] if traces else None, tuple(traces[1 : MOST_LINKS + 1]),
        )  # fmt: skip


NOTHING_CARRIED: Final = Carried()


def current() -> Carried:
    """What goes on with the work at hand."""
    known = structlog.contextvars.get_contextvars()
    request_id, correlation = known.get("request_id"), known.get("correlation")
    return Carried(
        told_id(str(request_id)) if request_id else None, _well(_SUBJECT, correlation), tracing.traceparent()
    )  # fmt: skip


def correlate(subject: str) -> None:
    """From here on, logs, intents and workflows of this request say that they are about `subject`, as `claims/7`."""
    structlog.contextvars.bind_contextvars(correlation=subject)


@contextmanager
def resumed(carried: Carried) -> Iterator[None]:
    """Go on with work that was handed over: logs and spans inside belong to where it came from."""
    known = {"request_id": carried.request_id, "correlation": carried.correlation}
    with (
        structlog.contextvars.bound_contextvars(**{name: value for name, value in known.items() if value}),
        tracing.under(carried.traceparent),
    ):
        yield


def _well(pattern: re.Pattern[str], value: object) -> str | None:
    return value if isinstance(value, str) and pattern.fullmatch(value) else None
