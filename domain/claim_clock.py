"""The legal clock of a claim: it runs on working days. Twin of `contracts/libraries/ClaimClock.sol`.

Days are those of UTC. Saturdays and Sundays do not count; holidays are not known on chain, so a product whose law
stops the clock for them grants itself days for it in its terms.
"""

from domain.errors import AmountInvalid
from domain.ranges import MAX_UINT16, MAX_UINT40, is_whole

DAY_SECONDS = 86_400
WEEK_SECONDS = 7 * DAY_SECONDS
WORKING_WEEK_SECONDS = 5 * DAY_SECONDS
MONDAY_TO_EPOCH_SECONDS = 3 * DAY_SECONDS
"""1 January 1970 was a Thursday, three days after its Monday."""


def deadline(since: int, working_days: int) -> int:
    """First instant at which so many working days, of 24 hours each, have run since `since`. Rule S16.

    A clock started on a weekend runs from Monday 00:00; one that ends with Friday ends on Saturday 00:00.

    Args:
        since: Unix seconds, uint40.
        working_days: uint16; 0 is `since` itself.
    Returns:
        Unix seconds.
    Raises:
        AmountInvalid: An argument is out of range.
    """
    _check("since", since, MAX_UINT40)
    _check("working_days", working_days, MAX_UINT16)
    if working_days == 0:
        return since
    into_week = (since + MONDAY_TO_EPOCH_SECONDS) % WEEK_SECONDS
    due = min(into_week, WORKING_WEEK_SECONDS) + working_days * DAY_SECONDS
    # Working time from that Monday to the deadline; the last week is never an empty one.
    whole_weeks = (due - 1) // WORKING_WEEK_SECONDS
    return since - into_week + whole_weeks * WEEK_SECONDS + due - whole_weeks * WORKING_WEEK_SECONDS


def late_seconds(due: int, instant: int) -> int:
    """Seconds by which `instant` is past the deadline `due`: weekends count too, for money that is owed. Rule S17."""
    return max(instant - due, 0)


def _check(field: str, value: int, most: int) -> None:
    if not is_whole(value, 0, most):
        raise AmountInvalid(field, value, f"is not a whole number from 0 to {most}", "Give one in this range")
