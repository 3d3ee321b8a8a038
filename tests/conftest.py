"""What the tests of every room share: a process that does not spend its time on what nobody asked for."""

from __future__ import annotations

import gc

import structlog


def plain_logs() -> None:
    """Tracebacks in logs as Python writes them.

    structlog's default draws them with every local variable of every frame: seconds for one of an application's.
    """
    structlog.reset_defaults()
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.dev.ConsoleRenderer(colors=False, exception_formatter=structlog.dev.plain_traceback),
        ]
    )


def pytest_configure() -> None:
    """Before any module is imported."""
    plain_logs()


def pytest_collection_finish() -> None:
    """What the tests imported stays to the end: never look for garbage among it again."""
    gc.collect()
    gc.freeze()
