"""The workflow that carries a convoy of intents to its end. See `backend.workflows` for the conventions.

Every step is about all intents of the convoy at once: some milliseconds in the database for each step are shared by
up to 64 transactions, and by the hundreds of binds and payouts in them (decision 0047).
"""

from __future__ import annotations

from collections.abc import Callable

import structlog
from dbos import DBOS
from sqlalchemy.exc import DBAPIError

from backend.chain.intents import repository
from backend.chain.intents.convoys import DELIVER
from backend.chain.intents.delivery import Delivery
from backend.database import Database
from backend.workflows.boundaries import boundary
from backend.workflows.provided import provided
from ledger.rpc import RpcError, RpcUnavailable
from ledger.sender import FeeTooHigh

log = structlog.get_logger()

MAX_LOOKS = 200
"""Then another workflow goes on: what a workflow keeps of its steps stays short."""
FIRST_PAUSE_SECONDS = 0.15
LONGEST_PAUSE_SECONDS = 5.0
MANY_RECOVERIES = 1_000_000
"""A worker may be killed as often as it likes: the rows say what is left to do."""
Found = dict[str, int]


@DBOS.step(name="chain.examine_step")
def examine_step(convoy: str) -> Found:
    """Look at what is not sent: done by another, not wanted, would revert, or ready."""
    boundary("chain.convoy_started")
    return _answer(convoy, lambda delivery: delivery.examine(convoy))


@DBOS.step(name="chain.send_step")
def send_step(convoy: str) -> Found:
    """Sign and broadcast what is ready."""
    return _answer(convoy, lambda delivery: delivery.send_ready(convoy))


@DBOS.step(name="chain.look_step")
def look_step(convoy: str) -> Found:
    """Note what was mined and what is final."""
    return _answer(convoy, lambda delivery: delivery.look(convoy))


@DBOS.step(name="chain.release_step")
def release_step(convoy: str) -> int:
    """Leave what is open to another workflow."""
    with provided(Database).every_tenant() as session:
        return repository.release_convoy(session, convoy)


@DBOS.workflow(name=DELIVER, max_recovery_attempts=MANY_RECOVERIES)
def deliver(convoy: str) -> None:
    """Carry a convoy until every intent of it is final, failed, superseded, or taken over after a reorganisation."""
    found: Found = {"open": 1, "unsent": 1}
    for look in range(MAX_LOOKS):
        if found["unsent"]:
            examine_step(convoy)
            send_step(convoy)
        found = look_step(convoy)
        if not found["open"]:
            return
        DBOS.sleep(pause_seconds(look))
    release_step(convoy)


def pause_seconds(look: int) -> float:
    """Wait after the look of this number: short at first, at most five seconds. The same on every run."""
    return float(min(LONGEST_PAUSE_SECONDS, FIRST_PAUSE_SECONDS * 1.1**look))


def _answer(convoy: str, work: Callable[[Delivery], int]) -> Found:
    """Do the work and say what is left. A chain or database that is away is an answer: everything is left."""
    delivery = provided(Delivery)
    try:
        work(delivery)
        progress = delivery.progress(convoy)
    except (RpcError, RpcUnavailable, FeeTooHigh, DBAPIError) as error:
        log.warning("convoy.interrupted", convoy=convoy, reason=f"{type(error).__name__}: {str(error)[:200]}")
        return {"open": 1, "unsent": 1}
    return {"open": progress.open, "unsent": progress.unsent}
