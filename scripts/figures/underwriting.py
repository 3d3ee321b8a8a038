"""Random cases and objections through an underwriting office with a planted clock: `quittance figures underwriting`.

People and machine take their steps early, late or very late. Who is late is counted here by summing up the seconds of
days the office works, which is not how the office finds its deadlines; and what was sent back is counted by the script.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import Final

from sqlalchemy import select

from backend.access.principal import Principal
from backend.calendars.files import calendar
from backend.underwriting import figures
from backend.underwriting.models import AlarmRow
from scripts.figures.figure import Figure
from scripts.figures.private_database import private_database
from scripts.figures.underwriting_play import DAY, TENANT, Play

COMMAND: Final = "quittance figures underwriting"
CASES, FULL_CASES = 60, 1_500
SEED: Final = 16


@dataclass(slots=True)
class Counts:
    """Of everything that had a deadline: how much was late, how much of that nobody was warned of, and false alarms."""

    steps: int = 0
    late: int = 0
    silent: int = 0
    false: int = 0


def measure(*, full: bool) -> list[Figure]:
    """Late without an alarm, alarms without lateness, and a quarter's figures against the script's own count."""
    cases = FULL_CASES if full else CASES
    with private_database() as (database, _):
        play = Play(database, random.Random(SEED))
        play.run(cases)
        found, differs = count(play), compare(play)
    note = f"{cases} random cases, {found.steps} steps with a deadline, {found.late} of them late, seed {SEED}"
    return [
        Figure("late steps of underwriting nobody was warned of", found.silent, "steps", 0, "==", COMMAND, note),
        Figure("late steps there were", found.late, "steps", 1, ">=", COMMAND, "without any the figure shows nothing"),
        Figure("steps in time that were called overdue", found.false, "steps", 0, "==", COMMAND),
        Figure(
            "quarter's figures that differ from the script's own count", differs, "figures", 0, "==", COMMAND,
            "errors on review and of how many, complaints, notices told late",
        ),
    ]  # fmt: skip


def count(play: Play) -> Counts:
    """Every step with a deadline, held against the alarms that were raised."""
    with play.database.every_tenant() as session:
        rows = session.execute(select(AlarmRow.subject, AlarmRow.level, AlarmRow.raised_at, AlarmRow.state)).all()
    found = Counts()
    for number, told in play.told.items():
        subject = f"underwriting_case:{number}"
        limit = DAY if told.fast else 2 * DAY
        _judge(found, rows, subject, None, (told.complete_at, told.told_at), limit)
        if told.objection:
            subject = f"underwriting_objection:{told.objection}"
            _judge(found, rows, subject, "recorded", (told.raised_at, told.passed_at), DAY)
            _judge(found, rows, subject, "passed", (told.passed_at, told.examined_at), 3 * DAY)
    return found


def _judge(
    found: Counts, rows: object, subject: str, state: str | None, times: tuple[int, int], limit: int
) -> None:  # fmt: skip
    since, until = times
    mine = [
        (level, at)
        for of, level, at, in_state in rows  # type: ignore[attr-defined]  # rows of four columns
        if of == subject and (state is None or in_state == state) and at <= until
    ]
    late = worked(since, until) > limit
    found.steps += 1
    found.late += late
    found.silent += late and not mine
    found.false += not late and any(level == "overdue" and at >= since for level, at in mine)


def worked(since: int, until: int) -> int:
    """Seconds of days the Chinese office works between two instants, summed up day by day."""
    days = calendar("china").days
    first, last = since + days.utc_offset_seconds, until + days.utc_offset_seconds
    return sum(
        max(min((day + 1) * DAY, last) - max(day * DAY, first), 0)
        for day in range(first // DAY, last // DAY + 1)
        if days.works(day)
    )


def compare(play: Play) -> int:
    """How many of a quarter's figures differ from what the script did; the rest of the cases is the next quarter's."""
    with play.database.scoped(Principal.worker(TENANT)) as session:
        found = [figures.quarter(session, Principal.worker(TENANT), TENANT, 2026, number).figures for number in (1, 2)]
    told = list(play.told.values())
    pairs = [
        (sum(q.review_errors.count for q in found), sum(each.sent_back for each in told)),
        (sum(q.review_errors.of for q in found), sum(each.reviewed for each in told)),
        (sum(q.complaints.count for q in found), sum(each.objection > 0 for each in told)),
        (sum(q.turnaround.late for q in found), sum(worked(e.complete_at, e.told_at) >= 2 * DAY for e in told)),
    ]
    return sum(counted != did for counted, did in pairs)
