"""Where a notice stands, and when an attempt that failed is made again."""

from __future__ import annotations

from enum import StrEnum

FIRST_PAUSE_SECONDS = 60
LONGEST_PAUSE_SECONDS = 6 * 3_600
MOST_ATTEMPTS = 10
"""With these pauses the last attempt is made about a day and a half after the first."""
TOKEN_SECONDS = 90 * 86_400


class NoticeState(StrEnum):
    """queued -> sent -> delivered -> confirmed; failed and bounced lead to another notice by another way."""

    QUEUED = "queued"
    TO_HAND = "to_hand"  # staff print it, post it or call
    SENT = "sent"
    DELIVERED = "delivered"  # the carrier says so
    CONFIRMED = "confirmed"  # the recipient says so
    BOUNCED = "bounced"
    FAILED = "failed"


class Confirmation(StrEnum):
    """How a recipient confirmed that a notice arrived."""

    LINK = "link"
    PHONE = "phone"
    SIGNATURE = "signature"
    BRANCH = "branch"


def pause_after(attempts: int) -> int:
    """Seconds to wait after so many attempts that failed."""
    return int(min(FIRST_PAUSE_SECONDS << min(attempts - 1, 16), LONGEST_PAUSE_SECONDS))
