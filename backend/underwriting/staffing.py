"""What a process runs for underwriting: what workflows work with, and the workers that send and watch."""

from __future__ import annotations

from backend.chain.workers import Background, Worker
from backend.dependencies import ServiceSet
from backend.locks import Lock
from backend.security_mail import resets
from backend.underwriting.assembly import (
    NOTICE_POLL_SECONDS,
    WATCH_POLL_SECONDS,
    Parts,
    make_desk,
    make_holders,
    make_sender,
)
from backend.underwriting.desk import UnderwritingDesk
from backend.underwriting.watch import watch
from backend.underwriting.workflows import UnderwritingOffice


def open_underwriting(services: ServiceSet) -> UnderwritingDesk | None:
    """The desk of a process; None without keys for names and records."""
    parts = _parts(services)
    return None if parts is None else make_desk(parts)


def underwriting_objects(services: ServiceSet) -> list[object]:
    """What steps of workflows reach."""
    desk = services.underwriting
    return [] if desk is None else [UnderwritingOffice(services.database, desk, make_holders(services.clock))]


def underwriting_workers(services: ServiceSet) -> list[Background]:
    """Notices go out, and deadlines are watched."""
    parts, desk = _parts(services), services.underwriting
    if parts is None or desk is None:
        return []
    sender, holders = make_sender(parts), make_holders(services.clock)
    resetting = resets.ResetWorker(services.database, parts.identity, desk.notices)
    return [
        Worker(
            "password resets", services.database, Lock.PASSWORD_RESETS, lambda: resetting.step() == 0,
            poll_seconds=resets.RESET_POLL_SECONDS,
        ),
        Worker(
            "notices", services.database, Lock.NOTICES, lambda: sender.step() == 0, poll_seconds=NOTICE_POLL_SECONDS
        ),
        Worker(
            "deadlines", services.database, Lock.DEADLINES,
            lambda: watch(services.database, desk, holders) == 0, poll_seconds=WATCH_POLL_SECONDS,
        ),
    ]  # fmt: skip


def _parts(services: ServiceSet) -> Parts | None:
    if services.vault is None or services.identity is None:
        return None
    return Parts(
        services.settings, services.database, services.deployment, services.documents, services.rpc, services.nodes,
        services.vault, services.identity, services.underwriter, services.clock,
    )  # fmt: skip
