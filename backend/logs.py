"""Logs: one JSON object a line on standard error. Ids only, never personal data, keys or passwords."""

from __future__ import annotations

import logging
import sys

import structlog

_SECRET_FIELDS = frozenset({"applicant", "name", "contact", "password", "private_key", "salt"})


def _refuse_secrets(_logger: object, _method: str, event: structlog.typing.EventDict) -> structlog.typing.EventDict:
    """Last line of defence: fields that could carry a person or a key are dropped whatever the caller meant."""
    return {name: value for name, value in event.items() if name not in _SECRET_FIELDS}


def configure_logs(level: str = "INFO") -> None:
    """Set structlog up for this process, and keep chatty libraries quiet."""
    logging.basicConfig(stream=sys.stderr, level=logging.WARNING, format="%(message)s")
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            _refuse_secrets,
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level]),
        logger_factory=lambda *_names: structlog.WriteLogger(sys.stderr),
    )
