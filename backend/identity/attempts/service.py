"""Use cases of attempts: count first, then look, so that many requests at once gain nothing."""

from __future__ import annotations

import ipaddress
import uuid
from collections.abc import Mapping
from dataclasses import dataclass

import structlog
from sqlalchemy.orm import Session

from backend.identity.attempts import repository
from backend.identity.attempts.delays import KNOWN_SECONDS, LIMITS, Counted, remembered, wait_seconds
from backend.identity.attempts.repository import Alert, Attempts
from backend.identity.desk import Desk
from backend.problems import Problem

log = structlog.get_logger()
MAX_ALERTS = 500


@dataclass(frozen=True, slots=True)
class Attempt:
    """An attempt that was counted as failed until it is told otherwise."""

    tenant_id: uuid.UUID
    buckets: Mapping[Counted, bytes]


def sign_in_buckets(desk: Desk, account: str, client: str) -> dict[Counted, bytes]:
    """What a sign-in counts for.

    Args:
        account: What the person is called by; the same whether there is such a person or not.
        client: Address the request comes from.
    """
    network = network_of(client)
    return {
        Counted.ADDRESS: desk.data.lookup("attempts/address", network),
        Counted.PAIR: desk.data.lookup("attempts/pair", f"{account}\n{network}"),
        Counted.ACCOUNT: desk.data.lookup("attempts/account", account),
    }


def factor_bucket(desk: Desk, person_id: uuid.UUID) -> dict[Counted, bytes]:
    """What a code of the second factor counts for."""
    return {Counted.FACTOR: desk.data.lookup("attempts/factor", str(person_id))}


def issue_bucket(desk: Desk, client: str) -> dict[Counted, bytes]:
    """What asking for a challenge counts for."""
    return {Counted.ISSUE: desk.data.lookup("attempts/issue", network_of(client))}


def begin(desk: Desk, tenant_id: uuid.UUID, buckets: Mapping[Counted, bytes]) -> Attempt:
    """Count an attempt in a transaction of its own, before anything is looked at.

    Raises:
        Problem: `too_many_attempts`, with the seconds to wait.
    """
    now = desk.clock()
    with desk.tenant_scope(tenant_id) as session:
        known = repository.lock(session, tenant_id, list(buckets.values()))
        wait = _wait(known, buckets, now)
        if wait == 0:
            for kind, bucket in buckets.items():
                _count(session, tenant_id, kind, bucket, known[bucket], now)
    if wait > 0:
        raise Problem(
            "too_many_attempts", f"Too many attempts failed. Try again in {wait} seconds.", retry_after_seconds=wait
        )
    return Attempt(tenant_id, buckets)


def succeed(session: Session, attempt: Attempt, *, now: int) -> None:
    """Uncount an attempt that succeeded. What others failed at goes on counting."""
    for kind, bucket in sorted(attempt.buckets.items(), key=lambda item: item[1]):
        if kind in (Counted.PAIR, Counted.FACTOR):
            repository.clear(session, attempt.tenant_id, bucket, now=now)
        else:
            repository.take_back(session, attempt.tenant_id, bucket)


def raise_alert(
    session: Session, tenant_id: uuid.UUID, kind: str, *, now: int, person_id: uuid.UUID | None = None
) -> None:
    """Keep and log something people should look at."""
    alert = Alert(uuid.uuid4(), kind, person_id, now)
    repository.add_alert(session, tenant_id, alert)
    log.warning(
        "security.alerted", kind=kind, tenant_id=str(tenant_id), alert_id=str(alert.alert_id),
        person_id=str(person_id) if person_id else None,
    )  # fmt: skip


def alerts(session: Session, tenant_id: uuid.UUID, *, since: int) -> list[Alert]:
    """Alarms since a unix second, newest first, at most 500."""
    return repository.alerts(session, tenant_id, since=since, limit=MAX_ALERTS)


def network_of(client: str) -> str:
    """What counts as one address: an IPv4 address, or the /64 a household has of IPv6."""
    try:
        address = ipaddress.ip_address(client)
    except ValueError:
        return client
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped is not None:
            return str(address.ipv4_mapped)
        return str(ipaddress.ip_network((address, 64), strict=False))
    return str(address)


def _wait(known: Mapping[bytes, Attempts], buckets: Mapping[Counted, bytes], now: int) -> int:
    pair = known[buckets[Counted.PAIR]] if Counted.PAIR in buckets else None
    trusted = pair is not None and pair.succeeded_at is not None and now - pair.succeeded_at < KNOWN_SECONDS
    waits = [0]
    for kind, bucket in buckets.items():
        if kind is Counted.ACCOUNT and trusted:
            continue
        state, limit = known[bucket], LIMITS[kind]
        failures = remembered(limit, state.failures, state.last_at, now)
        waits.append(wait_seconds(limit, failures, state.last_at, now))
    return max(waits)


def _count(session: Session, tenant_id: uuid.UUID, kind: Counted, bucket: bytes, state: Attempts, now: int) -> None:
    limit = LIMITS[kind]
    failures = remembered(limit, state.failures, state.last_at, now) + 1
    repository.count(session, tenant_id, bucket, failures=failures, now=now)
    if failures == limit.free + 1:
        raise_alert(session, tenant_id, f"attempts_{kind}", now=now)
