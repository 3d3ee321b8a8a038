"""Early warnings: what is unusual in amounts and behaviour, in numbers that name nobody.

Payouts are compared with the same treasury's greatest hour and day of the four weeks before, by the time of the chain.
Who it was that opened so many records is for the audit log to say (`quittance audit readers`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from sqlalchemy import text
from sqlalchemy.orm import Session

from backend.audit.reading import readers
from backend.identity.attempts.delays import Counted

WINDOWS: Final[Mapping[str, int]] = {"hour": 3_600, "day": 86_400}
USUAL_SECONDS: Final = 28 * 86_400
RECENT_SECONDS: Final = 3_600
ALERT_KINDS: Final = (
    *(f"attempts_{each}" for each in Counted), "passkey_copied", "recovery_code_used", "account_recovered",
)  # fmt: skip
_ALERTS: Final = text("SELECT kind, count(*) AS n FROM security_alerts WHERE raised_at > :since GROUP BY 1")
_PAYOUTS: Final = text(
    "WITH tip AS (SELECT coalesce(max(timestamp), 0) AS at FROM blocks), paid AS ("
    " SELECT p.treasury, x.amount, tip.at - x.paid_at AS age FROM tip CROSS JOIN payments AS x"
    " JOIN products AS p ON p.address = x.product WHERE x.paid_at > tip.at - :usual"
    " UNION ALL SELECT treasury, indemnity + interest, tip.at - paid_at FROM tip CROSS JOIN claim_payments"
    " WHERE paid_at > tip.at - :usual"
    "), sums AS (SELECT treasury, greatest(age, 0) / :window AS bucket, sum(amount) AS amount FROM paid GROUP BY 1, 2)"
    " SELECT '0x' || encode(treasury, 'hex') AS treasury, coalesce(max(amount) FILTER (WHERE bucket = 0), 0) AS last,"
    " coalesce(max(amount) FILTER (WHERE bucket > 0), 0) AS usual FROM sums GROUP BY 1"
)


@dataclass(frozen=True, slots=True)
class Paid:
    """What a treasury paid, token units: in the last window, and in the greatest of the windows before."""

    last: int
    usual: int


@dataclass(frozen=True, slots=True)
class Behaviour:
    """One reading.

    Attributes:
        most_persons_read: Of how many people one member of staff opened records within the last hour, the most.
        alerts: Alerts about signing in within the last hour, by kind.
        payouts: By window and treasury.
    """

    most_persons_read: int
    alerts: Mapping[str, int]
    payouts: Mapping[tuple[str, str], Paid]


def read_behaviour(session: Session, now: int) -> Behaviour:
    """Look once. The session sees the rows of all tenants; `now` is the wall clock, unix seconds."""
    most = readers(session, since=now - RECENT_SECONDS, limit=1)
    raised = {row.kind: int(row.n) for row in session.execute(_ALERTS, {"since": now - RECENT_SECONDS})}
    payouts = {
        (window, str(row.treasury)): Paid(int(row.last), int(row.usual))
        for window, seconds in WINDOWS.items()
        for row in session.execute(_PAYOUTS, {"window": seconds, "usual": USUAL_SECONDS})
    }
    return Behaviour(most[0].persons if most else 0, dict.fromkeys(ALERT_KINDS, 0) | raised, payouts)
