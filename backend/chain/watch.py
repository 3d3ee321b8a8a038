"""The nightly replay, a workflow by the clock: projections must equal what the chain's events give, done anew."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from dbos import DBOS
from sqlalchemy.exc import DBAPIError

from backend.chain import metrics
from backend.chain.alarms import AlarmKind, clear_alarm, raise_alarm
from backend.chain.replay_check import Comparison, compare
from backend.database import Database
from backend.dependencies import ServiceSet
from backend.workflows.provided import provided
from backend.workflows.runtime import Schedule
from ledger.deployment import Deployment
from ledger.rpc import Rpc, RpcError, RpcUnavailable

TRIES = 5
WAIT_SECONDS = 60.0
AT_NIGHT = "30 2 * * *"
"""Half past two, UTC."""


def check_and_note(database: Database, rpc: Rpc, deployment: Deployment) -> Comparison:
    """Compare, and let the alarm say what was found.

    Raises:
        RpcError, RpcUnavailable
    """
    found = compare(database, rpc, deployment)
    metrics.REPLAY_DIFFERENCES.set(len(found.differences))
    with database.transaction() as session:
        if found.same:
            clear_alarm(session, AlarmKind.REPLAY)
        else:
            first = "; ".join(found.differences[:5])
            raise_alarm(session, AlarmKind.REPLAY, f"At block {found.block_number}: {first}")
    return found


@DBOS.step(name="chain.replay_step")
def replay_step() -> str:
    """`same`, `different`, or why it could not be told."""
    services = provided(ServiceSet)
    try:
        found = check_and_note(services.database, services.rpc, services.deployment)
    except (RpcError, RpcUnavailable, DBAPIError) as error:
        return type(error).__name__
    return "same" if found.same else "different"


@DBOS.workflow(name="chain.nightly_replay")
def nightly_replay(_scheduled_at: datetime, _context: Any) -> str:
    """Compare, and try again for a while where the chain does not answer."""
    answer = replay_step()
    for _ in range(TRIES):
        if answer in ("same", "different"):
            break
        DBOS.sleep(WAIT_SECONDS)
        answer = replay_step()
    return answer


NIGHTLY_REPLAY = Schedule("chain-nightly-replay", AT_NIGHT, nightly_replay)
