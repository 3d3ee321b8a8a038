"""Metrics of the whole house, read when they are asked for: every replica tells the same."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final, Protocol

import structlog
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from sqlalchemy.exc import SQLAlchemyError

from backend.access.roles import Role
from backend.backups.store import kept, until
from backend.chain.alarms import AlarmKind
from backend.chain.intents.models import IntentStatus
from backend.chain.workers import Background
from backend.database import Database
from backend.observability.behaviour import Behaviour, read_behaviour
from backend.observability.figures import HouseFigures, Lane, QueueDepth, read_figures
from ledger.rpc import Rpc, RpcError, RpcUnavailable

log = structlog.get_logger()
FRESH_SECONDS: Final = 2.0
"""Asked more often than that, the last reading is told again."""
NEVER_SECONDS: Final = 10 * 365 * 86_400
"""Told as the age of what there never was."""
OTHER_STEPS: Final = ("customer", "worker")
"""Whose turn it can be besides the roles."""


class CurrentKey(Protocol):
    """Whatever knows which key of the vault is current."""

    def current_id(self) -> str:
        """Its id."""


class House(Collector):
    """Reads database and chain when it is asked for its metrics.

    Args:
        workers: Told as they are.
        keys: Of the vault; None where there is none.
        clock: Wall clock, unix seconds.
        backups: Folder they are put into; None where none are made.
    """

    def __init__(
        self, database: Database, rpc: Rpc, workers: Sequence[Background], keys: CurrentKey | None,
        clock: Callable[[], int], backups: Path | None,
    ) -> None:  # fmt: skip
        self._database = database
        self._rpc = rpc
        self._workers = workers
        self._keys = keys
        self._clock = clock
        self._backups = backups
        self._lock = threading.Lock()
        self._until = 0.0
        self._told: list[Metric] = []

    def collect(self) -> Iterator[Metric]:
        """See prometheus_client."""
        with self._lock:
            if time.monotonic() >= self._until:
                self._told = [*self._of_database(), *self._of_chain(), *self._of_workers(), *self._of_backups()]
                self._until = time.monotonic() + FRESH_SECONDS
            yield from self._told

    def _of_database(self) -> list[Metric]:
        up = "quittance_database_up", "1 while the database answers"
        try:
            with self._database.every_tenant() as session:
                found = read_figures(session, self._clock())
                behaviour = read_behaviour(session, self._clock())
        except SQLAlchemyError as error:
            log.warning("metrics.database_away", reason=type(error).__name__)
            return [_one(*up, 0)]
        current = self._current_key()
        return [_one(*up, 1), *_bridge(found), *_work(found), *_keeping(found, current), *_unusual(behaviour)]

    def _of_chain(self) -> list[Metric]:
        up = "quittance_rpc_up", "1 while the chain answers this process"
        try:
            head = self._rpc.block_number()
        except (RpcError, RpcUnavailable):
            return [_one(*up, 0)]
        return [_one(*up, 1), _one("quittance_head_block", "Last block of the chain, asked just now", head)]

    def _of_workers(self) -> list[Metric]:
        stuck: dict[str, float] = {}
        at_work: dict[str, float] = {}
        for worker in self._workers:
            stuck[worker.name] = max(stuck.get(worker.name, 0), int(worker.failure is not None))
            at_work[worker.name] = max(at_work.get(worker.name, 0), int(worker.at_work))
        return [
            _by("quittance_worker_stuck", "1 while a worker of this process does not get on", "worker", stuck),
            _by("quittance_worker_at_work", "1 while this process does that worker's work", "worker", at_work),
        ]

    def _of_backups(self) -> list[Metric]:
        if self._backups is None:
            return []
        now = self._clock()
        found = until(kept(self._backups), now)
        made = max((each.manifest.made_at for each in found), default=now - NEVER_SECONDS)
        checked = max((each.checked.at for each in found if each.checked), default=now - NEVER_SECONDS)
        return [
            _one("quittance_backup_age_seconds", "Since the newest back-up was made", now - made),
            _one("quittance_backup_checked_seconds", "Since a back-up was last checked by restoring it", now - checked),
        ]

    def _current_key(self) -> str | None:
        if self._keys is None:
            return None
        try:
            return self._keys.current_id()
        except Exception as error:  # a key service that is away is an alarm of its own, not of the metrics
            log.warning("metrics.vault_away", reason=type(error).__name__)
            return None


def _bridge(found: HouseFigures) -> list[Metric]:
    intents = {status.value: found.intents.get(status.value, 0) for status in IntentStatus}
    alarms = {kind.value: int(kind.value in found.alarms) for kind in AlarmKind}
    lanes = found.lanes
    return [
        _by("quittance_intents", "Intents by where they stand", "status", intents),
        _one("quittance_intent_oldest_seconds", "Age of the oldest intent not in a block", found.oldest_intent_seconds),
        _by("quittance_sender_lane_unmined", "Signed, without a block", "sender", _each(lanes, lambda x: x.unmined)),
        _by(
            "quittance_sender_lane_oldest_seconds", "Since the oldest of them was signed", "sender",
            _each(lanes, lambda x: x.oldest_seconds),
        ),
        _one("quittance_indexed_block", "Last block in the database", found.indexed_block),
        _by("quittance_chain_alarm", "1 while an alarm of the bridge stands", "kind", alarms),
    ]  # fmt: skip


def _work(found: HouseFigures) -> list[Metric]:
    turns = {name: found.overdue.get(name, 0) for name in (*(role.value for role in Role), *OTHER_STEPS)}
    metrics = [
        _by("quittance_deadlines_overdue", "Steps overdue now, by whose turn it is", "role", turns),
        _one("quittance_calendar_known_days", "Days until an office's holidays are not known", found.calendar_days),
        _one("quittance_cases_stuck", "Cases of claims that cannot be followed now", found.stuck_cases),
        _one("quittance_workflow_requests", "Workflows asked for, not handed over", found.requested_workflows),
    ]
    for part, get, meaning in _DEPTHS:
        metrics.append(_by(f"quittance_workflows_{part}", meaning, "queue", _of_queues(found.queues, get)))
    return metrics


_DEPTHS: Final[tuple[tuple[str, Callable[[QueueDepth], int], str], ...]] = (
    ("waiting", lambda q: q.waiting, "Workflows in their queue, not begun"),
    ("running", lambda q: q.running, "Workflows begun and not ended"),
    ("failed", lambda q: q.failed, "Workflows that ended with an error within the last hour"),
)


def _keeping(found: HouseFigures, current: str | None) -> list[Metric]:
    age = "Age of the last anchored head of a log that has grown since"
    metrics = [
        _one("quittance_audit_unanchored_seconds", "Age of the oldest entry under no anchored head",
             found.unanchored_seconds),
        _one("quittance_audit_anchored_head_seconds", age, found.anchored_head_seconds),
        _one("quittance_audit_inbox", "Entries that wait for their place", found.inbox),
        _one("quittance_audit_inbox_oldest_seconds", "Age of the oldest of them", found.inbox_seconds),
        _one("quittance_vault_rotated_seconds", "Since the vault's last new key", found.vault_rotated_seconds),
    ]  # fmt: skip
    if current is not None:
        behind = sum(count for key, count in found.vault_records.items() if key != current)
        metrics.append(_one("quittance_vault_records_behind", "Records not under the current key", behind))
    return metrics


def _unusual(found: Behaviour) -> list[Metric]:
    told = [
        _one("quittance_persons_read_by_one", "People whose records one of the staff opened within an hour, the most",
             found.most_persons_read),
        _by("quittance_security_alerts", "Alerts about signing in within the last hour", "kind", found.alerts),
    ]  # fmt: skip
    last = GaugeMetricFamily("quittance_payouts", "Paid in the last window, token units", labels=["window", "treasury"])
    usual = GaugeMetricFamily(
        "quittance_payouts_usual", "Paid in the greatest window of the four weeks before", labels=["window", "treasury"]
    )
    for place, paid in sorted(found.payouts.items()):
        last.add_metric(place, float(paid.last))
        usual.add_metric(place, float(paid.usual))
    return [*told, last, usual]


def _each(lanes: Mapping[str, Lane], get: Callable[[Lane], float]) -> dict[str, float]:
    return {sender: get(lane) for sender, lane in lanes.items()}


def _of_queues(queues: Mapping[str, QueueDepth], get: Callable[[QueueDepth], int]) -> dict[str, float]:
    return {name: get(depth) for name, depth in queues.items()}


def _one(name: str, meaning: str, value: float) -> Metric:
    return GaugeMetricFamily(name, meaning, value=float(value))


def _by(name: str, meaning: str, label: str, values: Mapping[str, float]) -> Metric:
    found = GaugeMetricFamily(name, meaning, labels=[label])
    for each, value in sorted(values.items()):
        found.add_metric([each], float(value))
    return found
