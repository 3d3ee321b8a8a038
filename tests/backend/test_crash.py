"""kill -9 of a real backend while it settles: the short profile of `quittance figures crash`."""

import pytest

from scripts.figures.crash import run


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_run__killed_three_times_during_a_hundred_settlements__nothing_lost_and_nothing_paid_twice() -> None:
    found = run(policies=100, kills=3)

    assert found.kills == 3
    assert (found.unpaid, found.paid_wrongly, found.replay_differs) == (0, 0, 0)
