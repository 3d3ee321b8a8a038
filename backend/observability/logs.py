"""Logs: one JSON object a line on standard error. Ids only, never personal data, keys or passwords.

What libraries say goes the same way: their sentence before values are put into it, and that looked at word by word.
"""

from __future__ import annotations

import logging
import sys
from typing import Final

import structlog
from structlog.typing import EventDict, Processor

from backend.observability.redaction import exception_frames, redact

_QUIET: Final = ("httpx", "httpcore", "urllib3", "alembic", "sqlalchemy", "asyncio")


def configure_logs(level: str = "INFO") -> None:
    """Set structlog up for this process, and have libraries' warnings come out by it."""
    structlog.configure(
        processors=_processors(),
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level]),
        logger_factory=lambda *_names: structlog.WriteLogger(sys.stderr),
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            processors=[_foreign, structlog.stdlib.ProcessorFormatter.remove_processors_meta, *_processors()]
        )
    )
    logging.raiseExceptions = False  # its own trace would quote what could not be written
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(logging.WARNING)
    for name in (*_QUIET, "dbos", "uvicorn", "uvicorn.error"):
        taken = logging.getLogger(name)
        taken.handlers.clear()
        taken.propagate = True
        taken.setLevel(logging.WARNING)


def _processors() -> list[Processor]:
    return [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        exception_frames,
        redact,
        structlog.processors.JSONRenderer(),
    ]


def _foreign(_logger: object, _method: str, event: EventDict) -> EventDict:
    """What another library said: who, how bad, and the sentence without its values."""
    record = event.get("_record")
    if isinstance(record, logging.LogRecord):
        event.update(event="library.said", logger=record.name, template=str(record.msg))
        if record.exc_info:
            event["exc_info"] = record.exc_info
    return event
