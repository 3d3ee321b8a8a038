"""How often one address and one principal may ask: token buckets that all replicas share, in PostgreSQL.

A bucket is one number, the second at which it will be full again (the generic cell rate algorithm): taking a token is
one statement, and whoever comes at the same time waits for that row alone.
"""

from __future__ import annotations

import hashlib
import ipaddress
import itertools
import math
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import text

from backend.database import Database
from backend.problems import Problem

_PURGE_EVERY = 4_096
_TAKE = text(
    "WITH clock AS (SELECT extract(epoch FROM clock_timestamp())::double precision AS now)"
    " INSERT INTO rate_buckets AS b (bucket, full_at) SELECT :bucket, now + :step FROM clock"
    " ON CONFLICT (bucket) DO UPDATE SET full_at = greatest(b.full_at, excluded.full_at - :step) + :step"
    " WHERE greatest(b.full_at, excluded.full_at - :step) <= excluded.full_at - 2 * :step + :capacity"
    " RETURNING true"
)
_WAIT = text(
    "SELECT full_at + :step - :capacity - extract(epoch FROM clock_timestamp()) FROM rate_buckets"
    " WHERE bucket = :bucket"
)
_PURGE = text("DELETE FROM rate_buckets WHERE full_at < extract(epoch FROM clock_timestamp()) - 60")


@dataclass(frozen=True, slots=True)
class Rate:
    """Requests a second in the long run, and at once after a pause."""

    per_second: float
    burst: int

    def __post_init__(self) -> None:
        """Raises: ValueError: Nothing would ever be let in."""
        if self.per_second <= 0 or self.burst < 1:
            raise ValueError(f"a rate of {self.per_second}/s with a burst of {self.burst} lets nobody in.")


class RateLimits:
    """Counts requests. Safe to share between threads and processes."""

    def __init__(self, database: Database, *, per_address: Rate, per_principal: Rate) -> None:
        self._database = database
        self._per_address = per_address
        self._per_principal = per_principal
        self._taken = itertools.count(1)

    def take_for_address(self, host: str) -> None:
        """Count a request from an IP address; of IPv6, from its /64.

        Raises:
            Problem: `rate_limited`.
        """
        self._take("address", network_of(host), self._per_address)

    def take_for_principal(self, principal_id: UUID) -> None:
        """Count a request of a principal, from wherever it comes.

        Raises:
            Problem: `rate_limited`.
        """
        self._take("principal", str(principal_id), self._per_principal)

    def _take(self, kind: str, whose: str, rate: Rate) -> None:
        # The address is personal: only a digest is kept, and not for long.
        bucket = hashlib.sha256(f"{kind}:{whose}".encode()).digest()[:16]
        step = 1 / rate.per_second
        values = {"bucket": bucket, "step": step, "capacity": step * rate.burst}
        with self._database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            if next(self._taken) % _PURGE_EVERY == 0:
                connection.execute(_PURGE)
            if connection.scalar(_TAKE, values):
                return
            wait = connection.scalar(_WAIT, values) or 0
        seconds = max(1, math.ceil(wait))
        raise Problem("rate_limited", retry_after_seconds=seconds)


def network_of(host: str) -> str:
    """What counts as one address: an IPv4 address, or the /64 a household has of IPv6."""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return host
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped:
            return str(address.ipv4_mapped)
        return str(ipaddress.ip_network((address, 64), strict=False))
    return str(address)
