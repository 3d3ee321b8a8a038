"""A real backend killed at boundaries and at random, its database and its line to the chain beside it."""

import pytest

from scripts.figures.bridge import Size, run


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_run__killed_while_claims_are_sent__none_lost_and_none_paid_twice() -> None:
    found = run(Size(claims=4, kills=2, database_seconds=40.0, at_least_seconds=0.0))

    assert (found.lost, found.twice, found.open_intents, found.failed_intents) == (0, 0, 0, 0)
    assert found.replay_differs == 0
    assert found.line.refused + found.line.swallowed > 0
