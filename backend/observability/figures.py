"""What the metrics are made of: counts and ages from the database, the same whichever process is asked.

One reading is a handful of queries that look at no person's rows but to count them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from sqlalchemy import text
from sqlalchemy.orm import Session

from backend.calendars.files import calendar
from backend.underwriting.desk import Office

NEVER_DAYS: Final = 36_500
"""Told of calendars where nobody counts by one."""
WAITING: Final = "('prepared', 'ready', 'submitted', 'reopened')"
_INTENTS: Final = "SELECT status AS label, count(*) AS n FROM intents GROUP BY status"
_OLDEST_INTENT: Final = (
    f"SELECT coalesce(max(:now - extract(epoch FROM created_at)), 0) FROM intents WHERE status IN {WAITING}"  # nosec B608  # constants only
)
_LANES: Final = (
    "SELECT '0x' || encode(lane.sender, 'hex') AS label, count(*) FILTER (WHERE NOT lane.final AND lane.block_number"
    " IS NULL) AS n, coalesce(max(:now - first.at) FILTER (WHERE NOT lane.final AND lane.block_number IS NULL), 0) AS"
    " age FROM sender_intents AS lane LEFT JOIN LATERAL (SELECT min(created_at) AS at FROM sender_attempts AS one"
    " WHERE one.chain_id = lane.chain_id AND one.key = lane.key AND NOT lane.final) AS first ON true GROUP BY 1"
)
_ALARMS: Final = "SELECT kind AS label, extract(epoch FROM raised_at) AS at FROM chain_alarms"
_OVERDUE: Final = (
    "SELECT waits_for AS label, count(*) AS n FROM ("
    "SELECT waits_for FROM underwriting_cases WHERE due_at <= :now AND waits_for IS NOT NULL"
    " UNION ALL SELECT waits_for FROM underwriting_objections WHERE due_at <= :now AND waits_for IS NOT NULL"
    " UNION ALL SELECT 'junior_underwriter' FROM underwriting_checks WHERE at IS NULL AND due_at <= :now"
    " UNION ALL SELECT 'customer_service' FROM service_matters WHERE due_at <= :now"
    ") AS steps GROUP BY 1"
)
_STUCK_CASES: Final = "SELECT count(*) FROM cases WHERE stuck_since IS NOT NULL"
_ANCHORED: Final = (
    "WITH sent AS (SELECT split_part(key, ':', 2)::uuid AS tenant_id, max(split_part(key, ':', 3)::bigint) AS size"
    " FROM intents WHERE kind = 'audit-head' AND status IN ('mined', 'final') GROUP BY 1),"
    " logs AS (SELECT DISTINCT tenant_id FROM audit_entries WHERE sequence = 0)"
    " SELECT coalesce(max(:now - next.recorded_at / 1000000), 0) AS unanchored,"
    " coalesce(max(:now - head.made_at) FILTER (WHERE next.recorded_at IS NOT NULL), 0) AS head_age FROM logs"
    " LEFT JOIN sent USING (tenant_id) LEFT JOIN audit_heads AS head ON head.tenant_id = logs.tenant_id AND"
    " head.size = sent.size LEFT JOIN audit_entries AS next ON next.tenant_id = logs.tenant_id AND next.sequence ="
    " coalesce(sent.size, 0)"
)
_INBOX: Final = "SELECT count(*) AS n, coalesce(max(:now - extract(epoch FROM recorded_at)), 0) AS age FROM audit_inbox"
_QUEUES: Final = (
    "SELECT coalesce(queue_name, 'none') AS label, count(*) FILTER (WHERE status IN ('ENQUEUED', 'DELAYED')) AS"
    " waiting, count(*) FILTER (WHERE status = 'PENDING') AS running, count(*) FILTER (WHERE status IN ('ERROR',"
    " 'MAX_RECOVERY_ATTEMPTS_EXCEEDED') AND updated_at / 1000 > :now - 3600) AS failed FROM dbos.workflow_status"
    " WHERE status <> 'SUCCESS' GROUP BY 1"
)
_CALENDARS: Final = (
    "SELECT calendar FROM underwriting_offices UNION SELECT :usual FROM tenants AS t"
    " WHERE NOT EXISTS (SELECT FROM underwriting_offices AS o WHERE o.tenant_id = t.tenant_id)"
)
_KEYS: Final = "SELECT key_id AS label, count(*) AS n FROM vault_records WHERE wrapped_key IS NOT NULL GROUP BY 1"
_ROTATED: Final = (
    "SELECT coalesce((SELECT max(recorded_at) / 1000000 FROM audit_entries WHERE tenant_id ="
    " '00000000-0000-0000-0000-000000000000' AND operation = 'vault.rotate'), (SELECT min(sealed_at) FROM"
    " vault_records), :now)"
)


@dataclass(frozen=True, slots=True)
class Lane:
    """One sender: transactions without a block, and seconds since the oldest of them was first signed."""

    unmined: int
    oldest_seconds: float


@dataclass(frozen=True, slots=True)
class QueueDepth:
    """One queue of workflows: not begun, begun, and ended with an error within the last hour."""

    waiting: int
    running: int
    failed: int


@dataclass(frozen=True, slots=True)
class HouseFigures:
    """One reading. Ages are in seconds of the wall clock.

    Attributes:
        unanchored_seconds: Age of the oldest audit entry that no anchored head covers, of all logs.
        anchored_head_seconds: Age of the last anchored head of a log that has grown since, the oldest of these.
        vault_rotated_seconds: Since the last rotation; since the first record where there was none.
        calendar_days: Days until the holidays of a calendar some office counts by are not known any more.
    """

    intents: Mapping[str, int]
    oldest_intent_seconds: float
    lanes: Mapping[str, Lane]
    indexed_block: int
    alarms: Mapping[str, float]
    overdue: Mapping[str, int]
    stuck_cases: int
    unanchored_seconds: float
    anchored_head_seconds: float
    inbox: int
    inbox_seconds: float
    queues: Mapping[str, QueueDepth]
    requested_workflows: int
    vault_records: Mapping[str, int]
    vault_rotated_seconds: float
    calendar_days: int


def read_figures(session: Session, now: int) -> HouseFigures:
    """Count everything once. The session sees the rows of all tenants."""
    anchored, inbox = _rows(session, _ANCHORED, now)[0], _rows(session, _INBOX, now)[0]
    return HouseFigures(
        intents=_counts(session, _INTENTS, now),
        oldest_intent_seconds=_number(session, _OLDEST_INTENT, now),
        lanes={row["label"]: Lane(row["n"], float(row["age"])) for row in _rows(session, _LANES, now)},
        indexed_block=int(_number(session, "SELECT coalesce(max(number), -1) FROM blocks", now)),
        alarms={row["label"]: float(row["at"]) for row in _rows(session, _ALARMS, now)},
        overdue=_counts(session, _OVERDUE, now),
        stuck_cases=int(_number(session, _STUCK_CASES, now)),
        unanchored_seconds=float(anchored["unanchored"]), anchored_head_seconds=float(anchored["head_age"]),
        inbox=int(inbox["n"]), inbox_seconds=float(inbox["age"]),
        queues=_queues(session, now),
        requested_workflows=int(_number(session, "SELECT count(*) FROM workflow_requests", now)),
        vault_records=_counts(session, _KEYS, now),
        vault_rotated_seconds=max(0.0, now - _number(session, _ROTATED, now)),
        calendar_days=_calendar_days(session, now),
    )  # fmt: skip


def _calendar_days(session: Session, now: int) -> int:
    """The least of all insurers; who set no office works by the usual calendar."""
    today = datetime.fromtimestamp(now, UTC).date()
    used = session.scalars(text(_CALENDARS), {"usual": Office().calendar_name})
    return min(((calendar(name).known_until - today).days for name in used), default=NEVER_DAYS)


def _queues(session: Session, now: int) -> dict[str, QueueDepth]:
    """By queue; empty where no workflow was ever launched."""
    if session.scalar(text("SELECT to_regclass('dbos.workflow_status')")) is None:
        return {}
    rows = _rows(session, _QUEUES, now)
    return {row["label"]: QueueDepth(row["waiting"], row["running"], row["failed"]) for row in rows}


def _counts(session: Session, query: str, now: int) -> dict[str, int]:
    return {str(row["label"]): int(row["n"]) for row in _rows(session, query, now)}


def _number(session: Session, query: str, now: int) -> float:
    return float(session.scalar(text(query), _given(query, now)) or 0)


def _rows(session: Session, query: str, now: int) -> Sequence[Mapping[str, Any]]:
    return [dict(row) for row in session.execute(text(query), _given(query, now)).mappings()]


def _given(query: str, now: int) -> dict[str, int]:
    return {"now": now} if ":now" in query else {}
