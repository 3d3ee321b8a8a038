"""How long one has to wait after failures.

Delays double with every failure beyond the free ones, up to a cap: guessing becomes hopeless, and nobody is ever shut
out for longer than the cap. Source: OWASP ASVS 5.0 6.3.1, NIST SP 800-63B 3.2.2.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Counted(StrEnum):
    """What failures are counted for."""

    ADDRESS = "address"
    PAIR = "pair"
    ACCOUNT = "account"
    FACTOR = "factor"
    ISSUE = "issue"


@dataclass(frozen=True, slots=True)
class Limit:
    """How many failures cost nothing, the longest delay, and after what pause all is forgotten (seconds)."""

    free: int
    cap_seconds: int
    forget_seconds: int


LIMITS = {
    # Many people may share an address.
    Counted.ADDRESS: Limit(free=30, cap_seconds=300, forget_seconds=3_600),
    # One address that tries one account.
    Counted.PAIR: Limit(free=5, cap_seconds=900, forget_seconds=86_400),
    # All addresses together. An address the person signed in from before is exempt, so strangers cannot shut it out.
    Counted.ACCOUNT: Limit(free=10, cap_seconds=120, forget_seconds=86_400),
    # Codes of the second factor: the password is known by then.
    Counted.FACTOR: Limit(free=5, cap_seconds=900, forget_seconds=86_400),
    # What anybody may ask for without signing in: challenges, nonces, resets.
    Counted.ISSUE: Limit(free=60, cap_seconds=60, forget_seconds=600),
}
KNOWN_SECONDS = 30 * 86_400
"""How long an address counts as one the person signs in from."""


def delay_seconds(limit: Limit, failures: int) -> int:
    """Wait after this many failures."""
    over = failures - limit.free
    return 0 if over < 0 else min(limit.cap_seconds, 1 << min(over, 20))


def wait_seconds(limit: Limit, failures: int, last_at: int, now: int) -> int:
    """Seconds still to wait at unix second `now`."""
    return max(0, last_at + delay_seconds(limit, failures) - now)


def remembered(limit: Limit, failures: int, last_at: int, now: int) -> int:
    """Failures that still count at `now`."""
    return 0 if now - last_at >= limit.forget_seconds else failures
