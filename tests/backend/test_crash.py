"""kill -9 of a real backend while it settles: the short profile of `quittance figures crash`."""

import pytest

from scripts.figures.crash import run


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_run__killed_twice_during_thirty_settlements__nothing_lost_and_nothing_paid_twice() -> None:
    found = run(policies=30, kills=2)

    assert found.kills == 2
    assert (found.unpaid, found.paid_wrongly, found.replay_differs) == (0, 0, 0)
