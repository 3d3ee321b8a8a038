"""Service in a process: its desk, and the worker that watches."""

from __future__ import annotations

from backend.chain.workers import Background, Worker
from backend.dependencies import ServiceSet
from backend.locks import Lock
from backend.service.desk import ServiceDesk
from backend.service.watch import POLL_SECONDS, ServiceWatch
from backend.underwriting.assembly import make_holders


def make_desk(services: ServiceSet) -> ServiceDesk | None:
    """The desk; None without keys for names and records."""
    office = services.underwriting
    if office is None or services.vault is None:
        return None
    return ServiceDesk(services.vault, office.notices, services.clock)


def service_workers(services: ServiceSet) -> list[Background]:
    """Deadlines are watched, and silence closes."""
    desk = make_desk(services)
    if desk is None:
        return []
    watch = ServiceWatch(services.database, desk, make_holders(services.clock))
    return [Worker("service", services.database, Lock.SERVICE, watch.step, poll_seconds=POLL_SECONDS)]
